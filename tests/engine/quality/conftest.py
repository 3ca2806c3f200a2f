"""Projects with known trouble, made from real digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from engine.media.hashing import hash_file
from engine.store import classes, items, labels
from engine.store.items import NewItem
from engine.store.project import Project
from engine.suggesting import files
from engine.suggesting.stock import content


@dataclass
class Put:
    """An item to make: a picture, or a text."""

    what: Image.Image | str | bytes
    label: str | None = None
    group: str | None = None
    split: str | None = None
    name: str = ""
    save: tuple[str, dict[str, object]] = ("PNG", {})


Fill = Callable[[Project, Sequence[Put]], list[int]]


@pytest.fixture(scope="session")
def digits() -> tuple[list[Image.Image], list[int]]:
    """All 1,797 digits as pictures of 64 px, and which they are."""
    data = load_digits()
    grown = [
        Image.fromarray((levels * (255 / 16)).round().astype("uint8"))
        .resize((64, 64), Image.Resampling.BICUBIC)
        .convert("RGB")
        for levels in data.images
    ]
    return grown, data.target.tolist()


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Makes items of a project and labels them; gives their ids."""

    def put(project: Project, wanted: Sequence[Put]) -> list[int]:
        folder = tmp_path / "files"
        new = []
        for number, one in enumerate(wanted):
            path = one.name or f"{number:05d}.png"
            if isinstance(one.what, str):
                digest = f"text-{one.what}"
                new.append(NewItem("t.csv", "text", digest, len(one.what), position=number + 1,
                                   text=one.what, group=one.group, split=one.split))  # fmt: skip
                continue
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            size: tuple[int, int] | tuple[None, None] = (None, None)
            if isinstance(one.what, bytes):
                file.write_bytes(one.what)
            else:
                one.what.save(file, one.save[0], **one.save[1])
                size = one.what.size
            new.append(NewItem(path, "image", hash_file(file), file.stat().st_size, 0.0, 0, None,
                               *size, "RGB", group=one.group, split=one.split))  # fmt: skip
        before = set(items.ids(project))
        items.add(project, items.source_id(project, folder), new)
        ids = [id for id in items.ids(project) if id not in before]
        assert len(ids) == len(wanted)
        known = classes.ensure(project, sorted({one.label for one in wanted if one.label}))
        labels.give(
            project,
            [(id, known[one.label]) for id, one in zip(ids, wanted, strict=True) if one.label],
            "Ann",
        )
        return ids

    return put


@pytest.fixture
def describe() -> Callable[[Project, np.ndarray], None]:
    """Writes features of all items as suggesting does: float [n, width], by ascending id."""

    def write(project: Project, features: np.ndarray) -> None:
        found = project.db.execute("SELECT id, hash FROM item ORDER BY id").fetchall()
        rows = np.zeros(len(found), files.feature(features.shape[1]))
        rows["item"] = [id for id, _ in found]
        rows["content"] = [content(hash) for _, hash in found]
        rows["features"] = features
        place = files.folder(project)
        files.write(place, "features-k", rows)
        files.set_current(place, key="k", model="probe", width=features.shape[1], kind="image")

    return write
