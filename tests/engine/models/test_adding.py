"""Models from files, folders and archives: whole and verified, or not at all; code never runs."""

from __future__ import annotations

import json
import pickle
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torchvision.models import squeezenet1_1

from engine.errors import Cancelled, ConfigurationError, GraftError, ModelError, ResourceError
from engine.events import Activity, Event
from engine.models import catalogue, library
from engine.models.building import build, outline
from engine.models.shelf import apart, packs, placing, removing, torch_files
from engine.models.shelf.adding import add
from engine.models.weights import fingerprint
from engine.progress import Cancel

BERT = "clinic/tiny-bert"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This machine's models folder: empty."""
    for name in ("GRAFT_MODELS", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "here" / name.lower()))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    library.models_folder().mkdir(parents=True)
    return library.models_folder()


@pytest.fixture(scope="module")
def squeezenet() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return squeezenet1_1(weights=None).state_dict()


@pytest.fixture
def bert(model_folder: Callable[[str], Path], tmp_path: Path) -> Path:
    """A Hugging Face folder of the test's own, to be spoilt."""
    return Path(shutil.copytree(model_folder("bert"), tmp_path / "clinic--tiny-bert"))


@pytest.fixture
def zipped(bert: Path, tmp_path: Path) -> Callable[..., Path]:
    """The folder as an archive, with more in it."""

    def make(*more: tuple[str | zipfile.ZipInfo, bytes], inside: str = "") -> Path:
        goal = tmp_path / "clinic--tiny-bert.zip"
        with warnings.catch_warnings(), zipfile.ZipFile(goal, "w", zipfile.ZIP_DEFLATED) as archive:
            warnings.simplefilter("ignore")  # of two files of one name
            for file in sorted(bert.iterdir()):
                archive.write(file, inside + file.name)
            for info, content in more:
                archive.writestr(info, content)
        return goal

    return make


