"""Taking pictures of another size, with position embeddings interpolated where there are any."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import torch
from torch import nn
from torchvision.models.vision_transformer import VisionTransformer, interpolate_embeddings

from engine.errors import ConfigurationError
from engine.models.network import Network
from engine.models.trace import trace


def take_size(network: Network, size: int) -> None:
    """Makes a network take square pictures of `size` px, cropped as little as before.

    Raises:
        ConfigurationError: its layers are made for one size, or it does not read pictures.
    """
    if network.kind != "image":
        return
    own = network.preprocess
    shorter = own.resize if isinstance(own.resize, int) else min(own.resize)
    resize = max(size, round(size * shorter / min(own.crop)))
    changed = replace(own, resize=resize, crop=(size, size))
    network.description = replace(network.description, preprocess=changed.to_wire())
    try:
        if isinstance(network.model, VisionTransformer):
            _interpolate(network.model, size)
        trace(network)
    except (RuntimeError, ValueError, AssertionError) as error:
        raise ConfigurationError(
            "The model cannot take this size",
            f"{network.description.name} is made for pictures of {own.crop[1]} × {own.crop[0]} px.",
            "Leave the size to the model, or choose a convolutional one.",
            details=str(error), subject="image_size",
        ) from error  # fmt: skip


def _interpolate(model: VisionTransformer, size: int) -> None:
    """Bicubic, as in Dosovitskiy et al. 2021, 'An Image is Worth 16x16 Words', section 3.2.

    Raises ValueError where the size is no multiple of the patch.
    """
    if size % model.patch_size:
        raise ValueError(f"{size} is no multiple of the patch of {model.patch_size} px")
    state = OrderedDict({"encoder.pos_embedding": model.encoder.pos_embedding.data})
    state = interpolate_embeddings(size, model.patch_size, state)
    with torch.no_grad():
        model.encoder.pos_embedding = nn.Parameter(state["encoder.pos_embedding"])
    model.image_size = size
    model.seq_length = state["encoder.pos_embedding"].shape[1]
