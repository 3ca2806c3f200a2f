"""Four sets of real pictures for classification, some of them cut out of larger pictures."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from sklearn.datasets import load_digits

from benchmarks import material

PATCH = 48  # pixels across, of a nucleus and its surroundings
A_PICTURE = 6  # patches of a kind, of a microscope picture at most
ByClass = dict[str, list[Path]]


@dataclass(frozen=True)
class Pictures:
    """Files by class. What was cut out of one picture is all in one of the two."""

    train: ByClass
    test: ByClass


def sets(folder: Path) -> dict[str, Pictures]:
    """What is cut or drawn is written into `folder`."""
    return {
        "img_clothing": Pictures(_clothes("train"), _clothes("validation")),
        "det_bccd, cells": _halves(cells(folder)),
        "seg_nuclei, patches": _halves(nuclei(folder)),
        "digits": _digits(folder),
    }


def _clothes(part: str) -> ByClass:
    places = sorted((material.DATA / "img_clothing" / part).iterdir())
    return {place.name: sorted(place.iterdir()) for place in places if place.is_dir()}


def cells(folder: Path) -> ByClass:
    """Every box of det_bccd as a picture of its own: PICTURE-NUMBER.png."""
    found: ByClass = {}
    source = material.DATA / "det_bccd"
    for file in sorted((source / "annotations").glob("*.xml")):
        picture = source / "images" / f"{file.stem}.jpg"
        if not picture.is_file():
            continue
        with Image.open(picture) as opened:
            for number, box in enumerate(ET.parse(file).getroot().iter("object")):
                name, edges = str(box.findtext("name")), box.find("bndbox")
                assert edges is not None
                ends = [int(edges.findtext(end) or 0) for end in ("xmin", "ymin", "xmax", "ymax")]
                if ends[2] - ends[0] < 8 or ends[3] - ends[1] < 8:
                    continue
                made = folder / f"{file.stem}-{name}{number}.png"
                opened.crop(tuple(ends)).save(made)
                found.setdefault(name, []).append(made)
    return found


def nuclei(folder: Path) -> ByClass:
    """Patches of seg_nuclei: a nucleus in the middle, the edge of one, or none near."""
    found: ByClass = {"background": [], "edge": [], "nucleus": []}
    source = material.DATA / "seg_nuclei"
    for number, file in enumerate(sorted((source / "images").glob("*.png"))):
        with Image.open(file) as opened, Image.open(source / "instances" / file.name) as numbers:
            picture, mask = opened.convert("RGB"), np.asarray(numbers)
        draw = np.random.default_rng(number)
        for kind, places in _middles(mask).items():
            for down, across in draw.permutation(places)[:A_PICTURE]:
                made = folder / f"{file.stem}-{kind}{down}x{across}.png"
                half = PATCH // 2
                box = (across - half, down - half, across + half, down + half)
                picture.crop(tuple(int(end) for end in box)).save(made)
                found[kind].append(made)
    return found


def _middles(mask: NDArray[np.generic]) -> dict[str, NDArray[np.int64]]:
    """Places [n, 2] whose whole patch lies within the picture."""
    half = PATCH // 2
    inner = np.zeros(mask.shape, bool)
    inner[half:-half, half:-half] = True
    edge = np.zeros(mask.shape, bool)
    edge[1:-1, 1:-1] = (mask[1:-1, 1:-1] != mask[:-2, 1:-1]) | (mask[1:-1, 1:-1] != mask[1:-1, :-2])
    around = ndimage.maximum_filter(mask > 0, size=17)
    middles = [
        np.argwhere(mask == one).mean(0).astype(np.int64) for one in np.unique(mask[mask > 0])
    ]
    inside = [place for place in middles if mask[tuple(place)] and inner[tuple(place)]]
    return {
        "background": np.argwhere(inner & ~around),
        "edge": np.argwhere(inner & edge),
        "nucleus": np.asarray(inside, np.int64).reshape(-1, 2),
    }


def _digits(folder: Path) -> Pictures:
    pixels, digits = load_digits(return_X_y=True)
    parts: tuple[ByClass, ByClass] = ({}, {})
    for number, (values, digit) in enumerate(zip(pixels, digits, strict=True)):
        made = folder / f"digit{number}.png"
        Image.fromarray((values.reshape(8, 8) * 255 / 16).astype(np.uint8)).save(made)
        parts[number >= 1000].setdefault(str(digit), []).append(made)
    return Pictures(*parts)


def _halves(by_class: ByClass) -> Pictures:
    """By the picture that a file was cut out of: the part of its name before the last dash."""
    sources = sorted({_source(file) for files in by_class.values() for file in files})
    train = set(np.random.default_rng(0).permutation(sources)[: len(sources) // 2].tolist())
    parts: tuple[ByClass, ByClass] = ({}, {})
    for name, files in by_class.items():
        for file in files:
            parts[_source(file) not in train].setdefault(name, []).append(file)
    return Pictures(*parts)


def _source(file: Path) -> str:
    return file.stem.rpartition("-")[0]
