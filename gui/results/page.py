"""Results: how good a run is and where it errs; runs side by side; checks of a run."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.errors import GraftError
from gui.jobs import Job
from gui.keys import action
from gui.results.cell import CellItems
from gui.results.checks import ChecksView
from gui.results.compare import CompareView
from gui.results.confusion import Confusion
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, Figure, column, row
from gui.widgets.controls import Choice, Segments, button, label
from gui.widgets.page import Page
from gui.widgets.states import Empty, Skeleton
from gui.widgets.table import Column, Table
from gui.widgets.words import SPLIT_WORDS, count, interval

if TYPE_CHECKING:
    from gui.results.judging import Judged

FIGURES = (
    ("accuracy", "accuracy"), ("balanced_accuracy", "balanced accuracy"), ("macro_f1", "macro F1"),
)  # fmt: skip
VIEWS = (
    ("Result", "result", "How good a run is, and where it errs", "Alt+1"),
    ("Compare", "compare", "Runs side by side, and whether one is better", "Alt+2"),
    ("Checks", "checks", "Did the pre-training help? Does other data look alike?", "Alt+3"),
)  # fmt: skip
PER_CLASS = (
    Column("Class", lambda row: row[0], sort=lambda row: row[0].lower()),
    Column("Found", lambda row: f"{row[2]:.2f}", 60, True, sort=lambda row: row[2],
           tip="Recall: how many of the class's items were found"),
    Column("Right", lambda row: f"{row[1]:.2f}", 58, True, sort=lambda row: row[1],
           tip="Precision: how many of those called so are"),
    Column("F1", lambda row: f"{row[3]:.2f}", 52, True, sort=lambda row: row[3],
           tip="The harmonic mean of both"),
    Column("Items", lambda row: f"{row[4]:,}", 60, True, sort=lambda row: row[4]),
)  # fmt: skip


class ResultsPage(Page):
    fold = 1360  # matrix and classes side by side want more room than other pages

    def __init__(self, session: Session) -> None:
        super().__init__("Results", "results")
        self.session = session
        self.judged: Judged | None = None
        self.view = "result"
        self._said = ""  # of the result, while another view has the sentence
        self._asked: tuple[Any, ...] | None = None
        self._job: Job | None = None
        self._build_header()
        self._build()
        self.compare, self.checks = CompareView(session), ChecksView(session)
        for view in (self.compare, self.checks):
            self.stack.addWidget(view)
            self.plain.append(view)
        self.compare.said.connect(lambda words: self._say_sentence())
        self.compare.failed.connect(self.show_error)
        self._result: QWidget = self.loading  # the state of the result, seen or not
        self.follow(session)
        session.run_wanted.connect(self.show_run)
        self._show_facts()
        self.first = self.matrix

    def _build_header(self) -> None:
        """The views stand in a line of their own: beside the title there is no room for them."""
        self.runs = Choice((), "Run")
        self.runs.setMinimumContentsLength(16)
        self.runs.setMaximumWidth(THEME.px(420))
        self.runs.currentIndexChanged.connect(lambda: self._run_chosen())
        self.split = Segments(
            [("Test", "test", "Items the run never saw"),
             ("Validation", "validation", "Items by which its best epoch was chosen")], "Split",
        )  # fmt: skip
        self.split.choose("test")
        self.split.chosen.connect(lambda split: self.refresh())
        self.use = button("Use this model", "primary", "Ctrl+6")
        self.use.clicked.connect(lambda: self.session.page_wanted.emit("use"))
        self.buttons.addWidget(self.use)
        self.views = Segments(
            [(text, name, f"{tip} ({key})") for text, name, tip, key in VIEWS], "View"
        )
        self.views.choose("result")
        self.views.chosen.connect(lambda name: self.show_view(str(name)))
        for text, name, _, key in VIEWS:
            shown = action(self, f"{text}: show this view", key, "Results")
            shown.triggered.connect(lambda checked=False, name=name: self.show_view(name))
        line = row(self.views, 1, self.runs, self.split)
        line.setStretch(2, 2)
        self.line = QWidget()
        self.line.setLayout(line)
        outer = self.layout()
        assert isinstance(outer, QVBoxLayout)
        outer.insertWidget(1, self.line)

    def _build(self) -> None:
        train = button("Train a model", "primary")
        train.clicked.connect(lambda: self.session.page_wanted.emit("training"))
        self.empty = Empty(
            "No results yet", "The result of a finished run on its test items is here.", train
        )
        self.loading = Skeleton()
        self.none = Empty("Nothing to judge", "This run said nothing of these items.")
        figures = Card()
        self.figures = {name: Figure(words, width=120) for name, words in FIGURES}
        self.wrong = Figure("wrong", width=90)
        line = row(*self.figures.values(), self.wrong, spacing=16)
        for place in range(len(FIGURES)):
            line.setStretch(place, 2)
        line.setStretch(len(FIGURES), 1)
        figures.box.addLayout(line)
        self.matrix = Confusion()
        self.matrix.cell_chosen.connect(self._show_cell)
        matrix = Card("Confusion")
        matrix.top.addWidget(label("a row for each true class; click a cell to see it", "small"))
        matrix.box.addWidget(self.matrix, 1)
        self.table = Table(PER_CLASS, "Classes")
        self.table.opened.connect(self._show_class)
        table = Card("Classes")
        table.box.addWidget(self.table, 1)
        below = row(matrix, table, spacing=12)
        below.setStretch(0, 5)
        below.setStretch(1, 4)
        box = column(figures, below, spacing=12)
        box.setStretch(1, 1)
        self.full = QWidget()
        self.full.setLayout(box)
        for state in (self.empty, self.loading, self.none, self.full):
            self.stack.addWidget(state)
        self.plain += [self.empty, self.loading, self.none]
        self.cell = CellItems(self.session)
        self.details.addWidget(self.cell, 1)

    def show_run(self, run: int) -> None:
        """Shows the result of another run."""
        self.show_view("result")
        self.runs.choose(run)

    def show_view(self, name: str) -> None:
        """Shows 'result', 'compare' or 'checks'."""
        facts = self.session.facts
        if facts is None or not facts.usable:
            return
        self.view = name
        self.views.choose(name)
        self._show_view()
        first = {"result": self.matrix, "compare": self.compare.first, "checks": self.checks.first}
        self.first = first[name]
        self.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_view(self) -> None:
        """The view that is chosen, and of the header what belongs to it."""
        facts = self.session.facts
        assert facts is not None
        self.runs.setVisible(self.view != "compare")
        self.split.setVisible(self.view == "result")
        self.use.setVisible(self.view != "compare")
        if self.view == "compare":
            self.compare.show_facts(facts)
        elif self.view == "checks":
            self.checks.show_facts(facts, self.runs.currentData())
        states = {"result": self._result, "compare": self.compare, "checks": self.checks}
        super().show_state(states[self.view])
        self._say_sentence()

    def show_state(self, state: QWidget) -> None:
        """A state of the result; it shows when the result does."""
        self._result = state
        if self.view == "result" or state is self.empty:
            super().show_state(state)

    def _say(self, words: str) -> None:
        """Where things stand with the result."""
        self._said = words
        self._say_sentence()

    def _say_sentence(self) -> None:
        words = {
            "result": self._said, "compare": self.compare.sentence,
            "checks": f"Two questions to {self.runs.currentText()}",
        }  # fmt: skip
        self.sentence.setText(words[self.view])

    def _run_chosen(self) -> None:
        self.refresh()
        if self.view == "checks":
            self._show_view()

    def _show_facts(self) -> None:
        facts = self.session.facts
        if facts is None:
            return
        usable = facts.usable
        for part in (self.line, self.use):
            part.setVisible(bool(usable))
        if not usable:
            self.view = "result"
            self._say("No run has finished yet")
            self.show_state(self.empty)
            return
        self.runs.set_choices([(facts.run_title(run), run.id) for run in usable])
        self.refresh()
        self._show_view()

    def refresh(self) -> None:
        """Judges the chosen run on the chosen split, unless that is what is shown."""
        project, facts, run = self.session.project, self.session.facts, self.runs.currentData()
        if project is None or facts is None or run is None:
            return
        split = str(self.split.value)
        ended = next((one.ended for one in facts.usable if one.id == run), None)
        if self._asked == (run, split, ended):
            return
        self._asked = (run, split, ended)
        if self._job is not None:
            self._job.cancel()
        self.clear_error()
        self.show_state(self.loading)

        def work(emit: Any, cancel: Any) -> Judged:
            from gui.results.judging import judge

            return judge(project, run, split)

        self._job = self.session.jobs.run(work, done=self._take, failed=self._failed)

    def _failed(self, error: GraftError) -> None:
        self._job = self._asked = None
        self.show_state(self.none)
        self.show_error(error)

    def _take(self, judged: Judged) -> None:
        self._job = None
        self.judged = judged
        found = judged.summary
        if found is None:
            self.none.say(
                "Nothing to judge",
                f"{judged.run.name} said nothing of any {SPLIT_WORDS[judged.split]} item.",
            )
            self._say(judged.run.name)
            self.show_state(self.none)
            return
        for name, words in FIGURES:
            low, high = found.intervals[name]
            caption = f"{words}, {interval(low, high)}"
            self.figures[name].show_value(f"{found.metrics[name]:.3f}", caption)
        items, right = found.items, int(found.confusion.trace())
        self.wrong.show_value(f"{items - right:,}", f"wrong of {items:,}")
        words = f"{judged.run.name} on {count(items, SPLIT_WORDS[judged.split] + ' item')}"
        words += " · each figure with its 95% interval"
        if judged.left_out:
            words += f" · {judged.left_out:,} items could not be read and were left out"
        self._say(words)
        self.matrix.show_counts(found.confusion, judged.classes)
        rows = [(name, *line) for name, line in zip(judged.classes, found.per_class, strict=True)]
        self.table.set_rows(rows, keep=lambda row: row[0])
        self.cell.show_cell("", array("q"))
        self.show_state(self.full)

    def _show_cell(self, true: int, predicted: int) -> None:
        judged = self.judged
        if judged is None:
            return
        names = judged.classes
        words = (
            f"{names[true]}, found" if true == predicted
            else f"{names[true]}, taken for {names[predicted]}"
        )  # fmt: skip
        items = array("q", judged.cell(true, predicted).tolist())
        self.cell.show_cell(words, items)
        if not self.drawer.isHidden():
            self.drawer.setChecked(True)

    def _show_class(self, chosen: tuple[Any, ...]) -> None:
        judged = self.judged
        if judged is not None:
            place = judged.classes.index(chosen[0])
            self.matrix.choose(place, place)
            self.matrix.setFocus(Qt.FocusReason.OtherFocusReason)
