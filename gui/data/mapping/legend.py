"""What the colours mean, and how many points have each; pressing one lights only those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from engine.store.classes import Class
from gui.data.mapping.points import NONE
from gui.data.mapping.sprites import SHAPES, ink, looks_of, path
from gui.theme import SMALL, THEME
from gui.widgets.card import clear, scrolling

NARROW, WIDE, HIGH = 112, 220, 28  # px of one key
MOST_LINES = 4  # more scroll


class ClassKey(QAbstractButton):
    """The sign of a class, its name and its number of points."""

    def __init__(self, name: str, look: int) -> None:
        """`look`: see sprites.looks_of; NONE: what has no label."""
        super().__init__()
        self._look, self.number = look, 0
        self.setText(name)
        self.setCheckable(True)
        self.setFont(THEME.font(SMALL))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_count(0)

    def set_count(self, number: int) -> None:
        self.number = number
        words = f"{self.text()}: {number:,} on the map"
        self.setAccessibleName(words)
        self.setToolTip(f"{words}; press to see and select only these")
        self.update()

    def sizeHint(self) -> QSize:
        name = self.fontMetrics().horizontalAdvance(self.text())
        wide = min(max(THEME.px(NARROW), name + THEME.px(64)), THEME.px(WIDE))
        return QSize(wide, THEME.px(HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, box = THEME.px, QRectF(self.rect())
        if self.isChecked() or self.hasFocus() or self.underMouse():
            painter.setPen(THEME.color("accent" if self.hasFocus() else "line"))
            painter.setBrush(THEME.color("accent_soft" if self.isChecked() else "background"))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), px(6), px(6))
        self._sign(painter, px(12), box.center().y(), px(10))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(THEME.font(SMALL))
        painter.setPen(THEME.color("muted"))
        number = f"{self.number:,}"
        wide = painter.fontMetrics().horizontalAdvance(number)
        painter.drawText(
            box.adjusted(0, 0, -px(8), 0), middle | Qt.AlignmentFlag.AlignRight, number
        )
        painter.setPen(THEME.color("text"))
        room = box.adjusted(px(22), 0, -px(14) - wide, 0)
        name = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, int(room.width())
        )
        painter.drawText(room, middle, name)

    def _sign(self, painter: QPainter, x: float, y: float, size: float) -> None:
        painter.save()
        painter.translate(x, y)
        painter.scale(size, size)
        if self._look == NONE:
            painter.setPen(QPen(THEME.color("muted"), 1.2 / size))
            painter.drawPath(path("o"))
        else:
            color, shape = divmod(self._look, len(SHAPES))
            painter.setPen(QPen(ink(color), 1 / size))
            painter.setBrush(THEME.class_color(color))
            painter.drawPath(path(SHAPES[shape]))
        painter.restore()


class Legend(QWidget):
    lit = Signal(
        object
    )  # set of ids of the classes that are pressed, NONE: not labelled; empty: all

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[int, ClassKey] = {}
        self._classes: list[Class] = []
        self._columns = 0
        self._inner = QWidget()
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(THEME.px(2))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._area = scrolling(self._inner, "Classes on the map")
        outer.addWidget(self._area)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.update)

    def show_classes(self, classes: Sequence[Class]) -> None:
        if list(classes) == self._classes and self.keys:
            return
        self._classes = list(classes)
        pressed = self.pressed
        counts = {id: key.number for id, key in self.keys.items()}
        clear(self._grid)
        looks = looks_of(classes)
        self.keys = {one.id: ClassKey(one.name, looks[one.id]) for one in classes}
        self.keys[NONE] = ClassKey("not labelled", NONE)
        for id, key in self.keys.items():
            key.setChecked(id in pressed)
            key.toggled.connect(lambda on: self.lit.emit(self.pressed))
        self.show_counts(counts)
        self._columns = 0
        self._arrange()
        if self.pressed != pressed:
            self.lit.emit(self.pressed)

    def show_counts(self, counts: Mapping[int, int]) -> None:
        for id, key in self.keys.items():
            key.set_count(counts.get(id, 0))

    @property
    def pressed(self) -> set[int]:
        return {id for id, key in self.keys.items() if key.isChecked()}

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wide = max((key.sizeHint().width() for key in self.keys.values()), default=1)
        columns = max(1, self.width() // wide)
        if columns == self._columns or not self.keys:
            return
        self._columns = columns
        for place, key in enumerate(self.keys.values()):
            self._grid.addWidget(key, *divmod(place, columns))
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        lines = min(-(-len(self.keys) // columns), MOST_LINES)
        more = -(-len(self.keys) // columns) > MOST_LINES
        # Half a line more tells that it goes on.
        self._area.setFixedHeight(round((lines + 0.5 * more) * THEME.px(HIGH + 2)))
