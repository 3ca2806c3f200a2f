"""What came of an import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.errors import GraftError

MOST_PROBLEMS = 200  # kept in a report; the rest is only counted


@dataclass
class ImportReport:
    """What came of an import."""

    format: str = ""
    new: int = 0  # items
    known: int = 0  # items that were there already
    labelled: int = 0  # labels given now
    broken: int = 0  # items whose file cannot be used
    classes: tuple[str, ...] = ()  # that the data names
    splits: dict[str, int] = field(default_factory=dict)  # labelled items the project has in each
    problems: list[GraftError] = field(default_factory=list)  # the first MOST_PROBLEMS
    problem_count: int = 0
    notes: list[str] = field(default_factory=list)  # decisions made for the person, in words

    def add_problem(self, problem: GraftError) -> None:
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    def to_wire(self) -> dict[str, Any]:
        """A JSON-ready form."""
        return {
            "format": self.format,
            "new": self.new,
            "known": self.known,
            "labelled": self.labelled,
            "broken": self.broken,
            "classes": list(self.classes),
            "splits": self.splits,
            "problems": [problem.to_wire() for problem in self.problems],
            "problem_count": self.problem_count,
            "notes": self.notes,
        }
