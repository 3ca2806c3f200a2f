"""Pictures in their full depth, one frame at a time, for a person who reads them.

What the model is trained on comes from the same frames by the same tones: `Reading.tone`
shows the first frame exactly as `engine.media.images.read_image` does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, UnidentifiedImageError

from engine.media import images, refusals
from engine.media.decoding import decoded, deep, numbers, rgb, white_is_zero
from engine.media.dicom_spacing import Spacing
from engine.media.frame import Frame
from engine.media.tone import Table, Tone, Window, spread

# Centre and width in Hounsfield units, as radiology teaches them.
CT = (
    ("Soft tissue", Window(40, 400)),
    ("Lung", Window(-600, 1500)),
    ("Bone", Window(400, 1800)),
    ("Brain", Window(40, 80)),
)


@dataclass(frozen=True)
class Preset:
    """A tone with a name; `own`: the file brings it."""

    name: str
    tone: Tone
    own: bool


@dataclass(frozen=True)
class Reading:
    """What stands about a picture beside its values. Sizes in px, upright."""

    path: Path
    width: int
    height: int
    frames: int
    colour: bool
    tone: Tone
    inverted: bool  # small values are bright: MONOCHROME1, or TIFF's white is zero
    presets: tuple[Preset, ...]
    spacing: Spacing | None = None
    modality: str = ""
    unit: str = ""  # of the values: HU, for example

    def at(self, frame: Frame) -> Reading:
        """The same, with what one of its frames says for itself."""
        return replace(self, inverted=frame.inverted, spacing=frame.spacing)


def open_reading(path: Path | str) -> tuple[Reading, Frame]:
    """What there is to know of a picture, and its first frame.

    Raises:
        DataError: as engine.media.images.read_image.
    """
    path = Path(path)
    with images.opened(path) as (stream, head):
        if images.is_dicom_content(path, stream, head):
            return _dicom(path, stream)
        frame, frames = _picture(path, stream, head, 0)
        height, width = frame.stored.shape[:2]
        whole = _whole(frame)
        presets = () if frame.colour else (Preset("Whole range", whole, False),)
        reading = Reading(
            path, width, height, frames, frame.colour, frame.tone, frame.inverted, presets
        )
        return reading, frame


def read_frame(path: Path | str, index: int) -> Frame:
    """One frame, counted from 0; the others are not held.

    Raises:
        DataError: as `open_reading`, or there is no such frame.
    """
    path = Path(path)
    with images.opened(path) as (stream, head):
        if images.is_dicom_content(path, stream, head):
            from engine.media import dicom

            return dicom.read_frame(path, stream, index)[0]
        return _picture(path, stream, head, index)[0]


def seen_by_model(path: Path | str) -> Frame:
    """What training and prediction take from the file: (height, width, 3) uint8, upright RGB.

    Raises:
        DataError: as engine.media.images.read_image.
    """
    return Frame(np.asarray(images.read_image(path)), None, Window.between(0, 255), False)


def _dicom(path: Path, stream: IO[bytes]) -> tuple[Reading, Frame]:
    from engine.media import dicom, dicom_grey

    frame, data = dicom.read_frame(path, stream, 0)
    height, width = frame.stored.shape[:2]
    modality = str(data.get("Modality", "") or "")
    unit = _unit(modality, str(data.get("RescaleType", "") or ""), frame)
    presets: list[Preset] = []
    if not frame.colour:
        if isinstance(frame.tone, Table):
            presets.append(Preset("Table of the file", frame.tone, True))
        for number, (name, window) in enumerate(dicom_grey.windows(data), start=1):
            presets.append(Preset(name or f"Window {number} of the file", window, True))
        if unit == "HU":
            presets += [Preset(name, window, False) for name, window in CT]
        presets.append(Preset("Whole range", _whole(frame), False))
    reading = Reading(
        path, width, height, max(1, int(data.get("NumberOfFrames") or 1)), frame.colour,
        frame.tone, frame.inverted, tuple(presets), frame.spacing, modality, unit,
    )  # fmt: skip
    return reading, frame


def _unit(modality: str, rescale: str, frame: Frame) -> str:
    """CT values are Hounsfield units when they were rescaled, whether or not the file says so."""
    if rescale.strip().upper() in ("US", "UNSPECIFIED"):
        return ""
    if rescale:
        return rescale.strip()
    rescaled = frame.units is not None and float(frame.units[0]) < -500
    return "HU" if modality == "CT" and rescaled else ""


def _whole(frame: Frame) -> Window:
    return Window.between(0, 255) if frame.colour else spread(frame.values)


def _picture(path: Path, stream: IO[bytes], head: bytes, index: int) -> tuple[Frame, int]:
    """A frame of what Pillow opens, and how many there are."""
    try:
        image = Image.open(stream, formats=images.FORMATS)
    except UnidentifiedImageError as error:
        raise refusals.no_picture(path, head) from error
    images.refuse_giant(path, image.size)
    frames = images.count_frames(image)
    if not 0 <= index < frames:
        raise refusals.no_frame(path, index, frames)
    if index:
        image.seek(index)
        images.refuse_giant(path, image.size)
    shown = decoded(image, stream)
    if deep(shown):
        stored = numbers(shown)
        whole = stored.dtype.itemsize == 4 and stored.dtype.kind in "iu" and stored.size > 0
        if whole and 0 <= stored.min() <= stored.max() < 65536:
            stored = stored.astype(np.uint16)  # half the memory, and a table shows it
        return Frame(stored, None, spread(stored), False, white_is_zero(shown)), frames
    plain = shown.mode in ("1", "L") and "transparency" not in shown.info
    stored = np.asarray(shown.convert("L") if plain else rgb(shown))
    return Frame(stored, None, Window.between(0, 255), False), frames
