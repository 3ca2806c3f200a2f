"""The Data page with sounds, with texts and many classes, and with a check of the data.

python tools/tour_kinds.py [FOLDER]      only this part of the tour
"""

from __future__ import annotations

import csv
import sys
import wave
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from driving import USUAL, Tour  # noqa: E402
from tour_data import STARTER, themed  # noqa: E402

RATE = 16_000  # Hz
CALLS = ("rising", "falling", "trill")
ABOUT = (
    "parcel", "refund", "invoice", "password", "delivery", "voucher", "address", "account",
    "order", "exchange", "receipt", "deposit", "contract", "warranty", "repair", "complaint",
    "opening hours", "language", "newsletter", "privacy", "insurance", "limit", "card", "transfer",
)  # fmt: skip


def tour_kinds(tour: Tour) -> None:
    _quality(tour)
    _sounds(tour)
    _texts(tour)


def _quality(tour: Tour) -> None:
    """Films with the faults that a check looks for."""
    from engine.store import classes, items, labels
    from engine.store.splits import split_project
    from tools.films import write_films

    folder = tour.work / "checked"
    films = write_films(folder, 60, seed=3)
    for number in (5, 11, 20):
        (folder / f"copy-of-{number}.dcm").write_bytes(films[number][0].read_bytes())
    (folder / "film-060.dcm").write_bytes(films[7][0].read_bytes()[:900])
    tour.window.session.close()
    tour.make("Wrist fractures, second hospital", "image-classification")
    tour.import_data(folder)
    project = tour.window.session.project
    assert project is not None
    broken = {path.name for path, is_broken in films if is_broken}
    fracture, sound = classes.ensure(project, ["fracture", "no fracture"]).values()
    labels.give(
        project,
        [(one.id, fracture if (one.path in broken) != (one.id in (4, 9)) else sound)
         for one in items.each(project) if one.state != "broken"],
        "Anna",
    )  # fmt: skip
    split_project(project)
    tour.window.session.set(model=STARTER, recipe={"image_size": 64})
    tour.window.session.refresh(items=True)
    tour.settle()
    full = tour.window.page.full
    full.suggestion.go.click()
    tour.wait(
        lambda: full.suggestions.said is not None and full.suggestions.said.described > 60,
        "the films to be described",
    )
    full.suggestions.end()
    page = tour.window.page
    page.show_quality()
    tour.wait(lambda: page.quality.report is not None, "the check")
    themed(tour, "data-quality")
    page.quality.table.choose(lambda one: bool(one.sets))
    fixes = page.quality.detail.fixes
    fixes.itemAt(0).widget().click()
    tour.take("data-quality-fix")
    tour.window.resize(1024, 680)
    tour.take("data-quality-1024")
    tour.window.resize(*USUAL)
    page.quality.closed.emit()


def _sounds(tour: Tour) -> None:
    """Drawn calls of no bird."""
    folder = tour.work / "calls"
    for number in range(18):
        _call(folder / CALLS[number % 3] / f"call-{number:02}.wav", number)
    tour.window.session.close()
    tour.make("Calls at the lake", "audio-classification")
    tour.import_data(folder)
    full = tour.window.page.full
    full.browser.grid.select_row(4)
    full.browser.grid.setFocus()
    tour.wait(lambda: full.viewer.sound.canvas.isVisible(), "the sound")
    tour.settle(1.0)
    themed(tour, "data-sounds")


def _call(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(number)
    values = draw.normal(0, 0.01, 3 * RATE)
    for begin in np.sort(draw.uniform(0.1, 2.4, 4)):
        time = np.arange(int(0.4 * RATE)) / RATE
        low, high = draw.uniform(1200, 1800), draw.uniform(3200, 4600)
        tone = {
            "rising": low + (high - low) * time / 0.4, "falling": high - (high - low) * time / 0.4,
            "trill": (low + high) / 2 + 500 * np.sin(2 * np.pi * 22 * time),
        }[path.parent.name]  # fmt: skip
        sound = 0.5 * np.sin(2 * np.pi * np.cumsum(tone) / RATE) * np.hanning(len(time))
        place = int(begin * RATE)
        values[place : place + len(sound)] += sound
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(values, -1, 1) * 32767).astype("<i2").tobytes())


def _texts(tour: Tour) -> None:
    """Tickets of more classes than there are keys, and spans in them."""
    table = tour.work / "many.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("text", "label"))
        for number in range(96):
            about = ABOUT[number % len(ABOUT)]
            name = ("Ms Okafor", "Mr Lindqvist", "Dr Haddad")[number % 3]
            rows.writerow((
                f"{name} asks about the {about} of 14 May: it was promised within a week, and "
                "nobody has answered the second letter yet.",
                about if number % 4 else "",
            ))  # fmt: skip
    tour.window.session.close()
    tour.make("Letters to the counter", "text-classification")
    tour.import_data(table)
    full = tour.window.page.full
    full.browser.filters.state.choose("unlabelled")
    tour.settle()
    full.browser.grid.select_row(2)
    full.browser.grid.setFocus()
    QTest.keyClicks(full.browser.grid, "/")
    QTest.keyClicks(full.classes.search, "re")
    tour.take("data-find-class")
    QTest.keyClick(full.classes.search, Qt.Key.Key_Escape)
    for begin, end, key in ((0, 9, Qt.Key.Key_4), (34, 40, Qt.Key.Key_2)):
        cursor = QTextCursor(full.viewer.text.document())
        cursor.setPosition(begin)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        full.viewer.text.setTextCursor(cursor)
        QTest.keyClick(full.viewer.text, key)
        tour.settle()
    themed(tour, "data-spans")


if __name__ == "__main__":
    from tour import main

    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures", only="kinds")
