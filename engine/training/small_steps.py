"""What a step takes whatever it computes: the head alone, on features from memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from engine.freezing import applying
from engine.freezing.presets import learns
from engine.freezing.replay import Replay, compute, find_cut
from engine.models.stages import stages
from engine.models.trace import evaluating, trace
from engine.training.batches import Batch
from engine.training.bench import Bench
from engine.training.step import Stepper

STEPS = 15


def overhead(bench: Bench, batch: Batch) -> tuple[float, float]:
    """Seconds of a step, and of a batch that is judged."""
    network, task = bench.network, bench.task
    ran = trace(network)
    plan = learns(stages(network, ran), 1)
    cut = find_cut(network, plan, ran)
    device = bench.accelerator.device
    few = {name: tensor[:1].to(device) for name, tensor in batch.inputs.items()}
    if cut is None:  # a network that is all head
        return 0.0, 0.0
    stored = compute(network, cut, task.prepare(network, few))
    features = stored.expand(len(batch), *stored.shape[1:]).contiguous()
    live = {n: t.to(device) for n, t in batch.inputs.items()} if network.kind == "text" else {}
    small = Batch(live, batch.targets, batch.weights, batch.places, features)
    replay = Replay(network, cut, ran)
    applying.apply(network, plan)
    applying.set_modes(network, plan)
    groups = applying.parameter_groups(network, plan, 0.0)
    optimizer = torch.optim.AdamW(groups, lr=0.0, fused=True)

    def forward(piece: Batch) -> Tensor:
        assert piece.features is not None
        return replay.run(network, piece.features, piece.inputs)

    step = Stepper(
        task, network, forward, optimizer, bench.accelerator, bench.recipe, bench.warn
    )  # fmt: skip

    def gather() -> None:
        """What makes a batch of texts of its records; those of pictures are stacked only."""
        if network.kind == "text":
            ids = batch.inputs["input_ids"].numpy()
            task.collate(network, [{"input_ids": row} for row in ids])

    def take() -> None:
        gather()
        torch.manual_seed(0)  # as the loop does before each step
        step(small)

    def judge() -> None:
        gather()
        with evaluating(network), torch.no_grad(), bench.accelerator.autocast():
            task.probabilities(forward(small)).float().cpu().numpy()

    with replay.installed():
        return _typical(take), _typical(judge)


def _typical(work: Callable[[], object]) -> float:
    found = []
    for _ in range(STEPS):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found[2:])
