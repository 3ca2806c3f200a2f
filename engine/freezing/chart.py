"""A described network, ready to be asked what a plan means for it. Torch-free.

Made once from what the operation `describe` returns, and asked on every click.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.freezing.plan import Plan

FLOAT = 4  # bytes


class Chart:
    """See engine.models.flow and engine.models.kept for what it is made of.

    Attributes:
        names: of the modules, '' first; `order` holds their places as first entered.
        above: for each module, the place of the one it stands in; -1 for ''.
        calls: module and call around it, of each call in turn.
        ops: of each operation in turn: the call it ran in, tensors read, tensors written.
        owner: for each parameter (its number is its tensor's) the module that holds it.
        touched: for each operation, storages; see `_touched`.
        learns, passes: for calls that keep some, the pieces of `memory` (their sizes).
    """

    def __init__(self, description: Mapping[str, Any]) -> None:
        flow, kept = description["flow"], description["kept"]
        rows: Sequence[Mapping[str, Any]] = description["modules"]
        self.rows = rows
        self.kind = str(description["kind"])
        self.length = int(description["length"])
        self.longest = int(description["longest"])
        self.stages: list[list[str]] = [list(stage["modules"]) for stage in description["stages"]]
        self.titles = [str(stage["title"]) for stage in description["stages"]]
        self.names: list[str] = [str(row["name"]) for row in rows]
        self.place = {name: number for number, name in enumerate(self.names)}
        self.above = [
            self.place[name.rpartition(".")[0]] if name else -1 for name in self.names
        ]  # fmt: skip
        self.order = sorted(
            (n for n, row in enumerate(rows) if row["order"] >= 0 and row["name"]),
            key=lambda n: int(rows[n]["order"]),
        )
        self.calls: list[tuple[int, int]] = [(m, c) for m, c in flow["calls"]]
        self.ops: list[tuple[int, Sequence[int], Sequence[int]]] = flow["ops"]
        self.doors: list[int] = flow["doors"]
        self.mixed = frozenset(flow.get("mixed", ()))
        self.flops: list[tuple[int, Sequence[int]]] = flow["flops"]
        self.tensors: list[int] = flow["place"]
        self.storages: list[Sequence[int]] = flow["storages"]
        self.fixed = int(flow["fixed"])
        self.inputs: Sequence[int] = flow["inputs"]
        self.logits: Sequence[int] = flow["logits"]
        self.parameters: list[str] = flow["parameters"]
        self.numel = self._numel()
        self.owner = [self.place[name.rpartition(".")[0]] for name in self.parameters]
        self.memory: list[Sequence[int]] = kept["memory"]
        self.touched = self._touched()
        self._trained: dict[int, tuple[Plan, list[bool]]] = {}
        number = self._numbers()
        self.learns = {number[m, n]: p for m, n, p in kept["learns"] if (m, n) in number}
        self.passes = {number[m, n]: p for m, n, p in kept["passes"] if (m, n) in number}

    def _touched(self) -> list[tuple[int, ...]]:
        """For each operation the storages it reads or writes, but those of parameters."""
        place, fixed = self.tensors, self.fixed
        return [
            tuple({p for p in [place[t] for t in reads] + [place[t] for t in writes] if p >= fixed})
            for _, reads, writes in self.ops
        ]

    def _numbers(self) -> dict[tuple[int, int], int]:
        """The place of a call by its module and which of its calls it is, from 1."""
        found: dict[tuple[int, int], int] = {}
        count: dict[int, int] = {}
        for place, (module, _) in enumerate(self.calls):
            count[module] = count.get(module, 0) + 1
            found[module, count[module]] = place
        return found

    def _numel(self) -> list[int]:
        own = {
            f"{row['name']}.{key}" if row["name"] else key: int(count)
            for row in self.rows
            for key, count in row["own"]
        }
        return [own[name] for name in self.parameters]

    def learning(self, plan: Plan) -> list[bool]:
        """Whether each parameter learns."""
        inherited = self.training(plan)
        return [
            plan.rules[name].trainable if name in plan.rules else inherited[owner]
            for name, owner in zip(self.parameters, self.owner, strict=True)
        ]

    def training(self, plan: Plan) -> list[bool]:
        """Whether the plan lets each module learn."""
        known = self._trained.get(id(plan))
        if known is not None and known[0] is plan:
            return known[1]
        found: list[bool] = []
        for name, above in zip(self.names, self.above, strict=True):
            rule = plan.rules.get(name)
            found.append(rule.trainable if rule else above >= 0 and found[above])
        if len(self._trained) > 32:
            self._trained.clear()
        self._trained[id(plan)] = (plan, found)
        return found

    def up(self, module: int) -> Iterable[int]:
        """The modules around one, the whole network last."""
        module = self.above[module]
        while module >= 0:
            yield module
            module = self.above[module]

    def within(self, modules: Iterable[int]) -> list[bool]:
        """For each call, whether it is one of these modules' or runs inside one."""
        chosen = set(modules)
        found: list[bool] = []
        for module, around in self.calls:
            found.append(module in chosen or (around >= 0 and found[around]))
        return found

    def cost(self, inside: Sequence[bool] | None = None, length: int | None = None) -> float:
        """FLOPs of the forward pass of one item, of all calls or those marked."""
        words = self.length if length is None else length
        total = 0.0
        for op, (count, _, lengths) in self.flops:
            if inside is None or inside[self.ops[op][0]]:
                total += float(count) * float(words) ** lengths
        return total
