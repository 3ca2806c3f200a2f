"""Running a network over a split and keeping what it said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from engine.models.network import Network
from engine.models.trace import evaluating
from engine.store.datasets import Example
from engine.store.runs import Prediction
from engine.tasks.base import Task
from engine.training.batches import Batch, FileBatches, in_order
from engine.training.features import FeatureBatches

Forward = Callable[[Batch], torch.Tensor]


@dataclass(frozen=True)
class Judgement:
    """Of the items that could be read, in the order of the examples."""

    places: np.ndarray  # int [n], in the list of examples
    targets: np.ndarray  # int64 [n]
    probabilities: np.ndarray  # float32 [n, classes]

    def predictions(self, examples: list[Example], split: str) -> list[Prediction]:
        found = self.probabilities.argmax(axis=1) if len(self.places) else []
        return [
            Prediction(
                examples[place].item_id, split, int(target), int(best),
                row.astype("<f4").tobytes(),
            )
            for place, target, best, row in zip(
                self.places, self.targets, found, self.probabilities, strict=True
            )
        ]  # fmt: skip


def judge(
    task: Task,
    network: Network,
    forward: Forward,
    batches: FileBatches | FeatureBatches,
    batch_size: int,
    accelerator: Accelerator,
    check: Callable[[int, int], None],
) -> Judgement:
    """Every process judges its share; all get the whole.

    Args:
        check: told how many batches are done of how many; may raise to end it.
    """
    order = in_order([task.length(e) for e in batches.examples], batch_size)
    rank, world = accelerator.process_index, accelerator.num_processes
    order = [places[rank::world] for places in order]
    said: list[tuple[np.ndarray, np.ndarray]] = []
    with evaluating(network), torch.no_grad():
        for number, batch in enumerate(batches(order)):
            check(number, len(order))
            keep = batch.weights.numpy() > 0
            if not keep.any():
                continue
            with accelerator.autocast():
                probabilities = task.probabilities(forward(batch))
            said.append((batch.places[keep], probabilities.float().cpu().numpy()[keep]))
    if world > 1:
        said = gather_object(said)
    if not said:
        return Judgement(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 0), np.float32))
    places = np.concatenate([part[0] for part in said])
    rows = np.concatenate([part[1] for part in said])
    rank_of = np.argsort(places)
    places = places[rank_of]
    targets = np.asarray([batches.examples[place].target for place in places], np.int64)
    return Judgement(places, targets, rows[rank_of])
