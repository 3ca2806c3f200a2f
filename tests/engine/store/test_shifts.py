"""Answers about other items are kept with their run, one for each split."""

from __future__ import annotations

from pathlib import Path

from engine.store import shifts
from engine.store.project import Project
from tests import tiny
from tests.gui.result_runs import store as store_run


def test_the_newest_answer_of_each_split_is_found_again(tmp_path: Path) -> None:
    with tiny.picture_project(tmp_path, 40) as project:
        first, second = store_run(project), store_run(project)
        for auc, split in ((0.5, "test"), (0.9, "new"), (0.6, "test")):
            shifts.store(project, first, {"split": split, "auc": auc, "about": "3 files: ä.png"})
        folder = project.folder
    with Project.open(folder) as project:
        found = shifts.of_run(project, first)
        assert {split: one["auc"] for split, one in found.items()} == {"test": 0.6, "new": 0.9}
        assert found["new"]["about"] == "3 files: ä.png"
        assert shifts.of_run(project, second) == {}
        with project.writing() as db:
            db.execute("DELETE FROM run WHERE id = ?", [first])
        assert shifts.of_run(project, first) == {}
