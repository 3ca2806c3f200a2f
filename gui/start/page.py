"""The first page: what Graft is, a new project, an open one, and those of before."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from engine.errors import GraftError
from gui import session as remembered
from gui.keys import action
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, clear, column, row, scrolling
from gui.widgets.controls import Choice, Elided, button, label, set_flag
from gui.widgets.dropped import dropped
from gui.widgets.page import Page

WHAT = (
    "Graft takes a model that has learned from millions of examples and teaches it your data. "
    "Everything stays on this computer."
)
TASKS = (("Sort pictures into classes", "image-classification"),
         ("Sort texts into classes", "text-classification"),
         ("Sort sounds into classes", "audio-classification"))  # fmt: skip


class StartPage(Page):
    def __init__(self, session: Session) -> None:
        super().__init__("Graft", "start")
        self.session = session
        self.setAcceptDrops(True)
        self.sentence.setText(WHAT)
        content = QWidget()
        inner = row(column(self._new(), 1), column(self._existing(), 1), spacing=16)
        inner.setStretch(0, 1)
        inner.setStretch(1, 1)
        content.setLayout(inner)
        content.setMaximumWidth(THEME.px(1200))
        self.stack.addWidget(scrolling(content, "Start"))
        session.open_failed.connect(self._failed)
        session.opening.connect(self._opening)
        session.opened.connect(lambda: self._busy(False))
        action(self, "Open a project", "Ctrl+Shift+O", "Start").triggered.connect(self.browse)
        self.first = self.project_name

    def entered(self) -> None:
        set_flag(self.project_name, "wrong", False)
        self.wrong.hide()
        self.project_name.clear()
        clear(self._recent)
        projects = remembered.recent()
        if not projects:
            self._recent.addWidget(label("Projects you open are listed here.", "muted", wrap=True))
        for path in projects[:6]:
            self._recent.addWidget(_Recent(path, self))

    def _new(self) -> Card:
        card = Card("New project")
        form = QFormLayout()
        form.setSpacing(THEME.px(8))
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.project_name = QLineEdit(placeholderText="for example: Wrist fractures")
        self.project_name.setAccessibleName("Name of the project")
        self.folder = QLineEdit(QDir.toNativeSeparators(QDir.homePath()))
        self.folder.setAccessibleName("Folder of the project")
        self.task = Choice(TASKS, "What the model shall do")
        choose = button("Choose…", done=self._choose_folder)
        form.addRow("Name", self.project_name)
        form.addRow("In folder", row(self.folder, choose))
        form.addRow("Task", self.task)
        self.wrong = label("", "fieldError", wrap=True)
        self.wrong.hide()
        self.create_button = button("Make the project", "primary", done=self._create)
        self.project_name.returnPressed.connect(self._create)
        card.box.addLayout(form)
        card.box.addWidget(self.wrong)
        card.box.addWidget(
            label("A project is one folder. Your files stay where they are.", "small", wrap=True)
        )
        card.box.addWidget(self.create_button, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _existing(self) -> Card:
        card = Card("Open a project")
        self.browse_button = button("Open…", tip="Ctrl+Shift+O", done=self.browse)
        card.top.addWidget(self.browse_button)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(THEME.px(4))
        card.box.addLayout(self._recent)
        card.box.addWidget(
            label("You can also drop a .graft folder on this window.", "small", wrap=True)
        )
        return card

    def browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Open a .graft folder")
        if folder:
            self.session.open(Path(folder))

    def _choose_folder(self) -> None:
        start = self.folder.text()
        folder = QFileDialog.getExistingDirectory(self, "Folder for the project", start)
        if folder:
            self.folder.setText(QDir.toNativeSeparators(folder))

    def _create(self) -> None:
        name = self.project_name.text().strip()
        bad = "" if name else "Give the project a name."
        if any(sign in name for sign in '/\\:*?"<>|'):
            bad = 'A name has none of / \\ : * ? " < > |'
        set_flag(self.project_name, "wrong", bool(bad))
        self.wrong.setText(bad)
        self.wrong.setVisible(bool(bad))
        if bad:
            self.project_name.setFocus()
            return
        self.clear_error()
        folder = Path(self.folder.text()).expanduser() / f"{name}.graft"
        self.session.create(folder, str(self.task.currentData()))

    def _opening(self, folder: str) -> None:
        self._busy(True)
        self.clear_error()
        self.sentence.setText(f"Opening {folder} …")

    def _busy(self, busy: bool) -> None:
        self.create_button.setEnabled(not busy)
        self.browse_button.setEnabled(not busy)
        if not busy:
            self.sentence.setText(WHAT)

    def _failed(self, error: GraftError) -> None:
        self._busy(False)
        self.show_error(error)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped(event)
        if path is not None:
            self.session.open(path)


class _Recent(QWidget):
    """A project of before: its name, where it lies, and a way to forget it."""

    def __init__(self, path: Path, page: StartPage) -> None:
        super().__init__()
        name = button("", "tall", str(path), lambda: page.session.open(path))
        name.setAccessibleName(f"Open {path.stem}")
        inside = column(Elided(path.stem), Elided(str(path.parent), "small"), spacing=0)
        inside.setContentsMargins(THEME.px(12), THEME.px(4), THEME.px(12), THEME.px(4))
        name.setLayout(inside)
        for part in name.findChildren(Elided):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        drop = button("Forget", "link", "Take it off this list; the project stays on disk")

        def forget() -> None:
            remembered.forget(path)
            page.entered()

        drop.clicked.connect(forget)
        box = row(name, drop)
        box.setStretch(0, 1)
        self.setLayout(box)
