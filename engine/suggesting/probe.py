"""The linear probe that suggests labels, with probabilities that mean what they say.

Multinomial logistic regression on reduced features (see `reduction`), fitted by L-BFGS from
where it stood before the last label. Beside it stand five more, each taught without one fold of
the labels. What they say of their own fold sets one temperature, by which all scores are
divided (Guo et al. 2017, 'On Calibration of Modern Neural Networks'). Where labels are very many
one of the five goes on at a time, so that an answer stays quick.

With very few labels that temperature is mostly chance, so it stays near 1 until labels speak
against that (a normal prior on its logarithm), and two labels more are taken to have been any
class alike, as by Laplace's rule: perfect answers to n labels never make it more certain than
about n + 1 in n + 2. Five probes that know a fifth fewer labels also do a little worse than the
one that suggests. Both err to the humble side. So does choosing items by uncertainty: labels
of hard items make the easy rest look harder than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.suggesting.folds import FOLDS, folds

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

LEAST = 2  # labels a class
PENALTY = 0.03  # of the squared weights, beside the summed loss; 0.01 to 0.1 do alike
_ROUNDS, _AGAIN = 100, 15  # of L-BFGS: from nothing, and from where a probe stood
_MANY = 30_000_000  # labels x classes x width; above it the folds' probes take turns
_DOUBT = 0.7  # standard deviation of the temperature's logarithm before any label speaks
_UNKNOWN = 2.0  # labels that are taken to have been any class alike
_TINY = 1e-12


@dataclass(frozen=True)
class Probe:
    """Made by `fit`.

    Attributes:
        classes: int64 [k], ids, ascending.
        weights: float32 [d + 1, k]; the last row is added to every score.
        apart: float32 [FOLDS, d + 1, k], of the probes that lack a fold.
        temperature: what scores are divided by.
        targets: int64 [n], the place in `classes` of each label.
        held: float32 [n, k], calibrated, what is said of a labelled item by the probe that
            was not taught with it.
        turn: how many fits led to it, one from the other.
    """

    classes: Ints
    weights: Floats
    apart: Floats
    temperature: float
    targets: Ints
    held: Floats
    turn: int = 0


def fit(
    features: Floats, classes: Ints, *, groups: Ints | None = None, start: Probe | None = None
) -> Probe:
    """Teaches a probe.

    Args:
        features: float32 [n, d], reduced, in the order in which the labels came.
        classes: int64 [n], class ids; two classes at least.
        groups: int64 [n], items with one number stay in one fold; None: each on its own.
        start: the probe before the last labels, on the same reduction.

    Raises:
        ValueError: fewer than two classes, or lengths that differ.
    """
    ids, targets = np.unique(np.asarray(classes, np.int64), return_inverse=True)
    if len(ids) < 2 or len(features) != len(targets):
        raise ValueError(f"{len(ids)} classes, {len(features)} items, {len(targets)} labels")
    features = np.ascontiguousarray(features, np.float32)
    begun = _begin(start, ids, features.shape[1])
    turn = 0 if start is None else start.turn + 1
    rounds = _AGAIN if begun[FOLDS].any() else _ROUNDS
    weights = solve(features, targets, begun[FOLDS], rounds)
    fold = folds(targets, groups)
    apart = np.stack(begun[:FOLDS])
    scores = np.zeros((len(targets), len(ids)), np.float32)
    for number in np.unique(fold):
        out = fold == number
        if out.all():  # one group holds everything: there is nothing to teach the others with
            continue
        if rounds == _ROUNDS or number == turn % FOLDS or features.size * len(ids) < _MANY:
            apart[number] = solve(features[~out], targets[~out], begun[number], rounds)
        scores[out] = scored(features[out], apart[number])
    temperature = _temperature(scores, targets)
    held = _soft(scores / np.float32(temperature))
    return Probe(ids, weights, apart, temperature, targets, held, turn)


def suggest(probe: Probe, features: Floats) -> Floats:
    """float32 [m, k]: calibrated probabilities of probe.classes for float32 [m, d]."""
    return _soft(scored(features, probe.weights) / np.float32(probe.temperature))


def _begin(start: Probe | None, ids: Ints, width: int) -> list[Floats]:
    """Weights to begin from, of each fold and, last, of all; new classes begin at zero."""
    begun = [np.zeros((width + 1, len(ids)), np.float32) for _ in range(FOLDS + 1)]
    if start is not None and start.weights.shape[0] == width + 1:
        _, here, there = np.intersect1d(ids, start.classes, return_indices=True)
        for own, old in zip(begun, [*start.apart, start.weights], strict=True):
            own[:, here] = old[:, there]
    return begun


def solve(features: Floats, targets: Ints, begun: Floats, rounds: int = _ROUNDS) -> Floats:
    """Weights float32 [d + 1, k] that fit int [n] `targets` best, penalised; from `begun` on."""
    from scipy.optimize import minimize

    rows, shape = np.arange(len(targets)), begun.shape

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(shape).astype(np.float32)
        scores = scored(features, weights)
        scores -= scores.max(1, keepdims=True)
        right = scores[rows, targets].sum(dtype=np.float64)
        np.exp(scores, out=scores)
        total = scores.sum(1, keepdims=True)
        value = np.log(total).sum(dtype=np.float64) - right
        scores /= total
        scores[rows, targets] -= 1
        slope = np.empty(shape)
        slope[:-1] = features.T @ scores + PENALTY * weights[:-1]
        slope[-1] = scores.sum(0)
        squares = np.square(weights[:-1], dtype=np.float64).sum()
        return float(value + PENALTY / 2 * squares), slope.ravel()

    options = {"maxiter": rounds, "gtol": 0.01, "ftol": 1e-7}
    found = minimize(loss, begun.ravel().astype(float), jac=True, method="L-BFGS-B",
                     options=options)  # fmt: skip
    solved: Floats = found.x.reshape(shape).astype(np.float32)
    return solved


def scored(features: Floats, weights: Floats) -> Floats:
    """float32 [n, k]: logits."""
    found: Floats = features @ weights[:-1]
    found += weights[-1]
    return found


def _soft(scores: Floats) -> Floats:
    scores = scores - scores.max(1, keepdims=True)
    np.exp(scores, out=scores)
    found: Floats = scores / scores.sum(1, keepdims=True)
    return found


def _temperature(scores: Floats, targets: Ints) -> float:
    """The likeliest, given what the folds' probes said of their own fold (float32 [n, k])."""
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(targets))

    def cost(logarithm: float) -> float:
        given = _soft(scores / np.float32(np.exp(logarithm)))
        given = np.maximum(given, _TINY)
        losses = -np.log(given[rows, targets]).sum(dtype=np.float64)
        unknown = -np.log(given).mean(dtype=np.float64)  # of a label of any class
        return float(losses + _UNKNOWN * unknown + logarithm**2 / (2 * _DOUBT**2))

    found = minimize_scalar(cost, bounds=(-4.0, 5.0), method="bounded", options={"xatol": 1e-3})
    return float(np.exp(found.x))
