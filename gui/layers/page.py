"""Layers: what stays as it was learned, and what learns from your data."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent

from engine.errors import ConfigurationError, GraftError
from engine.freezing.outline import stages_of
from gui.asking import Asked
from gui.keys import action
from gui.layers.advice import AdviceCard
from gui.layers.editor import Editor
from gui.layers.edits import Edits
from gui.layers.keeping import Keeping
from gui.layers.learning import Learning
from gui.layers.movement import Movement
from gui.layers.nodes import Node
from gui.layers.parts import LayersParts
from gui.layers.pricing import Pricing
from gui.layers.rate import RateCard, nice
from gui.layers.studies import Studies
from gui.session import Session


class LayersPage(LayersParts):
    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.editor = Editor(session, self)
        self.studies = Studies(session, self)
        self.edits = Edits(self.editor)
        self.learning: Learning | None = None
        self.pricing = Pricing(session, self.editor, self.studies, self.cost)
        self.keeping = Keeping(session, self.editor, self.edits, self.studies, self.saved)
        self.movement = Movement(session, self.tree.show_movement)
        self._connect()
        self._add_keys()
        self.first = self.tree
        self.follow(session)
        self._show_facts()

    def _connect(self) -> None:
        editor, edits, tree, session = self.editor, self.edits, self.tree, self.session
        editor.changed.connect(self._changed)
        editor.stack.indexChanged.connect(self._show_undo)
        self.undo.clicked.connect(editor.stack.undo)
        self.redo.clicked.connect(editor.stack.redo)
        self.again.clicked.connect(self.retry)
        self.studies.described.connect(self._show_network)
        self.studies.failed.connect(self._not_described)
        self.presets.chosen.connect(editor.choose_preset)
        self.plans.toggled.connect(self._show_saved)
        self.saved.closed.connect(lambda: self.plans.setChecked(False))
        self.strip.dragged.connect(edits.drag)
        self.strip.moved.connect(edits.boundary)
        tree.learn_wanted.connect(edits.learn)
        tree.from_here_wanted.connect(edits.from_here)
        tree.rows.paced.connect(self._paced)
        tree.rows.renamed.connect(self.keeping.rename)
        self.tools.searched.connect(lambda words: self.tools.show_found(words, tree.search(words)))
        self.tools.freeze.connect(lambda: tree.ask(False))
        self.tools.learn.connect(lambda: tree.ask(True))
        self.tools.from_here.connect(tree.ask_from_here)
        self.tools.factor.connect(tree.edit_factor)
        self.tools.pattern.wanted.connect(edits.pattern)
        self.tools.decay.wanted.connect(edits.decay)
        self.phases.chosen.connect(editor.choose_phase)
        self.phases.changed.connect(lambda words, values: editor.edit_phase(words, **values))
        self.phases.added.connect(editor.add_phase)
        self.phases.removed.connect(editor.remove_phase)
        self.phases.moved.connect(editor.move_phase)
        self.shape.changed.connect(session.set_recipe)
        self.cost.remedy_wanted.connect(self.keeping.take_remedy)
        self.advice.taken.connect(self.keeping.take_advice)
        for card, asked in (
            (self.advice, self.studies.advise),
            (self.rate, self.studies.find_rate),
        ):
            card.wanted.connect(lambda card=card, asked=asked: self._study(card, asked))
            card.stopped.connect(asked.give_up)
            asked.activity.connect(card.hear_activity)
            asked.done.connect(card.take_result)
            asked.failed.connect(self.show_error)
            asked.ended.connect(card.end)
        self.studies.find_rate.heard.connect(self.rate.hear)
        self.rate.taken.connect(
            lambda rate: editor.edit_phase(f"Use a learning rate of {nice(rate)}", lr=rate)
        )

    def _add_keys(self) -> None:
        here = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for text, keys, done in (
            ("Undo", "Ctrl+Z", self.editor.stack.undo),
            ("Redo", ["Ctrl+Shift+Z", "Ctrl+Y"], self.editor.stack.redo),
            ("Search layers", "Ctrl+F", self.tools.search.setFocus),
            ("By pattern", "Ctrl+P", self.tools.pattern_button.toggle),
            ("Layer-wise decay", "Ctrl+D", self.tools.decay_button.toggle),
            ("Save or use a plan", "Ctrl+S", self.plans.toggle),
            ("Add a phase", "Ctrl+Shift+N", self.editor.add_phase),
            ("Remove the phase", "Ctrl+Shift+Delete", self.editor.remove_phase),
            ("Phase earlier", "Alt+Left", lambda: self.editor.move_phase(-1)),
            ("Phase later", "Alt+Right", lambda: self.editor.move_phase(1)),
        ):
            made = action(self, text, keys, "Layers", here)
            made.triggered.connect(lambda checked=False, done=done: done())

    # What is known

    def _show_facts(self) -> None:
        facts = self.session.facts
        if facts is None:
            return
        self.train.setEnabled(facts.model is not None)
        self.shape.show_recipe(facts.recipe, facts.readonly)
        self.saved.show_plans(facts.plans, facts.readonly)
        if facts.model is None:
            self.show_state(self.empty)
            return
        self.show_state(self.full)
        self.editor.take_facts(facts)
        if not self._look():
            self._show()
        self.movement.follow(facts)
        self._measure()

    def _look(self) -> bool:
        """The network that belongs to what is chosen; a child is asked where it is not known.

        True when all was shown anew by that.
        """
        facts = self.session.facts
        if facts is None or facts.model is None:
            return True
        if self.studies.want(facts, self.editor.draft):
            self.clear_error()
            self.shape.show_error(None)
            self.studies.drop()
            self.advice.forget()
            self.rate.forget()
            title = facts.model.get("title") or facts.model["name"]
            self.waiting.setText(f"Reading the layers of {title} …")
            self.again.hide()
            self.skeleton.show()
            self._show_network()
            return True
        return False

    def _changed(self) -> None:
        """The person did something, or undid it."""
        if not self._look():
            self._show()

    def entered(self) -> None:
        if self.error is not None and self.studies.network is None:
            self.retry()  # what was missing may be there now

    def retry(self) -> None:
        self.clear_error()
        self.studies.forget()
        self._look()

    def _not_described(self, error: GraftError) -> None:
        self.waiting.setText("The layers could not be read.")
        self.again.show()
        self.skeleton.hide()
        if not (isinstance(error, ConfigurationError) and self.shape.show_error(error)):
            self.show_error(error)

    def _show_network(self) -> None:
        network = self.studies.network
        self.known.setVisible(network is not None)
        self.unknown.setVisible(network is None)
        if network is None or network is self.edits.network:
            self._show()
            return
        self.edits.network = network
        self.tools.search.clear()
        self.tools.pattern.outline = network.outline
        self.tools.pattern.look()
        self.tree.show_network(network)
        self.movement.show()
        self.editor.take_stages(stages_of(network.description))
        self._show()
        self._measure()

    def _show(self) -> None:
        """Every figure, after whatever changed."""
        facts, network, editor = self.session.facts, self.studies.network, self.editor
        if facts is None or facts.model is None:
            return
        self.presets.show_draft(editor.draft)
        self._show_undo()
        readonly = editor.readonly
        self.strip.readonly = self.tree.rows.readonly = readonly
        self.tools.set_readonly(readonly)
        if network is None or not editor.phases:
            self.pricing.show(None)
            self.sentence.setText("Choose what stays as it was learned, and what learns.")
            return
        self.learning = Learning(network.tree, editor.plan)
        self.tree.rows.show_learning(self.learning)
        self.strip.show_learning(network, self.learning)
        self.phases.show_phases(editor.phases, self._shares(), editor.at, readonly)
        phase = editor.phase
        assert phase is not None
        self.rate.show_rate(phase.lr, phase.title)
        self.pricing.show(network)
        self.sentence.setText(self.pricing.sentence(network, self.learning))

    def _shares(self) -> list[float]:
        """Of each phase, how much of the network learns."""
        network = self.studies.network
        assert network is not None
        total = max(1, network.tree.parameters)
        return [
            (self.learning.total if n == self.editor.at and self.learning else
             Learning(network.tree, phase.plan).total) / total
            for n, phase in enumerate(self.editor.phases)
        ]  # fmt: skip

    def _show_undo(self, at: int = 0) -> None:
        stack = self.editor.stack
        for one, can, words, key in (
            (self.undo, stack.canUndo(), stack.undoText(), "Ctrl+Z"),
            (self.redo, stack.canRedo(), stack.redoText(), "Ctrl+Shift+Z"),
        ):
            one.setEnabled(can)
            one.setToolTip(f"{one.text()}: {words}  ({key})" if can else key)

    def _show_saved(self, on: bool) -> None:
        self.saved.setVisible(on)
        if on:
            self.saved.tell([])
            self.saved.name.setFocus()

    def _paced(self, node: Node, typed: str) -> None:
        chosen = self.tree.nodes()
        if not self.edits.factor(chosen if node in chosen else [node], typed):
            self.tools.found.setText(f"{typed!r} is no factor: write 0.1, or 0 to freeze.")

    def _study(self, card: AdviceCard | RateCard, asked: Asked) -> None:
        """Has a child try something on a copy; what is edited is what it tries."""
        facts = self.session.facts
        if facts is None or facts.model is None or asked.busy:
            return
        self.clear_error()
        recipe = self.studies.recipe(facts, self.editor.draft).to_wire()
        if card is self.rate and self.editor.phase is not None:
            recipe["phases"] = [self.editor.phase.to_wire()]
        card.begin()
        asked.ask(recipe)

    def _measure(self) -> None:
        if self.isVisible():
            self.pricing.look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._measure()
