"""Model: choose what has learned before. A list, accuracy by cost, side by side, and a ranking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.errors import ConfigurationError
from gui.keys import action
from gui.models.filters import Filters
from gui.models.notes import Question
from gui.models.own_weights import owner, with_own
from gui.models.rows import ModelRow, Shelf, read
from gui.models.shelving import Shelving
from gui.models.side import Side
from gui.models.views import VIEWS, Views
from gui.session import Session
from gui.widgets.card import column
from gui.widgets.controls import button
from gui.widgets.dropped import dropped
from gui.widgets.page import Page
from gui.widgets.states import Skeleton
from gui.widgets.words import count

SOON = 30  # ms


class ModelsPage(Page):
    def __init__(self, session: Session) -> None:
        super().__init__("Model", "models")
        self.session = session
        self.setAcceptDrops(True)
        self.shelf: Shelf | None = None
        self.compared: list[str] = []  # names, in the order they were taken in
        # The list answers a letter within a frame; what the card says may come in the next.
        self._card_soon = QTimer(self, singleShot=True, interval=SOON)
        self._card_soon.timeout.connect(self._show_card)
        self._note = ""  # what came of the last thing done
        self.shelving = Shelving(session, self)
        self.shelving.changed.connect(self._read)
        self.shelving.failed.connect(self.show_error)
        self.shelving.said.connect(self._say)
        self.shelving.asked.connect(self._ask)
        self._question: Question | None = None
        self._build()
        self._build_header()
        self._build_details()
        self._add_actions()
        self.follow(session)
        self._show_facts()
        self._read()
        self.first = self.table

    # The parts

    def _build_header(self) -> None:
        self.next = button("Go on to the layers", "primary", "Ctrl+3")
        self.next.clicked.connect(lambda: self.session.page_wanted.emit("layers"))
        self.buttons.addWidget(self.next)
        outer = self.layout()
        assert isinstance(outer, QVBoxLayout)
        outer.insertWidget(1, self.views.switch)

    def _build(self) -> None:
        self.filters = Filters()
        self.filters.changed.connect(self._filter)
        self.views = Views(self.session, self.compared, self.filters.clear)
        self.views.switch.chosen.connect(lambda name: self.show_view(str(name)))
        self.listing, self.table = self.views.listing, self.views.listing.table
        self.table.chosen.connect(lambda row: self._show_card())
        self.table.opened.connect(self.choose)
        self.scatter, self.compare = self.views.scatter, self.views.compare
        self.scatter.pressed.connect(self.select)
        self.compare.left_out.connect(self.turn)
        self.rank, self.inside = self.views.rank, self.views.inside
        self.rank.pressed.connect(self.select)
        for part in (self.rank, self.inside):
            part.failed.connect(self.show_error)
            part.turned.connect(self._say_sentence)
        self.full = QWidget()
        box = column(self.filters, self.views, spacing=12)
        box.setStretch(1, 1)
        self.full.setLayout(box)
        self.loading = Skeleton()
        self.stack.addWidget(self.loading)
        self.stack.addWidget(self.full)

    def _build_details(self) -> None:
        self.side = Side(self.shelving, self.use_weights)
        self.side.pack_from(
            lambda: [row for row in self.rows if row.path is not None],
            lambda: self.compared or [row.name for row in [self.table.current] if row],
        )
        self.side.card.chosen.connect(self.choose)
        self.side.card.compared.connect(self.turn)
        self.side.card.opened.connect(lambda row: self.show_view("inside"))
        self.details.addWidget(self.side)
        self.details.addStretch(1)

    def _add_actions(self) -> None:
        here = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for text, name, _, key in VIEWS:
            shown = action(self, f"{text}: show this view", key, "Model")
            shown.triggered.connect(lambda checked=False, name=name: self.show_view(name))
        find = action(self, "Search models", "Ctrl+F", "Model")
        find.triggered.connect(self._search)
        turn = action(self.table, "Take the model into the comparison, or out", "C", "Model", here)
        turn.triggered.connect(lambda: self.turn(self.table.current))

    # What is known

    def entered(self) -> None:
        if self.shelf is not None:
            self._read()  # weights may have been put there meanwhile

    def _read(self) -> None:
        facts, project = self.session.facts, self.session.project
        if facts is None or project is None:
            return
        task = facts.task
        self.session.jobs.run(
            lambda emit, cancel: (read(task), project.setting("ranking")),
            done=self._take, failed=self.show_error,
        )  # fmt: skip

    def _take(self, found: tuple[Shelf, dict[str, Any] | None]) -> None:
        self.shelf, ranking = found
        self.filters.offer(self.shelf.rows, self.shelf.room)
        self.show_state(self.full)
        if not self.rank.asked.busy and ranking != self.rank.result:
            self.rank.show_result(ranking)
        first = not self.table.rows.rows
        self._filter()
        facts = self.session.facts
        if first and facts is not None and facts.model is not None:
            name = facts.model["name"]
            self.table.choose(lambda row: row.name == name)
        self._show_facts()

    @property
    def rows(self) -> list[ModelRow]:
        return with_own(self.shelf.rows, self.session.facts) if self.shelf else []

    def _filter(self) -> None:
        if self.shelf is None:
            return
        wanted, room = self.filters.wanted, self.shelf.room
        rows = [row for row in self.rows if wanted.lets(row, room)]
        self.listing.show_rows(rows)
        self._card_soon.start()
        if self.view == "scatter":
            self.scatter.show_rows(rows)

    def _show_facts(self) -> None:
        facts = self.session.facts
        if facts is None:
            return
        self.next.setEnabled(facts.model is not None)
        self.side.machine.show_online(facts.online)
        self._filter()
        self._show_view()
        self._show_card()

    def _show_card(self) -> None:
        row, facts, shelf = self.table.current, self.session.facts, self.shelf
        compared = row is not None and row.name in self.compared
        self.side.card.show_model(row, facts, shelf.room if shelf else None, compared)
        self.scatter.choose(row.name if row else None)
        if self.view == "inside":
            self.inside.show_model(row)
            self._say_sentence()

    # The views

    @property
    def view(self) -> str:
        """The name of the one that is shown."""
        return self.views.name

    def show_view(self, name: str) -> None:
        """Shows one of VIEWS."""
        self.views.turn(name)
        self.clear_error()
        self._show_view()
        self.first = self.views.first
        self.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_view(self) -> None:
        facts, shelf = self.session.facts, self.shelf
        if facts is None or shelf is None:
            return
        self.filters.setVisible(self.views.filtered)
        self.views.show_models(self.rows, facts, shelf)
        self._say_sentence()

    def _say(self, words: str) -> None:
        self._note = words
        self._say_sentence()

    def _say_sentence(self) -> None:
        self.sentence.setText(self._sentence())

    def _sentence(self) -> str:
        facts, shelf = self.session.facts, self.shelf
        if facts is None or shelf is None:
            return ""
        if not self.views.filtered:
            return self.views.sentence
        words = self._note
        if not words and facts.model:
            title = facts.model.get("title") or facts.model["name"]
            weights = facts.model.get("weights")
            words = f"In use: {title}" + (f" with {Path(weights).name}" if weights else "")
        here = sum(row.path is not None for row in shelf.rows)
        listed = f"{count(len(shelf.rows), 'model')}, {here:,} of them on this machine"
        return f"{words} · {listed}" if words else listed

    # What a person does

    def select(self, name: str) -> None:
        """Makes a model the one that the card tells of, showing it in the list if need be."""
        if self.table.choose(lambda row: row.name == name):
            return
        self.filters.clear()
        if not self.table.choose(lambda row: row.name == name):
            self.filters.kind.choose("")  # it is for something else than this project
            self.table.choose(lambda row: row.name == name)

    def choose(self, row: ModelRow) -> None:
        """Uses a model with the weights found on this machine."""
        if row.usable:
            self._store(row.name, row.title, None)

    def turn(self, row: ModelRow | None) -> None:
        """Takes a model into the comparison, or out."""
        if row is None:
            return
        try:
            self.views.take(row)
        except ConfigurationError as error:
            self.show_error(error)
        self.table.viewport().update()
        self._show_view()
        self._show_card()

    def use_weights(self, path: Path, folder: bool = False) -> None:
        """Uses weights of the person: a folder is a model; a file belongs to the selected one."""
        self.clear_error()
        if folder:
            self._store(str(path), path.name, str(path))
            return
        try:
            named = owner(path, self.rows, self.table.current)
        except ConfigurationError as error:
            self.show_error(error)
            return
        self.table.choose(lambda row: row.name == named.name)
        self._store(named.name, named.title, str(path))

    def _store(self, name: str, title: str, weights: str | None) -> None:
        self._note = ""
        self.session.set(model={"name": name, "title": title, "weights": weights})

    def _search(self) -> None:
        if not self.views.filtered:
            self.show_view("list")
        self.filters.search.setFocus()

    def _ask(self, question: Question) -> None:
        if self._question is not None:
            self._question.hide()
            self._question.deleteLater()
        self._question = question
        question.closed.connect(self._answered)
        self.notices.addWidget(question)
        question.first.setFocus()

    def _answered(self) -> None:
        self._question = None
        if self.first is not None:
            self.first.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event) and self.shelf is not None:  # a list to find the model in
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped(event)
        if path:
            self.side.take(path)
