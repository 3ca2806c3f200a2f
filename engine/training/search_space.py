"""What a search may vary, and how it is asked for. Free of torch and of Optuna."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from engine.errors import ConfigurationError
from engine.freezing.presets import PRESETS
from engine.store.project import Project
from engine.training.recipe import AUGMENTATIONS, Recipe

PRUNERS = ("median", "hyperband", "none")
VARIED = ("lr", "preset", "augmentation", "phases")  # fields of a recipe that a trial sets
USUAL_PRESETS = ("feature-extraction", "refine", "lp-ft")
FILE = "search.sqlite"  # in the project: the studies, unless they are stored elsewhere
SPAN = 10.0  # the rate is looked for from the usual one divided by this to it times this


def usual_span(recipe: Recipe) -> tuple[float, float]:
    """Of learning rates, where none is given."""
    usual = recipe.lr or PRESETS["last-block"].lr
    return usual / SPAN, usual * SPAN


class Chooser(Protocol):
    """The part of optuna.trial.Trial that is used here."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = ...) -> float: ...
    def suggest_categorical(self, name: str, choices: Any) -> Any: ...


@dataclass(frozen=True)
class Space:
    """The head's learning rate between two ends, and which presets and augmentations."""

    lr: tuple[float, float]
    presets: tuple[str, ...]
    augmentations: tuple[str, ...]

    @staticmethod
    def of(wire: Mapping[str, Any], recipe: Recipe, item_kind: str) -> Space:
        """What is not given gets the usual span. Raises ConfigurationError."""
        presets = tuple(wire.get("presets") or USUAL_PRESETS)
        low, high = wire.get("lr") or usual_span(recipe)
        varied = ("none", "light", "strong") if item_kind == "image" else ("none",)
        found = Space(
            (float(low), float(high)), presets, tuple(wire.get("augmentations") or varied)
        )
        return found.validate()

    def validate(self) -> Space:
        if not 0 < self.lr[0] <= self.lr[1] <= 10:
            raise ConfigurationError(
                "The span of learning rates cannot be searched",
                f"{self.lr[0]} to {self.lr[1]} was given.",
                "Give two numbers between 0 and 10, the smaller first.", subject="lr",
            )  # fmt: skip
        for field, given, known in (
            ("preset", self.presets, tuple(PRESETS)),
            ("augmentation", self.augmentations, AUGMENTATIONS),
        ):
            unknown = sorted(set(given) - set(known))
            if unknown:
                raise ConfigurationError(
                    f"Unknown {field}", f"There is no {field} named {unknown[0]!r}.",
                    f"Choose among: {', '.join(known)}.", subject=field,
                )  # fmt: skip
        return self

    def choose(self, trial: Chooser, recipe: Recipe) -> Recipe:
        """The recipe of one trial."""
        return replace(
            recipe,
            phases=(),
            lr=float(f"{trial.suggest_float('lr', *self.lr, log=True):.3g}"),
            preset=str(trial.suggest_categorical("preset", list(self.presets))),
            augmentation=str(trial.suggest_categorical("augmentation", list(self.augmentations))),
        ).validate()

    def to_wire(self) -> dict[str, Any]:
        return {name: list(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Order:
    """A search as it is asked for.

    Attributes:
        minutes: after which it ends, trials under way included.
        workers: processes on this machine.
        study: a name; a study that is there already is gone on with.
        storage: a URL that several machines share; None: search.sqlite in the project.
        trials: ends it earlier; None: only the time does.
        heartbeat: seconds between two signs of life of a trial; a trial without them for
            three times as long counts as crashed.
    """

    recipe: Recipe
    space: Space
    minutes: float = 10.0
    workers: int = 1
    study: str = "search"
    storage: str | None = None
    pruner: str = "median"
    trials: int | None = None
    heartbeat: int = 20

    @staticmethod
    def of(arguments: Mapping[str, Any], item_kind: str) -> Order:
        """Raises ConfigurationError."""
        recipe = Recipe.from_wire(arguments["recipe"]).validate()
        space = Space.of(arguments.get("space") or {}, recipe, item_kind)
        own = ("minutes", "workers", "study", "storage", "pruner", "trials", "heartbeat")
        given = {name: arguments[name] for name in own if arguments.get(name) is not None}
        order = Order(recipe, space, **given)
        if order.pruner not in PRUNERS:
            raise ConfigurationError(
                "Unknown pruner", f"There is no pruner named {order.pruner!r}.",
                f"Choose one of: {', '.join(PRUNERS)}.", subject="pruner",
            )  # fmt: skip
        for field, least in (("minutes", 1e-6), ("workers", 1), ("heartbeat", 1), ("trials", 1)):
            value = getattr(order, field)
            if value is not None and value < least:
                raise ConfigurationError(
                    f"{field.capitalize()} is out of range", f"{value} was given.",
                    "Give more.", subject=field,
                )  # fmt: skip
        return order

    def url(self, project: Project) -> str:
        return self.storage or f"sqlite:///{Path(project.folder / FILE).as_posix()}"

    def base(self) -> dict[str, Any]:
        """What all trials of a study share; a study of another base is another study."""
        wire = self.recipe.to_wire()
        kept = {name: value for name, value in wire.items() if name not in VARIED}
        # Where the weights lie differs between machines that share a study.
        kept.pop("weights")
        return {"recipe": kept, "space": self.space.to_wire()}
