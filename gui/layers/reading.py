"""What a preset means for a network: which stages learn in which phase. Needs no torch.

The child describes the network once; every preset follows from its stages here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.freezing.presets import PRESETS, Phase, Stage


@dataclass(frozen=True)
class Reading:
    stages: list[dict[str, Any]]  # title, modules, parameters
    phases: list[Phase]
    learns: list[set[int]]  # of each phase: numbers of the stages that learn
    factors: dict[int, float]  # stage -> its share of the learning rate, in its last phase

    @property
    def parameters(self) -> int:
        return sum(int(stage["parameters"]) for stage in self.stages)

    def trainable(self, phase: int) -> int:
        """Parameters that learn in a phase."""
        return sum(int(self.stages[number]["parameters"]) for number in self.learns[phase])

    @property
    def ever(self) -> set[int]:
        """Stages that learn in some phase."""
        return set().union(*self.learns)

    def prefix(self, phase: int) -> int:
        """How many stages from the input on stay frozen in a phase."""
        learns = self.learns[phase]
        return next((n for n in range(len(self.stages)) if n in learns), len(self.stages))


def read(stages: list[dict[str, Any]], preset: str, epochs: int, lr: float | None) -> Reading:
    """`stages` as the child describes them, input to output, the head last."""
    named = [Stage(stage["title"], tuple(stage["modules"])) for stage in stages]
    phases = PRESETS[preset].make(named, epochs, lr)
    learns: list[set[int]] = []
    factors: dict[int, float] = {}
    for phase in phases:
        here = set()
        for number, stage in enumerate(named):
            rules = [phase.plan.rule(module) for module in stage.modules or ("",)]
            if any(rule.trainable for rule in rules):
                here.add(number)
                factors[number] = max(rule.lr_factor for rule in rules if rule.trainable)
        learns.append(here)
    return Reading(stages, phases, learns, factors)
