"""A network as the Layers page knows it, made once from what the child describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.freezing.outline import Outline
from gui.layers.nodes import Node, Tree


@dataclass(frozen=True)
class Block:
    """One box of the strip: a module of a stage that has parameters."""

    title: str
    stage: int
    names: tuple[str, ...]
    node: Node  # what stands for it in the tree


class Described:
    def __init__(self, description: dict[str, Any], titles: Mapping[str, str]) -> None:
        self.description = description
        self.outline = Outline.of(description)
        self.titles = dict(titles)
        self.tree = Tree(description, self.outline, titles)
        self.stages = [node for node in self.tree.nodes if node.kind == "stage"]
        self.stages = [node for node in self.stages if node.default != "Not used"]
        self.blocks = [block for n, stage in enumerate(self.stages) for block in _blocks(n, stage)]

    @property
    def title(self) -> str:
        return str(self.description["title"])

    @property
    def weights_here(self) -> bool:
        return bool(self.description.get("weights_here", True))

    @property
    def head(self) -> int:
        """The place of the first block of the head."""
        last = len(self.stages) - 1
        return next(n for n, block in enumerate(self.blocks) if block.stage == last)


def _blocks(number: int, stage: Node) -> list[Block]:
    """A stage's modules, those of a fold one by one; a stage of one module is one block."""
    parts: list[Node] = []
    for child in stage.children:
        parts += child.children if child.kind == "fold" else [child]
    parts = [part for part in parts if part.last > part.first and part.names[0] in stage.names]
    parts = [part for part in parts if part.kind == "module"]
    if sum(bool(part.children) for part in parts) < 2:  # a layer, a stem: no row of blocks
        return [Block(stage.title, number, stage.names, stage)]
    found = [Block(f"{stage.title}, {part.title}", number, part.names, part) for part in parts]
    around = [c for c in stage.children if c.kind == "parameter"]
    if around:
        first = found[0]
        names = first.names + tuple(name for one in around for name in one.names)
        found[0] = Block(first.title, first.stage, names, first.node)
    return found
