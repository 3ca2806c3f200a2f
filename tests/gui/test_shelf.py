"""Models come to this machine and leave it through the window: from a real server, file or pack."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from huggingface_hub import constants
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from engine.models import library, offline
from tests import serving, tiny

NAME = "microsoft/resnet-50"  # the catalogue's; what is served under it is small
LEFT = Qt.MouseButton.LeftButton
MINUTE = 60_000  # ms


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny.resnet(tmp_path / "made")


@pytest.fixture
def hub(model: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    with serving.serving() as server:
        files = {file.name: file.read_bytes() for file in model.iterdir()}
        server.serve_model(NAME, files)
        # As HF_ENDPOINT sets them when the library loads.
        template = f"{server.address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setattr(constants, "ENDPOINT", server.address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield server


@pytest.fixture
def page(make_window, project: Path, qtbot, monkeypatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("GRAFT_MODELS", str(tmp_path / "home"))
    monkeypatch.delenv(offline.SWITCH, raising=False)
    window = make_window(project)
    window.show_page("models")
    qtbot.waitUntil(lambda: window.page.stack.currentWidget() is window.page.full)
    yield window.page
    offline.allow(False)


def allow(page, qtbot) -> None:  # type: ignore[no-untyped-def]
    page.side.machine.online.click()
    qtbot.waitUntil(lambda: page.session.facts.online)


def row(page, name: str):  # type: ignore[no-untyped-def]
    return next(one for one in page.rows if one.name == name)


def answer(page, text: str, qtbot) -> None:  # type: ignore[no-untyped-def]
    qtbot.waitUntil(lambda: page._question is not None, timeout=MINUTE)
    next(one for one in page._question.buttons if one.text() == text).click()


def weights(place: Path) -> Path:
    return place / "model.safetensors"


def test_nothing_is_fetched_until_a_person_allows_it(page, hub, qtbot) -> None:
    page.select(NAME)
    assert not page.side.card.get.isEnabled()
    assert "Downloads are off" in page.side.card.get.toolTip()
    page.shelving.get(NAME, "it")  # by whatever way it is asked for
    qtbot.waitUntil(lambda: page.error is not None, timeout=MINUTE)
    assert hub.log == []
    page.clear_error()
    allow(page, qtbot)
    assert offline.online()
    qtbot.waitUntil(page.side.card.get.isEnabled)
    page.side.machine.online.click()
    qtbot.waitUntil(lambda: not page.session.facts.online)
    assert not offline.online()
    assert hub.log == []


def test_a_model_is_downloaded_and_can_be_used_at_once(page, hub, model, qtbot) -> None:
    allow(page, qtbot)
    page.select(NAME)
    qtbot.waitUntil(page.side.card.get.isEnabled)
    qtbot.mouseClick(page.side.card.get, LEFT)
    qtbot.waitUntil(lambda: row(page, NAME).path is not None, timeout=MINUTE)
    assert weights(row(page, NAME).path).read_bytes() == weights(model).read_bytes()
    assert "is on this machine now" in page.sentence.text()
    qtbot.waitUntil(lambda: "On this machine" in page.side.card.where.text())
    assert page.side.card.get.isHidden()
    assert not page.side.card.leave.isHidden()
    page.side.card.use.click()
    qtbot.waitUntil(lambda: page.session.facts.model is not None)
    assert page.session.facts.model["name"] == NAME


def test_a_model_that_the_list_does_not_know_is_fetched_by_its_name(
    page, hub, model, qtbot
) -> None:
    assert page.side.machine.elsewhere.isHidden()
    allow(page, qtbot)
    qtbot.waitUntil(page.side.machine.elsewhere.isVisible)
    hub.serve_model("lab/mouse-retina", {f.name: f.read_bytes() for f in model.iterdir()})
    qtbot.keyClicks(page.side.machine.other, "lab/mouse-retina")
    qtbot.keyClick(page.side.machine.other, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: any(one.name == "lab/mouse-retina" for one in page.rows), timeout=MINUTE
    )
    own = row(page, "lab/mouse-retina")
    assert own.usable
    assert weights(own.path).read_bytes() == weights(model).read_bytes()


def test_a_download_that_fails_says_why_and_can_be_tried_again(page, hub, model, qtbot) -> None:
    path = f"/{NAME}/resolve/{serving.COMMIT}/model.safetensors"
    hub.files[path].moves = [("status", 403)]
    allow(page, qtbot)
    page.shelving.get(NAME, "it")
    qtbot.waitUntil(lambda: page.error is not None, timeout=MINUTE)
    assert page.error.remedy
    assert row(page, NAME).path is None
    page.shelving.get(NAME, "it")
    qtbot.waitUntil(lambda: row(page, NAME).path is not None, timeout=MINUTE)
    assert weights(row(page, NAME).path).read_bytes() == weights(model).read_bytes()


def test_a_stalled_download_is_cancelled_and_gone_on_with(page, hub, model, qtbot) -> None:
    path = f"/{NAME}/resolve/{serving.COMMIT}/model.safetensors"
    hub.files[path].moves = [("stall", 5000)]
    allow(page, qtbot)
    page.shelving.get(NAME, "it")
    qtbot.waitUntil(hub.stalled.is_set, timeout=MINUTE)
    parts = library.models_folder()
    qtbot.waitUntil(
        lambda: [part.stat().st_size for part in parts.rglob("*.part")] == [5000], timeout=MINUTE
    )
    strip = page.window().strip
    cancel = next(
        one for one in strip.findChildren(QPushButton)
        if one.accessibleName() == "Cancel Downloading it"
    )  # fmt: skip
    qtbot.mouseClick(cancel, LEFT)
    qtbot.waitUntil(lambda: not page.session.jobs.busy, timeout=MINUTE)
    assert row(page, NAME).path is None
    page.shelving.get(NAME, "it")
    qtbot.waitUntil(lambda: row(page, NAME).path is not None, timeout=MINUTE)
    assert weights(row(page, NAME).path).read_bytes() == weights(model).read_bytes()
    assert hub.ranges(path)[-1] == "bytes=5000-"


def test_a_pack_made_here_is_brought_in_elsewhere(
    page, model, qtbot, monkeypatch, tmp_path
) -> None:
    shutil.copytree(model, library.models_folder() / NAME.replace("/", "--"))
    page.entered()
    qtbot.waitUntil(lambda: row(page, NAME).path is not None)
    page.select(NAME)
    qtbot.mouseClick(page.side.machine.pack, LEFT)
    assert page.side.packing.names == [NAME]
    out = tmp_path / "carried.graftpack"
    page.shelving.pack(page.side.packing.names, out)
    qtbot.waitUntil(out.is_file, timeout=MINUTE)
    qtbot.waitUntil(lambda: not page.session.jobs.busy, timeout=MINUTE)
    monkeypatch.setenv("GRAFT_MODELS", str(tmp_path / "other home"))
    page.side.take(out)
    there = tmp_path / "other home" / NAME.replace("/", "--")
    qtbot.waitUntil(lambda: row(page, NAME).path == there, timeout=MINUTE)
    assert weights(there).read_bytes() == weights(model).read_bytes()


def test_a_pack_that_was_tampered_with_is_refused(page, model, qtbot, tmp_path) -> None:
    from engine.models.shelf import packs

    place = library.models_folder() / NAME.replace("/", "--")
    shutil.copytree(model, place)
    out = tmp_path / "carried.graftpack"
    packs.pack([NAME], out)
    shutil.rmtree(place)
    content = bytearray(out.read_bytes())
    content[len(content) // 2] ^= 1
    out.write_bytes(content)
    page.side.take(out)
    qtbot.waitUntil(lambda: page.error is not None, timeout=MINUTE)
    assert page.error.cause and page.error.remedy
    qtbot.waitUntil(lambda: not page.session.jobs.busy, timeout=MINUTE)
    assert not place.exists()
    assert [one.name for one in library.models_folder().iterdir()] == []


def test_a_folder_is_brought_in_for_every_project(page, model, qtbot) -> None:
    page.side.take(model)
    answer(page, "Bring it in", qtbot)
    qtbot.waitUntil(lambda: any(one.name == "made" for one in page.rows), timeout=MINUTE)
    own = row(page, "made")
    assert own.usable
    assert own.path == library.models_folder() / "made"
    assert weights(model).is_file()


def test_deleting_says_what_it_frees_and_who_uses_it_first(page, model, qtbot) -> None:
    place = library.models_folder() / NAME.replace("/", "--")
    shutil.copytree(model, place)
    page.entered()
    qtbot.waitUntil(lambda: row(page, NAME).path is not None)
    page.choose(row(page, NAME))
    qtbot.waitUntil(lambda: page.session.facts.model is not None)
    page.select(NAME)
    qtbot.waitUntil(page.side.card.leave.isVisible)
    page.side.card.leave.click()
    qtbot.waitUntil(lambda: page._question is not None)
    asked = page._question
    said = " ".join(one.text() for one in asked.findChildren(QLabel))
    assert str(library.models_folder()) in said
    assert "Used by Colours" in said
    answer(page, "Keep", qtbot)
    assert place.is_dir()
    page.side.card.leave.click()
    answer(page, "Delete", qtbot)
    qtbot.waitUntil(lambda: row(page, NAME).path is None, timeout=MINUTE)
    assert not place.exists()
