"""Removing frees what it said, in Graft's own folder, and nothing of the person's anywhere."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import Cancelled, ModelError
from engine.models import library
from engine.models.shelf.removing import removal, remove
from engine.progress import Cancel
from engine.store import datasets, runs
from engine.store.project import Project
from tests import tiny

BERT = "clinic/tiny-bert"
links = pytest.mark.skipif(os.name == "nt", reason="Windows lets few accounts make links")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This machine's models folder, with one model in it."""
    for name in ("GRAFT_MODELS", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "here" / name.lower()))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    return library.models_folder()


@pytest.fixture
def bert(here: Path, model_folder: Callable[[str], Path]) -> Path:
    return Path(shutil.copytree(model_folder("bert"), here / "clinic--tiny-bert"))


@pytest.fixture
def precious(tmp_path: Path, model_folder: Callable[[str], Path]) -> Path:
    """A model of the person's own, elsewhere."""
    return Path(shutil.copytree(model_folder("bert"), tmp_path / "precious" / "tiny-bert"))


def listed() -> list[str]:
    return [model.name for model in library.found()]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def choose(project: Project, **model: object) -> None:
    project.settings_set(model=model)


def test_it_says_what_it_frees_and_changes_nothing_by_saying_so(bert: Path, here: Path) -> None:
    before = contents(here)
    said = removal(BERT)
    assert said.name == BERT and said.places == (bert,) and said.elsewhere == ()
    assert said.bytes == sum(map(len, before.values())) and said.used_by == ()
    assert contents(here) == before


def test_what_was_removed_is_not_listed_any_more(bert: Path, here: Path) -> None:
    assert BERT in listed()
    assert remove(BERT).places == (bert,)
    assert BERT not in listed() and library.find(BERT) is None
    assert list(here.iterdir()) == []
    with pytest.raises(ModelError) as caught:
        remove(BERT)
    assert "not on this machine" in caught.value.title and caught.value.remedy


def test_every_file_of_a_torchvision_model_goes_and_its_neighbours_stay(here: Path) -> None:
    names = ["squeezenet1_1.safetensors", "squeezenet1_1/squeezenet1_1.pth",
             "squeezenet1_1-b8a52dc0.pth", "squeezenet1_0.safetensors", "notes.txt"]  # fmt: skip
    for name in names:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(b"0123456789")
    assert remove("squeezenet1_1").bytes == 30
    left = sorted(one.name for one in here.iterdir())
    assert left == ["notes.txt", "squeezenet1_0.safetensors"]


def test_the_projects_that_use_it_are_named(
    bert: Path, here: Path, project: Project, tmp_path: Path
) -> None:
    text_project = tiny.text_project(tmp_path / "tickets")
    choose(text_project, name=BERT)
    for recipe in ({"model": BERT}, {"model": "resnet18"}):
        runs.create(
            text_project,
            dataset_id=datasets.snapshot(text_project).id,
            model={},
            weights_hash="",
            recipe=recipe,
            plan=[],
            seed=0,
            versions={},
            device="cpu",
        )
    choose(project, name="mine", weights=str(bert))
    said = removal(BERT, [text_project.folder, project.folder, tmp_path / "gone"])
    assert said.projects == (text_project.folder, project.folder) and said.unread == ()
    first, second = said.used_by
    assert first.chosen and first.runs == ("Run 1",)
    assert second.chosen and second.runs == ()
    text_project.close()


def test_a_project_that_does_not_use_it_is_not_named(bert: Path, project: Project) -> None:
    choose(project, name="resnet18")
    assert removal(BERT, [project.folder]).used_by == ()


def test_a_project_that_cannot_be_read_is_named_as_such(bert: Path, tmp_path: Path) -> None:
    for name in ("damaged", "empty", "odd"):
        (tmp_path / name).mkdir()
    (tmp_path / "damaged" / "project.sqlite").write_bytes(b"no database" * 100)
    sqlite3.connect(tmp_path / "empty" / "project.sqlite").executescript("create table x(y)")
    odd = sqlite3.connect(tmp_path / "odd" / "project.sqlite")
    odd.executescript(
        "create table setting(key, value); create table run(id, name, recipe);"
        "insert into setting values ('model', '{half'); "
    )
    odd.close()
    said = removal(BERT, [tmp_path / name for name in ("damaged", "empty", "odd")])
    assert said.used_by == () and len(said.unread) == 3


