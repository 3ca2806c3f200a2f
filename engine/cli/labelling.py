"""Commands about labels: look, imports, merge, readers, labels-out, suggest."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.cli import counsel
from engine.cli.signs import cancel_on_interrupt
from engine.cli.speaker import Speaker
from engine.store.project import Project

FORMATS = (
    "class-folders", "csv", "coco", "pascal-voc", "yolo", "label-studio", "cvat", "labelme",
)  # fmt: skip
MOST = 20  # conflicts and findings printed for people


def look(chosen: argparse.Namespace, speaker: Speaker) -> int:
    """What an import would bring; nothing is stored."""
    from engine.exchange.importing import item_kind
    from engine.exchange.inspection import inspect_source
    from engine.store import classes

    with Project.open(chosen.project, readonly=True) as project:
        found = inspect_source(
            chosen.source, item_kind(project), format=chosen.format, pictures=chosen.pictures,
            known_classes=[cls.name for cls in classes.all_classes(project)],
            emit=speaker.emit, cancel=cancel_on_interrupt(),
        )  # fmt: skip
    lines = [f"{found.title}: {found.items} items, {found.with_marks} of them with marks"]
    for kind, by_class in found.marks.items():
        lines.append(f"  {sum(by_class.values())} {kind}: {', '.join(by_class)}")
    if found.new_classes:
        lines.append(f"  new classes: {', '.join(found.new_classes)}")
    for one in found.findings.values():
        lines.append(f"  {one.count} times: {one.says} {one.does}")
    speaker.result(found.to_wire(), "\n".join(lines))
    return 0


def imports(chosen: argparse.Namespace, speaker: Speaker) -> int:
    """All imports, or one that is taken back."""
    from engine.errors import ConfigurationError
    from engine.store import imports

    with Project.open(chosen.project) as project:
        known = imports.all_imports(project)
        if chosen.take_back is None:
            lines = [
                f"{one.id:4} {one.at[:16]} {one.format:14} {one.source}"
                + (" (taken back)" if one.undone else "")
                for one in known
            ]
            value = {"imports": [asdict(one) for one in known]}
            speaker.result(value, "\n".join(lines) or "Nothing was imported yet.")
            return 0
        if not any(one.id == chosen.take_back and not one.undone for one in known):
            raise ConfigurationError(
                "There is no such import",
                f"Import {chosen.take_back} is not there, or was taken back before.",
                "Call it without --take-back to see them.",
                subject="take_back",
            )
        back = imports.take_back(project, chosen.take_back)
    speaker.result(
        asdict(back),
        f"Taken back: {back.items} items, {back.labels} labels, {back.marks} marks"
        + (f"; {back.kept} items stay" if back.kept else ""),
    )
    return 0


def merge(chosen: argparse.Namespace, speaker: Speaker) -> int:
    """Takes in what a copy of the project holds."""
    from engine.store.merging import merge_copy

    with Project.open(chosen.project) as project:
        found = merge_copy(project, chosen.copy, look_only=chosen.look)
    would = "would come" if chosen.look else "came"
    lines = [f"{found.labels} labels, {found.marks} marks and {found.notes} notes {would}."]
    lines += [
        f"  conflict at item {one.item_id}: {one.here} here, {one.there} there; "
        f"{one.stands or 'no label'} stands"
        for one in found.conflicts[:MOST]
    ]
    if found.conflict_count > MOST:
        lines.append(f"  and {found.conflict_count - MOST} more conflicts")
    if found.absent_count:
        lines.append(f"  {found.absent_count} items are only in the copy: import them here first")
    speaker.result(found.to_wire(), "\n".join(lines))
    return 0


def readers(chosen: argparse.Namespace, speaker: Speaker) -> int:
    """Who read what, and how far they agree."""
    from engine.evaluation.readers import readings

    with Project.open(chosen.project, readonly=True) as project:
        found = readings(project)
    lines = [f"  {one.name:24} {one.items:7} items, {one.blind} blind" for one in found.readers]
    lines += [f"  {one.first} and {one.second}: {one.agreement.words}" for one in found.pairs]
    if found.together is not None:
        lines.append(f"  all together: {found.together.words}")
    lines.append(f"  {found.disagreeing} items undecided, {found.decided} decided")
    speaker.result(asdict(found), "\n".join(lines))
    return 0


def labels_out(chosen: argparse.Namespace, speaker: Speaker) -> int:
    """Labels and marks in another program's format."""
    from engine.exchange.outgoing import Wanted, export_project

    wanted = Wanted(chosen.format, chosen.items, chosen.copy)
    with Project.open(chosen.project, readonly=True) as project:
        found = export_project(
            project, chosen.out, wanted, speaker.emit, cancel_on_interrupt()
        )  # fmt: skip
    lines = [f"{found.items} items and {found.marks} marks written to {found.folder}"]
    lines += [f"  {one.count} times: {one.says} {one.does}" for one in found.notes.values()]
    speaker.result(found.to_wire(), "\n".join(lines))
    return 0


