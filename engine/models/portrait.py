"""All that a skeleton tells of its network: the part of a description that no project changes."""

from __future__ import annotations

from typing import Any

from engine.freezing.presets import Stage
from engine.models.flow import record
from engine.models.kept import kept
from engine.models.network import Network
from engine.models.shapes import Shapes
from engine.models.stages import stages
from engine.models.trace import first_run
from engine.models.tree import Row, rows


def portrait(network: Network, length: int = 0, longest: int = 0) -> dict[str, Any]:
    """What engine.freezing.chart.Chart reads.

    Args:
        network: on the meta device (engine.models.skeleton).
        length, longest: tokens of a typical text and of the longest, 0 for pictures.
    """
    shapes = Shapes()
    with first_run(network):
        flow, ran = record(network, shapes=shapes)
        held = kept(network, shapes)
    row = stages(network, ran)
    tree = rows(network.model, flow, ran, row, length)
    by_name = {one["name"]: one for one in tree}
    return {
        "kind": network.kind,
        "parameters": tree[0]["parameters"],
        "input": list(network.preprocess.crop) if network.kind == "image" else None,
        "length": length,
        "longest": longest,
        "modules": tree,
        "stages": [_stage(stage, by_name) for stage in row],
        "flow": flow.to_wire(),
        "kept": held.to_wire(),
    }


def _stage(stage: Stage, by_name: dict[str, Row]) -> dict[str, Any]:
    return {
        "title": stage.title,
        "modules": list(stage.modules),
        "small": list(stage.small),
        "wide": list(stage.wide),
        "parameters": sum(by_name[name]["parameters"] for name in stage.modules),
        "flops": sum(by_name[name]["flops"] for name in stage.modules),
    }
