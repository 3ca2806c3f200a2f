"""What the data says of items, on its way into the store: labels, classes, marks, readings.

Data that says what it said before brings no news, and must not undo what a person has
corrected or taken away since.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine.exchange.findings import Counted, Finding
from engine.exchange.format import Drawn, Example
from engine.exchange.settling import settle
from engine.labels.marks import Mark, new_uid
from engine.labels.shapes import Shape, Whole, to_wire
from engine.store import classes, labels, marks
from engine.store.labels import Saying
from engine.store.places import Known
from engine.store.project import Project

Sight = tuple[str, int, int, str]  # kind, class id, frame, shape as JSON


@dataclass
class Said:
    """How much of it was new."""

    labels: int = 0
    marks: int = 0
    readings: int = 0  # second readings: items that another reader said something of
    several: bool = False  # whether an item has several classes


class Sayings:
    """Gives what examples say to the items they became.

    Args:
        known: classes, ids by name.
        reader: in whose name, where the data names nobody.
        findings: counts of what was read another way than it was said, by kind.
    """

    def __init__(
        self, project: Project, known: Mapping[str, int], reader: str, import_id: int,
        findings: dict[str, Counted],
    ) -> None:  # fmt: skip
        self._project, self.classes, self._reader = project, dict(known), reader
        self._import, self._findings = import_id, findings
        self.said = Said()

    def give(self, pairs: Iterable[tuple[Example, Known, tuple[int, int] | None]]) -> None:
        """Args:
        pairs: each with its item, and the size of its picture in px.
        """
        given: defaultdict[tuple[str, bool], list[Saying]] = defaultdict(list)
        drawn: defaultdict[tuple[str, bool], list[Mark]] = defaultdict(list)
        for example, item, size in pairs:
            reader = example.reader or self._reader
            if example.label is not None and len(example.classes) < 2:
                cls = self._class(example.label)
                if cls not in (item.class_id, item.imported):
                    given[reader, False].append(Saying(item.id, cls))
            drawn[reader, False] += self._marks(example, item, size)
            self._readings(example, item, size, given, drawn)
        for (reader, blind), sayings in given.items():
            count = labels.say(
                self._project, sayings, reader, "import", blind=blind, import_id=self._import
            )
            self.said.labels += 0 if blind else count
        for (reader, blind), new in drawn.items():
            count = marks.put(
                self._project, new, reader, "import", blind=blind, import_id=self._import
            )
            self.said.marks += 0 if blind else count

    def count(self, found: Iterable[Finding], example: Example) -> None:
        """Takes what was found in an example into the report."""
        where = example.path if example.text is None else example.origin or example.path
        for one in found:
            self._findings.setdefault(one.kind, Counted(one.kind)).add(where, one.what, one.count)

    def _marks(self, example: Example, item: Known, size: tuple[int, int] | None) -> list[Mark]:
        settled = settle(example, size)
        self.count((*example.findings, *settled.findings), example)
        wanted = list(settled.marks)
        if len(example.classes) > 1:
            self.said.several = True
            wanted += [Drawn(Whole(), name) for name in example.classes]
        return self._new(wanted, item.id, blind=False)

    def _readings(
        self, example: Example, item: Known, size: tuple[int, int] | None,
        given: defaultdict[tuple[str, bool], list[Saying]],
        drawn: defaultdict[tuple[str, bool], list[Mark]],
    ) -> None:  # fmt: skip
        """What other readers said: second readings, which decide nothing.

        Their troubles are not the item's, and are not told of.
        """
        for reading in example.readings:
            settled = settle(replace(example, marks=reading.marks), size)
            new = self._new(settled.marks, item.id, blind=True)
            drawn[reading.reader, True] += new
            cls = self._class(reading.label) if reading.label is not None else None
            before = labels.read_blind(self._project, [item.id], reading.reader)[item.id]
            if cls is not None and cls != before:
                given[reading.reader, True].append(Saying(item.id, cls))
            self.said.readings += bool(new) or (cls is not None and cls != before)

    def _class(self, name: str) -> int:
        """The id of a class; it is made now where files have changed since they were surveyed."""
        if name not in self.classes:
            self.classes |= classes.ensure(self._project, [name])
        return self.classes[name]

    def _new(self, wanted: Iterable[Drawn], item: int, *, blind: bool) -> list[Mark]:
        """Marks that neither stand on the item nor came by an import before."""
        wanted = list(wanted)
        if not wanted:
            return []
        rows = self._project.db.execute(
            "SELECT kind, class_id, frame, shape FROM mark WHERE item_id = ? AND blind = ? "
            "AND (how = 'import' AND NOT gone OR id IN (SELECT id FROM current_mark "
            "WHERE current_mark.item_id = mark.item_id))",
            [item, blind],
        )
        there: Counter[Sight] = Counter(
            (kind, cls, frame, shape) for kind, cls, frame, shape in rows
        )
        found = []
        for one in wanted:
            cls = self._class(one.label)
            sight = _sight(one.shape, cls, one.frame)
            if there[sight] > 0:
                there[sight] -= 1
            else:
                found.append(Mark(new_uid(), item, cls, one.shape, one.frame))
        return found


def _sight(shape: Shape, class_id: int, frame: int) -> Sight:
    return shape.kind, class_id, frame, json.dumps(to_wire(shape))
