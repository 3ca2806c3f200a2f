"""The classes with their colours, keys and counts; a click or a key labels the selection."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QSizePolicy, QVBoxLayout

from gui.facts import Facts
from gui.theme import SMALL, TEXT, THEME
from gui.widgets.card import Card, clear, row
from gui.widgets.controls import button, label

KEYS = 9  # classes that have a digit
SHOWN = 60  # classes listed; the filter and the results have them all


class ClassRow(QAbstractButton):
    """A class: colour, key, name, number of items; framed when the selected item has it."""

    def __init__(self, name: str, color: int, key: int | None, count: int) -> None:
        super().__init__()
        self._color, self._key, self._count = color, key, count
        self.setText(name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        press = f"; press {key} to give it to the selected items" if key else ""
        self.setToolTip(f"{name}: {count:,} items{press}")
        self.setAccessibleName(f"{name}, {count:,} items{press}")

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(200), THEME.px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, color = THEME.px, THEME.class_color(self._color)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        marked = self.isChecked()
        line = color if marked else THEME.color("accent" if self.hasFocus() else "line")
        painter.setPen(QPen(line, 2 if marked or self.hasFocus() else 1))
        painter.setBrush(THEME.color("background" if self.underMouse() else "surface"))
        painter.drawRoundedRect(box, px(6), px(6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QRectF(px(11), box.center().y() - px(5.5), px(11), px(11)))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(THEME.font(SMALL))
        painter.setPen(THEME.color("muted"))
        number = f"{self._count:,}"
        wide = painter.fontMetrics().horizontalAdvance(number)
        right = middle | Qt.AlignmentFlag.AlignRight
        painter.drawText(box.adjusted(0, 0, -px(10), 0), right, number)
        painter.setFont(THEME.font(TEXT))
        painter.setPen(THEME.color("text"))
        painter.drawText(box.adjusted(px(30), 0, 0, 0), middle, str(self._key or ""))
        room = box.adjusted(px(48), 0, -px(20) - wide, 0)
        name = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, int(room.width())
        )
        painter.drawText(room, middle, name)


class Classes(Card):
    chosen = Signal(int)  # class id
    added = Signal(str)  # a new class

    def __init__(self) -> None:
        super().__init__("Classes")
        self._rows: dict[int, ClassRow] = {}
        self._shown: object = None
        self._list = QVBoxLayout()
        self._list.setSpacing(THEME.px(4))
        self.box.addLayout(self._list)
        self.hint = label("", "small", wrap=True)
        self.box.addWidget(self.hint)
        self.new = QLineEdit(placeholderText="New class")
        self.new.setAccessibleName("Name of a new class")
        self.new.returnPressed.connect(self._add)
        self.box.addLayout(row(self.new, button("Add", done=self._add)))

    def show_facts(self, facts: Facts) -> None:
        state = (facts.classes, facts.class_counts, facts.readonly)
        if state == self._shown:
            return
        self._shown = state
        clear(self._list)
        self._rows = {}
        for place, cls in enumerate(facts.classes[:SHOWN]):
            key = place + 1 if place < KEYS else None
            one = ClassRow(cls.name, cls.color, key, facts.class_counts.get(cls.id, 0))
            one.clicked.connect(lambda checked=False, id=cls.id: self.chosen.emit(id))
            one.setEnabled(not facts.readonly)
            self._rows[cls.id] = one
            self._list.addWidget(one)
        more = len(facts.classes) - SHOWN
        hint = "Press a digit to label the selected items, 0 to take a label back."
        if not facts.classes:
            hint = "No classes yet. Import labelled data, or add them here."
        elif more > 0:
            hint += f" {more} more classes are in the filter."
        self.hint.setText(hint)
        self.new.setEnabled(not facts.readonly)

    def mark(self, class_id: int | None) -> None:
        for id, one in self._rows.items():
            one.setChecked(id == class_id)

    def _add(self) -> None:
        if self.new.text().strip():
            self.added.emit(self.new.text().strip())
            self.new.clear()
