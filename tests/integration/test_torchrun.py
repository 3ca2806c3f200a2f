"""Two processes give the validation metric of one at the same global batch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.training.recipe import Recipe
from tests import tiny

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("model", ["vit", "resnet"])
def test_two_processes_train_like_one(
    model: str, tmp_path: Path, recipe_for: Callable[..., Recipe]
) -> None:
    weights = recipe_for(model).weights or ""
    results = []
    for count in (1, 2):
        build = tiny.picture_project(tmp_path / str(count), 30)
        build.close()
        train = [
            "main.py", "train", str(build.folder), "--model", model, "--weights", weights,
            "--preset", "lp-ft", "--epochs", "4", "--batch-size", "6", "--seed", "3", "--json",
        ]  # fmt: skip
        launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
        done = subprocess.run(
            [sys.executable, *(launch if count == 2 else []), *train],
            cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        results.append(json.loads(done.stdout.strip().splitlines()[-1]))
    one, two = results
    assert two["state"] == "finished" and two["epochs"] == one["epochs"] == 4
    assert two["best_validation"] == pytest.approx(one["best_validation"], abs=0.05)
    assert two["test"]["loss"] == pytest.approx(one["test"]["loss"], abs=0.05)
