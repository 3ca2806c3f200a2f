"""Finding the picture that an annotation file means, where people really put it.

The path as it is said counts first: from the annotation file, from the folder that is
imported, from a folder the person named. Where there is nothing, or a name without folders
is said in a folder further down, the file's name is looked up in those folders, in all
inside them, and in folders beside the annotations whose name says that they hold pictures.
Of several files of that name the one counts whose folders agree with the path that is said,
then with the place of the annotations: Annotations/val/1.xml means JPEGImages/val/1.jpg and
not JPEGImages/train/1.jpg, nor JPEGImages/val/more/1.jpg.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from engine.errors import DataError
from engine.exchange.naming import is_hidden, natural, shown
from engine.exchange.split_names import split_of_folder
from engine.media.images import EXTENSIONS

_PICTURE_FOLDER = re.compile(
    r"(jpe?g|png)?[ _-]?(images?|imgs?|pictures?|photos?|frames?|media|uploads?|data)"
    r"|(images?[ _-]?)?(train|val|valid|validation|test)(ing)?([ _-]?\d+)?|obj_\w+_data",
    re.IGNORECASE,
)
_FAR = "../../../"  # a way up that no longer tells of data that belong together
_UPLOADED = re.compile(r"^[0-9a-f]{8}-(?=.)")  # what Label Studio puts before a name


class Pictures:
    """The picture files that go with an annotation source.

    Args:
        base: the folder that `path_of` gives paths from.
        more: another folder with pictures, where the person named one.
        suffixes: what the files end in, '.wav' for sounds.
    """

    def __init__(
        self, base: Path, more: Path | None = None, suffixes: frozenset[str] = EXTENSIONS
    ) -> None:
        self.base = base.absolute()
        self._suffixes = suffixes
        self._more = more.absolute() if more is not None else None
        self._by_name: dict[str, list[Path]] | None = None
        self._by_stem: dict[str, list[Path]] = {}

    def find(self, said: str, beside: Path | None = None, split: str | None = None) -> Path | None:
        """The file that `said` means; None when there is none.

        Args:
            said: a path or an address, of this system or another, perhaps without extension.
            beside: the folder of the annotation file.
            split: of the annotations; of several files those in a folder of it count.

        Raises:
            DataError: several files fit equally well.
        """
        if (whole := self.at(said, beside)) is not None:
            return whole
        raw, said = said, plain_path(said)
        if not said or "\0" in said:
            return None
        parts = said.split("/")
        index = self._index()
        for name in (raw, parts[-1], _UPLOADED.sub("", parts[-1])):
            for found in (index.get(_key(name)), self._by_stem.get(_key(name))):
                if found:
                    return self._nearest(found, said, beside, split)
        stem = os.path.splitext(parts[-1])
        if stem[1].lower() in self._suffixes and (found := self._by_stem.get(_key(stem[0]))):
            return self._nearest(found, said, beside, split)  # saved in another file format
        return None

    def at(self, said: str, beside: Path | None = None) -> Path | None:
        """The file at exactly the path that is said, from one of the folders."""
        if "\0" in said:
            return None
        named = plain_path(said)
        further_down = beside is not None and beside != self.base
        folders = [beside, *([] if further_down and "/" not in named else [self.base, self._more])]
        # A name may begin with a blank, though that is seldom meant.
        for name in dict.fromkeys((said, named) if named else ()):
            for folder in folders:
                place = Path(os.path.normpath(folder / name)) if folder is not None else None
                if place is not None and _is_file(place):
                    return place
        return None

    def path_of(self, file: Path) -> str:
        """From the base, with '/' between parts; absolute where it lies far away."""
        try:
            relative = os.path.relpath(file, self.base).replace(os.sep, "/")
        except ValueError:  # another drive
            relative = _FAR
        return str(file).replace(os.sep, "/") if relative.startswith(_FAR) else relative

    def place(self, said: str, beside: Path | None = None, split: str | None = None) -> str:
        """The path of the picture that is meant, from the base; where there is none, as said.

        Raises:
            DataError: as `find`.
        """
        found = self.find(said, beside, split)
        return self.path_of(found) if found is not None else plain_path(said)

    def all(self) -> list[Path]:
        """Every picture found in the folders, in a stable order."""
        return sorted(
            (file for files in self._index().values() for file in files),
            key=lambda file: natural(self.path_of(file)),
        )

    def _nearest(
        self, files: list[Path], said: str, beside: Path | None, split: str | None
    ) -> Path:
        if len(files) == 1:
            return files[0]
        *folders, name = said.split("/")
        near = self._inner(beside) if beside is not None else Counter()

        def fitness(file: Path) -> tuple[int, bool, int, bool, int]:
            inner = self._inner(file.parent)
            return (
                _common_tail(file.parent.parts, folders),
                _composed(name) in (_composed(file.name), _composed(file.stem)),
                (inner & near).total(),
                split is not None and split in map(split_of_folder, inner),
                -(inner - near).total(),
            )

        fits = {file: fitness(file) for file in files}
        best = [file for file in files if fits[file] == max(fits.values())]
        if len(best) == 1:
            return best[0]
        places = ", ".join(self.path_of(file) for file in best[:4])
        raise DataError(
            f"{said}: which picture is meant is not clear",
            f"There is no such path, and {len(best)} pictures with that name: {places}.",
            "Correct the path in the annotations, or import one of the folders at a time.",
            subject=shown(said),
        )

    def _inner(self, folder: Path) -> Counter[str]:
        """The names of the folders that lead to a folder from the base's."""
        return Counter(_key(part) for part in self.path_of(folder).split("/"))

    def _index(self) -> dict[str, list[Path]]:
        if self._by_name is None:
            by_name, by_stem = defaultdict(list), defaultdict(list)
            for file in self._files():
                by_name[_key(file.name)].append(file)
                by_stem[_key(file.stem)].append(file)
            self._by_name, self._by_stem = dict(by_name), dict(by_stem)
        return self._by_name

    def _files(self) -> list[Path]:
        roots = [self.base, *([self._more] if self._more is not None else [])]
        found = {file: None for root in roots for file in files_in(root, self._suffixes)}
        if not found:
            # Annotations in a folder of their own, beside the pictures'.
            found = {
                file: None
                for folder in _picture_folders(self.base.parent)
                for file in files_in(folder, self._suffixes)
            }
        return list(found)


