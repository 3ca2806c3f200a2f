"""A search as a form: what it may vary, how long, and how it is worked on."""

from __future__ import annotations

import os
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.errors import ConfigurationError
from engine.freezing.presets import PRESETS
from engine.training.recipe import AUGMENTATIONS, Recipe
from engine.training.search_record import StudyRecord
from engine.training.search_space import PRUNERS, USUAL_PRESETS, usual_span
from gui.theme import HIT, THEME
from gui.training.fields import FieldsCard, form_grid
from gui.widgets.card import column, row
from gui.widgets.controls import Choice, Tick, button, label
from gui.widgets.words import count

WHAT = (
    "A search trains again and again with other settings. Each trial is a run of this project. "
    "It chooses by the validation items; the test items play no part."
)
PRUNER_WORDS = {
    "median": "below the median", "hyperband": "in rounds (Hyperband)", "none": "never",
}  # fmt: skip
SPENT = (
    ("minutes", "Minutes", float, "Then it ends, and the trial under way is stopped"),
    ("trials", "Most trials", int, "Ends the search earlier"),
    ("workers", "Workers", int, "Processes of this machine; each works on a trial of its own"),
)  # fmt: skip


class SearchForm(FieldsCard):
    new_wanted = Signal()

    def __init__(self, kind: str) -> None:
        super().__init__("Search")
        self.going_on: StudyRecord | None = None
        self.box.addWidget(label(WHAT, "small", wrap=True))
        self.presets = {name: Tick(PRESETS[name].title) for name in PRESETS}
        for name, tick in self.presets.items():
            tick.setToolTip(PRESETS[name].when)
        self.augmentations = {name: Tick(name) for name in AUGMENTATIONS if kind == "image"}
        grid = form_grid()
        self._add_name(grid)
        self._add_rates(grid)
        self._put_wide(grid, 3, "Presets", column(*self.presets.values(), spacing=0), "preset")
        if self.augmentations:
            ticks = row(*self.augmentations.values(), 1, spacing=16)
            self._put_wide(grid, 5, "Augmentation", ticks, "augmentation")
        for place, (name, title, kind_of, tip) in enumerate(SPENT, start=7):
            self.add_field(grid, place, name, title, kind_of, tip)
        self._fields["trials"].setPlaceholderText("as time allows")
        self.box.addLayout(grid)
        self._add_more()
        self.rest = label("", "small", wrap=True)
        self.box.addWidget(self.rest)
        self._fields["minutes"].setText("10")
        self._fields["workers"].setText("1")
        self.begin_new("search")

    def _add_name(self, grid: QGridLayout) -> None:
        field = self.make_field("study", "Name", str, "A search of this name goes on")
        self.note = label("", "small", wrap=True)
        self.new = button("New search", "link", "With a name and settings of its own")
        self.new.clicked.connect(self.new_wanted)
        cell = column(field, self.make_wrong("study"), self.note, row(self.new, 1), spacing=2)
        self._put(grid, 0, "Name", cell)

    def _add_rates(self, grid: QGridLayout) -> None:
        tip = "Of the head; the preset sets how much slower the other layers learn"
        ends = [
            self.make_field("lr_from", "Learning rate from", float, tip, shared="lr"),
            self.make_field("lr_to", "Learning rate to", float, tip, shared="lr"),
        ]
        for end in ends:
            end.setMinimumWidth(THEME.px(56))
        pair = row(ends[0], label("to", "muted"), ends[1], spacing=6)
        self._put_wide(grid, 1, "Learning rate", pair, "lr")

    def _put(self, grid: QGridLayout, place: int, title: str, content: Any) -> None:
        words = label(title)
        words.setFixedHeight(THEME.px(HIT))
        grid.addWidget(words, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(content, place, 1)

    def _put_wide(self, grid: QGridLayout, place: int, title: str, content: Any, name: str) -> None:
        """Over both columns: in the drawer there is little room."""
        grid.addWidget(label(title), place, 0, 1, 2)
        grid.addLayout(column(content, self.make_wrong(name), spacing=2), place + 1, 0, 1, 2)

    def _add_more(self) -> None:
        grid = form_grid()
        self.pruner = Choice([(PRUNER_WORDS[name], name) for name in PRUNERS], "Stop trials early")
        tip = "Trials that do worse than the others at the same epoch are ended before their time"
        self.pruner.setToolTip(tip)
        self._put(grid, 0, "Stop early", column(self.pruner, self.make_wrong("pruner"), spacing=2))
        tip = (
            "A database that several machines reach, for example postgresql://USER@HOST/NAME. "
            "Each of them needs this project and the model."
        )
        storage = self.add_field(grid, 1, "storage", "Stored at", str, tip)
        storage.setPlaceholderText("in this project")
        self.add_more(column(grid))

    # What it shows

    def show_recipe(self, recipe: Recipe, title: str) -> None:
        """What is not varied, and the span that is taken when none is given."""
        for name, end in zip(("lr_from", "lr_to"), usual_span(recipe), strict=True):
            self._fields[name].setPlaceholderText(f"{end:.3g}")
        if self.going_on is not None:
            return
        own = " Phases made by hand are left aside." if recipe.phases else ""
        self.rest.setText(
            f"The rest is as the recipe says: {title}, {count(recipe.epochs, 'epoch')}, batches "
            f"of {recipe.batch_size:,}.{own}"
        )

    def begin_new(self, name: str) -> None:
        """An empty form for a search that is not there yet."""
        self.going_on = None
        self._fields["study"].setText(name)
        for field in ("lr_from", "lr_to"):
            self._fields[field].clear()
        self._tick(self.presets, USUAL_PRESETS)
        self._tick(self.augmentations, AUGMENTATIONS)
        self._lock("")

    def take_over(self, study: StudyRecord, storage: str = "") -> None:
        """Goes on with a search: what it varies stands fast, or trials could not be compared."""
        self.going_on = study
        self._fields["storage"].setText(storage)
        space, recipe = study.base.get("space", {}), study.base.get("recipe", {})
        self._fields["study"].setText(study.name)
        low, high = space.get("lr", (None, None))
        for name, end in (("lr_from", low), ("lr_to", high)):
            self._fields[name].setText(f"{end:.3g}" if end is not None else "")
        self._tick(self.presets, space.get("presets", ()))
        self._tick(self.augmentations, space.get("augmentations", ()))
        self._lock(f"Goes on after {count(len(study.trials), 'trial')}.")
        if recipe:
            self.rest.setText(
                f"The rest stays as it was begun: {recipe.get('model', '')}, "
                f"{count(int(recipe.get('epochs', 0)), 'epoch')}, batches of "
                f"{int(recipe.get('batch_size', 0)):,}."
            )

    def _lock(self, words: str) -> None:
        locked = self.going_on is not None
        held: list[QWidget] = [self._fields[name] for name in ("study", "lr_from", "lr_to")]
        for part in (*held, *self.presets.values(), *self.augmentations.values()):
            part.setEnabled(not locked)
        self.note.setText(words)
        self.note.setVisible(locked)
        self.new.setVisible(locked)
        self.show_errors(None)

    def _tick(self, ticks: dict[str, Tick], names: Any) -> None:
        for name, tick in ticks.items():
            tick.setChecked(name in names)

    # What it says

    def arguments(self, recipe: Recipe) -> dict[str, Any]:
        """Of engine.training.search.

        Raises:
            ConfigurationError: a field cannot be used.
        """
        study = self._fields["study"].text().strip()
        if not study:
            raise ConfigurationError(
                "The search has no name", "No name was entered.",
                "Name it, so that it can be gone on with.", subject="study",
            )  # fmt: skip
        return {
            "recipe": recipe.to_wire(), "space": self._space(recipe), "study": study,
            "minutes": self.number("minutes"), "trials": self.number("trials", optional=True),
            "workers": self._workers(), "pruner": self.pruner.currentData(),
            "storage": self._storage(),
        }  # fmt: skip

    def _space(self, recipe: Recipe) -> dict[str, Any]:
        if self.going_on is not None and "space" in self.going_on.base:
            return dict(self.going_on.base["space"])  # the fields show it rounded
        ends = self.number("lr_from", optional=True), self.number("lr_to", optional=True)
        low, high = (
            end if end is not None else usual
            for end, usual in zip(ends, usual_span(recipe), strict=True)
        )
        presets = _ticked(self.presets, "preset")
        found: dict[str, Any] = {"lr": [low, high], "presets": presets}
        if self.augmentations:
            found["augmentations"] = _ticked(self.augmentations, "augmentation")
        return found

    def _storage(self) -> str | None:
        text = self._fields["storage"].text().strip()
        if text and "://" not in text:
            raise ConfigurationError(
                "The storage has no address", f"{text!r} is none.",
                "Enter one such as postgresql://USER@HOST/NAME, or leave it empty.",
                subject="storage",
            )  # fmt: skip
        return text or None

    def _workers(self) -> float | None:
        workers, most = self.number("workers"), os.cpu_count() or 1
        if workers is not None and workers > most:
            raise ConfigurationError(
                "There are too many worker processes", f"This machine has {most} processor cores.",
                "More processes than that would wait for each other.", subject="workers",
            )  # fmt: skip
        return workers


def _ticked(ticks: dict[str, Tick], subject: str) -> list[str]:
    found = [name for name, tick in ticks.items() if tick.isChecked()]
    if not found:
        raise ConfigurationError(
            f"No {subject} is chosen", "Nothing is ticked.", "Tick at least one.", subject=subject
        )
    return found


def fresh_name(taken: list[str]) -> str:
    """'search', 'search 2', ..."""
    number = 1
    while (name := "search" if number == 1 else f"search {number}") in taken:
        number += 1
    return name
