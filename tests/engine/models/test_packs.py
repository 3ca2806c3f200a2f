"""Packs carry models whole: what was changed in any way is refused, and then nothing is added."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Cancelled, ConfigurationError, GraftError, ModelError, ResourceError
from engine.events import Activity, Event
from engine.models import library
from engine.models.building import build
from engine.models.shelf import packs, placing
from engine.models.shelf.adding import add
from engine.progress import Cancel
from tests.sealed import Sealed

ROOT = Path(__file__).parents[3]
BERT, VIT = "clinic/tiny-bert", "tiny-vit"
Files = dict[str, bytes]
Change = Callable[[Files, dict[str, Any]], None]


@pytest.fixture(scope="module")
def sent(model_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of two models, made on another machine."""
    there = tmp_path_factory.mktemp("there")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(library.SWITCH, str(there / "models"))
        for name, kind in ((BERT, "bert"), (VIT, "vit")):
            folder = there / "models" / name.replace("/", "--")
            shutil.copytree(model_folder(kind), folder)
        (folder / "LICENSE.txt").write_text("Do as you please.", encoding="utf-8")
        packs.pack([BERT, VIT], there / "two.graftpack")
    return there / "two.graftpack"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This machine's models folder: empty."""
    for name in ("GRAFT_MODELS", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "here" / name.lower()))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    return library.models_folder()


def refused(pack: Path, here: Path) -> GraftError:
    """Nothing is left of it, not even a folder that the person would not see."""
    before = left(here)
    with pytest.raises(GraftError) as caught:
        add(pack)
    assert caught.value.title and caught.value.cause and caught.value.remedy
    assert left(here) == before
    return caught.value


def left(folder: Path) -> list[str]:
    return sorted(str(one) for one in folder.rglob("*")) if folder.exists() else []


def contents(pack: Path) -> tuple[Files, dict[str, Any]]:
    with zipfile.ZipFile(pack) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return files, json.loads(files.pop("manifest.json"))


def written(goal: Path, files: Files, said: object) -> Path:
    """A pack with other content, in every other way as Graft writes it."""
    from engine.models.shelf.manifest import entry

    text = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
    with zipfile.ZipFile(goal, "w") as archive:
        for name, content in {**files, "manifest.json": text}.items():
            with archive.open(entry(name, len(content)), "w") as sink:
                sink.write(content)
    return goal


def facts(said: dict[str, Any], end: str) -> dict[str, Any]:
    """What the manifest says of the first model's file."""
    return next(one for one in said["models"][0]["files"] if one["path"].endswith(end))


def test_the_manifest_gives_every_file_its_checksum_and_every_model_its_licence(
    sent: Path,
) -> None:
    files, said = contents(sent)
    members = [one for model in said["models"] for one in (*model["files"], model["licence_text"])]
    assert {one["path"] for one in members} == set(files)
    for one in members:
        content = files[one["path"]]
        assert one["sha256"] == hashlib.sha256(content).hexdigest() and one["bytes"] == len(content)
    assert [model["name"] for model in said["models"]] == [BERT, VIT]
    text = files[said["models"][1]["licence_text"]["path"]].decode()
    assert "Do as you please." in text and VIT in text


def test_the_same_models_give_the_same_bytes(sent: Path, here: Path, tmp_path: Path) -> None:
    add(sent)
    packs.pack([BERT, VIT], tmp_path / "again.graftpack")
    assert (tmp_path / "again.graftpack").read_bytes() == sent.read_bytes()


def test_several_models_come_in_at_once(
    sent: Path, here: Path, model_folder: Callable[[str], Path]
) -> None:
    told: list[Event] = []
    got = add(sent, told.append)
    assert [one.name for one in got] == [BERT, VIT] and not any(one.known for one in got)
    for one, kind in zip(got, ("bert", "vit"), strict=True):
        for file in model_folder(kind).iterdir():
            assert (one.path / file.name).read_bytes() == file.read_bytes()
    assert {BERT, VIT} <= {model.name for model in library.found()}
    said = [event for event in told if isinstance(event, Activity)]
    assert said[-1].done == said[-1].total > 0
    assert all(one.known for one in add(sent)), "the same again changes nothing"


def test_a_model_that_is_here_with_other_bytes_is_kept_and_the_whole_pack_refused(
    sent: Path, here: Path, model_folder: Callable[[str], Path]
) -> None:
    shutil.copytree(model_folder("bert"), here / VIT)
    error = refused(sent, here)
    assert isinstance(error, ConfigurationError) and "models remove" in error.remedy
    assert library.find(BERT) is None


