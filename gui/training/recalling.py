"""What the database holds of a run, read in a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.training.curves import Stored

if TYPE_CHECKING:
    from engine.events import Remark
    from engine.store.project import Project


@dataclass(frozen=True)
class Recalled:
    metrics: Stored
    validation_items: int
    remarks: list[Remark]


def recall(project: Project, run: int) -> Recalled:
    from engine.store import datasets, remarks, runs

    sizes = datasets.load(project, runs.load(project, run).dataset_id).sizes
    said = remarks.of_run(project, run)
    return Recalled(runs.metrics(project, run), sizes.get("validation", 0), said)
