"""How much of what a backbone knew a run has changed, seen on the project's own items.

Nothing is claimed of what was not measured: what the backbone knew of other
pictures or texts, Graft cannot see without them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.errors import GraftError, ModelError
from engine.evaluation.classification import wilson
from engine.evaluation.similarity import LEAST, cka
from engine.events import Emit, LogLine, Remark
from engine.freezing.presets import PRESETS
from engine.models import library
from engine.models.network import Network
from engine.models.weights import read_weights
from engine.store import checkpoints, datasets, remarks, runs
from engine.store.project import Project
from engine.store.runs import Run
from engine.tasks.registry import task as task_named
from engine.training import device, remedies
from engine.training.control import Control, StopNow, telling
from engine.training.embedding import Embedded, embed
from engine.training.material import Kitchen
from engine.training.recipe import Recipe
from engine.training.run import compose
from engine.training.saving import load_network

MOST = 128  # validation items that are looked at
FORGOTTEN = 0.5  # similarity, or share of old answers kept, below which it is said


@dataclass(frozen=True)
class Forgetting:
    """What is left, on `items` validation items.

    Attributes:
        similarity: of the items' descriptions before and after (linear CKA), with its interval.
        kept: how often the model's own original head still gives its old answer, with its
            interval; None where the weights came without one.
    """

    items: int
    similarity: tuple[float, float, float]
    kept: tuple[float, float, float] | None

    @property
    def much(self) -> bool:
        """Whether it is sure that less than half is left, by either measure."""
        measures = [self.similarity] if self.kept is None else [self.similarity, self.kept]
        return any(high < FORGOTTEN for _, _, high in measures)

    def to_wire(self) -> dict[str, Any]:
        return {**asdict(self), "much": self.much, "words": self.words()}

    def words(self) -> str:
        value, low, high = self.similarity
        said = (
            f"The backbone describes {self.items} validation items otherwise than before training: "
            f"similarity {value:.2f} ({low:.2f} to {high:.2f}) of 1."
        )
        if self.kept is not None:
            value, low, high = self.kept
            said += (
                f" Its own original head gives its old answer for {value:.0%} of them "
                f"({low:.0%} to {high:.0%})."
            )
        return said + " What it still knows of anything else was not measured."


def watch_forgetting(project: Project, run: int, emit: Emit, control: Control) -> None:
    """After a run: says so when much of what the backbone knew is gone."""
    recorded = runs.load(project, run)
    if recorded.state != "finished" or project.readonly or control.stop is not None:
        return
    try:
        found = measure_forgetting(project, recorded, emit, control)
    except StopNow:  # the run itself is over and stored
        return
    except GraftError as error:
        emit(LogLine(f"What the backbone forgot could not be measured. {error}", "warning"))
        return
    if found is None or not found.much:
        return
    best = checkpoints.best(project, run)
    text = f"{found.words()} If it shall go on knowing what it knew, change it less."
    remedy = _remedy(Recipe.from_wire(recorded.recipe))
    remark = Remark(run, best.epoch if best else 0, "forgetting", text, remedy)
    remarks.replace(project, remark)
    emit(remark)


def measure_forgetting(
    project: Project, run: Run, emit: Emit, control: Control
) -> Forgetting | None:
    """None when there was nothing to forget: random weights, or a backbone that stayed frozen.

    Raises:
        ModelError: the weights that the run began with are not there any more.
        StopNow: a person asked for the end.
    """
    best, recipe = checkpoints.best(project, run.id), Recipe.from_wire(run.recipe)
    only_head = recipe.preset == "feature-extraction" and not recipe.phases
    if not run.weights_hash or best is None or only_head:
        return None
    network, before_network = load_network(project, run, best), _as_it_began(project, run, recipe)
    if not _learned(before_network, network):
        return None
    examples = datasets.examples(project, run.dataset_id, "validation")
    draw = np.random.default_rng(recipe.seed)
    chosen = draw.permutation(len(examples))[:MOST]
    few = [examples[place] for place in sorted(chosen)]
    look = _Look(project, recipe, few, emit, control)
    after = look.describe(network)
    before = look.describe(before_network)
    if len(after.places) < LEAST or not np.array_equal(before.places, after.places):
        return None
    kept = _kept(network, recipe, before.features, after.features)
    return Forgetting(len(after.places), cka(before.features, after.features), kept)


@dataclass
class _Look:
    project: Project
    recipe: Recipe
    examples: list[datasets.Example]
    emit: Emit
    control: Control

    def describe(self, network: Network) -> Embedded:
        task = task_named(self.project.task)
        accelerator = device.accelerator(self.recipe)
        device.place(network, accelerator)
        # Features of weights that this run alone has would fill the cache for nothing.
        recipe = Recipe.from_wire({**self.recipe.to_wire(), "cache": False})
        kitchen = Kitchen(
            self.project, task, network, recipe, {"validation": self.examples}, accelerator,
            self.control, self.emit, lambda *_: None,
        )  # fmt: skip

        tell = telling(self.control, self.emit, "Looking what the backbone still knows")
        return embed(task, network, kitchen, "validation", tell)


def _as_it_began(project: Project, run: Run, recipe: Recipe) -> Network:
    """Built again from the weights that it was given; the record keeps their hash alone."""
    classes = len(datasets.load(project, run.dataset_id).classes)
    network, _ = compose(task_named(project.task), recipe, classes)
    if network.weights_hash != run.weights_hash:
        raise ModelError(
            "The weights are not those that the run began with",
            f"{recipe.weights or recipe.model} has changed since {run.name}.",
            "Put the old weights back to see what was forgotten.", subject=recipe.model,
        )  # fmt: skip
    return network


def _learned(before: Network, after: Network) -> bool:
    """Whether anything outside the head is not what it was."""
    own = after.model.state_dict()
    return any(
        name in own and not torch.equal(tensor.cpu(), own[name].cpu())
        for name, tensor in before.model.state_dict().items()
        if not any(name.startswith(head + ".") for head in before.head)
    )


def _kept(
    network: Network, recipe: Recipe, before: np.ndarray, after: np.ndarray
) -> tuple[float, float, float] | None:
    """How often the original head answers as before, where it is one linear layer."""
    head = _original_head(network, recipe, before.shape[1])
    if head is None:
        return None
    weight, bias = head
    same = (before @ weight.T + bias).argmax(1) == (after @ weight.T + bias).argmax(1)
    return float(same.mean()), *wilson(int(same.sum()), len(same))


def _original_head(
    network: Network, recipe: Recipe, width: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """float [classes, width] and [classes], as the weights came."""
    place = Path(recipe.weights) if recipe.weights else library.find(recipe.model)
    if place is not None and place.is_dir():
        place = place / "model.safetensors"
    if place is None or not place.is_file():
        return None
    try:
        tensors = read_weights(place)
    except ModelError:  # it was readable when the run began; what it held cannot be asked now
        return None
    for name in network.head:
        weight, bias = tensors.get(f"{name}.weight"), tensors.get(f"{name}.bias")
        if weight is not None and weight.ndim == 2 and weight.shape[1] == width:
            flat = np.zeros(len(weight)) if bias is None else bias.float().numpy()
            return weight.float().numpy(), flat
    return None


def _remedy(recipe: Recipe) -> dict[str, Any]:
    if not recipe.phases and recipe.preset in ("full", "scratch"):
        title = PRESETS["lp-ft"].title
        return {"text": f"Train as '{title}'", "changes": {"preset": "lp-ft", "lr": None}}
    frozen = remedies.more_frozen(recipe)
    if frozen is not None and recipe.preset != "lp-ft":
        return {"text": "Leave more frozen", "changes": frozen}
    return {
        "text": "Train with a third of the learning rate",
        "changes": remedies.with_rate(recipe, 1 / 3),
    }
