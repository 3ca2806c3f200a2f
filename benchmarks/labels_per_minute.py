"""Labels per minute of a scripted reader, with and without the suggestions.

    python -m benchmarks.labels_per_minute run [--at-once 3]     appends what is not there
    python -m benchmarks.labels_per_minute table                 prints it as Markdown

The reader sits before the real window and presses real keys. It sleeps as long as a person would
need, so the suggestions have the time that they have in life, and no more:

* 1.35 s to make up the mind, 0.28 s for a key, 1.1 s to point, 0.4 s from keys to mouse or back
  (keystroke-level model: Card, Moran and Newell 1980);
* 0.15 s a bit to choose one of n keys, log2(n + 1) bits (Hick 1952; Hyman 1953; the slope of
  Card, Moran and Newell);
* a text is read at 238 words a minute (Brysbaert 2019).

It knows the right class of every item. Where a suggestion is in sight it first says yes or no to
that: Space when it is right, else the key of the class. In the third way it also presses 'All
above 0.95' after every 50 labels, looks at what the page says of it, and accepts; nobody looks at
those one by one, so what is wrong among them is counted.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import material
from benchmarks.few import SETS
from benchmarks.labelling import Driver

RESULTS = material.ROOT / "benchmarks" / "labels_per_minute.jsonl"
WAYS = ("keys", "suggestions", "suggestions, all above 0.95")
NAMES = ("img_clothing", "text_banking77")
SEEDS = range(3)
ITEMS, CLASSES = 200, 10
EVERY = 50  # labels between two times that all above are accepted
MIND, KEY, POINT, HAND = 1.35, 0.28, 1.1, 0.4  # s
BIT, WORD = 0.15, 60 / 238  # s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("run", "one", "table"))
    parser.add_argument("which", nargs="*", help="of one: set, seed, way")
    parser.add_argument("--at-once", type=int, default=1)
    given = parser.parse_args()
    if given.what == "table":
        table()
    elif given.what == "one":
        name, seed, way = given.which
        print(json.dumps(one(name, int(seed), way)))
    else:
        known = {(row["set"], row["seed"], row["way"]) for row in material.lines(RESULTS)}
        todo = [(n, s, w) for s in SEEDS for n in NAMES for w in WAYS if (n, s, w) not in known]
        with ThreadPoolExecutor(given.at_once) as pool:
            list(pool.map(_apart, todo))


def _apart(which: tuple[str, int, str]) -> None:
    """In a process of its own: a window each."""
    command = [sys.executable, "-m", "benchmarks.labels_per_minute", "one", *map(str, which)]
    done = subprocess.run(command, cwd=material.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return
    line = done.stdout.splitlines()[-1]
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    print(line, flush=True)


def one(name: str, seed: int, way: str) -> dict[str, Any]:
    """The whole pool labelled in one way."""
    with tempfile.TemporaryDirectory(prefix="graft-reader-") as place:
        truth = _project(Path(place), name, seed)
        driver = Driver(Path(place))
        driver.window.open(Path(place) / "Pool.graft")
        driver.until(lambda: "data" in driver.window.pages)
        reader = Reader(driver, truth)
        found = reader.work(way)
        driver.page.full.suggestions.end()
        driver.window.close()
        driver.rest(1.0)
    return {"set": name, "seed": seed, "way": way, **found}


def _project(place: Path, name: str, seed: int) -> dict[int, str]:
    """A project without labels beside a copy of its files; the class of each item, by its id."""
    from engine.exchange.importing import import_source
    from engine.store import classes, items
    from engine.store.project import Project

    own, draw = SETS[name], np.random.default_rng(seed)
    rows = own.rows("train")
    names = sorted({label for _, label in rows})
    chosen = sorted(draw.permutation(names)[:CLASSES].tolist())
    rows = [row for row in rows if row[1] in chosen]
    rows = [rows[n] for n in draw.permutation(len(rows))[:ITEMS]]
    with Project.create(place / "Pool.graft", f"{own.kind}-classification") as made:
        if own.kind == "image":
            files = place / "files"
            files.mkdir()
            known = {}
            for number, (file, label) in enumerate(rows):
                shutil.copyfile(file, files / f"{number:04}{Path(file).suffix}")
                known[f"{number:04}{Path(file).suffix}"] = label
            import_source(made, files)
            truth = {one.id: known[Path(one.path).name] for one in items.each(made)}
        else:
            new = [
                items.NewItem("texts.csv", "text", f"{n:064x}", 4, position=n + 1, text=text)
                for n, (text, _) in enumerate(rows)
            ]
            items.add(made, items.source_id(made, place), new)
            truth = {one.id: rows[(one.position or 1) - 1][1] for one in items.each(made)}
        classes.ensure(made, chosen)
        model = {"name": own.model, "title": own.model, "weights": str(own.weights())}
        made.settings_set(model=model, recipe={})
    return truth


class Reader:
    """Knows the right class of every item, and takes a person's time over it."""

    def __init__(self, driver: Driver, truth: dict[int, str]) -> None:
        self.driver, self.truth, self.full = driver, truth, driver.page.full
        driver.until(lambda: self.full.browser.model.rowCount() == len(truth))
        driver.until(lambda: self.full.browser.current is not None)
        driver.rest(1.0)
        self.grid = self.full.browser.grid
        self.grid.setFocus()
        self.accepted = self.at_once = 0
        self.waits: list[float] = []

    def work(self, way: str) -> dict[str, Any]:
        began, given = time.perf_counter(), 0
        if way != "keys":
            self.driver.rest(HAND + POINT + KEY + HAND)
            self.full.suggestion.go.click()
        while self._open():
            self._read()
            given += 1
            if way == WAYS[2] and given % EVERY == 0:
                self._accept_all()
        minutes = (time.perf_counter() - began) / 60
        stands = self._stands()
        wrong = sum(stands[id] != name for id, name in self.truth.items())
        return {
            "labels": len(stands), "minutes": round(minutes, 3),
            "per_minute": round(len(stands) / minutes, 1), "wrong": wrong,
            "accepted": self.accepted, "at_once": self.at_once,
            "wait_ms": round(1000 * float(np.median(self.waits))),
        }  # fmt: skip

    def _read(self) -> None:
        """One item: looks, makes up the mind, presses a key, waits for the next."""
        browser, facts = self.full.browser, self.driver.window.session.facts
        item = browser.current
        right = self.truth[item.id]
        names = [cls.name for cls in facts.classes]
        self.driver.rest(MIND + (WORD * len(item.text.split()) if item.text else 0.0))
        found = self.full.suggestion.current
        key: str | None = None
        if found is not None and not found.hidden and self.full.suggestion.accept.isVisible():
            self.driver.rest(_choosing(1))
            if facts.class_name(found.class_id) == right:
                key = " "
                self.accepted += 1
        if key is None:
            self.driver.rest(_choosing(len(names)))
            key = self._key(right)
        self.driver.rest(KEY)
        self._press(key, item.id)

    def _key(self, name: str) -> str:
        facts = self.driver.window.session.facts
        cls = next(one for one in facts.classes if one.name == name)
        row = self.full.classes._rows[cls.id]
        key = str(row.digit) if row.digit else row.letter
        assert key, f"{name} has no key"
        return str(key)

    def _press(self, key: str, item: int) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        pressed = time.perf_counter()
        QTest.keyClick(self.grid, Qt.Key.Key_Space if key == " " else key)
        browser, viewer = self.full.browser, self.full.viewer

        def onward() -> bool:
            current = browser.current
            last = browser.model.id_at(browser.model.rowCount() - 1) == item
            if last:
                return item in self._stands()
            return current is not None and current.id != item and viewer.item is not None \
                and viewer.item.id == current.id  # fmt: skip

        self.driver.until(onward)
        self.waits.append(time.perf_counter() - pressed)
        if browser.current is not None and browser.current.id in self._stands():
            browser.go_unlabelled()  # Ctrl+Return: those accepted at once need no look
            self.driver.rest(2 * KEY)

    def _accept_all(self) -> None:
        card = self.full.suggestion
        if not card.all.isVisible():
            return
        self.driver.rest(HAND + POINT + KEY)
        card.all.click()
        self.driver.until(lambda: card.preview.isVisible())
        self.driver.rest(MIND + WORD * len(card.preview.text().split()))
        if not card.sure.isVisible():
            self.driver.rest(HAND)
            return
        self.driver.rest(POINT + KEY)
        before, offered = len(self._stands()), len(card._chosen)
        card.sure.click()
        self.driver.until(lambda: len(self._stands()) >= before + offered)
        self.at_once += offered
        self.driver.rest(HAND)
        self.grid.setFocus()
        self.full.browser.go_unlabelled()
        self.driver.rest(0.3)

    def _open(self) -> bool:
        return len(self._stands()) < len(self.truth)

    def _stands(self) -> dict[int, str]:
        """The class that each labelled item has in SQLite."""
        project = self.driver.window.session.project
        sql = "SELECT item_id, class.name FROM current_label JOIN class ON class.id = class_id"
        return dict(project.db.execute(sql).fetchall())