class Evil:
    """Unpickling it makes a file."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self._marker,)


def refused(path: Path, here: Path, **named: str) -> GraftError:
    """Nothing is left of it, and nothing that was here is lost."""
    before = contents(here)
    with pytest.raises(GraftError) as caught:
        add(path, **named)
    assert caught.value.title and caught.value.cause and caught.value.remedy
    assert contents(here) == before
    return caught.value


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() if one.is_file() else b"" for one in folder.rglob("*")}


def same(file: Path, tensors: dict[str, torch.Tensor]) -> bool:
    held = load_file(file)
    return held.keys() == tensors.keys() and all(torch.equal(held[n], tensors[n]) for n in held)


def listed() -> list[str]:
    return [model.name for model in library.found()]


def test_a_safetensors_file_is_recognised_by_its_tensors(
    squeezenet: dict[str, torch.Tensor], here: Path, tmp_path: Path
) -> None:
    save_file(squeezenet, tmp_path / "from a colleague.safetensors")
    told: list[Event] = []
    (got,) = add(tmp_path / "from a colleague.safetensors", told.append)
    assert (got.name, got.path) == ("squeezenet1_1", here / "squeezenet1_1.safetensors")
    assert same(got.path, squeezenet) and "squeezenet1_1" in listed()
    copied = [event for event in told if isinstance(event, Activity) and event.total]
    assert copied[-1].done == copied[-1].total == got.bytes


def test_weights_of_one_s_own_stand_beside_each_other_each_under_its_name(
    squeezenet: dict[str, torch.Tensor], here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In this process: the tests of single files above go through one of their own.
    monkeypatch.setattr(apart, "call", lambda name, given, cancel: torch_files.recognise(*given))
    files = {name: tmp_path / f"{name}.safetensors" for name in ("first", "lungs", "skin")}
    for number, file in enumerate(files.values()):
        bias = torch.full((1000,), float(number))
        save_file({**squeezenet, "classifier.1.bias": bias}, file)
    (first,), (lungs,) = add(files["first"]), add(files["lungs"])
    (skin,) = add(files["skin"], name="squeezenet1_1/of-2026")
    names = [first.name, lungs.name, skin.name]
    assert names == ["squeezenet1_1", "squeezenet1_1/lungs", "squeezenet1_1/of-2026"]
    assert lungs.path == here / "squeezenet1_1--lungs.safetensors" and "published" in lungs.notes[0]
    assert set(names) <= set(listed()) and lungs.title == "SqueezeNet 1.1, lungs"
    assert {model.task for model in library.found() if model.name in names} == {
        "image-classification"
    }
    known = add(files["lungs"], name="squeezenet1_1/again")[0]
    assert known.known and known.name == lungs.name
    for name, file in zip(names, files.values(), strict=True):
        assert build(name, None, "image", 3).weights_hash == fingerprint(file)
    assert len(list(outline(lungs.name, None, "image", 3).parameters())) > 10
    pack = tmp_path / "own.graftpack"
    assert packs.pack(names, pack)[1].licence == catalogue.UNCONFIRMED
    removing.remove(lungs.name)
    assert not lungs.path.exists() and skin.path.exists()
    again = add(pack)
    assert [one.name for one in again] == names and [one.known for one in again] == [1, 0, 1]
    other = tmp_path / "other" / "squeezenet1_1.safetensors"
    other.parent.mkdir()
    save_file({**squeezenet, "classifier.1.bias": torch.ones(1000) * 9}, other)
    assert "squeezenet1_1.safetensors" in refused(other, here).cause  # which one is meant?
    assert isinstance(refused(other, here, name="squeezenet1_1/../up"), ConfigurationError)
    with pytest.raises(ModelError, match="no weights for"):
        build("squeezenet1_1/gone", None, "image", 3)


def test_a_pth_file_is_read_as_tensors_alone_and_kept_as_safetensors(
    squeezenet: dict[str, torch.Tensor], here: Path, tmp_path: Path
) -> None:
    torch.save({"state_dict": squeezenet, "epoch": 3}, tmp_path / "squeezenet1_1.PTH")
    (got,) = add(tmp_path / "squeezenet1_1.PTH")
    assert got.path == here / "squeezenet1_1.safetensors" and same(got.path, squeezenet)
    assert any("converted" in note for note in got.notes)
    assert list(here.iterdir()) == [got.path]


def test_a_folder_is_copied_without_what_it_does_not_need(bert: Path, here: Path) -> None:
    wanted = {file.name: file.read_bytes() for file in bert.iterdir()}
    (bert / "modeling_own.py").write_text("raise SystemExit")
    (bert / "optimizer.pt").write_bytes(b"0" * 100)
    (got,) = add(bert)
    assert got.path == here / "clinic--tiny-bert" and got.name == BERT and BERT in listed()
    assert {file.name: file.read_bytes() for file in got.path.iterdir()} == wanted
    (again,) = add(bert)
    assert again.known and again.path == got.path


def test_a_folder_of_pickles_is_converted(bert: Path, here: Path) -> None:
    tensors = load_file(bert / "model.safetensors")
    (bert / "model.safetensors").unlink()
    torch.save(tensors, bert / "pytorch_model.bin")
    (got,) = add(bert, name="clinic/converted")
    assert got.name == "clinic/converted" and same(got.path / "model.safetensors", tensors)
    assert not list(got.path.glob("*.bin")) and any("converted" in note for note in got.notes)
    (again,) = add(bert, name="clinic/converted")
    assert again.known and again.path == got.path, "it is the one that was converted"
    torch.save({name: 2 * one for name, one in tensors.items()}, bert / "pytorch_model.bin")
    with pytest.raises(ConfigurationError, match="Another model of that name"):
        add(bert, name="clinic/converted")
    assert same(got.path / "model.safetensors", tensors)


@pytest.mark.parametrize("inside", ["", "clinic--other-bert/"])
def test_an_archive_of_a_folder_gives_the_same(
    inside: str, bert: Path, zipped: Callable[..., Path], here: Path
) -> None:
    more = [("__MACOSX/._config.json", b"1"), (inside + "modeling.py", b"raise SystemExit")]
    (got,) = add(zipped(*more, inside=inside))
    assert got.name == ("clinic/other-bert" if inside else BERT) and got.name in listed()
    assert {one.name: one.read_bytes() for one in got.path.iterdir()} == {
        one.name: one.read_bytes() for one in bert.iterdir()
    }
    assert list(here.iterdir()) == [got.path]


def evil_files(folder: Path, marker: Path) -> list[Path]:
    """Code in all the ways in which weights files hold it."""
    evil = Evil(marker)
    made = [folder / f"{number}.pth" for number in range(4)]
    made[0].write_bytes(pickle.dumps(evil))
    made[1].write_bytes(pickle.dumps({"state_dict": evil}, protocol=2))
    torch.save({"a.weight": torch.zeros(2), "more": evil}, made[2])
    torch.save(evil, made[3], _use_new_zipfile_serialization=False)
    return made


def test_code_in_a_pickle_is_explained_and_never_run(
    squeezenet: dict[str, torch.Tensor], here: Path, tmp_path: Path
) -> None:
    marker = tmp_path / "it ran"
    save_file(squeezenet, here / "squeezenet1_1.safetensors")
    files = evil_files(tmp_path, marker)
    for file in files:
        with pytest.raises(ModelError, match="refused") as caught:
            torch_files.to_safetensors(str(file), str(tmp_path / "out"))
        assert "code" in caught.value.cause and "safetensors" in caught.value.remedy
    error = refused(files[2], here, name="squeezenet1_1")
    assert isinstance(error, ModelError) and "code" in error.cause
    for file in files[:3]:  # under the name of the format that cannot hold any
        named = file.rename(file.with_suffix(".safetensors"))
        error = refused(named, here, name="squeezenet1_1")
        assert isinstance(error, ModelError) and "code" in error.cause
    assert not marker.exists(), "the code was run"
    pickle.loads(pickle.dumps(Evil(marker)))
    assert marker.exists(), "it would have shown nothing"


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.1, 0.9, 0.9999])
def test_a_cut_off_safetensors_file_is_refused(
    share: float, squeezenet: dict[str, torch.Tensor], bert: Path, here: Path, tmp_path: Path
) -> None:
    file = tmp_path / "squeezenet1_1.safetensors"
    save_file(squeezenet, file)
    for cut in (file, bert / "model.safetensors"):
        whole = cut.read_bytes()
        cut.write_bytes(whole[: int(share * len(whole))])
    for path in (file, bert):
        assert "damaged" in refused(path, here).title


@pytest.mark.parametrize("zipped", [True, False])
def test_a_cut_off_pth_file_is_refused(
    zipped: bool, squeezenet: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    few = {name: squeezenet[name] for name in list(squeezenet)[:4]}
    torch.save(few, tmp_path / "whole.pth", _use_new_zipfile_serialization=zipped)
    raw, cut = (tmp_path / "whole.pth").read_bytes(), tmp_path / "cut.pth"
    torch_files.to_safetensors(str(tmp_path / "whole.pth"), str(tmp_path / "out"))
    ends = {*range(1, 1500, 7), *range(1500, len(raw), 997), *range(len(raw) - 40, len(raw))}
    for end in sorted(ends):
        cut.write_bytes(raw[:end])
        with pytest.raises(ModelError) as caught:
            torch_files.to_safetensors(str(cut), str(tmp_path / "out"))
        assert caught.value.cause and caught.value.remedy


@pytest.mark.parametrize("kind", ["sparse", "quantised", "none"])
def test_tensors_that_safetensors_does_not_hold_are_refused(kind: str, tmp_path: Path) -> None:
    tensor = torch.eye(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        odd: object = {"sparse": tensor.to_sparse, "none": list}.get(kind, lambda: None)()
        if kind == "quantised":
            odd = torch.quantize_per_tensor(tensor, 0.1, 0, torch.qint8)
        torch.save({"a": odd}, tmp_path / "x.pth")
    with pytest.raises(ModelError) as caught:
        torch_files.to_safetensors(str(tmp_path / "x.pth"), str(tmp_path / "out"))
    assert caught.value.remedy


def test_other_bytes_under_a_published_name_are_refused(here: Path, tmp_path: Path) -> None:
    (tmp_path / "squeezenet1_1-b8a52dc0.pth").write_bytes(b"something else")
    assert "damaged" in refused(tmp_path / "squeezenet1_1-b8a52dc0.pth", here).title


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def half_a_config(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "be')


def config_without_an_end(folder: Path) -> None:
    (folder / "config.json").write_text("[" * 100_000)


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def code_of_its_own(folder: Path) -> None:
    (folder / "config.json").write_text('{"auto_map": {"AutoModel": "own.Own"}}')
    (folder / "own.py").write_text("raise SystemExit")


def a_shard_missing(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    some = dict(list(tensors.items())[:3])
    save_file(some, folder / "model-00001-of-00002.safetensors")
    where = {name: f"model-0000{1 + (name not in some)}-of-00002.safetensors" for name in tensors}
    text = json.dumps({"metadata": {}, "weight_map": where})
    (folder / "model.safetensors.index.json").write_text(text)


@pytest.mark.parametrize(
    "spoil",
    [no_config, half_a_config, config_without_an_end, no_weights, code_of_its_own, a_shard_missing],
    ids=lambda spoil: spoil.__name__,
)
def test_a_folder_that_is_not_whole_is_refused(
    spoil: Callable[[Path], None], bert: Path, here: Path
) -> None:
    spoil(bert)
    assert isinstance(refused(bert, here), ModelError)


def test_a_damaged_index_of_pickles_is_said_to_be_damaged(bert: Path) -> None:
    torch.save({"a": torch.zeros(2)}, bert / "pytorch_model-00001-of-00002.bin")
    for text in ("{", "[]", '{"weight_map": {"a": "elsewhere.bin"}}', '{"weight_map": 3}'):
        (bert / "pytorch_model.bin.index.json").write_text(text)
        torch.save({"a": torch.zeros(2)}, bert / "pytorch_model-00001-of-00002.bin")
        with pytest.raises(ModelError, match="damaged"):
            torch_files.convert_folder(str(bert))


def hostile(name: str, **facts: Any) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    for fact, value in facts.items():
        setattr(info, fact, value)
    return info


@pytest.mark.parametrize(
    "member",
    [hostile("link.json", external_attr=0o120777 << 16),
     hostile("pipe", external_attr=0o010644 << 16),
     hostile("../up.json"), hostile("/up.json"), hostile("a/../../up.json"), hostile("C:/up.json"),
     hostile("..\\up.json"), hostile("config.json"), hostile("CONFIG.json"), hostile("aux.json"),
     hostile("vocab.txt/")],
    ids=lambda info: info.orig_filename,
)  # fmt: skip
def test_links_and_ways_out_of_an_archive_are_refused(
    member: zipfile.ZipInfo, zipped: Callable[..., Path], here: Path, tmp_path: Path
) -> None:
    assert isinstance(refused(zipped((member, b"/etc")), here), ModelError)
    assert not list(tmp_path.rglob("up.json"))


def test_an_archive_that_grows_past_what_it_declares_is_refused(
    zipped: Callable[..., Path], here: Path, tmp_path: Path
) -> None:
    """The list says ten bytes; a hundred megabytes are packed into few."""
    file = zipped(("special_tokens_map.json", b" " * 100_000_000))
    raw = file.read_bytes()
    declared = (100_000_000).to_bytes(4, "little")
    assert raw.count(declared) == 2 and len(raw) < 1_000_000
    file.write_bytes(raw.replace(declared, (10).to_bytes(4, "little")))
    assert isinstance(refused(file, here), ModelError)


def test_an_archive_larger_than_the_disk_is_refused_before_it_is_unpacked(
    zipped: Callable[..., Path], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "RESERVE", 1 << 60)
    assert isinstance(refused(zipped(), here), ResourceError)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 0.9999])
def test_a_cut_off_archive_is_refused(
    share: float, zipped: Callable[..., Path], here: Path
) -> None:
    file = zipped()
    raw = file.read_bytes()
    file.write_bytes(raw[: int(share * len(raw))])
    assert isinstance(refused(file, here), ModelError)


def test_an_archive_without_a_model_or_with_two_says_so(
    zipped: Callable[..., Path], here: Path
) -> None:
    assert "config.json" in refused(zipped(inside="a/b/"), here).cause
    two = zipped(("other/config.json", b"{}"), inside="a/")
    assert "config.json" in refused(two, here).cause


def test_what_is_no_model_at_all_is_refused(here: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    for name, words in (("notes.txt", "cannot be added"), ("nowhere", "nothing at"),
                        ("empty", "holds no model"), ("nowhere.pth", "nothing at")):  # fmt: skip
        assert words in refused(tmp_path / name, here).title


def test_another_model_of_that_name_is_kept(bert: Path, here: Path) -> None:
    add(bert)
    (bert / "vocab.txt").write_text("other words")
    error = refused(bert, here)
    assert isinstance(error, ConfigurationError) and "remove" in error.remedy


@pytest.mark.parametrize("name", ["../up", "/up", "a/b/c", ".hidden", "nul", "resnet50"])
def test_a_name_that_no_folder_can_have_is_refused(name: str, bert: Path, here: Path) -> None:
    assert isinstance(refused(bert, here, name=name), ConfigurationError)


def test_a_model_that_the_tensors_do_not_fit_is_not_taken_for_theirs(
    squeezenet: dict[str, torch.Tensor], here: Path, tmp_path: Path
) -> None:
    save_file(squeezenet, tmp_path / "x.safetensors")
    assert torch_files.recognise(str(tmp_path / "x.safetensors"), ["resnet18"]) == []
    assert isinstance(refused(tmp_path / "x.safetensors", here, name="no/such"), ConfigurationError)


def test_a_person_leaves_and_nothing_is_left(bert: Path, here: Path, tmp_path: Path) -> None:
    for path in (bert, Path(shutil.make_archive(str(tmp_path / "x"), "zip", bert))):
        cancel = Cancel()
        with pytest.raises(Cancelled):
            add(path, lambda _, cancel=cancel: cancel.set(), cancel)  # type: ignore[misc]
        assert not list(here.iterdir())


def test_too_little_room_is_told_before_anything_is_copied(
    bert: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "RESERVE", 1 << 60)
    assert isinstance(refused(bert, here), ResourceError)


@pytest.mark.parametrize("name", ["regnet_y_400mf", "mobilenet_v3_small", "vit_b_32", "googlenet"])
def test_a_model_of_any_family_is_told_by_its_tensors(name: str, tmp_path: Path) -> None:
    """The families differ in what they compute while they are built; no weights are made for it."""
    shapes = torch_files._own(name)
    assert shapes is not None
    save_file({n: torch.zeros(shape, dtype=torch.uint8) for n, shape in shapes.items()},
              tmp_path / "x.safetensors")  # fmt: skip
    assert torch_files.recognise(str(tmp_path / "x.safetensors"), []) == [name]


@pytest.mark.parametrize(
    ("folder", "file", "names"),
    [("weights_mobilenet_v2", "mobilenet_v2", ["mobilenet_v2"]),
     ("weights_squeezenet1_1", "squeezenet1_1", ["squeezenet1_1"]),
     ("weights_yamnet", "yamnet_timm_mobilenetv1", [])],
)  # fmt: skip
def test_real_weights_are_told_by_their_tensors(
    folder: str, file: str, names: list[str], shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    place = shutil.copy(shared_data(folder) / f"{file}.safetensors", tmp_path / "x.safetensors")
    assert torch_files.recognise(str(place), []) == names


def test_a_new_head_does_not_hide_which_model_it_is(
    squeezenet: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    own = {**squeezenet, "classifier.1.weight": torch.zeros(5, 512, 1, 1),
           "classifier.1.bias": torch.zeros(5)}  # fmt: skip
    save_file({f"module.{name}": value for name, value in own.items()}, tmp_path / "x.safetensors")
    assert torch_files.recognise(str(tmp_path / "x.safetensors"), []) == ["squeezenet1_1"]