def test_what_lies_elsewhere_is_named_and_stays(
    here: Path, tmp_path: Path, model_folder: Callable[[str], Path]
) -> None:
    cached = tmp_path / "here/hf_home/hub/models--clinic--tiny-bert/snapshots/abc"
    shutil.copytree(model_folder("bert"), cached)
    before = contents(tmp_path)
    assert removal(BERT).elsewhere == (cached,) and removal(BERT).bytes == 0
    with pytest.raises(ModelError) as caught:
        remove(BERT)
    assert "not Graft's" in caught.value.title and str(cached) in caught.value.cause
    assert contents(tmp_path) == before
    shutil.copytree(model_folder("bert"), here / "clinic--tiny-bert")
    assert remove(BERT).elsewhere == (cached,)
    assert contents(cached).items() <= before.items() and library.find(BERT) == cached


@pytest.mark.parametrize(
    "name", ["../precious/tiny-bert", "{}/precious/tiny-bert", "x/../../precious"]
)
def test_a_name_that_leads_out_of_the_folder_deletes_nothing(
    name: str, here: Path, bert: Path, precious: Path, tmp_path: Path
) -> None:
    shutil.copytree(precious, here.parent / "precious" / "tiny-bert")
    before = contents(tmp_path)
    with pytest.raises(ModelError):
        remove(name.format(tmp_path))
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["", ".", "..", "/", "clinic--tiny-bert/..", "\x00"])
def test_a_name_of_no_model_does_not_delete_the_folder_itself(
    name: str, here: Path, bert: Path, model_folder: Callable[[str], Path]
) -> None:
    for file in model_folder("bert").iterdir():
        shutil.copy(file, here)
    before = contents(here)
    with pytest.raises(ModelError):
        remove(name)
    assert contents(here) == before


@links
def test_a_link_goes_and_what_it_points_at_stays(here: Path, precious: Path) -> None:
    here.mkdir(parents=True)
    (here / "clinic--tiny-bert").symlink_to(precious)
    before = contents(precious)
    assert removal(BERT).bytes == 0, "a link frees nothing"
    remove(BERT)
    assert contents(precious) == before and not list(here.iterdir())


@links
def test_links_inside_a_model_free_nothing_and_what_they_point_at_stays(
    here: Path, bert: Path, precious: Path
) -> None:
    before = contents(precious)
    weights = bert / "model.safetensors"
    size = sum(file.stat().st_size for file in bert.iterdir() if file != weights)
    weights.unlink()
    weights.symlink_to(precious / "model.safetensors")
    (bert / "more").symlink_to(precious)
    assert removal(BERT).bytes == size
    remove(BERT)
    assert contents(precious) == before and not list(here.iterdir())


@links
def test_a_linked_folder_of_a_person_is_not_graft_s_to_delete(here: Path, precious: Path) -> None:
    here.mkdir(parents=True)
    (here / "clinic").symlink_to(precious.parent)
    before = contents(precious)
    with pytest.raises(ModelError, match="not Graft's"):
        remove(BERT)
    assert contents(precious) == before and (here / "clinic").is_symlink()


@links
def test_a_models_folder_that_is_a_link_itself_is_still_grafts(
    here: Path, tmp_path: Path, model_folder: Callable[[str], Path]
) -> None:
    (tmp_path / "large disk").mkdir()
    here.parent.mkdir(parents=True, exist_ok=True)
    here.symlink_to(tmp_path / "large disk")
    shutil.copytree(model_folder("bert"), here / "clinic" / "tiny-bert")
    remove(BERT)
    assert here.is_symlink() and not list((tmp_path / "large disk").iterdir())


def test_a_model_of_another_owner_is_not_taken_for_this_one(
    here: Path, model_folder: Callable[[str], Path]
) -> None:
    shutil.copytree(model_folder("bert"), here / "bert-base-uncased")
    assert "google-bert/bert-base-uncased" in listed()
    with pytest.raises(ModelError):
        remove("somebody/bert-base-uncased")
    assert remove("google-bert/bert-base-uncased").places == (here / "bert-base-uncased",)


def test_a_person_leaves_before_it_is_said(bert: Path, tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        removal(BERT, [tmp_path], cancel)
    assert bert.is_dir()
