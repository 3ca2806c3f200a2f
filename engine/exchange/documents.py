"""Reading JSON and XML that anybody may have written.

Whatever is wrong with them comes out as a DataError: syntax, encoding, depth, size.
XML entities that a file declares itself are refused, so that a few lines cannot unfold
into gigabytes, and nothing outside the file is ever fetched. XML in an encoding that
expat does not know (Chinese, Japanese, Korean ones) is decoded here.
"""

from __future__ import annotations

import codecs
import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import psutil

from engine.errors import DataError
from engine.media import refusals
from engine.media.opening import open_file
from engine.media.text import encoding_of_file, western

_DEEPEST = 100  # elements inside each other
_UNFOLDS = 8  # bytes in memory for one of JSON, at most
_PIECE = 1 << 20
_HEAD = 1000  # bytes in which an XML declaration stands
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_EXPATS = ("utf-8", "ascii", "iso8859-1")
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_slot: dict[tuple[str, int, int], Any] = {}
_lock = threading.Lock()


def read_json(file: Path) -> Any:
    """What a JSON file holds. Not to be changed: the last file read is remembered.

    Raises:
        DataError: unreadable, no JSON, nested too deeply, too large for the memory.
    """
    try:
        with open_file(file) as stream:
            state = file.stat()
            key = (str(file), state.st_size, state.st_mtime_ns)
            with _lock:
                if key in _slot:
                    return _slot[key]
                _slot.clear()
            if state.st_size * _UNFOLDS > psutil.virtual_memory().available:
                raise _too_large(file, state.st_size)
            content = stream.read()
    except (OSError, ValueError) as error:
        raise refusals.unopened(file, error) from error
    found = _parsed(file, content)
    with _lock:
        _slot.clear()
        _slot[key] = found
    return found


def forget() -> None:
    """Gives back the memory of the last JSON file read."""
    with _lock:
        _slot.clear()


def _parsed(file: Path, content: bytes) -> Any:
    if not content.strip():
        raise refusals.empty(file)
    try:
        try:
            return json.loads(content)
        except UnicodeDecodeError:
            return json.loads(content.decode(western(content)))
    except RecursionError as error:
        raise _broken(file, "JSON", "it is nested too deeply") from error
    except ValueError as error:
        raise _broken(file, "JSON", str(error)) from error
    except MemoryError as error:
        raise _too_large(file, len(content)) from error


def read_xml(file: Path) -> Element:
    """The root of an XML file.

    Raises:
        DataError: unreadable, no XML, nested too deeply, with entities of its own.
    """
    return deque(elements(file, None), maxlen=1)[0]


def root_tag(file: Path) -> str | None:
    """The name of an XML file's outermost element; None when there is none to be read."""
    found: list[str] = []
    try:
        encoding = _encoding(file)
        parser = expat.ParserCreate(encoding and "utf-8")
        parser.StartElementHandler = lambda tag, _: found.append(tag)
        for piece in _pieces(file, encoding, 4096):
            parser.Parse(piece, False)
            if found:
                break
    except (OSError, DataError, expat.ExpatError, ValueError, LookupError):
        pass  # it says something all the same, or not: `found` knows
    return found[0] if found else None


def elements(file: Path, wanted: frozenset[str] | None) -> Iterator[Element]:
    """The elements of these names, each as soon as it is whole; None: the root.

    A file of any length is read in little memory. Elements inside a wanted one are
    part of it.

    Raises:
        DataError: as `read_xml`, after the elements before the trouble.
    """
    try:
        encoding = _encoding(file)
        gathering = _Gathering(file, wanted, encoding and "utf-8")
        trouble: Exception | None = None
        for piece in _pieces(file, encoding, _PIECE):
            try:
                gathering.feed(piece, last=not piece)
            except (DataError, expat.ExpatError) as error:
                trouble = error
            yield from gathering.ready()
            if trouble is not None:
                raise trouble
    except (expat.ExpatError, LookupError, UnicodeError) as error:
        raise _broken(file, "XML", str(error)) from error
    except (OSError, ValueError) as error:
        raise refusals.unopened(file, error) from error


def _encoding(file: Path) -> str | None:
    """The encoding that expat has to be helped with; None where it reads the file itself.

    Raises:
        DataError, OSError: unreadable.
        LookupError: nobody knows it.
    """
    with open_file(file) as stream:
        head = stream.read(_HEAD)
    if head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    if (said := _DECLARED.match(head)) is not None:
        name = codecs.lookup(said.group(1).decode("ascii")).name
        # Two bytes a letter contradict a declaration that is read one by one.
        return None if name in _EXPATS or name.startswith("utf-16") else name
    found = encoding_of_file(file)
    return None if found == "utf-8" else found


def _pieces(file: Path, encoding: str | None, size: int) -> Iterator[bytes]:
    """The content, the last piece empty; what is decoded comes as UTF-8. No blank lines lead."""
    decoder = codecs.getincrementaldecoder(encoding)() if encoding else None
    begun = False
    with open_file(file) as stream:
        while content := stream.read(size):
            if decoder is not None:
                content = decoder.decode(content).encode("utf-8", "replace")
            content = content if begun else content.lstrip()
            begun = begun or bool(content)
            if content:
                yield content
    if decoder is not None and (rest := decoder.decode(b"", final=True)):
        yield rest.encode("utf-8", "replace")
    yield b""


class _Gathering:
    def __init__(self, file: Path, wanted: frozenset[str] | None, encoding: str | None) -> None:
        self._file, self._wanted = file, wanted
        self._depth = 0
        self._inside = 0  # depth at which the element being gathered began
        self._builder: TreeBuilder | None = None
        self._done: list[Element] = []
        self._parser = expat.ParserCreate(encoding)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._refuse_entity

    def feed(self, piece: bytes, last: bool = False) -> None:
        self._parser.Parse(piece, last)

    def ready(self) -> Iterator[Element]:
        done, self._done = self._done, []
        yield from done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _broken(self._file, "XML", "it is nested too deeply")
        if self._builder is None and (self._wanted is None or tag in self._wanted):
            self._builder, self._inside = TreeBuilder(), self._depth
        if self._builder is not None:
            self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        if self._builder is not None:
            self._builder.end(tag)
            if self._depth == self._inside:
                self._done.append(self._builder.close())
                self._builder = None
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)

    def _refuse_entity(self, name: str, *rest: object) -> None:
        raise _broken(
            self._file, "XML", f"it declares an entity of its own, {name!r}, which may unfold "
            "without end or point outside the file",
        )  # fmt: skip


def printable(text: str) -> str:
    """Without characters that XML cannot hold."""
    return _UNPRINTABLE.sub(" ", text)


def _broken(file: Path, kind: str, why: str) -> DataError:
    return DataError(
        f"The file is no {kind} that can be read",
        f"{file.name}: {why}.",
        "Export it again from the program it came from, or remove it.",
        subject=str(file),
    )


def _too_large(file: Path, size: int) -> DataError:
    return DataError(
        "The annotation file does not fit into the memory",
        f"{file.name} has {size / 1e6:,.0f} MB, and unpacked it takes several times that.",
        "Close other programs, or export the annotations in several parts.",
        subject=str(file),
    )
