"""Labels: append-only. What was said last, and not in a blind second reading, stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.store import readers, stamps
from engine.store.project import Project


@dataclass(frozen=True)
class Label:
    """One entry of an item's history."""

    id: int
    item_id: int
    class_id: int | None  # None: taken back
    reader: str
    how: str  # hand, suggestion, import, adjudication
    at: str  # ISO 8601, UTC
    blind: bool = False  # said in a second reading


@dataclass(frozen=True)
class Saying:
    """What is said of one item."""

    item_id: int
    class_id: int | None  # None takes the label back
    suggested_id: int | None = None  # the class that the model suggested then
    shown: bool = False  # whether the reader saw that suggestion


def give(
    project: Project, labels: Iterable[tuple[int, int | None]], reader: str, how: str = "hand"
) -> int:
    """Labels items: pairs of item id and class id (None takes the label back).

    Returns:
        how many were given.
    """
    return say(project, [Saying(item, cls) for item, cls in labels], reader, how)


def say(
    project: Project, sayings: Sequence[Saying], reader: str, how: str = "hand", *,
    blind: bool = False, import_id: int | None = None,
) -> int:  # fmt: skip
    """Appends labels in one transaction.

    A clock that was set back does not make the newer label the older one: it is then given
    the time of the one that stood.

    Args:
        blind: a second reading; it is recorded and decides nothing.
        import_id: the import that brought them.

    Returns:
        how many were said.
    """
    at = stamps.now()
    with project.writing() as db:
        reader_id = readers.ensure(project, reader)
        cursor = db.conn.executemany(
            "INSERT INTO label (item_id, class_id, reader_id, how, at, blind, suggested_id, "
            "shown, import_id) VALUES (?1, ?2, ?3, ?4, max(?5, coalesce("
            "(SELECT at FROM standing WHERE item_id = ?1), '')), ?6, ?7, ?8, ?9)",
            (
                (one.item_id, one.class_id, reader_id, how, at, blind, one.suggested_id,
                 one.shown, import_id)
                for one in sayings
            ),
        )  # fmt: skip
        return int(cursor.rowcount) if sayings else 0


def history(project: Project, item: int) -> list[Label]:
    """All that was said of an item, in the order it was said."""
    rows = project.db.execute(
        "SELECT label.id, item_id, class_id, reader.name, how, at, blind FROM label "
        "JOIN reader ON reader.id = label.reader_id WHERE item_id = ? ORDER BY at, label.id",
        [item],
    )
    return [
        Label(id, item, cls, reader, how, at, bool(blind))
        for id, item, cls, reader, how, at, blind in rows
    ]


def standing(project: Project, wanted: Iterable[int]) -> dict[int, int | None]:
    """The class that stands for each of these items; None where none does."""
    found: dict[int, int | None] = dict.fromkeys(wanted)
    for id in found:
        row = project.db.execute("SELECT class_id FROM standing WHERE item_id = ?", [id])
        found[id] = next((one[0] for one in row), None)
    return found


def read_blind(project: Project, wanted: Iterable[int], reader: str) -> dict[int, int | None]:
    """What a reader said of each of these items in a blind second reading; None: nothing."""
    return {
        id: next(
            (
                row[0]
                for row in project.db.execute(
                    "SELECT class_id FROM blind_label JOIN reader ON reader.id = reader_id "
                    "WHERE item_id = ? AND reader.name = ?",
                    [id, reader],
                )
            ),
            None,
        )
        for id in wanted
    }


def of_reader(project: Project, reader: str) -> dict[int, int]:
    """What a reader says today, blind or not, by item id; items without a label are left out."""
    rows = project.db.execute(
        "SELECT item_id, class_id FROM (SELECT item_id, class_id, row_number() OVER "
        "(PARTITION BY item_id ORDER BY at DESC, label.id DESC) AS place FROM label "
        "JOIN reader ON reader.id = reader_id WHERE reader.name = ? AND how != 'adjudication') "
        "WHERE place = 1 AND class_id IS NOT NULL",
        [reader],
    )
    return {int(item): int(cls) for item, cls in rows}
