"""Pictures of several channels that are no colours: bands of one frame, or frames of one file."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageSequence

from engine.errors import DataError
from engine.media import tiff
from engine.media.decoding import deep, eight, grey, wide, words
from engine.media.images import FORMATS, opened, read_image


def read_planes(path: Path, channels: int) -> list[Image.Image]:
    """One picture in colour (3 channels) or grey (1), or a grey one for each of its channels.

    Raises:
        DataError: as engine.media.images.read_image; or it has another number of channels.
    """
    if channels == 3:
        return [read_image(path)]
    if channels == 1:
        return [read_image(path).convert("L")]
    return _read_channels(path, channels)


def _read_channels(path: Path, count: int) -> list[Image.Image]:
    """Each channel as an 8-bit grey picture.

    A file fits when it has `count` frames of one channel and one size (a stack, as
    microscopes write it), or when its first frame has `count` bands (red, green,
    blue and a fourth, for example).
    """
    with opened(path) as (stream, _):
        picture = Image.open(stream, formats=FORMATS)
        frames = int(getattr(picture, "n_frames", 1))
        bands = len(picture.getbands())
        tiff.mend(picture)
        if frames == count and bands == 1:
            planes = [_grey(frame) for frame in ImageSequence.Iterator(picture)]
        elif bands == count and wide(picture):
            both = eight(words(picture, stream))
            planes = [Image.fromarray(both[..., band]) for band in range(both.shape[2])]
        elif bands == count:
            planes = list(picture.split())
        else:
            planes = []
    if not planes or len({plane.size for plane in planes}) > 1:
        raise DataError(
            "The picture has other channels than the model takes",
            f"{path.name} has {_counted(bands, 'channel')} in "
            f"{_counted(frames, 'frame')}; the model was made to take {count}.",
            "Choose the number of channels that your pictures have, on the Layers page, or leave "
            "it to the model.",
            subject=str(path),
        )
    return planes


def _grey(frame: Image.Image) -> Image.Image:
    """A frame of any depth in 8 bits."""
    tiff.mend(frame)
    if deep(frame):
        return grey(frame)
    return frame.copy() if frame.mode == "L" else frame.convert("L")


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
