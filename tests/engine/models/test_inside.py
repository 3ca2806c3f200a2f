"""What is inside a model can be looked at before its weights are here, whatever it is for."""

from __future__ import annotations

import pytest

from engine.errors import ModelError
from engine.models import catalogue
from engine.models.whole.inside import inside

# One of each way in which a model is run.
CHOSEN = (
    "graft-starter", "resnet18", "fasterrcnn_mobilenet_v3_large_320_fpn", "r3d_18",
    "lraspp_mobilenet_v3_large", "raft_small", "keypointrcnn_resnet50_fpn",
    "facebook/detr-resnet-50", "nvidia/segformer-b0-finetuned-ade-512-512", "google-t5/t5-small",
    "openai/whisper-tiny",
    "facebook/wav2vec2-base", "MIT/ast-finetuned-audioset-10-10-0.4593",
    "openai/clip-vit-base-patch32", "facebook/sam-vit-base", "distilbert/distilgpt2",
)  # fmt: skip


@pytest.mark.parametrize("name", CHOSEN)
def test_it_agrees_with_what_the_catalogue_says(name: str) -> None:
    entry = catalogue.find(name)
    assert entry is not None
    told = inside(name)
    assert told["flops"] == entry.flops
    assert told["at"] == entry.flops_at
    assert told["parameters"] == entry.parameters or entry.source == "torchvision"
    rows = {row["name"]: row for row in told["modules"]}
    assert len(rows) == len(told["modules"]) > 20
    for name, row in rows.items():
        assert name == "" or name.rpartition(".")[0] in rows
        assert row["words"] and row["class"]
    called = [row for row in rows.values() if row["order"] >= 0]
    assert len({row["order"] for row in called}) == len(called) > 20
    assert any(row["shape"] for row in called)


def test_the_cost_of_a_block_is_that_of_what_it_holds() -> None:
    rows = {row["name"]: row for row in inside("resnet18")["modules"]}
    assert rows["conv1"]["flops"] == 64 * 3 * 49 * 112 * 112
    assert rows["conv1"]["shape"] == [1, 64, 112, 112]
    parts = [
        row["flops"] for name, row in rows.items() if name.count(".") == 2 and "layer1" in name
    ]
    assert rows["layer1"]["flops"] == sum(parts)
    whole = [rows[name]["flops"] for name in rows if name and "." not in name]
    assert rows[""]["flops"] == sum(whole)


def test_a_model_that_nobody_knows_is_said_to_be_so() -> None:
    with pytest.raises(ModelError, match="Unknown model"):
        inside("no-such-model")
