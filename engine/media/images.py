"""Reading pictures: any file to upright 8-bit RGB, or a refusal in words.

How what is not plain RGB becomes RGB, everywhere in Graft:
- EXIF or XMP orientation is applied; of an animation or a stack, the first frame counts.
- Transparent parts lie on white. Palette, 1-bit, CMYK and LAB are converted by Pillow;
  other colour profiles are not applied, as the libraries models are trained with do not.
- A single channel of more than 8 bits is stretched from its smallest to its largest
  value (see `engine.media.greys`), and turned where the file says that white is zero.
  Colour of more than 8 bits keeps the upper 8 of those in use; where the colours are
  all the same, it is a single channel (see `engine.media.decoding`).
- DICOM: see `engine.media.dicom`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import ExifTags, Image, UnidentifiedImageError

from engine.errors import DataError
from engine.media import refusals
from engine.media.decoding import BROKEN as BROKEN
from engine.media.decoding import decoded, rgb
from engine.media.opening import open_file
from engine.media.quiet import quiet

# By extension, for finding files; what a file is, its content decides.
EXTENSIONS = frozenset((
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".bmp", ".dib", ".gif", ".tif", ".tiff",
    ".webp", ".avif", ".jp2", ".j2k", ".jpx", ".mpo", ".pgm", ".ppm", ".pbm", ".pnm", ".ico",
    ".psd", ".qoi", ".tga", ".pcx", ".sgi", ".dcm", ".dicom", ".ima",
))  # fmt: skip
# Not all that Pillow knows: some formats start other programs (EPS) or fit almost any file.
FORMATS = (
    "JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "JPEG2000", "AVIF", "PPM", "DIB", "ICO",
    "PSD", "QOI", "PCX", "SGI", "TGA",
)  # fmt: skip
_SIDEWAYS = (5, 6, 7, 8)  # orientations that swap width and height
_DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")


@dataclass(frozen=True)
class Facts:
    """What a file's header says. `mode` is Pillow's, or DICOM's photometric interpretation."""

    width: int  # px, upright
    height: int  # px, upright
    mode: str
    frames: int = 1
    dicom: bool = False


def read_image(path: Path | str, *, at_least: int | None = None) -> Image.Image:
    """The picture as upright 8-bit RGB.

    Args:
        at_least: px; a JPEG may be decoded smaller than it is (by 2, 4 or 8, much
            faster), but neither side falls below this. For thumbnails.

    Raises:
        DataError: missing, unreadable, empty, no picture, damaged, cut off, too large.
            Its subject is the path.
    """
    path = Path(path)
    with opened(path) as (stream, head):
        if _is_dicom(head):
            return _dicom(path, stream)
        try:
            image = Image.open(stream, formats=FORMATS)
            refuse_giant(path, image.size)
            if at_least is not None:
                image.draft("RGB", (at_least, at_least))
            return rgb(decoded(image, stream))
        except UnidentifiedImageError as error:
            if path.suffix.lower() in _DICOM_SUFFIXES:
                return _dicom(path, stream)
            raise refusals.no_picture(path, head) from error


def inspect(path: Path | str, stream: IO[bytes] | None = None) -> Facts:
    """What the header says, without decoding: fast, and no promise that the rest is whole.

    Args:
        stream: the file's content, where it is at hand already.

    Raises:
        DataError: as `read_image`, as far as the header tells.
    """
    path = Path(path)
    with opened(path, stream) as (file, head):
        if _is_dicom(head):
            return _dicom_facts(path, file)
        try:
            image = Image.open(file, formats=FORMATS)
            refuse_giant(path, image.size)
            width, height = image.size
            # Pillow turns TIFF's size by itself.
            if image.format != "TIFF" and _orientation(image) in _SIDEWAYS:
                width, height = height, width
            return Facts(width, height, image.mode, count_frames(image))
        except UnidentifiedImageError as error:
            if path.suffix.lower() in _DICOM_SUFFIXES:
                return _dicom_facts(path, file)
            raise refusals.no_picture(path, head) from error


@contextmanager
def opened(path: Path, stream: IO[bytes] | None = None) -> Iterator[tuple[IO[bytes], bytes]]:
    """An open file and its first bytes; whatever goes wrong inside comes out as a DataError."""
    quiet()
    own = stream is None
    try:
        if stream is None:
            stream = open_file(path)
        head = stream.read(132)
    except (OSError, ValueError) as error:
        if own and stream is not None:
            stream.close()
        raise refusals.unopened(path, error) from error
    try:
        if not head:
            raise refusals.empty(path)
        stream.seek(0)
        yield stream, head
    except Image.DecompressionBombError as error:
        raise _giant(path, error) from error
    except MemoryError as error:
        raise refusals.no_memory(path) from error
    except BROKEN as error:
        raise refusals.damaged(path, error) from error
    finally:
        if own:
            stream.close()


def _orientation(image: Image.Image) -> int:
    try:
        # Not the PNG plugin's own method, which decodes the picture to look behind it.
        return int(Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1))
    except BROKEN:
        return 1


def count_frames(image: Image.Image) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except BROKEN:
        return 1


def refuse_giant(path: Path, size: tuple[int, int]) -> None:
    if size[0] * size[1] > refusals.MAX_PIXELS:
        raise refusals.too_large(path, *size)


def _giant(path: Path, error: BaseException) -> DataError:
    return DataError(
        "The picture is too large",
        f"{path.name} unpacks to more than {refusals.MAX_PIXELS:,} pixels, "
        "far more than its few bytes should hold.",
        "Cut it into tiles or save it smaller. If you do not know where it comes from, remove it.",
        details=str(error),
        subject=str(path),
    )


def is_dicom(path: Path) -> bool:
    """Whether a file is read as DICOM: by its content, whatever its name, or else by its name."""
    try:
        with opened(path) as (stream, head):
            return is_dicom_content(path, stream, head)
    except DataError:
        return False


def _is_dicom(head: bytes) -> bool:
    """By the mark after the preamble; or, of files without one, by their first element."""
    if head[128:132] == b"DICM":
        return True
    kind, size = head[4:6], int.from_bytes(head[4:8], "little")
    first = head[:2] in (b"\x02\0", b"\x08\0") and head[3:4] == b"\0"
    return first and ((kind.isalpha() and kind.isupper()) or 0 < size <= 64)


def is_dicom_content(path: Path, stream: IO[bytes], head: bytes) -> bool:
    """As `is_dicom`, of an open file and its first bytes."""
    if _is_dicom(head):
        return True
    if path.suffix.lower() not in _DICOM_SUFFIXES:
        return False
    try:
        Image.open(stream, formats=FORMATS)
    except UnidentifiedImageError:
        return True
    finally:
        stream.seek(0)
    return False


def _dicom(path: Path, stream: IO[bytes]) -> Image.Image:
    from engine.media import dicom  # slow to load, and most projects hold none

    stream.seek(0)
    return dicom.read(path, stream)


def _dicom_facts(path: Path, stream: IO[bytes]) -> Facts:
    from engine.media import dicom

    stream.seek(0)
    width, height, mode, frames = dicom.facts(path, stream)
    return Facts(width, height, mode, frames, dicom=True)
