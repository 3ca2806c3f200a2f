"""Which letter gives which class: its first that nothing else has."""

from __future__ import annotations

from collections.abc import Iterable

RESERVED = frozenset("bfilmnprsvwxz")  # tools and actions of the page have these


def letters(names: Iterable[str], reserved: frozenset[str] = RESERVED) -> list[str | None]:
    """A letter (a to z) for each name, in lower case; None where all of its are taken.

    First letters come first, whatever the order, so that a class is not robbed of its own by
    the second letter of another.
    """
    names = list(names)
    free = set("abcdefghijklmnopqrstuvwxyz") - reserved
    found: list[str | None] = [None] * len(names)
    for firsts in (True, False):
        for place, name in enumerate(names):
            if found[place] is not None:
                continue
            wanted = [letter for letter in name.lower() if letter.isalpha()]
            for letter in wanted[:1] if firsts else wanted[1:]:
                if letter in free:
                    free.discard(letter)
                    found[place] = letter
                    break
    return found
