"""Spans in a text that Graft keeps in its normal form, which may be shorter."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from engine.errors import DataError
from engine.exchange.numbers import number
from engine.labels.shapes import Span
from engine.media.text import normalise


@dataclass(frozen=True)
class Text:
    """A text as it was said, and as it is stored."""

    said: str
    normal: str

    @staticmethod
    def of(said: str) -> Text:
        try:
            return Text(said, normalise(said))
        except DataError:
            return Text(said, said)  # empty, which the import tells

    def span(self, value: dict[str, Any]) -> Span | None:
        """Where a result lies in the stored text; None where its words are others.

        Offsets count code points, or UTF-16 units as browsers do (older versions), or
        have the last character as their end; the words that go with them decide.
        """
        offsets = value.get("globalOffsets")
        place = offsets if isinstance(offsets, dict) else value
        begin, end = number(place.get("start")), number(place.get("end"))
        if begin is None or end is None or begin != int(begin) or end != int(end):
            return None
        words = value.get("text")
        found = self._said_at(int(begin), int(end), words if isinstance(words, str) else None)
        return Span(self._stored(found[0]), self._stored(found[1])) if found else None

    def _said_at(self, begin: int, end: int, words: str | None) -> tuple[int, int] | None:
        if not 0 <= begin <= end:
            return None
        if not words:
            return begin, end
        units = self._from_units(begin), self._from_units(end)
        for first, last in ((begin, end), units, (begin, end + 1)):
            if _plain(self.said[first:last]) == _plain(words):
                return first, last
        return None

    def _from_units(self, offset: int) -> int:
        head = self.said.encode("utf-16-le", "surrogatepass")[: 2 * offset]
        return len(head.decode("utf-16-le", "ignore"))

    def _stored(self, offset: int) -> int:
        if offset > len(self.said):
            return len(self.normal) + offset - len(self.said)  # stays out of reach
        lead = _clean(self.said)
        skipped = len(lead) - len(lead.lstrip())
        return min(max(0, len(_clean(self.said[:offset])) - skipped), len(self.normal))


def _clean(text: str) -> str:
    """What `normalise` does, but for the blank ends."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return unicodedata.normalize("NFC", plain)


def _plain(words: str) -> str:
    return " ".join(words.replace("\\n", " ").split())
