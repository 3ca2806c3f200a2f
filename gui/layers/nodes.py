"""A described network as the rows of a tree: stages, their real modules, repeats in one row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from engine.freezing.outline import Outline

REPEATS = 3  # blocks of one kind that fold into one row
LONG_LIST = 12  # as many stand openly when they are all there is

Row = Mapping[str, Any]


@dataclass(eq=False, slots=True)
class Node:
    """One row. It covers the parameters `first` to before `last` in the tree's own order."""

    id: int
    kind: str  # stage, fold, module, parameter
    title: str
    words: str
    names: tuple[str, ...]  # the modules or parameters that it stands for
    shape: tuple[int, ...] | None
    parameters: int
    flops: float
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    shown: list[Node] = field(default_factory=list)  # of the children, those that a search left
    row: int = 0  # among those
    first: int = 0
    last: int = 0
    default: str = ""  # of a stage: the title it has when nobody named it
    text: str = ""  # what a search looks at

    @property
    def size(self) -> str:
        """'512 × 7 × 7', or nothing."""
        return " × ".join(map(str, self.shape)) if self.shape else ""


class Tree:
    """All rows of a network. `roots` are its stages, input to output."""

    def __init__(
        self, description: Row, outline: Outline, titles: Mapping[str, str] | None = None
    ) -> None:
        """`titles`: names that a person gave stages, by their own."""
        self.outline = outline
        self.nodes: list[Node] = []
        self.places: list[int] = []  # of each parameter in the outline, in the tree's order
        self._rows: dict[str, Row] = {row["name"]: row for row in description["modules"]}
        self._inside: dict[str, list[str]] = {}
        for name in self._rows:
            if name:
                self._inside.setdefault(self._above(name), []).append(name)
        self._members = {name for stage in outline.stages for name in stage.modules}
        around = self._around(len(outline.stages))
        self.roots = self._folded(
            [
                self._stage(stage, titles or {}, around.get(number, []))
                for number, stage in enumerate(description["stages"])
            ]
            + self._unused(around.get(-1, [])),
            most=LONG_LIST,
        )
        self._number(self.roots, None)
        self.parameters = sum(self.outline.numel[place] for place in self.places)
        self.flops = sum(root.flops for root in self.roots)

    def _above(self, name: str) -> str:
        up = name.rpartition(".")[0]
        while up and up not in self._rows:
            up = up.rpartition(".")[0]
        return up

    def _node(self, kind: str, title: str, words: str, names: Sequence[str], **more: Any) -> Node:
        values: dict[str, Any] = {"shape": None, "parameters": 0, "flops": 0.0, **more}
        node = Node(len(self.nodes), kind, title, words, tuple(names), **values)
        self.nodes.append(node)
        return node

    def _stage(self, stage: Row, titles: Mapping[str, str], around: list[Node]) -> Node:
        members = [name for name in stage["modules"] if name in self._rows]
        single = len(members) == 1
        inner = self._children(members[0]) if single else []
        for child in inner:
            _shorten(child, members[0])
        inner = inner or ([] if single and not around else list(map(self._module, members)))
        rows = [self._rows[name] for name in members]
        shapes = [r["shape"] for r in rows if r.get("shape") and r["parameters"]] or [None]
        node = self._node(
            "stage", titles.get(stage["title"], stage["title"]), "", stage["modules"],
            shape=tuple(shapes[-1]) if shapes[-1] else None,
            parameters=int(stage["parameters"]) + sum(one.parameters for one in around),
            flops=float(stage.get("flops") or 0), default=stage["title"],
        )  # fmt: skip
        node.names += tuple(name for extra in around for name in extra.names)
        node.children = self._folded([*around, *inner])
        node.words = self._rows[members[0]]["words"] if single else _contents(node.children)
        return node

    def _module(self, name: str) -> Node:
        row = self._rows[name]
        shape = tuple(row["shape"]) if row.get("shape") else None
        node = self._node(
            "module", name, row.get("words") or _said(row["class"]), [name], shape=shape,
            parameters=int(row["parameters"]), flops=float(row.get("flops") or 0),
        )  # fmt: skip
        node.children = self._folded(self._children(name))
        for child in node.children:
            _shorten(child, name)
        return node

    def _children(self, name: str) -> list[Node]:
        """Modules in a module; its own parameters are rows only beside such modules."""
        inside = [self._module(child) for child in self._inside.get(name, [])]
        return self._own(name) + inside if inside else []

    def _own(self, name: str) -> list[Node]:
        return [
            self._node(
                "parameter", f"{name}.{short}" if name else short, "parameter",
                [f"{name}.{short}" if name else short], parameters=int(count),
            )
            for short, count in self._rows[name]["own"]
        ]  # fmt: skip

    def _around(self, stages: int) -> dict[int, list[Node]]:
        """What stands in no stage's modules, by the stage it is shown in; -1: never run."""
        found: dict[int, list[Node]] = {}
        holds = {""}  # modules with a stage's module somewhere in them
        for name in self._members:
            while name:
                name = name.rpartition(".")[0]
                holds.add(name)
        for name, row in self._rows.items():
            if self._covered(name):
                continue
            stage = min(max(0, int(row.get("stage") or 0)), stages - 1)
            if name in holds:
                found.setdefault(stage, []).extend(self._own(name))
            elif self._above(name) in holds and row["parameters"]:
                place = stage if int(row.get("order", 0)) >= 0 else -1
                found.setdefault(place, []).append(self._module(name))
        return found

    def _covered(self, name: str) -> bool:
        while name:
            if name in self._members:
                return True
            name = name.rpartition(".")[0]
        return False

    def _unused(self, nodes: list[Node]) -> list[Node]:
        if not nodes:
            return []
        node = self._node(
            "stage", "Not used", "never run here", [n for one in nodes for n in one.names],
            parameters=sum(one.parameters for one in nodes), default="Not used",
        )  # fmt: skip
        node.children = nodes
        return [node]

    def _folded(self, nodes: list[Node], most: int = LONG_LIST) -> list[Node]:
        """Blocks of one kind that follow each other become one row, unless they are all."""
        found: list[Node] = []
        for (kind, open_), group in groupby(
            nodes, key=lambda node: (_kind(node), bool(node.children))
        ):
            run = list(group)
            alone = len(run) == len(nodes) and len(run) <= most
            if not open_ or not kind or len(run) < REPEATS or alone or _few(run, most):
                found += run
                continue
            fold = self._node(
                "fold", f"{len(run)} × {kind}", _numbers(run),
                [name for node in run for name in node.names], shape=run[-1].shape,
                parameters=sum(node.parameters for node in run),
                flops=sum(node.flops for node in run),
            )  # fmt: skip
            fold.children = run
            found.append(fold)
        return found

    def _number(self, nodes: list[Node], parent: Node | None) -> None:
        """Gives each row its parent and its stretch of the parameters."""
        for row, node in enumerate(nodes):
            node.parent, node.row, node.first = parent, row, len(self.places)
            node.shown = node.children
            if node.kind != "parameter":
                node.text = " ".join((node.title, node.words, *node.names)).lower()
            else:
                node.text = node.names[0].lower()
            if node.children:
                self._number(node.children, node)
            else:
                self._cover(node)
            node.last = len(self.places)

    def _cover(self, node: Node) -> None:
        outline = self.outline
        for name in node.names:
            own = self._rows[name]["own"] if name in self._rows else []
            wanted = [name] if node.kind == "parameter" else [f"{name}.{short}" for short, _ in own]
            self.places += [outline.place[one] for one in wanted if one in outline.place]


