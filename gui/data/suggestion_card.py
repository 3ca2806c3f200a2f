"""The suggestion for the current item, and accepting: one by one, or all that are sure enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QProgressBar

from engine.errors import GraftError
from engine.events import Activity
from gui.data.suggesting import SPLIT_UNSEEN, Suggestion, Suggestions
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, row
from gui.widgets.controls import Elided, button, label
from gui.widgets.words import count, done_of, duration, listing, time_left

if TYPE_CHECKING:
    from engine.store.items import Item
    from engine.suggesting.preview import Preview

SURE = 0.95  # what 'all above' begins with


class SuggestionCard(Card):
    accepted = Signal(int)  # class id, for the current item
    all_accepted = Signal(object)  # {item id: class id}

    def __init__(self, session: Session, suggestions: Suggestions) -> None:
        super().__init__("Suggestion")
        self._session, self._suggestions = session, suggestions
        self._item: Item | None = None
        self._chosen: dict[int, int] = {}
        self.class_name = Elided("", "figure")
        self.words = label("", "muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(THEME.px(6))
        self.bar.setAccessibleName("How many items are described")
        self.bar.hide()
        self.go = button("Suggest labels", done=suggestions.begin)
        self.stop = button("Stop", "link", "The suggestions that are there stay", suggestions.end)
        self.accept = button("Accept and next   Space", "primary", done=self.take)
        self.fresh = label("", "small", wrap=True)
        self.threshold = QLineEdit(f"{SURE}")
        self.threshold.setAccessibleName("Probability above which all are accepted")
        self.threshold.setFixedWidth(THEME.px(52))
        self.threshold.editingFinished.connect(self._preview)
        self.all = button("All above …", tip="Accept every suggestion that is sure enough")
        self.all.clicked.connect(self._preview)
        self.sure = button("Accept them", done=self._take_all)
        self.leave = button("Leave them", "link", done=self._leave)
        self.preview = label("", wrap=True)
        self.top.addWidget(self.stop)
        for part in (self.class_name, self.words, self.bar, self.go, self.accept, self.fresh):
            self.box.addWidget(part)
        self.box.addLayout(row(self.all, self.threshold, 1))
        self.box.addWidget(self.preview)
        self.box.addLayout(row(self.sure, self.leave, 1))
        self._leave()
        suggestions.changed.connect(self.refresh)
        suggestions.progress.connect(self._hear)
        suggestions.failed.connect(self._fail)
        self._clock = QTimer(self, interval=5000)
        self._clock.timeout.connect(self._show_age)
        self._error = ""
        self.refresh()

    def show_item(self, item: Item | None) -> None:
        self._item = item
        self.refresh()

    @property
    def current(self) -> Suggestion | None:
        """What is suggested for the item, seen or not."""
        return self._suggestions.of(self._item) if self._item is not None else None

    def take(self) -> bool:
        """Accepts the suggestion that is seen. Returns whether there is one."""
        found = self.current
        if found is None or found.hidden or not self._open:
            return False
        self.accepted.emit(found.class_id)
        return True

    @property
    def _open(self) -> bool:
        facts = self._session.facts
        return facts is not None and not facts.readonly

    def refresh(self) -> None:
        facts, suggestions = self._session.facts, self._suggestions
        if facts is None:
            return
        if self.parentWidget() is not None:  # else it would be a window of its own
            self.setVisible(not suggestions.blind and bool(facts.counts["items"]))
        found, running = self.current, suggestions.running
        shown = found is not None and not found.hidden
        self.class_name.setVisible(shown)
        self.accept.setVisible(shown and self._open)
        if found is not None and shown:
            name = facts.class_name(found.class_id) or ""
            self.class_name.setText(f"{name}  {found.probability:.2f}")
        self.words.setText(self._words(found))
        self.words.setVisible(bool(self.words.text()))
        self.go.setVisible(not running and self._open)
        self.go.setEnabled(facts.model is not None)
        self.stop.setVisible(running)
        self.bar.setVisible(running and 0 <= self.bar.value() < self.bar.maximum())
        some = suggestions.rows is not None and len(suggestions.rows) > 0 and self._teaches
        for part in (self.all, self.threshold):
            part.setVisible(some and self._open)
        self._show_age()

    @property
    def _teaches(self) -> bool:
        rows = self._suggestions.rows
        return rows is not None and len(rows) > 0 and bool(rows["class_id"][0] >= 0)

    def _words(self, found: Suggestion | None) -> str:
        facts, said = self._session.facts, self._suggestions.said
        if self._error:
            return self._error
        if facts is None or facts.model is None:
            return "Choose a model first: it describes the items, and labels follow from that."
        if found is not None and found.hidden:
            return (
                "Hidden here: on a random tenth nothing is suggested, to see whether suggestions "
                "sway you."
            )
        if found is not None:
            second = facts.class_name(found.second)
            return f"or {second} {found.second_probability:.2f}" if second else ""
        if self._item is not None and self._item.split == SPLIT_UNSEEN and self._teaches:
            return "A test item: nothing is suggested on what models are judged by."
        if facts.several and not self._teaches:
            return "A model suggests one class an item; in this project an item can have several."
        if said is not None and said.missing:
            names = [facts.class_name(id) or "" for id in said.missing]
            return f"Each class needs two labels first; fewer have {listing(names, 4)}."
        if self._suggestions.running and said is None:
            return "Beginning …"
        return ""

    def _show_age(self) -> None:
        said = self._suggestions.said
        if said is None or not self._teaches:
            self.fresh.hide()
            return
        age = self._suggestions.age
        ago = "just now" if age < 2 else f"{duration(age)} ago"
        words = f"From {count(said.labelled, 'label')}, refreshed {ago}."
        if said.accuracy is not None and said.low is not None and said.high is not None:
            words += (
                f" On labels held out {said.accuracy:.2f} are right "
                f"({said.low:.2f} to {said.high:.2f})."
            )
        if said.described < said.items:
            words += f" {said.described:,} of {said.items:,} items are described."
        self.fresh.setText(words)
        self.fresh.show()
        if self.isVisible() and not self._clock.isActive():
            self._clock.start()
        elif not self.isVisible():
            self._clock.stop()

    def hideEvent(self, event: Any) -> None:
        self._clock.stop()
        super().hideEvent(event)

    def _hear(self, event: Activity) -> None:
        self._error = ""
        self.bar.setRange(0, event.total)
        self.bar.setValue(event.done)
        done = not event.total or event.done >= event.total
        self.bar.setVisible(not done)
        if self.current is None and not done:
            left = time_left(event.seconds_left, " · ")
            self.words.setText(f"{event.text}: {done_of(event.done, event.total, '')}{left}")
            self.words.show()

    def _fail(self, error: GraftError) -> None:
        self._error = f"{error.title}. {error.cause} {error.remedy}"
        self.refresh()

    # All that are sure enough

    def _preview(self) -> None:
        """Says what accepting all above the threshold would do."""
        rows, facts = self._suggestions.rows, self._session.facts
        project = self._session.project
        if rows is None or facts is None or project is None or not self._teaches:
            return
        try:
            threshold = min(1.0, max(0.0, float(self.threshold.text().replace(",", "."))))
        except ValueError:
            self.threshold.setText(f"{SURE}")
            return

        def work(emit: Any, cancel: Any) -> tuple[dict[int, int], Preview]:
            from engine.store import items
            from engine.suggesting.preview import above, preview

            places = above(rows["probability"], rows["hidden"], threshold)
            wanted = [int(id) for id in rows["item"][places]]
            free = {
                item.id
                for item in items.load(project, wanted)
                if item.class_id is None and item.split != SPLIT_UNSEEN and item.state != "broken"
            }
            kept = [place for place, id in zip(places, wanted, strict=True) if id in free]
            chosen = {int(rows["item"][one]): int(rows["class_id"][one]) for one in kept}
            return chosen, preview(rows["class_id"][kept], rows["probability"][kept])

        self._session.jobs.run(work, done=self._show_preview, failed=self._fail)

    def _show_preview(self, found: tuple[dict[int, int], Preview]) -> None:
        self._chosen, seen = found
        facts = self._session.facts
        if facts is None:
            return
        if not seen.items:
            self.preview.setText("No suggestion is that sure.")
        else:
            by = listing([f"{facts.class_name(id)} {n:,}" for id, n in seen.by_class.items()], 5)
            self.preview.setText(
                f"{count(seen.items, 'item')}: {by}. About {seen.wrong:.0f} of them wrong "
                f"({seen.low} to {seen.high}), if the probabilities hold."
            )
        self.preview.show()
        self.sure.setVisible(bool(seen.items) and self._open)
        self.leave.setVisible(True)

    def _take_all(self) -> None:
        self.all_accepted.emit(dict(self._chosen))
        self._leave()

    def _leave(self) -> None:
        self._chosen = {}
        for part in (self.preview, self.sure, self.leave):
            part.hide()
