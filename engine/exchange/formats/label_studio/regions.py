"""What Label Studio's results say of an item: classes, shapes in percent, spans, brushes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.exchange.embedded import bits_of
from engine.exchange.findings import Finding, Findings
from engine.exchange.format import Drawn, Reading
from engine.exchange.formats.label_studio.spans import Text
from engine.exchange.formats.label_studio.tasks import Annotation, Task
from engine.exchange.numbers import coordinates, corners, number, size_of, snapped, snapped_box
from engine.exchange.runs import from_brush
from engine.labels.outlines import ellipse, turned
from engine.labels.shapes import Mask, Polygon, Shape, Span

_UNMAPPED = {
    "keypoint": "keypoints", "vector": "polyline", "video": "track", "relation": "relations",
}  # fmt: skip
_PIXEL = Mask(0, 0, 1, 1, (0, 1))


@dataclass(frozen=True)
class Said:
    """All that was said of a task."""

    counts: Reading  # what counts
    others: tuple[Reading, ...]
    size: tuple[int, int] | None
    text: str | None  # in normal form, which the spans are of
    findings: tuple[Finding, ...]


def said_in(
    task: Task, text: str | None, size: tuple[int, int] | None, shapeless: bool = False
) -> Said:
    """What the annotations of a task say.

    Args:
        text: that they are of; None for a picture or a sound.
        size: of the picture, where results do not tell it.
        shapeless: only classes are asked for: what is drawn is one pixel, and costs nothing.
    """
    findings = Findings()
    if task.predictions:
        findings.add("predictions", count=task.predictions)
    if cancelled := sum(one.cancelled for one in task.annotations):
        findings.add("cancelled", count=cancelled)
    valid = [one for one in task.annotations if not one.cancelled]
    valid.sort(key=lambda one: (one.truth, one.when), reverse=True)
    if len(valid) > 1:
        findings.add("readers", ", ".join(one.reader for one in valid), len(valid) - 1)
    whole = Text.of(text) if text is not None else None
    # Only what counts is told of; a second reading's troubles are not the item's.
    readings = [
        _Reading(one, whole, size, findings if place == 0 else Findings(), shapeless).read()
        for place, one in enumerate(valid)
    ]
    said_size = next((size for size in map(size_said, _results(valid)) if size is not None), None)
    return Said(
        readings[0] if readings else Reading(""), tuple(readings[1:]), said_size,
        whole.normal if whole is not None else None, findings.all(),
    )  # fmt: skip


def _results(annotations: Sequence[Annotation]) -> Iterator[dict[str, Any]]:
    return (one for annotation in annotations for one in annotation.results)


def size_said(result: dict[str, Any]) -> tuple[int, int] | None:
    """The picture's size in px, as a result tells it."""
    return size_of(result.get("original_width"), result.get("original_height"))


