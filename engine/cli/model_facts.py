"""What the catalogue says of a model, as JSON and in words; where it says nothing, that."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine.models.catalogue import Entry, Weights

_FIRST = (
    "file", "url", "bytes", "input_size", "accuracy", "accuracy_source", "licence", "commercial",
    "clinical",
)  # fmt: skip
_UNKNOWN = "not known"


def wire(entry: Entry) -> dict[str, Any]:
    """All of it; what is said of the recommended weights stands beside the rest, too."""
    return {**asdict(entry), **{name: getattr(entry, name) for name in _FIRST}}


def words(entry: Entry) -> list[str]:
    facts = [
        ("name", entry.name), ("title", entry.title), ("family", entry.family),
        ("source", entry.source), ("kind", f"{entry.kind}, {entry.domain}"),
        ("tasks", ", ".join(entry.tasks)),
        ("taught here", f"yes, {entry.task}" if entry.trainable else "no"),
        ("purpose", entry.purpose), ("input size", _input(entry)),
        ("parameters", f"{entry.parameters:,} ({entry.counted})"), ("cost", _cost(entry)),
        ("size on disk", _size(entry.weights[0])), ("accuracy", _accuracy(entry)),
        ("learned from", _from(entry.data, entry.data_source)), ("limits", entry.limits),
        ("licence", _from(entry.licence, entry.licence_source)),
        ("commercial use", _allowed(entry.commercial)),
        ("clinical research", _allowed(entry.clinical)), ("privacy", entry.privacy),
        ("kept up", entry.upkeep), ("read on", entry.link),
        *(("weights", _file(one)) for one in entry.weights),
    ]  # fmt: skip
    return [line(name, text) for name, text in facts]


def line(name: str, text: str) -> str:
    return f"{name:18} {text}"


def _input(entry: Entry) -> str:
    side = entry.input_size
    return f"{side} x {side} px" if side else f"{entry.flops_at}, as its cost was measured"


def _cost(entry: Entry) -> str:
    if entry.flops is None:
        return _UNKNOWN
    return f"{entry.flops / 1e9:,.3g} GFLOPs (multiply-adds) at {entry.flops_at}"


def _size(weights: Weights) -> str:
    return f"{'about ' * weights.reckoned}{weights.bytes / 1e6:,.1f} MB"


def _accuracy(entry: Entry) -> str:
    if entry.accuracy is None:
        return "no figure that could be held against a source is known here"
    said = f"{entry.accuracy:.1%} {entry.metric}, {entry.measured_on}"
    return _from(said, entry.accuracy_source)


def _from(text: str, source: str) -> str:
    return f"{text} [{source}]" if source else text


def _allowed(said: str) -> str:
    return {"yes": "allowed", "no": "not allowed"}.get(said, _UNKNOWN)


def _file(weights: Weights) -> str:
    accuracy = "" if weights.accuracy is None else f", {weights.accuracy:.1%}"
    return f"{weights.name}: {weights.file or _UNKNOWN}, {_size(weights)}{accuracy} {weights.url}"
