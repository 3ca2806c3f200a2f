"""How long a sound lasts, from what the store says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.store.items import Item


def rate_of(item: Item) -> int:
    """Samples a second; 0: it is no sound, or a broken one. Its mode is '8000 Hz'."""
    number, _, unit = (item.mode or "").partition(" ")
    return int(number) if item.kind == "audio" and unit == "Hz" and number.isdigit() else 0


def lasting(item: Item) -> str:
    """'0.43 s', '12.5 s', '3:07 min', '1:02:00 h', or '' where it is not known."""
    rate = rate_of(item)
    if not rate or not item.frames:
        return ""
    seconds = item.frames / rate
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d} h"
    return f"{minutes}:{rest:02d} min"
