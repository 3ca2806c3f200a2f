"""What a command says on a terminal, and what it says into a file."""

from __future__ import annotations

import io
import sys

import pytest

from engine.cli.speaker import WIDTH, Speaker
from engine.events import Activity, LogLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    speaker = Speaker(as_json=False)
    for done in (0, 50, 100):
        speaker.emit(Activity("Getting a model" * 9, done, 100, 7.2, "bytes"))
    speaker.emit(LogLine("It is here."))
    lines = terminal.getvalue().split("\n")
    assert len(lines) == 3
    shown = lines[0].split("\r")[1:]
    assert [len(one) for one in shown] == [WIDTH] * 3
    assert "50%, 7 s left" in shown[1]
    assert lines[1] == "It is here."


def test_a_file_gets_each_text_once(capsys: pytest.CaptureFixture[str]) -> None:
    speaker = Speaker(as_json=False)
    for done in (0, 50, 100):
        speaker.emit(Activity("Getting a model", done, 100))
    assert capsys.readouterr().err == "Getting a model\n"
