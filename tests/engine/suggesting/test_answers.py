"""From labels to rows: suggestions that fit the probe, orders that are whole, axes that stand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from engine.store import classes, items, labels
from engine.store.project import Project
from engine.suggesting import stock
from engine.suggesting.agreement import hidden
from engine.suggesting.answers import Answers
from engine.suggesting.stock import Stock

IDS = np.arange(10, 1807, dtype=np.int64)  # item ids need not begin at 1


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    pixels, targets = load_digits(return_X_y=True)
    mixed = np.random.default_rng(0).permutation(len(targets))  # else by writer
    return pixels[mixed].astype(np.float32), 100 + targets[mixed].astype(np.int64)


def stock_of(ids: np.ndarray) -> Stock:
    return Stock(ids, ids.copy(), -ids, hidden("k", [str(id) for id in ids]), ())


def test_suggestions_are_right_and_second_guesses_come_second(
    digits: tuple[np.ndarray, np.ndarray],
) -> None:
    pixels, targets = digits
    answers, own = Answers(), np.unique(targets)
    answers.describe(IDS, pixels, stock_of(IDS))
    taught = IDS[:200]
    said = answers.answer(taught, targets[:200], taught, own)
    rows, truth = said.rows, targets[200:]
    assert rows["item"].tolist() == IDS[200:].tolist()
    first, second = rows["class_id"] == truth, rows["second"] == truth
    assert first.mean() > 0.85 and second[~first].mean() > 0.5
    assert (rows["probability"] >= rows["second_probability"]).all()
    margin = rows["probability"] - rows["second_probability"]
    assert np.allclose(rows["uncertainty"], 1 - margin, atol=1e-6)
    by = np.argsort(rows["by_uncertainty"])
    assert rows["uncertainty"][by[0]] == rows["uncertainty"].max()
    assert said.accuracy is not None
    assert said.accuracy[1] - 0.02 <= first.mean() <= said.accuracy[2] + 0.05


def test_items_that_come_leave_the_axes_until_they_are_as_many(
    digits: tuple[np.ndarray, np.ndarray],
) -> None:
    pixels, targets = digits
    answers, own = Answers(), np.unique(targets)
    answers.describe(IDS[:800], pixels[:800], stock_of(IDS[:800]))
    taught, given_ = IDS[:100], targets[:100]
    first = answers.answer(taught, given_, taught, own).rows
    answers.describe(IDS[:1200], pixels[:1200], stock_of(IDS[:1200]))
    second = answers.answer(taught, given_, taught, own).rows[: len(first)]
    assert (first["class_id"] == second["class_id"]).mean() > 0.99
    assert np.abs(first["probability"] - second["probability"]).max() < 0.1
    answers.describe(IDS, pixels, stock_of(IDS))
    third = answers.answer(taught, given_, taught, own).rows
    assert (third["class_id"] == targets[100:]).mean() > 0.75


@given(st.data())
@settings(max_examples=25)
def test_whatever_is_labelled_every_other_item_has_one_row(
    digits: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    pixels, targets = digits
    count = data.draw(st.integers(1, 60))
    ids = IDS[:count]
    answers = Answers()
    answers.describe(ids, pixels[:count], stock_of(ids))
    known = data.draw(st.lists(st.integers(0, 80), max_size=60, unique=True))
    items_ = np.asarray([10 + place for place in known], np.int64)  # some are not described
    given_ = targets[known] if known else np.empty(0, np.int64)
    partial = data.draw(st.booleans())
    said = answers.answer(items_, given_, items_, np.unique(targets[:80]), partial)
    assert said.rows["item"].tolist() == np.setdiff1d(ids, items_).tolist()
    for name in ("by_uncertainty", "by_diversity", "by_mix"):
        assert sorted(said.rows[name].tolist()) == list(range(len(said.rows)))
    some = len(said.classes) >= 2 and (partial or not said.missing)
    assert ((said.rows["class_id"] >= 0) == some).all()
    assert (said.accuracy is not None) == some


def test_the_stock_of_a_project(text_project: Project) -> None:
    new = [
        items.NewItem("t.csv", "text", f"h{n % 4}", 1, position=n + 1, text=f"{n}",
                      group="p" if n < 2 else None)
        for n in range(6)
    ]  # fmt: skip
    items.add(text_project, items.source_id(text_project, text_project.folder), new)
    before = stock.mark(text_project)
    held = stock.stock(text_project)
    assert len(held.ids) == 6 and (np.diff(held.ids) > 0).all() and held.mark == before
    assert held.contents[0] == held.contents[4] != held.contents[1]
    assert held.groups[0] == held.groups[1] and len(np.unique(held.groups)) == 5
    assert np.array_equal(held.hidden, hidden(text_project.setting("id"), [n.hash for n in new]))
    ids = list(classes.ensure(text_project, ["a", "b"]).values())
    labels.give(text_project, [(int(held.ids[3]), ids[0]), (int(held.ids[0]), ids[1])], "me")
    labels.give(text_project, [(int(held.ids[3]), ids[1]), (int(held.ids[0]), None)], "me")
    taught, given_ = stock.labels(text_project)
    assert taught.tolist() == [held.ids[3]] and given_.tolist() == [ids[1]]
    assert stock.labelled(text_project).tolist() == [held.ids[3]]
    text_project.db.execute("UPDATE item SET split = 'test' WHERE id = ?", [int(held.ids[3])])
    assert not len(stock.labels(text_project)[0]) and len(stock.labelled(text_project)) == 1
    text_project.db.execute("UPDATE item SET state = 'broken' WHERE id = ?", [int(held.ids[5])])
    assert stock.mark(text_project) != before and len(stock.stock(text_project).ids) == 5


def test_readings_are_first_labels_that_were_read_one_by_one(text_project: Project) -> None:
    new = [
        items.NewItem("t.csv", "text", f"h{n}", 1, position=n + 1, text=f"{n}") for n in range(60)
    ]
    items.add(text_project, items.source_id(text_project, text_project.folder), new)
    held = stock.stock(text_project)
    a, b = classes.ensure(text_project, ["a", "b"]).values()
    covered, open_ = held.ids[held.hidden].tolist(), held.ids[~held.hidden].tolist()
    assert covered, "a tenth of sixty"
    with text_project.writing() as db:
        db.execute("INSERT OR IGNORE INTO reader (name) VALUES ('me')")
        for item, given_, how, shown in [
            (covered[0], b, "hand", 0),  # unseen, and said otherwise
            (open_[0], a, "hand", 1),
            (open_[0], b, "hand", 1),  # a later change of mind
            (open_[1], a, "suggestion", 1),
            (open_[2], a, "suggestion", 0),  # in bulk
            (open_[3], a, "hand", 0),  # unseen, though not by chance
            (open_[4], b, "hand", 1),
        ]:
            db.execute(
                "INSERT INTO label (item_id, class_id, reader_id, how, at, suggested_id, shown) "
                "VALUES (?, ?, (SELECT id FROM reader WHERE name = 'me'), ?, ?, ?, ?)",
                [item, given_, how, "2026-01-01T00:00:00.000+00:00", a, shown],
            )
    seen, equal = stock.readings(text_project)
    said = sorted(zip(seen.tolist(), equal.tolist(), strict=True))
    assert said == [(False, False), (True, False), (True, True), (True, True)]
