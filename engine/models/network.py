"""A model with a head for the project's classes, and what is needed to feed it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from engine.media.preprocess import ImagePreprocess

Inputs = dict[str, Tensor]


@dataclass(frozen=True)
class Description:
    """How to build the same network again without its pre-trained weights."""

    name: str  # as the person chose it
    family: str  # torchvision, transformers
    kind: str  # image, text
    architecture: dict[str, Any]  # torchvision: {'name'}, transformers: the configuration
    preprocess: dict[str, Any] | None = None  # ImagePreprocess's wire form
    pooling: str | None = None  # 'mean' where the pre-training pooled so
    edits: dict[str, Any] = field(default_factory=dict)  # see engine.models.edits

    def to_wire(self) -> dict[str, Any]:
        return dict(vars(self))


class Network(nn.Module):
    """Calls a model of either library the same way.

    Attributes:
        model: the library's own module; freeze plans name its modules.
        head: names of its modules that are new and must learn.
        files: what the run keeps beside the weights (a tokenizer's files), by name.
        weights_hash: SHA-256 of the pre-trained weights, '' for random ones.
    """

    def __init__(
        self,
        model: nn.Module,
        description: Description,
        head: tuple[str, ...],
        weights_hash: str = "",
        tokenizer: Any = None,
        files: dict[str, bytes] | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.description = description
        self.head = head
        self.weights_hash = weights_hash
        self.tokenizer = tokenizer
        self.files = files or {}

        # Models with position embeddings for one size interpolate them when told to.
        resizes = "interpolate_pos_encoding" in inspect.signature(model.forward).parameters
        self._sized = {"interpolate_pos_encoding": True} if resizes else {}

    @property
    def kind(self) -> str:
        return self.description.kind

    @property
    def preprocess(self) -> ImagePreprocess:
        assert self.description.preprocess is not None, "a text model has no picture size"
        return ImagePreprocess.from_wire(self.description.preprocess)

    @property
    def config(self) -> Any:
        """The configuration of a transformers model."""
        return self.model.config

    @property
    def pad_id(self) -> int:
        """The token id that fills texts up."""
        return int(self.config.pad_token_id or 0)

    def forward(self, inputs: Inputs) -> Tensor:
        """Logits, float [batch, classes].

        Args:
            inputs: images: pixels float32 [batch, channels, height, width], normalised.
                Texts: input_ids and attention_mask, int64 [batch, length].
        """
        if self.description.family == "torchvision":
            logits: Tensor = self.model(inputs["pixels"])
            return logits
        if self.kind == "image":
            output = self.model(pixel_values=inputs["pixels"], **self._sized)
        else:
            output = self.model(**inputs)
        logits = output.logits
        return logits

    def probe(self, batch: int, length: int = 11, seed: int = 0) -> Inputs:
        """Random inputs of the right form, for finding out how the network runs."""
        generator = torch.Generator().manual_seed(seed)
        if self.kind == "image":
            height, width = self.preprocess.crop
            size = (batch, self.preprocess.channels, height, width)
            return {"pixels": torch.randn(size, generator=generator)}
        # The lowest ids are often special (padding, separators); half of a vocabulary is safe.
        top = max(2, int(self.config.vocab_size))
        ids = torch.randint(top // 2, top, (batch, length), generator=generator)
        end = getattr(self.config, "eos_token_id", None)
        if isinstance(end, int) and end < top:
            ids[:, -1] = end  # some models decide at the end of the text, and need one
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}

    def parameter_count(self) -> int:
        return sum(p.numel() for p in self.parameters())
