"""The same content more than once: the same file, or the same text, byte for byte."""

from __future__ import annotations

import numpy as np

from engine.quality import copies
from engine.quality.finding import Finding
from engine.quality.holdings import Holdings

TITLE = "exact copies"
ORDER = 10


def look(holdings: Holdings) -> list[Finding]:
    here = np.flatnonzero(~holdings.broken)
    order = here[np.argsort(holdings.contents[here], kind="stable")]
    contents = holdings.contents[order]
    edges = np.flatnonzero(np.diff(contents, prepend=contents[:1] - 1, append=contents[-1:] + 1))
    sizes = np.diff(edges)
    sets = [
        order[edges[n] : edges[n + 1]].tolist() for n in np.flatnonzero(sizes > 1).tolist()
    ]  # fmt: skip
    how = "They are the same byte for byte."
    return copies.tell(holdings, sets, "exact-duplicates", "copy", "exact copies", how)