def _shorten(node: Node, above: str) -> None:
    """A module's title is its name within the one it stands in."""
    if node.kind == "fold":
        for child in node.children:
            _shorten(child, above)
    else:
        node.title = node.title.removeprefix(above + ".")


def _kind(node: Node) -> str:
    """'inverted residual block' of 'inverted residual block, 32 to 64 channels'."""
    if node.kind == "stage":
        numbered = re.fullmatch(r"(.*\S)\s\d+", node.default)
        return numbered[1].lower() if numbered else ""
    return re.split(r"[,:(]", node.words)[0].strip() if node.kind == "module" else ""


def _few(run: list[Node], most: int) -> bool:
    """Stages stand openly until there are many."""
    return run[0].kind == "stage" and len(run) <= most


def _numbers(run: list[Node]) -> str:
    """'3 to 11': the numbers in the names of the first and the last."""
    ends = [re.search(r"(\d+)$", node.default or node.names[0]) for node in (run[0], run[-1])]
    if ends[0] is None or ends[1] is None:
        return f"{run[0].title} to {run[-1].title}"
    return f"{ends[0][1]} to {ends[1][1]}"


def _contents(children: list[Node]) -> str:
    """'3 inverted residual blocks, convolution'."""
    kinds: list[str] = []
    for node in children:
        inside = node.children if node.kind == "fold" else [node]
        kinds += [kind for one in inside if one.parameters and (kind := _kind(one))]
    counted = [(kind, len(list(group))) for kind, group in groupby(kinds)]
    return ", ".join(_several(kind, count) for kind, count in counted)


def _several(kind: str, count: int) -> str:
    if count == 1:
        return kind
    plain = kind.rpartition(" ")[2] in ("block", "layer", "convolution", "norm")
    return f"{count} {kind}s" if plain else f"{count} × {kind}"


def _said(cls: str) -> str:
    """'inverted residual' of 'InvertedResidual'."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", cls).lower()
