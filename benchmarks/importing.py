"""Files a second that an import indexes: found, hashed, measured and stored, without thumbnails.

After that, with the items in the list already, it decodes every file once and keeps its thumbnail;
that is the second row.

    python -m benchmarks.importing

10,000 JPEG files of 640 x 480 in class folders, all different, in the system's cache, as after a
copy. Beside it a bare loop that reads, hashes (SHA-256) and measures each with Pillow and stores
nothing. Then the same import cancelled in the middle and asked for again.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.material import median
from engine.errors import Cancelled
from engine.events import Activity, Event
from engine.exchange.importing import import_source
from engine.progress import Cancel
from engine.store.project import Project

FILES, CLASSES, ROUNDS = 10_000, 10, 2


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="graft-importing-") as place:
        source = pictures(Path(place) / "pictures")
        bare, own, whole = [], [], []
        for number in range(ROUNDS):
            bare.append(FILES / bare_loop(source))
            indexed, ended = imported(Path(place) / f"{number}.graft", source)
            own.append(FILES / indexed)
            whole.append(FILES / ended)
        stopped, again = continued(Path(place) / "cut.graft", source)
    print(f"{FILES:,} JPEG files, median of {ROUNDS} rounds")
    print(f"indexed, files a second           {median(own):8,.0f}   wanted 2,000")
    print(f"with every file decoded and its thumbnail {median(whole):,.0f}")
    print(f"bare loop, which stores nothing   {median(bare):8,.0f}")
    print(f"cancelled after {stopped:.1f} s; asked again it was indexed in {again:.1f} s "
          f"instead of {FILES / median(own):.1f} s")  # fmt: skip


def pictures(folder: Path) -> Path:
    draw = np.random.default_rng(0)
    coarse = Image.fromarray(draw.integers(0, 255, (30, 40, 3), np.uint8))
    stream = BytesIO()
    coarse.resize((640, 480), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=85)
    content = stream.getvalue()
    for number in range(FILES):
        file = folder / f"class {number % CLASSES}" / f"{number:05}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content + number.to_bytes(4, "little"))  # behind its end: all different
    return folder


def bare_loop(source: Path) -> float:
    began = time.perf_counter()
    for file in source.rglob("*.jpg"):
        content = file.read_bytes()
        hashlib.sha256(content).hexdigest()
        with Image.open(BytesIO(content)) as image:
            assert image.size == (640, 480)
    return time.perf_counter() - began


class Clock:
    """Notes when the items were stored and the first is decoded."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.indexed = 0.0

    def hear(self, event: Event) -> None:
        if isinstance(event, Activity) and event.text == "Checking items" and not self.indexed:
            self.indexed = time.perf_counter() - self.began


def imported(folder: Path, source: Path) -> tuple[float, float]:
    """Seconds from the call until all are indexed, and until all are decoded."""
    with Project.create(folder, "image-classification") as project:
        clock = Clock()
        report = import_source(project, source, emit=clock.hear)
        ended = time.perf_counter() - clock.began
    assert report.new == FILES and clock.indexed, report
    return clock.indexed, ended


def continued(folder: Path, source: Path) -> tuple[float, float]:
    """Seconds until it was cancelled in the middle, and of the second try."""
    cancel = Cancel()

    def emit(event: Event) -> None:
        if isinstance(event, Activity) and event.total and event.done > FILES / 2:
            cancel.set()

    with Project.create(folder, "image-classification") as project:
        began = time.perf_counter()
        try:
            import_source(project, source, emit=emit, cancel=cancel)
        except Cancelled:
            pass
        else:
            raise AssertionError("it was not cancelled")
        stopped = time.perf_counter() - began
        clock = Clock()
        report = import_source(project, source, emit=clock.hear)
    assert report.new == FILES, report
    return stopped, clock.indexed


if __name__ == "__main__":
    main()
