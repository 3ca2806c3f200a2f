"""A card of fields: numbers and words that a person enters, each wrong one said at its place."""

from __future__ import annotations

from math import isfinite

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLayout, QLineEdit, QScrollArea, QWidget

from engine.errors import ConfigurationError, GraftError
from gui.theme import HIT, THEME
from gui.widgets.card import Card, column
from gui.widgets.controls import button, label, set_flag


class FieldsCard(Card):
    changed = Signal()

    def __init__(self, heading: str) -> None:
        super().__init__(heading)
        self._fields: dict[str, QLineEdit] = {}
        self._wrong: dict[str, QLabel] = {}  # by field, or by the name several share
        self._shared: dict[str, str] = {}  # field -> the name of its words
        self.more = button("More settings", "link")
        self._holder = QWidget()
        self.more.clicked.connect(self._turn_more)

    def add_field(
        self, grid: QGridLayout, place: int, name: str, title: str, kind: type, tip: str
    ) -> QLineEdit:
        """A row of the grid: what it is, the field, and room for what is wrong with it."""
        field, words = self.make_field(name, title, kind, tip), label(title)
        words.setToolTip(tip)
        words.setBuddy(field)
        words.setFixedHeight(THEME.px(HIT))
        grid.addWidget(words, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(column(field, self.make_wrong(name), spacing=2), place, 1)
        return field

    def make_field(
        self, name: str, title: str, kind: type, tip: str, shared: str = ""
    ) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(title)
        field.setToolTip(tip)
        field.editingFinished.connect(self.changed)
        field.setProperty("number", kind.__name__)
        self._fields[name], self._shared[name] = field, shared or name
        return field

    def make_wrong(self, name: str) -> QLabel:
        """Words that are absent until something is wrong."""
        wrong = label("", "fieldError", wrap=True)
        wrong.hide()
        self._wrong[name] = wrong
        return wrong

    def add_more(self, content: QLayout) -> None:
        """What few people change, folded."""
        self._holder.setLayout(content)
        self._holder.hide()
        self.box.addWidget(self.more)
        self.box.addWidget(self._holder)

    def number(self, name: str, optional: bool = False) -> float | None:
        """What a field says; None when it may be empty and is.

        Raises:
            ConfigurationError: it is no number.
        """
        field = self._fields[name]
        text = field.text().strip().replace(",", ".")
        if not text and optional:
            return None
        whole = field.property("number") == "int"
        try:
            found = int(text) if whole else float(text)
            if not isfinite(found):
                raise ValueError(text)
            return found
        except ValueError:
            raise ConfigurationError(
                f"{field.accessibleName()} is no number", f"{text!r} was entered.",
                f"Enter {'a whole number' if whole else 'a number'}.", subject=name,
            ) from None  # fmt: skip

    def show_errors(self, error: GraftError | None) -> bool:
        """Marks the field that is wrong. False when the error is not about a field here."""
        subject = error.subject if error is not None else ""
        place = self._shared.get(subject, subject)
        for name, wrong in self._wrong.items():
            wrong.setVisible(name == place)
            if name == place and error is not None:
                wrong.setText(f"{error.cause} {error.remedy}")
                if self._holder.isHidden() and self._holder.isAncestorOf(wrong):
                    self._turn_more()
                QTimer.singleShot(0, wrong, lambda wrong=wrong: _bring_into_view(wrong))
        first = True
        for name, field in self._fields.items():
            # One word for all of a group, or for one of its fields alone.
            mine = error is not None and subject in (name, self._shared[name])
            set_flag(field, "wrong", mine)
            if mine and first:
                field.setFocus()
                first = False
        return error is None or place in self._wrong

    def _turn_more(self) -> None:
        self._holder.setVisible(self._holder.isHidden())
        self.more.setText("More settings" if self._holder.isHidden() else "Fewer settings")


def _bring_into_view(part: QWidget) -> None:
    """The words too, not only the field that has the keyboard."""
    above, area = [part], None
    while (parent := above[-1].parentWidget()) is not None:
        above.append(parent)
        if area is None and isinstance(parent, QScrollArea):
            area = parent
    for one in reversed(above):  # what was unfolded finds its place first
        layout = one.layout()
        if layout is not None:
            layout.activate()
    if area is not None:
        area.ensureWidgetVisible(part, 0, THEME.px(12))


def form_grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(THEME.px(12))
    grid.setVerticalSpacing(THEME.px(6))
    grid.setColumnStretch(1, 1)
    return grid
