"""What a process that reads untrusted files may answer: plain values, arrays, and the records of
this package by name. Nothing of it can run code, whatever has become of that process."""

from __future__ import annotations

import dataclasses
import importlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

# Records by the name they are sent under; no other can be made of an answer.
_RECORDS = {
    "picture": "engine.media.images:Facts",
    "reading": "engine.media.reading:Reading",
    "preset": "engine.media.reading:Preset",
    "frame": "engine.media.frame:Frame",
    "window": "engine.media.tone:Window",
    "table": "engine.media.tone:Table",
    "spacing": "engine.media.dicom_spacing:Spacing",
    "sound": "engine.media.audio:Facts",
    "samples": "engine.media.audio:Sound",
    "outline": "engine.media.listening:Outline",
}
Message = tuple[bytes, list[Any]]  # text, and the buffers it speaks of


def pack(value: Any) -> Message:
    """Raises TypeError: a value that has no place in an answer."""
    buffers: list[Any] = []
    return json.dumps(_plain(value, buffers)).encode(), buffers


def unpack(text: bytes, buffers: list[bytes]) -> Any:
    """What `pack` was given; arrays are read-only. Raises ValueError, KeyError: it was not."""
    return _value(json.loads(text), buffers)


def _plain(value: Any, buffers: list[Any]) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case np.generic():
            return value.item()
        case Path():
            return {"path": str(value)}
        case bytes():
            buffers.append(value)
            return {"bytes": len(buffers) - 1}
        case np.ndarray():
            buffers.append(np.ascontiguousarray(value).reshape(-1).view(np.uint8).data)
            return {"array": [len(buffers) - 1, value.dtype.str, list(value.shape)]}
        case tuple() | list():
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {kind: [_plain(one, buffers) for one in value]}
        case dict():
            return {"dict": {str(key): _plain(one, buffers) for key, one in value.items()}}
    name = _names().get(type(value))
    if name is None:
        raise TypeError(f"{type(value)} has no place in an answer")
    fields = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    return {"record": name, "of": {key: _plain(one, buffers) for key, one in fields.items()}}


def _value(plain: Any, buffers: list[bytes]) -> Any:
    if not isinstance(plain, dict):
        return plain
    match plain:
        case {"path": text}:
            return Path(text)
        case {"bytes": place}:
            return buffers[place]
        case {"array": [place, dtype, shape]}:
            kind = np.dtype(dtype)
            if kind.hasobject:
                raise ValueError("an array of objects")
            return np.frombuffer(buffers[place], kind).reshape(shape)
        case {"tuple": parts}:
            return tuple(_value(one, buffers) for one in parts)
        case {"list": parts}:
            return [_value(one, buffers) for one in parts]
        case {"dict": parts}:
            return {key: _value(one, buffers) for key, one in parts.items()}
        case {"record": name, "of": fields}:
            return _made(name)(**{key: _value(one, buffers) for key, one in fields.items()})
    raise ValueError(f"no answer: {sorted(plain)}")


@cache
def _made(name: str) -> Any:
    module, _, record = _RECORDS[name].partition(":")
    return getattr(importlib.import_module(module), record)


@cache
def _names() -> dict[type[Any], str]:
    return {_made(name): name for name in _RECORDS}
