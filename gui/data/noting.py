"""Flag, skip, and a few words about the item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from engine.labels.edits import Annotate, Note
from gui.data.labelling import Labelling
from gui.jobs import Job
from gui.session import Session
from gui.widgets.card import Card, row
from gui.widgets.controls import button, set_flag

if TYPE_CHECKING:
    from engine.store.items import Item


class Noting(Card):
    skipped = Signal()  # the item was put off

    def __init__(self, session: Session, labelling: Labelling) -> None:
        super().__init__("Note")
        self._session, self._labelling = session, labelling
        self._note: Note | None = None
        self._job: Job | None = None
        self.flag = button("Flag  X", tip="To come back to, or to show somebody")
        self.flag.setCheckable(True)
        self.flag.clicked.connect(self.turn_flag)
        self.skip = button("Skip  S", tip="Put off: goes on without a label")
        self.skip.clicked.connect(self.put_off)
        self.words = QLineEdit(placeholderText="A note on this item")
        self.words.setAccessibleName("Note on this item")
        self.words.editingFinished.connect(self._write)
        self.box.addLayout(row(self.flag, self.skip, 1))
        self.box.addWidget(self.words)
        self.show_item(None)

    def show_item(self, item: Item | None) -> None:
        project = self._session.project
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if item is None or project is None:
            self._show(None)
            return
        if self._note is not None and self._note.item_id == item.id:
            return
        self._show(Note(item.id, item.flagged))  # as far as it is known

        def read(emit: Any, cancel: Any) -> Note:
            from engine.store import notes

            return notes.of(project, [item.id])[item.id]

        self._job = self._session.jobs.run(read, done=self._show)

    def take(self, edit: Annotate) -> None:
        """Shows what was stored."""
        for note in edit.after:
            if self._note is not None and note.item_id == self._note.item_id:
                self._show(note)

    def turn_flag(self) -> None:
        if self._note is not None:
            flagged = not self._note.flagged
            self._store(replace(self._note, flagged=flagged), "flag" if flagged else "take a flag")

    def put_off(self) -> None:
        if self._note is not None:
            if not self._note.skipped:
                self._store(replace(self._note, skipped=True), "skip")
            self.skipped.emit()

    def _write(self) -> None:
        text = self.words.text().strip()
        if self._note is not None and text != self._note.text:
            self._store(replace(self._note, text=text), "write a note")

    def _store(self, note: Note, title: str) -> None:
        before, self._note = self._note, note
        if before is not None:
            self._labelling.do(Annotate((before,), (note,)), title)

    def _show(self, note: Note | None) -> None:
        facts = self._session.facts
        open_ = note is not None and facts is not None and not facts.readonly
        self._note = note
        for part in (self.flag, self.skip, self.words):
            part.setEnabled(open_)
        self.flag.setChecked(note is not None and note.flagged)
        set_flag(self.flag, "on", note is not None and note.flagged)
        if not self.words.hasFocus() or note is None or self.words.text().strip() == "":
            self.words.setText(note.text if note is not None else "")
