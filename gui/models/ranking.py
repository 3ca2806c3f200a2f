"""Rank on your data: which of the models on this machine suits the project's labelled items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from engine.events import LogLine
from engine.training.recipe import Recipe
from gui.asking import Asked
from gui.facts import Facts
from gui.models.rows import ModelRow
from gui.session import Session
from gui.widgets.asking import AskingLine
from gui.widgets.card import Card, clear, column, row, scrolling
from gui.widgets.controls import Choice, label
from gui.widgets.table import Column, Table
from gui.widgets.whiskers import Bar, Scale, Whiskers
from gui.widgets.words import count, short, size

WORDS = (
    "Each model describes your labelled items with its frozen features; a linear probe says how "
    "much of the labels they hold. Nothing is trained and test items stay out of it, so the one "
    "you choose can still be judged on them."
)
SCALE = Scale(0.0, 1.0, 0.0, ((0.0, "0"), (0.5, "0.5"), (1.0, "1")))
Place = dict[str, Any]
COLUMNS = (
    Column("Model", lambda place: place["title"], sort=lambda place: place["title"].lower()),
    Column("Probe", lambda place: f"{place['value']:.3f}", 64, True,
           sort=lambda place: place["value"],
           tip="Balanced accuracy of a cross-validated linear probe on its frozen features"),
    Column("Points behind", lambda place: _behind(place), 136,
           tip="What it gets less than the first, on the same items, with its 95% interval"),
    Column("LogME", lambda place: f"{place['logme']:.3f}", 70, True,
           sort=lambda place: place["logme"],
           tip="Evidence that its features explain the labels (You et al. 2021); only the order "
           "counts"),
    Column("Time", lambda place: f"{1000 * place['seconds']:.1f} ms", 76, True,
           sort=lambda place: place["seconds"], tip="Of one item's way through the network"),
    Column("Memory", lambda place: size(place["memory"]), 80, True,
           sort=lambda place: place["memory"], tip="Of one item, beside the weights"),
    Column("Parameters", lambda place: short(place["parameters"]), 90, True,
           sort=lambda place: place["parameters"]),
)  # fmt: skip


class RankView(QWidget):
    failed = Signal(object)  # GraftError
    pressed = Signal(object)  # the name of a model
    turned = Signal()  # it began, ended, or a result came

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.result: dict[str, Any] | None = None
        self._here: list[ModelRow] = []
        self._compared: list[ModelRow] = []
        self.asked = Asked(session, "rank", self)
        self.asked.activity.connect(lambda event: self.line.hear(event))
        self.asked.heard.connect(self._hear)
        self.asked.done.connect(self._take)
        self.asked.failed.connect(self.failed)
        self.asked.ended.connect(self._ended)
        session.closed.connect(self.asked.give_up)
        session.run_began.connect(lambda live: self.refresh())
        session.run_ended.connect(lambda live: self.refresh())
        self._build()

    def _build(self) -> None:
        asking = Card("Which model suits your data?")
        asking.box.addWidget(label(WORDS, "muted", wrap=True))
        self.which = Choice((), "Which models")
        self.line = AskingLine("Ranking", "primary")
        self.line.pressed.connect(self._turn)
        which = row(label("Rank", "muted"), self.which, 1)
        which.setStretch(1, 1)
        asking.box.addLayout(which)
        asking.box.addWidget(self.line)
        self.said = Card("What follows")
        self.words = QVBoxLayout()
        self.said.box.addLayout(self.words)
        places = Card("Balanced accuracy of a linear probe, with 95% intervals")
        self.chart = Whiskers("Balanced accuracy")
        self.table = Table(COLUMNS, "Ranking", scrolls=False)
        self.table.chosen.connect(self._chosen)
        places.box.addWidget(self.chart)
        places.box.addWidget(self.table)
        self.places = places
        content = QWidget()
        content.setLayout(column(asking, self.said, places, 1, spacing=12))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(content, "Ranking"))
        self._show()

    @property
    def first(self) -> QWidget:
        """What the keyboard goes to."""
        return self.line.ask

    @property
    def sentence(self) -> str:
        if self.asked.busy:
            return "Ranking the models on this machine"
        if self.result is None:
            return f"{count(len(self._here), 'model')} on this machine can be ranked on your data"
        ranked = count(len(self.result["places"]), "model")
        return f"{ranked} ranked on {self.result['items']:,} labelled items"

    def show_models(self, here: Sequence[ModelRow], compared: Sequence[ModelRow]) -> None:
        """`here`: those on this machine that the project can use; `compared`: some of them."""
        self._here, self._compared = list(here), list(compared)
        choices: list[tuple[str, object]] = [(f"all {len(here)} on this machine", "here")]
        if compared:
            choices.append((f"the {len(compared)} in the comparison", "compared"))
        self.which.set_choices(choices)
        self.refresh()

    def show_result(self, result: dict[str, Any] | None) -> None:
        """A ranking from now or from before; None: there is none."""
        self.result = result
        self._show()
        self.refresh()
        self.turned.emit()

    def refresh(self) -> None:
        if not self.asked.busy:
            self.line.rest("Rank again" if self.result else "Rank on my data", self._why_not())

    def _why_not(self) -> str:
        facts, live = self.session.facts, self.session.live
        if live is not None:
            return f"{live.name} is under way. Rank when it has ended"
        if not self._here:
            return "No weights of a model for this project are on this machine"
        return _lacking(facts) if facts is not None else ""

    def _turn(self) -> None:
        facts = self.session.facts
        if self.asked.busy:
            self.asked.give_up()
        elif facts is not None:
            rows = self._compared if self.which.currentData() == "compared" else self._here
            models = [{"name": one.name, "weights": str(one.path)} for one in rows]
            recipe = Recipe.from_wire({**facts.recipe, "model": rows[0].name, "weights": None})
            self._notes: list[str] = []
            self.line.begin("Loading …")
            self.asked.ask({"recipe": recipe.to_wire(), "models": models})
            self.turned.emit()

    def _hear(self, event: object) -> None:
        if isinstance(event, LogLine) and event.level == "warning":
            self._notes.append(event.text)

    def _take(self, result: Any) -> None:
        self.show_result(result)

    def _ended(self) -> None:
        self.refresh()
        self.turned.emit()

    def _show(self) -> None:
        clear(self.words)
        for part in (self.said, self.places):
            part.setVisible(self.result is not None)
        if self.result is None:
            return
        for words in self.result["warnings"]:
            self.words.addWidget(_warning(words))
        for words in self.result["words"]:
            self.words.addWidget(label(words, wrap=True))
        for place in self.result["places"]:
            if place["warning"]:
                said = label(f"{place['title']}: {place['warning']}", "small", wrap=True)
                self.words.addWidget(said)
        for one in self.result["left_out"]:
            said = label(f"{one['title']} was left out. {one['why']}", "small", wrap=True)
            self.words.addWidget(said)
        places = self.result["places"]
        self.chart.show_bars([_bar(place, number) for number, place in enumerate(places)], SCALE)
        self.table.set_rows(places, keep=lambda place: place["name"])

    def _chosen(self, place: Place | None) -> None:
        if place is not None:
            self.pressed.emit(place["name"])


def _lacking(facts: Facts) -> str:
    counted = [many for many in facts.class_counts.values() if many >= 2]
    return "" if len(counted) >= 2 else "Two classes with two labels each are the least"


def _bar(place: Place, number: int) -> Bar:
    words = f"{place['value']:.3f}  ({place['low']:.3f} to {place['high']:.3f})"
    look = "bad" if place["harmful"] else "frozen"
    return Bar(place["title"], place["value"], place["low"], place["high"], words, look, not number)


def _behind(place: Place) -> str:
    behind = place["behind"]
    if behind is None:
        return "first"
    if place["level"]:
        return "within noise"
    points = [100 * behind[key] for key in ("value", "low", "high")]
    return f"{points[0]:.1f} ({points[1]:.1f} to {points[2]:.1f})"


def _warning(words: str) -> QFrame:
    frame = QFrame()
    frame.setObjectName("errorBar")
    frame.setAccessibleName(f"Warning: {words}")
    frame.setLayout(column(label(words, wrap=True), margins=12))
    return frame
