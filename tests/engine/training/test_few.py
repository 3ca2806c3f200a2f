"""With few labels: steps enough for a new head, and statistics that stay."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.freezing.plan import FROZEN, TRAINABLE, Plan
from engine.freezing.presets import PRESETS, USUAL, Stage
from engine.training import few
from engine.training.recipe import Recipe
from engine.training.sharing import share

ROW = [Stage(title, (title,)) for title in ("stem", "one", "two", "three", "head")]
NAMES = [f"{stage.title}.{part}" for stage in ROW for part in ("weight", "bias")]


@given(st.integers(1, 5000), st.integers(1, 512))
def test_the_head_takes_steps_enough_and_no_batch_grows(items: int, batch: int) -> None:
    recipe = Recipe("any", batch_size=batch)
    settled = few.settled(recipe, True, items)
    assert 1 <= settled.batch_size <= batch and settled.keep_statistics
    steps = -(-items // settled.batch_size)
    assert settled.batch_size in (1, batch) or steps > few.STEPS // 2
    assert few.settled(recipe, False, items) is recipe


@given(st.integers(1, 5000), st.integers(1, 512))
def test_random_weights_take_more_steps_with_few_labels(items: int, batch: int) -> None:
    recipe = Recipe("any", preset="scratch", batch_size=batch)
    settled = few.settled(recipe, False, items)
    assert min(batch, few.SMALLEST) <= settled.batch_size <= batch
    assert settled.keep_statistics == recipe.keep_statistics
    if settled.batch_size < batch:
        assert settled.batch_size == max(few.SMALLEST, -(-items // few.STEPS))


@given(st.integers(1, 40), st.integers(1, 8))
def test_no_process_is_left_without_an_item(items: int, world: int) -> None:
    processes: list[Any] = [
        SimpleNamespace(num_processes=world, process_index=rank) for rank in range(world)
    ]
    parts = [share(process, np.arange(items)) for process in processes]
    assert all(len(part) for part in parts)
    times = np.bincount(np.concatenate(parts), minlength=items)
    assert (times == times[0]).all()  # so that the mean gradient is that of the batch


def test_only_a_plan_of_the_head_counts_as_such() -> None:
    head = Plan({"": FROZEN, "head": TRAINABLE})
    assert few.head_only(head, NAMES, ["head"])
    assert not few.head_only(Plan({"": TRAINABLE}), NAMES, ["head"])
    assert not few.head_only(Plan({"": FROZEN, "head": TRAINABLE, "two.bias": TRAINABLE}), NAMES,
                             ["head"])  # fmt: skip
    assert few.head_only(Plan({"": FROZEN, "head": TRAINABLE}), [*NAMES, "header.weight"], ["head"])


def test_one_click_teaches_the_head_first_and_then_the_last_half() -> None:
    first, second = PRESETS[USUAL].make(ROW, 10, None)
    assert first.epochs + second.epochs == 10
    assert few.head_only(first.plan, NAMES, ["head"])
    learning = {name.partition(".")[0] for name in NAMES if second.plan.rule(name).trainable}
    assert learning == {"two", "three", "head"} and second.lr < first.lr
