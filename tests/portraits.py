"""Networks of many kinds, real with random weights and as skeletons, small enough for tests."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.freezing.chart import Chart
from engine.freezing.plan import FROZEN, TRAINABLE, Plan, Rule
from engine.freezing.presets import PRESETS, Stage
from engine.models.building import build
from engine.models.network import Network
from engine.models.portrait import portrait
from engine.models.skeleton import skeleton
from engine.models.stages import stages
from engine.models.trace import Trace, trace

TINY = {"resnet": "image", "vit": "image", "bert": "text"}
SIZED = {"vit_b_32": 64, "swin_t": 64, "googlenet": 96}  # px; 64 for all others
LENGTH = 20


@dataclass(frozen=True)
class Pair:
    """A network, and what was told of it without its weights."""

    network: Network
    ran: Trace
    row: list[Stage]
    portrait: dict[str, Any]
    chart: Chart


def pair(name: str, folder: Callable[[str], Path], edits: Mapping[str, Any] | None = None) -> Pair:
    torch.manual_seed(0)
    kind = TINY.get(name, "image")
    weights = str(folder(name)) if name in TINY else None
    changed = {**({} if name in TINY else {"image_size": SIZED.get(name, 64)}), **(edits or {})}
    network = build(name, weights, kind, 4, pretrained=False, edits=changed)
    told = portrait(skeleton(name, weights, kind, 4, changed), LENGTH, LENGTH)
    ran = trace(network)
    return Pair(network, ran, stages(network, ran), told, Chart(told))


def random_plan(one: Pair, seed: int, single: bool = True) -> Plan:
    """A preset's, or up to three modules (or, with `single`, parameters) beside the head."""
    draw = random.Random(seed)
    if draw.random() < 0.4:
        preset = PRESETS[draw.choice(sorted(PRESETS))]
        return draw.choice(preset.make(one.row, 6, None)).plan
    model = one.network.model
    called = set(one.ran.order)
    names = [name for name, _ in model.named_modules() if name and (single or name in called)]
    if single and draw.random() < 0.4:
        names = [name for name, _ in model.named_parameters()]
    chosen = {draw.choice(names): Rule(draw.random() < 0.8) for _ in range(draw.randint(1, 3))}
    return Plan({"": FROZEN, **chosen, **dict.fromkeys(one.network.head, TRAINABLE)})
