"""What findings and fixes are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.labels.edits import Annotate, Edit, Regroup, Relabel, Resplit, Together
from gui.facts import Facts
from gui.widgets.words import SPLIT_WORDS, count, listing

if TYPE_CHECKING:
    from engine.quality.finding import Finding, Report
    from engine.store.items import Item

SEVERITY = {"serious": "serious", "look": "look at it", "hint": "good to know"}
MOST = 4  # changes of one kind that are named
SHORT = 16  # letters of a group
EMPTY = "The data is not checked yet"
WHAT = (
    "The check looks for copies (also across splits), broken and blank files, likely label errors, "
    "classes out of balance, groups in two splits, items unlike the rest, and for shortcuts: facts "
    "beside the content that give the label away. It changes nothing."
)


def looked_at(report: Report) -> str:
    """'What was looked at: exact copies, ...'"""
    return f"What was looked at: {', '.join(report.looked)}."


def lacking(report: Report) -> str:
    """'Not looked at: likely label errors. This needs ...'; '' where all was."""
    by_reason: dict[str, list[str]] = {}
    for title, why in report.lacking:
        by_reason.setdefault(why, []).append(title)
    return " ".join(
        f"Not looked at: {', '.join(titles)}. {why}" for why, titles in by_reason.items()
    )


def tally(findings: list[Finding]) -> str:
    """'2 serious, 1 look at it'."""
    counted = Counter(SEVERITY[one.severity] for one in findings)
    return ", ".join(f"{counted[words]:,} {words}" for words in SEVERITY.values() if counted[words])


def note(finding: Finding, item: Item, facts: Facts | None) -> str:
    """What is known of an item of a finding, in a line."""
    parts = [*_noted(finding, item)]
    for number, members in enumerate(finding.sets, start=1):
        if item.id in members:
            parts.append(f"set {number:,} of {len(finding.sets):,}, {len(members):,} items")
            break
    parts.append((facts.class_name(item.class_id) if facts else None) or "no label")
    if item.split:
        parts.append(SPLIT_WORDS[item.split])
    if item.group:
        parts.append(f"group {_short(item.group)}")
    return " · ".join([*parts, item.name])


def _noted(finding: Finding, item: Item) -> Iterator[str]:
    one = next((noted for noted in finding.noted if noted.item == item.id), None)
    if one is not None and one.note:
        yield one.note
    if one is not None and one.sure is not None:
        yield f"{one.sure:.0%} sure"


def changes(edit: Edit, facts: Facts | None) -> str:
    """'3 items get another label: cat → dog 2, cat → eel 1. 4 items move: training → test 4.'"""
    return " ".join(_parts(edit, facts))


def _parts(edit: Edit, facts: Facts | None) -> Iterator[str]:
    match edit:
        case Together(parts):
            for one in parts:
                yield from _parts(one, facts)
        case Relabel(before, after):
            names = [
                (_class(facts, was[1]), _class(facts, now[1]))
                for was, now in zip(before, after, strict=True)
            ]
            yield _told(len(after), "gets another label", "get another label", names)
        case Resplit(before, after):
            names = [
                (SPLIT_WORDS.get(was[1] or "", "no split"), SPLIT_WORDS.get(now[1] or "", "none"))
                for was, now in zip(before, after, strict=True)
            ]
            yield _told(len(after), "moves", "move", names)
        case Regroup(_, after):
            groups = len({group for _, group in after})
            yield f"{count(len(after), 'item')} come into {count(groups, 'group')}."
        case Annotate(_, after):
            yield f"{count(len(after), 'item')} will be flagged."


def _told(number: int, one: str, many: str, pairs: list[tuple[str, str]]) -> str:
    counted = Counter(pairs).most_common()
    said = [f"{was} → {now} {times:,}" for (was, now), times in counted]
    return f"{count(number, 'item')} {one if number == 1 else many}: {listing(said, MOST)}."


def _class(facts: Facts | None, id: int | None) -> str:
    return (facts.class_name(id) if facts else None) or "no label"


def _short(group: str) -> str:
    """The keyed hash of a patient is long, and its first letters tell it from the others here."""
    return group if len(group) <= SHORT else f"{group[: SHORT - 4]}…"
