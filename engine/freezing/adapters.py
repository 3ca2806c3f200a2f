"""LoRA adapters: small learning matrices beside layers that stay frozen (through peft).

Hu et al. 2021, 'LoRA: Low-Rank Adaptation of Large Language Models'. A layer
that carries an adapter keeps its place and name in the network; its own
weights move one level down, to `base_layer`.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

from torch import nn

from engine.errors import ConfigurationError
from engine.models.network import Network


def carriers(model: nn.Module, head: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the layers that carry an adapter, or could.

    Attention and linear layers; in a network that is mostly convolutions, its
    dense convolutions too: a linear layer or two at its end are not what it knows.
    """
    found: dict[str, nn.Module] = {}
    for name, module in model.named_modules():
        inside = any(name.startswith(up + ".") for up in found)
        if not inside and not _below(name, head) and _can_carry(module):
            found[name] = module
    dense = tuple(n for n, m in found.items() if not isinstance(_bare(m), nn.Conv2d))
    return dense if 2 * len(dense) >= len(found) else tuple(found)


def attach(network: Network, rank: int) -> None:
    """Puts adapters into every layer that can carry one. They start without effect.

    Raises:
        ConfigurationError: the network has no such layer.
    """
    from peft import LoraConfig, inject_adapter_in_model

    names = carriers(network.model, network.head)
    if not names:
        raise ConfigurationError(
            "The model cannot carry adapters",
            f"{network.description.name} has no attention, linear or dense convolution layer "
            "before its head.",
            "Choose another preset, for example 'Norms only'.", subject="lora_rank",
        )  # fmt: skip
    # Twice the rank, as in the paper's experiments: the effect then hardly depends on the rank.
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=list(names), bias="none")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of attention's output layer, which peft leaves alone
        inject_adapter_in_model(config, network.model)
    for name in names:
        _speak_for(network.model.get_submodule(name))


def _speak_for(adapted: nn.Module) -> None:
    """Some models read a layer's settings (a convolution's stride); the adapter tells them."""
    base = _bare(adapted)
    if base is adapted or not isinstance(base, nn.Conv2d):
        return
    for name, value in vars(base).items():
        if not name.startswith("_") and not hasattr(adapted, name):
            setattr(adapted, name, value)


def merge(network: Network) -> None:
    """Adds the adapters to the weights beside which they learned, and takes them out."""
    for name in carriers(network.model, network.head):
        adapted: Any = network.model.get_submodule(name)
        if not _carries(adapted):
            continue
        parent, _, key = name.rpartition(".")
        setattr(network.model.get_submodule(parent), key, _merged(adapted))
    edits = {k: v for k, v in network.description.edits.items() if k != "lora_rank"}
    network.description = replace(network.description, edits=edits)


def _merged(adapted: Any) -> nn.Module:
    base: nn.Module
    if hasattr(adapted, "unload_and_optionally_merge_module"):  # attention, two layers in one
        base = adapted.unload_and_optionally_merge_module(
            merge=True, safe_merge=False, adapter_names=None
        )
    else:
        adapted.merge()
        base = adapted.get_base_layer()
    return base


def _carries(module: nn.Module) -> bool:
    return hasattr(module, "lora_A") and hasattr(module, "base_layer")


def _can_carry(module: nn.Module) -> bool:
    bare = _bare(module)
    if isinstance(bare, nn.Conv2d):
        return bare.groups == 1
    # GPT-2's linear layer; its class would load all of transformers.
    return isinstance(bare, nn.Linear | nn.MultiheadAttention) or type(bare).__name__ == "Conv1D"


def _bare(module: nn.Module) -> nn.Module:
    """The layer itself, without its adapter."""
    return module.get_submodule("base_layer") if _carries(module) else module


def _below(name: str, heads: tuple[str, ...]) -> bool:
    return any(name == head or name.startswith(head + ".") for head in heads)
