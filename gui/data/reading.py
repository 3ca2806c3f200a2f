"""How the data will be read: its format, its columns, its groups, each with what comes of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from engine.errors import ConfigurationError
from gui.data.forecast import Forecast
from gui.data.inspecting import FIRST, Look, preview
from gui.theme import THEME
from gui.widgets.card import clear, column, row
from gui.widgets.controls import Choice, Elided, button, label, set_flag
from gui.widgets.words import count, listing

# Formats whose files name pictures that may lie elsewhere.
ANNOTATIONS = ("coco", "label-studio", "labelme", "cvat", "pascal-voc", "yolo", "box-table")
ROLE_WORDS = {
    "path": "File", "text": "Text", "label": "Label", "group": "Group", "split": "Split",
}  # fmt: skip


class ReadingForm(QWidget):
    columns_changed = Signal()
    pictures_wanted = Signal()  # they do not lie beside the annotations
    accepted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._look: Look | None = None
        self._choices: dict[str, Choice] = {}
        self.format = label("", wrap=True)
        self.found = label("", "muted", wrap=True)
        self.problem = label("", "bad", wrap=True)
        self._columns = QWidget()
        self._columns_box = QVBoxLayout(self._columns)
        self._columns_box.setContentsMargins(0, 0, 0, 0)
        self.pattern_field = QLineEdit(placeholderText=r"for example (patient\d+)_")
        self.pattern_field.setAccessibleName("Group pattern")
        self.pattern_field.setMaximumWidth(THEME.px(360))
        self.pattern_error = label("", "fieldError", wrap=True)
        self.groups = QGridLayout()
        self._later = QTimer(self, singleShot=True, interval=120)
        self._later.timeout.connect(self._preview)
        self.pattern_field.textChanged.connect(lambda: self._later.start())
        self.forecast = Forecast()
        self.where = Elided("Beside the annotations, or in a folder named images", "muted")
        self.elsewhere = button("They lie elsewhere…", done=self.pictures_wanted.emit)
        self._where_part = QWidget()
        places = row(self.where, self.elsewhere)
        places.setStretch(0, 1)
        self._where_part.setLayout(column(label("The pictures", "section"), places))
        self.button = button("Import", "primary", done=self.accepted.emit)
        group_words = (
            "Items of one group, such as one patient, never end up in two splits. If the file "
            "names say the group, write a pattern; its brackets capture the group."
        )
        self._group_part = QWidget()
        self._group_part.setLayout(
            column(
                label("Groups", "section"), label(group_words, "muted", wrap=True),
                self.pattern_field, self.pattern_error, self.groups,
            )
        )  # fmt: skip
        box = column(
            self.format, self.found, self.problem, self._columns, self._where_part,
            self._group_part, self.forecast, spacing=12,
        )  # fmt: skip
        box.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        box.addStretch(1)
        self.setLayout(box)

    def show_look(self, look: Look, kind: str) -> None:
        again = self._look is not None and look.source == self._look.source
        self._look = look
        self.format.setText(f"Read as: {look.title}")
        words = count(look.total, "item")
        if look.classes:
            number = count(len(look.classes), "class", "classes")
            words += f" in {number}: {listing(look.classes, 8)}"
        self.found.setText(words + ".")
        self.found.setVisible(look.total > 0)
        self.problem.setVisible(look.problem is not None)
        if look.problem is not None:
            choose = " Choose it below, under Columns." if look.header else ""
            self.problem.setText(f"{look.problem.title}. {look.problem.cause}{choose}")
        if not again:
            self.pattern_field.clear()
            self._show_columns(look, kind)
        self._group_part.setVisible(kind != "text")
        self._where_part.setVisible(kind == "image" and look.format in ANNOTATIONS)
        self.button.setText(f"Import {count(look.total, 'item')}" if look.total else "Import")
        self.button.setEnabled(look.problem is None and look.total > 0)
        self._preview()

    def columns(self) -> dict[str, str | None]:
        """Role -> heading, of those the person sees."""
        return {role: choice.currentData() for role, choice in self._choices.items()}

    def pattern(self) -> str | None:
        return self.pattern_field.text().strip() or None

    def _show_columns(self, look: Look, kind: str) -> None:
        clear(self._columns_box)
        self._choices = {}
        self._columns.setVisible(bool(look.header))
        if not look.header:
            return
        self._columns_box.addWidget(label("Columns", "section"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(THEME.px(12))
        roles = ["text" if kind == "text" else "path", "label", "group", "split"]
        for place, role in enumerate(roles):
            needed = role not in ("group", "split")
            free: list[tuple[str, object]] = [("choose …" if needed else "none", None)]
            choice = Choice(free + [(name, name) for name in look.header], ROLE_WORDS[role])
            choice.setMinimumContentsLength(14)
            choice.choose(look.guessed.get(role))
            choice.currentIndexChanged.connect(self.columns_changed)
            grid.addWidget(label(ROLE_WORDS[role]), 0, place)
            grid.addWidget(choice, 1, place)
            self._choices[role] = choice
        grid.setColumnStretch(len(roles), 1)
        self._columns_box.addLayout(grid)
        self._columns_box.addWidget(label("The first rows", "small"))
        self._columns_box.addLayout(_first_rows(look))

    def _preview(self) -> None:
        clear(self.groups)
        self.pattern_error.hide()
        set_flag(self.pattern_field, "wrong", False)
        pattern = self.pattern()
        if self._look is None or pattern is None:
            return
        try:
            pairs, fits, groups = preview(self._look.names, pattern)
        except ConfigurationError as error:
            set_flag(self.pattern_field, "wrong", True)
            self.pattern_error.setText(f"{error.cause} {error.remedy}")
            self.pattern_error.show()
            return
        words = (
            f"Fits {fits:,} of the first {count(len(pairs), 'name')}, in {count(groups, 'group')}."
        )
        self.groups.addWidget(label(words, "small"), 0, 0, 1, 2)
        for place, (name, group) in enumerate(pairs[:FIRST], start=1):
            self.groups.addWidget(Elided(name, "small"), place, 0)
            self.groups.addWidget(label(group or "no group"), place, 1)
        self.groups.setColumnStretch(0, 2)
        self.groups.setColumnStretch(1, 3)


def _first_rows(look: Look) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(THEME.px(16))
    grid.setVerticalSpacing(THEME.px(4))
    for place, heading in enumerate(look.header[:8]):
        grid.addWidget(Elided(heading, "small"), 0, place)
        grid.setColumnStretch(place, 1)
        for number, cells in enumerate(look.rows, start=1):
            cell = cells[place] if place < len(cells) else ""
            grid.addWidget(Elided(cell), number, place)
    return grid