def test_when_the_second_model_cannot_take_its_place_the_first_does_not_stay(
    sent: Path, here: Path
) -> None:
    here.mkdir(parents=True)
    (here / VIT).symlink_to(here / "nowhere")
    refused(sent, here)


def test_a_person_leaves_and_nothing_is_left(sent: Path, here: Path, tmp_path: Path) -> None:
    cancel = Cancel()
    with pytest.raises(Cancelled):
        add(sent, lambda _: cancel.set(), cancel)
    assert left(here) in ([], [str(here)]) or library.found() == []
    assert not list(here.iterdir())
    add(sent)
    cancel = Cancel()
    with pytest.raises(Cancelled):
        packs.pack([BERT, VIT], tmp_path / "x.graftpack", lambda _: cancel.set(), cancel)
    assert not list(tmp_path.glob("*graft*"))


def test_no_byte_of_a_pack_can_be_changed(sent: Path, here: Path, tmp_path: Path) -> None:
    """All bytes around the files, and one here and there in each of them."""
    raw, pack = sent.read_bytes(), tmp_path / "changed.graftpack"
    draw = random.Random(5)
    with zipfile.ZipFile(sent) as archive:
        infos = archive.infolist()
    places = set(range(archive.start_dir, len(raw)))
    for info in infos:
        data = info.header_offset + 30 + len(info.filename.encode())
        places |= set(range(info.header_offset, data))
        places |= {data, data + info.file_size - 1, data + draw.randrange(info.file_size)}
    chosen = [*draw.sample(sorted(places), 300), 0, len(raw) - 1, archive.start_dir]
    here.mkdir(parents=True)
    for place in chosen:
        changed = bytearray(raw)
        changed[place] ^= 1 << draw.randrange(8)
        pack.write_bytes(changed)
        assert isinstance(refused(pack, here), ModelError), f"byte {place}"


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.999])
def test_a_pack_cut_short_is_refused(share: float, sent: Path, here: Path, tmp_path: Path) -> None:
    raw, pack = sent.read_bytes(), tmp_path / "cut.graftpack"
    pack.write_bytes(raw[: int(share * len(raw))])
    assert "cut off" in refused(pack, here).cause


@pytest.mark.parametrize("before", [b"#!/bin/sh\n", b""])
def test_bytes_before_and_behind_a_pack_are_refused(
    before: bytes, sent: Path, here: Path, tmp_path: Path
) -> None:
    pack = tmp_path / "more.graftpack"
    pack.write_bytes(before + sent.read_bytes() + (b"" if before else b"behind"))
    assert isinstance(refused(pack, here), ModelError)


def missing(files: Files, said: dict[str, Any]) -> None:
    del files["models/clinic--tiny-bert/vocab.txt"]


def no_licence(files: Files, said: dict[str, Any]) -> None:
    del files["licences/tiny-vit.txt"]


def extra(files: Files, said: dict[str, Any]) -> None:
    files["models/tiny-vit/more.json"] = b"{}"


def renamed(files: Files, said: dict[str, Any]) -> None:
    files["models/tiny-vit/other.json"] = files.pop("models/tiny-vit/config.json")


def swapped(files: Files, said: dict[str, Any]) -> None:
    one, other = "models/tiny-vit/config.json", "models/clinic--tiny-bert/config.json"
    files[one], files[other] = files[other], files[one]


def swapped_in_the_manifest(files: Files, said: dict[str, Any]) -> None:
    one, other = facts(said, "config.json"), facts(said, "vocab.txt")
    one["path"], other["path"] = other["path"], one["path"]


def other_bytes(files: Files, said: dict[str, Any]) -> None:
    files["models/clinic--tiny-bert/vocab.txt"] = files["models/clinic--tiny-bert/vocab.txt"][::-1]


def other_checksum(files: Files, said: dict[str, Any]) -> None:
    facts(said, "vocab.txt")["sha256"] = "0" * 64


def other_size(files: Files, said: dict[str, Any]) -> None:
    facts(said, "vocab.txt")["bytes"] += 1


def endless_size(files: Files, said: dict[str, Any]) -> None:
    facts(said, "vocab.txt")["bytes"] = float("inf")


def other_licence(files: Files, said: dict[str, Any]) -> None:
    files["licences/tiny-vit.txt"] = b"Public domain"


def another_name(files: Files, said: dict[str, Any]) -> None:
    said["models"][1]["name"] = "openai/somebody-else"


def twice(files: Files, said: dict[str, Any]) -> None:
    said["models"][1] = said["models"][0]


