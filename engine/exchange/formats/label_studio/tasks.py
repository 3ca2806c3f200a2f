"""Label Studio's tasks in one form, whichever of its two JSON exports they come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from engine.exchange.pictures import plain_path
from engine.media import audio
from engine.media.images import EXTENSIONS

_OF_MIN = ("annotator", "annotation_id", "lead_time", "created_at", "updated_at", "id")
_LISTS = ("annotations", "completions", "predictions")
_LONGEST_CLASS = 100  # characters; an answer that is longer is a text
TEXTS = ("text", "content", "sentence", "document", "message", "ner", "article", "review")


@dataclass(frozen=True)
class Annotation:
    """What one reader said of a task."""

    reader: str
    results: list[dict[str, Any]]
    cancelled: bool = False
    truth: bool = False
    when: str = ""


@dataclass(frozen=True)
class Task:
    id: str
    position: int  # in its file, from 1
    data: dict[str, Any]
    annotations: list[Annotation]
    predictions: int = 0

    @property
    def targets(self) -> list[str]:
        """The fields of `data` that annotations are of, as they name them."""
        found = [
            str(one.get("to_name")).lstrip("$")
            for annotation in self.annotations
            for one in annotation.results
        ]
        return list(dict.fromkeys(found))


def is_task(raw: Any) -> bool:
    """Whether an object of a list looks like a task, of either export."""
    if not isinstance(raw, dict):
        return False
    if isinstance(raw.get("data"), dict):
        listed = any(isinstance(raw.get(name), list) for name in _LISTS)
        return listed or "id" in raw or raw.keys() <= {"data", "meta"}
    return "annotation_id" in raw or ("annotator" in raw and "lead_time" in raw)


def tasks_in(listed: list[Any]) -> Iterator[Task]:
    """In their order; the records of one task in JSON-MIN, one a reader, are one task."""
    held: Task | None = None
    for position, raw in enumerate(listed, start=1):
        if not is_task(raw):
            task = Task(f"number {position}", position, {}, [])
        elif isinstance(raw.get("data"), dict):
            task = _full(raw, position)
        else:
            task = _min(raw, position)
            if held is not None and (held.id, held.data) == (task.id, task.data):
                held.annotations.extend(task.annotations)
                continue
        if held is not None:
            yield held
        held = task
    if held is not None:
        yield held


def _full(raw: dict[str, Any], position: int) -> Task:
    said = raw.get("annotations") or raw.get("completions") or []
    listed = said if isinstance(said, list) else []
    annotations = [_annotation(one) for one in listed if isinstance(one, dict)]
    predictions = raw.get("predictions")
    count = len(predictions) if isinstance(predictions, list) else 0
    return Task(str(raw.get("id", position)), position, raw["data"], annotations, count)


def _annotation(raw: dict[str, Any]) -> Annotation:
    results = raw.get("result")
    return Annotation(
        _reader(raw.get("completed_by")),
        [one for one in results if isinstance(one, dict)] if isinstance(results, list) else [],
        bool(raw.get("was_cancelled") or raw.get("skipped")),
        bool(raw.get("ground_truth")),
        str(raw.get("updated_at") or raw.get("created_at") or ""),
    )


def _reader(said: Any) -> str:
    """A name for who did it that tells no address: readers are told apart, not looked up."""
    if isinstance(said, dict):
        name = f"{said.get('first_name') or ''} {said.get('last_name') or ''}".strip()
        return name or _reader(said.get("id") if said.get("id") is not None else said.get("email"))
    if said is None or isinstance(said, list | bool):
        return ""
    return str(said).partition("@")[0] if "@" in str(said) else f"annotator {said}"


def _min(raw: dict[str, Any], position: int) -> Task:
    """JSON-MIN: the task's data, its number and each control's answer lie side by side."""
    names = list(raw)
    after = names[names.index("id") + 1 :] if "id" in raw else names
    data: dict[str, Any] = {}
    results: list[dict[str, Any]] = []
    for name, value in raw.items():
        if name in _OF_MIN:
            continue
        found = list(_answers(name, value, name in after))
        results += found
        if not found:
            data[name] = value
    who, when = _reader(raw.get("annotator")), str(raw.get("updated_at") or "")
    annotation = Annotation(who, results, when=when)
    return Task(str(raw.get("id", position)), position, data, [annotation])


def _answers(name: str, value: Any, behind: bool) -> Iterator[dict[str, Any]]:
    """`behind`: it stands behind the task's number, as the answers do."""
    if isinstance(value, dict) and "choices" in value:
        chosen = value["choices"]
        yield _result(name, {"choices": chosen if isinstance(chosen, list) else [chosen]})
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        yield from (_result(name, one) for one in value if _is_region(one))
    elif behind and isinstance(value, str) and not is_address(value) and name not in TEXTS:
        short = len(value) <= _LONGEST_CLASS and "\n" not in value
        yield _result(name, {"choices": [value]} if short else {"text": [value]})
    elif behind and isinstance(value, int | float | list):
        yield _result(name, {"answer": value})


def _is_region(one: dict[str, Any]) -> bool:
    """Regions tell the labels they have, or where they lie."""
    labelled = any(key == "labels" or key.endswith("labels") for key in one)
    return (
        labelled
        or {"x", "y"} <= one.keys()
        or {"start", "end"} <= one.keys()
        or ("rle" in one or "points" in one or "taxonomy" in one)
    )


def _result(name: str, value: dict[str, Any]) -> dict[str, Any]:
    kind = next((key for key in value if key in ("choices", "taxonomy")), None)
    kind = kind or next((key for key in value if key.endswith("labels")), name)
    sizes = {key: value.get(key) for key in ("original_width", "original_height")}
    return {"from_name": name, "type": kind, "value": value, **sizes}


def is_picture(value: str) -> bool:
    return _ends_in(value, EXTENSIONS)


def is_sound(value: str) -> bool:
    return _ends_in(value, audio.EXTENSIONS)


def _ends_in(value: str, suffixes: frozenset[str]) -> bool:
    return len(value) < 4096 and PurePosixPath(plain_path(value)).suffix.lower() in suffixes


def is_address(value: str) -> bool:
    """Whether a text is the place of a file, and not words."""
    address = "://" in value.partition(" ")[0] or value.startswith("/data/")
    return address or is_picture(value) or is_sound(value)
