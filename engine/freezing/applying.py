"""Putting a freeze plan into force on a network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine.freezing.plan import Plan
from engine.models.network import Network


def apply(network: Network, plan: Plan) -> None:
    """Sets which parameters need a gradient. Modes are set by `set_modes`, each epoch."""
    for _, name, parameter in direct_parameters(network.model):
        parameter.requires_grad_(plan.rule(name).trainable)


def set_modes(network: Network, plan: Plan, keep_statistics: bool = False) -> None:
    """Training mode for what learns; eval mode for what is frozen, batch norm and dropout too.

    Args:
        keep_statistics: batch norms stay in eval mode though they learn: their scale and
            shift change, the pre-trained means and variances hold.
    """
    for name, module in network.model.named_modules():
        kept = keep_statistics and isinstance(module, _BatchNorm)
        module.training = plan.rule(name).trainable and not kept
    network.training = True


def parameter_groups(network: Network, plan: Plan, weight_decay: float) -> list[dict[str, Any]]:
    """Groups for an optimizer: the trainable parameters by learning-rate factor and decay.

    Biases and norms (one dimension) are not decayed. Each group carries
    'factor', the share of the phase's learning rate, and 'names'.
    """
    groups: dict[tuple[float, bool], dict[str, Any]] = {}
    for _, name, parameter in direct_parameters(network.model):
        if not parameter.requires_grad:
            continue
        factor = plan.rule(name).lr_factor
        decays = parameter.ndim > 1
        group = groups.setdefault(
            (factor, decays),
            {
                "params": [], "names": [], "factor": factor,
                "weight_decay": weight_decay if decays else 0.0,
            },
        )  # fmt: skip
        group["params"].append(parameter)
        group["names"].append(name)
    return list(groups.values())


def trainable_count(network: Network, plan: Plan) -> int:
    """Parameters that would learn under the plan."""
    return sum(
        parameter.numel()
        for _, name, parameter in direct_parameters(network.model)
        if plan.rule(name).trainable
    )


def direct_parameters(model: nn.Module) -> Iterator[tuple[str, str, nn.Parameter]]:
    """Each parameter once: its module's name, its own full name, itself."""
    seen: set[int] = set()
    for module_name, module in model.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            if id(parameter) in seen:
                continue
            seen.add(id(parameter))
            yield module_name, f"{module_name}.{name}" if module_name else name, parameter
