"""Which items a person wants to see, and in which order."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from engine.store.project import Project

# What an item can be, as SQL on item and standing.
_CLASSES = "SELECT item_id FROM current_mark WHERE kind = 'class'"
STATES = {
    "all": "1",
    "labelled": f"(standing.class_id IS NOT NULL OR item.id IN ({_CLASSES}))",
    "unlabelled": f"standing.class_id IS NULL AND item.id NOT IN ({_CLASSES})",
    "marked": "item.id IN (SELECT item_id FROM current_mark WHERE kind != 'class')",
    "flagged": "item.id IN (SELECT item_id FROM current_note WHERE flagged)",
    "skipped": "standing.class_id IS NULL "
    "AND item.id IN (SELECT item_id FROM current_note WHERE skipped)",
    "noted": "item.id IN (SELECT item_id FROM current_note WHERE text != '')",
    "broken": "item.state = 'broken'",
    "disagreeing": "item.id IN (SELECT item_id FROM disagreement)",
    "train": "item.split = 'train'",
    "validation": "item.split = 'validation'",
    "test": "item.split = 'test'",
}
# The order of what passes, as SQL; equal ones in the order they came.
ORDERS = {
    "added": "item.id",
    "name": "item.path COLLATE NOCASE, item.position",
    "newest": "item.modified DESC",
    "oldest": "item.modified",
    "labelled-last": "standing.at DESC",
    "labelled-first": "standing.at IS NULL, standing.at",
    "largest": "item.width * item.height DESC",
    "longest": "length(item.text) DESC",
}
WORDS = ("reader", "group", "class", "split", "is")  # that may stand before a colon in a search
BLIND_WORDS = ("group", "split")  # those of them that tell nothing of what others said
_UNREAD = (  # by a second reader, among what the first has read
    "standing.class_id IS NOT NULL AND item.id NOT IN (SELECT item_id FROM blind_label "
    "JOIN reader ON reader.id = reader_id WHERE reader.name = ?)"
)
_READ = (
    "item.id IN (SELECT item_id FROM {0} JOIN reader ON reader.id = reader_id "
    "WHERE reader.name = ?)"
)


@dataclass(frozen=True)
class Query:
    """What is asked for. `search`: words that all stand in the path or the text of an item;
    'reader:Ann', 'group:7f3a', 'class:cat', 'split:test' and 'is:flagged' narrow it further."""

    state: str = "all"
    search: str = ""
    path: str = ""  # stands in the path, letter for letter
    class_id: int | None = None  # its standing label, or a mark on it
    order: str = "added"
    reader: str = ""  # who said something of it
    blind: str = ""  # a second reader: nothing that others said narrows the search
    unread: bool = False  # only what the second reader has not read yet


def find(project: Project, query: Query) -> array[int]:
    """The ids of the items that pass (int64), in order."""
    where = [STATES[query.state]]
    values: list[Any] = []
    if query.class_id is not None:
        where.append(
            "(standing.class_id = ? OR item.id IN "
            "(SELECT item_id FROM current_mark WHERE class_id = ?))"
        )
        values += [query.class_id] * 2
    if query.path:
        where.append("instr(item.path, ?)")
        values.append(query.path)
    if query.reader:
        where.append(f"({_READ.format('label')} OR {_READ.format('mark')})")
        values += [query.reader] * 2
    if query.unread:
        where.append(_UNREAD)
        values.append(query.blind)
    for condition, given in _conditions(query.search, BLIND_WORDS if query.blind else WORDS):
        where.append(condition)
        values += given
    sql = (
        "SELECT item.id FROM item LEFT JOIN standing ON standing.item_id = item.id "
        f"WHERE {' AND '.join(where)} ORDER BY {ORDERS[query.order]}, item.id"
    )
    return array("q", (row[0] for row in project.db.execute(sql, values)))


def next_waiting(project: Project, ids: Sequence[int], place: int, blind: str = "") -> int | None:
    """The first of `ids` behind a place that can be read and has no label yet, from the start
    again after the end; None: nothing waits.

    Args:
        ids: item ids in the order in which they are listed.
        blind: a second reader, for whom those wait that this one has not read.
    """
    waits, values = (_UNREAD, [blind]) if blind else (STATES["unlabelled"], [])
    waiting = {
        row[0]
        for row in project.db.execute(
            "SELECT item.id FROM item LEFT JOIN standing ON standing.item_id = item.id "
            f"WHERE item.state != 'broken' AND {waits}",
            values,
        )
    }
    around = chain(range(place + 1, len(ids)), range(min(place + 1, len(ids))))
    return next((ids[at] for at in around if ids[at] in waiting), None)


def _conditions(search: str, names: Sequence[str]) -> Iterator[tuple[str, list[Any]]]:
    for word in _words(search):
        name, colon, value = word.partition(":")
        if colon and name.lower() in names and value:
            yield _named(name.lower(), value)
        else:
            like = _like(word)
            yield "(item.path LIKE ? ESCAPE '\\' OR item.text LIKE ? ESCAPE '\\')", [like, like]


def _named(name: str, value: str) -> tuple[str, list[Any]]:
    match name:
        case "reader":
            return (
                "item.id IN (SELECT item_id FROM label JOIN reader ON reader.id = reader_id "
                "WHERE reader.name LIKE ? ESCAPE '\\' UNION SELECT item_id FROM mark JOIN reader "
                "ON reader.id = reader_id WHERE reader.name LIKE ? ESCAPE '\\')",
                [_like(value)] * 2,
            )
        case "group":
            return "item.group_key LIKE ? ESCAPE '\\'", [_like(value)]
        case "class":
            return (
                "(standing.class_id IN (SELECT id FROM class WHERE name LIKE ? ESCAPE '\\') "
                "OR item.id IN (SELECT item_id FROM current_mark JOIN class "
                "ON class.id = class_id WHERE name LIKE ? ESCAPE '\\'))",
                [_like(value)] * 2,
            )
        case "split":
            return "item.split LIKE ? ESCAPE '\\'", [_like(value)]
    state = STATES.get(value.lower())
    return (state, []) if state is not None else ("0", [])


def _words(search: str) -> list[str]:
    """Words, or what stands between quotation marks, also behind a colon."""
    found, word, quoted = [], "", False
    for letter in search:
        if letter == '"':
            quoted = not quoted
        elif letter.isspace() and not quoted:
            found.append(word)
            word = ""
        else:
            word += letter
    return [one for one in (*found, word) if one]


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