class _Reading:
    """One annotation; its results of one id are one region, said in several parts."""

    def __init__(
        self, annotation: Annotation, text: Text | None, size: tuple[int, int] | None,
        findings: Findings, shapeless: bool,
    ) -> None:  # fmt: skip
        self._shapeless = shapeless
        self._annotation, self._text, self._findings = annotation, text, findings
        self._size = size
        self._answers: dict[str, list[str]] = {}  # of the whole item, by the question's name
        self._marks: list[Drawn] = []

    def read(self) -> Reading:
        regions: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for place, one in enumerate(self._annotation.results):
            regions[str(one.get("id") or f"#{place}")].append(one)
        for parts in regions.values():
            self._region(parts)
        classes = next(iter(self._answers.values()), [])
        for name in list(self._answers)[1:]:
            self._findings.add("fields", name)
        label = classes[0] if len(classes) == 1 else None
        return Reading(self._annotation.reader, label, tuple(classes), tuple(self._marks))

    def _region(self, parts: list[dict[str, Any]]) -> None:
        values = [(one, one["value"]) for one in parts if isinstance(one.get("value"), dict)]
        drawn = next(((one, value) for one, value in values if _is_drawn(value)), None)
        if drawn is None:
            self._whole(parts)
            return
        for one, value in values:
            if "choices" in value or "text" in value and str(one.get("type")) == "textarea":
                self._findings.add("attributes", str(one.get("from_name", "")))
        if any(number(one.get("score")) is not None for one in parts):
            self._findings.add("scores")
        labels = [label for _, value in values for label in _labels(value)]
        shape = self._shape(*drawn)
        if shape is None:
            return
        if not labels:
            self._findings.add("no_label", str(drawn[0].get("from_name", "")))
        elif len(labels) > 1:
            self._findings.add("several_labels", ", ".join(labels))
        self._marks += [Drawn(shape, label) for label in labels]

    def _whole(self, parts: list[dict[str, Any]]) -> None:
        for one in parts:
            value, name = one.get("value"), str(one.get("from_name", ""))
            chosen = _chosen(value) if isinstance(value, dict) else []
            if chosen:
                self._answers.setdefault(name, []).extend(chosen)
            else:
                kind = str(one.get("type", ""))
                found = (word for part, word in _UNMAPPED.items() if kind.startswith(part))
                self._findings.add(next(found, "fields"), kind or name)

    def _shape(self, one: dict[str, Any], value: dict[str, Any]) -> Shape | None:
        kind = str(one.get("type", ""))
        if "start" in value and "x" not in value:
            return self._span(value)
        if kind.startswith("video") or "sequence" in value:
            self._findings.add("track")
            return None
        if self._text is not None:
            self._findings.add("fields", f"{kind} on a picture or a sound")
            return None
        size = size_of(
            one.get("original_width") or value.get("original_width"),
            one.get("original_height") or value.get("original_height"),
        )
        size = size or self._size
        if number(one.get("image_rotation")):
            self._findings.add("image_turned", f"{one['image_rotation']} degrees")
        if kind.startswith("keypoint") or "keypointlabels" in value:
            self._findings.add("keypoints")
            return None
        if self._shapeless:
            return _PIXEL
        try:
            shape = self._drawn(value, size) if size is not None else None
        except (ValueError, TypeError, OverflowError):
            shape = None
        if shape is None:
            self._findings.add("broken_mark", ", ".join(_labels(value)))
        return shape

    def _drawn(self, value: dict[str, Any], size: tuple[int, int]) -> Shape | None:
        """Raises ValueError, TypeError or OverflowError where it makes no sense."""
        width, height = size
        across, down = width / 100, height / 100
        if "imageDataURL" in value:
            return Mask.of(bits_of(str(value["imageDataURL"])))
        if "rle" in value:
            return from_brush(value["rle"], width, height)
        if "points" in value:
            flat = coordinates([each for point in value["points"] for each in point])
            if flat is None or value.get("closed") is False:
                return None
            return Polygon(
                tuple((snapped(x * across), snapped(y * down)) for x, y in corners(flat))
            )
        angle = number(value.get("rotation") or 0) or 0.0
        if "radiusX" in value:
            found = coordinates([value.get(key) for key in ("x", "y", "radiusX", "radiusY")])
            if found is None:
                return None
            self._findings.add("curve")
            centre = (found[0] * across, found[1] * down)
            return ellipse(centre, found[2] * across, found[3] * down, angle)
        found = coordinates([value.get(key) for key in ("x", "y", "width", "height")])
        if found is None:
            return None
        left, top = found[0] * across, found[1] * down
        box = snapped_box([left, top, left + found[2] * across, top + found[3] * down])
        if not angle % 360:
            return box
        self._findings.add("rotated")
        return turned(box, angle, (left, top))

    def _span(self, value: dict[str, Any]) -> Span | None:
        if self._text is None:
            self._findings.add("fields", "span")
            return None
        span = self._text.span(value)
        if span is None:
            self._findings.add("span_text", str(value.get("text", ""))[:60])
        return span


def _is_drawn(value: dict[str, Any]) -> bool:
    return any(key in value for key in ("x", "points", "rle", "start", "sequence", "imageDataURL"))


def _labels(value: dict[str, Any]) -> list[str]:
    """The classes of a region, whatever its control calls them."""
    found = [one for key, said in value.items() if key.endswith("labels") and isinstance(said, list)
             for one in said]  # fmt: skip
    return list(dict.fromkeys(str(one).strip() for one in found if str(one).strip()))


def _chosen(value: dict[str, Any]) -> list[str]:
    """Choices, or the leaves of a taxonomy with the way to them."""
    choices, taxonomy = value.get("choices"), value.get("taxonomy")
    if isinstance(choices, list):
        return [str(one).strip() for one in choices if str(one).strip()]
    if isinstance(taxonomy, list):
        return [" / ".join(map(str, one)) for one in taxonomy if isinstance(one, list) and one]
    return []
