"""Who reads files beside the window: a process apart, made when it is first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.session import Session

if TYPE_CHECKING:
    from engine.media.looking import Looking


class FileReader(QObject):
    """Has the process until the project is closed."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._looking: Looking | None = None
        session.closed.connect(self.close)

    def looking(self) -> Looking:
        if self._looking is None:
            from engine.media.looking import Looking

            self._looking = Looking()
        return self._looking

    def leave(self) -> None:
        """Nothing is wanted any more."""

    def close(self) -> None:
        """Ends the process; the next file makes another."""
        self.leave()
        if self._looking is not None:
            self._looking.close()
            self._looking = None
