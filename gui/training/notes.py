"""What Graft sees in a run, in sentences, each with why it matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextBrowser

from engine.events import (
    CheckpointSaved,
    Event,
    LogLine,
    PhaseStarted,
    Remark,
    RunEnded,
    RunStarted,
    Stuck,
)
from gui.theme import THEME
from gui.widgets.card import Card
from gui.widgets.words import duration, short

if TYPE_CHECKING:
    from engine.store.runs import Run


NOTHING = "What happens in a run is said here."


class Notes(Card):
    """Lines grow at the end; the view follows unless the person scrolled up.

    A guard's remark brings its remedy as a link.
    """

    remedy_wanted = Signal(dict)  # 'text', and 'changes' by field of a recipe

    def __init__(self, heading: str = "What Graft sees", empty: str = NOTHING) -> None:
        super().__init__(heading)
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._take_remedy)
        self.text.setAccessibleName(heading)
        self.text.setStyleSheet("border: none; padding: 0; background: transparent;")
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.text.setCursorWidth(0)
        self.text.document().setDocumentMargin(0)
        self.text.document().setMaximumBlockCount(500)
        self.text.setPlaceholderText(empty)
        self.box.addWidget(self.text, 1)
        self._said: list[tuple[str, str, dict[str, Any] | None]] = []  # words, look, remedy
        THEME.changed.connect(self._say_again)

    @property
    def lines(self) -> list[str]:
        return [words for words, *_ in self._said]

    def clear(self) -> None:
        self.text.clear()
        self._said = []

    def _say_again(self) -> None:
        """The same words in the colours of another theme."""
        said = self._said
        self.clear()
        for words, look, remedy in said:
            self.say(words, look, remedy)

    def say(self, words: str, look: str = "text", remedy: dict[str, Any] | None = None) -> None:
        """`look`: a colour of the theme."""
        self._said.append((words, look, remedy))
        bar = self.text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - THEME.px(20)
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        form = QTextCharFormat()
        form.setForeground(THEME.color(look))
        if len(self._said) > 1:
            cursor.insertBlock()
        block = cursor.blockFormat()
        block.setBottomMargin(THEME.px(4))
        cursor.setBlockFormat(block)
        cursor.insertText(words, form)
        if remedy is not None:
            cursor.insertText("  ", form)
            link = QTextCharFormat()
            link.setAnchor(True)
            link.setAnchorHref(str(len(self._said) - 1))
            link.setForeground(THEME.color("accent"))
            link.setFontUnderline(True)
            cursor.insertText(f"{remedy['text']}.", link)
        if at_end:
            bar.setValue(bar.maximum())

    def recall(self, remarks: Sequence[Remark]) -> None:
        """What was said of a stored run, unless it was followed here and is still there."""
        for remark in remarks:
            if remark.text not in self.lines:
                self.hear(remark)

    def _take_remedy(self, link: QUrl) -> None:
        remedy = self._said[int(link.toString())][2]
        assert remedy is not None, "only lines with a remedy hold a link"
        self.remedy_wanted.emit(remedy)

    def hear(self, event: Event) -> None:
        match event:
            case RunStarted():
                again = "goes on" if event.resumed else "began"
                self.say(f"{event.name} {again} on {event.device}: {event.model}.")
            case PhaseStarted():
                for words, look in phase_words(event):
                    self.say(words, look)
            case LogLine(text=text, level=level):
                self.say(text, "trainable_text" if level == "warning" else "muted")
            case Remark(text=text, remedy=remedy):
                self.say(text, "trainable_text", remedy)
            case CheckpointSaved(best=True, epoch=epoch):
                self.say(f"Epoch {epoch} is the best so far and was kept.", "good")
            case Stuck(seconds=seconds, doing=doing):
                self.say(
                    f"No sign of life for {duration(seconds)}. The last thing heard: {doing}. "
                    "You can wait, or stop the run; what it saved stays.",
                    "bad",
                )
            case RunEnded():
                self.say(ended_words(event), "bad" if event.state == "failed" else "good")
            case _:
                pass

    def tell_stored(self, run: Run) -> None:
        """What the database remembers of a run that is over."""
        self.clear()
        self.say(f"{run.name} ran on {run.device}: {run.model.get('name', '')}.", "text")
        for number, phase in enumerate(run.plan, start=1):
            self.say(f"Phase {number}: {phase.get('title', '')}.", "muted")
        words = {
            "finished": "It finished", "stopped": "It was stopped, and what it learned was kept",
            "failed": "It failed", "interrupted": "It was interrupted",
            "running": "It is running in another process",
        }[run.state]  # fmt: skip
        look = "good" if run.state in ("finished", "stopped") else "trainable_text"
        self.say(f"{words} after {run.epochs} epochs and {duration(run.seconds)}.", look)
        if run.error is not None:
            self.say(f"{run.error.title}. {run.error.cause} {run.error.remedy}", "bad")
        if run.state == "interrupted":
            self.say("Resume goes on from the last checkpoint to the same result.", "muted")


def phase_words(event: PhaseStarted) -> list[tuple[str, str]]:
    learns = f"{event.name}: {short(event.trainable)} parameters learn."
    said = [(learns, "trainable_text")]
    if event.cut is not None:
        if event.computed == 0 and event.cached:
            words = f"The frozen part was computed before: {event.cached:,} records from the cache."
        elif event.cached:
            words = (
                f"The frozen part: {event.cached:,} records from the cache, "
                f"{event.computed:,} computed now."
            )
        else:
            words = (
                f"The frozen part was computed once, {event.computed:,} records, and is read "
                "from the cache from now on."
            )
        said.append((words, "frozen_text"))
    return said


def ended_words(event: RunEnded) -> str:
    lasted = f"after {event.epochs} epochs and {duration(event.seconds)}"
    if event.state == "failed":
        return f"The run failed {lasted}."
    verb = "Finished" if event.state == "finished" else "Stopped"
    pace = f", {event.samples_per_second:,.0f} items a second" if event.samples_per_second else ""
    kept = " What it learned was kept." if event.state == "stopped" else ""
    return f"{verb} {lasted}{pace}.{kept}"
