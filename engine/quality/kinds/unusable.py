"""Items from which nothing can be learned: broken files, blank pictures, empty texts, silence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.errors import DataError
from engine.quality import mending
from engine.quality.finding import Finding, Fix, Noted
from engine.quality.holdings import NONE, Holdings
from engine.quality.wording import plain
from engine.store import items

TITLE = "broken, blank and empty items"
ORDER = 30
BLANK = 2.0  # grey levels of standard deviation
LETTERS = 2  # letters and digits of a text that says next to nothing
SILENCE = 1e-3  # of full scale: 60 decibels below


def look(holdings: Holdings) -> list[Finding]:
    blank = list(_blank(holdings))
    found = []
    broken = [
        *(Noted(one.id, one.problem.title if one.problem else "cannot be read")
          for one in items.each(holdings.project, "item.state = 'broken'")),
        *(Noted(id, error.title) for id, error in holdings.refused.items()),
    ]  # fmt: skip
    if broken:
        found.append(_broken(broken))
    if blank:
        found.append(_blank_finding(holdings, blank))
    return found


def _broken(broken: list[Noted]) -> Finding:
    number = len(broken)
    return Finding(
        "unusable", "Files that cannot be read",
        f"{number:,} {'item' if number == 1 else 'items'} cannot be read. They take no part in "
        "training or in figures; if they are of one class or one site, what is left is skewed.",
        "look", noted=tuple(broken),
        fixes=(
            Fix(
                "Flag them", "flag files that cannot be read",
                lambda project, chosen: mending.flag(project, chosen),
            ),
        ),
        advice="The reason stands beside each. Put a whole file in its place and import the "
        "folder again; nothing said of the item is lost.",
    )  # fmt: skip


def _blank_finding(holdings: Holdings, blank: list[Noted]) -> Finding:
    place = np.searchsorted(holdings.ids, [one.item for one in blank])
    labelled = int((holdings.classes[place] != NONE).sum())
    what = {"image": "pictures show", "text": "texts say", "audio": "sounds hold"}[holdings.kind]
    return Finding(
        "unusable", "Blank items",
        f"{len(blank):,} {what} next to nothing, and {labelled:,} of them have a label. A model "
        "can learn nothing from them but that blank means that label.",
        "look", noted=tuple(blank),
        fixes=(
            Fix(
                "Take their labels back", "take labels of blank items back",
                lambda project, chosen: mending.relabel(project, dict.fromkeys(chosen)),
            ),
            Fix(
                "Flag them", "flag blank items",
                lambda project, chosen: mending.flag(project, chosen),
            ),
        ),
    )  # fmt: skip


def _blank(holdings: Holdings) -> Iterator[Noted]:
    if holdings.kind == "image":
        seen = holdings.seen
        blank = seen.places[seen.looks["spread"][seen.rows] < BLANK]
        yield from (Noted(id, "one even tone") for id in holdings.ids[blank].tolist())
    elif holdings.kind == "text":
        rows = holdings.project.db.execute(
            "SELECT id, text FROM item WHERE kind = 'text' AND state != 'broken' ORDER BY id"
        )
        for id, text in rows:
            letters = len(plain(text or "").replace(" ", ""))
            if letters <= LETTERS:
                yield Noted(int(id), "empty" if not letters else f"only {text.strip()!r}")
    else:
        yield from _silent(holdings)


def _silent(holdings: Holdings) -> Iterator[Noted]:
    from engine.media.audio import read_audio  # needs a decoder that other projects do without

    tell, total = holdings.teller("Listening"), int((holdings.kinds == "audio").sum())
    waiting = items.each(holdings.project, "item.kind = 'audio' AND item.state != 'broken'")
    for number, item in enumerate(waiting):
        tell(number, total)
        try:
            samples = read_audio(item.file).samples
        except DataError as error:
            holdings.refused[item.id] = error
            continue
        if np.abs(samples - samples.mean()).max(initial=0.0) < SILENCE:
            yield Noted(item.id, "silence")
