"""Files: whole or absent, numbered, mapped by readers, and nothing lost with them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ResourceError
from engine.store.project import Project
from engine.suggesting import files
from engine.suggesting.described import Described
from engine.suggesting.stock import Stock, rows_of


def some(count: int) -> files.Rows:
    rows = np.zeros(count, files.SUGGESTION)
    rows["item"] = np.arange(count)
    return rows


def test_what_is_written_is_read_and_older_ones_go(tmp_path: Path) -> None:
    assert files.newest(tmp_path, files.SUGGESTIONS) is None
    first = files.write(tmp_path, files.SUGGESTIONS, some(3))
    held = files.newest(tmp_path, files.SUGGESTIONS)
    second = files.write(tmp_path, files.SUGGESTIONS, some(5))
    assert held is not None and held["item"].tolist() == [0, 1, 2], "a reader keeps what it has"
    assert not first.exists() and second.exists()
    again = files.newest(tmp_path, files.SUGGESTIONS)
    assert again is not None and len(again) == 5
    assert files.write(tmp_path, files.SUGGESTIONS, some(0)).exists()
    empty = files.newest(tmp_path, files.SUGGESTIONS)
    assert empty is not None and len(empty) == 0


def test_names_that_begin_alike_are_apart(tmp_path: Path) -> None:
    files.write(tmp_path, "features-ab", some(1))
    files.write(tmp_path, "features-abc", some(2))
    one = files.newest(tmp_path, "features-ab")
    assert one is not None and len(one) == 1
    files.forget(tmp_path, "features-", "features-abc")
    assert files.newest(tmp_path, "features-ab") is None
    assert files.newest(tmp_path, "features-abc") is not None


@pytest.mark.parametrize("damage", [b"", b"no array", "cut"])
def test_a_damaged_file_gives_way_to_the_one_before(tmp_path: Path, damage: bytes | str) -> None:
    good = files.write(tmp_path, files.SUGGESTIONS, some(2))
    content = good.read_bytes()
    bad = tmp_path / f"{files.SUGGESTIONS}-00000009.npy"
    bad.write_bytes(content[:-40] if isinstance(damage, str) else damage)
    found = files.newest(tmp_path, files.SUGGESTIONS)
    assert found is not None and len(found) == 2
    assert not bad.exists()


def test_a_file_with_code_in_it_is_not_run(tmp_path: Path) -> None:
    np.save(tmp_path / f"{files.SUGGESTIONS}-00000001.npy", np.asarray([{}], object))
    assert files.newest(tmp_path, files.SUGGESTIONS) is None


def test_a_place_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ResourceError) as raised:
        files.write(tmp_path / "taken", files.SUGGESTIONS, some(1))
    assert raised.value.remedy and "label" in raised.value.remedy


def test_what_a_dead_process_left_is_swept_away(tmp_path: Path) -> None:
    mine, dead = tmp_path / f"a.npy.part{os.getpid()}", tmp_path / "b.npy.part99999999"
    for file in (mine, dead):
        file.write_bytes(b"half")
    files.sweep(tmp_path)
    assert mine.exists() and not dead.exists()


def test_the_current_facts(tmp_path: Path) -> None:
    assert files.current(tmp_path) is None
    files.set_current(tmp_path, key="k", width=3)
    assert files.current(tmp_path) == {"key": "k", "width": 3}
    (tmp_path / "current.json").write_text("{")
    assert files.current(tmp_path) is None


def test_features_are_fit_for_a_product_as_they_lie(tmp_path: Path) -> None:
    rows = np.zeros(50, files.feature(7))
    rows["features"] = np.random.default_rng(0).standard_normal((50, 7))
    files.write(tmp_path, "features-k", rows)
    found = files.newest(tmp_path, "features-k")
    assert found is not None
    features = found["features"]
    assert features.strides[1] == features.itemsize and features.strides[0] % features.itemsize == 0
    assert np.allclose(features.T @ features, rows["features"].T @ rows["features"])


def stock_of(contents: dict[int, int]) -> Stock:
    ids = np.asarray(sorted(contents), np.int64)
    own = np.asarray([contents[id] for id in ids.tolist()], np.int64)
    return Stock(ids, own, -ids, np.zeros(len(ids), bool), ())


def page(ids: np.ndarray) -> np.ndarray:
    """Features that tell whose they are."""
    return np.stack([ids, ids**2], axis=1).astype(np.float32)


@given(st.data())
@settings(max_examples=40)
def test_whatever_comes_and_goes_features_stay_with_their_items(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("described")
    described = Described(place, "key")
    content = st.integers(0, 2)
    for _ in range(data.draw(st.integers(1, 5))):
        now = stock_of(data.draw(st.dictionaries(st.integers(1, 30), content, max_size=15)))
        described.settle(now)
        asked = described.missing(now, np.empty(0, np.int64), data.draw(st.integers(0, 9)))
        read = asked[: data.draw(st.integers(0, len(asked)))]
        described.add(asked, read, page(read), now)
        assert (np.diff(described.ids) > 0).all()
        if described.features is not None:
            assert np.array_equal(described.features, page(described.ids))
        rest = described.missing(now, np.empty(0, np.int64), 100)
        assert not set(asked.tolist()) & set(rest.tolist()), (
            "what cannot be read is not asked again"
        )
        if data.draw(st.booleans()):
            described.save()
            described = Described(place, "key")
            if described.features is not None:
                assert np.array_equal(described.features, page(described.ids))


def test_what_has_changed_is_described_again(tmp_path: Path) -> None:
    described, first = Described(tmp_path, "key"), np.asarray([2], np.int64)
    now = stock_of({1: 5, 2: 5, 3: 5})
    assert described.missing(now, first, 9)[0] == 2, "labelled ones come first"
    described.add(now.ids, now.ids[:2], page(now.ids[:2]), now)
    changed = stock_of({1: 6, 2: 5, 3: 6})
    assert described.settle(changed)
    assert sorted(described.missing(changed, first, 9).tolist()) == [1, 3]
    assert not described.settle(changed)


def test_numbers_that_are_none_are_left_out(tmp_path: Path) -> None:
    described, now = Described(tmp_path, "key"), stock_of({1: 0, 2: 0})
    features = page(now.ids)
    features[0, 1] = np.nan
    described.add(now.ids, now.ids, features, now)
    assert described.ids.tolist() == [2]
    assert not len(described.missing(now, np.empty(0, np.int64), 9))


def test_many_wide_features_are_held_in_half_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.suggesting.described.BUDGET", 10)
    described, now = Described(tmp_path, "key"), stock_of({1: 0, 2: 0})
    features = page(now.ids)
    features[0, 0] = 1e9
    described.add(now.ids, now.ids, features, now)
    described.save()
    again = Described(tmp_path, "key")
    assert again.features is not None and again.features.dtype == np.float16
    assert np.isfinite(again.features).all()


def test_rows_of_ids() -> None:
    assert rows_of(np.asarray([2, 5, 9]), np.asarray([9, 3, 2, 99])).tolist() == [2, -1, 0, -1]
    assert rows_of(np.empty(0, np.int64), np.asarray([1])).tolist() == [-1]


def test_the_folder_is_in_the_cache(project: Project) -> None:
    assert files.folder(project) == project.cache / "suggestions"
