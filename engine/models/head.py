"""Changing the head: a hidden layer, dropout, how the features are pooled before it."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from engine.errors import ConfigurationError
from engine.models.network import Network
from engine.models.pooling import MeanPooling

OPEN = 3.0  # far above what the first steps take away
POOLINGS = {"image": ("mean", "max"), "text": ("mean",)}


def last_layer(network: Network) -> str:
    """The name of the layer that makes the class scores."""
    found = ""
    for name, module in network.model.named_modules():
        inside = any(name == head or name.startswith(head + ".") for head in network.head)
        if inside and isinstance(module, nn.Linear | nn.Conv2d):
            found = name
    return found


def begin(layer: nn.Linear | nn.Conv2d, std: float) -> None:
    """Small and even: the first loss is that of a guess.

    After a convolution that makes class scores (SqueezeNet) comes a ReLU, and a class whose
    scores it cuts off for all items learns no more. So they begin OPEN above zero: what is
    added to all classes alike changes no probability.
    """
    nn.init.normal_(layer.weight, std=std)
    assert layer.bias is not None
    nn.init.constant_(layer.bias, OPEN if isinstance(layer, nn.Conv2d) else 0.0)


def deepen(network: Network, width: int) -> None:
    """Puts a hidden layer of `width` and its activation before the last layer."""
    name = last_layer(network)
    old = network.model.get_submodule(name)
    hidden: nn.Module
    if isinstance(old, nn.Conv2d):
        hidden = nn.Conv2d(old.in_channels, width, kernel_size=1)
        output: nn.Linear | nn.Conv2d = nn.Conv2d(width, old.out_channels, kernel_size=1)
    else:
        assert isinstance(old, nn.Linear)
        hidden, output = nn.Linear(old.in_features, width), nn.Linear(width, old.out_features)
    begin(output, std=0.01)
    parts: OrderedDict[str, nn.Module] = OrderedDict(hidden=hidden, activation=nn.GELU())
    parts["output"] = output
    _put(network, name, nn.Sequential(parts))


def drop(network: Network, share: float) -> None:
    """Sets the dropout of the head; where there is none, it goes before the last layer."""
    own = [
        module
        for head in network.head
        for module in network.model.get_submodule(head).modules()
        if isinstance(module, nn.Dropout)
    ]
    for module in own:
        module.p = share
    if not own and share:
        name = last_layer(network)
        parts = OrderedDict(dropout=nn.Dropout(share), output=network.model.get_submodule(name))
        _put(network, name, nn.Sequential(parts))


def pool(network: Network, how: str) -> None:
    """Makes the features before the head the mean or the maximum over places.

    Raises:
        ConfigurationError: the model pools inside its own code, or not at all.
    """
    if how not in POOLINGS[network.kind]:
        raise _refusal(network, f"{how!r} is not among {', '.join(POOLINGS[network.kind])}.")
    if network.kind == "text":
        _pool_words(network)
        return
    names = [n for n, m in network.model.named_modules() if _pools_all(m)]
    if not names:
        raise _refusal(network, "It pools inside its own code, where Graft cannot change it.")
    pooling = nn.AdaptiveAvgPool2d(1) if how == "mean" else nn.AdaptiveMaxPool2d(1)
    # The last one: earlier ones belong to squeeze and excitation.
    _put(network, names[-1], pooling)


def _pool_words(network: Network) -> None:
    MeanPooling.install(network.model)
    if not any(isinstance(module, MeanPooling) for module in network.model.modules()):
        raise _refusal(network, "It has no pooling layer that could be exchanged.")


def _pools_all(module: nn.Module) -> bool:
    whole = (1, (1, 1))
    pools = isinstance(module, nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d)
    return pools and module.output_size in whole


def _put(network: Network, name: str, module: nn.Module) -> None:
    parent, _, key = name.rpartition(".")
    example: Tensor | None = next(network.model.parameters(), None)
    if example is not None:
        module = module.to(example.device)
    setattr(network.model.get_submodule(parent), key, module)


def _refusal(network: Network, why: str) -> ConfigurationError:
    return ConfigurationError(
        "The pooling of this model cannot be changed",
        f"{network.description.name}: {why}",
        "Leave the pooling to the model.", subject="pooling",
    )  # fmt: skip
