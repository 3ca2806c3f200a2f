"""Masks as pictures: for each picture another one of the same name, in which values count.

In folders beside each other (images, masks), or in one folder with names that end in
_mask. Where the folder's name says instances or objects, where a mask has more values than
there are ever classes, or where a picture has several masks, each value is one object;
else each value is a class. 0 is the background.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.errors import DataError, GraftError
from engine.exchange.findings import Findings
from engine.exchange.format import Drawn, Example, Request, Survey
from engine.exchange.pictures import is_picture_folder, picture_files
from engine.exchange.sources import base_of, in_order, nothing_in, split_of
from engine.exchange.split_names import split_of_folder
from engine.labels.shapes import Mask
from engine.media.images import FORMATS, opened
from engine.media.refusals import MAX_PIXELS, too_large

OBJECT = "object"  # the class where the data names none
_MASKS = re.compile(
    r"(binary|color|colour)?[ _-]?(masks?|instances?|labels?|annotations?|segmentations?|"
    r"segmentation(class|object)|gt|ground[ _-]?truths?|annotated)",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"[_-](mask|masks|seg|segmentation|label|labels|gt|instances?)$", re.IGNORECASE
)
_INSTANCES = re.compile(r"inst|object", re.IGNORECASE)
_LOSSLESS = (".png", ".tif", ".tiff", ".bmp", ".gif")
_MODES = ("1", "L", "P", "I", "I;16", "I;16B", "I;16L", "I;16N")
_MOST_CLASSES = 40
_VOID = 255
_LOOKED_AT = 400  # names that are enough to tell what a folder holds

Values = npt.NDArray[np.int64]


class MaskPictures:
    key = "mask-pictures"
    title = "Pictures with masks as pictures beside them"
    order = 8

    def fits(self, source: Path) -> bool:
        if not source.is_dir() or not _names_masks(source):
            return False
        return any(_is_grey(masks[0]) for masks in _pairs(source).values() if masks)

    def base(self, source: Path) -> Path:
        return base_of(source)

    def kinds(self, source: Path) -> set[str]:
        return {"image"}

    def survey(self, request: Request) -> Survey:
        pairs = _pairs(request.source)
        if not any(pairs.values()):
            raise nothing_in(request.source, self.title, "No picture has a mask of its name.")
        return Survey(len(pairs), _meaning(pairs).classes)

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        pairs = _pairs(request.source)
        meaning = _meaning(pairs)
        for picture, masks in pairs.items():
            path = picture.relative_to(request.source).as_posix()
            findings = Findings()
            marks: list[Drawn] = []
            size = None
            for file in masks:
                try:
                    values = _read(file)
                except DataError as error:
                    yield error
                    continue
                marks += meaning.marks(values, findings)
                size = (values.shape[1], values.shape[0])
            split = split_of(picture, request.source)
            yield Example(path, split=split, marks=tuple(marks), size=size, findings=findings.all())


@dataclass(frozen=True)
class _Meaning:
    """What the values of the masks are."""

    instances: bool
    values: tuple[int, ...]  # without the background and, for classes, what is not judged

    @property
    def classes(self) -> tuple[str, ...]:
        if self.instances or len(self.values) == 1:
            return (OBJECT,)
        return in_order(str(one) for one in self.values)

    def marks(self, values: Values, findings: Findings) -> Iterator[Drawn]:
        for value in np.unique(values).tolist():
            if value == 0:
                continue
            if not self.instances and value not in self.values:
                findings.add("void", count=int((values == value).sum()))
                continue
            mask = Mask.of(values == value)
            if mask is not None:
                named = self.instances or len(self.values) == 1
                yield Drawn(mask, OBJECT if named else str(value))


def _meaning(pairs: dict[Path, list[Path]]) -> _Meaning:
    instances = any(len(masks) > 1 for masks in pairs.values())
    found: set[int] = set()
    for file in (mask for masks in pairs.values() for mask in masks):
        instances = instances or bool(_INSTANCES.search(file.parent.name))
        if instances:
            break
        try:
            values = set(np.unique(_read(file)).tolist()) - {0}
        except DataError:
            continue  # told when it is read for good
        found |= values
        instances = len(values) > _MOST_CLASSES
    if len(found) > 1:
        found.discard(_VOID)
    return _Meaning(instances, tuple(sorted(found)))


def _names_masks(source: Path) -> bool:
    """Whether a folder's or a file's name speaks of masks: a look that costs little."""
    for _, inner, names in os.walk(source):
        if any(_MASKS.fullmatch(folder) for folder in inner):
            return True
        if any(_BEHIND.search(os.path.splitext(name)[0]) for name in names[:_LOOKED_AT]):
            return True
    return False


def _pairs(source: Path) -> dict[Path, list[Path]]:
    """Pictures, in a stable order, each with its masks; none are paired across splits."""
    pictures: dict[tuple[Path, str], Path] = {}
    in_folder: dict[Path, list[Path]] = defaultdict(list)
    masks: list[tuple[Path, str, Path]] = []
    for file in picture_files(source):
        parts = file.relative_to(source).parts[:-1]
        bare = _BEHIND.sub("", file.stem)
        if any(_MASKS.fullmatch(part) for part in parts):
            kept = [part for part in parts if not _MASKS.fullmatch(part)]
            masks.append((Path(*kept), bare, file))
        elif bare != file.stem:
            masks.append((Path(*parts), bare, file))
        else:
            kept = [part for part in parts if not is_picture_folder(part)]
            # A split is named like a folder of pictures, and tells them apart all the same.
            place = Path(*(part for part in parts if part in kept or split_of_folder(part)))
            pictures[place, file.stem] = file
            in_folder[place].append(file)
    found: dict[Path, list[Path]] = {file: [] for file in pictures.values()}
    for place, stem, file in masks:
        if file.suffix.lower() not in _LOSSLESS:
            continue
        # Every object in a file of its own: they share a folder with one picture.
        alone = in_folder[place] if len(in_folder[place]) == 1 else []
        picture = pictures.get((place, stem)) or next(iter(alone), None)
        if picture is not None:
            found[picture].append(file)
    return found


def _is_grey(file: Path) -> bool:
    try:
        with opened(file) as (stream, _):
            return Image.open(stream, formats=FORMATS).mode in _MODES
    except DataError:
        return False


def _read(file: Path) -> Values:
    """Int [height, width]. Raises DataError: unreadable, or in colours."""
    with opened(file) as (stream, _):
        image = Image.open(stream, formats=FORMATS)
        if image.size[0] * image.size[1] > MAX_PIXELS:
            raise too_large(file, *image.size)
        if image.mode not in _MODES:
            raise DataError(
                "A mask is in colours",
                f"{file.name} is of the kind {image.mode}; a mask holds one value for each pixel.",
                "Save it as grey or with a palette, each class or object a value of its own.",
                subject=str(file),
            )
        return np.asarray(image).astype(np.int64)


FORMAT = MaskPictures()
