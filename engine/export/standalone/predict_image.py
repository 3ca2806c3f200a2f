"""Says what a picture shows, with the model beside this file.

    pip install -r requirements.txt
    python predict.py PICTURE...

Needs Python 3.10 or newer, numpy, pillow and onnxruntime; nothing of Graft.
From the decoded pixels on (resize, crop, normalise), everything is inside
model.onnx. Reading a file into upright 8-bit RGB (or into as many channels as
the model takes) is `read_picture` below:

- EXIF orientation is applied; of an animation the first frame counts.
- Transparent parts lie on white.
- A single channel of more than 8 bits is stretched from its smallest to its
  largest value, and turned where the file says that white is zero.
- Colour of 16 bits keeps the upper 8 of those in use; where the colours are all
  the same, it is a single channel.

DICOM files and a few rare TIFFs are refused: what they hold would be misread here.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import IO, Any

import numpy as np
import onnxruntime
from PIL import Image, ImageOps, ImageSequence

DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
FORMATS = (
    "JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "JPEG2000", "AVIF", "PPM", "DIB", "ICO",
    "PSD", "QOI", "PCX", "SGI", "TGA",
)  # fmt: skip
# What Pillow raises on damaged files, and `read_picture` on those it does not read.
UNREADABLE = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError,
    ArithmeticError, RuntimeError, AssertionError, MemoryError, Image.DecompressionBombError,
)  # fmt: skip
# The lower byte of each number, by the name of the decoder that gives the upper one.
LOWER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
PHOTOMETRIC, BITS, SIGN = 262, 258, 339  # tags of TIFF


class Predictor:
    """The model of a folder. Call it with pixels."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        # Waiting threads sleep instead of spinning, which other programs would pay for.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.channels = int(self._session.get_inputs()[0].shape[2])
        facts = self._session.get_modelmeta().custom_metadata_map
        self.classes: list[str] = json.loads(facts["classes"])

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Float32 [classes] that sum to 1, from uint8 [height, width, channels]."""
        (found,) = self._session.run(["probabilities"], {"image": pixels})
        probabilities: np.ndarray = found[0]
        return probabilities


def read_picture(path: Path | str, channels: int = 3) -> np.ndarray:
    """A file as uint8 [height, width, channels]: upright RGB, grey, or its own channels.

    Raises:
        UNREADABLE: it cannot be read, or not as Graft reads it.
    """
    # Not by its name: Pillow then maps some files into memory and forgets to turn them.
    with open(path, "rb") as stream:
        if stream.read(132)[128:] == b"DICM":
            raise ValueError("a DICOM file; export it from Graft as PNG")
        stream.seek(0)
        opened = Image.open(stream, formats=FORMATS)
        _refuse_misread(opened)
        if channels not in (1, 3):
            return _channels(opened, stream, channels)
        image = _rgb(_decoded(opened, stream))
    return np.asarray(image) if channels == 3 else np.asarray(image.convert("L"))[..., None]


def _refuse_misread(image: Any) -> None:
    """TIFFs whose numbers Pillow takes for others, of which Graft knows."""
    if image.format != "TIFF":
        return
    tags = image.tag_v2
    kind = (tags.get(BITS) or (1,))[0], (tags.get(SIGN) or (1,))[0]
    deep, white, motorola = kind[0] > 8, tags.get(PHOTOMETRIC) == 0, tags.prefix == b"MM"
    planes = kind[0] == 16 and _name(image.tile[0]) in ("R", "G", "B", "A")
    if (
        planes
        or kind[0] == 64
        or kind in ((8, 2), (32, 1))
        or (deep and white and kind not in ((16, 1), (32, 3)))
        or (deep and motorola and (white or kind != (16, 1)))
    ):
        raise ValueError("a TIFF of a rare kind; save it as PNG, or as TIFF of 8 or 16 bits")


def _channels(opened: Any, stream: IO[bytes], channels: int) -> np.ndarray:
    """A stack of frames, or the bands of the first."""
    if getattr(opened, "n_frames", 1) == channels and len(opened.getbands()) == 1:
        planes = [_grey(frame) for frame in ImageSequence.Iterator(opened)]
    elif len(opened.getbands()) != channels:
        raise ValueError(f"the model takes {channels} channels, this has others")
    elif _wide(opened):
        return _eight(_words(opened, stream))
    else:
        planes = [np.asarray(band) for band in opened.split()]
    return np.stack(planes, axis=-1)


def _grey(frame: Image.Image) -> np.ndarray:
    if frame.mode in DEEP:
        return _stretched(frame)
    return np.array(frame if frame.mode == "L" else frame.convert("L"))


def _decoded(image: Any, stream: IO[bytes]) -> Image.Image:
    if not _wide(image):
        image.load()
        return _upright(image)
    bands = _words(image, stream)
    colours, alpha = (bands, None) if bands.shape[2] == 3 else (bands[..., :-1], bands[..., -1:])
    alpha = None if alpha is None else _eight(alpha)
    if (alpha is None or alpha.min() == 255) and (colours == colours[..., :1]).all():
        return Image.fromarray(np.ascontiguousarray(colours[..., 0]))
    shown = np.broadcast_to(_eight(colours), (*colours.shape[:2], 3))
    return Image.fromarray(shown.copy() if alpha is None else np.concatenate([shown, alpha], 2))


def _wide(image: Any) -> bool:
    """Whether there are several channels of 16 bits, of which Pillow keeps 8."""
    base, _, depth = _name(image.tile[0]).partition(";") if image.tile else ("", "", "")
    return base in ("LA", "RGB", "RGBX", "RGBA") and depth[:2] == "16"


def _words(image: Any, stream: IO[bytes]) -> np.ndarray:
    """Uint16 [height, width, 2, 3 or 4], upright. Pillow gives half of it, so it reads twice."""
    name = _name(image.tile[0])
    if name == "LA;16B":
        _set(image, "RGBA")  # grey and alpha, two bytes each
        image.load()
        four = np.asarray(_upright(image)).astype(np.uint16)
        pairs: np.ndarray = four[..., 0::2] << 8 | four[..., 1::2]
        return pairs
    image.load()
    stream.seek(0)
    low = Image.open(stream, formats=[image.format or ""])
    _set(low, name[:-1] + LOWER[name[-1]])
    low.load()
    upper, lower = (np.asarray(_upright(one)) for one in (image, low))
    words: np.ndarray = upper.astype(np.uint16) << 8 | lower
    return words


def _eight(values: np.ndarray) -> np.ndarray:
    used = int(values.max(initial=0)).bit_length()
    return (values >> (next(bits for bits in (8, 10, 12, 14, 16) if used <= bits) - 8)).astype("u1")


def _name(tile: Any) -> str:
    return str(tile.args if isinstance(tile.args, str) else tile.args[0] if tile.args else "")


def _set(image: Any, name: str) -> None:
    image.tile = [
        one._replace(args=name if isinstance(one.args, str) else (name, *one.args[1:]))
        for one in image.tile
    ]


def _upright(image: Image.Image) -> Image.Image:
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return image  # only the words about the pixels are damaged
    return image


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in DEEP:
        return Image.fromarray(_stretched(image)).convert("RGB")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        white = Image.new("RGB", clear.size, (255, 255, 255))
        white.paste(clear, mask=clear.getchannel("A"))
        return white
    return image.convert("RGB")


def _stretched(image: Image.Image) -> np.ndarray:
    grey = _stretch(np.asarray(image))
    return 255 - grey if getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == 0 else grey


def _stretch(values: np.ndarray) -> np.ndarray:
    """Any numbers to 8 bits, the smallest to 0, the largest to 255."""
    counted = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if counted.size == 0 or counted.max() == counted.min():
        return np.zeros(values.shape, np.uint8)
    low, high = float(counted.min()), float(counted.max())
    scaled = (values.astype(np.float64) - low) * (255.0 / (high - low))
    scaled = np.nan_to_num(scaled, nan=0.0, posinf=255.0, neginf=0.0)
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def ranked(predictor: Any, probabilities: np.ndarray, top: int) -> list[tuple[str, float]]:
    best = np.argsort(-probabilities, kind="stable")[:top]
    return [(predictor.classes[place], float(probabilities[place])) for place in best]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Says what a picture shows.")
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    parser.add_argument("--top", type=int, default=3, help="how many classes to print")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args(arguments)
    predictor = Predictor(Path(__file__).resolve().parent)
    failed = 0
    for path in chosen.pictures:
        try:
            pixels = read_picture(path, predictor.channels)
        except UNREADABLE as error:
            print(f"{path}: cannot be read as a picture ({error})", file=sys.stderr)
            failed = 1
            continue
        found = ranked(predictor, predictor(pixels), chosen.top)
        if chosen.json:
            print(json.dumps({"file": str(path), "classes": dict(found)}, ensure_ascii=False))
        else:
            words = ", ".join(f"{name} {share:.1%}" for name, share in found)
            print(f"{path}: {words}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
