"""What a person asks of rows, strip and bars, as changes of the phase's plan."""

from __future__ import annotations

from collections.abc import Sequence

from engine.freezing import editing
from engine.freezing.plan import FROZEN, Plan
from gui.layers.editor import Editor
from gui.layers.network import Described
from gui.layers.nodes import Node
from gui.layers.tools import factor_of


class Edits:
    """Each change is one step that can be undone; its words say what was done."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.network: Described | None = None

    def learn(self, nodes: Sequence[Node], learn: bool) -> None:
        if self.network is None or not nodes:
            return
        names = [name for node in nodes for name in node.names]
        plan = editing.set_names(
            self._plan, self.network.outline, names, None if learn else FROZEN
        )  # fmt: skip
        self._editor.edit(f"{'Let learn' if learn else 'Freeze'}: {said(nodes)}", plan)

    def from_here(self, node: Node) -> None:
        """All before a row freezes, all from it on learns."""
        if self.network is None:
            return
        outline, tree = self.network.outline, self.network.tree
        end = self.network.stages[-1].last  # what never runs stays as it is
        before = [outline.names[place] for place in tree.places[: node.first]]
        after = [outline.names[place] for place in tree.places[node.first : end]]
        plan = editing.set_names(self._plan, outline, before, FROZEN)
        plan = editing.set_names(plan, outline, after, None)
        self._editor.edit(f"Learn from {node.title} on", plan)

    def factor(self, nodes: Sequence[Node], typed: str) -> bool:
        """A typed factor, 0 for frozen. False when it is no factor."""
        value = factor_of(typed)
        if self.network is None or value is None or not 0 <= value <= 1000:
            return False
        names, outline = [name for node in nodes for name in node.names], self.network.outline
        if value:
            plan = editing.set_factor(self._plan, outline, names, value)
        else:
            plan = editing.set_names(self._plan, outline, names, FROZEN)
        self._editor.edit(f"Factor {value:g}: {said(nodes)}", plan)
        return True

    def drag(self, place: int) -> None:
        """Tries a boundary; nothing is kept yet."""
        if self.network is not None and self._editor.phase is not None:
            self._editor.preview(self._bounded(self._editor.phase.plan, place))

    def boundary(self, place: int) -> None:
        """Blocks of the strip before `place` freeze, the others learn."""
        phase = self._editor.phase
        if self.network is None or phase is None:
            return
        title = self.network.blocks[place].title
        self._editor.edit(f"Move the boundary to {title}", self._bounded(phase.plan, place))

    def stage_boundary(self, stage: int) -> None:
        """The same by the number of a stage."""
        if self.network is not None:
            blocks = enumerate(self.network.blocks)
            self.boundary(next((n for n, block in blocks if block.stage >= stage), 0))

    def pattern(self, names: Sequence[str], pattern: str, learn: bool) -> None:
        if self.network is not None:
            rule = None if learn else FROZEN
            plan = editing.set_names(self._plan, self.network.outline, names, rule)
            self._editor.edit(f"{'Let learn' if learn else 'Freeze'}: {pattern}", plan)

    def decay(self, factor: float) -> None:
        if self.network is not None:
            plan = editing.set_decay(self._plan, self.network.outline, factor)
            self._editor.edit(f"Decay {factor:g} from stage to stage", plan)

    @property
    def _plan(self) -> Plan:
        return self._editor.plan

    def _bounded(self, plan: Plan, place: int) -> Plan:
        assert self.network is not None
        blocks = [block.names for block in self.network.blocks]
        return editing.set_boundary(plan, self.network.outline, blocks, place)


def said(nodes: Sequence[Node]) -> str:
    """'Stage 4', or '3 rows'."""
    return nodes[0].title if len(nodes) == 1 else f"{len(nodes)} rows"
