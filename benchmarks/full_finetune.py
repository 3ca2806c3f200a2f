"""Everything learns: samples a second beside the shortest loop, alternating to be fair.

The bare loop runs twice: over Graft's own batches, so that only the loops differ,
and with torch's loader in the training process, as most people write it first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from torch import Tensor

from benchmarks import material, peers
from benchmarks.graft import PRESETS, graft, project
from benchmarks.material import Result, Work, median
from engine.store import datasets
from engine.store.project import Project
from engine.tasks import registry
from engine.training.batches import FileBatches, epoch_order
from engine.training.recipe import Recipe

ROUNDS = 3


def main() -> None:
    material.need_data()
    work = Work("mobilenet_v2", material.mobilenet(), "all", epochs=2, lr=1e-3, workers=0)
    found: dict[str, list[Result]] = {"Graft": [], "bare loop, same batches": [], "bare loop": []}
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory() as place, project(Path(place)) as opened:
            pair = {
                "bare loop, same batches": partial(peers.bare_loop, work, _batches(work, opened)),
                "Graft": lambda opened=opened: graft(work, opened, cache=False)[0],
            }
            for name in sorted(pair, reverse=number % 2 == 0):  # who comes second runs warmer
                found[name].append(pair[name]())
        found["bare loop"].append(peers.bare_loop(work))
    results = {name: _middle(rounds) for name, rounds in found.items()}
    material.table(f"Everything learns, 2 epochs, median of {ROUNDS} rounds", results)
    for name in list(found)[1:]:
        pace = _pace(found["Graft"]) / _pace(found[name])
        print(f"\nGraft does {pace:.3f} of the samples a second of: {name} (wanted: 0.97).")


def _batches(work: Work, opened: Project) -> peers.Batches:
    """Graft's reading, threads and all, as pixels and targets."""
    task = registry.task(opened.task)
    recipe = Recipe(model=work.model, weights=str(work.weights), preset=PRESETS[work.learns])
    data = datasets.snapshot(opened)
    network = task.build(recipe, len(data.classes), True)
    train = datasets.examples(opened, data.id, "train")
    source = FileBatches(
        task, network, task.reader(network, recipe), train, np.ones(len(train)), 2, _refuse
    )

    def epoch(number: int) -> Iterator[tuple[Tensor, Tensor]]:
        for batch in source(epoch_order([0] * len(train), work.batch, work.seed, number)):
            yield task.prepare(network, batch.inputs)["pixels"], batch.targets

    return epoch


def _refuse(*problem: object) -> None:
    raise RuntimeError(problem)


def _pace(results: list[Result]) -> float:
    return median([result.samples_per_second or 0.0 for result in results])


def _middle(results: list[Result]) -> Result:
    seconds = median([result.seconds for result in results])
    shares = [result.accuracy for result in results if result.accuracy is not None]
    return Result(seconds, median(shares) if shares else None, _pace(results))


if __name__ == "__main__":
    main()
