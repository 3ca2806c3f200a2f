"""Taking pictures of 1 or N channels, with weights adapted from those for red, green, blue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import ConfigurationError
from engine.models.network import Network


def take_channels(network: Network, channels: int) -> None:
    """Changes the first convolution so that it takes `channels` channels.

    One channel gets the sum of the weights for red, green and blue, so that a
    grey picture gives what it gave as a colour picture, up to the small
    difference between the channels' normalisation. N channels get their mean, times 3 / N,
    so that what comes out keeps its size.

    Raises:
        ConfigurationError: the network does not begin with a convolution over colours.
    """
    if network.kind != "image":
        raise _refusal(network, "It does not read pictures.")
    own = network.preprocess
    if channels == 3:
        return
    first = _stem(network)
    if getattr(network.model, "transform_input", False):
        # Two models of torchvision begin by making -1..1 of three colours; reading does it here.
        setattr(network.model, "transform_input", False)  # noqa: B010 - a plain attribute
        own = replace(own, mean=(0.5,) * len(own.mean), std=(0.5,) * len(own.std))
    std = own.std if len(own.std) == 3 else (1.0, 1.0, 1.0)
    # In place: the layer may be of a kind of its own, with padding of its own.
    first.weight = nn.Parameter(adapted(first.weight.detach(), std, channels))
    first.in_channels = channels
    _tell(network.model, channels)
    changed = replace(own, mean=_even(own.mean, channels), std=_even(own.std, channels))
    network.description = replace(network.description, preprocess=changed.to_wire())


def take_rgb(model: nn.Module) -> None:
    """Turns a model that was trained on blue, green, red into one for red, green, blue."""
    first = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    with torch.no_grad():
        first.weight.copy_(first.weight.flip(1))


def adapted(weight: Tensor, std: tuple[float, ...], channels: int) -> Tensor:
    """The weights for `channels` channels from [out, 3, height, width].

    Args:
        std: of the normalisation of red, green, blue, which the new channels' is the mean of.
    """
    scale = weight.new_tensor(std)
    level = weight * (scale.mean() / scale)[None, :, None, None]
    if channels == 1:
        return level.sum(dim=1, keepdim=True)
    return (level.mean(dim=1, keepdim=True) * 3 / channels).repeat(1, channels, 1, 1)


def _stem(network: Network) -> nn.Conv2d:
    for module in network.model.modules():
        if isinstance(module, nn.Conv2d):
            if module.in_channels == 3 and module.groups == 1:
                return module
            break
    raise _refusal(network, "Its first layer is no convolution over three colours.")


def _tell(model: nn.Module, channels: int) -> None:
    """transformers' models look whether a picture has as many channels as they were told."""
    for module in model.modules():
        if isinstance(getattr(module, "num_channels", None), int):
            told: Any = module
            told.num_channels = channels
    config: Any = getattr(model, "config", None)
    if config is not None and hasattr(config, "num_channels"):
        config.num_channels = channels


def _even(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    return (sum(values) / len(values),) * channels


def _refusal(network: Network, why: str) -> ConfigurationError:
    return ConfigurationError(
        "The number of channels cannot be changed",
        f"{network.description.name}: {why}",
        "Leave the channels to the model, or choose another one.", subject="channels",
    )  # fmt: skip
