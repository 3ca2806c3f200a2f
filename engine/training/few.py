"""What a run does otherwise with few labels. Torch-free.

When the head learns before anything else, which is the safest way with few labels: steps
enough for it to be learned, and batch norms that stay what the head learned with. From random
weights: steps enough to be a fair control.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.freezing.plan import Plan
from engine.training.recipe import Recipe

STEPS = 40  # of an epoch, at least: with few labels it is steps that are wanting
SMALLEST = 8  # items that tell a batch norm a mean and a variance, when it knows none yet


def head_only(plan: Plan, parameters: Iterable[str], head: Iterable[str]) -> bool:
    """Whether nothing but the head learns.

    Args:
        parameters: names of all the network has.
        head: names of the modules that are its head.
    """
    within = tuple(f"{name}." for name in head)
    return all(name.startswith(within) for name in parameters if plan.rule(name).trainable)


def settled(recipe: Recipe, head_first: bool, items: int) -> Recipe:
    """The recipe with what follows from the first phase and the number of labels.

    The batch makes STEPS of an epoch at least, from random weights as far as SMALLEST
    allows. Where the head is first, batch norms that learn keep their pre-trained
    statistics: the head learned with them, and a small batch tells the mean and variance
    of a channel badly.

    Args:
        head_first: the first phase leaves all but the head as it is.
        items: of the training split.
    """
    batch = max(1, -(-items // STEPS))
    if head_first:
        return replace(recipe, batch_size=min(recipe.batch_size, batch), keep_statistics=True)
    if recipe.preset == "scratch" and not recipe.phases:
        return replace(recipe, batch_size=min(recipe.batch_size, max(SMALLEST, batch)))
    return recipe
