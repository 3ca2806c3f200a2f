"""Reading text: one normal form, so that the same words are the same item."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path

from engine.errors import DataError
from engine.media import refusals
from engine.media.opening import open_file

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def normalise(text: str, subject: str = "") -> str:
    """Composed characters (NFC), '\\n' between lines, no blank ends; the words stay as they are.

    Raises:
        DataError: nothing is left. Its subject is `subject`.
    """
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    clean = clean.replace("\0", "").strip()
    if not clean:
        raise DataError(
            "The text is empty",
            f"There are no words in {subject or 'this text'}.",
            "Fill it in, or remove it.",
            subject=subject,
        )
    return clean


def encoding_of(head: bytes, whole: bool = False) -> str:
    """The encoding of a text file: by its mark, else UTF-8 where it fits, else Windows-1252.

    Args:
        head: the file's first bytes, or all of them.
        whole: `head` is all; a character cut off at its end counts as an error.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=whole)
    except UnicodeDecodeError:
        return western(head)
    return "utf-8"


def western(content: bytes) -> str:
    """Windows-1252 where it fits; Latin-1, which fits anything, for what it leaves out."""
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def read_text(path: Path) -> str:
    """A text file in normal form. Raises DataError: unreadable or empty."""
    try:
        with open_file(path) as stream:
            content = stream.read()
    except (OSError, ValueError) as error:
        raise refusals.unopened(path, error) from error
    return normalise(content.decode(encoding_of(content, whole=True), "replace"), str(path))


def encoding_of_file(path: Path) -> str:
    """As `encoding_of`, for a file of any length. Raises DataError when it cannot be read."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_file(path) as stream:
        head = stream.read(4)
        marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
        if marked:
            return marked
        stream.seek(0)
        try:
            while part := stream.read(1 << 20):
                decoder.decode(part)
            decoder.decode(b"", final=True)
            return "utf-8"
        except UnicodeDecodeError:
            stream.seek(0)
            parts = iter(lambda: stream.read(1 << 20), b"")
            return "cp1252" if all(western(part) == "cp1252" for part in parts) else "latin-1"
