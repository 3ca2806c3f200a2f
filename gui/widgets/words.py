"""Figures as people say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def duration(seconds: float) -> str:
    """'41 s', '1 m 02', '2 h 05'."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02d}"
    return f"{whole // 3600} h {whole % 3600 // 60:02d}"


def time_left(seconds: float | None, before: str = "") -> str:
    """'41 s left', or nothing when nobody can tell."""
    return f"{before}{duration(seconds)} left" if seconds is not None and seconds >= 0.5 else ""


def count(number: int, one: str, many: str = "") -> str:
    """'1 item', '2,000 items'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: float) -> str:
    """'6.7 MB', '0.6 GB'."""
    for unit in ("bytes", "KB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def done_of(done: int, total: int, unit: str) -> str:
    """'3 of 120', '7.7 MB of 23.0 MB'; `unit`: see engine.events.Activity."""
    if unit == "bytes":
        return f"{size(done)} of {size(total)}"
    return f"{done:,} of {total:,}"


def short(number: float) -> str:
    """'1.69 M', '3,843'."""
    for limit, unit in ((1e9, "B"), (1e6, "M")):
        if number >= limit:
            return f"{number / limit:.2f} {unit}"
    return f"{number:,.0f}"


def interval(low: float, high: float) -> str:
    """'0.91 to 0.95'."""
    return f"{low:.3f} to {high:.3f}"


SPLIT_WORDS: Mapping[str, str] = {
    "train": "training", "validation": "validation", "test": "test",
}  # fmt: skip


def splits(counts: Mapping[str, int]) -> str:
    """'268 training, 62 validation, 82 test items'."""
    parts = [f"{counts.get(key, 0):,} {word}" for key, word in SPLIT_WORDS.items()]
    return ", ".join(parts) + " items"


def listing(names: Sequence[str], most: int = 3) -> str:
    """'a, b and 4 more'."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"
