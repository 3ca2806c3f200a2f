"""What memory this machine has, and what this process holds of it."""

from __future__ import annotations

import os
import sys
from typing import Any

import psutil
import torch

# Bytes that the libraries come to hold once they compute (seen: 110 to 155 MB, on CPUs).
LATER = 130 << 20


def machine() -> dict[str, Any]:
    """device, memory (bytes that training could take: free now, or held by this process already),
    base (bytes that the process will hold with its libraries, beside a network), cores."""
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        return {
            "device": "cuda", "name": torch.cuda.get_device_name(), "memory": int(free),
            "total": int(total), "base": 0, "cores": os.cpu_count() or 1,
        }  # fmt: skip
    system = psutil.virtual_memory()
    now = held()
    return {
        "device": "cpu", "name": "CPU", "memory": int(system.available) + now,
        "total": int(system.total), "base": now + LATER, "cores": torch.get_num_threads(),
    }  # fmt: skip


def held() -> int:
    """Bytes of memory this process occupies now."""
    return int(psutil.Process().memory_info().rss)


def peak() -> int:
    """The most it has occupied since it began; bytes."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most) if sys.platform == "darwin" else int(most) * 1024


class Highest:
    """The most memory in use from its making on: what the device's library counts on a GPU,
    on a CPU what the process occupies."""

    def __init__(self) -> None:
        self._gpu = torch.cuda.is_available()
        if self._gpu:
            torch.cuda.reset_peak_memory_stats()
        self._before = peak()
        self._seen = held()

    def look(self) -> None:
        """To be called now and then: the system remembers only the highest of all time."""
        self._seen = max(self._seen, held())

    @property
    def bytes(self) -> int:
        if self._gpu:
            return int(torch.cuda.max_memory_allocated())
        now = peak()
        return now if now > self._before else self._seen
