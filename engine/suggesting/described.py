"""The features of the items, growing page by page and kept in a file between two sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.suggesting import files
from engine.suggesting.stock import Ints, Stock, rows_of

BUDGET = 1 << 30  # bytes of features in memory; above it they are held in half precision
_HALF = float(np.finfo(np.float16).max)


class Described:
    """Ids int64 [n] ascending, contents int64 [n], features [n, width] (None: none yet)."""

    def __init__(self, place: Path, key: str) -> None:
        self._place, self._name = place, f"features-{key}"
        self.ids: Ints = np.empty(0, np.int64)
        self.features: NDArray[np.floating] | None = None
        self._contents: Ints = np.empty(0, np.int64)
        self._failed: dict[int, int] = {}  # items that cannot be read, and their content
        self._saved = 0
        kept = files.newest(place, self._name)
        if kept is not None and len(kept) and kept.dtype.names == files.feature(1).names:
            self.ids, self._contents = kept["item"].copy(), kept["content"].copy()
            self.features = np.array(kept["features"])
            self._saved = len(self.ids)

    @property
    def unsaved(self) -> int:
        return abs(len(self.ids) - self._saved)

    def settle(self, stock: Stock) -> bool:
        """Lets go of what is not in the stock any more or has changed; whether anything went."""
        rows = stock.rows(self.ids)
        keep = rows >= 0
        keep[keep] = stock.contents[rows[keep]] == self._contents[keep]
        if keep.all():
            return False
        self.ids, self._contents = self.ids[keep], self._contents[keep]
        if self.features is not None:
            self.features = self.features[keep]
        return True

    def missing(self, stock: Stock, first: Ints, count: int) -> Ints:
        """Up to `count` ids to describe next: those of `first`, then the others by chance.

        By chance, so that what is known early stands for all. Those that could not be read are
        asked again only when their content has changed.
        """
        lacks = rows_of(self.ids, stock.ids) < 0
        if not lacks.any():
            return np.empty(0, np.int64)
        failed = np.asarray([*self._failed.items()], np.int64).reshape(-1, 2)
        rows = stock.rows(failed[:, 0])
        lacks[rows[(rows >= 0) & (stock.contents[rows] == failed[:, 1])]] = False
        ids = stock.ids[lacks]
        early = np.isin(ids, first)
        others = ids[~early]
        mixed = others[np.argsort(_scattered(others), kind="stable")]
        found: Ints = np.concatenate([ids[early], mixed])[:count]
        return found

    def add(self, asked: Ints, read: Ints, features: NDArray[np.float32], stock: Stock) -> None:
        """Takes a page in.

        Args:
            asked: int64 [a], ids that were to be described.
            read: int64 [r], ids of those that could be; features: float32 [r, width].
        """
        whole = np.isfinite(features).all(1)
        read, features = read[whole], features[whole]
        contents = stock.contents[stock.rows(asked)]
        lost = ~np.isin(asked, read)
        self._failed.update(zip(asked[lost].tolist(), contents[lost].tolist(), strict=True))
        if not len(read):
            return
        if self.features is None or self.features.shape[1] != features.shape[1]:
            half = len(stock.ids) * features.shape[1] * 4 > BUDGET
            self.ids, self._contents = np.empty(0, np.int64), np.empty(0, np.int64)
            self.features = np.empty((0, features.shape[1]), np.float16 if half else np.float32)
        if self.features.dtype == np.float16:
            features = np.clip(features, -_HALF, _HALF)
        ids = np.concatenate([self.ids, read])
        order = np.argsort(ids, kind="stable")
        self.ids = ids[order]
        added = stock.contents[stock.rows(read)]
        self._contents = np.concatenate([self._contents, added])[order]
        both = [self.features, features.astype(self.features.dtype)]
        self.features = np.concatenate(both)[order]

    def save(self) -> None:
        """Raises ResourceError: the disk does not take it."""
        if self.features is None:
            return
        rows = np.empty(len(self.ids), files.feature(self.features.shape[1], self.features.dtype))
        rows["item"], rows["content"], rows["features"] = self.ids, self._contents, self.features
        files.write(self._place, self._name, rows)
        files.forget(self._place, "features-", self._name)
        self._saved = len(self.ids)


def _scattered(ids: Ints) -> NDArray[np.uint64]:
    """A number for each id that looks drawn by chance, always the same (Knuth's multiplier)."""
    mixed = ids.astype(np.uint64) * np.uint64(11400714819323198485)
    return mixed ^ (mixed >> np.uint64(29))