def plain_path(said: str) -> str:
    """A path with '/' between parts, whatever system or server it was written for."""
    said = said.strip()
    if "://" in said or said.startswith("/data/"):
        parts = urlsplit(said)
        local = dict(one.partition("=")[::2] for one in parts.query.split("&")).get("d")
        said = unquote(local if local else parts.path).lstrip("/")
    said = said.replace("\\", "/")
    return said[2:] if re.match(r"[A-Za-z]:/", said) and os.sep != "\\" else said


def picture_files(folder: Path) -> Iterator[Path]:
    """Pictures in a folder and all inside it, by their extension, in a stable order."""
    return files_in(folder, EXTENSIONS)


def files_in(folder: Path, suffixes: frozenset[str], inside: bool = True) -> Iterator[Path]:
    """Files with one of these extensions in a folder and all inside it, in a stable order.

    Args:
        inside: whether folders inside the folder are looked into.
    """
    for place, inner, names in os.walk(folder):
        kept = [name for name in inner if inside and not is_hidden(name)]
        inner[:] = sorted(kept, key=natural)
        wanted = [name for name in names if os.path.splitext(name)[1].lower() in suffixes]
        for name in sorted(wanted, key=natural):
            if not is_hidden(name):
                yield Path(place, name)


def is_picture_folder(name: str) -> bool:
    """Whether the name of a folder says that it holds pictures."""
    return _PICTURE_FOLDER.fullmatch(name) is not None


def _picture_folders(parent: Path) -> list[Path]:
    try:
        return sorted(
            Path(one.path)
            for one in os.scandir(parent)
            if is_picture_folder(one.name) and one.is_dir()
        )
    except OSError:
        return []  # what cannot be listed holds nothing to be found


def _composed(name: str) -> str:
    """A name in one form, as systems write an accent as a character of its own or not."""
    return unicodedata.normalize("NFC", name)


def _key(name: str) -> str:
    return _composed(name).casefold()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _common_tail(folders: Sequence[str], said: Sequence[str]) -> int:
    count = 0
    for one, other in zip(reversed(folders), reversed(said), strict=False):
        if one.casefold() != other.casefold():
            break
        count += 1
    return count
