"""Classes that a split lacks, and classes nobody has an example of."""

from __future__ import annotations

import numpy as np

from engine.quality.finding import Finding, Noted
from engine.quality.holdings import Holdings
from engine.store.splits import SPLITS

TITLE = "classes missing in a split"
ORDER = 25
MOST = 6  # named in a sentence
_WHY = {
    "train": "training has none of {names}: a model cannot learn what it never sees",
    "validation": "validation has none of {names}: the epoch is chosen without regard to them",
    "test": "the test has none of {names}: nobody will know how well they are recognised",
}


def look(holdings: Holdings) -> list[Finding]:
    counts = {
        cls: np.bincount(holdings.splits[holdings.labelled & (holdings.classes == cls)] + 1,
                         minlength=len(SPLITS) + 1)[1:]
        for cls in holdings.names
    }  # fmt: skip
    used = np.sum([*counts.values()], axis=0) if counts else np.zeros(len(SPLITS))
    parts, worst, lacking = [], "hint", []
    for place, split in enumerate(SPLITS):
        # A split that holds nothing at all is a choice, and told where runs are started.
        missing = [cls for cls, held in counts.items() if held.sum() and not held[place]]
        if not used[place] or not missing:
            continue
        worst = "serious" if split == "train" else worst if worst == "serious" else "look"
        parts.append(_WHY[split].format(names=_names(holdings, missing)))
        lacking += missing
    if not parts:
        return []
    wanted = holdings.labelled & np.isin(holdings.classes, lacking)
    noted = [
        Noted(int(id), holdings.class_name(int(cls)))
        for id, cls in zip(holdings.ids[wanted], holdings.classes[wanted], strict=True)
    ]
    words = "; ".join(parts)
    return [
        Finding(
            "missing-classes", "Classes missing in a split", f"{words[0].upper()}{words[1:]}.",
            worst, noted=tuple(noted),
            advice="Label more items of these classes, of several groups: new ones are dealt to "
            "the split that lacks them. With fewer than three groups no split can have them all.",
        )
    ]  # fmt: skip


def _names(holdings: Holdings, missing: list[int]) -> str:
    names = [holdings.class_name(cls) for cls in missing]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more
