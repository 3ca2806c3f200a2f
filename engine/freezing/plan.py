"""The freeze plan: which modules learn, which stay frozen, and how fast they learn."""

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
    """Rules by module name. The nearest rule above a module holds; '' is the whole network.

    A frozen module is in eval mode (its batch-norm statistics and dropout too),
    needs no gradient and no optimizer state.
    """

    rules: Mapping[str, Rule]

    def rule(self, module: str) -> Rule:
        """The rule for a module, e.g. 'layer4.0.conv1': its own or its nearest ancestor's."""
        name = module
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
