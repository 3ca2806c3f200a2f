"""What came of an import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.errors import GraftError
from engine.exchange.findings import Counted

if TYPE_CHECKING:
    from engine.exchange.saying import Said

MOST_PROBLEMS = 200  # kept in a report; the rest is only counted


@dataclass
class ImportReport:
    """What came of an import."""

    format: str = ""
    new: int = 0  # items
    known: int = 0  # items that were there already
    labelled: int = 0  # labels given now
    marks: int = 0  # drawn now
    readings: int = 0  # of items that other readers said something of, blind
    broken: int = 0  # items whose file cannot be used
    classes: tuple[str, ...] = ()  # that the data names
    splits: dict[str, int] = field(default_factory=dict)  # labelled items the project has in each
    problems: list[GraftError] = field(default_factory=list)  # the first MOST_PROBLEMS
    problem_count: int = 0
    notes: list[str] = field(default_factory=list)  # decisions made for the person, in words
    findings: dict[str, Counted] = field(default_factory=dict)  # what was not as it should be
    several: bool = False  # whether an item came with several classes
    import_id: int = 0  # see engine.store.imports
    new_classes: list[int] = field(default_factory=list)  # ids

    def add_problem(self, problem: GraftError) -> None:
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    def take(self, said: Said) -> None:
        """What was given so far."""
        self.labelled, self.marks, self.readings = said.labels, said.marks, said.readings
        self.several = said.several

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
            "marks": self.marks,
            "readings": self.readings,
            "findings": [one.to_wire() for one in self.findings.values()],
            "several": self.several,
            "import_id": self.import_id,
            "new_classes": self.new_classes,
        }
