"""New items to look at: files and folders that are chosen or dropped, and texts that are pasted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QPlainTextEdit

from engine.errors import GraftError
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import column, row
from gui.widgets.controls import Elided, button, label
from gui.widgets.words import count, listing

_FILES = {"image": "pictures", "text": "text files", "audio": "sounds"}


class NewItems(QFrame):
    """Holds what was given so far. The card around it takes what is dropped, and calls `add`."""

    changed = Signal()
    failed = Signal(object)  # GraftError

    def __init__(self, session: Session, kind: str) -> None:
        super().__init__()
        self.setObjectName("drop")
        self.session, self.textual = session, kind == "text"
        self.files: list[Path] = []
        self.title = label(f"Drop {_FILES[kind]} here")
        usual = "One text a line" if self.textual else "Files, or folders of them; ten at least"
        self._usual = f"{usual}. They are only looked at."
        self.said = Elided(self._usual, "small")
        self.choose = button("Choose files…", done=self.browse)
        self.clear_button = button("Clear", "link", done=self.clear)
        words = column(self.title, self.said, spacing=2)
        top = row(words, self.clear_button, self.choose)
        top.setStretch(0, 1)
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("Or write or paste texts here, one a line")
        self.text.setAccessibleName("New texts, one a line")
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(THEME.px(84))
        self.text.textChanged.connect(self._show)
        self.text.setVisible(self.textual)
        self.setLayout(column(top, self.text, margins=12))
        self._show()

    @property
    def texts(self) -> list[str]:
        lines = self.text.toPlainText().splitlines() if self.textual else []
        return [line.strip() for line in lines if line.strip()]

    def wire(self) -> dict[str, Any]:
        """As the operations of the engine take them."""
        return {"files": [str(file) for file in self.files], "texts": self.texts}

    def __len__(self) -> int:
        return len(self.files) + len(self.texts)

    def browse(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(self, "Items to look at")
        self.take([Path(file) for file in files])

    def add(self, paths: Sequence[Path]) -> None:
        """Files, and whatever is in folders; looked up in a job."""
        if self.session.project is None:
            return

        def collect(emit: Any, cancel: Any) -> list[Path]:
            found: list[Path] = []
            for path in paths:
                cancel.check()
                inside = sorted(one for one in path.rglob("*") if one.is_file())
                found += inside if path.is_dir() else [path]
            return found

        def failed(error: GraftError) -> None:
            self.failed.emit(error)

        self.session.jobs.run(collect, done=self.take, failed=failed)

    def take(self, files: list[Path]) -> None:
        self.files = list(dict.fromkeys([*self.files, *files]))
        self._show()

    def clear(self) -> None:
        self.files = []
        self.text.clear()
        self._show()

    def _show(self) -> None:
        names = listing([file.name for file in self.files], 2)
        self.said.setText(f"{count(len(self.files), 'file')}: {names}" if self.files
                          else self._usual)  # fmt: skip
        self.clear_button.setVisible(len(self) > 0)
        self.changed.emit()
