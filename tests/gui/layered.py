"""Networks as the operation `describe` returns them, made by hand, and children that answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.events import Done, Event
from engine.training.process import Request
from tests.gui.script_child import ScriptChild

WEIGHT, BOTH = [["weight", 100]], [["weight", 100], ["bias", 10]]


def described(stages: int = 4, blocks: int = 2, parts: int = 2) -> dict[str, Any]:
    """A convolutional network: stem, `stages` of `blocks` blocks of `parts` layers, and a head."""
    rows: list[dict[str, Any]] = []

    def add(name: str, cls: str, words: str, own: list[Any], stage: int, shape: Any) -> None:
        rows.append({
            "name": name, "class": cls, "words": words, "shape": shape, "own": own, "stage": stage,
            "parameters": sum(n for _, n in own), "flops": 1e6 if own else 0, "order": len(rows),
        })  # fmt: skip

    add("", "Net", "network", [], 0, None)
    add("conv1", "Conv2d", "7 × 7 convolution, 3 to 64 channels, stride 2", WEIGHT, 0, [64, 56, 56])
    add("bn1", "BatchNorm2d", "batch norm", BOTH, 0, [64, 56, 56])
    add("relu", "ReLU", "activation (ReLU)", [], 0, [64, 56, 56])
    titles = [("Stem", ["conv1", "bn1", "relu"])]
    for number in range(1, stages + 1):
        size = max(1, 56 // 2**number)
        shape, names = [64 * number, size, size], []
        add(f"layer{number}", "Sequential", f"{blocks} residual blocks", [], number, shape)
        for block in range(blocks):
            name = f"layer{number}.{block}"
            names.append(name)
            add(name, "BasicBlock", "residual block, 64 channels", [], number, shape)
            for part in range(parts):
                words = "3 × 3 convolution, 64 to 64 channels"
                add(f"{name}.conv{part + 1}", "Conv2d", words, WEIGHT, number, shape)
                add(f"{name}.bn{part + 1}", "BatchNorm2d", "batch norm", BOTH, number, shape)
        titles.append((f"Stage {number}", names))
    add("dropout", "Dropout", "dropout 0.2", [], stages + 1, [512])
    add("fc", "Linear", "linear layer, 512 to 3", BOTH, stages + 1, [3])
    titles.append(("Head", ["dropout", "fc"]))
    _add_up(rows)
    return {
        "title": "resnet18", "kind": "image", "input": [224, 224], "weights_here": True,
        "parameters": sum(n for row in rows for _, n in row["own"]), "modules": rows,
        "stages": [_stage(title, names, rows) for title, names in titles], **_notes(rows),
        "length": 0, "longest": 0, "items": {"train": 8, "validation": 2, "test": 2},
        "machine": {"device": "cpu", "memory": 8e9, "total": 8e9, "base": 3e8, "cores": 2},
    }  # fmt: skip


def _notes(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What a pass through all modules, one after another, would have noted (see engine.models)."""
    place = {row["name"]: number for number, row in enumerate(rows)}
    names = [_full(row["name"], own) for row in rows for own, _ in row["own"]]
    number = {name: tensor for tensor, name in enumerate(names)}
    sizes = [[4 * n, 0, 0] for row in rows for _, n in row["own"]]
    calls, ops, doors, flops, learns = ([] for _ in range(5))  # type: ignore[var-annotated]
    last = first = len(names)
    sizes.append([4000, 1, 0])  # the picture
    call_of = {"": -1}
    for row in rows[1:]:
        around = call_of[row["name"].rpartition(".")[0]]
        call_of[row["name"]] = len(calls)
        doors.append(len(ops))
        ops.append([max(0, around), [last], [len(sizes)]])
        read = [len(sizes), *(number[_full(row["name"], n)] for n, _ in row["own"])]
        ops.append([len(calls), read, [len(sizes) + 1]])
        calls.append([place[row["name"]], around])
        if row["own"]:
            flops.append([len(ops) - 1, [1e6, 1, 0]])
        learns.append([place[row["name"]], 1, [len(learns)]])
        last = len(sizes) + 1
        sizes += [[4000, 1, 0], [4000, 1, 0]]
    return {
        "flow": {
            "parameters": names, "modules": list(place), "calls": calls, "ops": ops, "doors": doors,
            "flops": flops, "place": list(range(len(sizes))), "storages": sizes,
            "fixed": len(names), "inputs": [first], "logits": [last],
        },
        "kept": {"memory": [[4000, 1, 0]] * len(learns), "learns": learns, "passes": learns},
    }  # fmt: skip


def _full(module: str, own: str) -> str:
    return f"{module}.{own}" if module else own


def _add_up(rows: list[dict[str, Any]]) -> None:
    """Parameters and cost of a module are those of all below it, too."""
    known = {row["name"]: row for row in rows}
    for row in reversed(rows):
        above = known.get(row["name"].rpartition(".")[0])
        if above is not None and above is not row:
            above["parameters"] += row["parameters"]
            above["flops"] += row["flops"]


def _stage(title: str, names: list[str], rows: list[dict[str, Any]]) -> dict[str, Any]:
    mine = [row for row in rows if row["name"] in names]
    inside = [r["name"] for r in rows if any(r["name"].startswith(f"{n}.") for n in names)]
    small = [n for n in [*names, *inside] if n.rpartition(".")[2].startswith("bn")]
    wide = [n for n in inside if ".conv" in n]
    return {
        "title": title, "modules": names, "small": small, "wide": wide,
        "parameters": sum(row["parameters"] for row in mine),
        "flops": sum(row["flops"] for row in mine),
    }  # fmt: skip


class AnswerChild(ScriptChild):
    """Answers each operation with what it is given for it; what has no answer stays open."""

    def __init__(self, answers: dict[str, list[Event]], asked: list[Request]) -> None:
        super().__init__([])
        self.answers, self.asked = answers, asked

    def start(self, request: Request) -> None:
        super().start(request)
        self.asked.append(request)

    def events(self) -> Iterator[Event]:
        assert self.request is not None
        script = self.answers.get(self.request.operation)
        if script is None:
            self._inbox.get()  # until it is killed
            return
        yield from script


class Answers:
    """Makes children, and knows what they were asked."""

    def __init__(self, **answers: list[Event]) -> None:
        self.answers = {name.replace("_", "-"): events for name, events in answers.items()}
        self.asked: list[Request] = []

    def __call__(self) -> AnswerChild:
        return AnswerChild(self.answers, self.asked)

    def of(self, operation: str) -> list[Request]:
        return [request for request in self.asked if request.operation == operation]


def answers(description: dict[str, Any] | None = None, **more: list[Event]) -> Answers:
    return Answers(**{"describe": [Done(description or described())], **more})


MakeWindow = Callable[..., Any]
