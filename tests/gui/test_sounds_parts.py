"""The parts of the sound view on their own, and what other pages know of sounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ResourceError
from engine.events import Done
from engine.room import Room
from gui.data.sounds import output
from gui.data.sounds.output import CHANNELS, RATE
from gui.data.sounds.player import Player
from gui.data.sounds.stretch import Stretch, clock, ticks
from gui.models.answers import answers
from gui.models.rows import read
from tests import tiny
from tests.gui.script_child import ScriptChild
from tests.gui.test_sounds import sounds
from tests.gui.test_training import store_run

__all__ = ["sounds"]


def test_new_sounds_are_given_to_a_model(
    make_window: Callable[..., Any], sounds: Path, qtbot: Any
) -> None:
    store_run(sounds)
    file = sounds.parent / "sounds" / "low" / "000.wav"
    answer = [{"name": str(file), "class": "low", "probability": 0.8,
               "probabilities": {"low": 0.8, "high": 0.2}, "problem": None}]  # fmt: skip
    window = make_window(sounds, make_child=lambda: ScriptChild([Done(answer)]))
    window.show_page("use")
    page = window.page
    assert page.drop_words.text() == "Drop sounds here" and not page.texts.isVisible()
    page.predict([file])
    qtbot.waitUntil(lambda: page.predictions.model.rowCount() == 1)
    page.predictions.view.grab()
    qtbot.waitUntil(lambda: page.predictions.picture(str(file)) is not None)
    picture = page.predictions.picture(str(file)).toImage()
    assert picture.pixelColor(1, picture.height() - 8).lightness() > 60, "300 Hz lies low"


def test_the_system_is_asked_and_its_refusal_put_into_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import miniaudio

    def refuse(*arguments: Any, **named: Any) -> None:
        raise miniaudio.MiniaudioError("failed to init device", -401)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", refuse)
    with pytest.raises(ResourceError, match="no sound output"):
        output.open_output()


def test_the_library_itself_pulls_a_sound_through(tmp_path: Path, qtbot: Any) -> None:
    """Its null device keeps time and needs no sound card."""
    import miniaudio

    path = tiny.write_wav(tmp_path / "a.wav", tiny.tone(400, 0.4))
    player = Player(
        open=lambda: miniaudio.PlaybackDevice(
            miniaudio.SampleFormat.SIGNED16, CHANNELS, RATE, 20, backends=[miniaudio.Backend.NULL]
        )
    )
    with qtbot.waitSignal(player.ended):
        player.play(path, 0.0, 0.1, 0.4)
    assert player._position == pytest.approx(0.4, abs=0.001)
    player.close()


@given(
    st.floats(0.01, 20_000),
    st.lists(st.tuples(st.floats(0.01, 100), st.floats(0, 1), st.floats(-2, 2)), max_size=8),
)
def test_a_view_stays_inside_its_sound(
    seconds: float, moves: list[tuple[float, float, float]]
) -> None:
    view = Stretch(seconds, 700)
    for factor, share, by in moves:
        at = view.begin + share * view.span
        x = view.to_x(at)
        before = view.begin, view.end
        view.zoom(factor, at)
        inside = view.begin > 0 and view.end < seconds
        assert not inside or view.to_x(at) == pytest.approx(x, abs=1e-3), before
        view.pan(by * view.span)
        assert -1e-9 <= view.begin < view.end <= seconds * (1 + 1e-9)
        assert view.to_time(view.to_x(at)) == pytest.approx(at, abs=1e-6 * seconds)


@given(st.floats(0, 20_000), st.floats(0.006, 20_000), st.integers(1, 20))
def test_times_on_the_axis_are_few_and_in_view(begin: float, span: float, most: int) -> None:
    found = ticks(begin, begin + span, most)
    assert len(found) <= most + 1
    assert all(begin - 1e-4 <= one <= begin + span + 1e-4 for one in found)


def test_times_as_people_say_them() -> None:
    assert [clock(0.43), clock(12.5, 0.1), clock(187, 1), clock(3720, 60)] == [
        "0.43", "12.5", "3:07", "1:02:00",
    ]  # fmt: skip


def test_every_page_knows_that_sounds_are_shown_as_pictures(
    make_window: Callable[..., Any], sounds: Path, qtbot: Any
) -> None:
    window = make_window(sounds)
    assert window.session.facts.kind == "audio"
    window.show_page("layers")
    assert "image_size" in window.page.shape.fields
    window.show_page("training")
    assert not {"max_length", "views"} & set(window.page.form._fields)
    assert not window.page.form.augmentation.isVisible()
    window.show_page("results")
    rows = read("audio-classification").rows
    assert {row.task for row in rows if row.usable} == {"image-classification"}
    assert next(row for row in rows if row.name == "graft-starter").usable
    own = next(row for row in rows if row.task == "audio-classification")
    said = answers(own, "audio-classification", 20, 2, Room("a computer", 8 << 30, False))
    assert not own.usable and "spectrograms" in said[0].words
    resnet = next(row for row in rows if row.name == "resnet18")
    assert "classes on sounds" in answers(resnet, "audio-classification", 20, 2,
                                          Room("a computer", 8 << 30, False))[0].words  # fmt: skip
