"""What children find out for the Layers page: the network, a measurement, advice, a rate."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.errors import GraftError
from engine.training.recipe import Recipe
from gui.asking import Asked
from gui.facts import Facts
from gui.layers.editor import Draft
from gui.layers.network import Described
from gui.layers.sameness import pace_key, shape_key
from gui.session import Session

KEPT = 4  # networks held, so that going back to one shows it at once


class Studies(QObject):
    """Knows for which network and which pace an answer is, and asks for each once."""

    described = Signal()  # `network` is there, or is another
    measured = Signal()
    failed = Signal(object)  # GraftError: the network could not be described

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.network: Described | None = None
        self.wanted = ""  # key of the network that is shown, or asked for
        self._networks: dict[str, Described] = {}
        self._measured: dict[str, dict[str, Any]] = {}
        self._failures: dict[str, GraftError] = {}  # of measurements
        self._measuring = ""
        self._pace = ""
        self.describe = Asked(session, "describe", self)
        self.describe.done.connect(self._take)
        self.describe.failed.connect(self.failed)
        self.measure = Asked(session, "measure", self)
        self.measure.done.connect(self._take_measured)
        self.measure.failed.connect(self._not_measured)
        self.advise = Asked(session, "advise", self)
        self.find_rate = Asked(session, "find-lr", self)
        session.closed.connect(self.give_up)
        session.run_began.connect(lambda live: self.measure.give_up())

    def give_up(self) -> None:
        for asked in (self.describe, self.measure, self.advise, self.find_rate):
            asked.give_up()

    def drop(self) -> None:
        """What is being tried was for another network."""
        self.advise.give_up()
        self.find_rate.give_up()

    def want(self, facts: Facts, draft: Draft) -> bool:
        """Shows the network of a recipe; asks for it when it is not known. True when it changes."""
        assert facts.model is not None
        key = shape_key(facts.model, draft.preset, facts.recipe, len(facts.classes))
        self._pace = pace_key(key, facts.recipe)
        known = self._networks.get(key)
        if known is not None and known.titles != facts.stage_titles:
            known = self._keep(key, Described(known.description, facts.stage_titles))
        changed = key != self.wanted or known is not self.network
        if key != self.wanted:
            self.wanted = key
            self.describe.give_up()
            self.measure.give_up()
            if known is None:
                self.describe.ask(self.recipe(facts, draft).to_wire() | {"phases": []})
        self.network = known
        return changed

    def forget(self) -> None:
        """The next wish asks again, whatever failed before."""
        if self.network is None:
            self.wanted = ""

    @staticmethod
    def recipe(facts: Facts, draft: Draft) -> Recipe:
        """What would be trained with what is chosen here."""
        assert facts.model is not None
        return Recipe.from_wire(
            facts.recipe
            | {
                "model": facts.model["name"], "weights": facts.model.get("weights"),
                "preset": draft.preset, "phases": [phase.to_wire() for phase in draft.phases],
            }
        )  # fmt: skip

    def _take(self, result: Any) -> None:
        facts = self._session.facts
        titles = facts.stage_titles if facts is not None else {}
        self.network = self._keep(self.wanted, Described(result, titles))
        self.described.emit()

    def _keep(self, key: str, network: Described) -> Described:
        self._networks.pop(key, None)
        self._networks[key] = network
        while len(self._networks) > KEPT:
            self._networks.pop(next(iter(self._networks)))
        return network

    # Measuring

    @property
    def machine(self) -> dict[str, Any] | None:
        """What a child found this machine to be; None as long as none has looked."""
        known = self._measured.get(self._pace) or next(iter(self._measured.values()), None)
        return known["machine"] if known else None

    @property
    def timing(self) -> dict[str, Any] | None:
        known = self._measured.get(self._pace)
        return known["timing"] if known else None

    @property
    def measure_error(self) -> GraftError | None:
        return self._failures.get(self._pace)

    def ask_measure(self, facts: Facts, draft: Draft, again: bool = False) -> None:
        """Takes a few real steps, once for each network and batch, unless `again`."""
        tried = self._pace in self._measured or self._pace in self._failures
        busy = self.measure.busy and self._measuring == self._pace
        if self._session.live is not None or busy or tried and not again:
            return
        self._failures.pop(self._pace, None)
        self._measuring = self._pace
        self.measure.ask(self.recipe(facts, draft).to_wire())

    def _take_measured(self, result: Any) -> None:
        self._measured[self._measuring] = result
        self.measured.emit()

    def _not_measured(self, error: GraftError) -> None:
        self._failures[self._measuring] = error
        self.measured.emit()
