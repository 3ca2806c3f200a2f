"""Search: the Train page's other view. What was tried, what came of it, and the form beside it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from engine.errors import ConfigurationError, GraftError
from engine.events import Event
from engine.training.search_record import StudyRecord, TrialRecord
from gui.live import Live
from gui.searching import LiveSearch
from gui.session import Session
from gui.training import search_orders as orders
from gui.training.search_figures import SearchFigures
from gui.training.search_form import SearchForm, fresh_name
from gui.training.search_judging import Judged
from gui.training.search_known import KnownSearches
from gui.training.search_notes import SearchNotes
from gui.training.search_plot import SearchPlots
from gui.training.search_verdict import Verdict
from gui.training.trials import Line, Trials, lines_of
from gui.widgets.card import column, row
from gui.widgets.words import count, splits

REDRAW = 200  # ms


class SearchView(QWidget):
    """Shows one search: the one at work, or one of the record."""

    failed = Signal(object)  # GraftError that no field of the form is about
    wrong = Signal()  # a field of the form is marked
    run_wanted = Signal(int)  # show its curves
    changed = Signal()  # another search is shown, or there is one now

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.known = KnownSearches(session, self)
        self.study: StudyRecord | None = None  # the one that is shown
        self.verdict = Verdict(session, self)
        self._base: dict[str, Any] = {}  # of the search at work
        self._build()
        self._soon = QTimer(self, singleShot=True, interval=REDRAW)
        self._soon.timeout.connect(self._draw)
        self.known.read.connect(self._read)
        self.known.failed.connect(self.failed)
        self.known.completed.connect(self.changed)
        self.verdict.found.connect(self._take_judged)
        self.verdict.failed.connect(self.failed)
        session.run_began.connect(self._began)
        session.run_ended.connect(self._ended)
        if self.live is not None:
            self._began(self.live)

    def _build(self) -> None:
        facts = self.session.facts
        kind = facts.kind if facts else "image"
        self.form = SearchForm(kind)
        self.figures, self.plots = SearchFigures(), SearchPlots()
        self.notes, self.trials = SearchNotes(), Trials(kind)
        below = row(self.notes, self.trials, spacing=12)
        below.setStretch(0, 2)
        below.setStretch(1, 4)
        box = column(self.figures, self.plots, below, spacing=12)
        box.setStretch(1, 5)
        box.setStretch(2, 4)
        self.setLayout(box)
        self.form.new_wanted.connect(self.begin_new)
        self.notes.use_wanted.connect(self.use_best)
        self.trials.chosen.connect(self.plots.choose)
        self.trials.run_wanted.connect(self.run_wanted)
        self.trials.study_wanted.connect(self.show_study)
        self.plots.pressed.connect(self.trials.choose)

    @property
    def live(self) -> LiveSearch | None:
        return self.session.live if isinstance(self.session.live, LiveSearch) else None

    @property
    def empty(self) -> bool:
        """Nothing was ever searched; not before the record was read."""
        return self.live is None and self.known.complete and not self.known.all

    @property
    def sentence(self) -> str:
        live, study = self.live, self.study
        facts = self.session.facts
        if live is not None:
            return f"{live.name} · {live.words}"
        if study is None or facts is None:
            return "Tries settings and keeps those that do best on the validation items"
        best = study.best
        found = f"best {best.value:.3f}" if best and best.value is not None else "nothing finished"
        model = study.base.get("recipe", {}).get("model", "")
        parts = [f"Search '{study.name}'", count(len(study.trials), "trial"), found, model]
        return " · ".join([*filter(None, parts), splits(facts.counts)])

    # What the person does

    def begin(self) -> None:
        """Starts the search in the form, or goes on with one."""
        facts = self.session.facts
        if facts is None or facts.readonly or self.session.live is not None:
            return
        try:
            found = orders.arguments(self.form, facts, self.known.all)
            known = self.known.goes_on(found)
        except ConfigurationError as error:
            self._show_wrong(error)
            return
        self.form.show_errors(None)
        self.session.search(found, known.trials if known else ())

    def begin_new(self) -> None:
        self.form.begin_new(fresh_name([one.name for one in self.known.all]))
        self.show_facts()
        self.changed.emit()

    def use_best(self) -> None:
        """The best trial's settings become the next run's."""
        facts, study = self.session.facts, self.study
        best = study.best if study else None
        if facts is None or study is None or best is None:
            return
        changes, words = orders.taking(study, best, facts)
        if self.session.take_remedy(changes):
            self.notes.say(words, "good")

    def show_study(self, name: str) -> None:
        """Shows a search of the record, and is ready to go on with it."""
        found = self.known.named(name)
        if found is None or self.live is not None:
            return
        self._take_over(found)

    # What is shown

    def refresh(self) -> None:
        """Looks what the record says; not while it is being written."""
        if self.live is None:
            self.known.refresh()

    def show_facts(self) -> None:
        """The session's facts have changed."""
        facts = self.session.facts
        if facts is None:
            return
        if facts.model is not None:
            title = str(facts.model.get("title") or facts.model["name"])
            self.form.show_recipe(orders.recipe_of(facts), title)
        self._draw()
        if (
            self.live is None
            and self.study is not None
            and any(one.state == "running" for one in self.study.trials)
        ):
            self.refresh()  # its process may be no more, or be another one's

    def _read(self) -> None:
        if self.live is not None:
            return
        study = self.known.named(self.study.name) if self.study else None
        study = study or next(iter(self.known.all), None)
        if study is None:
            self.changed.emit()
        elif study != self.study and (self.study is None or self.form.going_on):
            self._take_over(study)
        elif study != self.study:  # a new one is being made in the form
            self._show(study)

    def _take_over(self, study: StudyRecord) -> None:
        self.form.take_over(study, self.known.address(study))
        self._show(study)

    def _show(self, study: StudyRecord) -> None:
        new = self.study is None or self.study.name != study.name
        self.study = study
        if new:
            self.notes.clear()
            self.verdict.forget()
        if new or not self.notes.lines:
            self.notes.tell_trials(study.trials)
        self.trials.show_studies(self.known.all, study.name)
        self._draw()
        self._judge()
        self.changed.emit()

    def _began(self, live: Live) -> None:
        if not isinstance(live, LiveSearch):
            return
        self.notes.clear()
        self.verdict.forget()
        self._base = orders.base(live.arguments, self._kind)
        live.heard.connect(self._hear)
        live.changed.connect(self._draw)
        self.study = self._of(live)
        self.trials.show_studies([self.study], live.study)
        self.trials.studies.setEnabled(False)
        self._draw()
        self.changed.emit()

    def _hear(self, event: Event) -> None:
        self.notes.hear(event)
        if not self._soon.isActive():
            self._soon.start()

    def _ended(self, live: Live) -> None:
        if not isinstance(live, LiveSearch):
            return
        self.trials.studies.setEnabled(True)
        study = self._of(live)
        self.known.add(study, str(live.arguments.get("storage") or ""))
        if live.error is not None:
            self.notes.failed(live.error)
            self._show_wrong(live.error, always=True)
        if not study.trials:
            self.study = None
            self.changed.emit()
        else:
            self.notes.tell_trials(study.trials)
            self._take_over(study)
        self.refresh()

    def _of(self, live: LiveSearch) -> StudyRecord:
        """The search at work as the record will hold it."""
        return StudyRecord(live.study, live.record.trials, self._base)

    @property
    def _kind(self) -> str:
        return self.session.facts.kind if self.session.facts else "image"

    def _show_wrong(self, error: GraftError, always: bool = False) -> None:
        """At its field, and above the page what no field is about or what came too late."""
        if always:
            self.failed.emit(error)
        if self.form.show_errors(error):
            self.wrong.emit()
        elif not always:
            self.failed.emit(error)

    # Drawing

    def _draw(self) -> None:
        live = self.live
        if live is not None:
            self.study = self._of(live)
        if self.study is None:
            return
        trials, space = self.study.trials, self.study.base.get("space", {})
        asked = int(live.arguments.get("trials") or 0) if live else 0
        most = live.before + asked if live and asked else 0
        self.figures.show_trials(trials, most)
        self._show_interval(self.study.best)
        if live is not None:
            self.figures.show_time(live.seconds_left, "left")
        else:
            runs = self.session.facts.runs if self.session.facts else []
            ran = {line.trial.run for line in self._lines() if line.here}
            self.figures.show_time(sum(r.seconds for r in runs if r.id in ran), "of training")
        rates = space.get("lr")
        self.plots.show_trials(trials, (rates[0], rates[1]) if rates else None, most)
        self._show_lines()
        if live is not None:
            self.trials.show_studies([self.study], self.study.name)
            self.changed.emit()

    def _show_interval(self, best: TrialRecord | None) -> None:
        self.figures.show_judged(self.verdict.about(best))
        if self.verdict.wanted(best):
            self._judge()

    def _show_lines(self) -> None:
        facts = self.session.facts
        self.trials.show_lines(self._lines())
        usable = self.live is None and bool(self.study and self.study.best)
        self.notes.use.setEnabled(usable and facts is not None and not facts.readonly)

    def _lines(self) -> list[Line]:
        study, live = self.study, self.live
        if study is None:
            return []
        shared = bool(live.arguments.get("storage") if live else self.known.address(study))
        return lines_of(study.trials, self.session.facts, shared)

    def _judge(self) -> None:
        if self.study is not None:
            here = {line.number for line in self._lines() if line.here}
            self.verdict.ask(self.study, here)

    def _take_judged(self, judged: Judged) -> None:
        self._show_interval(self.study.best if self.study else None)
        if self.live is None:
            self.notes.conclude(judged)
