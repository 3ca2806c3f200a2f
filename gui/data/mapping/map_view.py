"""The map of the items beside the grid: laid out by a child, read in a job, selected by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from engine.errors import ConfigurationError, GraftError
from engine.events import Activity
from gui.asking import Asked
from gui.data.mapping.chart import Chart, no_points
from gui.data.mapping.glimpse import Glimpse
from gui.data.mapping.legend import Legend
from gui.data.mapping.points import NONE, Ints
from gui.data.mapping.reading import Found, read
from gui.data.mapping.sprites import ink
from gui.errors import ErrorCard
from gui.jobs import Job
from gui.session import Session
from gui.theme import THEME
from gui.widgets.asking import AskingLine
from gui.widgets.card import clear, column
from gui.widgets.controls import label
from gui.widgets.states import Empty, Skeleton
from gui.widgets.words import count

WHAT = (
    "What looks alike to the model stands close together. Draw a loop around items to label them."
)
UNREADY = "Choose a model and start suggestions, then the map can be laid out."
HINT = (
    "Draw a loop to select; Shift adds, Ctrl takes away. The right button moves the map, the "
    "wheel zooms, a double click beside the points shows all of it.\n"
    "Keys: arrows go to a neighbour, Space selects it, + and - zoom, Home shows all, Esc lets go."
)


class MapView(QWidget):
    """`begin` shows the newest map, and has it laid out where there is none.

    States: `unready` (no features), `loading`, `bare` (no map: it is laid out, was stopped,
    or failed), `full`.
    """

    picked = Signal(object)  # list of item ids: all that the person selected; empty: none any more
    item_wanted = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._blind = ""
        self._reading: Job | None = None
        self._behind = True  # what lies on disk or in the project may have changed
        self._since: dict[int, int | None] = {}  # labels given while it is being read
        self._suggested: tuple[Ints, Ints] = (np.zeros(0, np.int64), np.zeros(0, np.int64))
        self.asked = Asked(session, "map-items", self)
        self.asked.activity.connect(self._hear)
        self.asked.done.connect(self._laid)
        self.asked.failed.connect(self._refuse)
        self._build()
        session.closed.connect(self._forget)
        session.opened.connect(self._came)
        session.items_changed.connect(self._came)
        session.facts_changed.connect(self._show_classes)

    def _build(self) -> None:
        self.unready = Empty("No map yet", UNREADY, width=240)
        self.bare = Empty("No map yet", WHAT, width=240)
        self.loading = Skeleton("tiles")
        self.chart = Chart()
        self.glimpse = Glimpse(self._session, self.chart)
        self.legend = Legend()
        self.tally = label("", "small")
        self.tally.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.tally.setToolTip(HINT)
        self.full = QWidget()
        shown = column(self.chart, self.tally, self.legend)
        shown.setStretch(0, 1)
        self.full.setLayout(shown)
        self.stack = QStackedWidget()
        for state in (self.loading, self.unready, self.bare, self.full):
            self.stack.addWidget(state)
        self.line = AskingLine("the map of the items")
        self.line.pressed.connect(self._ask_or_stop)
        self.line.hide()
        self.notices = QVBoxLayout()
        outer = column(self.notices, self.stack, self.line)
        outer.setStretch(1, 1)
        self.setLayout(outer)
        self.setFocusProxy(self.chart)
        self.chart.installEventFilter(self)
        self.chart.picked.connect(self._picked)
        self.chart.item_wanted.connect(self.item_wanted)
        self.chart.pointed.connect(self._show_glimpse)
        self.legend.lit.connect(self._light)

    # What is shown

    def begin(self) -> None:
        """Reads the newest map; it comes to be seen."""
        project, blind = self._session.project, self._blind
        if project is None:
            return
        self._behind = False
        self._since.clear()
        if self._reading is not None:
            self._reading.cancel()
        if self.stack.currentWidget() is self.unready:
            self.stack.setCurrentWidget(self.loading)
        self._reading = self._session.jobs.run(
            lambda emit, cancel: read(project, blind), done=self._take, failed=self._unreadable
        )

    def _take(self, found: Found | None) -> None:
        self._reading = None
        clear(self.notices)
        if found is None:
            self.asked.give_up()
            self.stack.setCurrentWidget(self.unready)
            self.line.hide()
        elif found.points is None:
            self.stack.setCurrentWidget(self.bare)
            if not self.asked.busy:
                self.lay_out()
        else:
            self.chart.show_points(found.points)
            found.points.change(self._since)
            self._suggest()
            self._show_classes()
            self._recount()
            self.stack.setCurrentWidget(self.full)
            if not self.asked.busy:
                self._offer(found.waiting)

    def _offer(self, waiting: int) -> None:
        self.line.setVisible(waiting > 0)
        self.line.rest("Place them")
        self.line.said.setText(f"{count(waiting, 'item is', 'items are')} not on the map yet")

    def change(self, given: Mapping[int, int | None]) -> None:
        """Items have other labels now, None: no label. Nothing is read anew."""
        self._since.update(given)
        self.chart.points.change(given)
        self.chart.refresh()
        self._recount()
        self._show_glimpse()

    def show_suggestions(self, items: Ints, classes: Ints) -> None:
        """What the model suggests, in place of what it did: item ids and class ids int64 [n]."""
        self._suggested = (np.asarray(items, np.int64), np.asarray(classes, np.int64))
        self._suggest()

    def _suggest(self) -> None:
        none = np.zeros(0, np.int64)
        self.chart.points.suggest(*((none, none) if self._blind else self._suggested))
        self.chart.refresh()
        self._show_glimpse()

    def mark(self, item: int | None) -> None:
        """Rings the current item."""
        self.chart.mark(item)

    def select(self, items: Iterable[int]) -> None:
        """Selects these items; `picked` is not emitted."""
        self.chart.select(items)
        self._count_chosen()

    def read_blind(self, reader: str) -> None:
        """Shows only what this second reader says, and no suggestions; '': all of it again."""
        self._blind = reader
        self._suggest()
        self._came()

    # How it comes to be

    def lay_out(self) -> None:
        """Has a child lay the map out; items that were on it keep their places."""
        clear(self.notices)
        self.bare.say("The map is being laid out", WHAT)
        self.line.begin("Laying out the map")
        self.line.show()
        self.asked.ask({})

    def _ask_or_stop(self) -> None:
        if self.asked.busy:
            self.asked.give_up()
            self._rest("Lay out the map")
        elif self._behind:
            self.begin()
        else:
            self.lay_out()

    def _rest(self, words: str) -> None:
        self.bare.say("No map yet", WHAT)
        self.line.rest(words)
        self.line.show()

    def _hear(self, event: Activity) -> None:
        self.line.hear(event)

    def _laid(self, result: Any) -> None:
        self.line.hide()
        self.begin()

    def _unreadable(self, error: GraftError) -> None:
        self._reading, self._behind = None, True
        self._refuse(error)

    def _refuse(self, error: GraftError) -> None:
        if isinstance(error, ConfigurationError):  # no features: something to do, not a fault
            self._take(None)
            return
        clear(self.notices)
        card = ErrorCard(error)
        self.notices.addWidget(card)
        if self.stack.currentWidget() is not self.full:
            self.stack.setCurrentWidget(self.bare)
        self._rest("Try again")

    def _forget(self) -> None:
        """The project was closed."""
        self.asked.give_up()
        self._reading = None
        self.chart.show_points(no_points())
        self.show_suggestions(np.zeros(0, np.int64), np.zeros(0, np.int64))
        self.glimpse.forget()
        clear(self.notices)
        self.line.hide()
        self.stack.setCurrentWidget(self.loading)
        self._behind = True

    def _came(self) -> None:
        """Items or labels are others now; they are read when somebody looks."""
        self._behind = True
        if self.isVisible():
            self.begin()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._behind:
            self.begin()

    # Parts

    def _show_classes(self) -> None:
        facts = self._session.facts
        if facts is not None:
            self.chart.show_classes(facts.classes)
            self.legend.show_classes(facts.classes)

    def _recount(self) -> None:
        self.legend.show_counts(self.chart.points.counts())
        self._count_chosen()

    def _count_chosen(self) -> None:
        chosen, every = int(self.chart.chosen.sum()), count(len(self.chart.points), "item")
        self.tally.setText(
            f"{chosen:,} of {every} selected" if chosen else f"{every}. Draw a loop to select."
        )

    def _picked(self, items: list[int]) -> None:
        self._count_chosen()
        self.picked.emit(items)

    def _light(self, classes: set[int]) -> None:
        self.chart.light(classes)

    def _show_glimpse(self) -> None:
        chart, facts = self.chart, self._session.facts
        row = chart.hovered if chart.hovered >= 0 else chart.current
        if row < 0 or facts is None:
            self.glimpse.show_item(None, "", None, False)
            return
        said, suggested = int(chart.points.classes[row]), int(chart.points.suggested[row])
        wanted, solid = (said, True) if said != NONE else (suggested, False)
        cls = next((one for one in facts.classes if one.id == wanted), None)
        words = "not labelled" if cls is None else cls.name if solid else f"{cls.name}?"
        color = None if cls is None else ink(cls.color)
        self.glimpse.show_item(int(chart.points.ids[row]), words, color, solid)
        self._place_glimpse(row)

    def _place_glimpse(self, row: int) -> None:
        """At the upper right, or left where it would hide what it explains."""
        edge, size = THEME.px(8), self.glimpse.size()
        corner = QPoint(self.chart.width() - size.width() - edge, edge)
        spot = self.chart.spot(row)
        if spot.x() > corner.x() - edge and spot.y() < size.height() + 2 * edge:
            corner.setX(edge)
        self.glimpse.move(corner)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.chart.hovered < 0 <= self.chart.current:
            self._place_glimpse(self.chart.current)
        return super().eventFilter(watched, event)
