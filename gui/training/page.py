"""Train: the recipe, the run while it learns, all runs; and the search, its other view."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from engine.errors import ConfigurationError
from engine.events import Event
from engine.training.recipe import Recipe
from gui.jobs import Job
from gui.live import Live, LiveRun
from gui.session import Session
from gui.training.curves import Curves
from gui.training.parts import RUN, SEARCH, TrainingParts
from gui.training.recalling import Recalled, recall
from gui.training.sentences import run_sentence, waiting

if TYPE_CHECKING:
    from engine.store.runs import Run

WIDE = 1600  # px of the window under which a search leaves no room for its form
REDRAW = 33  # ms between two parts that are drawn; each is drawn at most every 100 ms


class TrainingPage(TrainingParts):
    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.run: Run | None = None  # the stored run that is shown
        self._curves = Curves()
        self._reading: Job | None = None
        self._items = 0
        self._redraw = QTimer(self, singleShot=True, interval=REDRAW)
        self._redraw.timeout.connect(self._draw_next)
        self._waiting: list[Callable[[], None]] = []
        self._connect()
        self.follow(session)
        if session.live is not None:
            self._began(session.live)
        self._show_facts()
        self.first = self.train

    def _connect(self) -> None:
        session, search = self.session, self.search
        session.run_began.connect(self._began)
        session.run_ended.connect(self._ended)
        self.train.clicked.connect(lambda: self.begin())
        self.seek.clicked.connect(lambda: search.begin())
        self.controls.add_keys(self, self._go, self._turn_view)
        self.views.chosen.connect(self.show_view)
        self.notes.remedy_wanted.connect(self._use_remedy)
        self.runs.chosen.connect(self._show_run)
        self.runs.results_wanted.connect(session.run_wanted)
        self.runs.resume_wanted.connect(self.resume)
        self.form.changed.connect(self._store_form)
        search.failed.connect(self.show_error)
        search.wrong.connect(lambda: self.drawer.setChecked(True))
        search.run_wanted.connect(self._show_curves)
        search.changed.connect(self._show_search)

    @property
    def live_run(self) -> LiveRun | None:
        return self.session.live if isinstance(self.session.live, LiveRun) else None

    @property
    def searching(self) -> bool:
        """Whether the search is the view that is shown."""
        return self.views.value == SEARCH

    def show_view(self, name: str) -> None:
        """RUN or SEARCH."""
        self.views.choose(name)
        self.form.setVisible(name == RUN)
        self.search.form.setVisible(name == SEARCH)
        self.train.setVisible(name == RUN)
        self.seek.setVisible(name == SEARCH)
        self.first = self.seek if name == SEARCH else self.train
        if self.isVisible():
            self.first.setFocus()
        if name == SEARCH:
            self.search.refresh()
        self._show_facts()

    # What the person does

    def _go(self) -> None:
        (self.seek if self.searching else self.train).click()

    def _turn_view(self) -> None:
        self.show_view(RUN if self.searching else SEARCH)

    def begin(self) -> None:
        """Starts a run with the recipe in the form."""
        recipe = self._recipe()
        if recipe is not None and self.session.live is None and self.train.isEnabled():
            self.clear_error()
            self.session.train(recipe.to_wire())

    def resume(self, run: Run) -> None:
        self.clear_error()
        self.session.train(run.recipe, resume=run.id)

    def _use_remedy(self, remedy: dict[str, Any]) -> None:
        if self.session.take_remedy(remedy["changes"]):
            self.notes.say(f"Set for the next run: {remedy['text']}.", "good")

    def _recipe(self) -> Recipe | None:
        facts = self.session.facts
        if facts is None or facts.model is None:
            return None
        try:
            chosen = {"model": facts.model["name"], "weights": facts.model.get("weights")}
            values = {**self.form.merged(facts.recipe), "preset": facts.preset}
            recipe = Recipe.from_wire({**chosen, **values}).validate()
        except ConfigurationError as error:
            if not self.form.show_errors(error):
                self.show_error(error)
            self.drawer.setChecked(True)
            return None
        self.form.show_errors(None)
        return recipe

    def _store_form(self) -> None:
        facts = self.session.facts
        try:
            values = self.form.values()
            Recipe(model="-", **values).validate()
        except ConfigurationError as error:
            self.form.show_errors(error)
            return
        self.form.show_errors(None)
        if facts is not None and not facts.readonly:
            changes = {name: values.get(name) for name in self.form.names}
            if any(facts.recipe.get(name) != value for name, value in changes.items()):
                self.session.set_recipe(changes)

    # What is shown

    def _show_facts(self) -> None:
        facts, live = self.session.facts, self.session.live
        if facts is None:
            return
        self.form.show_recipe(facts.recipe, facts.preset)
        self.runs.show_runs(facts.runs, live)
        self.search.show_facts()
        reason = waiting(live, facts)
        for one in (self.train, self.seek):
            one.setEnabled(not reason)
            one.setToolTip(reason or "Ctrl+Return")
        self.train.setText("Train again" if facts.runs else "Train")
        self._show_search()
        self._say_sentence()
        self._choose_state()

    def _choose_state(self) -> None:
        facts, before = self.session.facts, self.stack.currentWidget()
        assert facts is not None
        if self.searching and not self.search.empty:
            state: QWidget = self.search
        elif not self.searching and (self.live_run is not None or facts.runs):
            state = self.full
        elif not facts.counts["labelled"]:
            state = self.no_data
        elif facts.model is None:
            state = self.no_model
        else:
            state = self.no_search if self.searching else self.no_runs
        # With plots and a wide table beside it, the form folds earlier.
        self.fold = WIDE if state is self.search else type(self).fold
        self.show_state(state)
        if state is not before and self.no_search in (state, before):
            self.drawer.setChecked(state is self.no_search)  # its form is all there is to see

    def _show_search(self) -> None:
        """The search has begun, gone on or ended, or another one is shown."""
        on = self.search.form.going_on is not None
        self.seek.setText("Search on" if on else "Search")
        if self.searching:
            self._say_sentence()
            self._choose_state()

    def _say_sentence(self) -> None:
        facts, live = self.session.facts, self.session.live
        assert facts is not None
        if self.searching:
            words = self.search.sentence
        else:
            words = run_sentence(facts, self.live_run, self.run)
        own = live is not None and (self.live_run is None) is self.searching
        reason = "" if own else waiting(live, facts)
        if reason and (facts.model is not None or live is not None):
            words = f"{words} · {reason[0].lower()}{reason[1:]}"
        self.sentence.setText(words)

    def _began(self, live: Live) -> None:
        if isinstance(live, LiveRun):
            self._follow(live)
        else:
            self.plain.append(self.search)  # as for a run: what is asked stands, plots want room
            self.show_view(SEARCH)

    def _follow(self, live: LiveRun) -> None:
        if self._reading is not None:  # the curves of the run that was shown
            self._reading.cancel()
        self._curves = Curves()
        self.notes.clear()
        self.figures.clear()
        self.run = None
        for line in live.notes:
            self.notes.hear(line)
        live.heard.connect(self._hear)
        self.plain.append(self.full)  # the recipe cannot be changed now, and plots want room
        self.show_view(RUN)
        if live.run is not None:
            self._read_curves(live.run)
        self._draw()
        self._say_sentence()

    def _hear(self, event: Event) -> None:
        self.notes.hear(event)
        self._curves.hear(event)
        if not self._waiting:
            self._waiting = [self._draw_figures, self._draw_loss, self._draw_rates]
            self._redraw.start()

    def _ended(self, live: Live) -> None:
        self.plain.remove(self.full if isinstance(live, LiveRun) else self.search)
        if not isinstance(live, LiveRun):
            self._show_facts()  # the search has shown what came of it
            return
        if live.error is not None:
            self.show_error(live.error)
        self._show_facts()
        if live.run is not None:
            self.runs.table.choose(lambda run: run.id == live.run)
            self._read_curves(live.run)

    def _show_curves(self, run: int) -> None:
        """Those of a trial's run."""
        self.show_view(RUN)
        self.runs.table.choose(lambda one: one.id == run)
        self.runs.table.setFocus()

    def _show_run(self, run: Run) -> None:
        if self.live_run is not None:
            return  # it draws itself, and two runs in one row of figures would mislead
        if self.run is not None and self.run == run:
            return
        self.run = run
        self.notes.tell_stored(run)
        self._say_sentence()
        self._read_curves(run.id)

    def _read_curves(self, run: int) -> None:
        """The same curves as live, from the database."""
        project = self.session.project
        if project is None:
            return
        if self._reading is not None:
            self._reading.cancel()

        self._reading = self.session.jobs.run(
            lambda emit, cancel: recall(project, run), done=self._take, failed=self.show_error
        )

    def _take(self, found: Recalled) -> None:
        self._reading = None
        self._items = found.validation_items
        self._curves = Curves(found.metrics)
        if self.live_run is None:
            self.notes.recall(found.remarks)
        self._draw()

    def _draw_next(self) -> None:
        """One part a turn of the event loop, so that none keeps the window waiting."""
        part = self._waiting.pop(0)
        part()
        if self._waiting:
            self._redraw.start()

    def _draw(self) -> None:
        self._draw_figures()
        self._draw_loss()
        self._draw_rates()

    def _draw_figures(self) -> None:
        curves, live = self._curves, self.live_run
        if live is not None:
            self.figures.show_live(live, curves)
            self._say_sentence()
        elif self.run is not None:
            self.figures.show_run(self.run, curves, self._items)

    @property
    def _epochs(self) -> float:
        live = self.live_run
        if live is not None:
            return float(live.epochs)
        return float(self.run.recipe.get("epochs", 0)) if self.run is not None else 0.0

    def _draw_loss(self) -> None:
        self.show_loss(self._curves, self._epochs)

    def _draw_rates(self) -> None:
        self.show_rates(self._curves, self._epochs)
