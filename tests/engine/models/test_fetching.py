"""One file from a real server: whole, cut off and gone on with, wrong, refused, left."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import Cancelled, ConfigurationError, GraftError, ModelError, ResourceError
from engine.models.shelf import fetching, line, placing
from engine.models.shelf.fetching import Source, fetch
from engine.models.shelf.line import Line
from engine.progress import Cancel, silent
from tests.serving import Server, serving

ROOT = Path(__file__).parents[3]
CONTENT = bytes(range(256)) * 3000
HASH = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "WAITS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(line, "SILENCE", 0.3)


def bring(source: Source, goal: Path, cancel: Cancel | None = None) -> None:
    with Line(cancel or Cancel()) as open_line:
        fetch(source, goal, "some-model", open_line, silent)


def refused(source: Source, goal: Path) -> GraftError:
    with pytest.raises(GraftError) as caught:
        bring(source, goal)
    assert caught.value.cause and caught.value.remedy
    assert not goal.exists()
    return caught.value


def leftovers(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_whole_file_leaves_nothing_else(server: Server, tmp_path: Path) -> None:
    url = server.serve("/w", CONTENT)
    bring(Source(url, len(CONTENT), HASH), tmp_path / "goal")
    assert (tmp_path / "goal").read_bytes() == CONTENT
    assert leftovers(tmp_path) == ["goal"]
    assert server.log == [("/w", "")]


def test_what_is_here_and_right_is_not_asked_for(server: Server, tmp_path: Path) -> None:
    (tmp_path / "goal").write_bytes(CONTENT)
    bring(Source(server.serve("/w", CONTENT), len(CONTENT), HASH), tmp_path / "goal")
    assert server.log == []


def test_a_dropped_line_is_gone_on_with_and_only_the_rest_is_asked_for(
    server: Server, tmp_path: Path
) -> None:
    url = server.serve("/w", CONTENT, ("cut", 300_000), ("status", 500), ("cut", 100_000))
    bring(Source(url, None, HASH), tmp_path / "goal")
    assert (tmp_path / "goal").read_bytes() == CONTENT
    asked = server.ranges("/w")
    assert asked == ["", "bytes=300000-", "bytes=300000-", "bytes=400000-"]


def test_a_later_call_goes_on_where_the_last_ended(server: Server, tmp_path: Path) -> None:
    source = Source(
        server.serve("/w", CONTENT, ("cut", 500_000), *[("status", 503)] * 9), None, HASH
    )
    assert "busy" in refused(source, tmp_path / "goal").title
    assert fetching.kept(source, tmp_path / "goal") == 500_000
    server.files["/w"].moves.clear()
    server.log.clear()
    bring(source, tmp_path / "goal")
    assert server.log == [("/w", "bytes=500000-")]
    assert (tmp_path / "goal").read_bytes() == CONTENT


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_a_part_goes_on_only_where_something_can_tell_that_it_fits(
    tagged: bool, known: bool, server: Server, tmp_path: Path
) -> None:
    url = server.serve("/w", CONTENT, ("cut", 500_000))
    server.files["/w"].tagged = tagged
    bring(Source(url, None, HASH if known else ""), tmp_path / "goal")
    assert (tmp_path / "goal").read_bytes() == CONTENT
    assert server.ranges("/w")[1] == ("bytes=500000-" if tagged or known else "")


def test_a_file_that_changed_meanwhile_begins_anew(server: Server, tmp_path: Path) -> None:
    new = CONTENT[::-1]
    url = server.serve("/w", CONTENT, ("cut", 500_000), ("swap", new))
    bring(Source(url), tmp_path / "goal")
    assert (tmp_path / "goal").read_bytes() == new


def test_a_part_of_another_source_is_not_used(server: Server, tmp_path: Path) -> None:
    old = Source(server.serve("/old", CONTENT[::-1], ("cut", 500_000), *[("status", 500)] * 9))
    refused(old, tmp_path / "goal")
    bring(Source(server.serve("/w", CONTENT), None, HASH), tmp_path / "goal")
    assert server.ranges("/w") == [""]
    assert (tmp_path / "goal").read_bytes() == CONTENT


def test_a_server_that_ignores_ranges(server: Server, tmp_path: Path) -> None:
    url = server.serve("/w", CONTENT, ("cut", 500_000), ("ignore",))
    bring(Source(url, len(CONTENT), HASH), tmp_path / "goal")
    assert (tmp_path / "goal").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_begins_anew(server: Server, tmp_path: Path) -> None:
    url = server.serve("/w", CONTENT, ("cut", 500_000), ("status", 416))
    bring(Source(url, None, HASH), tmp_path / "goal")
    assert server.ranges("/w") == ["", "bytes=500000-", ""]


def test_redirects_are_followed_and_the_range_goes_along(server: Server, tmp_path: Path) -> None:
    there = server.serve("/there", CONTENT, ("cut", 500_000))
    url = server.serve("/w", b"", ("to", there), ("to", there))
    bring(Source(url, None, HASH), tmp_path / "goal")
    assert server.ranges("/there") == ["", "bytes=500000-"]


def test_endless_redirects_end(server: Server, tmp_path: Path) -> None:
    url = server.address + "/w"
    server.serve("/w", b"", *[("to", url)] * 99)
    refused(Source(url), tmp_path / "goal")
    assert len(server.log) < 30


@pytest.mark.parametrize("sha256", ["0" * 64, "0" * 8])
def test_a_wrong_checksum_deletes_the_part(sha256: str, server: Server, tmp_path: Path) -> None:
    error = refused(Source(server.serve("/w", CONTENT), None, sha256), tmp_path / "goal")
    assert isinstance(error, ModelError) and "not what was published" in error.title
    assert leftovers(tmp_path) == []


def test_the_first_digits_of_a_checksum_are_enough(server: Server, tmp_path: Path) -> None:
    bring(Source(server.serve("/w", CONTENT), None, HASH[:8].upper()), tmp_path / "goal")


def test_gits_checksum(server: Server, tmp_path: Path) -> None:
    right = hashlib.sha1(f"blob {len(CONTENT)}\0".encode() + CONTENT).hexdigest()
    url = server.serve("/w", CONTENT)
    bring(Source(url, len(CONTENT), git=right), tmp_path / "goal")
    refused(Source(url, len(CONTENT), git="0" * 40), tmp_path / "other")


@pytest.mark.parametrize("listed", [len(CONTENT) - 1, len(CONTENT) + 1])
def test_another_length_than_listed(listed: int, server: Server, tmp_path: Path) -> None:
    error = refused(Source(server.serve("/w", CONTENT), listed), tmp_path / "goal")
    assert "another file than it listed" in error.title


def test_a_length_that_is_not_there(server: Server, tmp_path: Path) -> None:
    url = server.serve("/w", CONTENT, *[("claim", 1000)] * 20)
    assert "lost" in refused(Source(url), tmp_path / "goal").title


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "does not have"), (401, "not give"), (403, "not give"), (400, "answer")],
)
def test_refusals_are_not_tried_again(
    status: int, words: str, server: Server, tmp_path: Path
) -> None:
    url = server.serve("/w", CONTENT, *[("status", status)] * 9)
    error = refused(Source(url), tmp_path / "goal")
    assert words in error.title and len(server.log) == 1
    if status in (401, 403):
        assert "accept the terms" in error.remedy and "models add" in error.remedy


def test_nobody_answers(tmp_path: Path) -> None:
    with serving() as gone:
        url = gone.address + "/w"
    error = refused(Source(url), tmp_path / "goal")
    assert "lost" in error.title and "kept" in error.remedy


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/w", "http:///w", "w", "http://[::1/w"]
)
def test_only_addresses_of_the_web(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        bring(Source(url), tmp_path / "goal")


def test_a_silent_server_counts_as_dropped(server: Server, tmp_path: Path) -> None:
    bring(Source(server.serve("/w", CONTENT, ("stall", 300_000)), None, HASH), tmp_path / "goal")
    assert server.ranges("/w")[1] == "bytes=300000-"


@pytest.mark.parametrize("sent", [0, 300_000])
def test_a_person_leaves_at_once_while_the_server_is_silent(
    sent: int, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "SILENCE", 60.0)
    source, cancel = Source(server.serve("/w", CONTENT, ("stall", sent)), None, HASH), Cancel()
    left = threading.Event()

    def leave() -> None:
        with pytest.raises(Cancelled):
            bring(source, tmp_path / "goal", cancel)
        left.set()

    threading.Thread(target=leave, daemon=True).start()
    assert server.stalled.wait(10)
    until = time.monotonic() + 10
    while fetching.kept(source, tmp_path / "goal") < sent and time.monotonic() < until:
        time.sleep(0.01)
    cancel.set()
    assert left.wait(5), "it waited for the server"
    assert fetching.kept(source, tmp_path / "goal") == sent


def test_too_little_room_is_told_before_anything_is_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "RESERVE", 1 << 60)
    error = refused(Source(server.serve("/w", CONTENT)), tmp_path / "goal")
    assert isinstance(error, ResourceError) and leftovers(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no process's files")
def test_a_disk_that_fills_up_on_the_way_keeps_the_part(server: Server, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: writing fails in the same place."""
    url = server.serve("/w", CONTENT)
    code = f"""
import resource, signal, sys
from pathlib import Path
from engine.errors import ResourceError
from engine.models.shelf import placing
from engine.models.shelf.fetching import Source, fetch, kept
from engine.models.shelf.line import Line
from engine.progress import Cancel, silent
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
source, goal = Source({url!r}, {len(CONTENT)}, {HASH!r}), Path({str(tmp_path / "goal")!r})
def bring(most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    with placing.writing(goal.parent), Line(Cancel()) as line:
        fetch(source, goal, "some-model", line, silent)
try:
    bring(400_000)
except ResourceError as error:
    assert "disk is full" in error.title, error
else:
    sys.exit("it went well")
assert kept(source, goal) == 400_000, kept(source, goal)
bring(resource.RLIM_INFINITY)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert server.ranges("/w") == ["", "bytes=400000-"]
    assert (tmp_path / "goal").read_bytes() == CONTENT
