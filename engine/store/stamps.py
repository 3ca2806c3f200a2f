"""When something was said: ISO 8601 in UTC, to the microsecond; text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
