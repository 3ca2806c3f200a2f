"""Which part of a sound is in view. Seconds, and px across."""

from __future__ import annotations

LEAST = 0.005  # seconds that are in view at least


class Stretch:
    """A view of `seconds`, `width` px wide: from `begin` to `end`."""

    def __init__(self, seconds: float = 0.0, width: int = 1) -> None:
        self.seconds = seconds
        self.width = max(1, width)
        self.begin, self.end = 0.0, seconds

    @property
    def span(self) -> float:
        return self.end - self.begin

    @property
    def whole(self) -> bool:
        return self.begin <= 0 and self.end >= self.seconds

    def to_time(self, x: float) -> float:
        return self.begin + x / self.width * self.span

    def to_x(self, time: float) -> float:
        return (time - self.begin) / self.span * self.width if self.span else 0.0

    def zoom(self, factor: float, at: float) -> None:
        """So many times larger; the moment `at` stays where it is."""
        span = min(self.seconds, max(min(LEAST, self.seconds), self.span / factor))
        share = (at - self.begin) / self.span if self.span else 0.0
        self._take(at - share * span, span)

    def pan(self, by: float) -> None:
        """So many seconds on, as far as there are any."""
        self._take(self.begin + by, self.span)

    def show(self, time: float) -> bool:
        """Brings a moment into view, at its left. Returns whether that moved anything."""
        if self.begin <= time <= self.end:
            return False
        self._take(time - self.span / 20, self.span)
        return True

    def fit(self) -> None:
        self.begin, self.end = 0.0, self.seconds

    def _take(self, begin: float, span: float) -> None:
        self.begin = min(max(0.0, begin), max(0.0, self.seconds - span))
        self.end = self.begin + span


def ticks(begin: float, end: float, most: int) -> list[float]:
    """At most `most` round times in a view: 1, 2 or 5 of a power of ten apart, or minutes."""
    span = end - begin
    if span <= 0 or most < 1:
        return []
    steps = [m * 10.0**e for e in range(-4, 2) for m in (1, 2, 5) if m * 10.0**e < 30]
    steps += [30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800]
    step = next((one for one in steps if span / one <= most), steps[-1])
    first = int(begin / step)
    found = [step * number for number in range(first, int(end / step) + 1)]
    return [round(one, 6) for one in found if begin <= one <= end]


def clock(seconds: float, step: float = 0.01) -> str:
    """'0.43', '12.5', '3:07', '1:02:00'; as fine as steps of `step` seconds need."""
    digits = 3 if step < 0.01 else 2 if step < 0.1 else 1 if step < 1 else 0
    if seconds < 60:
        return f"{seconds:.{digits}f}"
    minutes, rest = divmod(round(seconds, digits), 60)
    text = f"{rest:0{3 + digits if digits else 2}.{digits}f}"
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{text}" if hours else f"{minutes}:{text}"
