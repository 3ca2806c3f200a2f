"""From a list of examples to batches: order, sharing out, reading ahead."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.errors import DataError
from engine.models.network import Inputs, Network
from engine.store.datasets import Example
from engine.tasks.base import Arrays, Reader, Task

# Batches that are sorted by length together, so that little is padded but order stays random.
_POOL = 16
_AHEAD = 2  # batches read while one is computed

Problem = Callable[[Example, DataError], None]


@dataclass(frozen=True)
class Batch:
    """A part of the data on the CPU, before it goes to the device in one or more pieces."""

    inputs: Inputs  # compact form, or with `features`: what still runs live
    targets: Tensor  # int64 [batch]
    weights: Tensor  # float [batch], 0 for an item that could not be read
    places: np.ndarray  # int [batch], in the list of examples
    features: Tensor | None = None

    def __len__(self) -> int:
        return len(self.places)

    def part(self, start: int, stop: int) -> Batch:
        cut = slice(start, stop)
        return Batch(
            {name: value[cut] for name, value in self.inputs.items()},
            self.targets[cut],
            self.weights[cut],
            self.places[cut],
            None if self.features is None else self.features[cut],
        )


def nothing(places: np.ndarray) -> Batch:
    """A batch without a usable item. It counts as a step, so that steps keep their numbers."""
    none = torch.empty(0)
    return Batch({}, none.long(), none, places[:0])


def epoch_order(lengths: Sequence[int], batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """The batches of an epoch, as places in the list of examples.

    A function of its arguments only, so that a resumed run goes on in the same
    order. Batches differ by at most one item: no last one is left with a
    single item, which batch norm cannot use.
    """
    count = len(lengths)
    generator = np.random.default_rng([seed, epoch])
    order = generator.permutation(count)
    batches = max(1, -(-count // batch_size))
    if not any(lengths):
        return np.array_split(order, batches)
    sizes = np.asarray(lengths)
    found: list[np.ndarray] = []
    for pool in np.array_split(order, max(1, -(-batches // _POOL))):
        ranked = pool[np.argsort(sizes[pool], kind="stable")]
        found += np.array_split(ranked, max(1, -(-len(ranked) // batch_size)))
    return [found[place] for place in generator.permutation(len(found))]


def in_order(lengths: Sequence[int], batch_size: int) -> list[np.ndarray]:
    """Batches for evaluation: by length where that matters, else as they come."""
    order = np.argsort(np.asarray(lengths), kind="stable")
    return np.array_split(order, max(1, -(-len(order) // batch_size))) if len(order) else []


def view_seed(*parts: object) -> int:
    """A seed (never 0, which means the item as it is) from anything that names a view."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") | 1


def seed_step(*parts: object) -> None:
    """Makes every draw of a step (dropout) follow from what names the step."""
    seed = view_seed(*parts)
    # Not torch.manual_seed: without CUDA that keeps a call for later, each time with a traceback.
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(seed)


class FileBatches:
    """Batches read from the source files.

    An item that cannot be read is told to `problem` once and weighs nothing.
    """

    def __init__(
        self, task: Task, network: Network, reader: Reader, examples: Sequence[Example],
        weights: np.ndarray, workers: int, problem: Problem,
    ) -> None:  # fmt: skip
        self.examples = examples
        self._task = task
        self._network = network
        self._weights = torch.from_numpy(weights).float()
        self._targets = torch.tensor([e.target for e in examples], dtype=torch.int64)
        self._problem = problem
        self._told: set[int] = set()
        self._reader = reader
        self._workers = workers

    def __call__(
        self, order: Sequence[np.ndarray], views: Callable[[Example], int] | None = None
    ) -> Iterator[Batch]:
        """Args:
        views: the augmentation seed of each example; None reads items as they are.
        """
        asked = [
            [(int(p), views(self.examples[p]) if views else 0) for p in batch] for batch in order
        ]
        for places, items in zip(order, self._read(asked), strict=True):
            yield self._assemble(places, items) if len(places) else nothing(places)

    def _assemble(self, places: np.ndarray, items: Sequence[Arrays | DataError]) -> Batch:
        weights = self._weights[places].clone()
        arrays: list[Arrays] = []
        for row, (place, item) in enumerate(zip(places, items, strict=True)):
            if isinstance(item, DataError):
                weights[row] = 0
                self._tell(self.examples[place], item)
                item = self._reader.blank()
            arrays.append(item)
        inputs = self._task.collate(self._network, arrays)
        return Batch(inputs, self._targets[places], weights, places)

    def _tell(self, example: Example, error: DataError) -> None:
        if example.item_id not in self._told:
            self._told.add(example.item_id)
            self._problem(example, error)

    def _read(self, asked: list[list[tuple[int, int]]]) -> Iterator[list[Any]]:
        """Decoding leaves Python's lock, so threads read ahead while the network computes.
        Processes would begin and end with each epoch, which costs more than they save."""
        with ThreadPoolExecutor(self._workers) as pool:
            waiting: deque[list[Future[Any]]] = deque()
            try:
                for batch in asked:
                    waiting.append([pool.submit(self._item, *key) for key in batch])
                    if len(waiting) > _AHEAD:
                        yield [future.result() for future in waiting.popleft()]
                while waiting:
                    yield [future.result() for future in waiting.popleft()]
            finally:
                for futures in waiting:
                    for future in futures:
                        future.cancel()

    def _item(self, place: int, view: int) -> Arrays | DataError:
        try:
            return self._reader(self.examples[place], view)
        except DataError as error:
            return error
