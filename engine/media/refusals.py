"""Why a file cannot be used, in a person's words."""

from __future__ import annotations

import errno
from pathlib import Path

from engine.errors import DataError

MAX_PIXELS = 178_956_970  # the size at which Pillow speaks of a decompression bomb

_TIFF = (
    "a damaged TIFF, or one of a kind that Graft does not read, such as numbers of 10 or 64 bits"
)

# What a file that is no picture often turns out to be, by its first bytes.
_DISGUISES = (
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML file"),
    (b"<svg", "an SVG drawing"),
    (b"%pdf", "a PDF document"),
    (b"pk\x03\x04", "a ZIP archive or an office document"),
    (b"%!ps", "a PostScript document"),
    (b"{", "a JSON file"),
    (b"ii*\0", _TIFF),
    (b"mm\0*", _TIFF),
    (b"ii+\0", _TIFF),
    (b"mm\0+", _TIFF),
    (b"\xff\xd8\xff", "a JPEG of a kind that is read only inside DICOM: 12 bits, or without loss"),
    (b"\0\0\0\x0cjxl ", "a JPEG XL picture, which Graft does not read"),
    (b"\xff\x0a", "a JPEG XL picture, which Graft does not read"),
)


# How decoders say that a file ends too early.
_SHORT = ("truncated", "less than expected")


def unopened(path: Path, error: OSError | ValueError) -> DataError:
    """The file could not be opened or read at all."""
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENOTDIR):
        return gone(path)
    if number in (errno.EACCES, errno.EPERM):
        return DataError(
            "The file may not be read",
            f"This account has no right to read {path.name}.",
            "Give yourself the right to read it, then check the items again.",
            subject=str(path),
        )
    if number == errno.ENAMETOOLONG or isinstance(error, ValueError):
        return DataError(
            "The file's name cannot be used",
            f"The system takes no file name like this one ({error}).",
            "Correct the name.",
            subject=str(path),
        )
    return DataError(
        "The file cannot be read",
        f"Reading {path.name} failed: {getattr(error, 'strerror', None) or error}.",
        "Check the disk or the network it lies on, then check the items again.",
        subject=str(path),
    )


def gone(path: Path) -> DataError:
    return DataError(
        "The file is gone",
        f"There is no {path.name} in {path.parent}.",
        "Put it back, or show Graft the folder it has moved to.",
        subject=str(path),
    )


def no_file(path: Path) -> DataError:
    return DataError(
        "This is not a file",
        f"{path.name} is a folder or a device.",
        "Choose a file.",
        subject=str(path),
    )


def empty(path: Path) -> DataError:
    return DataError(
        "The file is empty",
        f"{path.name} holds no bytes; a copy or download was probably cut off.",
        "Copy it again from where it came from, or remove it.",
        subject=str(path),
    )


def no_picture(path: Path, head: bytes) -> DataError:
    start = head.lstrip().lower()
    disguise = next((what for mark, what in _DISGUISES if start.startswith(mark)), None)
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        disguise = "a HEIF picture, as phones make them, which Graft does not read"
    return DataError(
        "This is not a picture that Graft can read",
        f"Judged by its content, {path.name} is {disguise or 'of no picture format Graft knows'}.",
        "Save it as PNG, JPEG or TIFF, or remove it.",
        subject=str(path),
    )


def too_large(path: Path, width: int, height: int) -> DataError:
    return DataError(
        "The picture is too large",
        f"{path.name} says it has {width:,} x {height:,} pixels. "
        f"Graft reads up to {MAX_PIXELS:,}, so that one file cannot fill the memory.",
        "Cut it into tiles or save it smaller.",
        subject=str(path),
    )


def no_frame(path: Path, index: int, frames: int) -> DataError:
    return DataError(
        "There is no such frame",
        f"{path.name} holds {frames:,}, and number {index + 1:,} was asked for.",
        "Choose another frame.",
        subject=str(path),
    )


def no_memory(path: Path) -> DataError:
    return DataError(
        "The picture does not fit into the memory",
        f"Decoding {path.name} takes more memory than is free now.",
        "Close other programs, or save the picture smaller.",
        subject=str(path),
    )


def too_slow(path: Path, seconds: float) -> DataError:
    return DataError(
        "The file takes too long to read",
        f"Reading {path.name} took longer than {seconds:g} seconds and was broken off, "
        "so that the other files can be read.",
        "Save it anew from another program, or remove it.",
        subject=str(path),
    )


def too_hungry(path: Path, memory: int) -> DataError:
    return DataError(
        "The file needs too much memory",
        f"Reading {path.name} needed more memory than {memory / (1 << 30):.3g} GB and was "
        "broken off, so that the other files can be read.",
        "Save it smaller, cut it into tiles, or remove it.",
        subject=str(path),
    )


def ended_reader(path: Path, code: int | None) -> DataError:
    return DataError(
        "The file cannot be read",
        f"{path.name} ended the process that read it: it is damaged in a way that its decoder "
        "does not survive.",
        "Copy it again from where it came from, save it anew from another program, or remove it.",
        details=f"exit status {code}",
        subject=str(path),
    )


def damaged(path: Path, error: BaseException, details: str | None = None) -> DataError:
    """`details`: to show instead of the error's own words."""
    own = str(error) or type(error).__name__
    said = own if details is None else details
    if any(word in own.lower() for word in _SHORT) or isinstance(error, EOFError):
        return DataError(
            "The picture is cut off",
            f"{path.name} ends before the picture does; a copy or download was probably cut off.",
            "Copy it again from where it came from, or remove it.",
            details=said,
            subject=str(path),
        )
    return DataError(
        "The picture is damaged",
        f"{path.name} begins like a picture, but cannot be decoded.",
        "Copy it again from where it came from, save it anew from another program, or remove it.",
        details=said,
        subject=str(path),
    )


def changed(path: Path) -> DataError:
    return DataError(
        "The file has changed",
        f"{path.name} is not the file that was imported: its content is different now.",
        "Import the folder again to take the new content, or put the old file back.",
        subject=str(path),
    )
