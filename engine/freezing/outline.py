"""The names in a network, and what stands in what: all that editing a plan needs. Torch-free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.freezing.presets import Stage


class Outline:
    """Modules and parameters of a network, each after what it stands in.

    Attributes:
        names: of modules and parameters; '' (the whole network) is the first.
        parent: for each name, the place of what it stands in; -1 for ''.
        numel: for each name, the numbers in a parameter; 0 for a module.
        stages: from input to output, the head last.
    """

    def __init__(
        self,
        modules: Iterable[tuple[str, Sequence[tuple[str, int]]]],
        stages: Sequence[Stage],
    ) -> None:
        """`modules`: name and own parameters (name without the module's, numel), parents first."""
        self.names: list[str] = [""]
        self.parent: list[int] = [-1]
        self.numel: list[int] = [0]
        self.stages = tuple(stages)
        self.place: dict[str, int] = {"": 0}
        for name, own in modules:
            if name:
                self._add(name, 0)
            for short, count in own:
                self._add(f"{name}.{short}" if name else short, count)
        self.parameters = [place for place, count in enumerate(self.numel) if count]
        self.head = self.below(self.stages[-1].modules) if self.stages else frozenset[int]()

    @staticmethod
    def of(description: Mapping[str, Any]) -> Outline:
        """From what the operation `describe` returns."""
        return Outline(
            ((row["name"], [(n, int(k)) for n, k in row["own"]]) for row in description["modules"]),
            stages_of(description),
        )

    def _add(self, name: str, count: int) -> None:
        up = name.rpartition(".")[0]
        while up not in self.place:
            up = up.rpartition(".")[0]
        self.place[name] = len(self.names)
        self.names.append(name)
        self.parent.append(self.place[up])
        self.numel.append(count)

    def below(self, names: Iterable[str]) -> frozenset[int]:
        """Places of the parameters at or below some names; a name that is not there has none."""
        marked = [False] * len(self.names)
        for name in names:
            if name in self.place:
                marked[self.place[name]] = True
        found = []
        for place, parent in enumerate(self.parent):
            if parent >= 0 and marked[parent]:
                marked[place] = True
            if marked[place] and self.numel[place]:
                found.append(place)
        return frozenset(found)

    def has(self, name: str) -> bool:
        return name in self.place


def stages_of(description: Mapping[str, Any]) -> list[Stage]:
    """The stages of a described network, input to output, the head last."""
    return [
        Stage(
            stage["title"], tuple(stage["modules"]), tuple(stage.get("small", ())),
            tuple(stage.get("wide", ())),
        )
        for stage in description["stages"]
    ]  # fmt: skip
