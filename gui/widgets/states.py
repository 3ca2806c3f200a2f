"""What a view shows when it has nothing to show yet: empty, or loading."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.theme import THEME
from gui.widgets.controls import Paragraph, label


class Empty(QWidget):
    """What this is, and the one thing to do about it."""

    def __init__(
        self, title: str, words: str, action: QPushButton | None = None, width: int = 420
    ) -> None:
        super().__init__()
        self.setAccessibleName(title)
        box = QVBoxLayout(self)
        box.setSpacing(THEME.px(8))
        box.addStretch(2)
        self.title = label(title, "section")
        self.title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.words = Paragraph(words, "muted", width)
        box.addWidget(self.title, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addWidget(self.words, 0, Qt.AlignmentFlag.AlignHCenter)
        if action is not None:
            box.addSpacing(THEME.px(8))
            box.addWidget(action, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(3)

    def say(self, title: str, words: str) -> None:
        self.title.setText(title)
        self.words.setText(words)
        self.setAccessibleName(title)


class Skeleton(QWidget):
    """Grey shapes where content will be: rows, or tiles."""

    def __init__(self, shape: str = "rows", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shape = shape  # rows, tiles
        self.setAccessibleName("Loading")

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(400), THEME.px(240))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("skeleton"))
        for rect in self._tiles() if self.shape == "tiles" else self._rows():
            painter.drawRoundedRect(rect, THEME.px(4), THEME.px(4))

    def _rows(self) -> list[QRectF]:
        px, wide = THEME.px, self.width()
        shares = (0.7, 0.45, 0.6, 0.35, 0.55, 0.4)
        count = min(12, self.height() // px(30))
        return [
            QRectF(px(12), px(12) + number * px(30), wide * shares[number % 6], px(12))
            for number in range(count)
        ]

    def _tiles(self) -> list[QRectF]:
        px = THEME.px
        side, gap = px(128), px(10)
        across, down = max(1, self.width() // (side + gap)), self.height() // (side + gap)
        return [
            QRectF(x * (side + gap), y * (side + gap), side, side)
            for y in range(min(down, 4))
            for x in range(across)
        ]
