"""What the window knows of the open project at a moment: plain figures, read in a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.events import Event
from engine.progress import Cancel

if TYPE_CHECKING:
    from engine.store.classes import Class
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

    @property
    def kind(self) -> str:
        """The kind of item: image, text, audio."""
        return self.task.partition("-")[0]

    @property
    def usable(self) -> list[Run]:
        """Runs with a model to judge and to use, newest first."""
        return [run for run in self.runs if run.state in ("finished", "stopped")]

    def run_title(self, run: Run) -> str:
        """'Run 3 · last block · mobilenet_v2'."""
        preset = str(run.recipe.get("preset", "")).replace("-", " ")
        return f"{run.name} · {preset} · {run.model.get('name', run.recipe.get('model', ''))}"

    def class_name(self, id: int | None) -> str | None:
        return next((cls.name for cls in self.classes if cls.id == id), None)


def reader(project: Project) -> Callable[[Callable[[Event], None], Cancel], Facts]:
    """The job that reads the facts of a project."""

    def read(emit: Callable[[Event], None], cancel: Cancel) -> Facts:
        from engine.store import classes, items, runs

        return Facts(
            name=project.name,
            task=project.task,
            readonly=project.readonly,
            counts=items.counts(project),
            classes=classes.all_classes(project),
            class_counts=classes.counts(project),
            model=project.setting("model"),
            preset=project.setting("preset", "feature-extraction"),
            recipe=project.setting("recipe", {}),
            runs=runs.all_runs(project),
        )

    return read
