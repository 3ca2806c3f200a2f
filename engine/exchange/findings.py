"""What an import finds that is not as it should be, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

EXAMPLES = 20  # of a kind of finding that a report names


@dataclass(frozen=True)
class Finding:
    """One thing found, of a kind below."""

    kind: str
    what: str = ""  # which one, in a few words
    count: int = 1


@dataclass(frozen=True)
class Kind:
    """What is wrong, and what Graft does about it: two plain sentences."""

    says: str
    does: str


KINDS: dict[str, Kind] = {
    # Of files
    "problem": Kind("Something cannot be read or used.", "It is left out; the rest goes on."),
    "missing": Kind("The file of an item is not there.", "The item is left out."),
    "unreadable": Kind(
        "The picture cannot be read.",
        "The item comes in as broken, so that it can be found and put right.",
    ),
    "named_twice": Kind("A file is named more than once.", "What was said first counts."),
    "same_name": Kind(
        "Files in several folders have the same name.", "Each is an item of its own."
    ),
    "like_classes": Kind(
        "Classes have names that differ in capitals only.", "Each is a class of its own."
    ),
    "size": Kind(
        "The picture has another size than the annotations say.",
        "Where only the scale differs, the marks are scaled; else they stay where they are.",
    ),
    # Of marks and where they lie
    "clipped": Kind("A mark reaches beyond the picture.", "It is cut off at the picture's edge."),
    "outside": Kind("A mark lies wholly outside the picture or the text.", "It is left out."),
    "zero_area": Kind("A mark encloses nothing.", "It is left out."),
    "few_corners": Kind("A polygon has fewer than three corners.", "It is left out."),
    "repeated": Kind("The same mark stands at the same place twice.", "Both are kept."),
    "broken_mark": Kind(
        "A mark has numbers that are missing, or that make no sense.", "It is left out."
    ),
    "no_outline": Kind(
        "The outline of a mark cannot be read.", "The box that goes with it is taken."
    ),
    "no_label": Kind("A mark has no class.", "It is left out."),
    "unknown_class": Kind(
        "A mark has a class number that the data gives no name.", "It is left out."
    ),
    "no_names": Kind("The classes have numbers and no names.", "The numbers are the names."),
    "several_labels": Kind("A mark has several classes.", "It is taken once for each of them."),
    # Turned into something else
    "rotated": Kind("A box is turned.", "It becomes a polygon of four corners."),
    "curve": Kind("A mark is a circle or an ellipse.", "It becomes a polygon of 64 corners."),
    "parts": Kind("An object is drawn in several pieces.", "They become one mask."),
    "from_zero": Kind(
        "The boxes' coordinates count from 0, where the format counts from 1.",
        "They are read from 0.",
    ),
    "flags": Kind("A picture has flags that are on.", "They are taken as its classes."),
    # Not mapped
    "void": Kind("Pixels of a mask that say 'not judged' (255).", "They are left out."),
    "keypoints": Kind("Key points or skeletons.", "Graft has no such mark; they are left out."),
    "polyline": Kind("Lines.", "Graft has no such mark; they are left out."),
    "point": Kind("Points.", "Graft has no such mark; they are left out."),
    "cuboid": Kind("Cuboids.", "Graft has no such mark; they are left out."),
    "body_parts": Kind("Parts of objects (head, hand).", "They are left out; the objects stay."),
    "crowd": Kind(
        "Regions that hold a crowd of objects.",
        "They are left out: none of them is one object.",
    ),
    "track": Kind("Tracks through the frames of a video.", "They are left out."),
    "attributes": Kind(
        "Properties of marks (difficult, truncated, occluded, own ones).",
        "They are left out; the marks stay.",
    ),
    "grouped": Kind("Marks that are joined in a group.", "Each stays a mark of its own."),
    "scores": Kind("Marks with a score, as a model gives them.", "The scores are left out."),
    "predictions": Kind("Suggestions of a model.", "They are left out."),
    "cancelled": Kind("Annotations that were skipped or cancelled.", "They are left out."),
    "readers": Kind(
        "An item was annotated more than once.",
        "The one marked as true counts, else the newest; the others are second readings.",
    ),
    "relations": Kind("Relations between marks.", "They are left out."),
    "fields": Kind(
        "Answers of other kinds (texts, ratings, a second question).", "They are left out."
    ),
    "image_turned": Kind(
        "The picture was turned while it was annotated.",
        "The marks stay where the unturned picture has them.",
    ),
    "span_text": Kind(
        "A span's words are not those at its place in the text.", "It is left out."
    ),
}  # fmt: skip


@dataclass
class Counted:
    """All findings of one kind."""

    kind: str
    count: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)  # (path, what), the first few

    def add(self, path: str, what: str = "", count: int = 1) -> None:
        """`path`: of the item it is found at."""
        self.count += count
        if len(self.examples) < EXAMPLES:
            self.examples.append((path, what))

    @property
    def says(self) -> str:
        """What is wrong, in a sentence."""
        return KINDS[self.kind].says

    @property
    def does(self) -> str:
        """What becomes of it, in a sentence."""
        return KINDS[self.kind].does

    def to_wire(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "says": self.says, "does": self.does, "count": self.count,
            "examples": [{"path": path, "what": what} for path, what in self.examples],
        }  # fmt: skip


class Findings:
    """Gathers findings of one item: those of a kind are counted together."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], int] = {}

    def add(self, kind: str, what: str = "", count: int = 1) -> None:
        """Raises KeyError for a kind that has no words."""
        if kind not in KINDS:
            raise KeyError(kind)
        self._found[kind, what] = self._found.get((kind, what), 0) + count

    def all(self) -> tuple[Finding, ...]:
        return tuple(Finding(kind, what, n) for (kind, what), n in self._found.items())
