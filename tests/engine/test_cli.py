"""The whole job by commands, with --json: one object a line on stdout, words on stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import main as program
from engine.cli import main
from engine.cli.commands import COMMANDS
from engine.store import runs
from engine.store.project import Project
from engine.training.recipe import Recipe

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[Any], str]]:
    """Runs a command with --json in this process: exit status, objects of stdout, stderr."""

    def run(*arguments: object) -> tuple[int, list[Any], str]:
        capsys.readouterr()
        status = main([*map(str, arguments), "--json"])
        said = capsys.readouterr()
        return status, [json.loads(line) for line in said.out.splitlines()], said.err

    return run


def test_the_whole_job(
    command: Callable[..., tuple[int, list[Any], str]],
    class_folders: Callable[..., Path],
    recipe_for: Callable[..., Recipe],
    tmp_path: Path,
) -> None:
    project = tmp_path / "job.graft"
    weights = recipe_for("vit").weights
    status, said, _ = command("new", project, "--task", "image-classification")
    assert status == 0 and said[-1]["project"] == str(project)
    data = class_folders(cat=14, dog=12)
    (data / "cat" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    status, said, _ = command("import", project, data)
    assert status == 0 and said[-1]["new"] == 27 and said[-1]["problem_count"] == 1
    train = ["train", project, "--model", "vit", "--weights", weights, "--epochs", 2]
    status, said, _ = command(*train, "--batch-size", 8, "--lr", 0.01, "--seed", 3)
    assert status == 0
    ended = said[-1]
    assert ended["run"] == 1 and ended["epochs"] == 2 and ended["state"] == "finished"
    assert ended["seconds"] > 0 and ended["samples_per_second"] > 0 and ended["checkpoint"] > 0
    assert 0 <= ended["best_validation"] <= 1 and 0 <= ended["test"]["macro_f1"] <= 1
    status, said, _ = command("evaluate", project)
    assert status == 0 and said[-1]["metrics"]["accuracy"] == ended["test"]["accuracy"]
    good, bad = next((data / "dog").iterdir()), data / "cat" / "broken.jpg"
    status, said, _ = command("predict", project, good, bad)
    found = [one for one in said if "class" in one]
    assert status == 0 and found[0]["class"] in ("cat", "dog") and found[1]["problem"]["remedy"]
    assert sum(found[0]["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    status, said, err = command("export", project, tmp_path / "out", "--format", "onnx")
    assert status == 0, err
    assert said[-1]["parity"]["agree"] == said[-1]["parity"]["items"] > 0
    status, said, _ = command("check", project)
    assert status == 1 and [p["kind"] for p in said[-1]["problems"]] == ["data"]
    (data / "dog" / "000.png").unlink()
    status, said, _ = command("check", project)
    assert "A file is missing" in [problem["title"] for problem in said[-1]["problems"]]
    status, said, _ = command("train", project, "--resume", 1)
    assert status == 1 and said[-1]["error"]["subject"] == "run"


def test_what_judges_and_advises(
    command: Callable[..., tuple[int, list[Any], str]],
    class_folders: Callable[..., Path],
    recipe_for: Callable[..., Recipe],
    tmp_path: Path,
) -> None:
    project = tmp_path / "job.graft"
    command("new", project, "--task", "image-classification")
    data = class_folders(cat=50, dog=50)
    command("import", project, data)
    model = ["--model", "vit", "--weights", recipe_for("vit").weights, "--batch-size", 16]
    status, said, _ = command("find-lr", project, *model, "--preset", "full")
    assert status == 0 and said[-1]["suggested"] > 0
    assert sum(one.get("event") == "RatePoint" for one in said) == len(said[-1]["points"])
    status, said, _ = command("advise", project, *model, "--seconds", 20)
    assert status == 0 and said[-1]["why"] and len(said[-1]["facts"]) == 3
    search = ["--minutes", 1, "--trials", 2, "--presets", "feature-extraction", "--epochs", 2]
    status, said, _ = command("search", project, *model, *search)
    assert status == 0 and len(said[-1]["trials"]) == 2 and said[-1]["best"]["value"] > 0
    status, said, _ = command("compare", project, 1, 2)
    assert status == 0 and len(said[-1]["runs"]) == 2 and said[-1]["verdicts"][0]["words"]
    status, said, _ = command("controls", project, "--stored")
    assert status == 1 and "--stored" in said[-1]["error"]["remedy"]
    status, said, _ = command("controls", project)
    assert status == 0 and said[-1]["verdict"] and said[-1]["rows"][0]["kind"] == "run"
    status, again, _ = command("controls", project, "--stored")
    assert status == 0 and again[-1] == said[-1]
    status, said, _ = command("shift", project, "--split", "validation")
    assert status == 0 and 0 <= said[-1]["auc"] <= 1 and said[-1]["words"]
    files = sorted((data / "cat").iterdir())[:20]
    status, said, _ = command("shift", project, "--run", 1, "--files", *files)
    assert status == 0 and said[-1]["items"][1] == 20
    status, again, _ = command("shift", project, "--run", 1, "--split", "new", "--stored")
    assert status == 0 and again[-1] == said[-1]
    status, said, _ = command("shift", project, "--run", 1, "--stored")  # of the test items
    assert status == 1 and "--stored" in said[-1]["error"]["remedy"]
    status, said, _ = command("compare", project, 1, 7)
    assert status == 1 and said[-1]["error"]["subject"] == "run"


def test_models_are_listed(command: Callable[..., tuple[int, list[Any], str]]) -> None:
    status, said, _ = command("models")
    names = {one["name"] for one in said}
    assert status == 0 and {"mobilenet_v2", "resnet18", "vit_b_16"} <= names
    assert all({"name", "task", "parameters", "on_this_machine"} <= one.keys() for one in said)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["import", "{}/no.graft", "{}"], "storage"),
        (["train", "{}/no.graft", "--model", "vit"], "storage"),
        (["train", "{}/p.graft", "--model", "vit", "--epochs", "0"], "configuration"),
        (["train", "{}/p.graft"], "configuration"),
        (["train", "{}/p.graft", "--model", "mobilenet_v2"], "data"),
        (["evaluate", "{}/p.graft"], "configuration"),
        (["predict", "{}/p.graft", "--run", "4", "x.png"], "configuration"),
        (["export", "{}/p.graft", "{}/out"], "configuration"),
        (["new", "{}/p.graft", "--task", "text-classification"], "storage"),
        (["import", "{}/p.graft", "{}/nothing"], "data"),
    ],
)
def test_what_cannot_be_done_says_why(
    arguments: list[str], kind: str, tmp_path: Path,
    command: Callable[..., tuple[int, list[Any], str]],
) -> None:  # fmt: skip
    command("new", tmp_path / "p.graft", "--task", "image-classification")
    status, said, err = command(*[part.format(tmp_path) for part in arguments])
    error = said[-1]["error"]
    assert status == 1 and error["kind"] == kind
    assert error["cause"] and error["remedy"] and error["title"] in err


def test_train_changes_the_network_itself(
    command: Callable[..., tuple[int, list[Any], str]],
    class_folders: Callable[..., Path],
    recipe_for: Callable[..., Recipe],
    tmp_path: Path,
) -> None:
    folder = tmp_path / "p.graft"
    command("new", folder, "--task", "image-classification")
    command("import", folder, class_folders(cat=12, dog=12))
    model = ["--model", "resnet", "--weights", recipe_for("resnet").weights, "--epochs", 1]
    shape = ["--channels", 1, "--pooling", "max", "--head-hidden", 8, "--head-dropout", 0.25,
             "--lora-rank", 2]  # fmt: skip
    status, said, _ = command("train", folder, *model, *shape)
    assert status == 0, said[-1]
    with Project.open(folder) as project:
        run = runs.load(project, 1)
    wanted = {"channels": 1, "pooling": "max", "head_hidden": 8, "head_dropout": 0.25,
              "lora_rank": 2}  # fmt: skip
    assert {name: run.recipe[name] for name in wanted} == wanted
    assert wanted.items() <= run.model["edits"].items()
    status, said, _ = command("train", folder, *model, "--head-dropout", 1.5)
    assert status == 1 and said[-1]["error"]["subject"] == "head_dropout"


def test_a_table_without_a_label_says_which_option_names_one(
    command: Callable[..., tuple[int, list[Any], str]], tmp_path: Path
) -> None:
    folder, table = tmp_path / "p.graft", tmp_path / "tickets.csv"
    rows = "".join(f"text {n},{'refund' if n % 2 else 'delivery'}\n" for n in range(20))
    table.write_text(f"what they wrote,team\n{rows}", encoding="utf-8")
    command("new", folder, "--task", "text-classification")
    status, said, err = command("import", folder, table)
    assert status == 1 and "--text-column" in said[-1]["error"]["remedy"]
    given = ["--text-column", "what they wrote"]
    status, said, err = command("import", folder, table, *given)
    assert status == 1 and "--label-column" in err
    status, said, _ = command("import", folder, table, *given, "--label-column", "team")
    assert status == 0 and said[-1]["labelled"] == 20


def test_every_command_is_one_whatever_the_folder_holds() -> None:
    """A folder of the same name beside main.py is no project to open."""
    assert set(program.COMMANDS) == set(COMMANDS)


def test_help_of_every_command() -> None:
    for name in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0


def test_as_a_program_stdout_holds_json_alone(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "main.py", "new", str(tmp_path / "x"), "--task", "text-classification",
         "--json"],
        cwd=ROOT, capture_output=True, text=True, check=True, env=dict(os.environ),
    )  # fmt: skip
    assert json.loads(done.stdout)["task"] == "text-classification"
