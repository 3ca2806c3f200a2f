"""What a check of the data found: words, the items it is about, and fixes that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from engine.labels.edits import Edit
from engine.store.project import Project

SEVERITIES = ("serious", "look", "hint")  # the figures lie; look at it; good to know

Make = Callable[[Project, Collection[int]], Edit | None]


@dataclass(frozen=True)
class Fix:
    """Something that would put it right.

    Attributes:
        words: on its button.
        title: in the list of what can be undone, 'relabel 3 items'.
        make: from the project as it is then and the ids it is to touch to an edit; None: nothing
            is left to do. Reads the project, so it belongs into a job.
        recipe: fields of the recipe that it sets instead.
    """

    words: str
    title: str
    make: Make | None = None
    recipe: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Noted:
    """An item of a finding. `sure`: 0 to 1, where the finding says so."""

    item: int
    note: str = ""
    sure: float | None = None


@dataclass(frozen=True)
class Finding:
    """Attributes:
    kind: the file of `kinds` that tells it.
    words: what, and why it matters, with figures.
    sets: item ids that belong together, such as copies of one picture.
    noted: items that stand alone, the worst first; a finding has sets or these.
    advice: what a person should know before using a fix.
    """

    kind: str
    title: str
    words: str
    severity: str
    sets: tuple[tuple[int, ...], ...] = ()
    noted: tuple[Noted, ...] = ()
    fixes: tuple[Fix, ...] = ()
    advice: str = ""

    @property
    def items(self) -> list[int]:
        """Ids in the order in which they are shown."""
        return [*chain.from_iterable(self.sets), *(one.item for one in self.noted)]


@dataclass
class Report:
    """What `engine.quality.checking.check` found.

    Attributes:
        findings: the most serious first.
        looked: titles of what was looked at.
        lacking: title and reason of what could not be looked at.
        seconds: by title.
    """

    findings: list[Finding] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    lacking: list[tuple[str, str]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
