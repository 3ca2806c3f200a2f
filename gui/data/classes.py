"""The classes with their colours, keys, definitions and counts; a click or a key labels."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QSizePolicy, QVBoxLayout

from engine.store.classes import Class
from gui.data.letters import letters
from gui.facts import Facts
from gui.theme import SMALL, TEXT, THEME
from gui.widgets.card import Card, clear, row
from gui.widgets.controls import Tick, button, label

KEYS = 9  # classes that have a digit
SHOWN = 60  # classes listed; the filter and the results have them all


class ClassRow(QAbstractButton):
    """A class: colour, keys, name, number of items, and what it means; framed when the
    selected item has it."""

    def __init__(self, cls: Class, digit: int | None, letter: str | None, count: int) -> None:
        super().__init__()
        self._class, self._count = cls, count
        self.digit, self.letter = digit, letter
        self.setText(cls.name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        keys = " or ".join(str(key).upper() for key in (digit, letter) if key)
        press = f"; press {keys} to give it to the selected items" if keys else ""
        meaning = f"\n{cls.definition}" if cls.definition else ""
        self.setToolTip(f"{cls.name}: {count:,} items{press}{meaning}")
        self.setAccessibleName(f"{cls.name}, {count:,} items{press}")
        self.setAccessibleDescription(cls.definition)

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(200), THEME.px(48 if self._class.definition else 32))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, color = THEME.px, THEME.class_color(self._class.color)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        marked = self.isChecked()
        line = color if marked else THEME.color("accent" if self.hasFocus() else "line")
        painter.setPen(QPen(line, 2 if marked or self.hasFocus() else 1))
        painter.setBrush(THEME.color("background" if self.underMouse() else "surface"))
        painter.drawRoundedRect(box, px(6), px(6))
        first = QRectF(box.x(), box.y(), box.width(), px(30))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QRectF(px(11), first.center().y() - px(5.5), px(11), px(11)))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(THEME.font(SMALL))
        painter.setPen(THEME.color("muted"))
        number = f"{self._count:,}"
        wide = painter.fontMetrics().horizontalAdvance(number)
        painter.drawText(
            first.adjusted(0, 0, -px(10), 0), middle | Qt.AlignmentFlag.AlignRight, number
        )
        painter.drawText(first.adjusted(px(43), 0, 0, 0), middle, (self.letter or "").upper())
        if self._class.definition:
            below = QRectF(box.x() + px(30), first.bottom() - px(3), box.width() - px(40), px(16))
            painter.drawText(below, middle, self._within(painter, self._class.definition, below))
        painter.setFont(THEME.font(TEXT))
        painter.setPen(THEME.color("text"))
        painter.drawText(first.adjusted(px(30), 0, 0, 0), middle, str(self.digit or ""))
        room = first.adjusted(px(60), 0, -px(20) - wide, 0)
        painter.drawText(room, middle, self._within(painter, self.text(), room))

    @staticmethod
    def _within(painter: QPainter, text: str, room: QRectF) -> str:
        return painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideMiddle, int(room.width())
        )


class Classes(Card):
    chosen = Signal(int)  # class id
    added = Signal(str)  # a new class
    edited = Signal()  # the person wants to change classes

    def __init__(self) -> None:
        super().__init__("Class")
        self._rows: dict[int, ClassRow] = {}
        self._shown: object = None
        self.edit = button("Edit", "link", "Names, colours, order, meanings; merge and remove")
        self.edit.clicked.connect(self.edited)
        self.top.addWidget(self.edit)
        self._list = QVBoxLayout()
        self._list.setSpacing(THEME.px(4))
        self.box.addLayout(self._list)
        self.onward = Tick("Go on after a label")
        self.onward.setToolTip("With one item selected, a label shows the next one")
        self.onward.setChecked(bool(QSettings().value("onward", True, bool)))
        self.onward.toggled.connect(lambda on: QSettings().setValue("onward", on))
        self.box.addWidget(self.onward)
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
        marked = [id for id, one in self._rows.items() if one.isChecked()]
        clear(self._list)
        self._rows = {}
        shown = facts.classes[:SHOWN]
        for place, (cls, letter) in enumerate(
            zip(shown, letters(cls.name for cls in shown), strict=True)
        ):
            digit = place + 1 if place < KEYS else None
            one = ClassRow(cls, digit, letter, facts.class_counts.get(cls.id, 0))
            one.clicked.connect(lambda checked=False, id=cls.id: self.chosen.emit(id))
            one.setEnabled(not facts.readonly)
            self._rows[cls.id] = one
            self._list.addWidget(one)
        more = len(facts.classes) - SHOWN
        hint = "Press a digit or letter to label, 0 to take a label back."
        if not facts.classes:
            hint = "No classes yet. Import labelled data, or add them here."
        elif more > 0:
            hint += f" {more} more classes are in the filter."
        self.hint.setText(hint)
        self.new.setEnabled(not facts.readonly)
        self.edit.setVisible(bool(facts.classes) and not facts.readonly)
        self.onward.setVisible(bool(facts.classes))
        self.mark(*marked)

    def mark(self, *class_ids: int | None) -> None:
        """Frames the rows of these classes, and no others."""
        for id, one in self._rows.items():
            one.setChecked(id in class_ids)

    def of_letter(self, letter: str) -> int | None:
        """The class that a letter gives."""
        return next((id for id, one in self._rows.items() if one.letter == letter), None)

    def _add(self) -> None:
        if self.new.text().strip():
            self.added.emit(self.new.text().strip())
            self.new.clear()
