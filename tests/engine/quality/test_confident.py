"""Confident learning: what was swapped is found, and what is clean stays quiet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from sklearn.datasets import load_digits

from engine.quality.checking import check
from engine.quality.confident import calibrated, confident_joint, suspects
from engine.store import journal, labels
from engine.store.project import Project
from tests.engine.quality.conftest import Fill, Put


def test_the_joint_is_that_of_the_paper_by_hand() -> None:
    # Usual confidence: class 0 (0.9 + 0.8 + 0.1) / 3 = 0.6, class 1 (0.7 + 0.9) / 2 = 0.8.
    said = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7], [0.1, 0.9]])
    given_ = np.array([0, 0, 0, 1, 1])
    counts = confident_joint(given_, said)
    assert counts.tolist() == [[2, 1], [0, 1]], "the fourth reaches neither"
    joint = calibrated(counts, given_)
    assert np.allclose(joint, [[0.4, 0.2], [0.0, 0.4]])
    found = suspects(given_, said)
    assert found.places.tolist() == [2] and found.likely.tolist() == [1]


@given(
    st.integers(2, 4).flatmap(
        lambda k: st.tuples(
            hnp.arrays(np.int64, st.integers(k, 30), elements=st.integers(0, k - 1)),
            st.just(k),
            st.integers(0, 999),
        )
    )
)
def test_its_invariants(drawn: tuple[np.ndarray, int, int]) -> None:
    given_, classes, seed = drawn
    given_[:classes] = np.arange(classes)  # every class is there
    said = np.random.default_rng(seed).dirichlet(np.ones(classes), len(given_))
    joint = calibrated(confident_joint(given_, said), given_)
    assert joint.sum() == pytest.approx(1)
    assert np.allclose(joint.sum(1), np.bincount(given_) / len(given_))
    found = suspects(given_, said)
    assert (found.likely != given_[found.places]).all()
    assert (found.likely == said[found.places].argmax(1)).all()
    margin = said[found.places, given_[found.places]] - said[found.places].max(1)
    assert (np.diff(margin) >= 0).all(), "the worst first"


def digit_project(
    project: Project, fill: Fill, wrong: int, seed: int, count: int = 700
) -> tuple[list[int], np.ndarray, np.ndarray]:
    data = load_digits()
    random = np.random.default_rng(seed)
    chosen = random.choice(len(data.target), count, replace=False)
    said = data.target[chosen].copy()
    swapped = random.choice(count, wrong, replace=False)
    said[swapped] = (said[swapped] + random.integers(1, 10, wrong)) % 10
    speck = np.zeros((4, 4, 3), np.uint8)
    puts = []
    for number, label in enumerate(said):
        speck[0, 0] = number % 256, number // 256, 0
        puts.append(Put(Image.fromarray(speck.copy()), str(label)))
    ids = fill(project, puts)
    return ids, swapped, data.data[chosen]


def test_swapped_labels_are_found_and_corrected(
    project: Project, fill: Fill, describe: Callable[[Project, np.ndarray], None]
) -> None:
    ids, swapped, features = digit_project(project, fill, 35, 1)
    before = labels.standing(project, ids)
    describe(project, features)
    (finding,) = check(project, only=["label-errors"]).findings
    wrong = {ids[n] for n in swapped}
    hits = [one.item in wrong for one in finding.noted]
    assert sum(hits) >= 24, "two of three are found"
    assert np.mean(hits) >= 0.8, "and what is told is wrong indeed"
    assert sum(hits[:15]) >= 14, "the surest stand first"
    chosen = [one.item for one in finding.noted if (one.sure or 0) >= 0.9]
    edit = finding.fixes[0].make(project, chosen)
    action = journal.do(project, edit, "Ann", "x")
    truth = load_digits().target[np.random.default_rng(1).choice(1797, 700, replace=False)]
    names = dict(project.db.execute("SELECT id, name FROM class").fetchall())
    now = labels.standing(project, ids)
    right = [names[now[id]] == str(t) for id, t in zip(ids, truth, strict=True)]
    was = [names[before[id]] == str(t) for id, t in zip(ids, truth, strict=True)]
    assert sum(right) - sum(was) >= 12, "those that it is sure of"
    journal.undo(project, action, "Ann")
    assert labels.standing(project, ids) == before


@pytest.mark.parametrize("seed", [2, 3])
def test_clean_labels_give_few_doubts(
    project: Project, fill: Fill, describe: Callable[[Project, np.ndarray], None], seed: int
) -> None:
    ids, _, features = digit_project(project, fill, 0, seed)
    describe(project, features)
    findings = check(project, only=["label-errors"]).findings
    assert sum(len(one.noted) for one in findings) <= 0.02 * len(ids)


def test_without_features_it_says_what_to_do(project: Project, fill: Fill) -> None:
    digit_project(project, fill, 0, 0, 20)
    report = check(project, only=["label-errors"])
    assert report.findings == [] and report.looked == []
    ((title, why),) = report.lacking
    assert title == "likely label errors" and "start suggestions" in why
