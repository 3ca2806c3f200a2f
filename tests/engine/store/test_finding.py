"""What a person can look for, and the order in which it comes."""

from __future__ import annotations

import pytest

from engine.errors import DataError
from engine.labels.edits import Note
from engine.labels.marks import Mark, new_uid
from engine.labels.shapes import Box
from engine.store import classes, finding, items, labels, marks, notes
from engine.store.finding import Query
from engine.store.items import NewItem
from engine.store.labels import Saying
from engine.store.project import Project


@pytest.fixture
def ids(project: Project) -> list[int]:
    source = items.source_id(project, project.folder)
    items.add(
        project, source,
        [
            NewItem(
                f"wrist/{name}.png", "image", name, 1, modified=10.0 - n, width=n + 9, height=5,
                split="train" if n < 3 else None, group=f"patient-{n // 2}",
            )
            for n, name in enumerate(("Zoe", "b 1", "a_2", "100%", "é", "deep"))
        ],
    )  # fmt: skip
    return list(items.ids(project))


def found(project: Project, search: str = "", **asked: object) -> list[int]:
    return list(finding.find(project, Query(search=search, **asked)))  # type: ignore[arg-type]


def test_states(project: Project, ids: list[int]) -> None:
    cat, dog = classes.ensure(project, ["cat", "dog"]).values()
    labels.give(project, [(ids[0], cat), (ids[1], cat), (ids[2], dog)], "Ann")
    labels.give(project, [(ids[1], None)], "Ann")
    labels.say(project, [Saying(ids[0], dog), Saying(ids[2], dog)], "Bob", blind=True)
    items.set_checked(project, [(ids[5], DataError("a", "b", "c"))])
    notes.write(project, [Note(ids[3], True, False, "why?"), Note(ids[4], False, True)], "Ann")
    marks.put(project, [Mark(new_uid(), ids[4], dog, Box(0, 0, 1, 1))], "Ann")
    expected = {
        "all": ids, "labelled": [ids[0], ids[2]], "unlabelled": [ids[1], *ids[3:]],
        "marked": [ids[4]], "flagged": [ids[3]], "skipped": [ids[4]], "noted": [ids[3]],
        "broken": ids[5:], "disagreeing": [ids[0]],
        "train": ids[:3], "validation": [], "test": [],
    }  # fmt: skip
    assert {state: found(project, state=state) for state in finding.STATES} == expected
    assert found(project, class_id=cat) == [ids[0]]
    assert found(project, class_id=dog) == [ids[2], ids[4]], "a mark counts, too"
    assert items.counts(project)["labelled"] == 2
    assert [item.flagged for item in items.load(project, ids)] == [False] * 3 + [True] + [False] * 2


def test_orders(project: Project, ids: list[int]) -> None:
    cat = classes.ensure(project, ["cat"])["cat"]
    for id in (ids[3], ids[1]):
        labels.give(project, [(id, cat)], "Ann")
    assert found(project, order="added") == ids
    assert found(project, order="oldest") == ids[::-1]
    assert found(project, order="newest") == ids
    assert found(project, order="largest") == ids[::-1]
    names = [item.path for item in items.load(project, found(project, order="name"))]
    assert names == sorted(names, key=str.lower)
    assert {*found(project, order="labelled-last")[:2]} == {ids[1], ids[3]}
    for order in finding.ORDERS:
        assert sorted(found(project, order=order)) == ids


def test_searches_narrow_word_by_word(project: Project, ids: list[int]) -> None:
    cat = classes.ensure(project, ["big cat", "dog"])["big cat"]
    labels.give(project, [(ids[0], cat)], "Ann Lee")
    assert found(project, "wrist zoe") == [ids[0]]
    assert found(project, '"b 1"') == [ids[1]] and found(project, "b 1") == [ids[1]]
    assert found(project, "a_2") == [ids[2]] and found(project, "0%") == [ids[3]]
    assert found(project, "é") == [ids[4]] and found(project, "nothing") == []
    assert found(project, "reader:ann") == [ids[0]] and found(project, "reader:bob") == []
    assert found(project, 'class:"big cat"') == [ids[0]] == found(project, "CLASS:cat zoe")
    assert (
        found(project, "group:patient-1") == ids[2:4] and found(project, "split:train") == ids[:3]
    )
    assert found(project, "is:unlabelled split:train") == ids[1:3]
    assert found(project, "is:wonderful") == [] and found(project, "label:x") == []
    assert found(project, "reader:") == []


def test_a_second_reader_finds_nothing_by_what_others_said(
    project: Project, ids: list[int]
) -> None:
    cat = classes.ensure(project, ["cat"])["cat"]
    labels.give(project, [(ids[0], cat), (ids[1], cat), (ids[5], cat)], "Ann")
    labels.say(project, [Saying(ids[1], cat)], "Bob", blind=True)
    assert found(project, reader="Ann") == [ids[0], ids[1], ids[5]]
    assert found(project, reader="Bob") == [ids[1]] and found(project, reader="An") == []
    for told in ("class:cat", "reader:ann", "is:labelled"):
        assert found(project, told) and not found(project, told, blind="Bob"), told
    assert found(project, "group:patient-0", blind="Bob", unread=True) == [ids[0]]


def test_what_waits_next_is_found_around_the_end(project: Project, ids: list[int]) -> None:
    cat = classes.ensure(project, ["cat"])["cat"]
    labels.give(project, [(id, cat) for id in (ids[1], ids[3])], "Ann")
    items.set_checked(project, [(ids[2], DataError("a", "b", "c"))])
    backwards = ids[::-1]
    assert finding.next_waiting(project, ids, 0) == ids[4]
    assert finding.next_waiting(project, ids, 5) == ids[0]
    assert finding.next_waiting(project, backwards, 1) == ids[0]
    assert finding.next_waiting(project, ids, -1) == ids[0], "no item is the current one"
    assert finding.next_waiting(project, ids[1:4], 0) is None, "only what is listed"
    assert finding.next_waiting(project, [], -1) is None
    labels.say(project, [Saying(ids[1], cat)], "Bob", blind=True)
    assert finding.next_waiting(project, ids, 0, blind="Bob") == ids[3]


@pytest.mark.parametrize(
    "search", ["'", '"', "%", "_", "\\", "a:b:c", "is:'; DROP TABLE item", ":"]
)
def test_no_search_breaks(project: Project, ids: list[int], search: str) -> None:
    assert set(found(project, search)) <= set(ids)
    assert list(items.ids(project)) == ids
