"""Weights that cannot be used are refused in words, and nothing in them is ever run."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from engine.errors import ModelError
from engine.models.building import build
from engine.models.weights import fingerprint, read_weights


@pytest.fixture
def squeezenet(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    file = tmp_path / "some.safetensors"
    save_file(models.squeezenet1_1(weights=None).state_dict(), file)
    return file


def refused(name: str, weights: Path | None, kind: str = "image") -> ModelError:
    with pytest.raises(ModelError) as caught:
        build(name, str(weights) if weights else None, kind, 3)
    assert caught.value.cause and caught.value.remedy
    return caught.value


def test_a_file_gives_its_backbone_and_a_new_head(squeezenet: Path) -> None:
    network = build("squeezenet1_1", str(squeezenet), "image", 3)
    given = read_weights(squeezenet)
    for name, tensor in network.model.state_dict().items():
        if name.startswith("classifier.1"):
            assert tensor.shape[0] == 3
        else:
            assert torch.equal(tensor, given[name])
    assert network.head == ("classifier.0", "classifier.1")
    assert network.weights_hash == fingerprint(squeezenet)


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_pth_files_as_training_scripts_write_them(
    wrapper: str | None, prefix: str, squeezenet: Path, tmp_path: Path
) -> None:
    state: object = {prefix + name: t for name, t in read_weights(squeezenet).items()}
    file = tmp_path / "other.pth"
    torch.save({wrapper: state, "epoch": 3} if wrapper else state, file)
    network = build("squeezenet1_1", str(file), "image", 3)
    want = read_weights(squeezenet)["features.0.weight"]
    assert torch.equal(network.model.state_dict()["features.0.weight"], want)


def test_another_architecture_says_which_keys_differ(squeezenet: Path) -> None:
    error = refused("mobilenet_v3_small", squeezenet)
    assert "do not belong" in error.title
    assert "missing:" in error.details and "features.0.0.weight" in error.details
    assert "unknown:" in error.details and "features.10.squeeze.weight" in error.details


def test_other_sizes_are_told(squeezenet: Path, tmp_path: Path) -> None:
    state = read_weights(squeezenet)
    state["features.0.weight"] = torch.zeros(8, 3, 3, 3)
    file = tmp_path / "sizes.safetensors"
    save_file(state, file)
    assert (
        "(8, 3, 3, 3) in the file, (64, 3, 3, 3) in the model"
        in refused("squeezenet1_1", file).details
    )


class Bomb:
    """Would leave a file behind if it were ever loaded."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (_explode, (str(self.trace),))


def _explode(trace: str) -> None:
    Path(trace).write_text("code ran")


@pytest.mark.parametrize("how", ["pickle", "torch.save", "nested"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_pickle_is_refused_and_never_run(how: str, suffix: str, tmp_path: Path) -> None:
    trace, file = tmp_path / "trace", tmp_path / f"weights{suffix}"
    bomb = Bomb(trace)
    if how == "pickle":
        file.write_bytes(pickle.dumps({"features.0.weight": bomb}))
    else:
        torch.save({"state_dict": {"x": bomb}} if how == "nested" else bomb, file)
    assert refused("squeezenet1_1", file).title == "The weights file was refused"
    assert not trace.exists()


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("keep", [0, 5, 0.5, 0.99])
def test_a_cut_off_file(suffix: str, keep: float, squeezenet: Path, tmp_path: Path) -> None:
    whole = squeezenet
    if suffix == ".pth":
        whole = tmp_path / "whole.pth"
        torch.save(read_weights(squeezenet), whole)
    data = whole.read_bytes()
    file = tmp_path / f"cut{suffix}"
    file.write_bytes(data[: int(keep if keep > 1 else keep * len(data))])
    error = refused("squeezenet1_1", file)
    assert error.title in ("The weights file is damaged", "The weights file was refused")


def test_absent_and_offline_names_the_file_and_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_MODELS", str(tmp_path / "shelf"))
    error = refused("resnet18", None)
    assert "resnet18-f37072fd.pth" in error.cause and str(tmp_path / "shelf") in error.remedy
    text = refused("bert-base-uncased", None, "text")
    assert str(tmp_path / "shelf") in text.remedy


def test_a_file_in_the_models_folder_is_found(
    squeezenet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "squeezenet1_1.safetensors").write_bytes(squeezenet.read_bytes())
    monkeypatch.setenv("GRAFT_MODELS", str(shelf))
    assert build("squeezenet1_1", None, "image", 3).weights_hash == fingerprint(squeezenet)


@pytest.mark.parametrize("name", ["vit", "bert"])
def test_damaged_folders(name: str, model_folder: Callable[[str], Path], tmp_path: Path) -> None:
    kind = "text" if name == "bert" else "image"
    whole = model_folder(name)
    for number, hurt in enumerate(("config", "weights", "no weights", "code", "other")):
        folder = tmp_path / str(number)
        folder.mkdir()
        for file in whole.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        if hurt == "config":
            (folder / "config.json").write_text("{")
        if hurt == "weights":
            data = (folder / "model.safetensors").read_bytes()
            (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
        if hurt == "no weights":
            (folder / "model.safetensors").unlink()
        if hurt == "code":
            (folder / "config.json").write_text('{"auto_map": {"AutoConfig": "evil.Config"}}')
            (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
        if hurt == "other":
            save_file({"unlike": torch.zeros(3)}, folder / "model.safetensors", {"format": "pt"})
        refused(str(folder), None, kind)
    assert not (tmp_path / "ran").exists()


def test_a_model_of_another_kind(model_folder: Callable[[str], Path]) -> None:
    assert "does not fit" in refused(str(model_folder("bert")), None, "image").title
    assert "does not fit" in refused(str(model_folder("vit")), None, "text").title
