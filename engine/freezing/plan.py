"""The freeze plan: what learns, what stays frozen, and how fast it learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    trainable: bool
    lr_factor: float = 1.0  # times the phase's learning rate


FROZEN = Rule(False)
TRAINABLE = Rule(True)


@dataclass(frozen=True)
class Plan:
    """Rules by name of a module or of a single parameter ('layer4.0.bn1.bias').

    The nearest rule above a name holds; '' is the whole network. A frozen
    module is in eval mode (its batch-norm statistics and dropout too); a frozen
    parameter needs no gradient and no optimizer state.
    """

    rules: Mapping[str, Rule]

    def rule(self, path: str) -> Rule:
        """The rule for a module or parameter, e.g. 'layer4.0.conv1.weight'."""
        name = path
        while name:
            if name in self.rules:
                return self.rules[name]
            name = name.rpartition(".")[0]
        return self.rules.get("", FROZEN)

    def to_wire(self) -> dict[str, Any]:
        return {name: [rule.trainable, rule.lr_factor] for name, rule in self.rules.items()}

    @staticmethod
    def from_wire(wire: Mapping[str, Any]) -> Plan:
        return Plan({name: Rule(bool(t), float(f)) for name, (t, f) in wire.items()})
