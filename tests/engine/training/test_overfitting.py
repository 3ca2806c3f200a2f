"""The guard against overfitting, on curves whose truth is known: in time, and not too early."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from engine.training.guards import guards
from engine.training.history import Epoch, Finding, History
from engine.training.recipe import Recipe

GUESS = 1.6  # loss of an even guess among five classes
LONG = 40


def history(
    losses: Sequence[float], metrics: Sequence[float] | None = None, low: float = 0.001,
    taught: Sequence[float] | None = None, starts: tuple[int, ...] = (1,),
) -> History:  # fmt: skip
    """Args:
    losses: validation losses, of so many items that any rise since the lowest is sure.
    metrics: the best is early if not given.
    low: the low end of the interval of a rise.
    """
    taught = taught if taught is not None else [1 / n for n in range(1, len(losses) + 1)]
    metrics = metrics if metrics is not None else [0.8, *[0.7] * (len(losses) - 1)]
    epochs = []
    for number, held in enumerate(losses, start=1):
        rise = held - min(losses[:number])
        figures = {
            "train/loss": taught[number - 1], "validation/loss": held, "watch/rise": rise,
            "watch/rise_low": low if rise > 0 else 0.0, "watch/guess_loss": GUESS,
            "watch/low": 0.6, "watch/high": 0.9,
            "validation/balanced_accuracy": metrics[number - 1],
        }  # fmt: skip
        epochs.append(Epoch(number, figures))
    recipe = Recipe("resnet18", preset="full")
    return History(recipe, "balanced_accuracy", tuple(epochs), LONG, starts=starts)


def first_word(whole: History) -> tuple[int, Finding] | None:
    """The epoch after which the guard speaks, asked after each as in a run."""
    look = guards()["overfitting"]
    for number in range(1, len(whole.epochs) + 1):
        so_far = History(
            whole.recipe, whole.metric, whole.epochs[:number], LONG,
            starts=tuple(start for start in whole.starts if start <= number),
        )  # fmt: skip
        if found := look(so_far):
            return number, found
    return None


def wander(draw: np.random.Generator, count: int, memory: float, spread: float) -> np.ndarray:
    """Ups and downs of a curve: each epoch keeps `memory` of where the one before it stood."""
    steps = draw.normal(0, spread * (1 - memory**2) ** 0.5, count)
    found = np.empty(count)
    found[0] = draw.normal(0, spread)
    for n in range(1, count):
        found[n] = memory * found[n - 1] + steps[n]
    return found


def falling(count: int, floor: float = 0.4) -> np.ndarray:
    return floor + 1.2 * np.exp(-np.arange(count) / 5)


def diverging(count: int, turn: int, slope: float) -> np.ndarray:
    """Lowest in epoch `turn`, from 1."""
    numbers = np.arange(1, count + 1)
    before = 0.8 * (np.exp(-numbers / 2) - np.exp(-turn / 2))
    return 0.5 + np.where(numbers <= turn, before, slope * (numbers - turn))


@pytest.mark.parametrize("turn", [4, 8, 15])
def test_steady_divergence_is_told_in_time_with_its_epoch(turn: int) -> None:
    told = first_word(history(diverging(LONG, turn, 0.05)))
    assert told is not None
    epoch, said = told
    assert turn + 4 <= epoch <= turn + 10
    assert f"Since epoch {turn} " in said.text and "go back to is 1," in said.text


def test_divergence_is_told_from_the_first_epoch_on() -> None:
    told = first_word(history([0.5 + 0.05 * n for n in range(12)]))
    assert told is not None and told[0] == 8 and "Since epoch 1 " in told[1].text


def test_a_noisy_plateau_that_improves_later_is_left_in_peace() -> None:
    """What was seen: low by chance in epoch 20, high in the next ones, best in epoch 31."""
    draw = np.random.default_rng(4)
    losses = falling(LONG) + draw.normal(0, 0.06, LONG)
    losses[19] = losses[:19].min() - 0.12
    losses[20:24] += 0.1
    losses[30:] -= 0.2
    assert first_word(history(losses)) is None


def test_false_alarms_are_rare() -> None:
    """A thousand curves that only fall and jump: the jumps small and large, short and long.

    Neither the metric nor the interval of the items keeps the guard silent here.
    """
    draw = np.random.default_rng(0)
    for memory, bound in ((0.0, 0.01), (0.5, 0.06)):
        alarms = 0
        for number in range(500):
            base = falling(LONG) if number % 2 else np.full(LONG, 0.5)
            noise = wander(draw, LONG, memory, 10 ** draw.uniform(-2, 0))
            alarms += first_word(history(base + noise)) is not None
        assert alarms <= bound * 500, f"memory {memory}: {alarms} of 500"


def test_divergence_is_told_through_noise() -> None:
    """The turn is found to within a few epochs, and no curve is over before a word is said."""
    draw = np.random.default_rng(1)
    off, late = [], []
    for _ in range(200):
        told = first_word(history(diverging(LONG, 10, 0.04) + draw.normal(0, 0.04, LONG)))
        assert told is not None
        late.append(told[0] - 10)
        off.append(abs(int(told[1].text.split()[2]) - 10))
    assert np.median(late) <= 10 and np.quantile(off, 0.9) <= 3


def test_each_sign_alone_is_none() -> None:
    losses = diverging(20, 5, 0.05)
    assert first_word(history(losses)) is not None
    assert first_word(history(losses, low=-0.01)) is None, "chance of the items explains it"
    rising = np.linspace(0.5, 0.9, 20)
    assert first_word(history(losses, metrics=rising)) is None, "the metric gains"
    assert first_word(history(losses, taught=[0.3] * 20)) is None, "nothing more is learned"
    assert first_word(history(diverging(20, 5, 0.001))) is None, "too little to matter"


def test_a_new_phase_is_judged_by_itself() -> None:
    """More layers are set free: the loss jumps up and comes down again."""
    losses = [*falling(10, 0.4), *(0.3 + falling(20, 0.4))]
    assert first_word(history(losses, starts=(1, 11))) is None
