"""A trained run is taken away as it is: same classes, same figures, same answers."""

import json
import subprocess
import sys

import pytest

from engine.errors import ConfigurationError
from engine.events import Activity
from engine.export.exporting import export_run
from engine.store import checkpoints, datasets, runs
from engine.training.run import train
from engine.training.saving import load_network


@pytest.fixture(params=["resnet", "bert", "sound"])
def trained(request, project_for, recipe_for):
    project = project_for(request.param)
    ended = train(project, recipe_for(request.param, epochs=2))
    assert ended.state == "finished"
    return project, runs.load(project, ended.run)


def export(project, run, out, format="onnx", emit=lambda event: None):
    network = load_network(project, run, checkpoints.best(project, run.id))
    return export_run(project, run, network, format, out, emit, lambda: None)


def test_a_run_becomes_a_folder(trained, tmp_path):
    project, run = trained
    heard = []
    result = export(project, run, tmp_path / "out", emit=heard.append)
    dataset = datasets.load(project, run.dataset_id)
    assert result["parity"]["holds"]
    assert result["parity"]["items"] == dataset.sizes["test"]
    assert any(isinstance(event, Activity) for event in heard)

    card = (tmp_path / "out" / "card.md").read_text(encoding="utf-8")
    for fact in (run.name, run.weights_hash, f"{dataset.sizes['train']} train", "Macro F1"):
        assert fact in card
    for name in dataset.classes:
        assert f"| {name} |" in card

    examples = datasets.examples(project, dataset.id, "test")
    given = [item.text or str(item.file) for item in examples]
    command = [sys.executable, "-I", str(tmp_path / "out" / "predict.py"), "--json", *given]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    stored = {one.item_id: one.predicted for one in runs.predictions(project, run.id, "test")}
    for item, line in zip(examples, done.stdout.splitlines(), strict=True):
        best = next(iter(json.loads(line)["classes"]))
        assert best == dataset.classes[stored[item.item_id]]


def test_a_card_without_a_test_split_says_what_its_figures_are(project_for, recipe_for, tmp_path):
    project = project_for("resnet")
    project.db.execute("UPDATE item SET split = 'validation' WHERE split = 'test'")
    ended = train(project, recipe_for("resnet", epochs=2))
    assert checkpoints.best(project, ended.run).state["refit"]  # few labels, only the head learns
    result = export(project, runs.load(project, ended.run), tmp_path / "out")
    assert result["parity"]["split"] == "validation"
    card = (tmp_path / "out" / "card.md").read_text(encoding="utf-8")
    assert "which it did not learn from" not in card and "test items" not in card
    assert "There was no test split" in card
    assert "before they learned from these items" in card
    assert "| a | 12 |" in card  # of both splits


def test_an_unknown_format_is_refused(trained, tmp_path):
    with pytest.raises(ConfigurationError, match="format"):
        export(*trained, tmp_path / "out", format="coreml")
