"""Learning once more, from the validation items too.

Which epoch is best is found out on the validation items. Once that is known
they are labels like all others, and with few labels a class they are missed.
So the run goes its way again from the starting point, with both splits; those
weights are its result. It goes up to the best epoch, or where the head learns
first to the end: a few validation items tell the best epoch little better than
chance, and what was stopped early has learned too little. The
validation figures stay those of the first way: they tell of weights that had
not seen these items.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from engine.events import Activity, LogLine
from engine.freezing import applying
from engine.freezing.presets import Phase
from engine.progress import Estimate
from engine.store import checkpoints
from engine.store.datasets import Example
from engine.training import schedule
from engine.training.batches import epoch_order, seed_step
from engine.training.loop import Loop
from engine.training.material import Kitchen, Material
from engine.training.recomputing import recomputing
from engine.training.saving import Saver, restore_model
from engine.training.sharing import obey, share, share_buffers
from engine.training.step import Stepper

FEW = 100  # labels a class on average; with more, a fifth more of them changes nothing


def wanted(loop: Loop) -> bool:
    """As the recipe says; if it leaves it open, where it costs little and helps.

    That is with few labels, when the head learns before anything else.
    """
    start = checkpoints.first(loop.project, loop.run)
    if start is None or loop.position.best_epoch == 0:
        return False
    if loop.recipe.refit is not None:
        return loop.recipe.refit
    train = loop.splits["train"]
    few = len(train) < FEW * len({example.target for example in train})
    return few and loop.head_first


def _last(loop: Loop) -> int:
    """The epoch to go to."""
    position = loop.position
    return position.epoch if loop.head_first else position.best_epoch


def refit(loop: Loop) -> None:
    """Leaves the new weights in the network and in a checkpoint that is the run's best.

    Raises:
        StopNow: a person asked for the end; the weights of the first way are the result.
    """
    start = checkpoints.first(loop.project, loop.run)
    assert start is not None, "see `wanted`"
    restore_model(loop.project, start, loop.network.model)
    Again(loop).go()
    if loop.first:
        position = replace(loop.position, refit=True)
        saver = Saver(loop.project, loop.run, loop.network)
        saver.save(position, None, None, best=True, resumable=False)
    loop.emit(
        LogLine(
            "The weights were learned once more, from the validation items too, up to epoch "
            f"{_last(loop)}. The figures on validation are of the weights before."
        )
    )


class Again:
    """The same phases over both splits."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        both = [*loop.splits["train"], *loop.splits["validation"]]
        self._examples: list[Example] = sorted(both, key=lambda example: example.item_id)
        self._lengths = [loop.task.length(example) for example in self._examples]
        self._kitchen = Kitchen(
            loop.project, loop.task, loop.network, loop.recipe, {"train": self._examples},
            loop.accelerator, loop.control, loop.emit, loop.problem,
        )  # fmt: skip
        self._estimate = Estimate()
        self._steps = 0
        self._last = _last(loop)

    def go(self) -> None:
        start, last = 0, self._last
        for phase in self._loop.phases:
            epochs = range(start, min(start + phase.epochs, last))
            if epochs:
                self._phase(phase, epochs)
            start += phase.epochs

    def _phase(self, phase: Phase, epochs: range) -> None:
        loop = self._loop
        applying.apply(loop.network, phase.plan)
        groups = applying.parameter_groups(loop.network, phase.plan, loop.recipe.weight_decay)
        optimizer = torch.optim.AdamW(groups, lr=phase.lr, fused=True)
        with (
            self._kitchen.prepare(phase.plan) as material,
            recomputing(loop.network, loop.recomputed),
        ):
            stepper = Stepper(
                loop.task, loop.network, material.forward, optimizer, loop.accelerator,
                loop.recipe, lambda text: loop.emit(LogLine(text, "warning")),
            )  # fmt: skip
            stepper.micro = loop.position.micro
            for epoch in epochs:
                self._epoch(phase, epoch - epochs.start, epoch, material, stepper, optimizer)
                share_buffers(loop.accelerator, loop.network)

    def _epoch(
        self, phase: Phase, number: int, epoch: int, material: Material, stepper: Stepper,
        optimizer: torch.optim.Optimizer,
    ) -> None:  # fmt: skip
        loop, views = self._loop, material.views
        order = epoch_order(self._lengths, loop.recipe.batch_size, loop.recipe.seed, epoch)
        mine = [share(loop.accelerator, places) for places in order]
        varied = (lambda example: views(example, epoch)) if views else None
        applying.set_modes(loop.network, phase.plan, loop.recipe.keep_statistics)
        for place, batch in enumerate(material.batches["train"](mine, varied)):
            obey(loop.accelerator, loop.control)
            seed_step(loop.recipe.seed, self._steps, loop.accelerator.process_index)
            schedule.set_rates(
                optimizer, phase, number * len(order) + place, phase.epochs * len(order)
            )
            stepper(batch)
            self._steps += 1
            total = self._last * len(order)
            left = self._estimate.left(self._steps, total)
            loop.emit(Activity("Learning once more, from all labels", self._steps, total, left))
