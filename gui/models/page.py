"""Model: choose what has learned before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QWidget

from gui.keys import action
from gui.models.card import ModelCard
from gui.models.rows import ModelRow, read
from gui.session import Session
from gui.widgets.card import Card, column, row
from gui.widgets.controls import Segments, button, label
from gui.widgets.page import Page
from gui.widgets.states import Empty, Skeleton
from gui.widgets.table import Column, Table
from gui.widgets.words import count, short, size

SUFFIXES = (".safetensors", ".pth", ".pt")
COLUMNS = (
    Column("Model", lambda row: row.title, sort=lambda row: row.title.lower()),
    Column("Family", lambda row: row.family, 130, sort=lambda row: row.family.lower()),
    Column("Parameters", lambda row: short(row.parameters) if row.parameters else "–", 92, True,
           sort=lambda row: row.parameters),
    Column("Sees", lambda row: f"{row.input_size} px" if row.input_size else "–", 70, True,
           sort=lambda row: row.input_size),
    Column("Accuracy", lambda row: f"{row.accuracy:.1%}" if row.accuracy is not None else "–", 80,
           True, sort=lambda row: row.accuracy,
           tip="On the benchmark the model was made for; yours may differ"),
    Column("Weights", lambda row: size(row.bytes), 84, True, sort=lambda row: row.bytes),
    Column("Here", lambda row: "yes" if row.path else "–", 60, tip="Weights are on this machine",
           sort=lambda row: row.path is None),
)  # fmt: skip


class ModelsPage(Page):
    def __init__(self, session: Session) -> None:
        super().__init__("Model", "models")
        self.session = session
        self.setAcceptDrops(True)
        self._all: list[ModelRow] = []
        self.next = button("Go on to the layers", "primary", "Ctrl+3")
        self.next.clicked.connect(lambda: session.page_wanted.emit("layers"))
        self.buttons.addWidget(self.next)
        self.search = QLineEdit(placeholderText="Search models")
        self.search.setAccessibleName("Search models")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.where = Segments(
            [("All", "all", "Every model Graft knows"),
             ("On this machine", "here", "Models whose weights are here")], "Which models",
        )  # fmt: skip
        self.where.choose("all")
        self.where.chosen.connect(self._filter)
        self.table = Table(COLUMNS, "Models")
        self.table.chosen.connect(self._show_card)
        self.table.opened.connect(self.choose)
        self._build()
        self.follow(session)
        find = action(self, "Search models", "Ctrl+F", "Model")
        find.triggered.connect(self.search.setFocus)
        self._show_facts()
        self._read()
        self.first = self.table

    def _build(self) -> None:
        self.loading = Skeleton()
        self.nothing = Empty("No model fits", "Search for something else, or show all models.")
        full = QWidget()
        card = Card(tight=True)
        card.box.addWidget(self.table)
        card.box.addWidget(self.nothing)
        self.nothing.hide()
        tools = row(self.search, self.where)
        tools.setStretch(0, 1)
        full.setLayout(column(tools, card, spacing=12))
        self.full = full
        self.stack.addWidget(self.loading)
        self.stack.addWidget(full)
        self.card = ModelCard()
        self.card.chosen.connect(self.choose)
        own = Card("Your own weights")
        words = "A .safetensors or .pth file for the selected model, or a Hugging Face folder."
        own.box.addWidget(label(words, "small", wrap=True))
        menu = QMenu(self)
        menu.addAction("A file…", self._browse_file)
        menu.addAction("A folder…", self._browse_folder)
        self.own = button("Use weights from a file or folder…")
        self.own.setMenu(menu)
        own.box.addWidget(self.own)
        own.box.addWidget(label("You can also drop it here.", "small", wrap=True))
        self.details.addWidget(self.card)
        self.details.addWidget(own)
        self.details.addStretch(1)

    def entered(self) -> None:
        if self._all:
            self._read()  # weights may have been put there meanwhile

    def _read(self) -> None:
        facts = self.session.facts
        if facts is not None:
            task = facts.task
            self.session.jobs.run(
                lambda emit, cancel: read(task), done=self._take, failed=self.show_error
            )

    def _take(self, rows: list[ModelRow]) -> None:
        self._all = rows
        self.show_state(self.full)
        self._filter()
        facts = self.session.facts
        chosen = facts.model["name"] if facts and facts.model else None
        if self.table.current is None and not self.table.choose(lambda row: row.name == chosen):
            self.table.choose(lambda row: True)
        self._show_facts()

    def _filter(self, *_: object) -> None:
        words = self.search.text().lower().split()
        here = self.where.value == "here"
        rows = [
            row for row in map(self._with_own, self._all)
            if (row.path is not None or not here)
            and all(word in f"{row.name} {row.title} {row.family}".lower() for word in words)
        ]  # fmt: skip
        self.table.set_rows(rows, keep=lambda row: row.name)
        self.table.setVisible(bool(rows))
        self.nothing.setVisible(not rows)

    def _show_facts(self) -> None:
        facts = self.session.facts
        if facts is None:
            return
        here = sum(row.path is not None for row in self._all)
        words = f"{count(len(self._all), 'model')}, {here:,} of them on this machine"
        if facts.model:
            chosen = facts.model.get("title") or facts.model["name"]
            weights = facts.model.get("weights")
            words = f"In use: {chosen}" + (f" with {Path(weights).name}" if weights else "")
        self.sentence.setText(words)
        self.next.setEnabled(facts.model is not None)
        self._filter()
        self._show_card(self.table.current)

    def _with_own(self, row: ModelRow) -> ModelRow:
        """The model in use is on this machine when its weights are a file of the person."""
        facts = self.session.facts
        chosen = facts.model if facts else None
        if chosen and chosen["name"] == row.name and chosen.get("weights"):
            return replace(row, path=Path(chosen["weights"]))
        return row

    def _show_card(self, row: ModelRow | None) -> None:
        facts = self.session.facts
        self.card.show_model(row, facts.model if facts else None)

    def choose(self, row: ModelRow) -> None:
        """Uses a model with the weights found on this machine."""
        self._store(row.name, row.title, None)

    def use_weights(self, path: Path) -> None:
        """Uses weights of the person: a folder is a model; a file belongs to the selected one."""
        self.clear_error()
        if path.is_dir():
            self._store(str(path), path.name, str(path))
            return
        named = next((row for row in self._all if row.name == path.stem), self.table.current)
        if named is not None:
            self.table.choose(lambda row: row.name == named.name)
            self._store(named.name, named.title, str(path))

    def _store(self, name: str, title: str, weights: str | None) -> None:
        self.session.set(model={"name": name, "title": title, "weights": weights})

    def _browse_file(self) -> None:
        wanted = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        path, _ = QFileDialog.getOpenFileName(self, "Weights", "", f"Weights ({wanted})")
        if path:
            self.use_weights(Path(path))

    def _browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "A folder of Hugging Face")
        if path:
            self.use_weights(Path(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path: Any = _dropped(event)
        if path:
            self.use_weights(path)


def _dropped(event: QDropEvent) -> Path | None:
    for url in event.mimeData().urls():
        path = Path(url.toLocalFile())
        if path.is_dir() or path.suffix.lower() in SUFFIXES:
            return path
    return None
