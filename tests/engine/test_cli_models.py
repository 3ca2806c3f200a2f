"""`main.py models ...`: one JSON object a line on stdout, words on stderr, a status that tells."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.models import catalogue, library, offline
from engine.models.shelf import line
from engine.store.project import Project
from tests import tiny
from tests.serving import Server, serving

ROOT = Path(__file__).parents[2]
BERT = "clinic/tiny-bert"
Command = Callable[..., tuple[int, list[Any], str]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This machine's models folder: empty; nobody has allowed downloads."""
    for name in ("GRAFT_MODELS", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "here" / name.lower()))
    for name in ("HF_HUB_CACHE", offline.SWITCH):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(line, "WAITS", (0.0,))
    return library.models_folder()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs 'models ...' with --json in this process: exit status, objects of stdout, stderr."""

    def run(*arguments: object) -> tuple[int, list[Any], str]:
        capsys.readouterr()
        status = main(["models", *map(str, arguments), "--json"])
        said = capsys.readouterr()
        objects = [json.loads(line) for line in said.out.splitlines()]
        assert all(isinstance(one, dict) for one in objects)
        return status, objects, said.err

    return run


@pytest.fixture
def bert(model_folder: Callable[[str], Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(model_folder("bert"), tmp_path / "clinic--tiny-bert"))


def test_a_model_comes_is_shown_is_packed_goes_and_comes_back(
    command: Command, bert: Path, here: Path, tmp_path: Path
) -> None:
    status, said, err = command("add", bert)
    added = said[-1]
    assert status == 0 and added["name"] == BERT and added["path"] == str(here / bert.name)
    assert any(one.get("event") == "Activity" for one in said) and "Copying" in err
    status, said, _ = command("list")
    (listed,) = [one for one in said if one["name"] == BERT]
    assert status == 0 and listed["on_this_machine"] == added["path"]
    status, said, _ = command("show", BERT)
    assert status == 0 and said == [{"name": BERT, "on_this_machine": added["path"]}]
    pack = tmp_path / "one.graftpack"
    status, said, _ = command("pack", BERT, pack)
    assert status == 0 and said[-1]["pack"] == str(pack)
    assert said[-1]["bytes"] == pack.stat().st_size and said[-1]["models"][0]["name"] == BERT
    status, said, err = command("remove", BERT)
    assert status == 1 and said[-1]["removed"] is False and "--yes" in err
    assert said[-1]["bytes"] == added["bytes"] and Path(added["path"]).is_dir()
    status, said, _ = command("remove", BERT, "--yes")
    assert status == 0 and said[-1]["removed"] is True and not Path(added["path"]).exists()
    assert BERT not in [one["name"] for one in command("list")[1]]
    status, said, _ = command("add", pack)
    assert status == 0 and said[-1]["name"] == BERT and not said[-1]["known"]
    assert command("add", pack)[1][-1]["known"]


def test_a_known_model_is_shown_with_its_licence_and_what_it_can_do(command: Command) -> None:
    status, said, _ = command("show", "resnet50")
    (facts,) = said
    assert status == 0 and facts["name"] == "resnet50" and facts["on_this_machine"] is None
    assert facts["weights"][0]["licence"] and facts["purpose"] and facts["link"]
    assert facts["bytes"] > 1e8 and facts["accuracy"] > 0.8 and facts["licence"]


@pytest.mark.parametrize("name", ["resnet50", "facebook/wav2vec2-base", "google-t5/t5-small"])
def test_in_words_every_fact_is_told_or_said_to_be_unknown(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "show", name]) == 0
    told = {line[:18].strip(): line[19:] for line in capsys.readouterr().out.splitlines()}
    facts = (
        "purpose", "input size", "parameters", "cost", "size on disk", "accuracy", "learned from",
        "limits", "licence", "commercial use", "clinical research", "privacy", "kept up",
        "read on", "on this machine",
    )  # fmt: skip
    assert all(told[fact] for fact in facts) and told["on this machine"] == "no"
    assert ("%" in told["accuracy"]) is (name == "resnet50")
    assert ("no figure" in told["accuracy"]) is (name != "resnet50")


def test_what_is_inside_a_model_is_shown_before_it_is_here(command: Command) -> None:
    status, said, _ = command("show", "lraspp_mobilenet_v3_large", "--layers")
    modules = said[0]["layers"]["modules"]
    assert status == 0 and {"backbone", "classifier"} <= {one["name"] for one in modules}
    status, said, _ = command("show", "no-such-model", "--layers")
    assert status == 1 and said[-1]["error"]["title"] == "Unknown model"


def test_models_are_ranked_on_a_project(command: Command, here: Path, tmp_path: Path) -> None:
    with tiny.picture_project(tmp_path / "p") as project:
        folder = project.folder
    tiny.resnet(here / "clinic--one")
    tiny.vit(here / "clinic--two")
    status, said, err = command("rank", folder)
    places = said[-1]["places"]
    assert status == 0
    assert {one["name"] for one in places} == {"clinic/one", "clinic/two", catalogue.STARTER}
    assert all(0 <= one["low"] <= one["value"] <= one["high"] <= 1 for one in places)
    assert said[-1]["words"] and "clinic/one" in err
    status, said, _ = command("rank", folder, "clinic/one", "--seed", 3)
    assert status == 0 and [one["name"] for one in said[-1]["places"]] == ["clinic/one"]
    own = shutil.copytree(here / "clinic--one", tmp_path / "own")
    status, said, _ = command("rank", folder, f"clinic/one={own}", "clinic/two")
    titles = {one["title"]: one["weights"] for one in said[-1]["places"]}
    assert status == 0 and titles["clinic/one, own"] == str(own) and len(titles) == 2
    status, said, _ = command("rank", folder, f"clinic/one={tmp_path / 'none'}")
    assert status == 1 and str(tmp_path / "none") in said[-1]["error"]["cause"]
    status, said, _ = command("rank", folder, "resnet50")
    assert status == 1 and said[-1]["error"]["subject"] == "resnet50"
    for wrong, words in (("resnet50=", "behind the ="), ("fcn_resnet50=x", "segmentation")):
        status, said, _ = command("rank", folder, wrong)
        assert status == 1 and words in said[-1]["error"]["cause"]
    status, said, _ = command("rank", folder, "clinic/one", "clinic/one")
    assert [one["title"] for one in said[-1]["places"]] == ["clinic/one"]
    assert main(["models", "rank", str(folder)]) == 0  # in words
    assert command("rank", tmp_path / "nothing")[0] == 1


def test_a_model_is_got_once_downloads_are_allowed(
    command: Command, bert: Path, here: Path, server: Server
) -> None:
    server.serve_model(BERT, {file.name: file.read_bytes() for file in bert.iterdir()})
    status, said, err = command("get", BERT, "--url", server.address)
    assert status == 1 and said[-1]["error"]["subject"] == "online" and server.log == []
    assert "models online on" in err
    assert command("online", "on")[1][-1]["online"] is True
    status, said, _ = command("get", BERT, "--url", server.address)
    told = [one for one in said if one.get("event") == "Activity"]
    assert status == 0 and said[-1]["path"] == str(here / bert.name)
    assert told[-1]["done"] == told[-1]["total"] == said[-1]["bytes"]
    assert command("online", "off")[1][-1]["online"] is False
    assert command("online")[1][-1]["online"] is False
    status, said, _ = command("get", BERT)
    assert status == 0 and said[-1]["known"], "what is here needs no network"


def test_who_uses_a_model_is_said_before_it_goes(
    command: Command, bert: Path, project: Project
) -> None:
    command("add", bert)
    project.settings_set(model={"name": BERT})
    status, said, _ = command("remove", BERT, "--project", project.folder)
    assert status == 1 and said[-1]["used_by"][0]["project"] == str(project.folder)
    assert said[-1]["used_by"][0]["chosen"] is True


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["show", "no-such-model"], "model"),
        (["add", "{}/nowhere"], "model"),
        (["add", "{}/bad.graftpack"], "model"),
        (["add", "{}/bad.safetensors"], "model"),
        (["add", "{}/bad.zip"], "model"),
        (["add", "{}/bad.txt"], "model"),
        (["add", "{}/clinic--tiny-bert", "--name", "../up"], "configuration"),
        (["get", "resnet18"], "configuration"),
        (["get", "no/such-model"], "configuration"),
        (["pack", "no-such-model", "{}/x.graftpack"], "model"),
        (["pack", "resnet18", "{}/x.zip"], "configuration"),
        (["remove", "no-such-model", "--yes"], "model"),
        (["remove", "../clinic--tiny-bert", "--yes"], "model"),
    ],
)
def test_what_cannot_be_done_says_why(
    arguments: list[str], kind: str, command: Command, bert: Path, tmp_path: Path
) -> None:
    for name in ("bad.graftpack", "bad.safetensors", "bad.zip", "bad.txt"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
    status, said, err = command(*[part.format(tmp_path) for part in arguments])
    error = said[-1]["error"]
    assert status == 1 and said[-1]["event"] == "Failed" and error["kind"] == kind
    assert error["cause"] and error["remedy"]
    assert error["title"] in err and error["remedy"] in err
    assert bert.is_dir() and not (tmp_path / "x.graftpack").exists()


def test_the_switch_of_the_environment_has_the_last_word(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(offline.SWITCH, "0")
    status, said, _ = command("online", "on")
    assert status == 1 and offline.SWITCH in said[-1]["error"]["cause"]
    assert command("online")[1][-1]["online"] is False


@pytest.mark.parametrize("action", ["list", "show", "get", "add", "pack", "remove", "online"])
def test_every_action_says_how_it_is_used(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["models", action, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"models {action}" in said and "--json" in said


@pytest.mark.parametrize(
    "arguments",
    [["get"], ["add"], ["pack", "x.graftpack"], ["online", "maybe"], ["burn"], ["show", "a", "b"]],
)
def test_wrong_arguments_have_a_status_of_their_own(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["models", *arguments])
    said = capsys.readouterr()
    assert ended.value.code == 2 and said.out == "" and "usage:" in said.err


def test_as_a_program_stdout_holds_json_alone(bert: Path, here: Path, tmp_path: Path) -> None:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "main.py", "models", *map(str, arguments), "--json"],
            cwd=ROOT, capture_output=True, text=True, env=dict(os.environ),
        )  # fmt: skip

    done = run("add", bert)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()][-1]["name"] == BERT
    done = run("add", tmp_path / "nowhere")
    assert done.returncode == 1 and "does not exist" in done.stderr
    assert json.loads(done.stdout)["event"] == "Failed"
