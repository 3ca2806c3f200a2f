"""Commands about labels, with --json."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.exchange.importing import import_source
from engine.labels.marks import Mark, new_uid
from engine.labels.shapes import Box
from engine.models.catalogue import STARTER
from engine.store import classes, items, labels, marks
from engine.store.labels import Saying
from engine.store.project import Project

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with --json: exit status and the last object it said."""

    def run(*arguments: object) -> tuple[int, Any]:
        capsys.readouterr()
        status = main([*map(str, arguments), "--json"])
        lines = capsys.readouterr().out.splitlines()
        return status, json.loads(lines[-1])

    return run


@pytest.fixture
def films(tmp_path: Path, class_folders: Callable[..., Path]) -> Path:
    folder = tmp_path / "films.graft"
    with Project.create(folder, "image-classification") as made:
        import_source(made, class_folders(cat=5, dog=5))
        marks.put(made, [Mark(new_uid(), 1, 1, Box(1, 1, 5, 6))], "Ann")
    return folder


def test_look_says_what_would_come_and_stores_nothing(
    command: Run, films: Path, class_folders: Callable[..., Path]
) -> None:
    status, said = command("look", films, class_folders(cat=2, eel=3))
    assert status == 0 and said["items"] >= 5 and "eel" in said["new_classes"]
    with Project.open(films) as project:
        assert items.counts(project)["items"] == 10


def test_imports_are_listed_and_taken_back(command: Run, films: Path) -> None:
    _, said = command("imports", films)
    (one,) = said["imports"]
    assert one["report"]["new"] == 10 and one["undone"] is None
    status, said = command("imports", films, "--take-back", one["id"])
    assert status == 0 and (said["items"], said["kept"], said["labels"]) == (9, 1, 10)
    status, said = command("imports", films, "--take-back", one["id"])
    assert status != 0 and said["error"]["title"] == "There is no such import"


def test_merge_looks_and_takes(command: Run, films: Path, tmp_path: Path) -> None:
    copy = tmp_path / "stick.graft"
    shutil.copytree(films, copy)
    with Project.open(copy) as project:
        labels.give(project, [(2, classes.ensure(project, ["eel"])["eel"])], "Bob")
    assert command("merge", films, copy, "--look")[1]["labels"] == 1
    status, said = command("merge", films, copy)
    assert status == 0 and said["labels"] == 1 and said["classes"] == ["eel"]
    assert command("merge", films, copy)[1]["labels"] == 0


def test_readers(command: Run, films: Path) -> None:
    with Project.open(films) as project:
        stands = labels.standing(project, items.ids(project))
        labels.say(project, [Saying(id, cls) for id, cls in stands.items()], "Bob", blind=True)
    status, said = command("readers", films)
    assert status == 0 and {one["name"] for one in said["readers"]} == {"import", "Bob"}
    assert said["pairs"][0]["agreement"]["kappa"] == 1.0 and said["disagreeing"] == 0


def test_labels_out(command: Run, films: Path, tmp_path: Path) -> None:
    status, said = command("labels-out", films, tmp_path / "out", "--format", "coco")
    assert status == 0 and (said["items"], said["marks"]) == (10, 1)
    assert list((tmp_path / "out").rglob("*.json"))
    status, said = command("labels-out", films, tmp_path / "out", "--format", "coco")
    assert status != 0 and said["error"]["title"] == "There is something here already"


def test_suggest(command: Run, films: Path, class_folders: Callable[..., Path]) -> None:
    with Project.open(films) as project:
        labels.give(project, [(id, None) for id in (4, 5, 9, 10)], "Ann")
        project.db.execute("UPDATE item SET split = 'train'")
    status, said = command("suggest", films, "--model", STARTER, "--image-size", 32)
    assert status == 0 and (said["suggested"], said["labelled"]) == (4, 6)
    assert {row["class"] for row in said["first"]} <= {"cat", "dog"} and len(said["first"]) == 4
    assert all(0 < row["probability"] <= 1 for row in said["first"])
