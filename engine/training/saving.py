"""A run's checkpoints: what goes in, and the way back to the very same state."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import nn

from engine.errors import ModelError
from engine.freezing.plan import Plan
from engine.models.building import rebuild
from engine.models.network import Description, Network
from engine.store import checkpoints, datasets
from engine.store.checkpoints import Checkpoint, Raw
from engine.store.project import Project
from engine.store.runs import Run
from engine.training.tensors import from_raw, of_bytes, to_raw

MODEL, OPTIMIZER, FILE = "model/", "optimizer/", "file/"


@dataclass
class Position:
    """Where a run stands. All randomness is drawn from it and the seed, so it is all of the state
    besides the weights and the optimizer's."""

    epoch: int = 0  # epochs completed
    step: int = 0  # steps completed, over all epochs
    step_in_epoch: int = 0  # steps completed of the epoch under way
    best: float | None = None
    best_loss: float = float("inf")
    best_epoch: int = 0
    since_best: int = 0
    seconds: float = 0.0  # of the whole run, pauses left out
    step_seconds: float = 0.0  # of the training steps alone
    samples: int = 0
    micro: int = 0  # items in one piece of a batch, 0: not yet limited
    sums: dict[str, float] = field(default_factory=dict)  # of the epoch under way
    refit: bool = False  # the weights were learned from the validation items, too

    @property
    def pace(self) -> float:
        """Samples a second while training."""
        return self.samples / max(1e-9, self.step_seconds)

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


class Saver:
    """Writes the checkpoints of one run. Tensors that did not learn are not hashed again."""

    def __init__(self, project: Project, run: int, network: Network) -> None:
        self._project = project
        self._run = run
        self._network = network
        self._known: dict[str, str] = {}

    def save(
        self,
        position: Position,
        plan: Plan | None,
        optimizer: torch.optim.Optimizer | None,
        *,
        best: bool,
        resumable: bool = True,
    ) -> int:
        """Returns the checkpoint's id. Raises ResourceError when the disk is full."""
        tensors: dict[str, Raw | str] = {}
        for name, tensor in self._network.model.state_dict().items():
            # A buffer (batch-norm statistics) may change though no parameter beside it learns.
            owner = name.rpartition(".")[0]
            still = plan is not None and not (
                plan.rule(name).trainable or plan.rule(owner).trainable
            )
            key = MODEL + name
            tensors[key] = self._known[key] if still and key in self._known else to_raw(tensor)
        for name, content in self._network.files.items():
            key = FILE + name
            tensors[key] = self._known.get(key) or of_bytes(content)
        if optimizer is not None:
            tensors.update(optimizer_state(optimizer))
        try:
            id = checkpoints.save(
                self._project, self._run, tensors, epoch=position.epoch, step=position.step,
                best=best, value=position.best, state=position.to_wire(), resumable=resumable,
            )  # fmt: skip
        except BaseException:
            self._known.clear()
            raise
        stored = checkpoints.hashes(self._project, id)
        self._known = {k: h for k, h in stored.items() if not k.startswith(OPTIMIZER)}
        return id


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Raw | str]:
    found: dict[str, Raw | str] = {}
    for group in optimizer.param_groups:
        for name, parameter in zip(group["names"], group["params"], strict=True):
            for key, value in optimizer.state.get(parameter, {}).items():
                found[f"{OPTIMIZER}{name}/{key}"] = to_raw(torch.as_tensor(value))
    return found


def restore_optimizer(
    project: Project, checkpoint: Checkpoint, optimizer: torch.optim.Optimizer
) -> None:
    """Puts back what `optimizer_state` took; a new phase has none, and none is put back."""
    stored = checkpoints.hashes(project, checkpoint.id)
    for group in optimizer.param_groups:
        for name, parameter in zip(group["names"], group["params"], strict=True):
            prefix = f"{OPTIMIZER}{name}/"
            for key, hash in stored.items():
                if key.startswith(prefix):
                    value = from_raw(checkpoints.read(project, hash))
                    if value.ndim:  # laid out in memory as the parameter is: steps are fused
                        value = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
                    optimizer.state[parameter][key.removeprefix(prefix)] = value


def restore_model(project: Project, checkpoint: Checkpoint, model: nn.Module) -> None:
    """Loads every tensor of the model. Raises StorageError when one is damaged."""
    stored = checkpoints.hashes(project, checkpoint.id)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            hash = stored.get(MODEL + name)
            if hash is None:
                raise ModelError(
                    "The checkpoint does not fit",
                    f"It has no tensor named {name}.",
                    "It was made by another version of the library. Train the run again.",
                )
            tensor.copy_(from_raw(checkpoints.read(project, hash)))


def load_network(project: Project, run: Run, checkpoint: Checkpoint) -> Network:
    """The network of a run as it was at a checkpoint; needs no file outside the project."""
    stored = checkpoints.hashes(project, checkpoint.id)
    files = {
        name.removeprefix(FILE): bytes(checkpoints.read(project, hash).data)
        for name, hash in stored.items()
        if name.startswith(FILE)
    }
    classes = len(datasets.load(project, run.dataset_id).classes)
    network = rebuild(Description(**run.model), classes, files)
    network.weights_hash = run.weights_hash
    restore_model(project, checkpoint, network.model)
    return network
