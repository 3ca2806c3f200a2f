"""Files that hang, fill the memory or end the process cost a refusal each, and no more."""

import errno
import multiprocessing
import os
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from engine.errors import Cancelled, DataError, ResourceError
from engine.media import checking
from engine.media.apart import Apart
from engine.media.checking import check_items
from engine.media.hashing import hash_file
from engine.media.looking import Looking, cheap
from engine.media.thumbnails import Thumbnails
from engine.progress import Cancel
from engine.store import items
from engine.store.items import NewItem
from tests.engine.media.made import endless, glutton, killer, png

MEMORY = 250 << 20


@pytest.fixture(scope="module")
def traps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traps")
    return {
        "endless": endless(folder / "endless.jpg"),
        "glutton": glutton(folder / "glutton.tif"),
        "killer": killer(folder / "killer.dcm"),
    }


@pytest.fixture
def apart():
    made = Apart(seconds=20.0, memory=MEMORY)
    yield made
    made.close()


def test_each_trap_is_refused_in_words_and_the_next_file_is_read(traps, draw, tmp_path):
    looking = Looking(seconds=4.0, memory=MEMORY)
    sound = draw(tmp_path / "a.png").rename(tmp_path / "a.tga")  # by its content, a PNG
    expected = {"endless": "takes too long", "glutton": "too much memory", "killer": "cannot be"}
    for name, words in expected.items():
        with pytest.raises(DataError, match=words) as caught:
            looking.look(traps[name])
        problem = caught.value
        assert problem.subject == str(traps[name]) and problem.cause and problem.remedy
        assert looking.look(sound)[0] == (12, 10)
    looking.close()


def test_only_what_cannot_take_long_is_read_in_this_process(traps, tmp_path, draw):
    from PIL import Image

    picture = Image.effect_noise((300, 200), 60)
    for name, kind in (("a.jpg", {}), ("b.jpg", {"progressive": True}), ("c.png", {})):
        picture.save(tmp_path / name, **kind)
        assert cheap(tmp_path / name), name
    picture.save(tmp_path / "d.tif")
    assert not cheap(tmp_path / "d.tif")
    assert not any(cheap(path) for path in traps.values())
    assert cheap(tmp_path / "absent.png"), "nothing is read of it"
    wide = png(tmp_path / "wide.png", np.zeros((2, 2, 3), np.uint16))
    assert cheap(wide) and cheap(tmp_path / "c.png", pixels=20_000_000)
    assert not cheap(wide, pixels=20_000_000), "it is decoded twice"


def test_a_pipe_does_not_hang_anything(tmp_path):
    os.mkfifo(tmp_path / "x.dcm")
    looking = Looking(seconds=1.0)
    for look in (looking.look, looking.inspect):
        with pytest.raises(DataError, match="not a file"):
            look(tmp_path / "x.dcm")
    looking.close()


def test_a_process_is_kept_from_file_to_file(apart, tmp_path):
    pids = {apart.call("os:getpid", subject=tmp_path) for _ in range(3)}
    assert len(pids) == 1 and pids != {os.getpid()}
    apart.close()
    assert not psutil.pid_exists(pids.pop())
    with pytest.raises(Cancelled):
        apart.call("os:getpid", subject=tmp_path)


def test_a_process_that_ended_between_two_files_is_no_ones_fault(apart, tmp_path):
    pid = apart.call("os:getpid", subject=tmp_path)
    psutil.Process(pid).kill()
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=5)
    assert apart.call("os:getpid", subject=tmp_path) != pid


def test_who_cancels_does_not_wait_and_the_process_stays(apart, tmp_path):
    pid = apart.call("os:getpid", subject=tmp_path)
    cancel = Cancel()
    threading.Timer(0.2, cancel.set).start()
    with pytest.raises(Cancelled):
        apart.call("time:sleep", 0.6, subject=tmp_path, cancel=cancel)
    assert apart.call("os:getpid", subject=tmp_path) == pid, "its late answer is not mistaken"


def test_closing_does_not_wait_for_a_file_that_hangs(traps):
    looking = Looking(seconds=60)
    caught = []
    before = len(psutil.Process().children())

    def look():
        try:
            looking.look(traps["endless"])
        except Cancelled as error:
            caught.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    until = time.monotonic() + 20
    while len(psutil.Process().children()) == before and time.monotonic() < until:
        time.sleep(0.05)
    looking.close()
    thread.join(10)
    assert caught and not thread.is_alive()


def test_nothing_starts_after_the_end(tmp_path):
    apart = Apart()
    apart.close()
    before = psutil.Process().children()
    with pytest.raises(Cancelled):
        apart.call("os:getpid", subject=tmp_path)
    assert psutil.Process().children() == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="lifts what only Linux has")
def test_a_process_that_does_not_start_is_told_and_the_next_one_works(apart, tmp_path, monkeypatch):
    start = multiprocessing.process.BaseProcess.start

    def refused(self):
        monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", start)
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", refused)
    with pytest.raises(ResourceError, match="Files cannot be read now"):
        apart.call("os:getpid", subject=tmp_path)
    assert apart.call("os:getpid", subject=tmp_path) > 0


def test_where_the_system_sets_no_limit_the_parent_watches(apart, traps, tmp_path):
    import resource

    pid = apart.call("os:getpid", subject=tmp_path)
    resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with pytest.raises(DataError, match="too much memory"):
        apart.call("tests.engine.media.made:hold", 2 * MEMORY, subject=traps["glutton"])
    assert not psutil.pid_exists(pid)


def test_headers_and_thumbnails_have_the_limits_too(traps, tmp_path, draw):
    looking = Looking(seconds=4.0, memory=MEMORY)
    assert looking.inspect(traps["glutton"]).width == 9000
    path = draw(tmp_path / "a.png")
    with path.open("rb") as stream:
        assert looking.inspect(path, stream).width == 12
    looking.close()
    thumbnails = Thumbnails(tmp_path / "cache")
    with pytest.raises(DataError, match="cannot be read"):
        thumbnails.get(traps["killer"], hash_file(traps["killer"]))
    assert thumbnails.get(path, hash_file(path)).startswith(b"\xff\xd8")
    thumbnails.close()


def test_a_mistake_of_graft_is_no_damage_of_the_file(apart, tmp_path):
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        apart.call("operator:floordiv", 1, 0, subject=tmp_path)


def test_a_check_goes_on_over_all_of_them(project, traps, draw, monkeypatch):
    monkeypatch.setattr(checking, "Looking", lambda: Looking(seconds=4.0, memory=MEMORY))
    folder = traps["killer"].parent
    for number in range(3):
        draw(folder / f"{number}.png", number)
    found = [
        NewItem(path.name, "image", hash_file(path), path.stat().st_size)
        for path in sorted(folder.iterdir())
    ]
    items.add(project, items.source_id(project, folder), found)
    report = check_items(project)
    assert (report.checked, report.broken) == (3, 3)
    said = {item.path: item.problem.title for item in items.each(project) if item.problem}
    assert said == {
        "endless.jpg": "The file takes too long to read",
        "glutton.tif": "The file needs too much memory",
        "killer.dcm": "The file cannot be read",
    }
    assert not [one for one in psutil.Process().children() if one.status() != "zombie"
                and "resource_tracker" not in " ".join(one.cmdline())]  # fmt: skip
