"""Freeze plans with a name, and one plain sentence on when to use each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from engine.freezing.plan import FROZEN, TRAINABLE, Plan, Rule

LAYER_DECAY = 0.75  # learning-rate factor from one stage to the one before it
SCHEDULES = ("cosine", "linear", "constant")  # how the learning rate falls over a phase
USUAL = "refine"  # what one click takes
ADAPTERS = ("lora_A", "lora_B")  # what an adapter adds to the module that carries it


@dataclass(frozen=True)
class Stage:
    """A part of the network that a person can name, from input to output."""

    title: str
    modules: tuple[str, ...]
    small: tuple[str, ...] = ()  # its norms (modules) and its biases (parameters)
    wide: tuple[str, ...] = ()  # its modules that can carry an adapter


@dataclass(frozen=True)
class Phase:
    """A stretch of training under one plan."""

    title: str
    plan: Plan
    epochs: int
    lr: float
    schedule: str = "cosine"  # see engine.training.schedule
    warmup: float = 0.1  # share of the phase's steps

    def to_wire(self) -> dict[str, Any]:
        return {**vars(self), "plan": self.plan.to_wire()}

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> Phase:
        known = {field.name for field in fields(Phase)}
        values = {key: value for key, value in wire.items() if key in known}
        return Phase(**{**values, "plan": Plan.from_wire(wire["plan"])})


@dataclass(frozen=True)
class Preset:
    name: str
    title: str
    when: str
    lr: float  # for a head, or for a network from scratch
    lr_backbone: float  # for pre-trained layers
    phases: Callable[[Sequence[Stage], int, float, float], list[Phase]]

    def make(self, stages: Sequence[Stage], epochs: int, lr: float | None) -> list[Phase]:
        """The phases for a network. `stages`: input to output, the head last.

        A given `lr` takes the place of the preset's own, and pre-trained
        layers keep their ratio to it.
        """
        head = lr or self.lr
        return self.phases(stages, epochs, head, head * self.lr_backbone / self.lr)


def learns(stages: Sequence[Stage], count: int, factor: float = 1.0) -> Plan:
    """The last `count` stages learn (the head is one of them); `factor` for all but the head."""
    rules: dict[str, Rule] = {"": FROZEN}
    for number, stage in enumerate(reversed(stages)):
        if number < count:
            rule = TRAINABLE if number == 0 else Rule(True, factor)
            rules.update(dict.fromkeys(stage.modules, rule))
    return Plan(rules)


def everything(stages: Sequence[Stage], factor: float, decay: float) -> Plan:
    """All learn; pre-trained stages slower the nearer they are to the input."""
    rules = {"": Rule(True, factor * decay ** (len(stages) - 1))}
    for number, stage in enumerate(reversed(stages)):
        rule = TRAINABLE if number == 0 else Rule(True, factor * decay ** (number - 1))
        rules.update(dict.fromkeys(stage.modules, rule))
    return Plan(rules)


def only(stages: Sequence[Stage], names: Sequence[str], factor: float) -> Plan:
    """The head learns, and of the rest only `names`."""
    return Plan({"": FROZEN, **dict.fromkeys(names, Rule(True, factor)), **_head(stages)})


def _head(stages: Sequence[Stage]) -> dict[str, Rule]:
    return dict.fromkeys(stages[-1].modules, TRAINABLE)


def _extraction(stages: Sequence[Stage], epochs: int, lr: float, slow: float) -> list[Phase]:
    return [Phase("Head only", learns(stages, 1), epochs, lr)]


def _last_block(stages: Sequence[Stage], epochs: int, lr: float, slow: float) -> list[Phase]:
    return [Phase("Last block and head", learns(stages, 2, slow / lr), epochs, lr)]


def _refine(stages: Sequence[Stage], epochs: int, lr: float, slow: float) -> list[Phase]:
    return _probe_then("Last half, slowly", learns(stages, 1 + len(stages) // 2), stages, epochs,
                       lr, slow)  # fmt: skip


def _lp_ft(stages: Sequence[Stage], epochs: int, lr: float, slow: float) -> list[Phase]:
    plan = everything(stages, 1.0, LAYER_DECAY)
    return _probe_then("Everything, slowly", plan, stages, epochs, lr, slow)


def _probe_then(
    title: str, plan: Plan, stages: Sequence[Stage], epochs: int, lr: float, slow: float
) -> list[Phase]:
    """The head alone for half of the epochs, then what the plan says."""
    probe = max(1, epochs // 2)
    phases = [Phase("Head only", learns(stages, 1), probe, lr)]
    if epochs > probe:
        phases.append(Phase(title, plan, epochs - probe, slow))
    return phases


def _gradual(stages: Sequence[Stage], epochs: int, lr: float, slow: float) -> list[Phase]:
    steps = min(len(stages), epochs, 4)
    phases = []
    for number in range(steps):
        # The last step frees what is left, so that gradual ends where full begins.
        last = number == steps - 1 and steps > 1
        length = epochs // steps + (number < epochs % steps)
        if last:
            plan = everything(stages, slow / lr, LAYER_DECAY)
        else:
            plan = learns(stages, number + 1, slow / lr)
        title = "Everything" if last else _freed(stages, number)
        phases.append(Phase(title, plan, length, lr))
    return phases


def _freed(stages: Sequence[Stage], count: int) -> str:
    return f"Head and {stages[-1 - count].title.lower()}" if count else "Head only"


def _full(stages: Sequence[Stage], epochs: int, lr: float, slow: float) -> list[Phase]:
    return [Phase("Everything", everything(stages, slow / lr, LAYER_DECAY), epochs, lr)]


def _norms(stages: Sequence[Stage], epochs: int, lr: float, slow: float) -> list[Phase]:
    names = [name for stage in stages[:-1] for name in stage.small]
    return [Phase("Norms, biases and head", only(stages, names, slow / lr), epochs, lr)]


def _lora(stages: Sequence[Stage], epochs: int, lr: float, slow: float) -> list[Phase]:
    carriers = [name for stage in stages[:-1] for name in stage.wide]
    names = [f"{carrier}.{part}" for carrier in carriers for part in ADAPTERS]
    return [Phase("Adapters and head", only(stages, names, slow / lr), epochs, lr)]


def _scratch(stages: Sequence[Stage], epochs: int, lr: float, slow: float) -> list[Phase]:
    return [Phase("Everything, from random weights", Plan({"": TRAINABLE}), epochs, lr)]


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "refine", "Last half",
            "First the head, then the last half of the network, slowly. The usual choice: "
            "good from a few labels a class on.",
            5e-3, 2e-4, _refine,
        ),
        Preset(
            "feature-extraction", "Feature extraction",
            "Only the head learns. For a first look: it takes seconds and shows what the "
            "pre-training is worth on your data.",
            5e-3, 5e-3, _extraction,
        ),
        Preset(
            "last-block", "Last block",
            "The last block adapts to your data too. Good with some dozens of labels a class.",
            2e-3, 2e-4, _last_block,
        ),
        Preset(
            "lp-ft", "Probe, then fine-tune",
            "First the head, then everything slowly. The safest way to the best result "
            "when your data resembles what the model has seen.",
            5e-3, 1e-4, _lp_ft,
        ),
        Preset(
            "gradual", "Gradual",
            "Freed from the head towards the input, step by step. For few labels on data "
            "that differs from what the model has seen.",
            2e-3, 2e-4, _gradual,
        ),
        Preset(
            "norms", "Norms only",
            "Only norms, biases and the head learn: the network keeps what it knows and is "
            "tuned to the look of your data. For few labels from another scanner or style.",
            2e-3, 1e-3, _norms,
        ),
        Preset(
            "lora", "LoRA",
            "Small adapters learn beside layers that stay frozen. For large transformers: "
            "a checkpoint of a few megabytes, and far less memory than everything.",
            2e-3, 1e-3, _lora,
        ),
        Preset(
            "full", "Everything",
            "All layers learn at once, the early ones slower. For hundreds of labels a class.",
            1e-3, 2e-4, _full,
        ),
        Preset(
            "scratch", "From scratch",
            "The same network from random weights: the control that shows what "
            "pre-training was worth.",
            1e-3, 1e-3, _scratch,
        ),
    )
}  # fmt: skip
