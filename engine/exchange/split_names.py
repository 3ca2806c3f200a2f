"""The names people give the splits."""

from __future__ import annotations

import re

_NAMES = {
    "train": ("train", "training", "trn"),
    "validation": ("validation", "valid", "val", "dev", "development"),
    "test": ("test", "testing", "tst"),
}
_WORDS = re.compile(r"[a-z]+", re.IGNORECASE)
_BY_NAME = {name: split for split, names in _NAMES.items() for name in names}


def split_named(name: str) -> str | None:
    """train, validation or test; None when the name means none of them."""
    return _BY_NAME.get(name.strip().lower())


def split_of_folder(name: str) -> str | None:
    """The split a folder's name tells: train, or Validation, or test2017, or images_val."""
    words = _WORDS.findall(name)
    return split_named(words[-1]) if words else None


def split_in_name(stem: str) -> str | None:
    """The split a file's name tells among others: instances_train2017."""
    found = {split for word in _WORDS.findall(stem) if (split := split_named(word))}
    return found.pop() if len(found) == 1 else None
