"""The card 'Head and input': what stands before and behind the layers that one brings along."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit

from engine.errors import ConfigurationError
from engine.training.recipe import Recipe
from gui.theme import HIT, THEME
from gui.widgets.card import Card, column
from gui.widgets.controls import Choice, label, set_flag

# field, title, kind, what stands there when it is empty, tip
NUMBERS = (
    ("head_hidden", "Hidden layer", int, "none",
     "Width of a layer before the last, for classes that no straight line parts"),
    ("head_dropout", "Dropout", float, "the model's own",
     "Share of the features hidden in each step, 0 to 0.99; helps against learning by heart"),
)  # fmt: skip
INPUT = (
    ("channels", "Channels", int, "3, colour",
     "1 for grey pictures, or as many as they have; the first layer's weights are adapted"),
    ("image_size", "Picture size", int, "the model's own",
     "px of the square that the model sees; small things need a larger one, which costs time"),
)  # fmt: skip
POOLING = {
    "image": (("the model's own", None), ("mean of all places", "mean"),
              ("highest of all places", "max")),
    "text": (("the model's own", None), ("mean of all words", "mean")),
}  # fmt: skip


class ShapeCard(Card):
    changed = Signal(object)  # {field of Recipe: value or None}

    def __init__(self, kind: str) -> None:
        super().__init__("Head and input")
        self.fields: dict[str, QLineEdit] = {}
        self._wrong: dict[str, QLabel] = {}
        self._kinds: dict[str, type] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(THEME.px(12))
        grid.setVerticalSpacing(THEME.px(6))
        grid.setColumnStretch(1, 1)
        self.pooling = Choice(POOLING["image" if kind == "image" else "text"], "Pooling")
        self.pooling.setToolTip("How the features of all places become one row of figures")
        self.pooling.currentIndexChanged.connect(self._pooled)
        for name, title, number, empty, tip in NUMBERS:
            self._add(grid, name, title, number, empty, tip)
        grid.addWidget(label("Pooling"), grid.rowCount(), 0)
        grid.addWidget(self.pooling, grid.rowCount() - 1, 1)
        self._wrong["pooling"] = self._below(grid)
        for name, title, number, empty, tip in INPUT if kind == "image" else ():
            self._add(grid, name, title, number, empty, tip)
        self.box.addLayout(grid)
        self._stored: dict[str, Any] = {}

    def _add(
        self, grid: QGridLayout, name: str, title: str, kind: type, empty: str, tip: str
    ) -> None:
        field, words, place = QLineEdit(), label(title), grid.rowCount()
        field.setPlaceholderText(empty)
        field.setAccessibleName(title)
        field.editingFinished.connect(lambda: self._typed(name))
        for one in (field, words):
            one.setToolTip(tip)
        words.setBuddy(field)
        words.setFixedHeight(THEME.px(HIT))
        wrong = label("", "fieldError", wrap=True)
        wrong.hide()
        grid.addWidget(words, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(column(field, wrong, spacing=2), place, 1)
        self.fields[name], self._wrong[name], self._kinds[name] = field, wrong, kind

    def _below(self, grid: QGridLayout) -> QLabel:
        wrong = label("", "fieldError", wrap=True)
        wrong.hide()
        grid.addWidget(wrong, grid.rowCount(), 1)
        return wrong

    def show_recipe(self, recipe: dict[str, Any], readonly: bool) -> None:
        self._stored = recipe
        for name, field in self.fields.items():
            value = recipe.get(name)
            field.setEnabled(not readonly)
            if not (field.hasFocus() and field.isModified()):
                field.setText("" if value in (None, 0) and name != "head_dropout" or value is None
                              else f"{value:g}")  # fmt: skip
        self.pooling.setEnabled(not readonly)
        blocked = self.pooling.blockSignals(True)
        self.pooling.setCurrentIndex(max(0, self.pooling.findData(recipe.get("pooling"))))
        self.pooling.blockSignals(blocked)

    def show_error(self, error: ConfigurationError | None) -> bool:
        """Says at its field what is wrong. False when no field here is meant."""
        for name, words in self._wrong.items():
            mine = error is not None and error.subject == name
            words.setVisible(mine)
            if mine and error is not None:
                words.setText(f"{error.cause} {error.remedy}")
            if name in self.fields:
                set_flag(self.fields[name], "wrong", mine)
        return error is not None and error.subject in self._wrong

    def _typed(self, name: str) -> None:
        field = self.fields[name]
        field.setModified(False)
        text = field.text().strip().replace(",", ".")
        try:
            value = None if not text else self._kinds[name](text)
            values = {} if value is None else {name: value}
            Recipe(model="-", **values).validate()
        except ValueError:
            self.show_error(
                ConfigurationError("No number", f"{text!r} is no number.", "Enter one.",
                                   subject=name)
            )  # fmt: skip
            return
        except ConfigurationError as error:
            self.show_error(error)
            return
        self.show_error(None)
        if name == "head_hidden" and value == 0 or name == "channels" and value == 3:
            value = None
        self._say(name, value)

    def _pooled(self) -> None:
        self._say("pooling", self.pooling.currentData())

    def _say(self, name: str, value: Any) -> None:
        if value != self._stored.get(name):
            self.changed.emit({name: value})
