"""Architectures that do something in a way of their own: described as they are, run as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.errors import ModelError
from engine.freezing import adapters
from engine.freezing.chart import Chart
from engine.freezing.presets import learns
from engine.freezing.reach import reach
from engine.freezing.replay import compute, find_cut
from engine.models.building import build
from engine.models.network import Network
from engine.models.portrait import portrait
from engine.models.skeleton import skeleton
from engine.models.stages import stages
from engine.models.trace import evaluating, trace
from tests import tiny

LENGTH = 12
PATCHES = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 32,
    "patch_size": 8,
}  # fmt: skip
BLOCKS = {
    "hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 2, 1], "num_attention_heads": [1, 1, 2, 2],
}  # fmt: skip
ODD: dict[str, tuple[str, dict[str, Any]]] = {
    # Its files name the attention otherwise than its modules are named.
    "dinov2": ("image", {**PATCHES, "mlp_ratio": 2}),
    # Its stem stands beside its backbone.
    "hgnet_v2": ("image", {
        "embedding_size": 16, "hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1],
        "stem_channels": [3, 8, 8], "stage_in_channels": [8, 8, 16, 24],
        "stage_mid_channels": [4, 4, 8, 8], "stage_out_channels": [8, 16, 24, 32],
        "stage_num_blocks": [1, 1, 1, 1], "stage_numb_of_layers": [2, 2, 2, 2],
    }),
    # It asks its convolutions for their stride.
    "mobilenet_v1": ("image", {"depth_multiplier": 0.25, "image_size": 32}),
    # Its first blocks work at the resolution of its stem.
    "convnext": ("image", {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 2, 1]}),
    # Its blocks put out rows of patches.
    "swin": ("image", {
        "image_size": 32, "embed_dim": 12, "depths": [1, 1, 2], "num_heads": [1, 1, 2],
        "window_size": 2, "patch_size": 2,
    }),
    "pvt_v2": ("image", {**BLOCKS, "image_size": 32}),
    # It looks for the end of each text; it has an encoder and a decoder.
    "bart": ("text", {
        "vocab_size": 64, "d_model": 32, "encoder_layers": 2, "decoder_layers": 2,
        "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 48,
        "decoder_ffn_dim": 48, "max_position_embeddings": 64, "eos_token_id": 3,
        "pad_token_id": 0, "bos_token_id": 2, "decoder_start_token_id": 2,
        "forced_eos_token_id": 3,
    }),
    # Words come first in its layers, then texts.
    "xlnet": ("text", {"vocab_size": 64, "d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 48}),
    # Its first word looks at all others, which it finds by a mask and counts.
    "longformer": ("text", {
        "vocab_size": 64, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 48, "max_position_embeddings": 64, "attention_window": [4, 4],
        "pad_token_id": 0,
    }),
    # It never calls its layers as modules.
    "squeezebert": ("text", {
        "vocab_size": 64, "hidden_size": 32, "embedding_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "intermediate_size": 48, "max_position_embeddings": 64,
        "q_groups": 2, "k_groups": 2, "v_groups": 2, "intermediate_groups": 2, "output_groups": 2,
    }),
}  # fmt: skip
TITLES = {
    "dinov2": ["Embeddings", "Encoder layer 0", "Encoder layer 1", "Head"],
    "hgnet_v2": ["Stem", "Stage 1", "Stage 2", "Stage 3", "Stage 4", "Head"],
    "mobilenet_v1": ["Stem", "Stage 1", "Stage 2", "Stage 3", "Stage 4", "Head"],
    "convnext": ["Stem", "Stage 1", "Stage 2", "Stage 3", "Stage 4", "Head"],
    "swin": ["Stem", "Stage 1", "Stage 2", "Stage 3", "Head"],
    "pvt_v2": ["Stage 1", "Stage 2", "Stage 3", "Stage 4", "Head"],
    "bart": ["Embeddings", "Encoder layer 0", "Encoder layer 1", "Decoder layer 0",
             "Decoder layer 1", "Head"],
    "xlnet": ["Embeddings", "Encoder layer 0", "Encoder layer 1", "Head"],
    "longformer": ["Embeddings", "Encoder layer 0", "Encoder layer 1", "Head"],
    "squeezebert": ["Embeddings", "Layer 0", "Layer 1", "Head"],
}  # fmt: skip
Made = Callable[[str], tuple[str, Path, Network]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    known: dict[str, tuple[str, Path, Network]] = {}

    def find(name: str) -> tuple[str, Path, Network]:
        if name not in known:
            kind, sizes = ODD[name]
            folder = tiny.other(tmp_path_factory.mktemp(name), kind, name, **sizes)
            known[name] = kind, folder, build(name, str(folder), kind, 3)
        return known[name]

    return find


@pytest.mark.parametrize("name", list(ODD))
def test_the_description_is_that_of_the_network(name: str, made: Made) -> None:
    kind, folder, network = made(name)
    bare = skeleton(name, str(folder), kind, 3)
    assert bare.head == network.head
    told = portrait(bare, *((LENGTH, LENGTH) if kind == "text" else (0, 0)))
    row = stages(network)
    assert [(s["title"], s["modules"]) for s in told["stages"]] == [
        (stage.title, list(stage.modules)) for stage in row
    ]
    assert [stage.title for stage in row] == TITLES[name]
    assert told["parameters"] == network.parameter_count()
    placed = tuple(f"{module}." for stage in row for module in stage.modules)
    loose = [n for n, _ in network.model.named_parameters() if not n.startswith(placed)]
    assert len(loose) <= 1  # XLNet's mask embedding


@pytest.mark.parametrize("name", list(ODD))
def test_what_is_kept_of_a_batch_is_one_part_an_item(name: str, made: Made) -> None:
    kind, folder, network = made(name)
    lengths = (LENGTH, LENGTH) if kind == "text" else (0, 0)
    chart = Chart(portrait(skeleton(name, str(folder), kind, 3), *lengths))
    ran = trace(network)
    row = stages(network, ran)
    for count in range(1, len(row)):
        cut = find_cut(network, learns(row, count), ran)
        assert reach(chart, learns(row, count)).cut == (cut.module if cut else None)
        if cut is not None:
            probe = network.probe(2, 9)
            whole = compute(network, cut, probe)
            first = compute(network, cut, {key: value[:1] for key, value in probe.items()})
            assert len(whole) == 2
            assert torch.allclose(whole[:1], first, atol=1e-5)


@pytest.mark.parametrize("name", ["mobilenet_v1", "convnext", "bart", "longformer"])
def test_adapters_work_in_it(name: str, made: Made) -> None:
    kind, folder, plain = made(name)
    adapted = build(name, str(folder), kind, 3, edits={"lora_rank": 2})
    adapted.model.load_state_dict(plain.model.state_dict(), strict=False)
    probe = plain.probe(2, 9)
    with evaluating(plain), evaluating(adapted), torch.no_grad():
        said = adapted(probe)
        adapters.merge(adapted)
        assert torch.allclose(adapted(probe), said, atol=1e-5)


def test_a_model_that_wants_something_else_is_refused_in_words(tmp_path: Path) -> None:
    """ImageGPT reads colours as words."""
    sizes = {"n_embd": 32, "n_layer": 1, "n_head": 2, "vocab_size": 33, "n_positions": 64}
    folder = str(tiny.other(tmp_path, "image", "imagegpt", **sizes))
    with pytest.raises(ModelError, match="cannot run this model"):
        portrait(skeleton("imagegpt", folder, "image", 3))
    with pytest.raises(ModelError, match="cannot run this model"):
        stages(build("imagegpt", folder, "image", 3))
