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
  largest value.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image, ImageOps, ImageSequence

DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")


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
    """A file as uint8 [height, width, channels]: upright RGB, grey, or its own channels."""
    with Image.open(path) as opened:
        if channels not in (1, 3):
            return _channels(opened, channels)
        opened.load()
        image = _rgb(_upright(opened))
    return np.asarray(image) if channels == 3 else np.asarray(image.convert("L"))[..., None]


def _channels(opened: Image.Image, channels: int) -> np.ndarray:
    """A stack of frames, or the bands of the first."""
    if getattr(opened, "n_frames", 1) == channels and len(opened.getbands()) == 1:
        planes = [_grey(frame) for frame in ImageSequence.Iterator(opened)]
    elif len(opened.getbands()) == channels:
        planes = [np.asarray(band) for band in opened.split()]
    else:
        raise ValueError(f"the model takes {channels} channels, this has others")
    return np.stack(planes, axis=-1)


def _grey(frame: Image.Image) -> np.ndarray:
    if frame.mode == "L":
        return np.array(frame)
    return np.array(frame.convert("L")) if frame.mode in "1P" else _stretch(np.asarray(frame))


def _upright(image: Image.Image) -> Image.Image:
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return image  # only the words about the pixels are damaged
    return image


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in DEEP:
        return Image.fromarray(_stretch(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        white = Image.new("RGB", clear.size, (255, 255, 255))
        white.paste(clear, mask=clear.getchannel("A"))
        return white
    return image.convert("RGB")


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
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
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
