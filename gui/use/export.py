"""Taking the model away: a folder with ONNX, its names, its card, and proof that it agrees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from engine.errors import GraftError
from engine.events import Activity, Event
from engine.training.process import Request
from gui.children import ChildThread
from gui.facts import Facts
from gui.session import Session
from gui.widgets.card import Card
from gui.widgets.controls import Elided, button, label
from gui.widgets.words import count

WHAT = (
    "An ONNX file that takes raw pixels or tokens, with the preprocessing inside, the names of "
    "the classes and a model card. Every test item is run through it, and must agree."
)


class ExportCard(Card):
    failed = Signal(object)  # GraftError

    def __init__(self, session: Session) -> None:
        super().__init__("Take it away")
        self._session = session
        self._asked: ChildThread | None = None
        self._run: int | None = None
        self._name = "model"
        self.folder: Path | None = None
        self.words = label(WHAT, wrap=True)
        self.export = button("Export as ONNX…", done=self._choose)
        self.certificate = label("", wrap=True)
        self.where = Elided("", "small")
        self.show_folder = button("Show the folder", "link", done=self._open)
        for part in (self.words, self.export, self.certificate, self.where, self.show_folder):
            self.box.addWidget(part)
        self._show_done(False)

    def set_run(self, run: int | None, facts: Facts) -> None:
        self._run = run
        self._name = f"{facts.name}-run-{run}"

    def export_to(self, out: Path) -> None:
        """Writes the export into the folder `out`."""
        project = self._session.project
        if project is None or self._asked is not None:
            return
        self.folder = out
        self.export.setEnabled(False)
        self._show_done(False)
        self.certificate.setText("Exporting …")
        self.certificate.show()
        arguments = {"run": self._run, "format": "onnx", "out": str(out)}
        self._asked = self._session.processes.ask(
            Request("export", str(project.folder), arguments),
            done=self._take, failed=self._not_done, heard=self._heard,
        )  # fmt: skip

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Where to put the exported folder")
        if folder:
            self.export_to(Path(folder) / self._name)

    def _heard(self, event: Event) -> None:
        if isinstance(event, Activity):
            far = f": {event.done:,} of {event.total:,}" if event.total else " …"
            self.certificate.setText(event.text + far)

    def _take(self, result: object) -> None:
        self._asked = None
        self.export.setEnabled(True)
        found: Any = result or {}
        self.certificate.setText(certificate_words(found))
        self.where.setText(str(found.get("folder", self.folder)))
        self._show_done(True)

    def _not_done(self, error: GraftError) -> None:
        self._asked = None
        self.export.setEnabled(True)
        self._show_done(False)
        self.failed.emit(error)

    def _show_done(self, done: bool) -> None:
        for part in (self.certificate, self.where, self.show_folder):
            part.setVisible(done)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self.where.text()))


def certificate_words(result: dict[str, Any]) -> str:
    """The parity certificate in words."""
    parity = result.get("parity") or {}
    items, agree = int(parity.get("items", 0)), int(parity.get("agree", 0))
    files = count(len(result.get("files", [])), "file")
    if not items:
        return f"{files} written. There was no test item to compare with."
    largest = float(parity.get("largest_difference", 0.0))
    same = "all of them get" if agree == items else f"{agree:,} of them get"
    return (
        f"{files} written. Compared on {count(items, 'test item')}, from the raw file on: {same} "
        f"the same class as in Graft, and no probability differs by more than {largest:.1g}."
    )
