"""Copies: found where they are, proven, and put right without tearing anything else."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from engine.labels import edits
from engine.media.images import read_image
from engine.media.shrinking import encode
from engine.quality import likeness, looks, mending, wording
from engine.quality.checking import check
from engine.quality.finding import Finding
from engine.quality.joining import Joined
from engine.store import items, journal, labels
from engine.store.items import NewItem
from engine.store.project import Project
from tests.engine.quality.conftest import Fill, Put

JPEG = ("JPEG", {"quality": 40})


def found(project: Project, kind: str) -> dict[str, Finding]:
    return {one.title: one for one in check(project, only=[kind]).findings}


def where(project: Project) -> dict[int, tuple[str | None, str | None]]:
    rows = project.db.execute("SELECT id, group_key, split FROM item")
    return {id: (group, split) for id, group, split in rows}


def torn(project: Project) -> list[str]:
    rows = project.db.execute(
        "SELECT group_key FROM item WHERE group_key IS NOT NULL AND split IS NOT NULL "
        "GROUP BY group_key HAVING count(DISTINCT split) > 1"
    )
    return [row[0] for row in rows]


def test_exact_copies_are_told_leaks_and_differing_labels_first(
    project: Project, digits: tuple[list[Image.Image], list[int]], fill: Fill
) -> None:
    some = digits[0]
    a, b, leak, twin, c, d, e = fill(project, [
        Put(some[0], "zero", split="train"), Put(some[0], "zero", split="train"),
        Put(some[1], "one", split="train"), Put(some[1], "one", split="test"),
        Put(some[2], "two", split="train"), Put(some[2], "five", split="train"),
        Put(some[3], "three", split="test"),
    ])  # fmt: skip
    said = found(project, "exact-duplicates")
    assert said["Exact copies in two splits"].sets == ((leak, twin),)
    assert said["Exact copies in two splits"].severity == "serious"
    assert "1 of 2 test items have one elsewhere" in said["Exact copies in two splits"].words
    assert said["Exact copies with different labels"].sets == ((c, d),)
    assert said["Exact copies"].sets == ((a, b),)
    assert e not in [id for one in said.values() for id in one.items]


def test_leaks_are_put_right_and_it_can_be_undone(
    project: Project, digits: tuple[list[Image.Image], list[int]], fill: Fill
) -> None:
    some = digits[0]
    leak, twin, other, alone, far = fill(project, [
        Put(some[1], "one", split="train"), Put(some[1], "one", split="test"),
        Put(some[4], "four", "p1", "train"), Put(some[4], "four", split="test"),
        Put(some[5], "five", "p1", "train"),
    ])  # fmt: skip
    before = where(project)
    leaks = found(project, "exact-duplicates")["Exact copies in two splits"]
    edit = leaks.fixes[0].make(project, leaks.items)
    action = journal.do(project, edit, "Ann", leaks.fixes[0].title)
    now = where(project)
    assert now[leak] == now[twin] == (f"copies-{leak}", "test"), "even: the test stays as it was"
    assert now[other] == now[alone] == now[far] == ("p1", "train"), "the fewest items move"
    assert found(project, "exact-duplicates").keys() == {"Exact copies"} and not torn(project)
    assert leaks.fixes[0].make(project, leaks.items) is None, "nothing is left to do"
    journal.undo(project, action, "Ann")
    assert where(project) == before
    # Only one of the sets.
    journal.do(project, leaks.fixes[0].make(project, [leak, twin]), "Ann", "x")
    assert where(project) | {leak: before[leak], twin: before[twin]} == before


def test_one_copy_keeps_its_label(
    project: Project, digits: tuple[list[Image.Image], list[int]], fill: Fill
) -> None:
    picture = digits[0][1]
    ids = fill(project, [Put(picture, "one", split=split) for split in ("train", "test", "train")])
    leaks = found(project, "exact-duplicates")["Exact copies in two splits"]
    edit = leaks.fixes[1].make(project, ids)
    action = journal.do(project, edit, "Ann", "x")
    stands = labels.standing(project, ids)
    assert stands[ids[1]] is not None and stands[ids[0]] is stands[ids[2]] is None
    journal.undo(project, action, "Ann")
    assert all(labels.standing(project, ids).values())
    assert leaks.fixes[1].make(project, ids[:1]) is None


splits = st.sampled_from(["train", "validation", "test", None])
members = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", None]), splits), min_size=2, max_size=9
)


@settings(max_examples=20)
@given(members, st.lists(st.sets(st.integers(0, 8), min_size=2), min_size=1, max_size=3))
def test_the_fix_leaves_no_set_and_no_group_torn(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str | None, str | None]],
    drawn: list[set[int]],
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("p")
    with Project.create(folder / "p", "image-classification") as project:
        source = items.source_id(project, folder)
        items.add(project, source, [
            NewItem(f"{n}.png", "image", f"h{n}", 1, group=group, split=split)
            for n, (group, split) in enumerate(made)
        ])  # fmt: skip
        ids = list(items.ids(project))
        sets = [sorted(ids[n] for n in one if n < len(ids)) for one in drawn]
        touched = {made[ids.index(id)][0] for one in sets if len(one) > 1 for id in one}
        before = where(project)
        edit = mending.together(project, ids, sets)
        if edit is not None:
            assert edits.from_wire(edits.to_wire(edit)) == edit
            action = journal.do(project, edit, "Ann", "x")
        now = where(project)
        for one in sets:
            if len(one) > 1:
                assert len({now[id][0] for id in one}) == 1
                assert len({now[id][1] for id in one} - {None}) <= 1
        assert not [
            group
            for group in torn(project)
            if group in {now[id][0] for one in sets for id in one if len(one) > 1}
        ]
        for id, (group, _) in before.items():
            if group not in touched and not any(id in one and len(one) > 1 for one in sets):
                assert now[id] == before[id], "what has nothing to do with it stays"
            assert (now[id][1] is None) == (before[id][1] is None)
        if edit is not None:
            journal.undo(project, action, "Ann")
        assert where(project) == before


def changed(image: Image.Image) -> list[Image.Image]:
    coded = io.BytesIO()
    image.save(coded, "JPEG", quality=50)
    half = image.resize((max(1, image.width // 2), max(1, image.height // 2)))
    return [
        Image.open(coded).convert("RGB"), half, ImageEnhance.Contrast(image).enhance(0.75),
        ImageEnhance.Brightness(image).enhance(1.1),
    ]  # fmt: skip


def small(image: Image.Image) -> np.ndarray:
    seen = Image.open(io.BytesIO(encode(image))).convert("RGB")
    return looks.look(seen)["grey"][0]


def test_photographs_compressed_shrunk_or_brightened_are_the_same_and_others_are_not(
    shared_data: Callable[[str], Path],
) -> None:
    photos = sorted((shared_data("img_clothing") / "validation").rglob("*.jpg"))[::2][:60]
    pictures = [read_image(file) for file in photos]
    every = [pictures, *zip(*[changed(one) for one in pictures[:30]], strict=True)]
    grey = np.stack([small(one) for part in every for one in part])
    found = likeness.alike(grey)
    wanted = [[n, *(60 + 30 * k + n for k in range(4))] for n in range(30)]
    assert sorted(map(sorted, found)) == wanted, "all of them, and no two others"


def test_films_of_one_layout_are_told_apart(shared_data: Callable[[str], Path]) -> None:
    films = sorted((shared_data("img_mednist") / "train" / "CXR").glob("*"))[:120]
    grey = np.stack([small(read_image(file)) for file in films])
    codes = likeness.hashes(grey)
    near = sum(len(a) for a, _ in likeness._close(codes, lambda done, total: None))
    assert near >= 5, "by their hash alone some would be copies"
    assert likeness.alike(grey) == []


def test_near_copies_of_digits_are_found_and_none_that_is_not(
    project: Project, digits: tuple[list[Image.Image], list[int]], fill: Fill
) -> None:
    pictures, targets = digits
    wanted = [Put(pictures[n], str(targets[n]), split="train") for n in range(150)]
    wanted += [Put(pictures[n], str(targets[n]), split="test", save=JPEG) for n in range(5)]
    ids = fill(project, wanted)
    said = found(project, "near-duplicates")
    assert said.keys() == {"Near copies in two splits"}
    sets = said["Near copies in two splits"].sets
    assert sets == tuple((ids[n], ids[150 + n]) for n in range(5))


def test_series_of_a_scan_are_one_set(project: Project, fill: Fill) -> None:
    random = np.random.default_rng(0)
    field = random.normal(size=(40, 48, 48))
    from scipy.ndimage import gaussian_filter, gaussian_filter1d

    volume = gaussian_filter1d(gaussian_filter(field, (0, 1.5, 1.5)), 6, axis=0)
    levels = 255 * (volume - volume.min()) / np.ptp(volume)
    slices = [Image.fromarray(one.astype(np.uint8)).convert("RGB") for one in levels]
    ids = fill(project, [Put(one, split="train" if n < 20 else "test")
                         for n, one in enumerate(slices)])  # fmt: skip
    said = found(project, "near-duplicates")["Near copies in two splits"]
    assert any(ids[19] in one and ids[20] in one for one in said.sets), "neighbours of the border"


def test_texts_again_with_other_case_and_points_are_near_copies(
    text_project: Project, fill: Fill
) -> None:
    said = [
        "My card has not arrived yet, and I ordered it two weeks ago.",
        "My card has NOT arrived yet - and I ordered it two weeks ago!!",
        "Where do I find the exchange rate of today?",
        "My card was swallowed by a machine in Berlin this morning.",
        "yes", "Yes!", "no",
    ]  # fmt: skip
    ids = fill(text_project, [Put(one, split="train") for one in said])
    near = found(text_project, "near-duplicates")
    assert near["Near copies"].sets == ((ids[0], ids[1]),)


def test_real_texts_are_no_copies_of_each_other_unless_they_are(
    shared_data: Callable[[str], Path],
) -> None:
    lines = (shared_data("text_banking77") / "test.csv").read_text("utf-8").splitlines()[1:400]
    texts = [wording.plain(one.rsplit(",", 1)[0]) for one in lines]
    sets = wording.alike(texts)
    for one in sets:
        pieces = [wording.shingles(texts[n]) for n in one]
        assert max(wording.overlap(pieces[0], other) for other in pieces[1:]) >= wording.ENOUGH
    proven = {n for one in sets for n in one}
    pieces = [wording.shingles(text) for text in texts]
    missed = [
        (a, b) for a in range(len(texts)) for b in range(a) if a not in proven or b not in proven
        if wording.overlap(pieces[a], pieces[b]) >= wording.ENOUGH
    ]  # fmt: skip
    assert not missed


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29))))
def test_sets_are_those_that_pairs_connect(count: int, pairs: list[tuple[int, int]]) -> None:
    pairs = [(a % count, b % count) for a, b in pairs]
    joined = Joined(count)
    joined.join([a for a, _ in pairs], [b for _, b in pairs])
    near = defaultdict(set)
    for a, b in pairs:
        near[a].add(b)
        near[b].add(a)

    def reach(start: int) -> frozenset[int]:
        seen, ahead = {start}, [start]
        while ahead:
            for other in near[ahead.pop()] - seen:
                seen.add(other)
                ahead.append(other)
        return frozenset(seen)

    wanted = {reach(n) for n in range(count) if len(reach(n)) > 1}
    assert {frozenset(one) for one in joined.sets()} == wanted
