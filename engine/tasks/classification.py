"""What image and text classification share: one class an item."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.evaluation import classification, noise
from engine.evaluation.noise import Noise
from engine.tasks.base import Task
from engine.training.recipe import Recipe


class Classification(Task):
    label_kind = "class"
    metric = "balanced_accuracy"

    def loss(self, outputs: Tensor, targets: Tensor, weights: Tensor, recipe: Recipe) -> Tensor:
        each = functional.cross_entropy(
            outputs.float(), targets, reduction="none", label_smoothing=recipe.label_smoothing
        )
        return (each * weights).sum()

    def probabilities(self, outputs: Tensor) -> Tensor:
        return torch.softmax(outputs.float(), dim=-1)

    def tally(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        return {"accuracy": float((outputs.argmax(dim=-1) == targets).sum())}

    def metrics(self, targets: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
        return classification.metrics(targets, probabilities)

    def noise(
        self, targets: np.ndarray, probabilities: np.ndarray, taught: np.ndarray
    ) -> Noise | None:
        return noise.of_balanced_accuracy(targets, probabilities, taught)
