"""kill -9 of the window at any moment loses no label that was on the screen as saved."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from engine.store import classes, items, labels
from engine.store.items import NewItem
from engine.store.project import Project

ROOT = Path(__file__).parents[2]
ROUNDS, KILLS = 5, 10  # fifty in all, shared out so that two cores do them
COUNT = 40  # items


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "Films.graft"
    with Project.create(folder, "image-classification") as made:
        source = items.source_id(made, tmp_path)
        new = []
        for number in range(COUNT):
            Image.new("RGB", (48, 48), (number, 90, 120)).save(tmp_path / f"{number:03}.png")
            new.append(NewItem(f"{number:03}.png", "image", f"{number}", 1, width=48, height=48))
        items.add(made, source, new)
        classes.ensure(made, ["a", "b", "c"])
    return folder


class Labeller:
    """A window in a process of its own; `said` is what it showed as saved, in order."""

    def __init__(self, project: Path, home: Path) -> None:
        self.said: list[tuple[int, int]] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.labelling_window", str(project), str(home)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "GRAFT_MODELS": str(home)},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):  # the last may be cut off
                item, cls = line.split()
                self.said.append((int(item), int(cls)))

    def wait(self, count: int) -> None:
        until = time.monotonic() + 60
        while len(self.said) < count:
            assert self._process.poll() is None, "the window ended by itself"
            assert time.monotonic() < until, "nothing was labelled"
            time.sleep(0.005)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is of Unix")
@pytest.mark.parametrize("part", range(ROUNDS))
def test_no_label_that_showed_as_saved_is_lost(films: Path, tmp_path: Path, part: int) -> None:
    draw = random.Random(part)
    for kill in range(KILLS):
        window = Labeller(films, tmp_path / "home")
        window.wait(draw.randint(1, 30))
        time.sleep(draw.random() * 0.05)
        window.kill()
        assert window.said
        with Project.open(films) as project:
            for item, cls in window.said:
                history = [one.class_id for one in labels.history(project, item)]
                assert cls in history, f"kill {kill}: {cls} of item {item} is lost"
            last = dict(window.said)
            stands = labels.standing(project, last)
            # A label may be stored and not shown yet; one that was shown may not be missing.
            later = {
                one.item_id: one.class_id
                for item in last
                for one in labels.history(project, item)[-1:]
            }
            assert stands == later
            said = project.db.execute("SELECT count(*) FROM label").fetchone()[0]
            done = project.db.execute("SELECT count(*) FROM action").fetchone()[0]
            assert said == done, "an edit and its entry in the journal come together"
            assert project.db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
