"""A label among 10,000 items with cached features: how soon are the new suggestions on disk?

    python -m benchmarks.suggesting          every width and number of classes, drawn features
    python -m benchmarks.suggesting child    texts of text_banking77 in the window's own child

The first measures what the loop does after it has seen a label: read the labels, teach the probe,
suggest, order, write the file; medians and the longest of TRIES labels given one by one, in a
project of 10,000 items. Beside it, once: scikit-learn's LogisticRegression with its defaults on
the same labels, and its probabilities for the rest. The second includes everything: from the
label's transaction to the event that names the file, the loop's own wait for it too.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.few import SETS
from benchmarks.material import median
from engine.events import Suggested
from engine.exchange.importing import import_source
from engine.store import classes, items, labels
from engine.store.project import Project
from engine.suggesting import files, stock
from engine.suggesting.answers import Answers
from engine.training.process import Child, Request
from engine.training.recipe import Recipe

ITEMS, TRIES = 10_000, 10
WIDTHS, CLASSES, LABELLED = (512, 1280, 2048), (2, 10, 77), (200, 2000, 5000)
Floats = NDArray[np.float32]


def main() -> None:
    if "child" in sys.argv:
        in_the_child()
        return
    print(f"{ITEMS:,} items; ms from a label to suggestions on disk (median, longest of {TRIES})\n")
    print("| width | classes | labels | Graft, median | longest | LogisticRegression |")
    print("|---|---|---|---|---|---|")
    for width in WIDTHS:
        for count in CLASSES:
            with tempfile.TemporaryDirectory() as place:
                _cell(Path(place), width, count)


def drawn(width: int, count: int) -> tuple[Floats, NDArray[np.int64]]:
    """Classes that overlap, on 40 directions of their own among noise, as a backbone's do."""
    draw = np.random.default_rng(width + count)
    targets = draw.integers(0, count, ITEMS)
    middles = 0.7 * draw.standard_normal((count, 40))
    inner = middles[targets] + draw.standard_normal((ITEMS, 40))
    features = inner @ draw.standard_normal((40, width))
    features += 2 * draw.standard_normal((ITEMS, width))
    return features.astype(np.float32), targets


def _cell(place: Path, width: int, count: int) -> None:
    features, targets = drawn(width, count)
    with Project.create(place / "items", "text-classification") as project:
        new = [
            items.NewItem("t.csv", "text", f"{n:064x}", 4, position=n + 1, text=f"{n}")
            for n in range(ITEMS)
        ]
        items.add(project, items.source_id(project, place), new)
        ids = np.asarray(items.ids(project), np.int64)
        made = list(classes.ensure(project, [f"class {n}" for n in range(count)]).values())
        own = np.asarray(made, np.int64)
        held, answers = stock.stock(project), Answers()
        answers.describe(ids, features, held)
        given = 0
        order = _order(targets)
        for size in LABELLED:
            _label(project, ids, own[targets], order[given:size])
            _answer(project, answers, own)
            took = []
            for place_ in order[size : size + TRIES]:
                _label(project, ids, own[targets], [place_])
                began = time.perf_counter()
                _answer(project, answers, own)
                took.append(1000 * (time.perf_counter() - began))
            given = size + TRIES
            peer = 1000 * _peer(features, targets, order[:given], order[given:])
            print(f"| {width:,} | {count} | {size:,} | {median(took):.0f} | {max(took):.0f} "
                  f"| {peer:,.0f} |", flush=True)  # fmt: skip


def _order(targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """By chance, but two of each class come first."""
    mixed = np.random.default_rng(0).permutation(len(targets))
    first = np.concatenate([mixed[targets[mixed] == one][:2] for one in np.unique(targets)])
    return np.concatenate([first, mixed[~np.isin(mixed, first)]])


def _label(
    project: Project, ids: NDArray[np.int64], own: NDArray[np.int64], places: Iterable[int]
) -> None:
    labels.give(project, [(int(ids[place]), int(own[place])) for place in places], "reader")


def _answer(project: Project, answers: Answers, own: NDArray[np.int64]) -> None:
    taught, given = stock.labels(project)
    said = answers.answer(taught, given, stock.labelled(project), own)
    files.write(files.folder(project), files.SUGGESTIONS, said.rows)


def _peer(
    features: Floats, targets: NDArray[np.int64], taught: NDArray[np.int64],
    rest: NDArray[np.int64],
) -> float:  # fmt: skip
    from sklearn.linear_model import LogisticRegression

    began = time.perf_counter()
    fitted = LogisticRegression(max_iter=1000).fit(features[taught], targets[taught])
    fitted.predict_proba(features[rest])
    return time.perf_counter() - began


def in_the_child() -> None:
    """10,003 texts, two labels of each of 77 intents, then TRIES labels one by one."""
    chosen = SETS["text_banking77"]
    with tempfile.TemporaryDirectory() as place:
        with Project.create(Path(place) / "texts", "text-classification") as project:
            import_source(project, _table(Path(place), chosen.rows("train")))
            truth = {item.id: item.class_id for item in items.each(project)}
            project.db.execute("UPDATE item SET split = NULL")
            order = _order(np.asarray(list(truth.values()), np.int64))
            ids = np.asarray(list(truth))[order].tolist()
            first = 2 * len(set(truth.values()))
            labels.give(project, [(id, None) for id in ids[first:]], "reader")
            recipe = Recipe(chosen.model, str(chosen.weights()))
            child = Child()
            child.start(Request("suggest", str(project.folder), {"recipe": recipe.to_wire()}))
            took: list[float] = []
            began, waits, started = 0.0, False, time.perf_counter()
            for event in child.events():
                if not isinstance(event, Suggested) or event.described < event.items:
                    continue
                if waits and event.labelled == first + len(took) + 1:
                    took.append(1000 * (time.perf_counter() - began))
                elif waits:
                    continue
                else:
                    print(f"{event.items:,} texts described in "
                          f"{time.perf_counter() - started:.0f} s")  # fmt: skip
                if len(took) == TRIES:
                    child.command("stop")
                    break
                id = ids[first + len(took)]
                waits, began = True, time.perf_counter()
                labels.give(project, [(id, truth[id])], "reader")
            for _ in child.events():
                pass
        print(f"label to event in the child: median {median(took):.0f} ms, "
              f"longest {max(took):.0f} ms of {TRIES}")  # fmt: skip


def _table(place: Path, rows: list[tuple[str, str]]) -> Path:
    file = place / "texts.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("text", "label"), *rows])
    return file


if __name__ == "__main__":
    main()
