"""Model: choose what has learned before. A list, accuracy by cost, side by side, and a ranking."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from engine.errors import ConfigurationError
from gui.keys import action
from gui.models.compare import MOST, CompareView
from gui.models.filters import Filters
from gui.models.inside import InsideView
from gui.models.listing import Listing
from gui.models.notes import Question
from gui.models.ranking import RankView
from gui.models.rows import ModelRow, Shelf, read
from gui.models.scatter import Scatter
from gui.models.shelving import Shelving
from gui.models.side import Side
from gui.session import Session
from gui.widgets.card import column
from gui.widgets.controls import Segments, button
from gui.widgets.dropped import dropped
from gui.widgets.page import Page
from gui.widgets.states import Skeleton
from gui.widgets.words import count

SOON = 30  # ms
VIEWS = (
    ("Models", "list", "Every model, with what is known of it", "Alt+1"),
    ("Accuracy and cost", "scatter", "Every listed model as a dot", "Alt+2"),
    ("Compare", "compare", "Up to four side by side", "Alt+3"),
    ("Rank on your data", "rank", "Which of those on this machine suits it", "Alt+4"),
    ("Inside", "inside", "The layers of the selected model", "Alt+5"),
)  # fmt: skip


class ModelsPage(Page):
    def __init__(self, session: Session) -> None:
        super().__init__("Model", "models")
        self.session = session
        self.setAcceptDrops(True)
        self.shelf: Shelf | None = None
        self.compared: list[str] = []  # names, in the order they were taken in
        self.view = "list"
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
        self._build_header()
        self._build()
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
        self.views = Segments(
            [(text, name, f"{tip} ({key})") for text, name, tip, key in VIEWS], "View"
        )
        self.views.choose("list")
        self.views.chosen.connect(lambda name: self.show_view(str(name)))
        outer = self.layout()
        assert isinstance(outer, QVBoxLayout)
        outer.insertWidget(1, self.views)

    def _build(self) -> None:
        self.filters = Filters()
        self.filters.changed.connect(self._filter)
        self.listing = Listing(self.compared, self.filters.clear)
        self.table = self.listing.table
        self.table.chosen.connect(lambda row: self._show_card())
        self.table.opened.connect(self.choose)
        self.scatter = Scatter()
        self.scatter.pressed.connect(self.select)
        self.compare = CompareView()
        self.compare.left_out.connect(self.turn)
        self.rank = RankView(self.session)
        self.rank.failed.connect(self.show_error)
        self.rank.pressed.connect(self.select)
        self.rank.turned.connect(self._say_sentence)
        self.inside = InsideView(self.session)
        self.inside.failed.connect(self.show_error)
        self.inside.turned.connect(self._say_sentence)
        self.parts = {
            "list": self.listing, "scatter": self.scatter, "compare": self.compare,
            "rank": self.rank, "inside": self.inside,
        }  # fmt: skip
        self.inner = QStackedWidget()
        for part in self.parts.values():
            self.inner.addWidget(part)
        self.full = QWidget()
        box = column(self.filters, self.inner, spacing=12)
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
        return [self._with_own(row) for row in self.shelf.rows] if self.shelf else []

    def _with_own(self, row: ModelRow) -> ModelRow:
        """The model in use is on this machine when its weights are a file of the person."""
        facts = self.session.facts
        chosen = facts.model if facts else None
        if chosen and chosen["name"] == row.name and chosen.get("weights"):
            return replace(row, path=Path(chosen["weights"]))
        return row

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

    def show_view(self, name: str) -> None:
        """Shows one of VIEWS."""
        self.view = name
        self.views.choose(name)
        self.clear_error()
        self._show_view()
        first = {
            "list": self.table, "scatter": self.scatter.measures, "compare": self.views,
            "rank": self.rank.first, "inside": self.inside.tree,
        }  # fmt: skip
        self.first = first[name]
        self.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_way()

    def _give_way(self) -> None:
        self.listing.give_way(self.inner.width() or self.width())

    def _show_view(self) -> None:
        facts, shelf = self.session.facts, self.shelf
        if facts is None or shelf is None:
            return
        self.filters.setVisible(self.view in ("list", "scatter"))
        self.inner.setCurrentWidget(self.parts[self.view])
        chosen = self._compared()
        if self.view == "scatter":
            self.scatter.show_rows(self.table.rows.rows)
            self._show_card()
        elif self.view == "compare":
            self.compare.show_models(chosen, facts, shelf)
        elif self.view == "rank":
            here = [row for row in self.rows if row.usable and row.path is not None]
            self.rank.show_models(here, [row for row in chosen if row in here])
        elif self.view == "inside":
            self.inside.show_model(self.table.current)
        self._say_sentence()

    def _compared(self) -> list[ModelRow]:
        known = {row.name: row for row in self.rows}
        return [known[name] for name in self.compared if name in known]

    def _say(self, words: str) -> None:
        self._note = words
        self._say_sentence()

    def _say_sentence(self) -> None:
        self.sentence.setText(self._sentence())

    def _sentence(self) -> str:
        facts, shelf = self.session.facts, self.shelf
        if facts is None or shelf is None:
            return ""
        if self.view == "rank":
            return self.rank.sentence
        if self.view == "inside":
            return self.inside.sentence
        if self.view == "compare":
            return f"{len(self.compared)} of {MOST} models side by side"
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
        if row.name in self.compared:
            self.compared.remove(row.name)
        elif len(self.compared) < MOST:
            self.compared.append(row.name)
        else:
            self.show_error(
                ConfigurationError(
                    f"{MOST} models are in the comparison already",
                    f"{row.title} would be the fifth.", "Leave one of them out first.",
                )
            )  # fmt: skip
        self._give_way()
        self.table.viewport().update()
        self._show_view()
        self._show_card()

    def use_weights(self, path: Path, folder: bool = False) -> None:
        """Uses weights of the person: a folder is a model; a file belongs to the selected one."""
        self.clear_error()
        if folder:
            self._store(str(path), path.name, str(path))
            return
        named = next((row for row in self.rows if row.name == path.stem), self.table.current)
        if named is None:
            self.show_error(
                ConfigurationError(
                    "Which model are these weights of?",
                    f"{path.name} is not named after a model of the list, and none is selected.",
                    "Select the model in the list, then drop the file again.",
                )
            )
            return
        self.table.choose(lambda row: row.name == named.name)
        self._store(named.name, named.title, str(path))

    def _store(self, name: str, title: str, weights: str | None) -> None:
        self._note = ""
        self.session.set(model={"name": name, "title": title, "weights": weights})

    def _search(self) -> None:
        if self.view not in ("list", "scatter"):
            self.show_view("list")
        self.filters.search.setFocus()

    def _ask(self, question: Question) -> None:
        if self._question is not None:
            self._question.hide()
            self._question.deleteLater()
        self._question = question
        question.closed.connect(self._answered)
        self.notices.addWidget(question)
        question.buttons[0].setFocus()

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
