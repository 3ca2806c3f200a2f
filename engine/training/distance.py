"""How far the target data is from what a backbone was pre-trained on, as far as it can be known.

A network with batch norm carries its source domain's statistics: the mean and
variance of every channel, gathered in pre-training. The same figures of the
project's items are held against them, as Li et al. 2016 ('Revisiting Batch
Normalization for Practical Domain Adaptation') do. Other networks carry no
such record. For texts there is another trace: words that the tokenizer, made
on the source, has to cut into many pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine.evaluation.classification import wilson
from engine.models.trace import evaluating
from engine.store.datasets import Example
from engine.training.batches import in_order
from engine.training.bench import Bench

MOST = 64  # items that are looked at
PIECES = 3  # of a word: from here on it counts as cut up
_RESAMPLES = 200
_BATCH = 16

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Distance:
    """In standard deviations of what the backbone saw, averaged over channels and layers.

    Attributes:
        low, high: the 95 % interval, items drawn again.
        halves: the same between two random halves of the items: what chance alone gives.
        layers: how many batch norms were compared.
    """

    value: float
    low: float
    high: float
    halves: float
    layers: int
    items: int


@dataclass(frozen=True)
class Vocabulary:
    """Of the words of the project's texts: the share cut into PIECES or more, with its interval."""

    cut: float
    low: float
    high: float
    unknown: float  # share of words with a piece that the tokenizer does not know
    words: int


def of_pictures(bench: Bench, places: np.ndarray, tell: Tell) -> Distance | None:
    """None for a network without batch-norm statistics.

    Args:
        places: of training items, at most MOST of them are used.
    """
    norms = [m for m in bench.network.model.modules() if _has_statistics(m)]
    if not norms:
        return None
    seen = _statistics(bench, norms, places[:MOST], tell)
    if not seen or len(seen[0][0]) < 4:
        return None
    items = len(seen[0][0])
    draw = np.random.default_rng(bench.recipe.seed)
    whole = _away(norms, seen, np.full((1, items), 1 / items))
    drawn = draw.multinomial(items, [1 / items] * items, size=_RESAMPLES) / items
    low, high = np.percentile(_away(norms, seen, drawn), (2.5, 97.5))
    value = float(whole[0])
    return Distance(
        value, min(value, float(low)), max(value, float(high)), _halves(norms, seen, draw),
        len(norms), items,
    )  # fmt: skip


def of_texts(tokenizer: Any, examples: list[Example]) -> Vocabulary:
    """Looks at every word of the texts."""
    words = [word for example in examples for word in (example.text or "").split()]
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    cut = unknown = 0
    for word, times in counts.items():
        # A word in a text follows a space, which some tokenizers make a part of it.
        ids = tokenizer(f"the {word}", add_special_tokens=False)["input_ids"][1:]
        cut += times * (len(ids) >= PIECES)
        unknown += times * (tokenizer.unk_token_id is not None and tokenizer.unk_token_id in ids)
    low, high = wilson(cut, len(words))
    total = max(1, len(words))
    return Vocabulary(cut / total, low, high, unknown / total, len(words))


def _has_statistics(module: nn.Module) -> bool:
    return isinstance(module, _BatchNorm) and module.running_mean is not None


def _statistics(
    bench: Bench, norms: list[nn.Module], places: np.ndarray, tell: Tell
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each norm: the mean and the mean square of each item's channels, float64 [items, c]."""
    found: list[tuple[list[Tensor], list[Tensor]]] = [([], []) for _ in norms]
    keep = torch.empty(0)

    def note(number: int) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_: nn.Module, args: tuple[Tensor, ...]) -> None:
            flat = args[0].detach().float()[keep].flatten(2)
            found[number][0].append(flat.mean(2).cpu())
            found[number][1].append(flat.square().mean(2).cpu())

        return hook

    hooks = [norm.register_forward_pre_hook(note(n)) for n, norm in enumerate(norms)]
    try:
        with bench.kitchen.prepare(None) as material, evaluating(bench.network), torch.no_grad():
            done = 0
            for order in in_order([0] * len(places), _BATCH):
                tell(done, len(places))
                for batch in material.batches["train"]([places[order]]):
                    keep = (batch.weights > 0).to(bench.accelerator.device)
                    if keep.any():
                        material.forward(batch)
                done += len(order)
    finally:
        for hook in hooks:
            hook.remove()
    if not found[0][0]:
        return []
    return [(_joined(means), _joined(squares)) for means, squares in found]


def _joined(parts: list[Tensor]) -> np.ndarray:
    whole: np.ndarray = torch.cat(parts).double().numpy()
    return whole


def _away(
    norms: list[nn.Module], seen: list[tuple[np.ndarray, np.ndarray]], weights: np.ndarray
) -> np.ndarray:
    """float64 [m]: the distance for each row of weights, float64 [m, items], from the source."""
    each = []
    for norm, (means, squares) in zip(norms, seen, strict=True):
        source = _source(norm)
        own = _moments(weights @ means, weights @ squares)
        each.append(_between(own, source, source[1]))
    found: np.ndarray = np.mean(each, axis=0)
    return found


def _halves(
    norms: list[nn.Module], seen: list[tuple[np.ndarray, np.ndarray]], draw: np.random.Generator
) -> float:
    items = len(seen[0][0])
    order = draw.permutation(items)
    sides = np.zeros((2, items))
    sides[0, order[: items // 2]] = 1 / (items // 2)
    sides[1, order[items // 2 :]] = 1 / (items - items // 2)
    each = []
    for norm, (means, squares) in zip(norms, seen, strict=True):
        one, two = (_moments(side[None] @ means, side[None] @ squares) for side in sides)
        each.append(_between(one, two, _source(norm)[1]))
    return float(np.mean(each))


def _source(norm: nn.Module) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel in pre-training, float64 [c]."""
    assert isinstance(norm, _BatchNorm) and norm.running_mean is not None
    assert norm.running_var is not None
    mean = norm.running_mean.double().cpu().numpy()
    return mean, np.sqrt(norm.running_var.double().cpu().numpy() + norm.eps)


def _moments(mean: np.ndarray, square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return mean, np.sqrt(np.maximum(square - mean**2, 0.0))


def _between(
    one: tuple[np.ndarray, np.ndarray], two: tuple[np.ndarray, np.ndarray], scale: np.ndarray
) -> np.ndarray:
    """float64 [m]: the Wasserstein distance of two normal laws, channel by channel, averaged."""
    apart = np.sqrt((one[0] - two[0]) ** 2 + (one[1] - two[1]) ** 2) / scale
    found: np.ndarray = apart.mean(-1)
    return found
