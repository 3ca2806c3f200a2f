"""Classes of very different size among the training items."""

from __future__ import annotations

from engine.quality.finding import Finding, Fix
from engine.quality.holdings import Holdings

TITLE = "class imbalance"
ORDER = 26
RATIO = 4.0  # of the largest class to the smallest
FEW = 10  # labels of a class below which balancing helps little
MOST = 8  # classes whose figures are told


def look(holdings: Holdings) -> list[Finding]:
    counts = {
        cls: int((holdings.labelled & (holdings.classes == cls)).sum()) for cls in holdings.names
    }
    counts = {cls: count for cls, count in counts.items() if count}
    if len(counts) < 2:
        return []
    rare, common = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    ratio = counts[common] / counts[rare]
    if ratio < RATIO:
        return []
    total = sum(counts.values())
    order = sorted(counts, key=counts.__getitem__)
    told = order if len(order) <= MOST else [*order[: MOST // 2], *order[-MOST // 2 :]]
    figures = ", ".join(f"{holdings.class_name(cls)} {counts[cls]:,}" for cls in told)
    balanced = bool(holdings.project.setting("recipe", {}).get("class_balanced"))
    words = (
        f"{holdings.class_name(common)} has {ratio:.0f} times as many labels as "
        f"{holdings.class_name(rare)} ({figures}{', and others' if len(told) < len(order) else ''})"
        f". Who always answers {holdings.class_name(common)} is right for "
        f"{counts[common] / total:.0%} of the items, so a model leans that way and plain accuracy "
        "looks good meanwhile."
    )
    few = [cls for cls in order if counts[cls] < FEW]
    advice = "Graft chooses and reports by balanced accuracy, where every class counts alike. "
    if balanced:
        advice += "The recipe weighs rare classes more already. "
    if few:
        advice += f"Of classes with fewer than {FEW} labels, more labels help more than weights."
    fix = Fix(
        "Weigh rare classes more in training", "weigh rare classes more",
        recipe={"class_balanced": True},
    )  # fmt: skip
    return [
        Finding(
            "class-imbalance", "Class imbalance", words,
            "hint" if balanced else "look",
            fixes=() if balanced else (fix,), advice=advice.strip(),
        )
    ]  # fmt: skip
