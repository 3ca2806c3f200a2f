"""Which models are listed: what a person looks for, and the row of controls that says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.models.rows import ModelRow
from gui.widgets.card import column, row
from gui.widgets.controls import Choice, Segments, button
from gui.widgets.words import size

if TYPE_CHECKING:
    from engine.room import Room

KINDS = (
    ("This project", "usable"), ("Every kind", ""),
    ("Image classification", "image-classification"), ("Object detection", "object-detection"),
    ("Segmentation", "segmentation"), ("Keypoints", "keypoints"), ("Video", "video"),
    ("Optical flow", "optical-flow"), ("Text", "text"), ("Audio", "audio"),
    ("Image and text", "image-text"), ("Medical", "medical"),
)  # fmt: skip
SIZES = (
    ("Any size", None), ("Up to 5 M", (0, 5e6)), ("5 to 30 M", (5e6, 30e6)),
    ("30 to 100 M", (30e6, 100e6)), ("100 M and more", (100e6, float("inf"))),
)  # fmt: skip
LICENCES = (
    ("Any licence", ""), ("Commercial use allowed", "commercial"),
    ("Clinical research allowed", "clinical"),
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What the controls say. Each that is empty lets everything through."""

    words: tuple[str, ...] = ()
    kind: str = "usable"
    family: str = ""
    sizes: tuple[float, float] | None = None
    licence: str = ""
    fits: str = ""  # 'head' or 'all' must fit
    here: bool = False

    def lets(self, row: ModelRow, room: Room) -> bool:
        return (
            (row.path is not None or not self.here)
            and self._of_kind(row)
            and (not self.family or row.family == self.family)
            and self._of_size(row)
            and (not self.licence or getattr(row, self.licence) == "yes")
            and self._fitting(row, room)
            and all(word in row.said for word in self.words)
        )

    def _of_kind(self, row: ModelRow) -> bool:
        if self.kind == "usable":
            return row.usable
        if self.kind == "medical":
            return row.entry is not None and row.entry.domain == "medical"
        return not self.kind or row.kind == self.kind

    def _of_size(self, row: ModelRow) -> bool:
        if self.sizes is None:
            return True
        low, high = self.sizes
        return row.parameters is not None and low <= row.parameters < high

    def _fitting(self, row: ModelRow, room: Room) -> bool:
        if not self.fits:
            return True
        needed = row.needs(self.fits == "all")
        return needed is not None and needed <= room.bytes


class Filters(QWidget):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit(placeholderText="Search models")
        self.search.setAccessibleName("Search models")
        self.search.setClearButtonEnabled(True)
        self.where = Segments(
            [("All", "all", "Every model Graft knows"),
             ("On this machine", "here", "Models whose weights are here")], "Which models",
        )  # fmt: skip
        self.where.choose("all")
        self.kind = Choice(KINDS, "Kind of model")
        self.family = Choice([("Every family", "")], "Family")
        self.sizes = Choice(SIZES, "Parameters")
        self.licence = Choice(LICENCES, "Licence")
        self.fits = Choice([("Any memory", "")], "Memory")
        self.choices = (self.kind, self.family, self.sizes, self.licence, self.fits)
        self.reset = button("Show all", "link", "Take back every filter", self.clear)
        self.reset.hide()
        top = row(self.search, self.where)
        top.setStretch(0, 1)
        below = row(*self.choices, self.reset)
        for place in range(len(self.choices)):
            below.setStretch(place, 1)
        self.setLayout(column(top, below))
        self.search.textChanged.connect(lambda text: self._turned())
        self.where.chosen.connect(lambda value: self._turned())
        for one in self.choices:
            one.currentIndexChanged.connect(lambda place: self._turned())

    def offer(self, rows: Sequence[ModelRow], room: Room) -> None:
        """The families there are, and what fits this machine."""
        families = sorted({row.family for row in rows}, key=str.lower)
        self.family.set_choices([("Every family", ""), *((name, name) for name in families)])
        place = f"{room.name}, {size(room.bytes)}"
        self.fits.set_choices(
            [("Any memory", ""), (f"Head can learn ({place})", "head"),
             (f"All can learn ({place})", "all")]
        )  # fmt: skip

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            tuple(self.search.text().lower().split()), str(self.kind.currentData()),
            str(self.family.currentData()), self.sizes.currentData(),
            str(self.licence.currentData()), str(self.fits.currentData()),
            self.where.value == "here",
        )  # fmt: skip

    def clear(self) -> None:
        self.where.choose("all")
        for one in self.choices:
            one.blockSignals(True)
            one.setCurrentIndex(0)
            one.blockSignals(False)
        if self.search.text():
            self.search.clear()  # tells of all that was turned
        else:
            self._turned()

    def _turned(self) -> None:
        self.reset.setVisible(self.wanted != Wanted())
        self.changed.emit()
