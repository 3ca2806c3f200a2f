"""Sounds by commands: made, taken in, learned, asked, taken away."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.training.recipe import Recipe
from tests import tiny


def test_the_whole_job(
    capsys: pytest.CaptureFixture[str], recipe_for: Callable[..., Recipe], tmp_path: Path
) -> None:
    def command(*arguments: object) -> tuple[int, list[Any]]:
        capsys.readouterr()
        status = main([*map(str, arguments), "--json"])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    project, weights = tmp_path / "job.graft", recipe_for("sound").weights
    data = tiny.sounds(tmp_path / "sounds", 30, ("low", "high"))
    (data / "low" / "bad.wav").write_bytes(b"RIFF no sound")
    assert command("new", project, "--task", "audio-classification")[0] == 0
    status, said = command("import", project, data)
    assert status == 0 and said[-1]["new"] == 31 and said[-1]["broken"] == 1
    status, said = command("models", "list", "--task", "audio-classification")
    assert status == 0 and "graft-starter" in {one["name"] for one in said}
    train = ["train", project, "--model", "sound", "--weights", weights, "--epochs", 3]
    status, said = command(*train, "--batch-size", 8, "--lr", 0.01)
    assert status == 0 and said[-1]["state"] == "finished"
    status, said = command("predict", project, data / "high" / "001.wav", data / "low" / "bad.wav")
    found = [one for one in said if "class" in one]
    assert status == 0 and found[0]["class"] in ("low", "high") and found[1]["problem"]["remedy"]
    status, said = command("export", project, tmp_path / "out")
    assert status == 0 and said[-1]["parity"]["agree"] == said[-1]["parity"]["items"] > 0
    files = set(said[-1]["files"])
    assert {"model.onnx", "predict.py", "card.md", "certificate.md", "requirements.txt"} <= files
    needs = (tmp_path / "out" / "requirements.txt").read_text()
    assert needs.startswith("miniaudio==") and "pillow" not in needs
    card = (tmp_path / "out" / "card.md").read_text(encoding="utf-8")
    assert "a sound belongs" in card and "Another speaker" in card and "50 to 8,000 Hz" in card
    status, said = command("check", project)
    assert status == 1 and len(said[-1]["problems"]) == 1
