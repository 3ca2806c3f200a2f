"""The phases under the person's hands: every change is stored at once and can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.freezing.plan import Plan
from engine.freezing.presets import PRESETS, USUAL, Phase, Stage
from engine.training.recipe import Recipe
from gui.facts import Facts
from gui.session import Session


@dataclass(frozen=True)
class Draft:
    """What is chosen: a preset, or phases made by hand from one."""

    preset: str
    phases: tuple[Phase, ...] = ()  # by hand; empty: the preset's own

    @property
    def title(self) -> str:
        """'Last block', or 'own plan, from Last block'."""
        preset = PRESETS[self.preset].title
        return f"own plan, from {preset}" if self.phases else preset


class Editor(QObject):
    """`changed` says that the phases, or the one that is edited, are others now."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.stack = QUndoStack(self)
        self.draft = Draft(USUAL)
        self.at = 0  # the phase that is edited
        self.stages: Sequence[Stage] = ()
        self._recipe: dict[str, Any] = {}
        self._preview: Plan | None = None
        self._phases: list[Phase] = []
        self._written: list[Draft] = []  # since the project last told what it holds

    # What there is

    @property
    def phases(self) -> list[Phase]:
        return self._phases

    @property
    def phase(self) -> Phase | None:
        return self._phases[self.at] if self._phases else None

    @property
    def plan(self) -> Plan:
        """Of the phase that is edited, or what is tried on it just now."""
        if self._preview is not None:
            return self._preview
        return self.phase.plan if self.phase is not None else Plan({})

    @property
    def readonly(self) -> bool:
        facts = self._session.facts
        return facts is None or facts.readonly or not self._phases

    def take_facts(self, facts: Facts) -> None:
        """What the project holds. What was written here and comes back changes nothing."""
        stored = Draft(
            facts.preset, tuple(Phase.from_wire(wire) for wire in facts.recipe.get("phases") or ())
        )
        recipe = {key: facts.recipe.get(key) for key in ("epochs", "lr", "warmup")}
        stale = stored in self._written[:-1]  # read before the last write
        if stored == self.draft:
            self._written.clear()
        elif not stale:
            self._written.clear()
            self.stack.clear()
            self.draft, self.at = stored, 0
        elif recipe == self._recipe:
            return
        self._recipe = recipe
        self._remake()

    def take_stages(self, stages: Sequence[Stage]) -> None:
        """The network that is edited."""
        if tuple(stages) != tuple(self.stages):
            self.stages = tuple(stages)
            self._remake()

    def _remake(self) -> None:
        phases = self.phases_of(self.draft)
        if phases != self._phases or self._preview is not None:
            self._phases, self._preview = phases, None
            self.at = min(self.at, max(0, len(phases) - 1))
            self.changed.emit()

    def phases_of(self, draft: Draft) -> list[Phase]:
        """As a run would go through them."""
        if draft.phases or not self.stages:
            return list(draft.phases)
        usual = Recipe(model="-")
        epochs = int(self._recipe.get("epochs") or usual.epochs)
        warmup = self._recipe.get("warmup")
        made = PRESETS[draft.preset].make(self.stages, epochs, self._recipe.get("lr"))
        return [replace(p, warmup=usual.warmup if warmup is None else warmup) for p in made]

    # What a person does

    def choose_phase(self, number: int) -> None:
        if 0 <= number < len(self._phases) and number != self.at:
            self.at, self._preview = number, None
            self.changed.emit()

    def choose_preset(self, name: str) -> None:
        if self.draft != Draft(name):
            self._push(f"Choose {PRESETS[name].title}", Draft(name), 0)

    def preview(self, plan: Plan) -> None:
        """Shows a plan without keeping it, as long as a boundary is dragged."""
        if not self.readonly and plan != self.plan:
            self._preview = plan
            self.changed.emit()

    def edit(self, words: str, plan: Plan) -> None:
        """Gives the phase another plan. `words` name the step, as in 'Freeze stage 4'."""
        self._preview = None
        phase = self.phase
        if phase is not None and plan != phase.plan:
            self.edit_phase(words, plan=plan)
        else:
            self.changed.emit()

    def edit_phase(self, words: str, **values: Any) -> None:
        phase = self.phase
        if phase is None or self.readonly:
            return
        made = list(self._phases)
        made[self.at] = replace(phase, **values)
        if made != self._phases:
            self._push(words, Draft(self.draft.preset, tuple(made)), self.at)

    def add_phase(self) -> None:
        """A copy of the last, to be changed."""
        if not self.readonly:
            last = self._phases[-1]
            made = (*self._phases, replace(last, title=f"Phase {len(self._phases) + 1}"))
            self._push("Add a phase", Draft(self.draft.preset, made), len(made) - 1)

    def remove_phase(self) -> None:
        if not self.readonly and len(self._phases) > 1:
            made = tuple(p for n, p in enumerate(self._phases) if n != self.at)
            words = f"Remove phase {self.at + 1}"
            self._push(words, Draft(self.draft.preset, made), min(self.at, len(made) - 1))

    def move_phase(self, by: int) -> None:
        to = self.at + by
        if not self.readonly and 0 <= to < len(self._phases):
            made = list(self._phases)
            made.insert(to, made.pop(self.at))
            self._push(f"Move phase {self.at + 1}", Draft(self.draft.preset, tuple(made)), to)

    def take(self, words: str, preset: str, phases: Sequence[Phase]) -> None:
        """Phases from elsewhere: a saved plan, advice."""
        if not self.readonly:
            self._push(words, Draft(preset, tuple(phases)), 0)

    def _push(self, words: str, draft: Draft, at: int) -> None:
        facts = self._session.facts
        if facts is not None and not facts.readonly:
            self.stack.push(_Step(self, words, (self.draft, self.at), (draft, at)))

    def show(self, draft: Draft, at: int) -> None:
        """Makes a draft the one in force, and stores it."""
        self._written.append(self.draft)
        self._written.append(draft)
        self.draft, self.at, self._preview = draft, at, None
        self._phases = self.phases_of(draft)
        wires = [phase.to_wire() for phase in draft.phases] or None
        self._session.set_recipe({"phases": wires}, preset=draft.preset)
        self.changed.emit()


class _Step(QUndoCommand):
    def __init__(
        self, editor: Editor, words: str, before: tuple[Draft, int], after: tuple[Draft, int]
    ) -> None:
        super().__init__(words)
        self._editor, self._before, self._after = editor, before, after

    def redo(self) -> None:
        self._editor.show(*self._after)

    def undo(self) -> None:
        self._editor.show(*self._before)
