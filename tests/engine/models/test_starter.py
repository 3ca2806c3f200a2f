"""The backbone that ships with Graft: what it is, and that one click learns from it offline."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from engine.errors import ModelError
from engine.models import building, catalogue, library
from engine.models.shelf import packs, removing
from engine.models.shelf.adding import add
from engine.store.project import Project
from engine.training.control import Control
from engine.training.recipe import Recipe
from engine.training.run import train
from engine.training.worker import open_run
from tests import tiny

LARGEST = 12_000_000  # bytes


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GRAFT_MODELS", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)


def entry() -> catalogue.Entry:
    found = catalogue.find(catalogue.STARTER)
    assert found is not None
    return found


def test_it_is_small_in_half_precision_and_is_what_the_catalogue_says() -> None:
    path = library.find(catalogue.STARTER)
    assert path is not None
    assert path.stat().st_size == entry().bytes <= LARGEST
    assert hashlib.sha256(path.read_bytes()).hexdigest() == entry().weights[0].sha256
    held = load_file(path)
    assert all(tensor.dtype in (torch.float16, torch.int64) for tensor in held.values())
    assert all(tensor.isfinite().all() for tensor in held.values())
    with safe_open(path, "pt") as opened:
        assert opened.metadata()["architecture"] == entry().architecture
    card = (path.parent / "card.md").read_text(encoding="utf-8")
    for word in ("CC0-1.0", "Fractals", "mobilenet_v2", "squeezenet1_1", "five seeds"):
        assert word in card
    assert (path.parent / "log.csv").is_file()


def test_it_is_on_every_machine_and_is_nobodys_to_delete() -> None:
    assert catalogue.STARTER in [one.name for one in library.found("image-classification")]
    with pytest.raises(ModelError, match="not Graft's to delete"):
        removing.remove(catalogue.STARTER)
    assert library.find(catalogue.STARTER) is not None


def test_a_pack_of_it_finds_it_there_already(tmp_path: Path) -> None:
    packs.pack([catalogue.STARTER], tmp_path / "s.graftpack")
    (got,) = add(tmp_path / "s.graftpack")
    assert got.known


def test_it_is_built_with_its_weights_and_a_new_head() -> None:
    network = building.build(catalogue.STARTER, None, "image", 5)
    held = load_file(library.SHIPPED / entry().file)
    own = network.model.state_dict()
    assert torch.equal(own["stem.0.weight"], held["stem.0.weight"].float())
    assert own["fc.weight"].shape[0] == 5
    assert network.preprocess.crop == (entry().input_size, entry().input_size)
    random = building.build(catalogue.STARTER, None, "image", 5, pretrained=False)
    assert not torch.equal(random.model.state_dict()["stem.0.weight"], own["stem.0.weight"])


def test_one_click_learns_from_it_offline_and_opens_again(tmp_path: Path) -> None:
    with tiny.picture_project(tmp_path, 24) as project:
        ended = train(project, Recipe(catalogue.STARTER, epochs=2), lambda _: None, Control())
        assert ended.state == "finished", ended.error
        network = again(project, ended.run)
    assert network.description.architecture["name"] == entry().architecture
    assert network.description.name == catalogue.STARTER


def again(project: Project, run: int):  # type: ignore[no-untyped-def]
    from engine.store import runs

    network, _, _ = open_run(project, runs.load(project, run))
    return network
