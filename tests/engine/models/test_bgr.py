"""A model that was trained on blue, green, red sees pictures as its own library feeds them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from engine.models.building import build
from engine.store.datasets import Example
from engine.tasks.registry import task
from engine.training.recipe import Recipe


def test_mobilevit_gets_its_order(tmp_path: Path) -> None:
    from transformers import (
        MobileViTConfig,
        MobileViTForImageClassification,
        MobileViTImageProcessor,
    )

    torch.manual_seed(0)
    config = MobileViTConfig(
        image_size=64, hidden_sizes=[16, 20, 24], neck_hidden_sizes=[8, 8, 12, 16, 16, 16, 24],
        num_attention_heads=2, num_labels=3,
    )  # fmt: skip
    folder = tmp_path / "mobilevit"
    theirs = MobileViTForImageClassification(config).eval()
    theirs.save_pretrained(folder)
    prepare = MobileViTImageProcessor(
        size={"shortest_edge": 64}, crop_size={"height": 64, "width": 64}
    )
    prepare.save_pretrained(folder)
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    network = build("mobilevit", str(folder), "image", 3).eval()
    work = task("image-classification")
    reader = work.reader(network, Recipe(model="mobilevit", weights=str(folder)))
    item = reader(Example(0, "image", tmp_path / "picture.png", None, "", 0), 0)
    mine = work.prepare(network, work.collate(network, [item]))
    with torch.no_grad():
        fed = prepare(Image.fromarray(pixels), return_tensors="pt")["pixel_values"]
        expected = theirs(fed).logits
        network.model.load_state_dict(
            {
                n: (t.flip(1) if n == "mobilevit.conv_stem.convolution.weight" else t)
                for n, t in theirs.state_dict().items()
            }
        )
        found = network(mine)
        fresh = build("mobilevit", str(folder), "image", 3).eval()
    assert torch.allclose(found, expected, atol=1e-4)
    stem = "model.mobilevit.conv_stem.convolution.weight"
    assert torch.equal(fresh.state_dict()[stem], network.state_dict()[stem])
