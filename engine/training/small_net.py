"""A small network from random weights, taught with the project's own items and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.store.datasets import Example
from engine.training.batches import FileBatches
from engine.training.bench import Bench

SIDE = 64  # px that pictures are shrunk to
WIDTH = 32  # channels of the first layer, and a quarter of a word's numbers
EPOCHS = 30
BATCH = 32
RATE = 3e-3

Tell = Callable[[int, int], None]  # epochs done, epochs; may raise


def small_net(bench: Bench, tell: Tell) -> tuple[dict[int, int], dict[str, Any]]:
    """Trains it and asks it about the test items.

    Pictures: four convolutions on SIDE px. Texts: the mean of learned word vectors and a
    hidden layer. The weights of the epoch that did best on validation are taken.

    Returns:
        the class by item id, and facts for the record.
    """
    torch.manual_seed(bench.recipe.seed)
    on = bench.accelerator.device
    held = {split: _load(bench, split) for split in ("train", "validation", "test")}
    classes = len(bench.dataset.classes)
    net: nn.Module
    if bench.network.kind == "image":
        net = _pictures(held["train"][0].shape[1], classes)
    else:
        net = _Words(int(bench.network.config.vocab_size), classes)
    net.to(on)
    best = _taught(net, held["train"], held["validation"], bench, tell)
    net.load_state_dict(best)
    inputs, _, ids = held["test"]
    said = _answers(net, inputs, on).argmax(1)
    predicted = {item: int(one) for item, one in zip(ids, said, strict=True)}
    count = sum(parameter.numel() for parameter in net.parameters())
    return predicted, {"parameters": count, "epochs": EPOCHS}


def _taught(
    net: nn.Module, train: Held, validation: Held, bench: Bench, tell: Tell
) -> dict[str, Tensor]:
    """The weights of the best epoch."""
    inputs, targets, _ = train
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.01)
    steps = EPOCHS * max(1, -(-len(targets) // BATCH))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    best, state = float("-inf"), copy.deepcopy(net.state_dict())
    for epoch in range(EPOCHS):
        tell(epoch, EPOCHS)
        net.train()
        for places in _order(len(targets), bench.recipe.seed, epoch):
            output = net(inputs[places].to(bench.accelerator.device))
            loss = functional.cross_entropy(output, targets[places].to(output.device))
            torch.autograd.backward(loss)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            schedule.step()
        value = _value(net, validation, bench)
        if value >= best:
            best, state = value, copy.deepcopy(net.state_dict())
    return state


def _value(net: nn.Module, held: Held, bench: Bench) -> float:
    inputs, targets, _ = held
    if not len(targets):
        return 0.0
    rows = torch.softmax(_answers(net, inputs, bench.accelerator.device), 1).numpy()
    said = bench.task.metrics(targets.numpy(), rows)
    return said[bench.task.metric]


def _answers(net: nn.Module, inputs: Tensor, on: torch.device) -> Tensor:
    """float [n, classes], on the CPU."""
    net.eval()
    with torch.no_grad():
        parts = [net(part.to(on)).float().cpu() for part in torch.split(inputs, 128)]
    return torch.cat(parts) if parts else torch.empty(0, 1)


Held = tuple[Tensor, Tensor, list[int]]  # inputs, targets int64 [n], item ids


def _load(bench: Bench, split: str) -> Held:
    """A split that can be read, held in memory in the small form."""
    examples = bench.splits[split]
    reader = bench.task.reader(bench.network, bench.recipe)
    batches = FileBatches(
        bench.task, bench.network, reader, examples, np.ones(len(examples)), 2, lambda *_: None
    )
    order = [np.arange(s, min(s + BATCH, len(examples))) for s in range(0, len(examples), BATCH)]
    rows: list[Tensor] = []
    kept: list[Example] = []
    for batch in batches(order):
        bench.control.check()
        there = batch.weights > 0
        form = _small(bench, batch.inputs)
        rows += list(form[there])
        kept += [examples[place] for place in batch.places[there.numpy()]]
    targets = torch.tensor([example.target for example in kept], dtype=torch.int64)
    return _stacked(rows), targets, [example.item_id for example in kept]


def _small(bench: Bench, inputs: dict[str, Tensor]) -> Tensor:
    if bench.network.kind != "image":
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        return torch.where(mask > 0, ids + 1, 0)  # 0: nothing there
    pixels = bench.task.prepare(bench.network, inputs)["pixels"].float().cpu()
    side = min(SIDE, *pixels.shape[2:])
    return functional.adaptive_avg_pool2d(pixels, side)


def _stacked(rows: list[Tensor]) -> Tensor:
    """Texts are filled up to the longest."""
    if rows and rows[0].ndim == 1:
        return nn.utils.rnn.pad_sequence(rows, batch_first=True)
    return torch.stack(rows) if rows else torch.empty(0)


def _order(count: int, seed: int, epoch: int) -> Iterator[np.ndarray]:
    """Batches that differ by at most one item: batch norm cannot use a single one."""
    order = np.random.default_rng([seed, epoch]).permutation(count)
    yield from np.array_split(order, max(1, -(-count // BATCH)))


def _pictures(channels: int, classes: int) -> nn.Module:
    layers: list[nn.Module] = []
    for number in range(4):
        wide = WIDTH * min(4, 2**number)
        layers += [
            nn.Conv2d(channels, wide, 3, padding=1, bias=False),
            nn.BatchNorm2d(wide), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True),
        ]  # fmt: skip
        channels = wide
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2),
        nn.Linear(channels, classes),
    )  # fmt: skip


class _Words(nn.Module):
    """The mean of word vectors (Joulin et al. 2017), then a hidden layer."""

    def __init__(self, words: int, classes: int) -> None:
        super().__init__()
        self.vectors = nn.EmbeddingBag(words + 1, 4 * WIDTH, mode="mean", padding_idx=0)
        self.rest = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(4 * WIDTH, 2 * WIDTH), nn.ReLU(),
            nn.Linear(2 * WIDTH, classes),
        )  # fmt: skip

    def forward(self, ids: Tensor) -> Tensor:
        """From int64 [batch, length], 0 where there is nothing, to float [batch, classes]."""
        output: Tensor = self.rest(self.vectors(ids))
        return output
