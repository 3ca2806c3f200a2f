"""One model: what it is, the questions a chooser asks, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from gui.facts import Facts
from gui.models.answers import Answer, answers
from gui.models.rows import ModelRow
from gui.theme import THEME
from gui.widgets.card import Card, column, row
from gui.widgets.controls import Elided, button, label
from gui.widgets.words import short, size

if TYPE_CHECKING:
    from engine.room import Room


OFF = "Downloads are off until you allow them, here or under 'This machine'"


class ModelCard(Card):
    chosen = Signal(object)  # ModelRow: use it
    wanted = Signal(object)  # ModelRow: get its weights
    compared = Signal(object)  # ModelRow: take it into the comparison, or out
    leaving = Signal(object)  # ModelRow: delete its weights
    allowed = Signal(bool)  # downloads
    opened = Signal(object)  # ModelRow: show what is inside

    def __init__(self) -> None:
        super().__init__("Model")
        self.row: ModelRow | None = None
        self._shown: tuple[object, ...] = ()
        self.model_name = Elided("", "section")
        self.facts = Pairs()
        self.where = label("", wrap=True)
        self.place = Elided("", "small")  # a path has no spaces to wrap at
        self.use = button("Use this model", "primary", done=lambda: self._say(self.chosen))
        self.get = button("Download", "", done=lambda: self._say(self.wanted))
        self.allow = button("Allow downloads", "link", OFF, lambda: self.allowed.emit(True))
        self.compare = button("Compare", "", done=lambda: self._say(self.compared))
        self.leave = button("Delete the weights…", "link", done=lambda: self._say(self.leaving))
        self.look = button("What is inside?", "link", "Its layers (Alt+5)",
                           lambda: self._say(self.opened))  # fmt: skip
        self.questions = Questions()
        self.box.addWidget(self.model_name)
        self.box.addWidget(self.facts)
        self.box.addWidget(self.where)
        self.box.addWidget(self.place)
        self.box.addLayout(row(self.use, self.compare, 1))
        self.box.addLayout(row(self.get, 1))
        self.box.addWidget(self.allow, 0, Qt.AlignmentFlag.AlignLeft)
        self.box.addLayout(row(self.look, self.leave, 1))
        self.box.addWidget(self.questions)

    def show_model(
        self, row: ModelRow | None, facts: Facts | None, room: Room | None, compared: bool = False
    ) -> None:
        shown = (row, facts, room, compared)
        if shown == self._shown:
            return
        self.row, self._shown = row, shown
        known = row is not None and facts is not None and room is not None
        for part in (self.use, self.get, self.allow, self.compare, self.look, self.leave):
            part.setVisible(known)
        if row is None or facts is None or room is None:
            self.model_name.setText("Nothing is selected")
            self.where.setText("Select a model to read about it.")
            self.place.hide()
            self.facts.show_pairs([])
            self.questions.show_answers([])
            return
        self.model_name.setText(row.title)
        self.facts.show_pairs(known_facts(row))
        self._show_actions(row, facts, compared)
        labelled = facts.counts.get("labelled", 0)
        self.questions.show_answers(
            answers(row, facts.task, labelled, len(facts.classes), room)
        )  # fmt: skip

    def _show_actions(self, row: ModelRow, facts: Facts, compared: bool) -> None:
        choice: dict[str, Any] = facts.model or {}
        in_use = choice.get("name") == row.name
        words, place = _where(row, choice.get("weights") if in_use else None, facts.online)
        self.where.setText(words)
        self.place.setText(place)
        self.place.setVisible(bool(place))
        self.use.setVisible(row.usable)
        self.use.setText("In use" if in_use else "Use this model")
        self.use.setEnabled(not in_use and not facts.readonly)
        self.get.setVisible(row.path is None and row.entry is not None)
        self.get.setText(f"Download {size(row.bytes)}" if row.bytes else "Download")
        self.get.setEnabled(facts.online)
        self.get.setToolTip("" if facts.online else OFF)
        self.allow.setVisible(not self.get.isHidden() and not facts.online)
        self.compare.setText("Leave out" if compared else "Compare")
        self.compare.setToolTip("Side by side with up to three others (C)")
        self.leave.setVisible(row.ours)

    def _say(self, signal: Any) -> None:
        if self.row is not None:
            signal.emit(self.row)


class Pairs(QWidget):
    """Names and values. Lines are made once and shown again: making them costs a frame."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(THEME.px(12))
        self._grid.setVerticalSpacing(THEME.px(4))
        self._grid.setColumnStretch(1, 1)
        self._lines: list[tuple[QLabel, QLabel]] = []

    def show_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        while len(self._lines) < len(pairs):
            made = label("", "small"), label("", wrap=True)
            made[0].setContentsMargins(0, THEME.px(1), 0, 0)  # on one line with larger letters
            # A name without a place to wrap at may not make the card wider.
            made[1].setMinimumWidth(1)
            for place, part in enumerate(made):
                top = Qt.AlignmentFlag.AlignTop if place == 0 else Qt.AlignmentFlag(0)
                self._grid.addWidget(part, len(self._lines), place, top)
            self._lines.append(made)
        for number, (name, value) in enumerate(self._lines):
            if number < len(pairs):
                name.setText(pairs[number][0])
                value.setText(pairs[number][1])
            for part in (name, value):
                part.setVisible(number < len(pairs))


