"""What the window knows of the open project at a moment: plain figures, read in a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.events import Event
from engine.freezing.presets import PRESETS, USUAL
from engine.progress import Cancel

if TYPE_CHECKING:
    from engine.store.classes import Class
    from engine.store.plans import SavedPlan
    from engine.store.project import Project
    from engine.store.runs import Run


@dataclass(frozen=True)
class Facts:
    name: str
    task: str
    readonly: bool
    counts: dict[str, int]  # items, labelled, broken, train, validation, test, groups
    classes: list[Class]
    class_counts: dict[int, int]  # class id -> labelled items
    model: dict[str, Any] | None  # {'name', 'title', 'weights'}
    preset: str
    recipe: dict[str, Any]  # what the person set, by field of Recipe
    runs: list[Run] = field(default_factory=list)  # newest first
    plans: list[SavedPlan] = field(default_factory=list)  # by name
    stage_titles: dict[str, str] = field(default_factory=dict)  # given to stages of the model
    online: bool = False  # a person has allowed downloads
    several: bool = False  # an item can have several classes
    readers: list[str] = field(default_factory=list)  # who said anything, in the order they came

    @property
    def kind(self) -> str:
        """The kind of item: image, text, audio."""
        return self.task.partition("-")[0]

    @property
    def network_kind(self) -> str:
        """What the networks read, image or text: a sound is shown to them as a picture."""
        return "text" if self.kind == "text" else "image"

    @property
    def usable(self) -> list[Run]:
        """Runs with a model to judge and to use, newest first."""
        return [run for run in self.runs if run.state in ("finished", "stopped")]

    def run_title(self, run: Run) -> str:
        """'Run 3 · last block · mobilenet_v2'."""
        preset = str(run.recipe.get("preset", "")).replace("-", " ")
        return f"{run.name} · {preset} · {run.model.get('name', run.recipe.get('model', ''))}"

    @property
    def plan_title(self) -> str:
        """'Last block', or 'Own plan' for phases made by hand."""
        return "Own plan" if self.recipe.get("phases") else PRESETS[self.preset].title

    def class_name(self, id: int | None) -> str | None:
        return next((cls.name for cls in self.classes if cls.id == id), None)


def reader(project: Project) -> Callable[[Callable[[Event], None], Cancel], Facts]:
    """The job that reads the facts of a project."""

    def read(emit: Callable[[Event], None], cancel: Cancel) -> Facts:
        from engine.models import offline
        from engine.store import classes, items, plans, readers, runs

        model = project.setting("model")
        titles = project.setting("stage_titles", {})
        return Facts(
            name=project.name,
            task=project.task,
            readonly=project.readonly,
            counts=items.counts(project),
            classes=classes.all_classes(project),
            class_counts=classes.counts(project),
            model=model,
            preset=project.setting("preset", USUAL),
            recipe=project.setting("recipe", {}),
            runs=runs.all_runs(project),
            plans=plans.all_plans(project),
            stage_titles=titles.get(model["name"], {}) if model else {},
            online=offline.online(),
            several=bool(project.setting("several", False)),
            readers=readers.names(project),
        )

    return read