def _choosing(among: int) -> float:
    return BIT * math.log2(among + 1)


def table() -> None:
    """Means over the seeds, with the interval of the mean (t, 95 %), paired for what is gained."""
    found: dict[str, dict[str, dict[int, dict[str, Any]]]] = defaultdict(lambda: defaultdict(dict))
    for row in material.lines(RESULTS):
        found[row["set"]][row["way"]][row["seed"]] = row
    print("| set | way | labels a minute | against keys | accepted by Space | at once | wrong |")
    print("|---|---|---|---|---|---|---|")
    for name, ways in found.items():
        for way in WAYS:
            own = list(ways[way].values())
            if not own:
                continue
            rates = [row["per_minute"] for row in own]
            gains = [
                row["per_minute"] / ways["keys"][seed]["per_minute"] - 1
                for seed, row in ways[way].items() if seed in ways["keys"]
            ]  # fmt: skip
            gain = "" if way == "keys" else f"{material.mean([100 * g for g in gains], '+.0f')} %"
            said = [np.mean([row[key] for row in own]) for key in ("accepted", "at_once")]
            wrong = sum(row["wrong"] for row in own), sum(row["labels"] for row in own)
            print(f"| {name} | {way} | {material.mean(rates, '.1f')} | {gain} | {said[0]:.0f} | "
                  f"{said[1]:.0f} | {wrong[0]} of {wrong[1]} |")  # fmt: skip


if __name__ == "__main__":
    main()
