"""The Train page as it stands on the screen: what is where, and nothing of what it does."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.session import Session
from gui.training.actions import RunActions
from gui.training.curves import Curves
from gui.training.figures import Figures
from gui.training.form import RecipeForm
from gui.training.notes import Notes
from gui.training.runs import Runs
from gui.training.search_view import SearchView
from gui.widgets.card import column, row
from gui.widgets.controls import Segments, button
from gui.widgets.page import Page
from gui.widgets.plot import Plot
from gui.widgets.states import Empty

RUN, SEARCH = "run", "search"
SEARCH_WORDS = (
    "What the trials bring is drawn here while they go on. The form at the right is a good start. "
    "Say how long it may take and press Search."
)


class TrainingParts(Page):
    fold = 1360  # three plots want more room than other pages

    def __init__(self, session: Session) -> None:
        super().__init__("Train", "training")
        self.session = session
        self._build_header()
        self._build_empty()
        self._build_run()
        self._build_search()
        self.plain += [self.no_data, self.no_model]
        self.details.addStretch(1)

    def _build_header(self) -> None:
        self.views = Segments(
            [("Run", RUN, "One run with the recipe (Ctrl+T)"),
             ("Search", SEARCH, "Many runs, to find good settings (Ctrl+T)")],
            "Run or search",
        )  # fmt: skip
        self.views.choose(RUN)
        self.titles.insertWidget(1, self.views)
        self.controls = RunActions(self.session)
        self.train = button("Train", "primary", "Ctrl+Return")
        self.seek = button("Search", "primary", "Ctrl+Return")
        self.seek.hide()
        for part in (self.controls, self.train, self.seek):
            self.buttons.addWidget(part)

    def _build_empty(self) -> None:
        data = button("Go to the data", "primary")
        data.clicked.connect(lambda: self.session.page_wanted.emit("data"))
        model = button("Choose a model", "primary")
        model.clicked.connect(lambda: self.session.page_wanted.emit("models"))
        self.no_data = Empty("Nothing to learn from yet", "Import or label some data first.", data)
        self.no_model = Empty("No model is chosen", "Training starts from one.", model)
        self.no_runs = Empty("No run yet", "What Details holds is a good start. Press Train.")
        self.no_search = Empty("No search yet", SEARCH_WORDS)
        for state in (self.no_data, self.no_model, self.no_runs, self.no_search):
            self.stack.addWidget(state)

    def _build_run(self) -> None:
        self.figures = Figures()
        self.loss = Plot("Loss", ("training", "validation"))
        self.accuracy = Plot("Accuracy", ("training", "validation"))
        self.lr = Plot("Learning rate", ("training",), axis=60)
        plots = row(self.loss, self.accuracy, self.lr, spacing=12)
        for place, share in enumerate((5, 5, 3)):
            plots.setStretch(place, share)
        self.notes, self.runs = Notes(), Runs()
        below = row(self.notes, self.runs, spacing=12)
        below.setStretch(0, 2)
        below.setStretch(1, 4)
        box = column(self.figures, plots, below, spacing=12)
        box.setStretch(1, 5)
        box.setStretch(2, 4)
        self.full = QWidget()
        self.full.setLayout(box)
        self.stack.addWidget(self.full)
        facts = self.session.facts
        self.form = RecipeForm(facts.kind if facts else "image")
        self.details.addWidget(self.form)

    def _build_search(self) -> None:
        self.search = SearchView(self.session)
        self.search.form.hide()
        self.stack.addWidget(self.search)
        self.details.addWidget(self.search.form)

    def show_loss(self, curves: Curves, epochs: float) -> None:
        self.loss.show_curves(
            {"training": curves.training_loss, "validation": curves.get("validation/loss")}, epochs
        )

    def show_rates(self, curves: Curves, epochs: float) -> None:
        self.accuracy.show_curves(
            {
                "training": curves.get("train/accuracy"),
                "validation": curves.get("validation/accuracy"),
            },
            epochs,
        )
        self.lr.show_curves({"training": curves.get("step/lr")}, epochs)
