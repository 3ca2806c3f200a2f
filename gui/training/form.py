"""The recipe as a form: what one click takes is filled in, what is wrong is said at its field."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.errors import ConfigurationError
from engine.freezing.presets import PRESETS
from engine.training.recipe import AUGMENTATIONS, PRECISIONS, Recipe
from gui.theme import HIT, THEME
from gui.widgets.card import Card, column
from gui.widgets.controls import Choice, Tick, button, label, set_flag

WORDS = {"none": "none", "light": "light: small shifts and turns", "strong": "strong: flips, too"}
NUMBERS = (
    ("epochs", "Epochs", int, "How often every training item is seen"),
    ("batch_size", "Batch size", int, "Items a step learns from; falls when memory is short"),
    ("lr", "Learning rate", float, "How far a step goes"),
    ("patience", "Stop early after", int, "Epochs without a better validation; 0: never"),
    ("label_smoothing", "Label smoothing", float, "0.1 helps when labels are sometimes wrong"),
    ("seed", "Seed", int, "The same seed gives the same result"),
)  # fmt: skip
MORE = (
    ("weight_decay", "Weight decay", float, ""),
    ("warmup", "Warm-up", float, "Share of the steps in which the learning rate rises"),
    ("clip", "Gradient clip", float, "Largest gradient norm; 0: none"),
    ("views", "Cached views", int, "Augmented views of each item kept in the cache"),
    ("max_length", "Longest text", int, "Tokens read of a text"),
)
TICKS = (
    ("class_balanced", "Weigh rare classes more", ""),
    ("cache", "Keep frozen features in the cache", ""),
    ("keep_statistics", "Batch norms keep their statistics",
     "They learn their scale and shift, but go on with the means of the pre-training"),
    ("checkpointing", "Compute activations again",
     "Less memory, a third more time, the same result"),
)  # fmt: skip
OPTIONAL = ("lr",)
OF_PHASES = ("epochs", "lr", "warmup")  # phases made by hand bring their own


class RecipeForm(Card):
    changed = Signal()

    def __init__(self, kind: str) -> None:
        super().__init__("Recipe")
        self._fields: dict[str, QLineEdit] = {}
        self._wrong: dict[str, QLabel] = {}
        self._defaults = Recipe(model="-").to_wire()
        self.augmentation = Choice([(WORDS[name], name) for name in AUGMENTATIONS], "Augmentation")
        self.precision = Choice([(name, name) for name in PRECISIONS], "Precision")
        self.ticks: dict[str, QCheckBox] = {}
        for name, words, tip in TICKS:
            self.ticks[name] = Tick(words)
            self.ticks[name].setToolTip(tip)
        grid = _grid()
        for place, (name, title, kind_of, tip) in enumerate(NUMBERS):
            self._add(grid, place, name, title, kind_of, tip)
        if kind == "image":
            grid.addWidget(label("Augmentation"), 20, 0)
            grid.addWidget(self.augmentation, 20, 1)
        self.box.addLayout(grid)
        self.box.addWidget(self.ticks["class_balanced"])
        self._add_more(kind)
        for choice in (self.augmentation, self.precision):
            choice.currentIndexChanged.connect(self.changed)
        for tick in self.ticks.values():
            tick.toggled.connect(self.changed)

    def _add_more(self, kind: str) -> None:
        self.more = button("More settings", "link")
        self.box.addWidget(self.more)
        holder = QWidget()
        grid = _grid()
        skip = {"max_length"} if kind == "image" else {"views"}
        for place, (name, title, kind_of, tip) in enumerate(MORE):
            if name not in skip:
                self._add(grid, place, name, title, kind_of, tip)
        grid.addWidget(label("Precision"), 20, 0)
        grid.addWidget(self.precision, 20, 1)
        more = [tick for name, tick in self.ticks.items() if name != "class_balanced"]
        holder.setLayout(column(grid, *more))
        holder.hide()
        self.box.addWidget(holder)

        def turn() -> None:
            holder.setVisible(holder.isHidden())
            self.more.setText("More settings" if holder.isHidden() else "Fewer settings")

        self.more.clicked.connect(turn)
        self._holder = holder

    def _add(
        self, grid: QGridLayout, place: int, name: str, title: str, kind: type, tip: str
    ) -> None:
        field = QLineEdit()
        field.setAccessibleName(title)
        field.setToolTip(tip)
        field.editingFinished.connect(self.changed)
        field.setProperty("number", kind.__name__)
        words = label(title)
        words.setToolTip(tip)
        words.setBuddy(field)
        wrong = label("", "fieldError", wrap=True)
        wrong.hide()
        box = QVBoxLayout()
        box.setSpacing(THEME.px(2))
        box.addWidget(field)
        box.addWidget(wrong)
        words.setFixedHeight(THEME.px(HIT))
        grid.addWidget(words, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(box, place, 1)
        self._fields[name], self._wrong[name] = field, wrong

    def show_recipe(self, stored: dict[str, Any], preset: str) -> None:
        """Fills the form; a field that has the keyboard is left alone."""
        values = self._defaults | stored
        own = bool(stored.get("phases"))
        for name, field in self._fields.items():
            value = values[name]
            theirs = own and name in OF_PHASES
            field.setEnabled(not theirs)
            usual = f"preset: {PRESETS[preset].lr:g}" if name == "lr" else ""
            field.setPlaceholderText("as the phases say" if theirs else usual)
            if not field.hasFocus():
                field.setText("" if value is None or theirs else f"{value:g}")
        for name, tick in self.ticks.items():
            blocked = tick.blockSignals(True)
            tick.setChecked(bool(values[name]))
            tick.blockSignals(blocked)
        for choice, name in ((self.augmentation, "augmentation"), (self.precision, "precision")):
            blocked = choice.blockSignals(True)
            choice.choose(values[name])
            choice.blockSignals(blocked)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of a recipe that can be set here now."""
        fields = (name for name, field in self._fields.items() if field.isEnabled())
        return (*fields, "augmentation", "precision", *self.ticks)

    def values(self) -> dict[str, Any]:
        """What the person set, where it differs from the defaults.

        Raises:
            ConfigurationError: a field is no number; it is marked.
        """
        found: dict[str, Any] = {
            "augmentation": self.augmentation.currentData(),
            "precision": self.precision.currentData(),
            **{name: tick.isChecked() for name, tick in self.ticks.items()},
        }
        for name, field in self._fields.items():
            if not field.isEnabled():
                continue
            text = field.text().strip().replace(",", ".")
            if not text and name in OPTIONAL:
                found[name] = None
                continue
            try:
                found[name] = int(text) if field.property("number") == "int" else float(text)
            except ValueError:
                kind = "a whole number" if field.property("number") == "int" else "a number"
                raise ConfigurationError(
                    f"{field.accessibleName()} is no number", f"{text!r} was entered.",
                    f"Enter {kind}.", subject=name,
                ) from None  # fmt: skip
        return {key: value for key, value in found.items() if value != self._defaults[key]}

    def merged(self, stored: dict[str, Any]) -> dict[str, Any]:
        """What the form says, and of the rest of a recipe what other pages stored."""
        kept = {name: value for name, value in stored.items() if name not in self.names}
        return {**kept, **self.values()}

    def show_errors(self, error: ConfigurationError | None) -> bool:
        """Marks the field that is wrong. False when the error is not about a field here."""
        for name, field in self._fields.items():
            wrong = error is not None and error.subject == name
            set_flag(field, "wrong", wrong)
            self._wrong[name].setVisible(wrong)
            if wrong and error is not None:
                self._wrong[name].setText(f"{error.cause} {error.remedy}")
                if self._holder.isHidden() and self._holder.isAncestorOf(field):
                    self.more.click()
                field.setFocus()
        return error is None or error.subject in self._fields


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(THEME.px(12))
    grid.setVerticalSpacing(THEME.px(6))
    grid.setColumnStretch(1, 1)
    return grid
