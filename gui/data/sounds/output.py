"""The system's sound output, by miniaudio. Everything that needs a device is in this file."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Protocol

from engine.errors import ResourceError

RATE = 44_100  # samples a second that are played
CHANNELS = 2
_BUFFER = 60  # ms that the device is ahead of what is heard

Source = Generator[bytes, int, None]  # takes how many frames, gives int16 bytes of as many


class Output(Protocol):
    """A device that asks a source for frames, in a thread of its own, until it is closed."""

    def start(self, source: Any) -> None: ...

    def close(self) -> None: ...


Open = Callable[[], Output]


def open_output() -> Output:
    """The system's own.

    Raises:
        ResourceError: there is none, as on a server.
    """
    import miniaudio

    try:
        device: Any = miniaudio.PlaybackDevice(
            miniaudio.SampleFormat.SIGNED16, CHANNELS, RATE, _BUFFER, app_name="Graft"
        )
    except miniaudio.MiniaudioError as error:
        raise _none(str(error)) from error
    if str(device.backend).lower() == "null":  # it plays into nothing
        device.close()
        raise _none("only the null backend was found")
    output: Output = device
    return output


def _none(details: str) -> ResourceError:
    return ResourceError(
        "There is no sound output",
        "The system offers no device that plays sounds.",
        "Connect loudspeakers or headphones and play again; all else works without.",
        details=details,
    )
