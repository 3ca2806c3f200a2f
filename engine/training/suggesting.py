"""Suggestions while a person labels: the child's loop, from items to suggestions on disk.

All readable items are described by the chosen model, labelled ones first, from the feature cache
where they lie there. Meanwhile and afterwards every new label is answered: a probe is taught
anew and what it says of the rest is written to cache/suggestions (see
engine.suggesting.files). Nothing is written to the project itself: the window is its one writer.
It ends when it is told to or its parent dies, at any moment, and loses nothing: features stay.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.events import Activity, Emit, Event, Suggested
from engine.progress import Estimate
from engine.store import classes, items
from engine.store.datasets import Dataset, Example
from engine.store.project import Project
from engine.suggesting import files, stock
from engine.suggesting.answers import Answers
from engine.suggesting.described import Described
from engine.training.bench import Bench
from engine.training.control import Control
from engine.training.embedding import embed
from engine.training.recipe import Recipe
from engine.training.tensors import to_raw

POLL = 0.05  # seconds between two looks for labels
PAGE = 128  # items described before the next look, at first; more where that is quick
_MOST, _QUICK = 4096, 1.5
_REST = 3.0  # seconds between two answers that only new items call for
_SIGN = 15.0  # seconds between two signs of life
_SAVE = 60.0  # seconds between two savings of features
_NOTHING = Dataset(0, ("one", "other"), {})  # the head is never asked; labels are not needed


def suggest_labels(
    project: Project, recipe: Recipe, emit: Emit, control: Control, *, partial: bool = False,
    once: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Suggests until it is stopped; each answer is a Suggested event.

    Args:
        recipe: which model describes the items: its model, weights, size and length.
        partial: suggest as soon as two classes have two labels, not only once all have.
        once: end when all items are described and the labels that are there are answered.

    Returns:
        the fields of the last Suggested, with `once`; none, where there is no item.

    Raises:
        StopNow: a person asked for the end.
        DataError: no item can be read. ResourceError: the disk is full.
    """
    plain = replace(
        recipe, preset="feature-extraction", phases=(), augmentation="none", lora_rank=0,
        head_hidden=0, head_dropout=None,
    )  # fmt: skip
    page = _Progress(emit)
    with Bench.open(project, plain, page.hear, control, (), _NOTHING, {"page": []}) as bench:
        loop = _Loop(bench, emit, page, partial)
        while True:
            control.check()
            if loop.step():
                if once:
                    return loop.last
                loop.rest()


