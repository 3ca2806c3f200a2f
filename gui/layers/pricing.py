"""The price of the plan that is edited, worked out anew at each click."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer

from engine.freezing.chart import Chart
from engine.freezing.duration import Timing
from engine.freezing.quote import Price, Quote
from engine.freezing.remedies import remedies
from gui.layers.cost import CostCard, as_time
from gui.layers.editor import Editor
from gui.layers.learning import Learning
from gui.layers.network import Described
from gui.layers.studies import Studies
from gui.session import Session
from gui.widgets.words import short, size

LATER = 150  # ms after the last click, before what would make a plan fit is worked out


class Pricing:
    def __init__(self, session: Session, editor: Editor, studies: Studies, card: CostCard) -> None:
        self._session, self._editor, self._studies, self._card = session, editor, studies, card
        self.price: Price | None = None
        self._quote: Quote | None = None
        self._shown: tuple[Any, ...] | None = None  # what the price was worked out for
        self._chart: tuple[Described, Chart] | None = None
        # Each remedy is a search over many plans: too slow for a click, and no figure.
        self._later = QTimer(card, singleShot=True, interval=LATER)
        self._later.timeout.connect(self._show_remedies)
        card.measure_wanted.connect(lambda: self._ask(again=True))
        studies.measured.connect(self._measured)
        studies.measure.activity.connect(lambda event: card.say(f"{event.text} …", False))
        studies.measure.ended.connect(self.follow)

    def show(self, network: Described | None) -> None:
        """Works the price out and shows it; None: nothing is known yet."""
        facts = self._session.facts
        if network is None or facts is None or facts.model is None:
            self.price, self._quote, self._shown = None, None, None
            self._card.show_nothing()
            return
        known, studies, plan = network.description, self._studies, self._editor.plan
        recipe = studies.recipe(facts, self._editor.draft)
        items = {split: facts.counts[split] for split in ("train", "validation", "test")}
        machine = studies.machine or known["machine"]
        first = self._editor.phases[0].plan if self._editor.phases else plan
        wanted = (network, plan, first, recipe, items, machine, studies.timing, facts.readonly)
        if wanted == self._shown:
            return
        self._shown = wanted
        timing = Timing.from_wire(studies.timing) if studies.timing else None
        self._quote = Quote.of(self._chart_of(network), recipe, first, machine, items, timing)
        self.price = self._quote.price(plan)
        self._card.show_price(self.price, self._upto(network), facts.readonly)
        if self.price.fits:
            self._later.stop()
        else:
            self._later.start()

    def _chart_of(self, network: Described) -> Chart:
        if self._chart is None or self._chart[0] is not network:
            self._chart = network, Chart(network.description)
        return self._chart[1]

    def _show_remedies(self) -> None:
        facts = self._session.facts
        if self._quote is not None and self.price is not None and facts is not None:
            found = remedies(self._quote, self._editor.plan, self.price)
            self._card.offer(list(found), facts.readonly)

    def _upto(self, network: Described) -> str:
        """The last stage before the one with the cut."""
        cut = self.price.cut if self.price is not None else None
        if cut is None or cut not in network.outline.place:
            return ""
        for number, stage in enumerate(network.stages):
            if any(cut == name or cut.startswith(f"{name}.") for name in stage.names):
                return network.stages[number - 1].title.lower() if number else ""
        return ""

    def follow(self) -> None:
        """Measures by itself once for each network and batch, and says what goes on."""
        facts, studies = self._session.facts, self._studies
        if facts is None or facts.model is None or studies.network is None:
            return
        error = studies.measure_error
        can = studies.network.weights_here and facts.counts["labelled"] > 0 and not facts.readonly
        if studies.measure.busy:
            self._card.say("Measuring with a few real steps …", False)
        elif not studies.network.weights_here:
            self._card.say("The time is measured once the weights are on this machine.", False)
        elif not facts.counts["labelled"]:
            self._card.say("The time is measured once there is labelled data.", False)
        elif facts.readonly:
            self._card.say("This project is open for reading only.", False)
        elif self._session.live is not None:
            self._card.say("The time is measured when no run trains.", False)
        elif studies.timing is not None:
            self._card.say("Time measured on this machine.", True)
        elif error is not None:
            self._card.say(f"{error.title}. {error.cause} {error.remedy}", True)
        else:
            self._card.say("The time is not measured yet.", can)

    def look(self) -> None:
        """The person sees the page: what is not measured yet is measured now."""
        if self._studies.timing is None:
            self._ask()
        self.follow()

    def _ask(self, again: bool = False) -> None:
        facts, network = self._session.facts, self._studies.network
        if facts is None or facts.model is None or network is None or facts.readonly:
            return
        if network.weights_here and facts.counts["labelled"]:
            self._studies.ask_measure(facts, self._editor.draft, again)
            self.follow()

    def _measured(self) -> None:
        self.show(self._studies.network)
        self.follow()

    def sentence(self, network: Described, learning: Learning) -> str:
        """Where things stand, in figures."""
        stages = [learning.of(stage) for stage in network.stages]
        count = sum(state.learning > 0 for state in stages)
        words = [f"{count} of {len(stages)} stages learn"]
        words.append(f"{short(learning.total)} of {short(network.tree.parameters)} parameters")
        if self.price is not None:
            words.append(f"{size(self.price.total)} of {size(self.price.available)} memory")
            if self.price.epoch_seconds is not None:
                words.append(f"{as_time(self.price.epoch_seconds)} an epoch")
            if not self.price.fits:
                words.append("this will not fit")
        return " · ".join(words)
