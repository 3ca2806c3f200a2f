"""The map of the items: driven by mouse and keys on real features, and how it comes to be."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from engine.errors import ConfigurationError, CrashedRun, StorageError
from engine.events import Activity, Done, Failed
from engine.exchange.digits import write_digits
from engine.exchange.importing import import_source
from engine.store import classes, items, labels
from engine.store.classes import Class
from engine.store.items import NewItem
from engine.store.project import Project
from engine.suggesting import files, surveys
from gui.children import Children
from gui.data.mapping import sheet
from gui.data.mapping.map_view import MapView
from gui.data.mapping.points import NONE, Points, inside
from gui.data.mapping.sprites import LOOKS, looks_of
from gui.errors import ErrorCard
from gui.jobs import Jobs
from gui.session import Session
from gui.theme import THEME
from tests.gui.script_child import ScriptChild

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NO = Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
KEY = Qt.Key


def describe(project: Project, pixels: np.ndarray, ids: list[int]) -> None:
    """Writes features as a model's would lie there; here they are the pixels themselves."""
    rows = np.zeros(len(ids), files.feature(pixels.shape[1]))
    rows["item"], rows["features"] = ids, pixels
    place = files.folder(project)
    files.write(place, "features-pixels", rows)
    files.set_current(place, key="pixels", model="pixels", width=pixels.shape[1], kind="image")


@pytest.fixture(scope="module")
def _digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sklearn.datasets import load_digits

    folder = tmp_path_factory.mktemp("digits")
    write_digits(folder / "all", range(3))
    for digit in sorted((folder / "all").iterdir()):
        (folder / "some" / digit.name).mkdir(parents=True)
        for file in sorted(digit.glob("*.png"))[:40]:
            shutil.copy(file, folder / "some" / digit.name / file.name)
    levels = load_digits().data.astype(np.float32)
    with Project.create(folder / "Digits.graft", "image-classification") as project:
        import_source(project, folder / "some")
        found = list(items.each(project))
        labels.give(project, [(item.id, None) for item in found if item.id % 3], "Ann")
        pixels = np.stack([levels[int(Path(item.path).stem)] for item in found])
        describe(project, pixels, [item.id for item in found])
        surveys.lay_out(project)
    return folder


@pytest.fixture
def digits(_digits: Path, tmp_path: Path) -> Path:
    """A project with 120 digits of three classes, a third of them labelled, and their map."""
    shutil.copytree(_digits, tmp_path / "made")
    return tmp_path / "made" / "Digits.graft"


@pytest.fixture
def session(qapp: QApplication, request) -> Iterator[Session]:  # type: ignore[no-untyped-def]
    THEME.begin(qapp)
    make = {} if not hasattr(request, "param") else {"make": request.param}
    made = Session(Jobs(), Children(keep_warm=False, **make))
    yield made
    made.close()
    made.processes.close()
    made.jobs.close()


@pytest.fixture
def show(session: Session, qtbot):  # type: ignore[no-untyped-def]
    """Opens a project and shows its map in one of the view's states."""

    def open_map(project: Path, state: str = "full") -> MapView:
        view = MapView(session)
        qtbot.addWidget(view)
        view.resize(420, 560)
        session.open(project)
        qtbot.waitUntil(lambda: session.facts is not None, timeout=10_000)
        view.show()
        qtbot.waitUntil(lambda: view.stack.currentWidget() is getattr(view, state))
        return view

    return open_map


def drag(qtbot, chart, spots: list[QPoint], button=LEFT, held=NO) -> None:  # type: ignore[no-untyped-def]
    qtbot.mousePress(chart, button, held, spots[0])
    for spot in spots:
        qtbot.mouseMove(chart, spot)
    qtbot.mouseRelease(chart, button, held, spots[-1])


