"""The classes of a project, in the order a person gave them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.errors import ConfigurationError
from engine.labels.edits import ClassState
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
        "SELECT id, name, position, color, definition FROM class WHERE NOT removed "
        "ORDER BY position, id"
    )
    return [Class(*row) for row in rows]


def ensure(project: Project, names: list[str]) -> dict[str, int]:
    """The id of each name; classes that are not there yet, or were removed, are added at the end.

    Raises:
        ConfigurationError: an empty name.
    """
    known = {cls.name: cls.id for cls in all_classes(project)}
    with project.writing() as db:
        for name in names:
            if not name.strip():
                raise nameless()
            if name in known:
                continue
            cursor = db.execute(
                "INSERT INTO class (name, position, color) "
                "VALUES (?, (SELECT coalesce(max(position) + 1, 0) FROM class), ?) "
                "ON CONFLICT (name) DO UPDATE SET removed = 0, position = excluded.position "
                "RETURNING id",
                [name, len(known) % PALETTE_SIZE],
            )
            known[name] = int(cursor.fetchone()[0])
    return {name: known[name] for name in names}


def states(project: Project) -> dict[int, ClassState]:
    """Every class by id, the removed ones too."""
    rows = project.db.execute(
        "SELECT id, name, position, color, definition, removed FROM class ORDER BY position, id"
    )
    return {
        id: ClassState(id, name, position, color, definition, bool(removed))
        for id, name, position, color, definition, removed in rows
    }


def write(project: Project, changed: Iterable[ClassState]) -> None:
    """Makes classes what these say.

    Raises:
        ConfigurationError: an empty name, or one that another class has.
    """
    changed = list(changed)
    with project.writing() as db:
        # Out of each other's way first: two may swap their names.
        db.conn.executemany(
            "UPDATE class SET name = char(1) || id WHERE id = ?", ((one.id,) for one in changed)
        )
        for one in changed:
            if not one.name.strip():
                raise nameless()
            taken = db.execute("SELECT 1 FROM class WHERE name = ?", [one.name]).fetchone()
            if taken:
                raise ConfigurationError(
                    "The name is taken",
                    f"There is another class named {one.name!r}, or there was one.",
                    "Choose another name, or merge the two classes.",
                    subject="class",
                )
            db.execute(
                "UPDATE class SET name = ?, position = ?, color = ?, definition = ?, removed = ? "
                "WHERE id = ?",
                [one.name, one.position, one.color, one.definition, one.removed, one.id],
            )


def counts(project: Project) -> dict[int, int]:
    """Labelled items of each class, by class id; those without any are there with 0."""
    rows = project.db.execute(
        "SELECT class.id, (SELECT count(*) FROM standing WHERE class_id = class.id) + "
        "(SELECT count(*) FROM current_mark WHERE class_id = class.id AND kind = 'class') "
        "FROM class WHERE NOT removed"
    )
    return {int(id): int(count) for id, count in rows}


def nameless() -> ConfigurationError:
    return ConfigurationError(
        "A class needs a name", "The name is empty.", "Write a name that a reader understands.",
        subject="class",
    )  # fmt: skip
