"""Changing a freeze plan by hand: each function takes a plan and returns another. Torch-free.

What a person sees and changes are the rules of parameters. A plan made here is in
canonical form: it follows from those alone, and no rule in it can be left out. A
module learns when all parameters below it do; a module with a frozen one among
them is frozen, with exceptions below it. A module without parameters (dropout,
pooling) goes with what it stands in, or with its stage.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate

from engine.errors import ConfigurationError
from engine.freezing.outline import Outline
from engine.freezing.plan import FROZEN, Plan, Rule

BACKBONE = 0.1  # learning-rate factor of a pre-trained layer that is freed, beside the new head

Rules = dict[int, Rule]  # by the place of a parameter in the outline


def rules_of(plan: Plan, outline: Outline) -> Rules:
    """The rule of every parameter."""
    nearest: list[Rule] = []
    found: Rules = {}
    for place, name in enumerate(outline.names):
        above = nearest[outline.parent[place]] if place else FROZEN
        nearest.append(plan.rules.get(name, above))
        if outline.numel[place]:
            found[place] = nearest[-1] if nearest[-1].trainable else FROZEN
    return found


def plan_of(rules: Mapping[int, Rule], outline: Outline) -> Plan:
    """The canonical plan under which the parameters have these rules."""
    held = _lift(rules, outline)
    for stage in outline.stages:
        places = [outline.place[name] for name in stage.modules if name in outline.place]
        shared = _together(Counter(rule for p in places if (rule := held[p]) is not None))
        for place in places:
            if held[place] is None:
                held[place] = shared
    written: dict[str, Rule] = {}
    nearest: list[Rule] = []
    for place, name in enumerate(outline.names):
        above = nearest[outline.parent[place]] if place else FROZEN
        rule = held[place] or above
        nearest.append(rule)
        if rule != above:
            written[name] = rule
    return Plan(written)


def _lift(rules: Mapping[int, Rule], outline: Outline) -> list[Rule | None]:
    """The rule of every module from those below it; None where there is no parameter."""
    held: list[Rule | None] = [None] * len(outline.names)
    inside: list[Counter[Rule]] = [Counter() for _ in outline.names]
    for place in range(len(outline.names) - 1, -1, -1):
        held[place] = rules.get(place, FROZEN) if outline.numel[place] else _together(inside[place])
        rule, parent = held[place], outline.parent[place]
        if rule is not None and parent >= 0:
            inside[parent][rule] += 1
    return held


def _together(rules: Counter[Rule]) -> Rule | None:
    """What a module of such parts is: frozen if one is, else what most of them are."""
    if not rules:
        return None
    if any(not rule.trainable for rule in rules):
        return FROZEN
    return max(rules, key=lambda rule: (rules[rule], -rule.lr_factor))


def canonical(plan: Plan, outline: Outline) -> Plan:
    """The same rules for all parameters, with nothing in it that can be left out."""
    return plan_of(rules_of(plan, outline), outline)


def set_names(plan: Plan, outline: Outline, names: Iterable[str], rule: Rule | None) -> Plan:
    """Modules or parameters get a rule, with all below them.

    `rule` None: they learn, each at the pace of its neighbours; what
    learns already keeps its factor.
    """
    rules, chosen = rules_of(plan, outline), outline.below(names)
    if rule is None:
        _free(rules, outline, chosen)
    else:
        rules.update(dict.fromkeys(chosen, rule if rule.trainable else FROZEN))
    return plan_of(rules, outline)


def set_range(plan: Plan, outline: Outline, first: str, last: str, rule: Rule | None) -> Plan:
    """All from one name to another as they stand in the outline, with all below either."""
    places = outline.below([first, last])
    inside = [p for p in outline.parameters if places and min(places) <= p <= max(places)]
    return set_names(plan, outline, [outline.names[place] for place in inside], rule)


def set_boundary(plan: Plan, outline: Outline, blocks: Sequence[Sequence[str]], place: int) -> Plan:
    """Blocks before `place` freeze, those from it on learn. The head learns in any case.

    `blocks`: names of the modules of each, input to output. Parameters in no block
    freeze, unless everything learns.
    """
    rules = rules_of(plan, outline)
    after = outline.below(name for block in blocks[place:] for name in block) | outline.head
    if place == 0:
        after = frozenset(outline.parameters)
    rules.update(dict.fromkeys(rules.keys() - after, FROZEN))
    _free(rules, outline, after)
    return plan_of(rules, outline)


def set_factor(plan: Plan, outline: Outline, names: Iterable[str], factor: float) -> Plan:
    """What learns of the names gets a factor; where none of them does, all begin to learn."""
    rules, chosen = rules_of(plan, outline), outline.below(names)
    learning = {place for place in chosen if rules[place].trainable} or chosen
    rules.update(dict.fromkeys(learning, Rule(True, factor)))
    return plan_of(rules, outline)


def set_decay(plan: Plan, outline: Outline, decay: float) -> Plan:
    """Layer-wise decay: each stage learns `decay` times as fast as the one after it.

    The head and the last stage before it that learns keep their factors; what is
    frozen stays so. (Howard and Ruder 2018, 'Universal Language Model Fine-tuning
    for Text Classification': discriminative fine-tuning.)
    """
    rules = rules_of(plan, outline)
    factor: float | None = None
    covered = set(outline.head)
    for stage in reversed(outline.stages[:-1]):
        inside = outline.below(stage.modules) - covered
        covered |= inside
        learning = [place for place in sorted(inside) if rules[place].trainable]
        if factor is None and not learning:
            continue
        factor = rules[learning[-1]].lr_factor if factor is None else factor * decay
        rules.update(dict.fromkeys(learning, Rule(True, _rounded(factor))))
    if factor is not None:  # what stands around the stages feeds the first of them
        around = [p for p in rules if p not in covered and rules[p].trainable]
        rules.update(dict.fromkeys(around, Rule(True, _rounded(factor))))
    return plan_of(rules, outline)


def _free(rules: Rules, outline: Outline, chosen: Collection[int]) -> None:
    """Lets the chosen learn: the head at full pace, others as fast as what learns after them."""
    pace: float | None = None
    for place in reversed(outline.parameters):
        rule = rules[place]
        if place in outline.head:
            rules[place] = Rule(True) if place in chosen and not rule.trainable else rule
        elif rule.trainable:
            pace = rule.lr_factor
        elif place in chosen:
            pace = _before(rules, outline, place) if pace is None else pace
            rules[place] = Rule(True, pace)


def _before(rules: Rules, outline: Outline, place: int) -> float:
    """The factor of the nearest that learns nearer to the input."""
    for other in reversed(outline.parameters):
        if other < place and rules[other].trainable and other not in outline.head:
            return rules[other].lr_factor
    return BACKBONE


def _rounded(factor: float) -> float:
    """To three figures: what a person reads is what holds."""
    return float(f"{factor:.3g}")


def state(plan: Plan, outline: Outline, name: str) -> str:
    """Of a module or parameter: 'learns', 'frozen', 'partly', or 'none' where nothing can learn."""
    rules = rules_of(plan, outline)
    inside = {rules[place].trainable for place in outline.below([name])}
    if len(inside) == 2:
        return "partly"
    return "none" if not inside else "learns" if inside.pop() else "frozen"


@dataclass(frozen=True)
class Found:
    """What a pattern hits."""

    names: tuple[str, ...]  # the uppermost modules and parameters that fit
    modules: int  # that have parameters, those below counted
    parameters: int  # numbers that learn or freeze


def find(outline: Outline, pattern: str, regular: bool = False) -> Found:
    """Modules and parameters whose whole name fits a pattern; all below them is meant, too.

    Args:
        pattern: with `*` and `?` ('*.norm*'), or where `regular` a regular expression
            that fits somewhere in the name.

    Raises:
        ConfigurationError: no valid regular expression; the subject is 'pattern'.
    """
    try:
        fits = re.compile(pattern).search if regular else re.compile(translate(pattern)).match
    except re.error as error:
        raise ConfigurationError(
            "This is no regular expression", f"{error.msg.capitalize()} in {pattern!r}.",
            "Mend it, or use * and ? in place of it.", subject="pattern",
        ) from error  # fmt: skip
    if not pattern:
        return Found((), 0, 0)
    hit = [False] * len(outline.names)
    names = []
    for place, name in enumerate(outline.names[1:], start=1):
        inside = hit[outline.parent[place]]
        if not inside and fits(name):
            names.append(name)
        hit[place] = inside or bool(names) and names[-1] == name
    chosen = outline.below(names)
    modules = {outline.parent[place] for place in chosen}
    return Found(tuple(names), len(modules), sum(outline.numel[place] for place in chosen))
