"""What the model suggests, kept up to date by a child while the person labels."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.errors import GraftError
from engine.events import Event, Suggested
from gui.asking import Asked
from gui.jobs import Job
from gui.session import Session

if TYPE_CHECKING:
    import numpy as np

    from engine.store.items import Item
    from engine.suggesting.files import Rows

SEEN_BY = ("image_size", "max_length", "channels", "pooling")  # what the features depend on
SPLIT_UNSEEN = "test"  # suggestions on what a model is judged by would sway the judgement


@dataclass(frozen=True)
class Suggestion:
    """Of one item."""

    class_id: int
    probability: float  # calibrated
    second: int
    second_probability: float
    hidden: bool  # of the tenth on which none is shown


class Suggestions(QObject):
    """Ask with `of` while painting; `changed` says when to ask again."""

    changed = Signal()
    progress = Signal(object)  # Activity: the items are being described
    failed = Signal(object)  # GraftError

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.said: Suggested | None = None  # the last answer
        self.at = 0.0  # when it came, by time.monotonic()
        self.blind = False  # a second reader sees none
        self._rows: Rows | None = None
        self._items: np.ndarray | None = None  # ids, ascending
        self._loading: Job | None = None
        self._asked = Asked(session, "suggest", self)
        self._asked.activity.connect(self.progress)
        self._asked.heard.connect(self._hear)
        self._asked.failed.connect(self._fail)
        self._asked.ended.connect(self.changed)
        session.closed.connect(self._forget)
        session.opened.connect(self._load)
        self._load()

    @property
    def running(self) -> bool:
        return self._asked.busy

    def begin(self) -> None:
        """Lets the chosen model describe the items and suggest, until `end`."""
        facts = self._session.facts
        if facts is None or facts.model is None or self.running:
            return
        from engine.training.recipe import Recipe

        wire = {name: facts.recipe[name] for name in SEEN_BY if name in facts.recipe}
        wire |= {"model": facts.model["name"], "weights": facts.model.get("weights")}
        recipe = Recipe.from_wire(wire)
        self._asked.ask({"recipe": recipe.to_wire()})
        self.changed.emit()

    def end(self) -> None:
        self._asked.give_up()
        self.changed.emit()

    @property
    def age(self) -> float:
        """Seconds since the last answer."""
        return time.monotonic() - self.at

    @property
    def rows(self) -> Rows | None:
        """Every suggestion there is (see engine.suggesting.files)."""
        return self._rows

    def of(self, item: Item) -> Suggestion | None:
        """What is suggested for an item without a label; None: nothing is."""
        if self.blind or item.class_id is not None or item.split == SPLIT_UNSEEN:
            return None
        return self.at_id(item.id)

    def at_id(self, item: int) -> Suggestion | None:
        if self._rows is None or self._items is None or not len(self._items):
            return None
        import numpy as np

        place = int(np.searchsorted(self._items, item))
        if place >= len(self._items) or self._items[place] != item:
            return None
        row = self._rows[place]
        if row["class_id"] < 0:
            return None
        return Suggestion(
            int(row["class_id"]), float(row["probability"]), int(row["second"]),
            float(row["second_probability"]), bool(row["hidden"]),
        )  # fmt: skip

    def _hear(self, event: Event) -> None:
        if isinstance(event, Suggested):
            self.said = event
            self._load()

    def _load(self) -> None:
        """Maps the newest answer; also the one of an earlier day."""
        project = self._session.project
        if project is None:
            return

        def read(emit: Any, cancel: Any) -> tuple[Any, Any] | None:
            from engine.suggesting import files

            rows = files.newest(files.folder(project), files.SUGGESTIONS)
            if rows is None or rows.dtype != files.SUGGESTION:
                return None
            rows = rows[rows["item"].argsort()]
            return rows, rows["item"].copy()

        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._session.jobs.run(read, done=self._take, failed=self.failed.emit)

    def _take(self, found: tuple[Any, Any] | None) -> None:
        self._loading = None
        if found is not None:
            self._rows, self._items = found
            self.at = time.monotonic()
        self.changed.emit()

    def _fail(self, error: GraftError) -> None:
        self.failed.emit(error)
        self.changed.emit()

    def _forget(self) -> None:
        self._asked.give_up()
        self.said, self._rows, self._items = None, None, None