def nothing_in_it(files: Files, said: dict[str, Any]) -> None:
    files.clear()
    said["models"] = []


def old_format(files: Files, said: dict[str, Any]) -> None:
    said["format"] = 0


def names_that_no_screen_shows(files: Files, said: dict[str, Any]) -> None:
    said["models"][1]["name"] = "\ud800\x1b[2J"


def code_in_it(files: Files, said: dict[str, Any]) -> None:
    declare(files, said, "models/clinic--tiny-bert/modeling_own.py", b"raise SystemExit")


def pickle_in_it(files: Files, said: dict[str, Any]) -> None:
    declare(files, said, "models/clinic--tiny-bert/pytorch_model.bin", b"\x80\x04N.")


def outside(files: Files, said: dict[str, Any]) -> None:
    declare(files, said, "models/clinic--tiny-bert/../../up.json", b"{}")


def in_another_model(files: Files, said: dict[str, Any]) -> None:
    declare(files, said, "models/tiny-vit/special_tokens_map.json", b"{}")


def hidden_place(files: Files, said: dict[str, Any]) -> None:
    said["models"][1]["place"] = said["models"][1]["name"] = ".getting"


def declare(files: Files, said: dict[str, Any], path: str, content: bytes) -> None:
    files[path] = content
    sha256 = hashlib.sha256(content).hexdigest()
    said["models"][0]["files"] += [{"path": path, "bytes": len(content), "sha256": sha256}]


CHANGES: list[Change] = [
    missing, no_licence, extra, renamed, swapped, swapped_in_the_manifest, other_bytes,
    other_checksum, other_size, endless_size, other_licence, another_name, twice, nothing_in_it,
    old_format, names_that_no_screen_shows, code_in_it, pickle_in_it, outside, in_another_model,
    hidden_place,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_pack_is_refused(change: Change, sent: Path, here: Path, tmp_path: Path) -> None:
    """Made with care: the archive itself is in order."""
    files, said = contents(sent)
    change(files, said)
    text = json.dumps(said).encode()  # in which a lone half of a character may stand
    error = refused(written(tmp_path / "x.graftpack", files, text), here)
    assert isinstance(error, ModelError)
    assert error.cause.isprintable(), "a name in it may move the cursor"
    assert not list(tmp_path.rglob("up.json"))


def test_the_same_care_without_a_change_is_accepted(sent: Path, here: Path, tmp_path: Path) -> None:
    """Otherwise the tests above would show nothing."""
    files, said = contents(sent)
    assert len(add(written(tmp_path / "x.graftpack", files, said))) == 2


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"null", b'{"format": 1}', b'{"format": "x", "models": []}', b"[" * 100_000,
     b'{"format": 1, "models": [1]}', b'{"format": 1e999, "models": []}', b"\xff\xfe"],
)  # fmt: skip
def test_a_manifest_that_is_none_is_refused(
    text: bytes, sent: Path, here: Path, tmp_path: Path
) -> None:
    files, _ = contents(sent)
    assert isinstance(refused(written(tmp_path / "x.graftpack", files, text), here), ModelError)


def test_a_pack_of_a_newer_graft_says_so(sent: Path, here: Path, tmp_path: Path) -> None:
    files, said = contents(sent)
    error = refused(written(tmp_path / "x.graftpack", files, {**said, "format": 2}), here)
    assert "newer" in error.title and "Update" in error.remedy


def raw_entry(sent: Path, goal: Path, **facts: object) -> Path:
    """The pack, with one more file in it of which the archive says odd things."""
    files, said = contents(sent)
    written(goal, files, said)
    info = zipfile.ZipInfo(str(facts.pop("name", "models/tiny-vit/tokenizer.json")))
    for name, value in facts.items():
        setattr(info, name, value)
    with warnings.catch_warnings(), zipfile.ZipFile(goal, "a") as archive:
        warnings.simplefilter("ignore")  # of two files of one name
        archive.writestr(info, b"0" * 100_000)
    return goal


@pytest.mark.parametrize(
    "facts",
    [{"external_attr": 0o120777 << 16}, {"external_attr": 0o040755 << 16}, {"external_attr": 0x10},
     {"external_attr": 0o010644 << 16}, {"compress_type": zipfile.ZIP_DEFLATED},
     {"name": "../up.json"}, {"name": "/up.json"}, {"name": "models/../../up.json"},
     {"name": "C:\\up.json"}, {"name": "models\\tiny-vit\\up.json"}, {"name": "models/a/con.json"},
     {"name": "models/tiny-vit/config.json"}, {"name": "models/tiny-vit/CONFIG.JSON"},
     {"name": "models/tiny-vit/"}],
    ids=str,
)  # fmt: skip
def test_links_folders_and_ways_out_are_refused(
    facts: dict[str, object], sent: Path, here: Path, tmp_path: Path
) -> None:
    pack = raw_entry(sent, tmp_path / "x.graftpack", **facts)
    assert isinstance(refused(pack, here), ModelError)
    assert not list(tmp_path.rglob("up.json"))


