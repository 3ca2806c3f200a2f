"""Carrying phases from the network they were made for to another of its family. Torch-free.

Stages of the same title go together (stem, embeddings, head). Numbered ones (stage 4,
encoder layer 11) are counted from the output, as a plan says how far it reaches into
the network from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.freezing.editing import Rules, plan_of
from engine.freezing.outline import Outline
from engine.freezing.plan import FROZEN, Plan, Rule
from engine.freezing.presets import Phase, Stage


@dataclass(frozen=True)
class Carried:
    """Phases for the other network, and what became of the old ones."""

    phases: list[Phase]
    stages: list[tuple[str, str | None]]  # title there -> the title here that it follows, or None
    unused: list[str]  # titles of the old stages that nothing follows
    lost: list[str]  # names with a rule of their own that the other network does not have

    @property
    def words(self) -> list[str]:
        """The report, in sentences."""
        exact = sum(old == new for new, old in self.stages)
        said = [f"{exact} of {len(self.stages)} stages have the same name in both."]
        moved = [(new, old) for new, old in self.stages if old is not None and old != new]
        said += [f"{new} follows {old.lower()} of the plan." for new, old in moved[:4]]
        if len(moved) > 4:
            said.append(f"{len(moved) - 4} more stages follow those of the same distance to it.")
        if self.unused:
            said.append(f"Nothing here follows {_list(self.unused)} of the plan.")
        alone = [new for new, old in self.stages if old is None]
        if alone:
            said.append(f"{_list(alone)} had no counterpart and stays frozen.")
        if self.lost:
            said.append(f"Not in this model: {_list(self.lost)}.")
        return said


def carry(phases: Sequence[Phase], source: Sequence[Stage], target: Outline) -> Carried:
    """Phases made for a network with the stages `source`, for the network `target`.

    A rule of a whole stage holds for the stage that follows it. A rule within a stage
    holds for the module of the same name, or of the same place in the stage; else that
    module goes with its stage.
    """
    pairs = _pairs(source, target.stages)
    lost: dict[str, None] = {}
    made = [
        replace(phase, plan=_carry(phase.plan, source, pairs, target, lost)) for phase in phases
    ]
    followed = {number for number in pairs if number is not None}
    return Carried(
        made,
        [
            (stage.title, None if number is None else source[number].title)
            for stage, number in zip(target.stages, pairs, strict=True)
        ],
        [stage.title for number, stage in enumerate(source) if number not in followed],
        list(lost),
    )


def _pairs(source: Sequence[Stage], target: Sequence[Stage]) -> list[int | None]:
    """For each stage of the target the number of the one in the source that it follows."""
    plain = {stage.title: number for number, stage in enumerate(source) if not _kind(stage.title)}
    rows: dict[str, list[int]] = {}
    for number, stage in enumerate(source):
        rows.setdefault(_kind(stage.title), []).append(number)
    found: list[int | None] = []
    for place, stage in enumerate(target):
        kind = _kind(stage.title)
        if not kind:
            found.append(plain.get(stage.title))
            continue
        row = rows.get(kind, [])
        after = sum(_kind(other.title) == kind for other in target[place + 1 :])
        found.append(row[max(0, len(row) - 1 - after)] if row else None)
    return found


def _kind(title: str) -> str:
    """'Encoder layer' for 'Encoder layer 11', nothing for a title without a number."""
    numbered = re.fullmatch(r"(.*\S)\s+\d+", title)
    return numbered[1] if numbered else ""


def _carry(
    plan: Plan,
    source: Sequence[Stage],
    pairs: Sequence[int | None],
    target: Outline,
    lost: dict[str, None],
) -> Plan:
    rules: Rules = dict.fromkeys(target.parameters, plan.rules.get("", FROZEN))
    for stage, number in zip(target.stages, pairs, strict=True):
        if number is None:
            rules.update(dict.fromkeys(target.below(stage.modules), FROZEN))
            continue
        old = source[number]
        rules.update(dict.fromkeys(target.below(stage.modules), _of_stage(plan, old)))
        finer = _finer(plan, old)
        for name, rule in finer.items():
            here = _counterpart(name, old, stage, target)
            if here is None:
                lost[name] = None
            else:
                rules.update(dict.fromkeys(target.below([here]), rule))
    for name, rule in plan.rules.items():  # what stands around the stages
        if name and not any(_at_or_below(name, stage.modules) for stage in source):
            inside = any(_at_or_below(up, (name,)) for stage in source for up in stage.modules)
            if target.has(name) and not inside:
                rules.update(dict.fromkeys(target.below([name]), rule))
            elif not inside:
                lost[name] = None
    return plan_of(rules, target)


def _of_stage(plan: Plan, stage: Stage) -> Rule:
    """What most of a stage's modules do, without the rules of single ones below them."""
    held = [plan.rule(name) for name in stage.modules]
    return max(held, key=held.count) if held else FROZEN


def _finer(plan: Plan, stage: Stage) -> Mapping[str, Rule]:
    """Rules below the modules of a stage, and of those that differ from it; outer ones first."""
    whole = _of_stage(plan, stage)
    found = {name: plan.rule(name) for name in stage.modules if plan.rule(name) != whole}
    below = {
        name: rule
        for name, rule in plan.rules.items()
        if _at_or_below(name, stage.modules) and name not in stage.modules
    }
    return found | dict(sorted(below.items(), key=lambda pair: pair[0].count(".")))


def _counterpart(name: str, old: Stage, new: Stage, target: Outline) -> str | None:
    """The same name, or the same place below the module of the same place in the stage."""
    if target.has(name) and _at_or_below(name, new.modules):
        return name
    for number, module in enumerate(old.modules):
        if _at_or_below(name, (module,)) and len(old.modules) == len(new.modules):
            here = new.modules[number] + name[len(module) :]
            return here if target.has(here) else None
    return None


def _at_or_below(name: str, modules: Sequence[str]) -> bool:
    return any(name == up or name.startswith(up + ".") for up in modules)


def _list(names: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
