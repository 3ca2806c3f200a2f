"""A first look at what shall be imported, in a job: its format, its columns, its first rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from engine.errors import DataError, GraftError
from engine.events import Event
from engine.progress import Cancel

FIRST = 5  # rows and names shown
SAMPLED = 200  # names that the group pattern is tried on
ROLES = ("path", "text", "label", "group", "split")


@dataclass(frozen=True)
class Look:
    source: Path
    format: str
    title: str
    total: int = 0
    classes: tuple[str, ...] = ()
    names: list[str] = field(default_factory=list)  # paths of the first items
    header: list[str] = field(default_factory=list)  # of a table
    rows: list[list[str]] = field(default_factory=list)
    guessed: dict[str, str | None] = field(default_factory=dict)  # role -> heading
    problem: GraftError | None = None  # why the columns as they are cannot be used


def inspector(
    source: Path, kind: str, columns: dict[str, str | None], pictures: Path | None = None
) -> Callable[[Callable[[Event], None], Cancel], Look]:
    """The job.

    Args:
        columns: role -> heading, as far as the person chose them.
        pictures: where they lie, if not beside the annotations.
    """

    def work(emit: Callable[[Event], None], cancel: Cancel) -> Look:
        from engine.exchange.format import Columns, Example, Request
        from engine.exchange.formats import all_formats
        from engine.exchange.importing import detect

        if any(part.suffix == ".graft" for part in (source, *source.parents)):
            raise DataError(
                "A project cannot be imported",
                f"{source} is a project of Graft, or a part of one.",
                "Choose the folder or table that the project was made from.",
                subject=str(source),
            )
        key = detect(source)
        chosen = all_formats()[key]
        header, rows, guessed = _table(source) if key == "csv" else ([], [], {})
        request = Request(source, kind, Columns(**columns), pictures)
        try:
            survey = chosen.survey(request)
            some = islice(chosen.examples(request), SAMPLED)
            names = [one.path for one in some if isinstance(one, Example)]
        except GraftError as error:
            if not header:
                raise
            return Look(source, key, chosen.title, header=header, rows=rows, guessed=guessed,
                        problem=error)  # fmt: skip
        return Look(
            source, key, chosen.title, survey.total, survey.classes, names, header, rows, guessed
        )

    return work


def _table(source: Path) -> tuple[list[str], list[list[str]], dict[str, str | None]]:
    from engine.exchange.formats.csv_table import SUFFIXES, USUAL
    from engine.exchange.tables import open_table

    file = source
    if source.is_dir():
        file = min(one for one in source.iterdir() if one.suffix.lower() in SUFFIXES)
    with open_table(file) as table:
        header = table.header
        rows = [cells for _, cells in islice(table.rows(), FIRST)]
    simple = {name.lower().replace(" ", "_").replace("-", "_"): name for name in reversed(header)}
    guessed = {
        role: next((simple[usual] for usual in USUAL[role].split() if usual in simple), None)
        for role in ROLES
    }
    return header, rows, guessed


def preview(names: list[str], pattern: str) -> tuple[list[tuple[str, str | None]], int, int]:
    """What a pattern makes of names: the pairs, how many it fits, and how many groups.

    Raises:
        ConfigurationError: the pattern cannot be used.
    """
    from engine.exchange.groups import preview_groups

    pairs = preview_groups(names, pattern)
    groups = {group for _, group in pairs if group is not None}
    return pairs, sum(group is not None for _, group in pairs), len(groups)
