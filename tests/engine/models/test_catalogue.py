"""The catalogue that ships: each entry can be shown, and says where its facts are from."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.models import catalogue
from engine.models.catalogue import UNCONFIRMED, Entry
from engine.store.project import TASKS

ROOT = Path(__file__).parents[3]
SOURCES = (ROOT / "tools" / "catalogue" / "sources.md").read_text(encoding="utf-8")
ENTRIES = catalogue.entries()
# A licence with one of these in it forbids commercial use, whatever else it says.
FORBIDDING = ("NC", "RAIL", "research", "rules out")


def test_it_is_small_and_its_titles_tell_models_apart() -> None:
    assert catalogue.FILE.stat().st_size < 1_000_000
    titles = [entry.title for entry in ENTRIES]
    assert len(set(titles)) == len(titles)


def test_it_loads_fast_and_without_torch() -> None:
    code = (
        "import sys, time; from engine.models import catalogue; began = time.perf_counter();"
        "catalogue.entries(); print(time.perf_counter() - began, 'torch' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert told[1] == "False"
    assert float(told[0]) < 0.15  # 0.006 s alone; other work may run beside the tests


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_line_can_be_shown(entry: Entry) -> None:
    assert entry.kind in catalogue.KINDS and entry.domain in ("general", "medical")
    assert entry.parameters > 1e5 and entry.bytes > 1e6 and entry.flops
    texts = (
        entry.purpose, entry.data, entry.limits, entry.privacy, entry.upkeep, entry.counted,
        entry.licence, entry.flops_at,
    )  # fmt: skip
    assert all(texts)
    assert entry.link.startswith("https://") or is_listed(entry.link)
    assert entry.tasks
    assert entry.trainable is False or entry.task in TASKS


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_figure_says_what_it_is_and_where_it_was_read(entry: Entry) -> None:
    for weights in entry.weights:
        if weights.accuracy is None:
            assert weights.accuracy_source == ""
        else:
            assert 0.2 < weights.accuracy < 1
            assert entry.metric and entry.measured_on and is_listed(weights.accuracy_source)
    if entry.accuracy is None:
        assert entry.measured_on == entry.metric == ""
    assert entry.data_source == "" or is_listed(entry.data_source)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_licence_was_read_or_is_not_claimed(entry: Entry) -> None:
    assert (entry.licence == UNCONFIRMED) == (entry.licence_source == "")
    for weights in entry.weights:
        assert {weights.commercial, weights.clinical} <= {"yes", "no", "unknown"}
        if weights.licence == UNCONFIRMED:
            assert weights.commercial == weights.clinical == "unknown"
        else:
            assert is_listed(entry.licence_source)
        if any(word in weights.licence for word in FORBIDDING):
            assert weights.commercial == "no"


def is_listed(address: str) -> bool:
    """Whether sources.md has it; pages of torchvision's models stand there all together.
    What ships with Graft is its own source."""
    if address.startswith("resources/"):
        return (ROOT / address).is_file()
    return address.startswith("https://pytorch.org/vision/stable/") or f"| {address} |" in SOURCES


def test_a_task_names_what_can_be_fine_tuned_in_it() -> None:
    for task in TASKS:
        found = catalogue.entries(task)
        assert len(found) >= 25 and all(e.trainable for e in found)
        assert {e.task for e in found} == {catalogue.teachers(task)}
    assert catalogue.entries("object-detection") == []
    kinds = {entry.kind for entry in ENTRIES}
    assert kinds == set(catalogue.KINDS)


def test_names_are_found_with_and_without_their_owner() -> None:
    for name in ("bert-base-uncased", "google-bert/bert-base-uncased"):
        found = catalogue.find(name)
        assert found is not None and found.family == "BERT"
    assert catalogue.find("no-such-model") is None


def test_the_file_is_what_the_builder_makes() -> None:
    """So that nobody edits the list by hand and loses it at the next build."""
    from tools.build_catalogue import made
    from tools.catalogue.measured import Kept

    held = made(Kept())
    shipped = json.loads(catalogue.FILE.read_text(encoding="utf-8"))
    assert shipped["cards"] == held["cards"]
    assert shipped["models"] == json.loads(json.dumps(held["models"]))
