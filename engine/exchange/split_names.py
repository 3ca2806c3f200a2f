"""The names people give the splits."""

from __future__ import annotations

_NAMES = {
    "train": ("train", "training", "trn"),
    "validation": ("validation", "valid", "val", "dev", "development"),
    "test": ("test", "testing", "tst"),
}
_BY_NAME = {name: split for split, names in _NAMES.items() for name in names}


def split_named(name: str) -> str | None:
    """train, validation or test; None when the name means none of them."""
    return _BY_NAME.get(name.strip().lower())
