"""Layers: what stays as it was learned, and what learns from your data."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.errors import GraftError
from engine.freezing.presets import PRESETS
from engine.training.process import Request
from gui.layers.reading import Reading, read
from gui.layers.strip import StageStrip
from gui.layers.table import StageTable
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, Figure, clear, column, row
from gui.widgets.controls import Segments, button, label
from gui.widgets.page import Page
from gui.widgets.states import Empty, Skeleton
from gui.widgets.words import count, short

DEFAULT_EPOCHS = 10


class LayersPage(Page):
    def __init__(self, session: Session) -> None:
        super().__init__("Layers", "layers")
        self.session = session
        self._described: dict[str, Any] | None = None
        self._for: tuple[Any, ...] | None = None  # what was described, or is asked for
        self._shown: tuple[Any, ...] | None = None
        self.train = button("Go on to training", "primary", "Ctrl+4")
        self.train.clicked.connect(lambda: session.page_wanted.emit("training"))
        self.buttons.addWidget(self.train)
        words = "Choose what stays as it was learned, and what learns from your data."
        self.sentence.setText(words)
        self._build_states()
        self._build_details()
        self.first = self.train
        self.follow(session)
        self._show_facts()

    def _build_states(self) -> None:
        choose = button("Choose a model", "primary")
        choose.clicked.connect(lambda: self.session.page_wanted.emit("models"))
        self.empty = Empty("No model is chosen", "Its layers show here once you have one.", choose)
        self.presets = Segments(
            [(preset.title, name, preset.when) for name, preset in PRESETS.items()], "Presets"
        )
        self.presets.chosen.connect(lambda name: self.session.set(preset=name))
        self.strip = StageStrip()
        self.strip_card = Card(tight=True)
        self.phase = Segments([("", 0, "")], "Phase")
        self.phase_row = QVBoxLayout()
        self.strip_card.box.addLayout(self.phase_row)
        self.strip_card.box.addWidget(self.strip)
        self.table = StageTable()
        table_card = Card(tight=True)
        table_card.box.addWidget(self.table)
        self.loading = Skeleton()
        self.waiting = label("", "muted")
        self.known = QWidget()
        known = column(self.strip_card, table_card, spacing=12)
        known.setStretch(1, 1)
        self.known.setLayout(known)
        self.unknown = QWidget()
        self.unknown.setLayout(column(self.waiting, self.loading, spacing=12))
        full = QWidget()
        box = column(self.presets, self.known, self.unknown, spacing=12)
        box.setStretch(1, 1)
        box.setStretch(2, 1)
        full.setLayout(box)
        self.full = full
        self.stack.addWidget(self.empty)
        self.stack.addWidget(full)
        self.plain.append(self.empty)

    def _build_details(self) -> None:
        cost = Card("What this costs")
        self.trainable = Figure("learn")
        self.kept = Figure("stays frozen")
        cost.box.addLayout(row(self.trainable, self.kept))
        self.cost_words = label("", "small", wrap=True)
        cost.box.addWidget(self.cost_words)
        when = Card("When to take it")
        self.when = label("", wrap=True)
        when.box.addWidget(self.when)
        phases = Card("Phases")
        self.phase_list = QVBoxLayout()
        self.phase_list.setSpacing(THEME.px(6))
        phases.box.addLayout(self.phase_list)
        for card in (cost, when, phases):
            self.details.addWidget(card)
        self.details.addStretch(1)

    def _show_facts(self) -> None:
        facts = self.session.facts
        if facts is None:
            return
        self.train.setEnabled(facts.model is not None)
        self.presets.choose(facts.preset)
        self.when.setText(PRESETS[facts.preset].when)
        if facts.model is None:
            self.show_state(self.empty)
            return
        self.show_state(self.full)
        wanted = (facts.model["name"], facts.model.get("weights"), len(facts.classes))
        if wanted != self._for:
            self._ask(wanted)
        self._show_described()

    def entered(self) -> None:
        if self.error is not None:  # what was missing may be there now
            self._for = None
            self.clear_error()
            self._show_facts()

    def _ask(self, wanted: tuple[Any, ...]) -> None:
        """Lets a child look at the network: building it needs torch."""
        facts, project = self.session.facts, self.session.project
        assert facts is not None and facts.model is not None and project is not None
        self._for, self._described = wanted, None
        self.clear_error()
        title = facts.model.get("title") or facts.model["name"]
        self.waiting.setText(f"Reading the layers of {title} …")
        arguments = {
            "model": facts.model["name"], "weights": facts.model.get("weights"),
            "preset": facts.preset, "epochs": DEFAULT_EPOCHS, "lr": None,
        }  # fmt: skip
        self.session.processes.ask(
            Request("describe", str(project.folder), arguments),
            done=lambda result: self._take(wanted, result),
            failed=lambda error: self._failed(wanted, error),
        )  # fmt: skip

    def _take(self, wanted: tuple[Any, ...], result: object) -> None:
        if wanted == self._for and isinstance(result, dict):
            self._described = result
            self._show_described()

    def _failed(self, wanted: tuple[Any, ...], error: GraftError) -> None:
        if wanted != self._for:
            return  # of a model that is no longer chosen
        self.waiting.setText("The layers could not be read.")
        self.show_error(error)

    def _show_described(self) -> None:
        facts = self.session.facts
        recipe = facts.recipe if facts else {}
        state = (self._described, facts and facts.preset, recipe.get("epochs"), recipe.get("lr"))
        if state == self._shown:
            return
        self._shown = state
        self.known.setVisible(self._described is not None)
        self.unknown.setVisible(self._described is None)
        if self._described is None or facts is None:
            for figure in (self.trainable, self.kept):
                figure.show_value("–")
            self.cost_words.setText("")
            clear(self.phase_list)
            return
        epochs = int(facts.recipe.get("epochs") or DEFAULT_EPOCHS)
        reading = read(self._described["stages"], facts.preset, epochs, facts.recipe.get("lr"))
        self._show_phases(reading)
        self.show_phase(reading, len(reading.phases) - 1 if facts.preset == "scratch" else 0)

    def _show_phases(self, reading: Reading) -> None:
        clear(self.phase_row)
        if len(reading.phases) > 1:
            names = [(f"{n + 1}  {phase.title}", n, "") for n, phase in enumerate(reading.phases)]
            self.phase = Segments(names, "Phase")
            self.phase.choose(0)
            self.phase.chosen.connect(lambda n: self.show_phase(reading, int(str(n))))
            self.phase_row.addWidget(self.phase)
        clear(self.phase_list)
        for number, phase in enumerate(reading.phases, start=1):
            words = f"{count(phase.epochs, 'epoch')} at a learning rate of {phase.lr:g}"
            title = label(f"{number}   {phase.title}", wrap=True)
            self.phase_list.addLayout(column(title, label(words, "small"), spacing=2))

    def show_phase(self, reading: Reading, phase: int) -> None:
        self.strip.show_reading(reading, phase)
        self.table.show_reading(reading, phase)
        learning, total = reading.trainable(phase), reading.parameters
        self.trainable.show_value(short(learning), f"learn, of {short(total)}")
        self.kept.show_value(f"{1 - learning / max(1, total):.0%}", "stays frozen")
        prefix = reading.prefix(phase)
        if prefix:
            last = str(reading.stages[prefix - 1]["title"]).lower()
            words = (
                f"Everything up to {last} is computed once and read from the cache from then on, "
                "in this run and in later ones."
            )
        else:
            words = "Nothing stays frozen, so every epoch computes the whole network."
        self.cost_words.setText(words)
