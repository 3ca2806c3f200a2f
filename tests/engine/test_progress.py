"""How far something is, told while it goes on."""

from __future__ import annotations

from engine.events import Activity, Event
from engine.progress import track


def test_more_items_than_expected_never_read_as_more_than_all() -> None:
    heard: list[Event] = []
    assert list(track("abcde", 3, "Reading", heard.append)) == list("abcde")
    told = [one for one in heard if isinstance(one, Activity)]
    assert (told[0].done, told[0].total) == (0, 3)
    assert (told[-1].done, told[-1].total) == (5, 5)
    assert all(one.done <= (one.total or 0) for one in told)
