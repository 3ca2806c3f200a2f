"""How a run is told from the others beside it: a colour, a mark, and always its name."""

from __future__ import annotations

from collections.abc import Sequence

from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import ROW, SMALL, THEME

MARKS = ("o", "s", "t1", "d", "star", "x")  # pyqtgraph's names


def paint_mark(painter: QPainter, middle: QPointF, place: int, line: float = 0.0) -> None:
    """The mark of a place; with `line`, on a stroke of that width, as in a plot."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = THEME.run_color(place)
    painter.translate(middle)
    if line:
        painter.setPen(QPen(color, THEME.px(2)))
        painter.drawLine(QPointF(-line / 2, 0), QPointF(line / 2, 0))
    side = THEME.px(10)
    painter.scale(side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPath(Symbols[MARKS[place % len(MARKS)]])
    painter.restore()


class Mark(QWidget):
    """The mark of one run, beside words about it."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self._place = place
        self.setFixedSize(THEME.px(24), THEME.px(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        middle = QPointF(self.width() / 2, self.height() / 2)
        paint_mark(QPainter(self), middle, self._place, THEME.px(20))


class Legend(QWidget):
    """Marks with the names of runs, in one line that gives way where there is little room."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[tuple[int, str]] = []  # place, name
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.update)

    def show_runs(self, runs: Sequence[tuple[int, str]]) -> None:
        self._runs = list(runs)
        names = ", ".join(name for _, name in runs)
        self.setAccessibleName(f"Curves: {names}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(200), THEME.px(ROW - 8))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._runs:
            return
        painter, px = QPainter(self), THEME.px
        painter.setFont(THEME.font(SMALL))
        metrics = painter.fontMetrics()
        around = px(28 + 16)  # the mark before a name and the gap behind it
        wide = [metrics.horizontalAdvance(name) + 2 for _, name in self._runs]
        most = max(px(16), self.width() // len(self._runs) - around)
        if sum(wide) + around * len(wide) > self.width():
            wide = [min(one, most) for one in wide]
        x = self.width() - sum(wide) - around * len(wide) + px(16)
        for (place, name), room in zip(self._runs, wide, strict=True):
            paint_mark(painter, QPointF(x + px(10), self.height() / 2), place, px(20))
            painter.setPen(THEME.color("muted"))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
            rect = QRectF(x + px(28), 0, room, self.height())
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)
            x += room + around