class Questions(QWidget):
    """Question, answer, and the address of its source. Made once, as Pairs are."""

    def __init__(self) -> None:
        super().__init__()
        self._box = column(spacing=2)
        self.setLayout(self._box)
        self._lines: list[tuple[QLabel, QLabel, QPushButton]] = []

    def show_answers(self, said: Sequence[Answer]) -> None:
        while len(self._lines) < len(said):
            self._add()
        for number, (question, words, copy) in enumerate(self._lines):
            there = number < len(said)
            one = said[number] if there else Answer("", "")
            question.setText(one.question)
            words.setText(one.words)
            copy.setToolTip(one.source)
            question.setVisible(there)
            words.setVisible(there)
            copy.setVisible(bool(one.source))

    def _add(self) -> None:
        question, words = label("", "strong", wrap=True), label("", "small", wrap=True)
        question.setContentsMargins(0, THEME.px(8), 0, 0)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        copy = button("Copy the address of the source", "link")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(copy.toolTip()))
        self._box.addWidget(question)
        self._box.addWidget(words)
        self._box.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)
        self._lines.append((question, words, copy))


def known_facts(row: ModelRow) -> list[tuple[str, str]]:
    """What is known of a model in figures: name, value."""
    rows = [("Name", row.name), ("Family", row.family)]
    if row.parameters:
        rows.append(("Parameters", short(row.parameters)))
    entry = row.entry
    if entry is not None:
        if entry.flops is not None:
            rows.append(("Cost", f"{cost(entry.flops)} at {entry.flops_at}"))
        if entry.accuracy is not None:
            rows.append(("Accuracy", f"{entry.accuracy:.1%} {entry.metric}, {entry.measured_on}"))
        if entry.input_size:
            rows.append(("Sees", f"{entry.input_size} × {entry.input_size} px"))
    if row.bytes:
        about = "about " if entry is not None and entry.weights[0].reckoned else ""
        rows.append(("Weights", about + size(row.bytes)))
    if entry is not None:
        rows.append(("Licence", entry.licence))
    return rows


def cost(flops: float) -> str:
    """'4.09 GFLOPs': multiply-adds of one item, as papers count them."""
    billions = flops / 1e9
    if billions < 0.1:
        return f"{flops / 1e6:.2g} MFLOPs" if flops < 1e7 else f"{flops / 1e6:.0f} MFLOPs"
    return f"{billions:.2f} GFLOPs" if billions < 100 else f"{billions:,.0f} GFLOPs"


def _where(row: ModelRow, own: str | None, online: bool) -> tuple[str, str]:
    """Where its weights are, or how to get them; and a path that belongs to it."""
    if own:
        return "In use with your weights:", own
    if row.path is not None and row.entry is not None and row.entry.source == "graft":
        return "It comes with Graft.", ""
    if row.path is not None and "site-packages" in row.path.parts:
        return "It comes with a package that is installed here.", ""
    if row.path is not None:
        return f"On this machine{_unproven(row, row.path)}:", str(row.path)
    if online or not row.wanted:
        return "Its weights are not on this machine.", ""
    words = f"Its weights are not on this machine. Bring them in below, or put {row.wanted} into"
    return words, str(row.folder)


def _unproven(row: ModelRow, path: Path) -> str:
    """A file of another name than the published ones may hold other weights."""
    entry = row.entry
    if entry is None or path.is_dir() or path.stem in {Path(w.file).stem for w in entry.weights}:
        return ""
    return ", under no published name, so what is said below need not hold for these weights"
