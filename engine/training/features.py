"""Batches read from the frozen-feature cache, and the one pass that fills it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from engine.freezing.cache import FeatureCache, Key, Record
from engine.freezing.replay import Cut, compute
from engine.models.network import Inputs, Network
from engine.progress import Estimate
from engine.store.datasets import Example
from engine.tasks.base import Reader, Task
from engine.training.batches import Batch, FileBatches, Problem, nothing

# Every batch of the pass has this size: what a kernel gives for an item may depend,
# in the last bit, on how many share its batch, and must not depend on what was cached before.
COMPUTE_BATCH = 32
_LENGTHS = 16  # texts are padded to a multiple of this, for the same reason

Tell = Callable[[int, int, float | None], None]  # done, total, seconds left


def fill(
    cache: FeatureCache,
    task: Task,
    network: Network,
    cut: Cut,
    reader: Reader,
    wanted: Sequence[tuple[Example, int]],
    *,
    workers: int,
    problem: Problem,
    tell: Tell,
    check: Callable[[], None],
    share: tuple[int, int] = (0, 1),
) -> tuple[int, int]:
    """Computes what the cache lacks of the wanted (example, view) pairs.

    Args:
        check: called before each batch; may raise to end the pass. What is
            done by then stays.
        share: this process and how many there are; each computes its part.

    Returns:
        how many records of this process's part were there, how many it computed.
    """
    by_key = {(example.hash, view): example for example, view in wanted}
    # Shared out before anyone looks what is there: another process may be filling it already.
    own = list(by_key)[share[0] :: share[1]]
    mine = cache.missing(own)
    found = len(own) - len(mine)
    examples = [by_key[key] for key in mine]
    views = {id(example): view for example, (_, view) in zip(examples, mine, strict=True)}
    if len(views) < len(examples):  # an example with several views: give each its own identity
        examples = [_same(example) for example in examples]
        views = {id(example): view for example, (_, view) in zip(examples, mine, strict=True)}
    weights = np.ones(len(examples))
    batches = FileBatches(task, network, reader, examples, weights, workers, problem)
    order = _fixed_batches([task.length(example) for example in examples])
    device = next(network.parameters()).device
    estimate, done = Estimate(), 0
    for batch in batches(order, lambda example: views[id(example)]):
        check()
        tell(done, len(mine), estimate.left(done, len(mine)))
        records = _compute(task, network, cut, batch, device)
        ready: dict[Key, Record] = {}
        for row, place in enumerate(batch.places):
            if batch.weights[row]:
                ready[mine[place]] = records[row]
        cache.put(ready)
        done += len(ready)
    tell(done, len(mine), 0.0)
    return found, done


class FeatureBatches:
    """Batches from the cache. Items without a record (unreadable ones) weigh nothing."""

    def __init__(
        self, cache: FeatureCache, network: Network, examples: Sequence[Example],
        weights: np.ndarray, task: Task, views: Callable[[Example], Sequence[int]],
    ) -> None:  # fmt: skip
        """Args:
        views: all views of an example that will be asked for.
        """
        self.examples = examples
        self._cache = cache
        self._network = network
        self._task = task
        self._weights = torch.from_numpy(weights).float()
        self._targets = torch.tensor([e.target for e in examples], dtype=torch.int64)
        missing = cache.missing((e.hash, view) for e in examples for view in views(e))
        self._lacking = {hash for hash, _ in missing}

    def __call__(
        self, order: Sequence[np.ndarray], views: Callable[[Example], int] | None = None
    ) -> Iterator[Batch]:
        for places in order:
            chosen = [self.examples[place] for place in places]
            there = [e.hash not in self._lacking for e in chosen]
            if not any(there):
                yield nothing(places)
                continue
            keys = [
                (e.hash, views(e) if views else 0) for e, t in zip(chosen, there, strict=True) if t
            ]
            kept = places[np.asarray(there)]
            records = self._cache.get(keys)
            features, live = self._stack(records)
            yield Batch(live, self._targets[kept], self._weights[kept], kept, features)

    def _stack(self, records: Sequence[Record]) -> tuple[Tensor, Inputs]:
        features = [record["features"] for record in records]
        if self._network.kind != "text":
            return torch.from_numpy(np.stack(features)), {}
        live = self._task.collate(self._network, [{"input_ids": r["input_ids"]} for r in records])
        longest = live["input_ids"].shape[1]
        if features[0].ndim > 1 and any(len(f) != longest for f in features):
            features = [_to_length(f, longest) for f in features]
        return torch.from_numpy(np.stack(features)), live


def _compute(
    task: Task, network: Network, cut: Cut, batch: Batch, device: torch.device
) -> list[Record]:
    compact = _padded(batch.inputs, network)
    inputs = task.prepare(network, {name: t.to(device) for name, t in compact.items()})
    features = compute(network, cut, inputs).cpu().numpy()
    records: list[Record] = []
    for row in range(len(batch)):
        record: Record = {"features": features[row]}
        if network.kind == "text":
            length = int(batch.inputs["attention_mask"][row].sum())
            record["input_ids"] = batch.inputs["input_ids"][row, :length].numpy()
            if features.ndim > 2:
                record["features"] = features[row, :length]
        records.append(record)
    return records


def _padded(inputs: Inputs, network: Network) -> Inputs:
    """Fills the batch up to its fixed size, and texts to a fixed length."""
    found = {}
    for name, tensor in inputs.items():
        lacks = COMPUTE_BATCH - len(tensor)
        if lacks > 0:
            tensor = torch.cat([tensor, tensor[-1:].expand(lacks, *tensor.shape[1:])])
        if network.kind == "text":
            more = -tensor.shape[1] % _LENGTHS
            filler = 0 if name != "input_ids" else network.pad_id
            tensor = torch.nn.functional.pad(tensor, (0, more), value=filler)
        found[name] = tensor
    return found


def _fixed_batches(lengths: Sequence[int]) -> list[np.ndarray]:
    order = np.argsort(np.asarray(lengths), kind="stable")
    return [order[start : start + COMPUTE_BATCH] for start in range(0, len(order), COMPUTE_BATCH)]


def _to_length(features: np.ndarray, length: int) -> np.ndarray:
    return np.pad(features, [(0, length - len(features))] + [(0, 0)] * (features.ndim - 1))


def _same(example: Example) -> Example:
    return Example(**vars(example))
