"""How fast the project's disk takes and gives feature records and checkpoints."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.freezing.cache import FeatureCache, Key, Record
from engine.store import checkpoints
from engine.store.checkpoints import Raw
from engine.store.project import Project

SMALL, LARGE = 4 << 10, 256 << 10  # bytes of a record
RECORDS = 32
TENSORS = 1 << 16, 8 << 20  # bytes of a checkpoint


@dataclass(frozen=True)
class Speed:
    """Seconds: for each record and for each byte of it; a checkpoint and each byte of it."""

    fetch: tuple[float, float]
    store: tuple[float, float]
    save: tuple[float, float]


def speed(project: Project) -> Speed:
    """Measured in the project's cache folder, or elsewhere where nothing may be written there."""
    place = None if project.readonly else project.cache
    if place is not None:
        place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix="measuring-") as folder:
        small = _records(Path(folder), SMALL)
        large = _records(Path(folder), LARGE)
        with Project.create(Path(folder) / "try", project.task) as other:
            saves = [_saved(other, size) for size in TENSORS]
    fetch, store = (_line(SMALL, low, LARGE, high) for low, high in zip(small, large, strict=True))
    return Speed(fetch, store, _line(TENSORS[0], saves[0], TENSORS[1], saves[1]))


def _records(folder: Path, size: int) -> tuple[float, float]:
    """Seconds to read and to write one record of that size."""
    cache = FeatureCache(folder, f"of-{size}")
    draw = np.random.default_rng(0)
    records: dict[Key, Record] = {
        (f"{number}", 0): {
            "features": draw.standard_normal(size // 4).astype(np.float32),
            "input_ids": np.arange(20),  # as a text's record has
        }
        for number in range(RECORDS)
    }
    wrote = _time(lambda: cache.put(records))
    keys = list(records)
    read = _time(lambda: np.stack([record["features"] for record in cache.get(keys)]))
    cache.close()
    return read / RECORDS, wrote / RECORDS


def _saved(project: Project, size: int) -> float:
    """Seconds of a checkpoint of that many bytes, at the second time."""
    draw = np.random.default_rng(size)

    def save() -> None:
        values = draw.standard_normal(size // 4).astype(np.float32)
        raw = Raw("float32", values.shape, values.tobytes())
        id = checkpoints.save(
            project, 1, {"model/x": raw}, epoch=1, step=1, best=True, value=0.0, state={}
        )
        checkpoints.prune(project, 1, {id})

    return _time(save)


def _time(work: Callable[[], object]) -> float:
    """Of the second time, when everything is loaded."""
    work()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _line(low: int, at_low: float, high: int, at_high: float) -> tuple[float, float]:
    """Seconds at once and seconds a byte, through two points."""
    slope = max(0.0, (at_high - at_low) / (high - low))
    return max(0.0, at_low - slope * low), slope
