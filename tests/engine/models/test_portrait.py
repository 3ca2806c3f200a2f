"""What is told of a network without its weights is what the network is and does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoConfig, AutoModel

from engine.freezing.presets import PRESETS
from engine.models import catalogue
from engine.models.absent import absent
from engine.models.building import CONFIGURATIONS, build
from engine.models.flow import BATCH
from engine.models.portrait import portrait
from engine.models.skeleton import skeleton
from engine.models.stages import stages
from engine.models.trace import trace
from tests.portraits import LENGTH, Pair, pair

Folder = Callable[[str], Path]

NAMES = [
    "resnet", "vit", "bert", "mobilenet_v2", "squeezenet1_1", "shufflenet_v2_x0_5", "googlenet",
    "vit_b_32", "swin_t",
]  # fmt: skip


@pytest.fixture(scope="module", params=NAMES)
def one(request: pytest.FixtureRequest, model_folder: Folder) -> Pair:
    return pair(request.param, model_folder)


def test_the_rows_are_the_modules(one: Pair) -> None:
    rows = one.portrait["modules"]
    assert [row["name"] for row in rows] == [name for name, _ in one.network.model.named_modules()]
    own = {
        f"{row['name']}.{key}".lstrip("."): count for row in rows for key, count in row["own"]
    }  # fmt: skip
    assert own == {name: p.numel() for name, p in one.network.model.named_parameters()}
    assert rows[0]["parameters"] == one.network.parameter_count() == sum(own.values())
    for row in rows:
        module = one.network.model.get_submodule(row["name"])
        assert row["class"] == type(module).__name__ and row["words"]


def test_shapes_are_those_of_a_real_run(one: Pair) -> None:
    batch = 2
    ran = trace(one.network, one.network.probe(batch, LENGTH))
    rows = {row["name"]: row for row in one.portrait["modules"]}
    entered = sorted((row for row in rows.values() if row["order"] > 0), key=lambda r: r["order"])
    assert [row["name"] for row in entered] == ran.order
    for name in ran.order:
        real = ran.shape(name)
        told = rows[name]["shape"]
        if real is None:
            assert told is None
        elif real[0] == batch:
            assert told == list(real[1:]), name
        elif real[0] % batch == 0 and real[0] > batch:
            assert told == [real[0] // batch, *real[1:]], name
        else:
            assert told == list(real), name


def test_the_cost_is_what_torch_counts(one: Pair) -> None:
    inputs = one.network.probe(1, LENGTH)
    counter = FlopCounterMode(display=False)
    one.network.eval()
    with counter:  # gradients stay on: without them attention has a way that is not counted
        one.network(inputs)
    rows = one.portrait["modules"]
    assert 2 * rows[0]["flops"] == counter.get_total_flops() > 0  # a multiply-add counts twice
    counts = counter.get_flop_counts()
    for row in rows:
        below = counts.get(f"Network.model.{row['name']}")
        if below:
            assert 2 * row["flops"] == sum(below.values()), row["name"]


def test_stages_are_those_of_the_network(one: Pair) -> None:
    told = one.portrait["stages"]
    assert [(s["title"], tuple(s["modules"])) for s in told] == [
        (stage.title, stage.modules) for stage in one.row
    ]
    for stage, real in zip(told, one.row, strict=True):
        assert tuple(stage["small"]) == real.small and tuple(stage["wide"]) == real.wide
    rows = {row["name"]: row for row in one.portrait["modules"]}
    for number, stage in enumerate(told):
        assert all(rows[name]["stage"] == number for name in stage["modules"])
        assert stage["parameters"] == sum(rows[name]["parameters"] for name in stage["modules"])


@pytest.mark.parametrize(
    ("name", "edits"),
    [
        ("resnet", {"channels": 1, "head_hidden": 12}),
        ("vit", {"image_size": 48, "head_dropout": 0.3}),
        ("bert", {"head_hidden": 7, "lora_rank": 2}),
        ("vit_b_32", {"image_size": 96}),
        ("vit_b_32", {"image_size": 64, "lora_rank": 2}),
    ],
)
def test_edits_are_in_it(name: str, edits: dict[str, object], model_folder: Folder) -> None:
    edited = pair(name, model_folder, edits)
    sizes = {n: tuple(p.shape) for n, p in edited.network.model.named_parameters()}
    skeletal = skeleton(
        name, str(model_folder(name)) if name in ("resnet", "vit", "bert") else None,
        "text" if name == "bert" else "image", 4, edits,
    )  # fmt: skip
    assert {n: tuple(p.shape) for n, p in skeletal.model.named_parameters()} == sizes
    assert all(p.is_meta for p in skeletal.parameters())
    assert edited.portrait["modules"][0]["parameters"] == edited.network.parameter_count()


@pytest.mark.parametrize("name", ["vit_h_14", "regnet_y_128gf", "maxvit_t", "inception_v3"])
def test_the_largest_and_the_odd_ones(name: str) -> None:
    told = portrait(skeleton(name, None, "image", 3))
    entry = catalogue.find(name)
    assert entry is not None and told["modules"][0]["flops"] > 1e9
    assert told["input"] == [entry.input_size, entry.input_size]
    # The published count has 1,000 classes; inception's has another head for training, too.
    assert 0.75 * entry.parameters < told["parameters"] < entry.parameters


@pytest.mark.parametrize("entry", catalogue.entries("text-classification"), ids=lambda e: e.name)
def test_text_models_can_be_looked_at_before_they_are_here(entry: catalogue.Entry) -> None:
    place = CONFIGURATIONS / entry.name.replace("/", "--")
    if not place.is_dir():
        assert "MiniLM" in entry.name  # it comes with the tests, weights and all
    else:
        with torch.device("meta"):
            model = AutoModel.from_config(AutoConfig.from_pretrained(place))
        assert sum(p.numel() for p in model.parameters()) == entry.parameters
    told = portrait(skeleton(entry.name, None, "text", 3), LENGTH, LENGTH)
    assert abs(told["parameters"] / entry.parameters - 1) < 0.02
    assert told["stages"][0]["title"] == "Embeddings" and told["stages"][-1]["title"] == "Head"
    if "bert" in entry.name.rpartition("/")[2].lower():
        assert told["stages"][1]["title"] == "Encoder layer 0"


def test_a_head_that_came_without_weights_is_seen(model_folder: Folder, tmp_path: Path) -> None:
    source = model_folder("bert")
    for file in source.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    held = load_file(source / "model.safetensors")
    kept = {name: t for name, t in held.items() if ".pooler." not in name}
    assert len(kept) < len(held)
    save_file(kept, tmp_path / "model.safetensors", {"format": "pt"})
    bare = skeleton("bert", str(tmp_path), "text", 3)
    assert absent(tmp_path, bare.model) == {"bert.pooler.dense.weight", "bert.pooler.dense.bias"}
    assert bare.head == build("bert", str(tmp_path), "text", 3).head
    (tmp_path / "model.safetensors").write_bytes(b"no header at all")
    assert absent(tmp_path, bare.model) == set()


def test_a_portrait_is_ready_for_the_pipe(model_folder: Folder) -> None:
    told = pair("bert", model_folder).portrait
    assert json.loads(json.dumps(told)).keys() == told.keys()


def test_nothing_is_left_changed_on_the_skeleton(model_folder: Folder) -> None:
    network = skeleton("resnet", str(model_folder("resnet")), "image", 3)
    network.train()
    network.model.requires_grad_(False)
    portrait(network)
    assert all(module.training for module in network.modules())
    assert not any(p.requires_grad for p in network.parameters())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.model.modules())


def test_presets_can_be_made_from_it(model_folder: Folder) -> None:
    one = pair("vit", model_folder)
    assert BATCH > 1
    for preset in PRESETS.values():
        assert preset.make(stages(one.network, one.ran), 4, None)
