"""Errors a person can act on, and cancellation, which is none.

Anything raised that is not a `GraftError` or `Cancelled` is a bug in Graft.
They are caught in three places only: the job runner, the training worker and
the window's exception hook.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Cancelled(Exception):
    """The person asked for the work to end. Not an error."""


class GraftError(Exception):
    """What happened, why, and what to do about it, in the user's words.

    Args:
        title: what happened, one line without a full stop.
        cause: why, one or two sentences.
        remedy: what the person can do now.
        details: anything longer, for example the keys that differ.
        subject: what it is about: a field name for a configuration error,
            a file or item for a data error.
    """

    kind: ClassVar[str] = "error"

    def __init__(
        self, title: str, cause: str, remedy: str, details: str = "", subject: str = ""
    ) -> None:
        super().__init__(title)
        self.title = title
        self.cause = cause
        self.remedy = remedy
        self.details = details
        self.subject = subject

    def __str__(self) -> str:
        lines = [f"{self.title}: {self.cause}", self.remedy]
        return "\n".join(line for line in lines if line)

    def to_wire(self) -> dict[str, Any]:
        """A JSON-ready form, for the pipe, the database and `--json`."""
        return {
            "kind": self.kind,
            "title": self.title,
            "cause": self.cause,
            "remedy": self.remedy,
            "details": self.details,
            "subject": self.subject,
        }

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> GraftError:
        fields = {key: str(value) for key, value in wire.items() if key != "kind"}
        return KINDS[wire["kind"]](**fields)

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            type(self),
            (self.title, self.cause, self.remedy, self.details, self.subject),
        )


class ConfigurationError(GraftError):
    """A setting that cannot be used. Shown at its field (`subject`)."""

    kind = "configuration"


class DataError(GraftError):
    """A file, row or label that cannot be used. Opens the item (`subject`)."""

    kind = "data"


class ModelError(GraftError):
    """Weights or an architecture that cannot be used."""

    kind = "model"


class ResourceError(GraftError):
    """Not enough memory or disk."""

    kind = "resource"


class StorageError(GraftError):
    """The project on disk cannot be opened, read or written."""

    kind = "storage"


class ExportError(GraftError):
    """A model that cannot be taken away, or whose copy does not agree."""

    kind = "export"


class TrainingError(GraftError):
    """A run that cannot go on, for example because its loss is not a number."""

    kind = "training"


class CrashedRun(GraftError):
    """The training process ended without a word."""

    kind = "crashed"


KINDS: dict[str, type[GraftError]] = {
    cls.kind: cls
    for cls in (
        ConfigurationError,
        DataError,
        ModelError,
        ResourceError,
        StorageError,
        ExportError,
        TrainingError,
        CrashedRun,
    )
}
