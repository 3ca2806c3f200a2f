"""Lists in the order in which a model would have them labelled."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from engine.store.project import Project
from engine.suggesting import files, ordering
from engine.suggesting.files import SUGGESTION


def rows(*given: tuple[int, int, float, int]) -> files.Rows:
    """Of item, class, probability, rank."""
    made = np.zeros(len(given), SUGGESTION)
    for name, values in zip(
        ("item", "class_id", "probability", "by_mix"), zip(*given, strict=True), strict=True
    ):
        made[name] = values
    return made


def test_by_rank_and_what_is_unknown_comes_last() -> None:
    ids = array("q", [9, 4, 7, 1])
    said = rows((4, 1, 0.9, 2), (7, 1, 0.9, 0), (8, 1, 0.9, 1))
    assert list(ordering.by_rank(ids, said, "by_mix")) == [7, 4, 9, 1]
    assert list(ordering.by_rank(ids, None, "by_mix")) == list(ids)
    assert list(ordering.by_rank(array("q"), said, "by_mix")) == []


def test_what_the_model_is_unsure_of() -> None:
    ids = array("q", [9, 4, 7, 1])
    said = rows((1, 2, 0.3, 0), (4, 1, 0.69, 0), (7, 1, 0.71, 0), (8, 1, 0.1, 0), (9, -1, 0.0, 0))
    assert list(ordering.unsure(ids, said)) == [4, 1], "9 has no suggestion, 8 is not listed"
    assert list(ordering.unsure(ids, None)) == [] == list(ordering.unsure(array("q"), said))


def test_by_likeness(project: Project) -> None:
    ids = array("q", [3, 1, 2, 4, 5])
    assert list(ordering.by_likeness(project, ids, 2)) == list(ids), "nothing is described yet"
    place = files.folder(project)
    made = np.zeros(4, files.feature(2))
    made["item"] = [1, 2, 3, 4]
    made["features"] = [[1, 0], [2, 0.1], [0, 5], [-1, 0]]
    files.write(place, "features-k", made)
    files.set_current(place, key="k", model="m", width=2, kind="image")
    assert list(ordering.by_likeness(project, ids, 2)) == [2, 1, 3, 4, 5]
    assert list(ordering.by_likeness(project, ids, 5)) == list(ids), "it is not described itself"


@pytest.mark.parametrize("order", ["by_uncertainty", "by_diversity", "by_mix"])
def test_every_order_of_the_page_is_one_of_the_file(order: str) -> None:
    assert order in (SUGGESTION.names or ())
