"""What was set differently in the runs that are compared: a column for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout

from gui.widgets.card import Card, clear
from gui.widgets.controls import label
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from gui.results.comparing import Comparing

Row = tuple[str, tuple[str, ...]]  # name, value in each run
NAME = 190  # px


class SettingsCard(Card):
    """The baseline comes first; what differs from it stands out."""

    def __init__(self) -> None:
        super().__init__("What was set differently")
        self.hint = label("", "small")
        self.top.addWidget(self.hint)
        self.same = label("Nothing: these runs were set alike in all that is recorded.", "muted")
        self.box.addWidget(self.same)
        self.table: Table | None = None
        self._room = QVBoxLayout()
        self.box.addLayout(self._room)

    def show_runs(self, comparing: Comparing) -> None:
        together = comparing.together
        if together is None:
            return
        rows = together.settings
        self.same.setVisible(not rows)
        base = comparing.run(together.runs[0])
        self.hint.setText(f"Marked: other than in {base.name}" if rows else "")
        clear(self._room)
        self.table = None
        if not rows:
            return
        columns = [Column("Setting", lambda row: row[0], NAME)]
        columns += [
            _value(comparing.run(id).name, place) for place, id in enumerate(together.runs)
        ]  # fmt: skip
        self.table = Table(columns, "What was set differently", scrolls=False)
        self._room.addWidget(self.table)
        self.table.set_rows(rows)


def _value(name: str, place: int) -> Column:
    def show(row: Any) -> str:
        return str(row[1][place])

    return Column(name, show, stands_out=lambda row: row[1][place] != row[1][0])
