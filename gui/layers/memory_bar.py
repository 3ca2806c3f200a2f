"""Memory as one bar: what a step needs, part by part, against what this machine has."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.theme import THEME
from gui.widgets.words import size

# field of a Price, words, colour, strength
PARTS = (
    ("weights", "weights", "frozen", 1.0), ("gradients", "gradients", "trainable", 1.0),
    ("optimizer", "optimizer", "trainable", 0.6), ("activations", "activations", "trainable", 0.3),
    ("other", "program and data", "muted", 0.4),
)  # fmt: skip


class MemoryBar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._parts: list[tuple[str, int, QColor]] = []
        self._available = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.update)

    def show_memory(self, parts: dict[str, int], available: int) -> None:
        """`parts`: bytes by field of PARTS."""
        self._parts = [
            (words, int(parts.get(name, 0)), THEME.color(color, strength))
            for name, words, color, strength in PARTS
        ]
        self._available = available
        said = ", ".join(f"{words} {size(count)}" for words, count, _ in self._parts if count)
        self.setAccessibleName(f"Memory: {said}; {size(available)} there")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(120), THEME.px(10))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and self._parts:
            lines = [f"{words}: {size(count)}" for words, count, _ in self._parts if count]
            lines.append(f"there: {size(self._available)}")
            QToolTip.showText(event.globalPos(), "\n".join(lines), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("line"))
        whole, round_ = QRectF(self.rect()), self.height() / 2
        painter.drawRoundedRect(whole, round_, round_)
        total = sum(count for _, count, _ in self._parts)
        if not total or not self._available:
            return
        scale = self.width() / max(total, self._available)
        left = 0.0
        for _, count, color in self._parts:
            wide = count * scale
            painter.setBrush(color)
            painter.drawRect(QRectF(left, 0, wide, self.height()))
            left += wide
        if total > self._available:  # the line that it must stay under
            painter.setBrush(THEME.color("bad"))
            painter.drawRect(QRectF(self._available * scale - 1, 0, 2, self.height()))
