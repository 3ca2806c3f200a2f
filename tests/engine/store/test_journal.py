"""Edits and their inverses: whatever was done, undoing it all gives what was there before."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ConfigurationError
from engine.labels import edits
from engine.labels.edits import (
    Annotate,
    ClassState,
    Edit,
    Note,
    Reclass,
    Redraw,
    Regroup,
    Relabel,
    Resplit,
    Together,
)
from engine.labels.marks import Mark, new_uid
from engine.labels.shapes import Box, Mask, Polygon, Shape, Span, Whole
from engine.store import classes, items, journal, labels, marks, notes
from engine.store.items import NewItem
from engine.store.project import Project

COUNT = 4


@pytest.fixture
def filled(project: Project) -> Project:
    return fill(project)


def fill(project: Project) -> Project:
    source = items.source_id(project, project.folder)
    items.add(project, source, [NewItem(f"{n}.png", "image", "h", 1) for n in range(COUNT)])
    classes.ensure(project, ["cat", "dog", "eel"])
    return project


def picture(project: Project) -> Any:
    """All that a person sees of labels, marks, notes and classes."""
    ids = list(items.ids(project))
    return (
        labels.standing(project, ids),
        {id: sorted(marks.of_item(project, id), key=lambda mark: mark.uid) for id in ids},
        notes.of(project, ids),
        classes.all_classes(project),
        [(item.split, item.group) for item in items.load(project, ids)],
    )


number = st.integers(0, 50).map(float)
shapes = st.one_of(
    st.just(Whole()),
    st.builds(Box, number, number, number, number),
    st.lists(st.tuples(number, number), min_size=3, max_size=6).map(lambda p: Polygon(tuple(p))),
    st.builds(Span, st.integers(0, 9), st.integers(10, 20)),
    st.just(Mask(3, 4, 2, 2, (0, 1, 2, 1))),
)
places = st.integers(0, COUNT - 1)
cls = st.one_of(st.none(), st.integers(0, 2))
moves = st.one_of(
    st.tuples(st.just("label"), st.lists(places, min_size=1, unique=True), cls),
    st.tuples(st.just("draw"), places, shapes),
    st.tuples(st.just("redraw"), places, shapes),
    st.tuples(st.just("erase"), places, st.none()),
    st.tuples(st.just("note"), places, st.text(max_size=5)),
    st.tuples(st.just("rename"), st.integers(0, 2), st.sampled_from(["fox", "gnu", "hen"])),
    st.tuples(st.just("split"), places, st.sampled_from(["train", "test", None])),
    st.tuples(st.just("group"), places, st.sampled_from(["p1", "p2", None])),
    st.tuples(st.just("merge"), st.integers(0, 2), st.integers(0, 2)),
    st.tuples(st.just("undo"), st.none(), st.none()),
    st.tuples(st.just("redo"), st.none(), st.none()),
)


def made(project: Project, move: tuple[str, Any, Any]) -> Edit | None:
    what, one, two = move
    ids = list(items.ids(project))
    known = list(classes.states(project).values())
    if what == "label":
        chosen = [ids[place] for place in one]
        after = None if two is None else known[two].id
        before = labels.standing(project, chosen)
        return Relabel(tuple(before.items()), tuple((id, after) for id in chosen))
    if what == "draw":
        mark = Mark(new_uid(), ids[one], known[0].id, two)
        return Redraw((_gone(mark),), (mark,))
    if what in ("redraw", "erase"):
        there = marks.of_item(project, ids[one])
        if not there:
            return None
        old = there[0]
        new = _gone(old) if what == "erase" else Mark(old.uid, old.item_id, known[1].id, two)
        return Redraw((old,), (new,))
    if what == "note":
        before_note = notes.of(project, [ids[one]])[ids[one]]
        return Annotate((before_note,), (Note(ids[one], not before_note.flagged, False, two),))
    if what in ("split", "group"):
        (item,) = items.load(project, [ids[one]])
        kind = Resplit if what == "split" else Regroup
        return kind(((item.id, getattr(item, what)),), ((item.id, two),))
    state = known[one]
    if what == "rename":
        if any(other.name == two for other in known):
            return None
        return Reclass((state,), (ClassState(**{**vars(state), "name": two}),))
    other = known[two]
    if other is state or state.removed or other.removed:
        return None
    labelled = [id for id, found in labels.standing(project, ids).items() if found == state.id]
    moved = marks.with_class(project, state.id)
    return Together((
        Relabel(tuple((id, state.id) for id in labelled), tuple((id, other.id) for id in labelled)),
        Redraw(tuple(moved), tuple(Mark(m.uid, m.item_id, other.id, m.shape) for m in moved)),
        Reclass((state,), (ClassState(**{**vars(state), "removed": True}),)),
    ))  # fmt: skip


def _gone(mark: Mark) -> Mark:
    return Mark(mark.uid, mark.item_id, mark.class_id, mark.shape, mark.frame, True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(moves, max_size=14))
def test_undo_and_redo_walk_the_same_way_back_and_forth(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, Any, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("p")
    project = fill(Project.create(folder / "p", "image-classification"))
    try:
        seen = [picture(project)]  # after each action that is done
        ahead: list[Any] = []
        for move in said:
            if move[0] == "undo":
                if len(seen) > 1:
                    journal.undo(project, journal.last(project, 1)[0].id, "Ann")
                    ahead.append(seen.pop())
            elif move[0] == "redo":
                if ahead:
                    journal.redo(project, journal.undone(project)[0].id, "Ann")
                    seen.append(ahead.pop())
            else:
                edit = made(project, move)
                if edit is None:
                    continue
                journal.do(project, edit, "Ann", move[0])
                seen.append(picture(project))
                ahead = []
            assert picture(project) == seen[-1]
            assert len(journal.last(project, 100)) == len(seen) - 1
            assert len(journal.undone(project)) == len(ahead)
        project.close()  # as a restart
        project = Project.open(folder / "p.graft")
        while len(seen) > 1:
            journal.undo(project, journal.last(project, 1)[0].id, "Bob")
            seen.pop()
            assert picture(project) == seen[-1]
    finally:
        project.close()


@given(shapes, st.integers(0, 3), st.booleans())
def test_an_edit_survives_its_wire_form(shape: Shape, frame: int, blind: bool) -> None:
    mark = Mark("u", 1, 2, shape, frame)
    whole = Together((
        Redraw((mark,), (_gone(mark),), blind), Relabel(((1, None),), ((1, 5),), blind),
        Annotate((Note(1),), (Note(1, True, False, "x"),)),
        Reclass((ClassState(1, "a", 0, 0, "", False),), (ClassState(1, "b", 1, 2, "d", True),)),
        Resplit(((1, None),), ((1, "test"),)), Regroup(((1, "p"), (2, None)), ((1, "q"), (2, "q"))),
    ))  # fmt: skip
    wire = json.loads(json.dumps(edits.to_wire(whole)))
    assert edits.from_wire(wire) == whole
    assert edits.inverse(edits.inverse(whole)) == whole


def test_an_edit_happens_whole_or_not_at_all(filled: Project) -> None:
    known = classes.states(filled)
    first, second, _ = known.values()
    before = picture(filled)
    clash = Reclass((first,), (ClassState(**{**vars(first), "name": second.name}),))
    both = Together((Relabel(((1, None),), ((1, first.id),)), clash))
    with pytest.raises(ConfigurationError, match="taken"):
        journal.do(filled, both, "Ann", "x")
    assert picture(filled) == before and journal.last(filled, 9) == []


def test_two_classes_may_swap_their_names(filled: Project) -> None:
    first, second, _ = classes.states(filled).values()
    swapped = (
        ClassState(**{**vars(first), "name": second.name}),
        ClassState(**{**vars(second), "name": first.name}),
    )
    journal.do(filled, Reclass((first, second), swapped), "Ann", "swap")
    assert [one.name for one in classes.all_classes(filled)] == ["dog", "cat", "eel"]


def test_the_history_shows_the_undo_and_who_did_it(filled: Project) -> None:
    cat = classes.ensure(filled, ["cat"])["cat"]
    action = journal.do(filled, Relabel(((1, None),), ((1, cat),)), "Ann", "label")
    journal.undo(filled, action, "Bob")
    said = [(one.reader, one.class_id) for one in labels.history(filled, 1)]
    assert said == [("Ann", cat), ("Bob", None)]


def test_what_the_model_said_then_is_kept(filled: Project) -> None:
    cat, dog = classes.ensure(filled, ["cat", "dog"]).values()
    both = Relabel(((1, None), (2, None)), ((1, cat), (2, cat)))
    journal.do(filled, both, "Ann", "label", "suggestion", {1: (dog, True)})
    rows = filled.db.execute("SELECT suggested_id, shown, how FROM label ORDER BY item_id")
    assert rows.fetchall() == [(dog, 1, "suggestion"), (None, 0, "suggestion")]


@pytest.mark.parametrize("table", ["mark", "note", "label"])
def test_nothing_said_is_changed(filled: Project, table: str) -> None:
    cat = classes.ensure(filled, ["cat"])["cat"]
    labels.give(filled, [(1, cat)], "Ann")
    marks.put(filled, [Mark(new_uid(), 1, cat, Box(0, 0, 2, 2))], "Ann")
    notes.write(filled, [Note(1, True)], "Ann")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), filled.writing() as db:
        db.execute(f"UPDATE {table} SET at = 'never'")


def test_a_clock_set_back_does_not_bury_the_newer_label(
    filled: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    cat, dog = classes.ensure(filled, ["cat", "dog"]).values()
    monkeypatch.setattr("engine.store.stamps.now", lambda: "2031-01-01T00:00:00.000+00:00")
    labels.give(filled, [(1, cat)], "Ann")
    marks.put(filled, [Mark("u", 1, cat, Box(0, 0, 2, 2))], "Ann")
    notes.write(filled, [Note(1, True)], "Ann")
    monkeypatch.setattr("engine.store.stamps.now", lambda: "1999-01-01T00:00:00.000+00:00")
    labels.give(filled, [(1, dog)], "Ann")
    marks.put(filled, [Mark("u", 1, cat, Box(0, 0, 9, 9))], "Ann")
    notes.write(filled, [Note(1)], "Ann")
    assert labels.standing(filled, [1]) == {1: dog}
    assert [mark.shape for mark in marks.of_item(filled, 1)] == [Box(0, 0, 9, 9)]
    assert not notes.of(filled, [1])[1].flagged


def test_a_second_reading_decides_nothing_until_somebody_does(filled: Project) -> None:
    cat, dog = classes.ensure(filled, ["cat", "dog"]).values()
    labels.give(filled, [(1, cat), (2, cat)], "Ann")
    blind = Relabel(((1, None), (2, None)), ((1, dog), (2, cat)), blind=True)
    journal.do(filled, blind, "Bob", "second reading")
    marks.put(filled, [Mark("b", 1, dog, Box(0, 0, 1, 1))], "Bob", blind=True)
    assert labels.standing(filled, [1, 2]) == {1: cat, 2: cat}
    assert labels.of_reader(filled, "Bob") == {1: dog, 2: cat}
    assert marks.of_item(filled, 1) == [] and len(marks.of_item(filled, 1, "Bob")) == 1
    disagreeing = "SELECT item_id FROM disagreement"
    assert filled.db.execute(disagreeing).fetchall() == [(1,)]
    labels.give(filled, [(1, dog)], "Carla", "adjudication")
    assert labels.standing(filled, [1]) == {1: dog}
    assert filled.db.execute(disagreeing).fetchall() == []
    assert labels.of_reader(filled, "Carla") == {}, "who decides is no reader of it"


def test_a_removed_class_comes_back_by_its_name(filled: Project) -> None:
    first = next(iter(classes.states(filled).values()))
    journal.do(
        filled, Reclass((first,), (ClassState(**{**vars(first), "removed": True}),)), "A", "x"
    )
    assert first.name not in [one.name for one in classes.all_classes(filled)]
    assert classes.ensure(filled, [first.name])[first.name] == first.id
    assert [one.name for one in classes.all_classes(filled)][-1] == first.name


def test_the_database_alone_holds_what_was_done(filled: Project, tmp_path: Path) -> None:
    cat = classes.ensure(filled, ["cat"])["cat"]
    journal.do(filled, Relabel(((1, None),), ((1, cat),)), "Ann", "label 1 item")
    with sqlite3.connect(filled.database) as other:  # as another process sees it at once
        assert other.execute("SELECT class_id FROM standing").fetchall() == [(cat,)]
        assert other.execute("SELECT title, state FROM action").fetchall() == [
            ("label 1 item", "done")
        ]
    other.close()


def test_an_unknown_split_is_refused_and_nothing_of_the_edit_stays(filled: Project) -> None:
    before = picture(filled)
    both = Together((Regroup(((1, None),), ((1, "p"),)), Resplit(((1, None),), ((1, "exam"),))))
    with pytest.raises(sqlite3.IntegrityError):
        journal.do(filled, both, "Ann", "x")
    assert picture(filled) == before and journal.last(filled, 9) == []
