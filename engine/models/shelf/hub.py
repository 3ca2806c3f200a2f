"""What a Hugging Face hub has of a model: its files at one commit, with sizes and checksums.

Asked over the same line as the files themselves, so that a person can leave at any
time, and nothing but the name of the model is told to the hub.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx2

from engine.errors import ModelError
from engine.models.shelf import answers, plain_names
from engine.models.shelf.fetching import Source, refuse_address
from engine.models.shelf.line import Busy, Line
from engine.models.shelf.needed import Needed, needed

SWITCH = "HF_ENDPOINT"  # address of another hub, as the library of Hugging Face reads it
_HUB = "https://huggingface.co"
_NAME = re.compile(r"([\w.-]+/)?[\w.-]+", re.ASCII)
_LARGEST_SMALL = 256 << 20  # bytes of a file beside the weights
_LARGEST_LISTING = 64 << 20  # bytes


@dataclass(frozen=True)
class Listing:
    """The files that Graft takes of a model."""

    commit: str
    sources: dict[str, Source]  # by name, with '/' between parts
    needed: Needed


def listing(name: str, line: Line, endpoint: str | None = None) -> Listing:
    """Asks the hub, once, and again while it is busy.

    Args:
        endpoint: address of a hub, None: what HF_ENDPOINT says, or Hugging Face's own.

    Raises:
        ModelError: no such model, not given out, no weights Graft reads, or no answer.
        ConfigurationError: the address is none.
        Cancelled: the person asked for the end.
    """
    address = (endpoint or os.environ.get(SWITCH) or _HUB).rstrip("/")
    refuse_address(address)
    if not _NAME.fullmatch(name) or "--" in name or ".." in name:
        raise answers.refused(404, address, name)
    url = f"{address}/api/models/{name}?blobs=true"
    try:
        commit, said = _read(line.patiently(lambda: _asked(url, name, line)))
    except (httpx2.HTTPError, Busy) as error:
        raise answers.lost(error, name) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise answers.no_listing(address, name, error) from error
    chosen = needed(file for file in said if not plain_names.objection(file))
    _refuse_unusable(name, chosen)
    sources: dict[str, Source] = {}
    for file in chosen.files:
        size, sha256, git = said[file]
        if file not in chosen.small or (size or 0) <= _LARGEST_SMALL:
            url = f"{address}/{name}/resolve/{quote(commit, safe='')}/{quote(file)}"
            sources[file] = Source(url, size, sha256, "" if sha256 else git)
    return Listing(commit, sources, chosen)


def _asked(url: str, name: str, line: Line) -> bytes:
    response = line.open(url, {})
    try:
        status = response.status_code
        if status in (408, 425, 429) or status >= 500:
            raise Busy(status)
        if status != 200:
            raise answers.refused(status, url, name)
        answer = bytearray()
        for piece in line.chunks(response):
            answer += piece
            if len(answer) > _LARGEST_LISTING:
                raise ValueError("it is endless")
        return bytes(answer)
    finally:
        line.close(response)


def _read(answer: bytes) -> tuple[str, dict[str, tuple[int | None, str, str]]]:
    """The commit; size, SHA-256 and git's SHA-1 of every file, as far as they are said."""
    wire = json.loads(answer)
    found: dict[str, tuple[int | None, str, str]] = {}
    for row in wire["siblings"]:
        large: dict[str, Any] = row.get("lfs") or {}
        size = row.get("size", large.get("size"))
        if size is not None and (not isinstance(size, int) or size < 0):
            raise ValueError(f"size of {row['rfilename']}")
        sums = str(large.get("sha256") or ""), str(row.get("blobId") or "")
        found[str(row["rfilename"])] = (size, *sums)
    return str(wire.get("sha") or "main"), found


def _refuse_unusable(name: str, chosen: Needed) -> None:
    if "config.json" not in chosen.small or not chosen.weights:
        lacking = "config.json" if chosen.weights else "weights in a form that Graft reads"
        raise ModelError(
            "The model cannot be used",
            f"There is no {lacking} in {name}. Graft reads model.safetensors, or "
            "pytorch_model.bin where that is all there is.",
            "Choose another model of its family.",
            subject=name,
        )
