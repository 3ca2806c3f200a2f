"""A mark: a class given to a part of an item, or to the whole beside others."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from engine.labels.shapes import Shape, from_wire, to_wire


@dataclass(frozen=True)
class Mark:
    """A box, an outline, a mask, a span, or one of several classes of an item."""

    uid: str  # the same in every version, and in every copy of the project
    item_id: int
    class_id: int
    shape: Shape
    frame: int = 0  # of a picture with several
    gone: bool = False  # this version takes the mark away

    def to_wire(self) -> dict[str, Any]:
        return {**vars(self), "shape": to_wire(self.shape), "kind": self.shape.kind}

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> Mark:
        values = dict(wire)
        values["shape"] = from_wire(values.pop("kind"), values["shape"])
        return Mark(**values)


def new_uid() -> str:
    return secrets.token_hex(8)
