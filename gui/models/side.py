"""What stands beside the list: the model that is selected, the packing, and this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from gui.models.card import ModelCard
from gui.models.machine import MachineCard
from gui.models.packing import PackCard
from gui.models.rows import ModelRow
from gui.models.shelving import PACK, SUFFIXES, Shelving
from gui.widgets.card import column


class Side(QWidget):
    def __init__(self, shelving: Shelving, use: Callable[[Path, bool], object]) -> None:
        """`use`: takes weights of the person for this project, where they lie; whether they
        are a folder."""
        super().__init__()
        self._shelving, self._use = shelving, use
        self._here: Callable[[], Sequence[ModelRow]] = list
        self._chosen: Callable[[], Sequence[str]] = list
        self.card = ModelCard()
        self.card.wanted.connect(lambda row: shelving.get(row.name, row.title))
        self.card.leaving.connect(shelving.ask_to_remove)
        self.card.allowed.connect(shelving.allow)
        self.packing = PackCard()
        self.packing.wanted.connect(self._save_pack)
        self.packing.closed.connect(self.packing.hide)
        self.packing.hide()
        self.machine = MachineCard()
        self.machine.file_wanted.connect(self._browse_file)
        self.machine.folder_wanted.connect(self._browse_folder)
        self.machine.pack_wanted.connect(self.show_packing)
        self.machine.allowed.connect(shelving.allow)
        self.machine.name_wanted.connect(shelving.get)
        self.setLayout(column(self.packing, self.card, self.machine, spacing=12))

    def pack_from(
        self, here: Callable[[], Sequence[ModelRow]], chosen: Callable[[], Sequence[str]]
    ) -> None:
        """Where the packing asks what is on this machine, and what is ticked from the start."""
        self._here, self._chosen = here, chosen

    def take(self, path: Path) -> None:
        """A file or folder that was dropped or chosen."""
        self._shelving.ask_about(path, self._use)

    def show_packing(self) -> None:
        self.packing.show_models(self._here(), self._chosen())
        self.packing.show()
        self.packing.setFocus()

    def _browse_file(self) -> None:
        wanted = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        path, _ = QFileDialog.getOpenFileName(self, "Weights or a pack", "", f"Models ({wanted})")
        if path:
            self.take(Path(path))

    def _browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "A folder of Hugging Face")
        if path:
            self.take(Path(path))

    def _save_pack(self, names: list[str]) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the pack", f"models{PACK}", f"*{PACK}")
        if path:
            self.packing.hide()
            self._shelving.pack(names, Path(path).with_suffix(PACK))