def wheel(chart, at: QPointF, notches: int) -> None:  # type: ignore[no-untyped-def]
    event = QWheelEvent(
        at, chart.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        NO, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(chart, event)


def around(chart, x0: int, y0: int, x1: int, y1: int) -> list[QPoint]:  # type: ignore[no-untyped-def]
    """The corners of a rectangle, with steps between so that it is a drawn loop."""
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    found = []
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        found += [QPoint(ax + (bx - ax) * n // 8, ay + (by - ay) * n // 8) for n in range(8)]
    return found


def spots(chart) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Where each point is in the widget, [n, 2] px."""
    found = [chart.spot(row) for row in range(len(chart.points))]
    return np.array([(spot.x(), spot.y()) for spot in found])


def lonely(chart, among=None) -> int:  # type: ignore[no-untyped-def]
    """The row of the point that stands furthest from all others."""
    at = spots(chart)
    away = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    np.fill_diagonal(away, np.inf)
    nearest = away.min(1)
    if among is not None:
        nearest[~among] = -1
    return int(nearest.argmax())


def color_at(chart, row: int) -> str:  # type: ignore[no-untyped-def]
    return str(chart.grab().toImage().pixelColor(chart.spot(row).toPoint()).name())


# What is shown


def test_every_item_is_there_with_the_class_that_stands(show, session, digits: Path) -> None:
    view = show(digits)
    points = view.chart.points
    assert session.project is not None
    stands = labels.standing(session.project, points.ids.tolist())
    wanted = [NONE if cls is None else cls for cls in stands.values()]
    assert len(points) == 120 and points.classes.tolist() == wanted
    counts = session.facts.class_counts
    assert {id: key.number for id, key in view.legend.keys.items()} == {
        **counts, NONE: 120 - sum(counts.values())
    }  # fmt: skip
    assert view.tally.text().startswith("120 items.")
    assert (spots(view.chart) > 0).all() and (spots(view.chart) < (420, 560)).all()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_labelled_is_solid_suggested_hollow_and_a_new_label_shows_at_once(
    show, session, digits: Path, theme: str
) -> None:
    view = show(digits)
    THEME.choose(theme)
    chart, points = view.chart, view.chart.points
    free = lonely(chart, points.classes == NONE)
    cls = session.facts.classes[1]
    surface, solid = THEME.color("surface").name(), THEME.class_color(cls.color).name()
    assert color_at(chart, free) == surface, "not labelled: hollow"
    bare = chart.grab().toImage()
    view.show_suggestions(points.ids[[free]], np.array([cls.id]))
    assert color_at(chart, free) == surface and chart.grab().toImage() != bare
    assert session.jobs.busy is False
    before = view.legend.keys[cls.id].number
    view.change({int(points.ids[free]): cls.id})
    assert session.jobs.busy is False, "nothing is read for it"
    assert color_at(chart, free) == solid
    assert view.legend.keys[cls.id].number == before + 1
    view.change({int(points.ids[free]): None, 10**9: cls.id})
    assert color_at(chart, free) == surface and view.legend.keys[cls.id].number == before
    THEME.choose("light")


def test_a_second_reader_sees_own_labels_only(show, session, digits: Path, qtbot) -> None:
    view = show(digits)
    points = view.chart.points
    item, cls = int(points.ids[4]), session.facts.classes[0].id
    assert session.project is not None
    labels.say(session.project, [labels.Saying(item, cls)], "Bob", blind=True)
    view.show_suggestions(points.ids[10:], np.full(110, cls))
    view.read_blind("Bob")
    qtbot.waitUntil(lambda: (view.chart.points.classes != NONE).sum() == 1)
    assert view.chart.points.classes[4] == cls
    view.show_suggestions(points.ids[10:], np.full(110, cls))
    assert (view.chart.points.suggested == NONE).all(), "and nothing of what the model says"
    view.read_blind("")
    qtbot.waitUntil(lambda: (view.chart.points.classes != NONE).sum() == 40)
    assert (view.chart.points.suggested == cls).sum() == 110


def test_changed_items_are_read_again_and_what_was_selected_stays(
    show, session, digits: Path, qtbot
) -> None:
    view = show(digits)
    chart = view.chart
    chosen = chart.points.ids[[3, 50]].tolist()
    view.select(chosen)
    view.mark(chosen[0])
    cls = session.facts.classes[2].id
    old = chart.points
    session.change(lambda project: labels.give(project, [(chosen[1], cls)], "Ann"), items=True)
    qtbot.waitUntil(lambda: chart.points is not old)
    assert chart.points.classes[50] == cls
    assert chart.chosen_ids == chosen and chart.current_id == chosen[0]
    session.close()
    assert len(chart.points) == 0 and chart.chosen_ids == [] and chart.current_id is None


def test_classes_that_share_a_colour_differ_in_shape() -> None:
    many = [Class(n + 1, f"c{n}", n, n % 8, "") for n in range(77)]
    looks = looks_of(many)
    assert len({looks[one.id] for one in many[:LOOKS]}) == LOOKS
    assert all(looks[one.id] // 5 == one.color for one in many)


def test_a_label_given_while_the_map_is_read_is_not_lost(
    show, session, digits: Path, qtbot
) -> None:
    view = show(digits)
    old = view.chart.points
    item, cls = int(old.ids[10]), session.facts.classes[1].id
    assert old.classes[10] == NONE
    view.begin()
    view.change({item: cls})  # the job may have read before it was stored
    qtbot.waitUntil(lambda: view.chart.points is not old)
    assert view.chart.points.classes[10] == cls


# Selecting


def test_a_loop_selects_what_is_in_it_shift_adds_and_ctrl_takes_away(
    show, digits: Path, qtbot
) -> None:
    view = show(digits)
    chart, at = view.chart, spots(view.chart)
    said: list[list[int]] = []
    view.picked.connect(said.append)
    middle = round(float(np.median(at[:, 0])))
    ids = chart.points.ids

    def within(x0: int, x1: int) -> set[int]:
        return set(ids[(at[:, 0] > x0) & (at[:, 0] < x1)].tolist())

    near = np.abs(at[:, 0] - middle) < 2  # on the line itself either is right
    doubtful = set(ids[near].tolist())
    high = chart.height() - 2
    drag(qtbot, chart, around(chart, 1, 1, middle, high))
    left = set(said[-1])
    assert left - doubtful == within(0, middle) - doubtful and len(left) > 20
    assert chart.accessibleDescription() == f"{len(left)} of 120 items selected"
    assert view.tally.text().startswith(f"{len(left)} of 120 items selected")
    drag(qtbot, chart, around(chart, middle, 1, chart.width() - 2, high), held=SHIFT)
    assert set(said[-1]) >= set(ids.tolist()) - doubtful
    drag(qtbot, chart, around(chart, 1, 1, middle, high), held=CONTROL)
    assert set(said[-1]) - doubtful == within(middle, 10**4) - doubtful
    drag(qtbot, chart, around(chart, 1, 1, middle, high))
    assert set(said[-1]) == left, "without a key it begins anew"


@given(
    outline=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 90)), min_size=3, max_size=12),
    seed=st.integers(0, 99),
)
def test_a_loop_encloses_what_geometry_says(outline: list[tuple[int, int]], seed: int) -> None:
    """Beside the outline itself, where a pixel is neither."""
    shape = QPolygonF([QPointF(*corner) for corner in outline])
    places = np.random.default_rng(seed).uniform(-5, 125, (60, 2)).astype(np.float32)
    found = inside(shape, places)
    ring = QPolygonF([*shape, shape.first()])
    for place, said in zip(places, found, strict=True):
        if _away(ring, place) > 1.5:
            point = QPointF(float(place[0]), float(place[1]))
            assert said == shape.containsPoint(point, Qt.FillRule.WindingFill)


def _away(ring: QPolygonF, place: np.ndarray) -> float:
    """Px from a place to the nearest line of an outline."""
    corners = np.array([(corner.x(), corner.y()) for corner in ring])
    a, b = corners[:-1], corners[1:]
    length = np.maximum(np.square(b - a).sum(1), 1e-9)
    share = np.clip(((place - a) * (b - a)).sum(1) / length, 0, 1)
    return float(np.hypot(*(place - (a + share[:, None] * (b - a))).T).min())


def test_a_click_takes_the_nearest_and_one_beside_all_lets_go(show, digits: Path, qtbot) -> None:
    view = show(digits)
    chart = view.chart
    said: list[list[int]] = []
    wanted: list[int] = []
    view.picked.connect(said.append)
    view.item_wanted.connect(wanted.append)
    row = lonely(chart)
    item = int(chart.points.ids[row])
    spot = chart.spot(row).toPoint()
    qtbot.mouseClick(chart, LEFT, NO, spot + QPoint(2, 1))
    assert said == [[item]] and wanted == [item] and chart.current_id == item
    other = int(chart.points.ids[(row + 60) % 120])
    view.mark(other)
    assert chart.current_id == other and said == [[item]], "marking is not picking"
    at = spots(chart)
    grid = np.stack(np.meshgrid(range(5, 400, 5), range(5, 400, 5)), -1).reshape(-1, 2)
    empty = grid[np.hypot(*(grid[:, None] - at[None]).transpose(2, 0, 1)).min(1).argmax()]
    ground = QPoint(int(empty[0]), int(empty[1]))
    chart.zoom(1.5, QPointF(ground))
    qtbot.mouseClick(chart, LEFT, NO, ground)
    assert said[-1] == [] and chart.chosen_ids == []
    view.select([item])
    qtbot.mouseClick(chart, LEFT, NO, ground)
    qtbot.mouseDClick(chart, LEFT, NO, ground)
    assert chart.view.fitted and said[-1] == [item], "all is seen, and what was selected is back"


def test_only_what_is_lit_is_selected(show, digits: Path, qtbot) -> None:
    view = show(digits)
    chart = view.chart
    view.legend.keys[NONE].click()
    drag(qtbot, chart, around(chart, 1, 1, chart.width() - 2, chart.height() - 2))
    free = chart.points.ids[chart.points.classes == NONE].tolist()
    assert chart.chosen_ids == free and len(free) == 80
    view.legend.keys[NONE].click()
    qtbot.keyClick(chart, KEY.Key_A, CONTROL)
    assert len(chart.chosen_ids) == 120


# Keys


def test_arrows_go_to_a_neighbour_on_that_side_and_keys_pick(show, digits: Path, qtbot) -> None:
    view = show(digits)
    chart = view.chart
    said: list[list[int]] = []
    wanted: list[int] = []
    view.picked.connect(said.append)
    view.item_wanted.connect(wanted.append)
    at = spots(chart)
    chart.setFocus()
    qtbot.keyClick(chart, KEY.Key_Right)
    assert chart.current >= 0, "the first key takes the point in the middle"
    view.mark(int(chart.points.ids[at[:, 0].argmin()]))  # the leftmost
    for _ in range(5):
        before = at[chart.current]
        qtbot.keyClick(chart, KEY.Key_Right)
        step = at[chart.current] - before
        assert step[0] > 0 and abs(step[1]) <= step[0]
    assert said == [] and wanted == []
    item = chart.current_id
    qtbot.keyClick(chart, KEY.Key_Space)
    assert said == [[item]] and wanted == []
    qtbot.keyClick(chart, KEY.Key_Up)
    assert chart.current_id != item
    qtbot.keyClick(chart, KEY.Key_Return, SHIFT)
    assert sorted(said[-1]) == sorted([item, chart.current_id]) and wanted == [chart.current_id]
    qtbot.keyClick(chart, KEY.Key_Escape)
    assert said[-1] == []


def test_digits_letters_and_a_second_escape_are_the_pages(show, digits: Path, qtbot) -> None:
    heard: list[int] = []

    class Page(QWidget):
        def keyPressEvent(self, event: QKeyEvent) -> None:
            heard.append(event.key())

    view = show(digits)
    page = Page()
    qtbot.addWidget(page)
    view.setParent(page)
    page.show()
    view.show()
    for key in (KEY.Key_1, KEY.Key_0, KEY.Key_F, KEY.Key_Escape, KEY.Key_Space):
        qtbot.keyClick(view.chart, key)
    assert heard == [KEY.Key_1, KEY.Key_0, KEY.Key_F, KEY.Key_Escape, KEY.Key_Space], (
        "without a current point Space is not the map's either"
    )
    view.setParent(None)


# Moving about


def test_the_wheel_keeps_what_is_under_the_pointer_and_keys_zoom(show, digits: Path, qtbot) -> None:
    view = show(digits)
    chart = view.chart
    row = lonely(chart)
    spot = chart.spot(row)
    wheel(chart, spot, 3)
    assert not chart.view.fitted
    moved = chart.spot(row) - spot
    assert abs(moved.x()) < 1 and abs(moved.y()) < 1 and chart.hovered == row
    scale = chart.view.scale
    qtbot.keyClick(chart, KEY.Key_Plus)
    assert chart.view.scale > scale
    qtbot.keyClick(chart, KEY.Key_Minus)
    assert chart.view.scale == pytest.approx(scale)
    qtbot.keyClick(chart, KEY.Key_Home)
    assert chart.view.fitted


def test_a_picture_that_is_moved_equals_one_drawn_anew(show, digits: Path, qtbot) -> None:
    view = show(digits)
    chart = view.chart
    chart.zoom(3.0, QPointF(200, 200))
    chart.repaint()
    drawn: list[int] = []
    whole = sheet.Sheet._draw
    chart._sheet._draw = lambda *given: (drawn.append(1), whole(chart._sheet, *given))  # type: ignore[method-assign]
    for by in (QPoint(30, -20), QPoint(-60, 45)):
        drag(qtbot, chart, [QPoint(150, 150), QPoint(150, 150) + by], RIGHT)
        chart._hover(-1)
        moved = chart.grab().toImage()
        assert not drawn, "a short way needs no drawing"
        chart.refresh()
        assert chart.grab().toImage() == moved and drawn
        drawn.clear()
    assert chart.chosen_ids == [], "the right button selects nothing"
    for _ in range(6):
        drag(qtbot, chart, [QPoint(300, 300), QPoint(100, 100)], RIGHT)
    chart._hover(-1)
    far = chart.grab().toImage()
    chart.refresh()
    assert drawn and chart.grab().toImage() == far, "a long way draws what came into sight"


def test_many_points_are_stretched_while_one_zooms_and_exact_at_rest(
    show, digits: Path, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "AT_ONCE", 10)
    view = show(digits)
    chart = view.chart
    chart.zoom(2.0, QPointF(200, 200))
    stretched = chart.grab().toImage()
    qtbot.waitUntil(lambda: not chart._rest.isActive())
    exact = chart.grab().toImage()
    chart.refresh()
    assert exact != stretched and chart.grab().toImage() == exact


# What a point is


def test_the_corner_shows_the_picture_of_the_point(show, session, digits: Path, qtbot) -> None:
    view = show(digits)
    chart, glimpse = view.chart, view.glimpse
    assert glimpse.isHidden()
    row = lonely(chart, chart.points.classes != NONE)
    item = int(chart.points.ids[row])

    def pointed() -> bool:  # the platform may send moves of its own in between
        qtbot.mouseMove(chart, chart.spot(row).toPoint())
        return glimpse.item is not None and glimpse.item.id == item

    qtbot.waitUntil(pointed)
    assert glimpse.said == session.facts.class_name(int(chart.points.classes[row]))
    assert not glimpse.geometry().contains(chart.spot(row).toPoint())
    glimpse.grab()
    qtbot.waitUntil(lambda: glimpse.pictures.get(glimpse.item) is not None)
    view.change({item: None})
    assert glimpse.said == "not labelled"
    view.show_suggestions(np.array([item]), np.array([session.facts.classes[0].id]))
    assert glimpse.said == "0?"


def test_texts_have_their_first_words_there(show, session, tmp_path: Path, qtbot) -> None:
    folder = tmp_path / "Texts.graft"
    draw = np.random.default_rng(0)
    with Project.create(folder, "text-classification") as project:
        source = items.source_id(project, tmp_path)
        items.add(
            project, source,
            [NewItem("t.csv", "text", f"h{n}", 10, position=n + 1, text=f"ticket {n}")
             for n in range(30)],
        )  # fmt: skip
        classes.ensure(project, ["refund"])
        described = list(items.ids(project))
        describe(project, draw.normal(size=(30, 8)).astype(np.float32), described)
        surveys.lay_out(project)
    view = show(folder)
    view.mark(described[7])
    qtbot.waitUntil(lambda: view.glimpse.item is not None)
    assert view.glimpse.item.text == "ticket 7" and view.glimpse.said == "not labelled"
    assert view.glimpse.grab().toImage().width() == view.glimpse.width()


# How it comes to be


def test_without_features_it_says_what_comes_first(show, digits: Path) -> None:
    shutil.rmtree(digits / "cache" / "suggestions")
    view = show(digits, "unready")
    assert "start suggestions" in view.unready.words.text()
    assert not view.asked.busy and view.line.isHidden()


def without_map(project: Path) -> Path:
    for file in (project / "cache" / "suggestions").glob("map-*"):
        file.unlink()
    return project


def test_a_child_lays_it_out_where_there_is_none(show, digits: Path, qtbot) -> None:
    view = show(without_map(digits), "bare")
    assert view.asked.busy and "laid out" in view.bare.title.text()
    assert view.line.ask.text() == "Stop"
    qtbot.waitUntil(lambda: view.stack.currentWidget() is view.full, timeout=60_000)
    assert len(view.chart.points) == 120 and view.line.isHidden()


@pytest.mark.parametrize(
    "session",
    [lambda: ScriptChild([Activity("Laying out the map", 1, 4)], waits=True, deaf=True)],
    indirect=True,
)
def test_it_is_stopped_at_once_and_can_be_asked_again(show, digits: Path, qtbot) -> None:
    view = show(without_map(digits), "bare")
    qtbot.waitUntil(lambda: "1 of 4" in view.line.said.text())
    view.line.ask.click()
    assert not view.asked.busy and view.line.ask.text() == "Lay out the map"
    assert view.bare.title.text() == "No map yet"
    view.line.ask.click()
    assert view.asked.busy
    view.asked.give_up()


@pytest.mark.parametrize(
    "session",
    [lambda: ScriptChild([Failed(CrashedRun("It ended", "Killed.", "Again.").to_wire())])],
    indirect=True,
)
def test_what_goes_wrong_is_said_in_words(show, digits: Path, qtbot) -> None:
    view = show(without_map(digits), "bare")
    qtbot.waitUntil(lambda: bool(view.findChildren(ErrorCard)))
    assert view.findChildren(ErrorCard)[0].error.remedy
    assert view.line.ask.text() == "Try again" and view.line.ask.isEnabled()


def test_a_project_that_cannot_be_read_is_said_and_read_again(
    show, digits: Path, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(place: Path) -> None:
        raise StorageError("The project cannot be read", "The disk is gone.", "Plug it in.")

    with monkeypatch.context() as patch:
        patch.setattr(files, "current", broken)
        view = show(digits, "bare")
        assert view.findChildren(ErrorCard) and not view.asked.busy
    view.line.ask.click()
    qtbot.waitUntil(lambda: view.stack.currentWidget() is view.full)
    assert view.line.isHidden() and all(one.isHidden() for one in view.findChildren(ErrorCard))


@pytest.mark.parametrize(
    "session",
    [lambda: ScriptChild([Failed(ConfigurationError("Not described", "c", "r").to_wire())])],
    indirect=True,
)
def test_features_that_went_are_no_fault(show, digits: Path) -> None:
    view = show(without_map(digits), "unready")
    assert view.bare.title.text() == "The map is being laid out", "a child was asked"
    assert not view.asked.busy and not view.findChildren(ErrorCard) and view.line.isHidden()


@pytest.mark.parametrize("session", [lambda: ScriptChild([Done({"items": 120})])], indirect=True)
def test_items_that_came_since_are_offered_a_place(show, digits: Path, qtbot) -> None:
    with Project.open(digits) as project:
        place = files.folder(project)
        laid = np.array(files.newest(place, "map-pixels"))
        files.write(place, "map-pixels", laid[:-7])
    view = show(digits)
    assert len(view.chart.points) == 113
    assert not view.asked.busy, "a map that is there is not disturbed unasked"
    assert view.line.said.text() == "7 items are not on the map yet"
    files.write(place, "map-pixels", laid)  # what the child would do
    view.line.ask.click()
    qtbot.waitUntil(lambda: len(view.chart.points) == 120)
    assert view.line.isHidden()


def test_a_map_of_nothing_and_of_one_can_be_held() -> None:
    for number in (0, 1):
        points = Points(
            np.arange(number), np.zeros((number, 2), np.float32), np.full(number, NONE)
        )  # fmt: skip
        everything = np.ones(number, bool)
        assert points.nearest(QPointF(30, 30), 5.0, everything) == number - 1
        assert points.row(5) == -1 and points.width > 0 and points.height > 0
