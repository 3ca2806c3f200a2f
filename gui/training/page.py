"""Train: the recipe, the run while it learns, and all runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from engine.errors import ConfigurationError
from engine.events import Event
from engine.freezing.presets import PRESETS
from engine.training.recipe import Recipe
from gui.jobs import Job
from gui.live import LiveRun
from gui.session import Session
from gui.training.actions import RunActions
from gui.training.curves import Curves
from gui.training.figures import Figures
from gui.training.form import RecipeForm
from gui.training.notes import Notes
from gui.training.recalling import Recalled, recall
from gui.training.runs import Runs, model_name, preset_title
from gui.widgets.card import column, row
from gui.widgets.controls import button
from gui.widgets.page import Page
from gui.widgets.plot import Plot
from gui.widgets.states import Empty
from gui.widgets.words import splits

if TYPE_CHECKING:
    from engine.store.runs import Run

REDRAW = 33  # ms between two parts that are drawn; each is drawn at most every 100 ms


class TrainingPage(Page):
    fold = 1360  # three plots want more room than other pages

    def __init__(self, session: Session) -> None:
        super().__init__("Train", "training")
        self.session = session
        self.run: Run | None = None  # the stored run that is shown
        self._curves = Curves()
        self._reading: Job | None = None
        self._items = 0
        self._build_actions()
        self._build_states()
        self._redraw = QTimer(self, singleShot=True, interval=REDRAW)
        self._redraw.timeout.connect(self._draw_next)
        self._waiting: list[Callable[[], None]] = []
        self.follow(session)
        session.run_began.connect(self._follow)
        session.run_ended.connect(self._ended)
        if session.live is not None:
            self._follow(session.live)
        self._show_facts()
        self.first = self.train

    def _build_actions(self) -> None:
        self.controls = RunActions(self.session)
        self.train = button("Train", "primary", "Ctrl+Return", self.begin)
        self.buttons.addWidget(self.controls)
        self.buttons.addWidget(self.train)
        self.controls.add_keys(self, self.train)

    def _build_states(self) -> None:
        data = button("Go to the data", "primary")
        data.clicked.connect(lambda: self.session.page_wanted.emit("data"))
        model = button("Choose a model", "primary")
        model.clicked.connect(lambda: self.session.page_wanted.emit("models"))
        self.no_data = Empty("Nothing to learn from yet", "Import or label some data first.", data)
        self.no_model = Empty("No model is chosen", "Training starts from one.", model)
        self.no_runs = Empty("No run yet", "The recipe at the right is a good start. Press Train.")
        self.figures = Figures()
        self.loss = Plot("Loss", ("training", "validation"))
        self.accuracy = Plot("Accuracy", ("training", "validation"))
        self.lr = Plot("Learning rate", ("training",), axis=60)
        plots = row(self.loss, self.accuracy, self.lr, spacing=12)
        for place, share in enumerate((5, 5, 3)):
            plots.setStretch(place, share)
        self.notes = Notes()
        self.notes.remedy_wanted.connect(self._use_remedy)
        self.runs = Runs()
        self.runs.chosen.connect(self._show_run)
        self.runs.results_wanted.connect(self.session.run_wanted)
        self.runs.resume_wanted.connect(self.resume)
        below = row(self.notes, self.runs, spacing=12)
        below.setStretch(0, 2)
        below.setStretch(1, 4)
        box = column(self.figures, plots, below, spacing=12)
        box.setStretch(1, 5)
        box.setStretch(2, 4)
        self.full = QWidget()
        self.full.setLayout(box)
        for state in (self.no_data, self.no_model, self.no_runs, self.full):
            self.stack.addWidget(state)
        self.plain += [self.no_data, self.no_model]
        facts = self.session.facts
        self.form = RecipeForm(facts.kind if facts else "image")
        self.form.changed.connect(self._store_form)
        self.details.addWidget(self.form)
        self.details.addStretch(1)

    # What the person does

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
        ready = bool(facts.counts["labelled"] and facts.model) and not facts.readonly
        self.train.setEnabled(ready and live is None)
        self.train.setText("Train again" if facts.runs else "Train")
        self._say_sentence()
        if live is not None or facts.runs:
            self.show_state(self.full)
        elif not facts.counts["labelled"]:
            self.show_state(self.no_data)
        elif facts.model is None:
            self.show_state(self.no_model)
        else:
            self.show_state(self.no_runs)

    def _say_sentence(self) -> None:
        facts, live = self.session.facts, self.session.live
        assert facts is not None
        if live is not None and live.started is not None:
            preset = PRESETS[live.started.preset].title.lower()
            words = f"{live.name} · {preset} of {live.started.model} · {splits(live.started.items)}"
        elif live is not None:
            words = live.activity
        elif self.run is not None:
            run = self.run
            words = f"{run.name} · {preset_title(run).lower()} of {model_name(run)} · {run.state}"
        else:
            chosen = facts.model.get("title") or facts.model["name"] if facts.model else "no model"
            words = f"{facts.plan_title} of {chosen} · {splits(facts.counts)}"
        if facts.counts["groups"] and not live and not self.run:
            words += ", no group in two of them"
        self.sentence.setText(words)

    def _follow(self, live: LiveRun) -> None:
        self._curves = Curves()
        self.notes.clear()
        self.figures.clear()
        self.run = None
        for line in live.notes:
            self.notes.hear(line)
        live.heard.connect(self._hear)
        self.plain.append(self.full)  # the recipe cannot be changed now, and plots want room
        self.show_state(self.full)
        self.train.setEnabled(False)
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

    def _ended(self, live: LiveRun) -> None:
        self.plain.remove(self.full)
        if live.error is not None:
            self.show_error(live.error)
        self._show_facts()
        if live.run is not None:
            self.runs.table.choose(lambda run: run.id == live.run)
            self._read_curves(live.run)

    def _show_run(self, run: Run) -> None:
        live = self.session.live
        if live is not None and (live.run is None or live.run == run.id):
            return  # it draws itself
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
        if self.session.live is None:
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
        curves, live = self._curves, self.session.live
        if live is not None:
            self.figures.show_live(live, curves)
            self._say_sentence()
        elif self.run is not None:
            self.figures.show_run(self.run, curves, self._items)

    @property
    def _epochs(self) -> float:
        live = self.session.live
        if live is not None:
            return float(live.epochs)
        return float(self.run.recipe.get("epochs", 0)) if self.run is not None else 0.0

    def _draw_loss(self) -> None:
        curves = self._curves
        self.loss.show_curves(
            {"training": curves.training_loss, "validation": curves.get("validation/loss")},
            self._epochs,
        )

    def _draw_rates(self) -> None:
        curves = self._curves
        self.accuracy.show_curves(
            {
                "training": curves.get("train/accuracy"),
                "validation": curves.get("validation/accuracy"),
            },
            self._epochs,
        )
        self.lr.show_curves({"training": curves.get("step/lr")}, self._epochs)
