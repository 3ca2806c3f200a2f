"""Sounds come in by folders and by tables, and are told from pictures and texts."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import ConfigurationError
from engine.exchange.formats import all_formats
from engine.exchange.importing import import_source
from engine.exchange.inspection import inspect_source
from engine.exchange.outgoing import Wanted, export_project
from engine.store import items
from engine.store.project import Project
from tests import tiny


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    return tiny.sounds(tmp_path / "sounds", 12, ("yes", "no"))


def table(folder: Path, heading: str, files: list[str]) -> Path:
    place = folder / "t.csv"
    with place.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([[heading, "label"], *([file, file[:1]] for file in files)])
    return place


def test_class_folders_of_sounds(tmp_path: Path, sounds: Path) -> None:
    (sounds / "yes" / "broken.wav").write_bytes(b"RIFF and nothing more")
    (sounds / "yes" / "notes.txt").write_text("a text")
    with Project.create(tmp_path / "p", "audio-classification") as project:
        report = import_source(project, sounds)
        assert (report.new, report.labelled, report.broken) == (13, 13, 1)
        assert report.classes == ("no", "yes")
        assert any("left out" in problem.title for problem in report.problems)
        found = {item.name: item for item in items.each(project)}
        first = found["000.wav"]
        assert (first.kind, first.mode, first.frames, first.state) == (
            "audio", "8000 Hz", 1600, "checked",
        )  # fmt: skip
        assert found["broken.wav"].problem is not None
        again = import_source(project, sounds)
        assert (again.new, again.known) == (0, 13)


def test_a_dry_run_hears_what_is_there(sounds: Path) -> None:
    (sounds / "yes" / "broken.wav").write_bytes(b"RIFF and nothing more")
    found = inspect_source(sounds, "audio")
    assert found.items == 13 and found.items_of == {"no": 6, "yes": 7}
    assert found.findings["unreadable"].count == 1 and found.sizes == {}


@pytest.mark.parametrize("heading", ["audio", "wav", "Sound", "file", "recording"])
def test_a_table_of_sounds(tmp_path: Path, sounds: Path, heading: str) -> None:
    source = table(sounds, heading, ["yes/000.wav", "no/001.wav", "no/gone.wav"])
    with Project.create(tmp_path / "p", "audio-classification") as project:
        report = import_source(project, source)
        assert report.new == 2 and report.problem_count == 1
        assert {item.kind for item in items.each(project)} == {"audio"}


def test_data_of_another_kind_is_refused_in_words(
    tmp_path: Path, sounds: Path, class_folders: Callable[..., Path]
) -> None:
    pictures = class_folders(cat=2, dog=2)
    listed = table(sounds, "file", ["yes/000.wav"])
    for task, source, words in (
        ("audio-classification", pictures, "holds pictures, and this project is for sounds"),
        ("image-classification", sounds, "holds sounds, and this project is for pictures"),
        ("text-classification", listed, "holds sounds, and this project is for texts"),
        ("image-classification", listed, "holds sounds, and this project is for pictures"),
    ):
        with (
            Project.create(tmp_path / f"{task}{source.name}", task) as project,
            pytest.raises(ConfigurationError) as error,
        ):
            import_source(project, source)
        assert words in error.value.cause


def test_a_folder_of_both_is_of_both_kinds(tmp_path: Path, draw: Callable[..., Path]) -> None:
    draw(tmp_path / "both" / "a" / "1.png")
    tiny.write_wav(tmp_path / "both" / "a" / "1.wav", tiny.tone(300, 0.1))
    assert all_formats()["class-folders"].kinds(tmp_path / "both") == {"image", "audio"}
    mixed = table(tmp_path, "file", ["1.png", "1.wav"])
    assert all_formats()["csv"].kinds(mixed) == {"image", "audio"}


def test_sounds_from_label_studio_and_back(tmp_path: Path, sounds: Path) -> None:
    span = {"type": "labels", "value": {"start": 0.1, "end": 0.5, "labels": ["Speech"]}}
    chosen = {"type": "choices", "from_name": "q", "value": {"choices": ["yes"]}}
    (sounds / "x.json").write_text(json.dumps([
        {"id": 1, "data": {"audio": "/data/upload/1/0a1b2c3d-000.wav"},
         "annotations": [{"result": [chosen, span]}]},
    ]))  # fmt: skip
    source = sounds / "x.json"
    assert all_formats()["label-studio"].kinds(source) == {"audio"}
    with Project.create(tmp_path / "p", "audio-classification") as project:
        report = import_source(project, source)
        assert (report.new, report.labelled, report.findings["fields"].count) == (1, 1, 1)
        out = export_project(project, tmp_path / "out", Wanted("label-studio", copy=True))
        assert (out.items, out.pictures) == (1, 1)
    again = inspect_source(tmp_path / "out", "audio")
    assert (again.format, again.items, again.items_of) == ("label-studio", 1, {"yes": 1})
