"""One step: forward and backward in pieces that fit the memory, then the optimizer."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size
from torch import Tensor

from engine.errors import ResourceError, TrainingError
from engine.models.network import Network
from engine.tasks.base import Task
from engine.training.batches import Batch
from engine.training.recipe import Recipe

Forward = Callable[[Batch], Tensor]


class Stepper:
    """Holds what every step of a phase shares.

    Gradients of several processes are summed by hand after the last piece, so
    that a process that runs out of memory can be waited for; as every loss is
    divided by the weight of the whole batch over all processes, the sum is the
    gradient that one process would get.
    """

    def __init__(
        self, task: Task, network: Network, forward: Forward, optimizer: torch.optim.Optimizer,
        accelerator: Accelerator, recipe: Recipe, tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._task = task
        self._network = network
        self._forward = forward
        self._optimizer = optimizer
        self._stepped = accelerator.prepare_optimizer(optimizer)
        self._accelerator = accelerator
        self._recipe = recipe
        self._tell = tell
        self._parameters = [p for g in optimizer.param_groups for p in g["params"]]
        self.micro = 0  # items in one piece, 0: not yet limited

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Takes the step.

        Returns:
            sums over this process's items: 'loss' (weighted), 'weight', 'count', 'gradient'
            (the norm of the whole batch's, if clipped) and the task's tally; empty when
            no item could be read.

        Raises:
            ResourceError: not even one item fits the memory.
            TrainingError: the loss is not a number; the weights are as before the step.
        """
        total = self._over_all(float(batch.weights.sum()))
        if total == 0:
            return {}
        while True:
            sums = self._try(batch, total)
            if sums is not None:
                break
            self._halve(len(batch))
        self._refuse_nan(sums)
        self._share_gradients()
        if self._recipe.clip:
            norm = float(self._accelerator.clip_grad_norm_(self._parameters, self._recipe.clip))
            # Weighed by items, as the rest of the tally is. Scaled fp16 steps may overflow.
            sums["gradient"] = norm * sums["count"] if math.isfinite(norm) else 0.0
        self._stepped.step()
        self._optimizer.zero_grad(set_to_none=True)
        return sums

    def _try(self, batch: Batch, total: float) -> dict[str, float] | None:
        """The gradients of a batch; None when the memory did not suffice on any process."""
        sums: dict[str, float] | None = None
        try:
            sums = self._backward(batch, total)
        except (RuntimeError, MemoryError) as error:
            if not (isinstance(error, MemoryError) or should_reduce_batch_size(error)):
                raise
        if self._over_all(0.0 if sums is not None else 1.0) > 0:
            sums = None
            self._optimizer.zero_grad(set_to_none=True)
            clear_device_cache(garbage_collection=True)
        return sums

    def _backward(self, batch: Batch, total: float) -> dict[str, float]:
        size = self.micro or max(1, -(-len(batch) // self._recipe.accumulation))
        sums: dict[str, float] = {"loss": 0.0, "weight": 0.0, "count": 0.0}
        for start in range(0, len(batch), size):
            piece = batch.part(start, start + size)
            device = self._accelerator.device
            targets, weights = piece.targets.to(device), piece.weights.to(device)
            with self._accelerator.autocast():
                outputs = self._forward(piece)
                loss = self._task.loss(outputs, targets, weights, self._recipe)
            self._accelerator.backward(loss / total)
            sums["loss"] += float(loss.detach())
            sums["weight"] += float(piece.weights.sum())
            sums["count"] += len(piece)
            for name, value in self._task.tally(outputs.detach(), targets).items():
                sums[name] = sums.get(name, 0.0) + value
        return sums

    def _halve(self, size: int) -> None:
        before = self.micro or max(1, -(-size // self._recipe.accumulation))
        if before <= 1:
            raise ResourceError(
                "The memory does not suffice",
                "Not even one item at a time fits, with this model and plan.",
                "Freeze more layers, choose a smaller model, or close other programs.",
            )
        self.micro = before // 2
        pieces = -(-size // self.micro)
        self._tell(
            f"The memory did not suffice for {before} items at once. The batch of "
            f"{self._recipe.batch_size} stays; it is now computed in pieces of {self.micro} "
            f"({pieces} for each step)."
        )

    def _refuse_nan(self, sums: dict[str, float]) -> None:
        bad = 0.0 if torch.isfinite(torch.tensor(sums["loss"])) else 1.0
        if self._over_all(bad) == 0:
            return
        self._optimizer.zero_grad(set_to_none=True)
        rates = [group["lr"] for group in self._optimizer.param_groups]
        raise TrainingError(
            "The loss is not a number",
            f"At a learning rate of {max(rates):.3g} the loss became {sums['loss']}: most often "
            "the learning rate is too high, or an item holds values that are no numbers.",
            "Train again with a learning rate ten times lower. The last good checkpoint is kept.",
        )

    def _over_all(self, value: float) -> float:
        """The sum over all processes."""
        if self._accelerator.num_processes == 1:
            return value
        tensor = torch.tensor(value, dtype=torch.float32, device=self._accelerator.device)
        return float(self._accelerator.reduce(tensor, "sum"))

    def _share_gradients(self) -> None:
        if self._accelerator.num_processes == 1:
            return
        for parameter in self._parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        flat = torch.cat([p.grad.reshape(-1) for p in self._parameters if p.grad is not None])
        flat = self._accelerator.reduce(flat, "sum")
        start = 0
        for parameter in self._parameters:
            count = parameter.numel()
            # Laid out in memory as the parameter is: the optimizer's steps are fused.
            piece = flat[start : start + count].reshape(parameter.shape)
            parameter.grad = torch.empty_like(parameter).copy_(piece)
            start += count


def from_first(accelerator: Accelerator, value: object) -> object:
    """What the first process holds, in all of them."""
    if accelerator.num_processes == 1:
        return value
    held = [value]
    broadcast_object_list(held, from_process=0)
    return held[0]