def suggest(chosen: argparse.Namespace, speaker: Speaker) -> int:
    """What the model suggests for items without a label."""
    wanted = {"recipe": counsel.recipe(chosen).validate().to_wire(), "once": True}
    said = counsel.perform("suggest", chosen, wanted, speaker)
    rows = _suggestions(chosen.project, chosen.top)
    missing = f" Too few labels of {len(said['missing'])} classes." if said.get("missing") else ""
    lines = [f"{said.get('suggested', 0)} items, from {said.get('labelled', 0)} labels.{missing}"]
    lines += [f"  {row['path']}: {row['class']} {row['probability']:.2f}" for row in rows]
    speaker.result({**said, "first": rows}, "\n".join(lines))
    return 0


def _suggestions(folder: Path, top: int) -> list[dict[str, Any]]:
    """Those to label next, in the mixed order."""
    from engine.store import classes, items
    from engine.suggesting import files

    with Project.open(folder, readonly=True) as project:
        rows = files.newest(files.folder(project), files.SUGGESTIONS)
        if rows is None:
            return []
        chosen = rows[rows["by_mix"].argsort()][:top]
        names = {cls.id: cls.name for cls in classes.all_classes(project)}
        found = {item.id: item for item in items.load(project, [int(r["item"]) for r in chosen])}
        return [
            {"item": int(row["item"]), "path": found[int(row["item"])].path,
             "class": names.get(int(row["class_id"])), "probability": float(row["probability"]),
             "hidden": bool(row["hidden"])}
            for row in chosen
            if int(row["item"]) in found
        ]  # fmt: skip


def add_labelling(
    add: Callable[..., argparse.ArgumentParser],
    add_recipe: Callable[[argparse.ArgumentParser], None],
) -> None:
    seen = add("look", "Say what an import would bring, and what is wrong with it.")
    seen.add_argument("source", type=Path, metavar="SOURCE", help="a folder or a file")
    seen.add_argument("--format", default="auto")
    seen.add_argument("--pictures", type=Path, metavar="FOLDER", help="if they lie elsewhere")
    back = add("imports", "List the imports, or take one back.")
    back.add_argument("--take-back", type=int, metavar="ID")
    merged = add("merge", "Take in a copy of the project that was labelled elsewhere.")
    merged.add_argument("copy", type=Path, metavar="COPY", help="NAME.graft")
    merged.add_argument("--look", action="store_true", help="say what would come; store nothing")
    add("readers", "Who read what, and how far the readers agree.")
    out = add("labels-out", "Write labels and marks for another program.")
    out.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    out.add_argument("--format", required=True, choices=FORMATS)
    out.add_argument(
        "--items", default="said",
        choices=("said", "labelled", "all", "train", "validation", "test"),
        help="said: those with a class or marks",
    )  # fmt: skip
    out.add_argument("--copy", action="store_true", help="the pictures go along")
    suggesting = add("suggest", "Suggest labels from those that are there, and what to label next.")
    add_recipe(suggesting)
    suggesting.add_argument("--top", type=int, default=20, metavar="N")


COMMANDS = {
    "look": look,
    "imports": imports,
    "merge": merge,
    "readers": readers,
    "labels-out": labels_out,
    "suggest": suggest,
}
