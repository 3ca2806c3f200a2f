"""Runs side by side: which to take, their curves, their settings, and whether one is better."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.facts import Facts
from gui.results.comparing import LEAST, Comparing
from gui.results.overlay import CurvesCard
from gui.results.picker import Picker
from gui.results.settings import SettingsCard
from gui.results.verdicts import VerdictsCard
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, column, scrolling
from gui.widgets.controls import button, label
from gui.widgets.states import Empty, Skeleton

WIDE = 900  # px of the view from which words and figures stand beside each other
USUAL_HINT = "Click a run, or use the arrow keys and Space, to take it in or out: two to six."


class CompareView(QWidget):
    said = Signal(str)  # where things stand, for the page's sentence

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.comparing = Comparing(session, self)
        train = button("Train another run", "primary")
        train.clicked.connect(lambda: session.page_wanted.emit("training"))
        self.empty = Empty(
            "One run alone cannot be compared",
            "Train a second one, for example with another preset or model. Then both stand here "
            "side by side, with the answer which of them is better on the same items.", train,
        )  # fmt: skip
        self._build()
        comparing = self.comparing
        comparing.listed.connect(self._show_list)
        comparing.together_came.connect(self._show_together)
        comparing.verdicts_came.connect(lambda: self.verdicts.show_verdicts(comparing))
        comparing.refused.connect(self._refuse)
        comparing.failed.connect(lambda error: self.loading.hide())
        self.failed = comparing.failed

    def _build(self) -> None:
        runs = Card("Runs")
        self.hint = label(USUAL_HINT, "small")
        runs.top.addWidget(self.hint)
        self.picker = Picker(self.comparing)
        self.picker.turned.connect(self.comparing.turn)
        runs.box.addWidget(self.picker)
        self.verdicts, self.curves, self.settings = VerdictsCard(), CurvesCard(), SettingsCard()
        self.verdicts.baseline_chosen.connect(self.comparing.choose_baseline)
        self.verdicts.split_chosen.connect(self.comparing.choose_split)
        self.loading = Skeleton()
        self.below = QWidget()
        self.below.setLayout(column(self.verdicts, self.curves, self.settings, spacing=12))
        self.below.hide()
        content = QWidget()
        content.setLayout(column(runs, self.below, self.loading, 1, spacing=12))
        content.setContentsMargins(0, 0, THEME.px(6), 0)  # clear of the scroll bar
        self.full = scrolling(content, "Comparison of runs")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.full)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    @property
    def first(self) -> QWidget:
        """What the keyboard goes to."""
        return self.picker

    def show_facts(self, facts: Facts) -> None:
        few = len(facts.usable) < LEAST
        self.stack.setCurrentWidget(self.empty if few else self.full)
        if few:
            self._say()
        else:
            self.comparing.follow(facts)

    def _show_list(self) -> None:
        self.picker.show_runs()
        self.verdicts.show_runs(self.comparing)
        self._say()

    def _show_together(self) -> None:
        self.loading.hide()
        self.below.show()
        self.curves.show_runs(self.comparing)
        self.settings.show_runs(self.comparing)

    def _say(self) -> None:
        self.said.emit(self.sentence)

    @property
    def sentence(self) -> str:
        if self.stack.currentWidget() is self.empty:
            return "A comparison needs two runs that have finished"
        chosen, of = len(self.comparing.places), len(self.comparing.runs)
        return f"{chosen} of {of} runs side by side · figures on test items, with 95% intervals"

    def _refuse(self, words: str) -> None:
        self.hint.setText(words or USUAL_HINT)
        self.hint.setObjectName("fieldError" if words else "small")
        self.hint.style().unpolish(self.hint)
        self.hint.style().polish(self.hint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.verdicts.set_wide(self.width() >= THEME.px(WIDE))
