"""The classes of a project, in the order a person gave them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import ConfigurationError
from engine.store.project import Project

PALETTE_SIZE = 8  # the theme's Okabe-Ito colours


@dataclass(frozen=True)
class Class:
    id: int
    name: str
    position: int
    color: int
    definition: str


def all_classes(project: Project) -> list[Class]:
    rows = project.db.execute(
        "SELECT id, name, position, color, definition FROM class ORDER BY position, id"
    )
    return [Class(*row) for row in rows]


def ensure(project: Project, names: list[str]) -> dict[str, int]:
    """The id of each name; classes that are not there yet are added at the end.

    Raises:
        ConfigurationError: an empty name.
    """
    known = {cls.name: cls.id for cls in all_classes(project)}
    with project.writing() as db:
        for name in names:
            if not name.strip():
                raise ConfigurationError(
                    "A class needs a name",
                    "The name is empty.",
                    "Write a name that a reader understands.",
                    subject="class",
                )
            if name in known:
                continue
            place = len(known)
            cursor = db.execute(
                "INSERT INTO class (name, position, color) VALUES (?, ?, ?)",
                [name, place, place % PALETTE_SIZE],
            )
            known[name] = int(cursor.lastrowid or 0)
    return {name: known[name] for name in names}


def counts(project: Project) -> dict[int, int]:
    """Labelled items of each class, by class id; those without any are there with 0."""
    rows = project.db.execute(
        "SELECT class.id, count(current_label.id) FROM class "
        "LEFT JOIN current_label ON current_label.class_id = class.id GROUP BY class.id"
    )
    return {int(id): int(count) for id, count in rows}
