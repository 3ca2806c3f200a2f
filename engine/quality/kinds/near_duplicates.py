"""Nearly the same content: a picture compressed anew, the next slice of a scan, a text again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.quality import copies, likeness, wording
from engine.quality.finding import Finding
from engine.quality.holdings import Holdings
from engine.quality.kinds import Lacking

TITLE = "near copies"
ORDER = 40
BLANK = 4.0  # grey levels of deviation below which a picture shows too little to compare
SHORT = 12  # characters of a plain text below which every other word makes another text


def look(holdings: Holdings) -> list[Finding]:
    if holdings.kind == "audio":
        raise Lacking("Sounds are compared byte for byte only.")
    pictures = holdings.kind == "image"
    sets = _pictures(holdings) if pictures else _texts(holdings)
    how = (
        "Shrunk pictures agree in their fine detail, too. Neighbours of a series, such as slices "
        "of one scan, count as such."
        if pictures
        else f"They share {wording.ENOUGH:.0%} of their pieces of {wording.WIDTH} characters."
    )
    return copies.tell(holdings, sets, "near-duplicates", "near copy", "near copies", how)


def _pictures(holdings: Holdings) -> list[list[int]]:
    seen = holdings.seen
    # Exact copies are told elsewhere: one of each content stands for them.
    rows, first = np.unique(seen.rows, return_index=True)
    busy = seen.looks["spread"][rows] >= BLANK
    rows, first = rows[busy], first[busy]
    if len(rows) < 2:
        return []
    found = likeness.alike(seen.looks["grey"][rows], holdings.teller("Comparing pictures"))
    return [seen.places[first[members]].tolist() for members in found]


def _texts(holdings: Holdings) -> list[list[int]]:
    places, texts = _plain(holdings)
    if len(places) < 2:
        return []
    found = wording.alike(texts, holdings.teller("Comparing texts"))
    return [places[members].tolist() for members in found]


def _plain(holdings: Holdings) -> tuple[NDArray[np.int64], list[str]]:
    """Places and plain texts, one of each content."""
    rows = holdings.project.db.execute(
        "SELECT id, text FROM item WHERE kind = 'text' AND state != 'broken' ORDER BY id"
    )
    known: dict[int, str] = {}
    seen: set[int] = set()
    for id, text in rows:
        place = int(np.searchsorted(holdings.ids, id))
        if place >= len(holdings.ids) or holdings.ids[place] != id:
            continue  # it came since
        mark, said = int(holdings.contents[place]), wording.plain(text or "")
        if mark not in seen and len(said) >= SHORT:
            known[place] = said
        seen.add(mark)
    return np.fromiter(known, np.int64, len(known)), list(known.values())
