"""Text classification: one class a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from engine.errors import DataError
from engine.models.building import build
from engine.models.network import Inputs, Network
from engine.store.datasets import Example
from engine.tasks.base import Arrays, Reader
from engine.tasks.classification import Classification
from engine.training.recipe import Recipe


@dataclass(frozen=True)
class TextReader:
    tokenizer: Any
    max_length: int

    def __call__(self, example: Example, view: int) -> Arrays:
        """input_ids: int64 [length], cut off at the longest length the model and recipe allow."""
        if not (example.text or "").strip():
            raise DataError(
                "The text is empty", f"Item {example.item_id} holds no words.",
                "Remove the item or give it a text.", subject=str(example.item_id),
            )  # fmt: skip
        ids = self.tokenizer(example.text, truncation=True, max_length=self.max_length)["input_ids"]
        return {"input_ids": np.asarray(ids, np.int64)}

    def blank(self) -> Arrays:
        return {"input_ids": np.asarray(self.tokenizer("?")["input_ids"], np.int64)}


class TextClassification(Classification):
    name = "text-classification"
    title = "Text classification"
    item_kind = "text"
    network_kind = "text"

    def build(self, recipe: Recipe, classes: int, pretrained: bool) -> Network:
        return build(
            recipe.model, recipe.weights, "text", classes, pretrained=pretrained,
            edits=recipe.edits(),
        )  # fmt: skip

    def reader(self, network: Network, recipe: Recipe) -> Reader:
        own = int(getattr(network.config, "max_position_embeddings", recipe.max_length))
        # RoBERTa's positions begin after the padding's.
        spare = 2 if getattr(network.config, "model_type", "") in _OFFSET else 0
        return TextReader(network.tokenizer, min(recipe.max_length, max(4, own - spare)))

    def collate(self, network: Network, items: Sequence[Arrays]) -> Inputs:
        longest = max(len(item["input_ids"]) for item in items)
        ids = torch.full((len(items), longest), network.pad_id)
        mask = torch.zeros_like(ids)
        for row, item in enumerate(items):
            found = item["input_ids"]
            ids[row, : len(found)] = torch.tensor(found)
            mask[row, : len(found)] = 1
        return {"input_ids": ids, "attention_mask": mask}

    def prepare(self, network: Network, inputs: Inputs) -> Inputs:
        return inputs

    def length(self, example: Example) -> int:
        return len(example.text or "")


_OFFSET = ("roberta", "xlm-roberta", "camembert", "longformer", "mpnet", "xlm-roberta-xl")
