"""Models brought to this machine and taken from it: each a job that the strip shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gui.models.notes import Question
from gui.models.rows import ModelRow
from gui.session import Session, recent
from gui.widgets.words import count, listing, size

if TYPE_CHECKING:
    from engine.models.shelf.removing import Removal

PACK = ".graftpack"
SUFFIXES = (".safetensors", ".pth", ".pt", ".zip", PACK)


class Shelving(QObject):
    changed = Signal()  # what lies on this machine
    said = Signal(str)  # what came of it
    asked = Signal(object)  # Question
    failed = Signal(object)  # GraftError

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session

    def get(self, name: str, title: str = "") -> None:
        """Downloads a model of the catalogue, or any other of the Hugging Face hub."""
        title = title or name

        def work(emit: Any, cancel: Any) -> Any:
            from engine.models.shelf import getting

            return getting.get(name, emit, cancel)

        self._long(work, f"Downloading {title}", f"{title} is on this machine now.")

    def add(self, path: Path, name: str | None = None) -> None:
        """Copies a file, a folder or a pack to Graft's models; every project can use it then."""

        def work(emit: Any, cancel: Any) -> Any:
            from engine.models.shelf import adding

            return adding.add(path, emit, cancel, name=name)

        self._long(work, f"Bringing in {path.name}", f"{path.name} was brought in.")

    def pack(self, names: Sequence[str], out: Path) -> None:
        def work(emit: Any, cancel: Any) -> Any:
            from engine.models.shelf import packs

            return packs.pack(list(names), out, emit, cancel)

        self._long(work, f"Packing {count(len(names), 'model')}", f"The pack is {out}.")

    def allow(self, online: bool) -> None:
        """Turns downloads on or off, for every project on this machine."""

        def work(emit: Any, cancel: Any) -> None:
            from engine.models import offline

            offline.allow(online)

        self._session.jobs.run(
            work, done=lambda _: self._session.refresh(), failed=self.failed.emit, lane="write"
        )

    def ask_to_remove(self, row: ModelRow) -> None:
        """Says what deleting a model's weights frees and who uses it; then it is asked."""
        projects = recent()

        def work(emit: Any, cancel: Any) -> Removal:
            from engine.models.shelf import removing

            return removing.removal(row.name, projects, cancel)

        self._session.jobs.run(
            work, done=lambda found: self._ask(row, found), failed=self.failed.emit
        )

    def _ask(self, row: ModelRow, found: Removal) -> None:
        users = [project.name for project in found.projects]
        used = (
            f"Used by {listing([name.removesuffix('.graft') for name in users], 5)}. What was "
            "trained stays; training again would need the weights."
            if users else "No project that was opened lately on this machine uses it."
        )  # fmt: skip
        words = [f"Frees {size(found.bytes)} in {found.folder}.", used]
        self.asked.emit(
            Question(
                f"Delete the weights of {row.title}?", words,
                [("Delete", "danger", lambda: self._remove(row)), ("Keep", "", lambda: None)],
            )
        )  # fmt: skip

    def _remove(self, row: ModelRow) -> None:
        def work(emit: Any, cancel: Any) -> Any:
            from engine.models.shelf import removing

            return removing.remove(row.name)

        self._long(work, f"Deleting {row.title}", f"The weights of {row.title} are gone.")

    def ask_about(self, path: Path, use: Callable[[Path, bool], object]) -> None:
        """What was dropped: a pack is brought in; weights may also stay where they lie.

        `use`: takes weights where they lie; whether they are a folder.
        """
        self._session.jobs.run(
            lambda emit, cancel: _is_folder(path),
            done=lambda folder: self._ask_about(path, bool(folder), use), failed=self.failed.emit,
        )  # fmt: skip

    def _ask_about(self, path: Path, folder: bool, use: Callable[[Path, bool], object]) -> None:
        if not folder and path.suffix.lower() in (PACK, ".zip"):  # not to be used where it lies
            self.add(path)
            return
        words = [
            "Bring it in: it is checked and copied to Graft's models, for every project.",
            "Use it here only: it stays where it is, and this project reads it there.",
        ]
        self.asked.emit(
            Question(
                f"What should be done with {path.name}?", words,
                [("Bring it in", "primary", lambda: self.add(path)),
                 ("Use it here only", "", lambda: use(path, folder)),
                 ("Nothing", "", lambda: None)],
            )
        )  # fmt: skip

    def _long(self, work: Any, text: str, after: str) -> None:
        def done(_: object) -> None:
            self.said.emit(after)
            self.changed.emit()

        job = self._session.jobs.run(
            work, done=done, failed=self.failed.emit, text=text, lane="long"
        )
        job.cancelled.connect(self.changed)


def _is_folder(path: Path) -> bool:
    """Raises ModelError: it is neither a folder nor a file that can hold a model."""
    from engine.errors import ModelError

    if path.is_dir():
        return True
    if not path.is_file() or path.suffix.lower() not in SUFFIXES:
        raise ModelError(
            "This is no model",
            f"{path.name} is no weights file ({', '.join(SUFFIXES[:3])}), no folder, .zip or "
            "model pack.",
            f"Drop a weights file, a folder of Hugging Face (or a .zip of one) or a {PACK} file.",
            subject=str(path),
        )
    return False