def test_a_pack_that_claims_to_be_larger_than_itself_is_refused(
    sent: Path, here: Path, tmp_path: Path
) -> None:
    """Every file of it shares the same bytes: a way to grow without end."""
    content = b"7" * 100_000
    goal = tmp_path / "x.graftpack"
    with zipfile.ZipFile(goal, "w") as archive:
        archive.writestr("models/a/model.safetensors", content)
        first = archive.infolist()[0]
        for number in range(50):
            again = zipfile.ZipInfo(f"models/a/model-{number:05}-of-00050.safetensors")
            again.file_size = again.compress_size = len(content)
            again.CRC, again.header_offset = first.CRC, first.header_offset
            archive.filelist.append(again)
    assert "larger than itself" in refused(goal, here).cause


@settings(max_examples=100)
@given(
    names=st.lists(
        st.one_of(
            st.text(max_size=12),
            st.lists(
                st.sampled_from(["..", ".", "", "models", "a", "C:", "\\", "config.json", "\x00"]),
                max_size=6,
            ).map("/".join),
        ),
        max_size=4,
    ),
    suffix=st.sampled_from([".graftpack", ".zip"]),
    declared=st.booleans(),
)
def test_whatever_the_names_nothing_is_written_outside(
    names: list[str], suffix: str, declared: bool, tmp_path: Path
) -> None:
    place = Path(tempfile.mkdtemp(dir=tmp_path))
    goal, own = place / f"x{suffix}", place / "a" / "b" / "models"
    config = b'{"model_type": "bert"}'
    rows = [{"path": name, "bytes": 2, "sha256": hashlib.sha256(b"{}").hexdigest()}
            for name in names]  # fmt: skip
    model = {"name": "a", "title": "a", "source": "huggingface", "licence": "", "place": "a",
             "licence_text": {"path": "licences/a.txt", "bytes": 0, "sha256": "0" * 64},
             "files": rows if declared else []}  # fmt: skip
    with warnings.catch_warnings(), zipfile.ZipFile(goal, "w") as archive:
        warnings.simplefilter("ignore")
        if suffix == ".zip":
            archive.writestr("config.json", config)
        for name in names:
            try:
                archive.writestr(zipfile.ZipInfo(name), b"{}")
            except (ValueError, UnicodeError):
                continue
        archive.writestr("manifest.json", json.dumps({"format": 1, "models": [model]}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(library.SWITCH, str(own))
        with pytest.raises(GraftError):
            add(goal)
    outside = [one for one in place.rglob("*") if one != goal and own not in (one, *one.parents)]
    assert all(one in own.parents for one in outside)
    assert not own.exists() or not list(own.iterdir())


def test_too_little_room_is_told_before_anything_is_written(
    sent: Path, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(sent)
    monkeypatch.setattr(placing, "RESERVE", 1 << 60)
    with pytest.raises(ResourceError):
        packs.pack([BERT], tmp_path / "x.graftpack")
    assert not list(tmp_path.glob("*graft*"))
    shutil.rmtree(here)
    here.mkdir()
    assert isinstance(refused(sent, here), ResourceError)


def test_what_cannot_be_packed_says_why(sent: Path, here: Path, tmp_path: Path) -> None:
    add(sent)
    (tmp_path / "there.graftpack").write_text("precious")
    wrong: list[tuple[list[str], str, type[GraftError]]] = [
        (["no-such-model"], "x.graftpack", ModelError),
        ([BERT, "squeezenet1_1"], "x.graftpack", ModelError),
        ([BERT], "x.zip", ConfigurationError),
        ([BERT], "there.graftpack", ConfigurationError),
        ([BERT], "nowhere/x.graftpack", ConfigurationError),
    ]
    for names, out, kind in wrong:
        with pytest.raises(kind) as caught:
            packs.pack(names, tmp_path / out)
        assert caught.value.cause and caught.value.remedy
    assert (tmp_path / "there.graftpack").read_text() == "precious"
    assert not list(tmp_path.glob("x.*")) and not list(tmp_path.glob(".graft*"))


def test_damaged_weights_are_not_packed(sent: Path, here: Path, tmp_path: Path) -> None:
    add(sent)
    weights = here / VIT / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    shutil.copy(weights, here / "squeezenet1_1.safetensors")
    for name in (VIT, "squeezenet1_1"):
        with pytest.raises(ModelError, match="damaged"):
            packs.pack([name], tmp_path / "x.graftpack")
    assert not list(tmp_path.glob("*graft*"))


def test_other_bytes_under_a_published_name_are_neither_packed_nor_added(
    sent: Path, here: Path, tmp_path: Path
) -> None:
    here.mkdir(parents=True)
    file = here / "squeezenet1_1-b8a52dc0.pth"
    torch.save({"a": torch.zeros(2)}, file)
    with pytest.raises(ModelError, match="published"):
        packs.pack(["squeezenet1_1"], tmp_path / "x.graftpack")
    assert not list(tmp_path.glob("*graft*"))
    content = file.read_bytes()
    file.unlink()
    _, said = contents(sent)
    sums = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    said["models"] = [{
        "name": "squeezenet1_1", "title": "", "source": "torchvision", "licence": "",
        "place": file.name, "files": [{"path": f"models/{file.name}", **sums}],
        "licence_text": {"path": f"licences/{file.name}.txt", **sums},
    }]  # fmt: skip
    files = {f"models/{file.name}": content, f"licences/{file.name}.txt": content}
    assert "published" in refused(written(tmp_path / "x.graftpack", files, said), here).cause


def test_what_a_killed_process_left_goes_after_a_day(sent: Path, here: Path) -> None:
    for name in (".arriving-old", ".going-old", ".arriving-new"):
        (here / name).mkdir(parents=True)
        (here / name / "file").write_bytes(b"1")
    for name in (".arriving-old", ".going-old"):
        os.utime(here / name, (1e9, 1e9))
    add(sent)
    hidden = [one.name for one in here.iterdir() if one.name.startswith(".")]
    assert hidden == [".arriving-new"]


def test_one_model_under_two_names_is_packed_once(sent: Path, here: Path, tmp_path: Path) -> None:
    add(sent)
    models = packs.pack([BERT, "clinic--tiny-bert", BERT], tmp_path / "x.graftpack")
    assert [model.name for model in models] == [BERT]
    assert all(one.known for one in add(tmp_path / "x.graftpack"))


def logits(names: list[str]) -> dict[str, torch.Tensor]:
    """What the models of this machine say, on one core: more of them add in another order."""
    from transformers import AutoTokenizer

    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    said = {}
    for name in names:
        kind = "text" if "bert" in name else "image"
        torch.manual_seed(0)  # of the new head
        network = build(name, None, kind, 3).eval()
        given = {"pixels": torch.randn(2, 3, 96, 96)}
        if kind == "text":
            tokenizer = AutoTokenizer.from_pretrained(library.find(name), local_files_only=True)
            given = dict(tokenizer(["lost card", "fee"], padding=True, return_tensors="pt"))
        with torch.no_grad():
            said[name] = network(given)
    torch.set_num_threads(cores)
    return said


ADDED = """
import sys
from pathlib import Path
from engine import environment
environment.prepare()
from engine.models.shelf.adding import add
pack, out, *names = sys.argv[1:]
assert [got.name for got in add(Path(pack))] == names
import torch
from tests.engine.models.test_packs import logits
torch.save(logits(names), out)
"""


def test_what_was_packed_in_one_home_gives_the_same_logits_in_another_without_a_network(
    model_folder: Callable[[str], Path], shared_data: Callable[[str], Path], here: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    weights = shared_data("weights_squeezenet1_1") / "squeezenet1_1.safetensors"
    names, other = ["squeezenet1_1", BERT], tmp_path / "other"
    shutil.copytree(model_folder("bert"), here / "clinic--tiny-bert")
    shutil.copy(weights, here)
    packs.pack(names, tmp_path / "both.graftpack")
    sealed, out = Sealed(tmp_path), tmp_path / "said.pt"
    call = [sys.executable, "-c", ADDED, str(tmp_path / "both.graftpack"), str(out), *names]
    env = {**sealed.env, library.SWITCH: str(other)}
    done = subprocess.run(call, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sealed.tried == "" and (other / weights.name).read_bytes() == weights.read_bytes()
    there, said = torch.load(out, weights_only=True), logits(names)
    for name in names:
        assert torch.equal(there[name], said[name])
        assert said[name].isfinite().all() and said[name].std() > 0
