"""Reading and marking: how long a person's hand waits for the picture.

    python -m benchmarks.boxes

One row for each thing that a hand does on a canvas of 1200 x 900 px: the time from
the event to the painted widget. A row of 16.7 ms is 60 pictures a second.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QApplication

from engine.media.frame import Frame
from engine.media.reading import Reading
from engine.media.tone import spread
from gui.data.viewing.canvas import Canvas
from gui.data.viewing.hands import dragged
from gui.data.viewing.raster import Raster
from gui.theme import THEME

SIDE, BOXES, TIMES = 2000, 500, 200


class Boxes:
    """Five hundred boxes with their class's colour and name."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.boxes = [
            QRectF(*rng.integers(0, SIDE - 200, 2), *rng.integers(20, 200, 2)) for _ in range(BOXES)
        ]

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        for number, box in enumerate(self.boxes):
            painter.setPen(QPen(THEME.class_color(number), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            place = QRectF(canvas.to_widget(box.topLeft()), box.size() * canvas.view.scale)
            painter.drawRect(place)
            painter.drawText(place.topLeft(), "fracture")


def measure(app: QApplication, name: str, step: Callable[[int], object]) -> None:
    times = []
    for number in range(TIMES):
        began = time.perf_counter()
        step(number)
        app.processEvents()
        times.append(1000 * (time.perf_counter() - began))
    middle, late = np.percentile(times, [50, 95])
    print(f"| {name} | {middle:.1f} | {late:.1f} |")


def main() -> None:
    app = QApplication(["graft"])
    THEME.begin(app)
    rng = np.random.default_rng(0)
    down, across = np.mgrid[0:SIDE, 0:SIDE]
    values = (across * 16 + down + rng.integers(0, 500, (SIDE, SIDE))).astype(np.uint16)
    frame = Frame(values, None, spread(values), False)
    canvas = Canvas()
    canvas.resize(1200, 900)
    canvas.show()
    canvas.tone = frame.tone
    about = Reading(Path("x"), SIDE, SIDE, 1, False, frame.tone, False, ())
    canvas.show_frame(Raster(frame), about)
    app.processEvents()
    print(f"| {SIDE} x {SIDE} px of 16 bits | median, ms | 95th percentile, ms |\n|---|---|---|")
    window = frame.tone
    measure(app, "window and level, dragged",
            lambda n: canvas.set_tone(dragged(window, n, n, False, 2.0)))  # fmt: skip
    measure(app, "zoom to the pointer", lambda n: canvas.zoom(1.01, QPointF(500, 400)))
    measure(app, "pan", lambda n: canvas.pan(QPointF(-2, -1)))
    canvas.fit()
    boxes = Boxes()
    canvas.layers.append(boxes)

    def drag(number: int) -> None:
        before = QRectF(boxes.boxes[0])
        boxes.boxes[0].translate(3, 2)
        canvas.update_picture(before.united(boxes.boxes[0]), 20)

    measure(app, f"one of {BOXES} boxes, dragged", drag)
    measure(app, f"{BOXES} boxes, all painted again", lambda n: canvas.update())


if __name__ == "__main__":
    main()
