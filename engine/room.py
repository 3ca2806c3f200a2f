"""How much memory training on this machine may take, told without torch.

The window asks it of every model in a list; what a plan really takes is measured in a child
(engine.training.price).
"""

from __future__ import annotations

from dataclasses import dataclass

import psutil
import pynvml


@dataclass(frozen=True)
class Room:
    """`bytes`: of the largest graphics card, or of the machine itself where there is none."""

    name: str
    bytes: int
    graphics: bool


def room() -> Room:
    """Takes some milliseconds: it asks the driver."""
    return max(_cards(), key=lambda card: card.bytes, default=None) or Room(
        "this machine", int(psutil.virtual_memory().total), False
    )


def _cards() -> list[Room]:
    """NVIDIA's cards; none where there is no driver, or where it does not answer."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        return [_card(place) for place in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError:
        return []
    finally:
        pynvml.nvmlShutdown()


def _card(place: int) -> Room:
    handle = pynvml.nvmlDeviceGetHandleByIndex(place)
    name = pynvml.nvmlDeviceGetName(handle)
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    return Room(text, int(pynvml.nvmlDeviceGetMemoryInfo(handle).total), True)
