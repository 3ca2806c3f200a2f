"""What a run does otherwise when the head learns before anything else. Torch-free.

With few labels that is the safest way, and these make it one: steps enough for
a head to be learned, and batch norms that stay what the head learned with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.freezing.plan import Plan
from engine.training.recipe import Recipe

STEPS = 40  # of an epoch, at least: with few labels it is steps that are wanting


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

    The batch makes STEPS of an epoch at least. Batch norms that learn keep their
    pre-trained statistics: the head learned with them, and a small batch tells the
    mean and variance of a channel badly.

    Args:
        head_first: the first phase leaves all but the head as it is.
        items: of the training split.
    """
    if not head_first:
        return recipe
    batch = min(recipe.batch_size, max(1, -(-items // STEPS)))
    return replace(recipe, batch_size=batch, keep_statistics=True)
