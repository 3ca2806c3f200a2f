"""Use: give the model new items, and take it away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QPlainTextEdit, QWidget

from engine.errors import GraftError
from engine.events import Activity, Event
from engine.training.process import Request
from gui.children import ChildThread
from gui.keys import action
from gui.session import Session
from gui.theme import THEME
from gui.use.export import ExportCard
from gui.use.predictions import Predictions
from gui.widgets.card import Card, column, row
from gui.widgets.controls import Choice, button, label, set_flag
from gui.widgets.page import Page
from gui.widgets.states import Empty
from gui.widgets.words import count

FILES = {"image": "pictures", "text": "text files", "audio": "sounds"}


class UsePage(Page):
    def __init__(self, session: Session) -> None:
        super().__init__("Use", "use")
        self.session = session
        self._asked: ChildThread | None = None
        self.setAcceptDrops(True)
        self.runs = Choice((), "Run")
        self.runs.setMinimumContentsLength(26)
        self.buttons.addWidget(self.runs)
        self._build()
        self.follow(session)
        self._show_facts()
        self.first = self.choose

    def _build(self) -> None:
        train = button("Train a model", "primary")
        train.clicked.connect(lambda: self.session.page_wanted.emit("training"))
        self.empty = Empty(
            "No model yet", "When a run has finished, you can give it new items here.", train
        )
        self.drop = QFrame()
        self.drop.setObjectName("drop")
        self.choose = button("Choose files…", "primary", "Ctrl+I", self.browse)
        self.drop_words = label("", "section")
        self.said = label("", "muted", wrap=True)
        inside = column(self.drop_words, self.said, spacing=4)
        drop = row(inside, self.choose, margins=16)
        drop.setStretch(0, 1)
        self.drop.setLayout(drop)
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("Write or paste texts here, one a line")
        self.text.setAccessibleName("Texts to classify")
        self.text.setTabChangesFocus(True)
        self.text.setMaximumHeight(THEME.px(96))
        self.ask_texts = button("Classify the texts", tip="Ctrl+Return", done=self._texts)
        texts = Card(tight=True)
        texts.box.addWidget(self.text)
        texts.box.addWidget(self.ask_texts, 0, Qt.AlignmentFlag.AlignLeft)
        self.texts = texts
        self.predictions = Predictions(self.session)
        result = Card("Predictions", tight=True)
        self.clear = button("Clear", done=self._clear)
        result.top.addWidget(self.clear)
        result.box.addWidget(self.predictions, 1)
        box = column(self.drop, texts, result, spacing=12)
        box.setStretch(2, 1)
        self.full = QWidget()
        self.full.setLayout(box)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.full)
        self.plain.append(self.empty)
        self.export = ExportCard(self.session)
        self.export.failed.connect(self.show_error)
        self.details.addWidget(self.export)
        self.details.addStretch(1)
        action(self, "Classify the texts", "Ctrl+Return", "Use").triggered.connect(self._texts)

    def _show_facts(self) -> None:
        facts = self.session.facts
        if facts is None:
            return
        usable = facts.usable
        self.runs.setVisible(bool(usable))
        self.show_state(self.full if usable else self.empty)
        if not usable:
            self.sentence.setText("No run has finished yet")
            return
        self.runs.set_choices([(facts.run_title(run), run.id) for run in usable])
        textual = facts.kind == "text"
        self.texts.setVisible(textual)
        self.drop_words.setText(f"Drop {FILES[facts.kind]} here")
        if self._asked is None:
            what = "each line is a text" if textual else "files or folders of them"
            self.said.setText(what.capitalize() + ". Nothing leaves this computer.")
        self.sentence.setText(f"{self.runs.currentText()} gives new items their class")
        self.export.set_run(self.runs.currentData(), facts)

    def browse(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(self, "Items to classify")
        if files:
            self.predict([Path(file) for file in files])

    def predict(self, files: list[Path], texts: list[str] | None = None) -> None:
        """Asks a child; the answers are added to the list."""
        project, run = self.session.project, self.runs.currentData()
        if project is None or run is None or self._asked is not None:
            return
        self.clear_error()
        arguments = {"run": run, "files": [str(file) for file in files], "texts": texts or []}
        self._waiting(f"Loading {self.runs.currentText()} …")
        self._asked = self.session.processes.ask(
            Request("predict", str(project.folder), arguments),
            done=self._take, failed=self._failed, heard=self._heard,
        )  # fmt: skip

    def _texts(self) -> None:
        lines = [line.strip() for line in self.text.toPlainText().splitlines() if line.strip()]
        if lines:
            self.predict([], lines)

    def _heard(self, event: Event) -> None:
        if isinstance(event, Activity):
            far = f": {event.done:,} of {event.total:,}" if event.total else " …"
            self._waiting(event.text + far)

    def _waiting(self, words: str) -> None:
        self.said.setText(words)
        self.choose.setEnabled(False)
        self.ask_texts.setEnabled(False)

    def _ready(self, words: str) -> None:
        self._asked = None
        self.said.setText(words)
        self.choose.setEnabled(True)
        self.ask_texts.setEnabled(True)
        if self.isVisible():
            self.choose.setFocus()  # it lost the keyboard while it could not be used

    def _take(self, result: object) -> None:
        found: Any = result or []
        self._ready(f"{count(len(found), 'item')} classified.")
        self.predictions.add(found)
        self.text.clear()

    def _failed(self, error: GraftError) -> None:
        self._ready("Nothing was classified.")
        self.show_error(error)

    def _clear(self) -> None:
        self.predictions.clear()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and self.stack.currentWidget() is self.full:
            set_flag(self.drop, "over", True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: object) -> None:
        set_flag(self.drop, "over", False)

    def dropEvent(self, event: QDropEvent) -> None:
        set_flag(self.drop, "over", False)
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
        project = self.session.project

        def collect(emit: Any, cancel: Any) -> list[Path]:
            found: list[Path] = []
            for path in paths:
                inside = sorted(one for one in path.rglob("*") if one.is_file())
                found += inside if path.is_dir() else [path]
            return found

        if project is not None:
            self.session.jobs.run(collect, done=self.predict, failed=self.show_error)
