"""The content hash that items are known by, wherever their file lies: SHA-256 in hex."""

from __future__ import annotations

import hashlib
from pathlib import Path

from engine.media import refusals
from engine.media.opening import open_file


def hash_file(path: Path) -> str:
    """Streamed; raises DataError when the file cannot be read."""
    try:
        with open_file(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise refusals.unopened(path, error) from error


def hash_bytes(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def hash_text(text: str) -> str:
    """Of the UTF-8 form; half characters that no encoding knows are replaced."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
