"""The recipe as a form: what one click takes is filled in, what is wrong is said at its field."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QCheckBox

from engine.freezing.presets import PRESETS
from engine.training.recipe import AUGMENTATIONS, PRECISIONS, Recipe
from gui.training.fields import FieldsCard, form_grid
from gui.widgets.card import column
from gui.widgets.controls import Choice, Tick, label

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


class RecipeForm(FieldsCard):
    def __init__(self, kind: str) -> None:
        super().__init__("Recipe")
        self._defaults = Recipe(model="-").to_wire()
        self.augmentation = Choice([(WORDS[name], name) for name in AUGMENTATIONS], "Augmentation")
        self.precision = Choice([(name, name) for name in PRECISIONS], "Precision")
        self.ticks: dict[str, QCheckBox] = {}
        for name, words, tip in TICKS:
            self.ticks[name] = Tick(words)
            self.ticks[name].setToolTip(tip)
        grid = form_grid()
        for place, (name, title, kind_of, tip) in enumerate(NUMBERS):
            self.add_field(grid, place, name, title, kind_of, tip)
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
        grid = form_grid()
        skip = {"max_length"} if kind != "text" else set()
        skip |= {"views"} if kind != "image" else set()
        for place, (name, title, kind_of, tip) in enumerate(MORE):
            if name not in skip:
                self.add_field(grid, place, name, title, kind_of, tip)
        grid.addWidget(label("Precision"), 20, 0)
        grid.addWidget(self.precision, 20, 1)
        more = [tick for name, tick in self.ticks.items() if name != "class_balanced"]
        self.add_more(column(grid, *more))

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
            found[name] = self.number(name, optional=name in OPTIONAL)
        return {key: value for key, value in found.items() if value != self._defaults[key]}

    def merged(self, stored: dict[str, Any]) -> dict[str, Any]:
        """What the form says, and of the rest of a recipe what other pages stored."""
        kept = {name: value for name, value in stored.items() if name not in self.names}
        return {**kept, **self.values()}
