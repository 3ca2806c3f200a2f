"""With few labels: what a run does otherwise, where only the head learns and steps cost little."""

from __future__ import annotations

from engine.freezing import applying
from engine.freezing.plan import Plan
from engine.models.network import Network
from engine.training.recipe import Recipe

STEPS = 10  # of an epoch, at least: a head that took ten steps in all has not learned yet


def head_only(network: Network, plan: Plan) -> bool:
    """Whether nothing but the head learns under the plan."""
    return all(
        name.startswith(tuple(f"{head}." for head in network.head))
        for _, name, _ in applying.direct_parameters(network.model)
        if plan.rule(name).trainable
    )


def batch_size(recipe: Recipe, network: Network, plan: Plan, items: int) -> int:
    """As the recipe says; with few items, and only the head to learn, as many as make STEPS.

    Args:
        items: of the training split.
    """
    if not head_only(network, plan):
        return recipe.batch_size
    return min(recipe.batch_size, max(1, -(-items // STEPS)))
