"""This machine's models: bring some in, take some along, and whether Graft may download."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from gui.widgets.card import Card, row
from gui.widgets.controls import Tick, button, label

OFF = "Off: Graft opens no connection. Nothing else is ever sent, on or off."
ON = "On: a model is fetched when you press Download. Nothing else is ever sent."


class MachineCard(Card):
    file_wanted = Signal()
    folder_wanted = Signal()
    pack_wanted = Signal()
    allowed = Signal(bool)  # downloads
    name_wanted = Signal(str)  # a model of the hub that the list need not know

    def __init__(self) -> None:
        super().__init__("This machine")
        words = (
            "Bring models in: a .safetensors or .pth file, a Hugging Face folder, or a pack. You "
            "can drop it here."
        )
        menu = QMenu(self)
        menu.addAction("A file or a pack…", self.file_wanted.emit)
        menu.addAction("A folder…", self.folder_wanted.emit)
        self.add = button("Bring in…")
        self.add.setMenu(menu)
        self.pack = button("Make a pack…", done=self.pack_wanted.emit)
        self.online = Tick("Allow downloads")
        self.online.clicked.connect(lambda on: self.allowed.emit(on))
        self.said = label(OFF, "small", wrap=True)
        self.box.addWidget(label(words, "small", wrap=True))
        self.box.addLayout(row(self.add, self.pack, 1))
        self.other = QLineEdit()
        self.other.setPlaceholderText("owner/name on Hugging Face")
        self.other.setAccessibleName("Another model of the Hugging Face hub")
        self.fetch = button("Download")
        self.fetch.setEnabled(False)
        self.other.textChanged.connect(lambda text: self.fetch.setEnabled(bool(text.strip())))
        self.other.returnPressed.connect(self.fetch.click)
        self.fetch.clicked.connect(self._want)
        self.box.addWidget(self.online)
        self.box.addWidget(self.said)
        self.elsewhere = QWidget()
        self.elsewhere.setLayout(row(self.other, self.fetch))
        self.box.addWidget(self.elsewhere)
        self.elsewhere.hide()

    def _want(self) -> None:
        self.name_wanted.emit(self.other.text().strip())
        self.other.clear()

    def show_online(self, online: bool) -> None:
        self.online.setChecked(online)
        self.said.setText(ON if online else OFF)
        self.elsewhere.setVisible(online)
