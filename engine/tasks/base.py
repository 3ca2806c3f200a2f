"""What a task is: one file and one registration.

The loop, the cache, the checkpoints, the events and the results page know no
task by name; they use what is declared here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np
from torch import Tensor

from engine.evaluation.noise import Noise
from engine.models.network import Inputs, Network
from engine.store.datasets import Example
from engine.training.recipe import Recipe

Arrays = dict[str, np.ndarray]


class Reader(Protocol):
    """Reads one item into arrays. It can be sent to another process."""

    def __call__(self, example: Example, view: int) -> Arrays:
        """Args:
            view: 0 reads the item as it is, anything else is the seed of an augmentation.

        Raises:
            DataError: the item cannot be read.
        """

    def blank(self) -> Arrays:
        """Takes the place of an item that cannot be read; its weight in the loss is 0."""


class Task(ABC):
    """See the design, 'A task'. Instances hold no state."""

    name: ClassVar[str]
    title: ClassVar[str]
    item_kind: ClassVar[str]  # image, text, audio
    network_kind: ClassVar[str]  # image, text: what its networks are made to read
    label_kind: ClassVar[str]  # class, ...
    metric: ClassVar[str]  # the one a run is selected by; larger is better

    @abstractmethod
    def build(self, recipe: Recipe, classes: int, pretrained: bool) -> Network:
        """Raises ModelError (see engine.models.building)."""

    @abstractmethod
    def reader(self, network: Network, recipe: Recipe) -> Reader: ...

    @abstractmethod
    def collate(self, network: Network, items: Sequence[Arrays]) -> Inputs:
        """Stacks and pads items into CPU tensors, in their compact form."""

    @abstractmethod
    def prepare(self, network: Network, inputs: Inputs) -> Inputs:
        """From the compact form, on the network's device, to what its forward takes."""

    @abstractmethod
    def loss(self, outputs: Tensor, targets: Tensor, weights: Tensor, recipe: Recipe) -> Tensor:
        """The weighted sum (not mean) over the batch, a scalar. `weights`: float [batch]."""

    @abstractmethod
    def probabilities(self, outputs: Tensor) -> Tensor:
        """Float32 [batch, classes], each row summing to 1."""

    @abstractmethod
    def tally(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """Sums over a training batch whose mean over the epoch is shown as a training curve."""

    @abstractmethod
    def metrics(self, targets: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
        """Must hold `metric`. targets: int [n], probabilities: float32 [n, classes]."""

    def noise(
        self, targets: np.ndarray, probabilities: np.ndarray, taught: np.ndarray
    ) -> Noise | None:
        """How far chance reaches in what `metrics` says, for the guards; None: not known.

        Args:
            taught: int [m], the targets of the training items.
        """
        return None

    def length(self, example: Example) -> int:
        """A measure of an item's size, so that items of like size share a batch; 0: all alike."""
        return 0
