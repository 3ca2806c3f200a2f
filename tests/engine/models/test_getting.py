"""Models come from real servers: whole, in two halves, refused, or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import Cancelled, ConfigurationError, GraftError, ModelError, ResourceError
from engine.events import Activity, Event
from engine.models import catalogue, library, offline
from engine.models.shelf import getting, line
from engine.models.shelf.placing import Got
from engine.progress import Cancel
from tests.sealed import Sealed
from tests.serving import COMMIT, Server, serving

ROOT = Path(__file__).parents[3]
NAME = "squeezenet1_1"
CONTENT = bytes(range(256)) * 4000
HUB = "clinic/tiny-bert"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it, whose person allows downloads and does not like to wait."""
    for name in ("GRAFT_MODELS", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "here" / name.lower()))
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(offline.SWITCH, "1")
    monkeypatch.setattr(line, "WAITS", (0.0, 0.0, 0.0))
    return library.models_folder()


@pytest.fixture
def torchvision(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a file that the catalogue knows; its checksum is of what is served here."""
    known = catalogue.find(NAME)
    assert known is not None
    digits = hashlib.sha256(CONTENT).hexdigest()[:8]
    weights = dataclasses.replace(
        known.weights[0], sha256=digits, bytes=len(CONTENT), file=f"{NAME}-{digits}.pth"
    )
    monkeypatch.setitem(catalogue._all(), NAME, dataclasses.replace(known, weights=(weights,)))
    return server.serve("/models/weights.pth", CONTENT)


@pytest.fixture
def bert(server: Server, model_folder: Callable[[str], Path]) -> dict[str, bytes]:
    """A real model on the hub, and what no one should take of it."""
    files = {file.name: file.read_bytes() for file in model_folder("bert").iterdir()}
    there = {**files, "modeling_own.py": b"raise SystemExit", "tf_model.h5": b"0" * 500,
             "pytorch_model.bin": b"no pickle", "onnx/model.onnx": b"1"}  # fmt: skip
    server.serve_model(HUB, there)
    return files


def refused(*arguments: object, **named: object) -> GraftError:
    with pytest.raises(GraftError) as caught:
        getting.get(*arguments, **named)  # type: ignore[arg-type]
    assert caught.value.title and caught.value.cause and caught.value.remedy
    return caught.value


def left(folder: Path) -> list[str]:
    """All files below the models folder."""
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


def contents(folder: Path) -> list[bytes]:
    return [one.read_bytes() for one in folder.rglob("*") if one.is_file()]


def listed() -> list[str]:
    return [model.name for model in library.found()]


def file_of(server: Server, name: str) -> str:
    return f"/{HUB}/resolve/{COMMIT}/{name}"


def test_a_file_of_torchvision_arrives_whole_and_tells_how_far(
    server: Server, torchvision: str, machine: Path
) -> None:
    told: list[Event] = []
    got = getting.get(NAME, told.append, url=torchvision)
    assert got.path.read_bytes() == CONTENT and not got.known and got.bytes == len(CONTENT)
    assert left(machine) == [got.path.name] and library.find(NAME) == got.path
    said = [event for event in told if isinstance(event, Activity)]
    done = [event.done for event in said]
    assert done == sorted(done) and done[0] == 0 and done[-1] == len(CONTENT)
    assert all(event.total == len(CONTENT) and NAME in event.text for event in said)


def test_what_is_here_is_not_asked_for_again(server: Server, torchvision: str) -> None:
    first = getting.get(NAME, url=torchvision)
    server.log.clear()
    again = getting.get(NAME, url=torchvision, online=False)
    assert again.known and again.path == first.path and server.log == []


def test_a_download_cut_in_the_middle_goes_on_where_it_stopped(
    server: Server, torchvision: str, machine: Path
) -> None:
    served = server.files["/models/weights.pth"]
    served.moves = [("cut", 600_000), *[("status", 503)] * 9]
    assert "kept" in refused(NAME, url=torchvision).remedy
    assert library.find(NAME) is None
    served.moves, told = [], list[Event]()
    server.log.clear()
    got = getting.get(NAME, told.append, url=torchvision)
    assert server.log == [("/models/weights.pth", "bytes=600000-")]
    assert got.path.read_bytes() == CONTENT and left(machine) == [got.path.name]
    assert isinstance(told[0], Activity) and told[0].done == 600_000


def test_a_server_that_ignores_the_range_is_read_from_the_start(
    server: Server, torchvision: str
) -> None:
    server.files["/models/weights.pth"].moves = [("cut", 600_000), ("ignore",)]
    assert getting.get(NAME, url=torchvision).path.read_bytes() == CONTENT


def test_bytes_that_were_not_published_are_not_kept(
    server: Server, torchvision: str, machine: Path
) -> None:
    server.files["/models/weights.pth"].content = CONTENT[:-1] + b"!"
    error = refused(NAME, url=torchvision)
    assert isinstance(error, ModelError) and "checksum" in error.cause
    assert left(machine) == [] and library.find(NAME) is None


def test_halves_of_two_files_are_not_glued_together(
    server: Server, bert: dict[str, bytes], machine: Path
) -> None:
    """A hub that gives no checksums: only its tags tell that the file has changed."""
    path = file_of(server, "model.safetensors")
    whole = bert["model.safetensors"]
    listed = json.loads(server.files[f"/api/models/{HUB}"].content)
    for sibling in listed["siblings"]:
        sibling.pop("lfs", None)
        sibling.pop("blobId")
    server.files[f"/api/models/{HUB}"].content = json.dumps(listed).encode()
    server.files[path].content = b"?" * len(whole)
    server.files[path].moves = [("cut", 5_000), ("swap", whole)]
    got = getting.get(HUB, url=server.address)
    assert (got.path / "model.safetensors").read_bytes() == whole
    assert server.ranges(path)[1] == "bytes=5000-"


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "does not have"), (403, "not give"), (401, "not give"), (500, "busy or broken")],
)
@pytest.mark.parametrize("source", ["torchvision", "hub"])
def test_a_server_that_refuses_says_what_why_and_what_to_do(
    source: str, status: int, words: str, server: Server, torchvision: str, machine: Path
) -> None:
    path = "/models/weights.pth" if source == "torchvision" else f"/api/models/{HUB}"
    server.serve(path, CONTENT, *[("status", status)] * 9)
    name, url = (NAME, torchvision) if source == "torchvision" else (HUB, server.address)
    error = refused(name, url=url)
    assert words in error.title and str(status) in error.cause + error.details
    assert left(machine) == []


def test_a_model_of_a_hub_arrives_whole_and_without_what_it_does_not_need(
    server: Server, bert: dict[str, bytes], machine: Path
) -> None:
    told: list[Event] = []
    got = getting.get(HUB, told.append, url=server.address)
    assert got.path == machine / "clinic--tiny-bert" and library.find(HUB) == got.path
    assert left(got.path) == sorted(bert)
    assert all((got.path / name).read_bytes() == content for name, content in bert.items())
    assert HUB in listed()
    said = [event for event in told if isinstance(event, Activity)]
    total = sum(map(len, bert.values()))
    assert said[-1].done == said[-1].total == total
    assert [event.done for event in said] == sorted(event.done for event in said)


def test_a_model_of_a_hub_that_was_cut_goes_on_where_it_stopped(
    server: Server, bert: dict[str, bytes], machine: Path
) -> None:
    path = file_of(server, "model.safetensors")
    server.files[path].moves = [("cut", 5_000), *[("status", 502)] * 9]
    refused(HUB, url=server.address)
    assert library.find(HUB) is None and HUB not in listed()
    server.files[path].moves.clear()
    server.log.clear()
    got = getting.get(HUB, url=server.address)
    asked = [one for one in server.log if one[0] != f"/api/models/{HUB}"]
    assert asked == [(path, "bytes=5000-")], "what had arrived was asked for again"
    assert (got.path / "model.safetensors").read_bytes() == bert["model.safetensors"]
    assert left(machine) == [f"clinic--tiny-bert/{name}" for name in sorted(bert)]


def test_wrong_bytes_of_a_hub_are_not_kept(
    server: Server, bert: dict[str, bytes], machine: Path
) -> None:
    path = file_of(server, "model.safetensors")
    server.files[path].content = bert["model.safetensors"][::-1]
    assert "not what was published" in refused(HUB, url=server.address).title
    assert library.find(HUB) is None
    assert not any("model.safetensors" in name for name in left(machine))


def test_a_new_commit_between_two_tries_takes_nothing_of_the_old(
    server: Server, bert: dict[str, bytes]
) -> None:
    server.files[file_of(server, "model.safetensors")].moves = [("status", 404)]
    refused(HUB, url=server.address)
    config = bert["config.json"].replace(b"{", b'{"_of": "the new commit",', 1)
    server.serve_model(HUB, {**bert, "config.json": config}, commit="d" * 40)
    got = getting.get(HUB, url=server.address)
    assert (got.path / "config.json").read_bytes() == config


@pytest.mark.parametrize(
    ("answer", "type"),
    [(b"<html>Please log in</html>", "text/html"), (b"[]", "application/json"),
     (b'{"siblings": 3}', "application/json"), (b'{"id": "x", "siblings": [{}]}', "text/json"),
     (b"", "application/json"), (b"[" * 100_000, "application/json")],
)  # fmt: skip
def test_an_answer_that_is_no_listing_is_said_to_be_none(
    answer: bytes, type: str, server: Server, machine: Path
) -> None:
    """As the page of a network that wants a person to sign in first."""
    server.serve(f"/api/models/{HUB}", answer)
    server.files[f"/api/models/{HUB}"].type = type
    error = refused(HUB, url=server.address)
    assert isinstance(error, ModelError) and left(machine) == []


@pytest.mark.parametrize(
    "url", ["nowhere", "ftp://127.0.0.1/", "http://", "http://[::1", f"http://{'a' * 99}.org"]
)
@pytest.mark.parametrize("name", [NAME, HUB])
def test_an_address_that_is_none_is_refused_at_once(name: str, url: str, machine: Path) -> None:
    error = refused(name, url=url)
    assert isinstance(error, ConfigurationError) and error.subject == "url"
    assert left(machine) == []


@pytest.mark.parametrize("name", ["../up", "/root", "a/b/c", "c:x", ".hidden", "a/..", "con"])
def test_a_name_that_leads_out_of_the_folder_is_refused(
    name: str, server: Server, machine: Path, tmp_path: Path
) -> None:
    assert isinstance(refused(name, url=server.address), ConfigurationError)
    assert server.log == [] and left(tmp_path) == []


def test_files_of_a_hub_that_lead_out_of_the_folder_are_not_taken(
    server: Server, bert: dict[str, bytes], tmp_path: Path
) -> None:
    evil = {"../up.json": b"{}", "/root.json": b"{}", "a\\..\\b.json": b"{}", "1_P/../x.json": b"1"}
    server.serve_model(HUB, {**bert, **evil})
    got = getting.get(HUB, url=server.address)
    assert left(got.path) == sorted(bert)
    assert [name for name in left(tmp_path) if name.endswith(("up.json", "root.json"))] == []


def test_a_model_that_needs_code_of_its_own_is_refused_before_its_weights_come(
    server: Server, bert: dict[str, bytes], machine: Path
) -> None:
    config = {"auto_map": {"AutoModel": "modeling_own.Own"}}
    server.serve_model(HUB, {**bert, "config.json": json.dumps(config).encode()})
    error = refused(HUB, url=server.address)
    assert isinstance(error, ModelError) and "code" in error.title
    assert server.ranges(file_of(server, "model.safetensors")) == [] and left(machine) == []


def test_a_model_without_weights_for_graft_says_so(server: Server, machine: Path) -> None:
    server.serve_model(HUB, {"config.json": b'{"model_type": "bert"}', "tf_model.h5": b"1"})
    assert "weights" in refused(HUB, url=server.address).cause
    assert len(server.log) == 1 and left(machine) == []


@pytest.mark.parametrize("size", [1 << 50, len(CONTENT)])
def test_a_file_larger_than_the_disk_is_refused_before_a_byte_is_written(
    size: int, server: Server, torchvision: str, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The catalogue may know the size, or only the server say it."""
    known = catalogue.find(NAME)
    assert known is not None
    weights = dataclasses.replace(known.weights[0], bytes=size)
    monkeypatch.setitem(catalogue._all(), NAME, dataclasses.replace(known, weights=(weights,)))
    server.files["/models/weights.pth"].moves = [("claim", 1 << 50)]
    error = refused(NAME, url=torchvision)
    assert isinstance(error, ResourceError) and "room" in error.title and "free" in error.cause
    assert left(machine) == [] and len(server.log) == (size == len(CONTENT))


def test_a_hub_model_larger_than_the_disk_is_refused_before_it_begins(
    server: Server, bert: dict[str, bytes], machine: Path
) -> None:
    listed = json.loads(server.files[f"/api/models/{HUB}"].content)
    for sibling in listed["siblings"]:
        if sibling["rfilename"] == "model.safetensors":
            sibling["size"] = sibling["lfs"]["size"] = 1 << 50
    server.files[f"/api/models/{HUB}"].content = json.dumps(listed).encode()
    assert isinstance(refused(HUB, url=server.address), ResourceError)
    assert len(server.log) == 1 and left(machine) == []


@pytest.mark.parametrize("endless", [True, False])
def test_a_file_of_which_nobody_says_how_long_it_is_leaves_room_on_the_disk(
    endless: bool, server: Server, torchvision: str, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = catalogue.find(NAME)
    assert known is not None
    weights = dataclasses.replace(known.weights[0], bytes=0)
    monkeypatch.setitem(catalogue._all(), NAME, dataclasses.replace(known, weights=(weights,)))
    content = b"0" * (40 << 20) if endless else CONTENT
    server.serve("/models/weights.pth", content, *[("unsaid",)] * 9)
    if endless:
        monkeypatch.setattr("engine.models.shelf.placing.RESERVE", 1 << 60)
        assert isinstance(refused(NAME, url=torchvision), ResourceError)
        assert library.find(NAME) is None and sum(map(len, contents(machine))) < len(content)
    else:
        assert getting.get(NAME, url=torchvision).path.read_bytes() == CONTENT


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts a small disk of Linux")
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root may mount a disk")
def test_a_disk_that_is_really_full_keeps_what_arrived(
    server: Server, bert: dict[str, bytes], machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(machine)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this container mounts no disks")
    try:
        bert = {**bert, "README.md": b"r" * 900_000}
        server.serve_model(HUB, bert)
        assert "room" in refused(HUB, url=server.address).title and left(machine) == []
        # The other programs of a machine fill its disk after the question was asked.
        monkeypatch.setattr("engine.models.shelf.placing.RESERVE", -(1 << 40))
        error = refused(HUB, url=server.address)
        assert isinstance(error, ResourceError) and "full" in error.title
        assert library.find(HUB) is None and HUB not in listed()
    finally:
        subprocess.run(["umount", "-l", str(machine)], check=True)


@pytest.mark.parametrize("source", ["torchvision", "hub"])
def test_a_person_leaves_a_silent_server_at_once_and_goes_on_later(
    source: str, server: Server, torchvision: str, bert: dict[str, bytes], machine: Path
) -> None:
    hub = source == "hub"
    path = file_of(server, "model.safetensors") if hub else "/models/weights.pth"
    name, url = (HUB, server.address) if hub else (NAME, torchvision)
    served = server.files[path]
    served.moves = [("stall", 5_000)]
    cancel, ended = Cancel(), list[object]()

    def work() -> None:
        try:
            ended.append(getting.get(name, cancel=cancel, url=url))
        except Cancelled as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert server.stalled.wait(20)
    cancel.set()
    thread.join(10)  # the server would be silent for longer
    assert not thread.is_alive() and isinstance(ended[0], Cancelled)
    assert library.find(name) is None
    assert isinstance(getting.get(name, url=url), Got)


def test_two_cannot_get_the_same_model_at_once(server: Server, torchvision: str) -> None:
    server.files["/models/weights.pth"].moves = [("stall", 5_000)]
    cancel, ended = Cancel(), list[object]()

    def work() -> None:
        try:
            getting.get(NAME, cancel=cancel, url=torchvision)
        except Cancelled as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert server.stalled.wait(20)
    assert "on its way" in refused(NAME, url=torchvision).title
    cancel.set()
    thread.join(10)
    assert len(ended) == 1


def test_the_library_of_the_hub_may_be_set_offline_when_a_caller_may_go_online(
    server: Server, bert: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(offline.SWITCH, "0")
    offline.prepare()
    assert getting.get(HUB, url=server.address, online=True).path.is_dir()


FORBIDDEN = """
import sys
from engine import environment
environment.prepare()
from engine.errors import ConfigurationError
from engine.models.shelf import getting, line
line.WAITS = ()
for name in ("squeezenet1_1", "google-bert/bert-base-uncased", "clinic/tiny-bert"):
    for url in (None, sys.argv[1]):
        try:
            getting.get(name, url=url)
        except ConfigurationError as error:
            assert error.subject == "online" and "models add" in error.remedy, error
        else:
            sys.exit("it was got")
"""


def test_offline_no_connection_is_so_much_as_tried(server: Server, tmp_path: Path) -> None:
    sealed = Sealed(tmp_path)
    call = [sys.executable, "-c", FORBIDDEN, server.address]
    env = {**sealed.env, offline.SWITCH: "0"}
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert server.log == [] and sealed.tried == ""
    call[2] = FORBIDDEN.replace("url=url", "url=url, online=True")
    subprocess.run(call, cwd=ROOT, capture_output=True, text=True, env=env)
    assert "download.pytorch.org" in sealed.tried, "the seal sees nothing"


def test_a_password_in_an_address_is_not_told(server: Server) -> None:
    address = server.address.replace("://", "://me:secret@")
    for error in (refused(NAME, url=address + "/none"), refused(HUB, url=address)):
        assert "404" in error.details and "secret" not in str(error.to_wire())


def test_no_library_that_could_report_anything_is_read_where_downloads_are_made() -> None:
    """The window's own process downloads; a run's process sets its switches before it reads any."""
    code = (
        "import sys; from engine.models.shelf import getting; "
        "assert 'huggingface_hub' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Evil:
    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self._marker,)


def test_a_pickle_with_code_on_a_hub_is_refused_and_never_run(
    server: Server, bert: dict[str, bytes], machine: Path, tmp_path: Path
) -> None:
    marker = tmp_path / "it ran"
    bert.pop("model.safetensors")
    server.serve_model(HUB, {**bert, "pytorch_model.bin": pickle.dumps(Evil(marker))})
    error = refused(HUB, url=server.address)
    assert isinstance(error, ModelError) and "code" in error.cause
    assert not marker.exists() and left(machine) == [] and library.find(HUB) is None


def test_a_folder_of_another_owner_is_not_taken_for_the_model(
    server: Server, bert: dict[str, bytes], machine: Path, model_folder: Callable[[str], Path]
) -> None:
    """A folder may lack its owner; then it is the catalogue's model of that name."""
    shutil.copytree(model_folder("bert"), machine / "bert-base-uncased")
    server.serve_model("clinic/bert-base-uncased", bert)
    got = getting.get("clinic/bert-base-uncased", url=server.address)
    assert not got.known and got.path == machine / "clinic--bert-base-uncased"
    assert getting.get("bert-base-uncased", online=False).path == machine / "bert-base-uncased"


def test_a_download_for_a_network_that_is_built_runs_no_code_either(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever trains with downloads allowed gets the weights by the same door."""
    import torch

    from engine.models.building import build

    made = io.BytesIO()
    torch.save({"a": Evil(tmp_path / "marker")}, made)
    known, digits = catalogue.find(NAME), hashlib.sha256(made.getvalue()).hexdigest()[:8]
    assert known is not None
    address = server.serve("/models/weights.pth", made.getvalue())
    weights = dataclasses.replace(
        known.weights[0], sha256=digits, bytes=100, file=f"{NAME}-{digits}.pth", url=address
    )
    monkeypatch.setitem(catalogue._all(), NAME, dataclasses.replace(known, weights=(weights,)))
    with pytest.raises(ModelError, match="refused"):
        build(NAME, None, "image", 3)
    assert server.log and not (tmp_path / "marker").exists()
