"""Jobs and child threads: what they say, in which thread, and how they end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QThread

from engine.errors import DataError
from engine.events import Activity, Done, Failed, LogLine
from engine.training.process import Request
from gui import children
from gui.children import Children
from gui.jobs import Bug, Jobs
from tests.gui.script_child import ScriptChild, ended


@pytest.fixture
def jobs(qapp) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def test_signals_come_in_the_windows_thread_and_ended_is_last(jobs: Jobs, qtbot) -> None:
    heard: list[str] = []
    threads = []

    def work(emit, cancel):
        threads.append(threading.get_ident())
        emit(Activity("half", 1, 2))
        return 42

    job = jobs.run(work)
    job.progress.connect(lambda event: heard.append(f"{event.done} of {event.total}"))
    job.done.connect(lambda value: heard.append(f"done {value} {QThread.isMainThread()}"))
    job.ended.connect(lambda: heard.append("ended"))
    qtbot.waitUntil(lambda: "ended" in heard)
    assert heard == ["1 of 2", "done 42 True", "ended"]
    assert threads[0] != threading.get_ident()
    assert not jobs.busy


def test_a_graft_error_goes_to_the_page_and_a_bug_is_reported(jobs: Jobs, qtbot) -> None:
    failed, bugs = [], []
    jobs.bug.connect(bugs.append)
    error = DataError("Bad file", "It is empty.", "Remove it.")

    def known(emit, cancel):
        raise error

    def unknown(emit, cancel):
        raise ZeroDivisionError("by zero")

    jobs.run(known, failed=failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert failed == [error]
    assert bugs == []
    jobs.run(unknown, failed=failed.append)
    qtbot.waitUntil(lambda: len(failed) == 2)
    assert isinstance(failed[1], Bug)
    assert "ZeroDivisionError: by zero" in failed[1].details
    assert bugs == [failed[1]]


def test_a_cancelled_job_brings_nothing_any_more(jobs: Jobs, qtbot) -> None:
    heard: list[str] = []
    go = threading.Event()

    def work(emit, cancel):
        go.wait(5)
        emit(LogLine("late"))
        return "late"

    job = jobs.run(work, done=heard.append)
    job.progress.connect(lambda event: heard.append("progress"))
    job.cancelled.connect(lambda: heard.append("cancelled"))
    job.cancel()
    go.set()
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["cancelled"]


def test_what_is_written_is_written_in_order(jobs: Jobs, qtbot) -> None:
    written: list[int] = []
    for number in range(50):
        jobs.run(lambda emit, cancel, number=number: written.append(number), lane="write")
    qtbot.waitUntil(lambda: len(written) == 50)
    assert written == list(range(50))


def test_closing_ends_jobs_that_wait(qapp) -> None:
    jobs = Jobs()
    go = threading.Event()
    ended_jobs: list[int] = []
    for number in range(6):
        job = jobs.run(lambda emit, cancel: go.wait(5), lane="write")
        job.ended.connect(lambda number=number: ended_jobs.append(number))
    threading.Timer(0.1, go.set).start()
    jobs.close()
    qapp.processEvents()
    assert len(ended_jobs) == 6
    assert not [one for one in threading.enumerate() if one.name.startswith("graft-")]


@pytest.fixture
def processes(qapp):
    made: list[Children] = []

    def make(child: ScriptChild, keep_warm: bool = False) -> Children:
        made.append(Children(lambda: child, keep_warm))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_every_event_is_a_signal_and_done_brings_the_result(processes, qtbot) -> None:
    child = ScriptChild([Activity("Loading"), LogLine("Here"), Done([1, 2])])
    heard, results = [], []
    processes(child).ask(
        Request("predict", None), done=results.append, failed=heard.append, heard=heard.append
    )
    qtbot.waitUntil(lambda: bool(results))
    assert heard == [Activity("Loading"), LogLine("Here"), Done([1, 2])]
    assert results == [[1, 2]]


def test_what_a_child_refuses_comes_as_the_error(processes, qtbot) -> None:
    error = DataError("Bad", "Why.", "Do.")
    failed: list[DataError] = []
    child = ScriptChild([Failed(error.to_wire())])
    processes(child).ask(Request("predict", None), done=failed.append, failed=failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert failed[0].to_wire() == error.to_wire()


def test_a_kill_is_offered_when_nothing_stops(processes, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(children, "PATIENCE", 80)
    child = ScriptChild([], waits=True, deaf=True)
    failed: list[object] = []
    thread = processes(child).ask(Request("train", None), done=print, failed=failed.append)
    thread.command("stop")
    with qtbot.waitSignal(thread.unresponsive, timeout=3000):
        pass
    thread.kill()
    qtbot.waitUntil(lambda: bool(failed))


def test_a_warm_child_is_taken_and_replaced(qapp, qtbot) -> None:
    made: list[ScriptChild] = []

    def make() -> ScriptChild:
        made.append(ScriptChild([Done(ended())]))
        return made[-1]

    kept = Children(make, keep_warm=True)
    kept.warm()
    qtbot.waitUntil(lambda: len(made) == 1)
    results: list[object] = []
    kept.ask(Request("predict", None), done=results.append, failed=results.append)
    qtbot.waitUntil(lambda: bool(results) and len(made) == 2)
    assert made[0].request == Request("predict", None)
    assert made[1].request is None
    kept.close()
