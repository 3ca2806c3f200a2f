"""Does other data look like what the run learned from? And what to do when it does not."""

from __future__ import annotations

from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QDragEnterEvent, QDropEvent

from gui.facts import Facts
from gui.results.check import CheckCard
from gui.results.new_items import NewItems
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import row
from gui.widgets.controls import Segments, button, label, set_flag
from gui.widgets.whiskers import Bar, Scale, Whiskers

if TYPE_CHECKING:
    from engine.store.project import Project
    from engine.store.runs import Run
    from gui.jobs import Job

NEW = "new"
WORDS = (
    "A simple test tries to tell other items from those that the run learned from. Where it can, "
    "they come from elsewhere: another scanner, another year, another way of cutting out."
)


def read(project: Project, run: int) -> dict[str, dict[str, Any]]:
    from engine.store import shifts

    return shifts.of_run(project, run)


class ShiftCard(CheckCard):
    def __init__(self, session: Session, kind: str) -> None:
        title = "Does other data look like what it learned from?"
        super().__init__(session, "shift", title, WORDS)
        self.setAcceptDrops(True)
        self._answers: dict[tuple[int, str], dict[str, Any]] = {}  # by run and what was looked at
        self._asked_about, self._asked_items = NEW, dict[str, Any]()
        self._items: dict[int, dict[str, Any]] = {}  # by run: the new items it was asked about
        self._reading: Job | None = None
        things = "texts" if kind == "text" else "files"
        self.which = Segments(
            [("Test items", "test", ""), ("Validation items", "validation", ""),
             (f"New {things}", NEW, "Not in the project; you can also drop them on this card")],
            "What to look at",
        )  # fmt: skip
        self.which.choose("test")
        self.which.chosen.connect(lambda which: self._show_choice())
        self.new = NewItems(session, kind)
        self.new.changed.connect(self._show_choice)
        self.new.failed.connect(self.show_error)
        self.inputs.setSpacing(THEME.px(8))
        self.inputs.addWidget(self.which)
        self.inputs.addWidget(self.new)
        self._build_answer()
        self._show_choice()

    def _build_answer(self) -> None:
        self.verdict = label("", "figure", wrap=True)
        self.caption = label("How surely the test tells them apart (AUC), 95% interval", "small")
        self.scale = Whiskers("AUC")
        self.rest = label("", wrap=True)
        self.about = label("", "small", wrap=True)
        self.remedy = label("", "", wrap=True)
        self.use = button("Use for the next run", done=self._use)
        self.done_words = label("", "good")
        for part in (self.verdict, self.caption, self.scale, self.rest, self.about,
                     self.remedy):  # fmt: skip
            self.answer.addWidget(part)
        self.answer.addLayout(row(self.use, self.done_words, 1))
        self.result.hide()

    # What is asked

    def arguments(self) -> dict[str, Any]:
        self._asked_about = str(self.which.value)
        if self.which.value == NEW:
            self._asked_items = self.new.wire()
            return {"split": None, **self._asked_items}
        return {"split": self.which.value}

    def why_not(self) -> str:
        if self.which.value == NEW and not len(self.new):
            return "Give it new items first"
        return ""

    def take(self, run: Run, result: dict[str, Any]) -> None:
        self._answers[run.id, self._asked_about] = result
        if self._asked_about == NEW:
            self._items[run.id] = self._asked_items
        self._show_answer()

    # What is shown

    def show_run(self, run: Run | None) -> None:
        """What was found out before shows again."""
        changed = run != self.run
        super().show_run(run)
        self._show_answer()
        project = self.session.project
        if not changed or run is None or project is None:
            return
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self.session.jobs.run(
            lambda emit, cancel: read(project, run.id),
            done=lambda stored: self._take_stored(run.id, stored), failed=self.show_error,
        )  # fmt: skip

    def _take_stored(self, run: int, stored: dict[str, dict[str, Any]]) -> None:
        self._reading = None
        self._answers |= {(run, split): answer for split, answer in stored.items()}
        if not (self.busy and self._of == self.run):
            self._show_answer()

    def show_kept(self) -> None:
        self._show_answer()

    def show_facts(self, facts: Facts) -> None:
        self._show_remedy()

    def _show_choice(self) -> None:
        self.new.setVisible(self.which.value == NEW)
        if not self.busy:
            self.clear_error()
            self.noted.hide()
        self._show_answer()

    def _said(self) -> dict[str, Any] | None:
        """About the new items in the card; while there are none, about those of before."""
        if self.run is None:
            return None
        others = self.which.value == NEW and len(self.new) > 0
        if others and self._items.get(self.run.id) != self.new.wire():
            return None
        return self._answers.get((self.run.id, str(self.which.value)))

    def _show_answer(self) -> None:
        said = self._said()
        self.result.setVisible(said is not None)
        if said is not None:
            head, _, rest = str(said["words"]).partition(". ")
            self.verdict.setText(head)
            self.rest.setText(rest)
            self.about.setText(f"The new items were {said.get('about')}.")
            self.about.setVisible(bool(said.get("about")) and not len(self.new))
            self.scale.show_bars([_bar(said)], _scale(said))
            self._show_remedy()
        self.refresh()

    def _show_remedy(self) -> None:
        said, facts = self._said(), self.session.facts
        remedy = said["remedy"] if said else None
        self.remedy.setVisible(bool(remedy))
        self.remedy.setText(f"{remedy['text']}." if remedy else "")
        changes = remedy["changes"] if remedy else {}
        done = bool(changes) and facts is not None and _is_set(facts, changes)
        self.use.setVisible(bool(changes) and not done)
        self.use.setToolTip(f"Sets {_words(changes)} on the Train page")
        self.use.setEnabled(facts is not None and not facts.readonly)
        self.done_words.setVisible(done)
        self.done_words.setText(f"Set for the next run: {_words(changes)}.")

    def _use(self) -> None:
        said = self._said()
        if said is not None and said["remedy"]:
            self.session.take_remedy(said["remedy"]["changes"])

    # Drag and drop

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and not self.busy:
            self.which.choose(NEW)
            self._show_choice()
            set_flag(self.new, "over", True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: object) -> None:
        set_flag(self.new, "over", False)

    def dropEvent(self, event: QDropEvent) -> None:
        set_flag(self.new, "over", False)
        event.acceptProposedAction()
        self.new.add([Path(url.toLocalFile()) for url in event.mimeData().urls()])


def _bar(said: dict[str, Any]) -> Bar:
    auc, low, high = (float(said[key]) for key in ("auc", "low", "high"))
    words = f"{auc:.2f}  ({low:.2f} to {high:.2f})"
    return Bar("", auc, low, high, words, "bad" if said["differ"] else "muted")


def _scale(said: dict[str, Any]) -> Scale:
    low = min(0.4, floor(10 * float(said["low"])) / 10)
    return Scale(low, 1.0, 0.5, ((0.5, "0.5: chance"), (1.0, "1: always")))


def _is_set(facts: Facts, changes: dict[str, Any]) -> bool:
    now = {**facts.recipe, "preset": facts.preset}
    return all(now.get(name) == value for name, value in changes.items())


def _words(changes: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in changes.items())
