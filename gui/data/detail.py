"""What is known of the selected item."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from gui.facts import Facts
from gui.jobs import Job
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, clear
from gui.widgets.controls import Elided, label
from gui.widgets.lasting import lasting
from gui.widgets.words import SPLIT_WORDS, size

if TYPE_CHECKING:
    from engine.store.items import Item
    from engine.store.labels import Label

HOW = {
    "hand": "by hand", "suggestion": "suggestion accepted", "import": "imported",
    "adjudication": "decided between readers",
}  # fmt: skip

SHOWN = 20  # labels of the history


class Detail(Card):
    def __init__(self, session: Session) -> None:
        super().__init__("This item")
        self._session = session
        self._job: Job | None = None
        self._blind = ""
        self.item_name = Elided("")
        self.problem = label("", "bad", wrap=True)
        self.rows = QGridLayout()
        self.rows.setHorizontalSpacing(THEME.px(12))
        self.rows.setVerticalSpacing(THEME.px(4))
        self.rows.setColumnStretch(1, 1)
        self.history = label("", "small", wrap=True)
        for part in (self.item_name, self.problem):
            self.box.addWidget(part)
        self.box.addLayout(self.rows)
        self.box.addWidget(self.history)
        self.show_item(None)

    def show_item(self, item: Item | None, chosen: int = 0, blind: str = "") -> None:
        """Args:
        chosen: how many items are selected.
        blind: a second reader, from whom what others said stays hidden.
        """
        self._blind = blind
        facts = self._session.facts
        clear(self.rows)
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.problem.hide()
        self.history.hide()
        if item is None or facts is None:
            self.item_name.setText("Nothing is selected")
            return
        more = f" and {chosen - 1:,} more" if chosen > 1 else ""
        self.item_name.setText(item.name + more)
        if item.problem is not None:
            bad = item.problem
            self.problem.setText(f"{bad.title}. {bad.cause} {bad.remedy}")
            self.problem.show()
        for place, (what, value) in enumerate(_known(item, facts)):
            self.rows.addWidget(label(what, "small"), place, 0, Qt.AlignmentFlag.AlignTop)
            self.rows.addWidget(Elided(value, "value"), place, 1)
        self._ask_history(item.id)

    def _ask_history(self, item: int) -> None:
        project = self._session.project
        if project is None:
            return

        def read(emit: Any, cancel: Any) -> list[Label]:
            from engine.store import labels

            return labels.history(project, item)

        self._job = self._session.jobs.run(read, done=self._show_history)

    def _show_history(self, found: list[Label]) -> None:
        facts = self._session.facts
        if facts is None or not found:
            return
        lines = []
        seen = [
            one for one in found if not self._blind or (one.blind and one.reader == self._blind)
        ]
        for one in reversed(seen[-SHOWN:]):
            given = facts.class_name(one.class_id) or "label taken back"
            how = "second reading" if one.blind else HOW[one.how]
            lines.append(f"{one.reader}: {given}, {how}, {_when(one.at)}")
        if len(seen) > SHOWN:
            lines.append(f"… and {len(seen) - SHOWN:,} before")
        self.history.setText("\n".join(lines))
        self.history.show()


def _known(item: Item, facts: Facts) -> list[tuple[str, str]]:
    rows = [
        ("Class", facts.class_name(item.class_id) or "not labelled"),
        ("Split", SPLIT_WORDS.get(item.split or "", "none yet")),
    ]
    if item.group:
        rows.append(("Group", item.group))
    if item.width and item.height:
        rows.append(("Size", f"{item.width} × {item.height} px, {item.mode or ''}".rstrip(", ")))
    if lasting(item):
        rows.append(("Length", f"{lasting(item)}, {item.mode}"))
    rows.append(("File", item.path))
    if item.kind != "text":
        rows.append(("On disk", size(item.bytes)))
    return rows


def _when(stamp: str) -> str:
    at = datetime.fromisoformat(stamp).astimezone()
    today = datetime.now().astimezone().date()
    return f"today {at:%H:%M}" if at.date() == today else f"{at:%Y-%m-%d}"