class _Loop:
    """What has been seen of the project, and what has been said of it."""

    def __init__(self, bench: Bench, emit: Emit, page: _Progress, partial: bool) -> None:
        self._bench, self._emit, self._page, self._partial = bench, emit, page, partial
        self._project = bench.project
        self._place = files.folder(bench.project)
        files.sweep(self._place)
        key = _key(bench)
        self._facts = {"key": key, "model": bench.recipe.model, "kind": bench.network.kind}
        self._described = Described(self._place, key)
        self._answers = Answers()
        self._version = -1
        self._size = PAGE
        self._stale = True  # the answers know fewer items than are described
        self._due = True  # there is something to answer
        self._lacking = True  # there may be items to describe
        none = np.empty(0, np.int64)
        self._given = (none, none, none)  # items and classes of the labels; all classes
        self._known = none  # items with a label
        self._answered = self._told = self._kept = time.monotonic()
        self._stock = stock.stock(self._project)
        self._described.settle(self._stock)
        self._name_current()
        self.last: dict[str, Any] = {}

    def step(self) -> bool:
        """Looks, describes a page, answers; whether nothing is left to do."""
        self._look()
        if self._lacking:
            ids = self._described.missing(self._stock, self._known, self._size)
            self._lacking = len(ids) > 0
            if len(ids):
                self._describe(ids)
        elif self._described.unsaved:
            self._keep()
        there = len(self._described.ids)
        late = not self._lacking or time.monotonic() - self._answered > _REST
        if there and (self._due or (self._stale and late)):
            self._answer()
        if len(self._stock.ids) and not there and not self._lacking:
            raise DataError(
                "No item can be read", "None of the project's files could be described.",
                "Put the files back where they were.",
            )  # fmt: skip
        return not (self._lacking or self._described.unsaved or (there and self._due))

    def rest(self) -> None:
        """Waits a moment, and gives a sign of life now and then."""
        now = time.monotonic()
        if now - self._told > _SIGN:
            self._told = now
            self._emit(Activity("Waiting for labels"))
        time.sleep(POLL)

    def _look(self) -> None:
        """Reads what has been written since the last look."""
        version = stock.changes(self._project)
        if version == self._version:
            return
        self._version = version
        if stock.mark(self._project) != self._stock.mark:
            self._stock = stock.stock(self._project)
            self._described.settle(self._stock)
            self._stale = self._lacking = True
        own = [one.id for one in classes.all_classes(self._project)]
        now = (*stock.labels(self._project), np.asarray(own, np.int64))
        known = stock.labelled(self._project)
        before = (*self._given, self._known)
        # Much else is written to a project: what changes no label is no reason to answer.
        if not all(map(np.array_equal, (*now, known), before)):
            self._given, self._known, self._due = now, known, True

    def _describe(self, ids: NDArray[np.int64]) -> None:
        began = time.monotonic()
        self._page.begin(len(self._described.ids), len(self._stock.ids), self._bench.recipe.model)
        page = [
            Example(one.id, one.kind, one.file, one.text, one.hash, 0)
            for one in items.load(self._project, ids.tolist())
        ]
        self._bench.splits["page"] = page
        found = embed(
            self._bench.task, self._bench.network, self._bench.kitchen, "page",
            lambda done, total: self._bench.control.check(),
        )  # fmt: skip
        read = np.asarray([page[place].item_id for place in found.places], np.int64)
        self._described.add(ids, read, found.features, self._stock)
        self._stale = True
        took = time.monotonic() - began
        self._size = min(_MOST, 2 * self._size) if took < _QUICK else max(PAGE, self._size // 2)
        if time.monotonic() - self._kept > _SAVE:
            self._keep()

    def _keep(self) -> None:
        self._kept = time.monotonic()
        self._described.save()
        self._name_current()

    def _name_current(self) -> None:
        features = self._described.features
        if features is not None:
            files.set_current(self._place, width=features.shape[1], **self._facts)

    def _answer(self) -> None:
        began = time.perf_counter()
        features = self._described.features
        assert features is not None
        if self._stale:
            self._answers.describe(self._described.ids, features, self._stock)
        items_, classes_, all_classes = self._given
        said = self._answers.answer(items_, classes_, self._known, all_classes, self._partial)
        file = files.write(self._place, files.SUGGESTIONS, said.rows)
        value, low, high = said.accuracy or (None, None, None)
        event = Suggested(
            file.name, len(said.rows), said.labelled, said.classes, said.missing,
            len(self._described.ids), len(self._stock.ids), time.perf_counter() - began,
            value, low, high,
        )  # fmt: skip
        self._due = self._stale = False
        self._answered = self._told = time.monotonic()
        self.last = dataclasses.asdict(event)
        self._emit(event)


class _Progress:
    """Tells of a page's progress as of that of all items."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._base = self._total = self._first = 0
        self._text = ""
        self._estimate: Estimate | None = None

    def begin(self, done: int, total: int, model: str) -> None:
        if self._estimate is None:
            self._estimate, self._first = Estimate(), done
        self._base, self._total = done, total
        self._text = f"Describing the items with {model}"
        self._say(0)

    def hear(self, event: Event) -> None:
        if self._estimate is None or not isinstance(event, Activity):
            self._emit(event)
        elif event.total:
            self._say(event.done)

    def _say(self, done: int) -> None:
        assert self._estimate is not None
        done += self._base
        left = self._estimate.left(done - self._first, self._total - self._first)
        self._emit(Activity(self._text, done, self._total, left))


def _key(bench: Bench) -> str:
    """Of all that features depend on but the item: the network without its head, and its reading.

    Hex, 16 letters.
    """
    network = bench.network
    facts = {
        "form": 1,
        "model": bench.recipe.model,
        "preprocess": network.description.preprocess,
        "pooling": network.description.pooling,
        "edits": network.description.edits,
        "max_length": bench.recipe.max_length if network.kind == "text" else None,
        "precision": bench.accelerator.mixed_precision,
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for name, tensor in network.model.state_dict().items():
        if not any(name == head or name.startswith(f"{head}.") for head in network.head):
            digest.update(name.encode())
            digest.update(to_raw(tensor).data)
    for file in sorted(network.files):
        digest.update(hashlib.sha256(network.files[file]).digest())
    return digest.hexdigest()[:16]
