"""Writes resources/catalogue.json from the installed torchvision and a small table of text models.

.venv/bin/python tools/build_catalogue.py
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import torchvision
from torchvision import models

FILE = Path(__file__).resolve().parents[1] / "resources" / "catalogue.json"
OPEN = "BSD-3-Clause (torchvision), learned from ImageNet-1K"
SWAG = "CC-BY-NC-4.0 (not for commercial use)"

FAMILIES = {
    "alexnet": "AlexNet", "convnext": "ConvNeXt", "densenet": "DenseNet",
    "efficientnet": "EfficientNet", "googlenet": "GoogLeNet", "inception": "Inception",
    "maxvit": "MaxViT", "mnasnet": "MNASNet", "mobilenet": "MobileNet", "regnet": "RegNet",
    "resnet": "ResNet", "resnext": "ResNeXt", "shufflenet": "ShuffleNet",
    "squeezenet": "SqueezeNet", "swin": "Swin Transformer", "vgg": "VGG",
    "vit": "Vision Transformer", "wide": "Wide ResNet",
}  # fmt: skip
WORDS = {
    "mobilenet": "MobileNet", "efficientnet": "EfficientNet", "convnext": "ConvNeXt",
    "densenet": "DenseNet", "shufflenet": "ShuffleNet", "squeezenet": "SqueezeNet",
    "regnet": "RegNet", "resnet": "ResNet", "resnext": "ResNeXt", "mnasnet": "MNASNet",
    "alexnet": "AlexNet", "googlenet": "GoogLeNet", "inception": "Inception", "maxvit": "MaxViT",
    "swin": "Swin", "vgg": "VGG", "vit": "ViT", "wide": "Wide", "bn": "with batch norm",
}  # fmt: skip

# Sizes are those of model.safetensors; accuracies on SST-2 (sentiment of a sentence) as the
# recipe's authors give them after fine-tuning everything.
TEXT = (
    ("sentence-transformers/all-MiniLM-L6-v2", "MiniLM, 6 layers", "MiniLM", 22713216, 90868376,
     None, "Apache-2.0", "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2"),
    ("distilbert/distilbert-base-uncased", "DistilBERT base, uncased", "DistilBERT", 66362880,
     267954768, 0.913, "Apache-2.0", "https://arxiv.org/abs/1910.01108"),
    ("google-bert/bert-base-uncased", "BERT base, uncased", "BERT", 109482240, 440449768,
     0.935, "Apache-2.0", "https://arxiv.org/abs/1810.04805"),
    ("FacebookAI/roberta-base", "RoBERTa base", "RoBERTa", 124645632, 498818054, 0.948, "MIT",
     "https://github.com/facebookresearch/fairseq/tree/main/examples/roberta"),
    ("openai-community/gpt2", "GPT-2, 12 layers", "GPT-2", 124439808, 548105171, None, "MIT",
     "https://huggingface.co/openai-community/gpt2"),
)  # fmt: skip


def image_models() -> list[dict[str, Any]]:
    rows = []
    for name in models.list_models(module=models):
        variants = models.get_model_weights(name)
        if not len(variants):
            continue
        first = variants.DEFAULT
        ordered = [first, *(weights for weights in variants if weights is not first)]
        rows.append(
            {
                "name": name,
                "title": title_of(name),
                "family": FAMILIES[family_of(name)],
                "source": "torchvision",
                "task": "image-classification",
                "parameters": first.meta["num_params"],
                "measured_on": "ImageNet-1K",
                "weights": [published(weights) for weights in ordered],
            }
        )
    return rows


def published(weights: Any) -> dict[str, Any]:
    file = weights.url.rpartition("/")[2]
    accuracy = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]  # not a number: no classifier
    digits = re.search(r"-([0-9a-f]{8,})\.pth$", file)
    return {
        "name": weights.name,
        "file": file,
        "url": weights.url,
        "sha256": digits.group(1) if digits else "",
        "bytes": round(weights.meta["_file_size"] * 2**20),
        "accuracy": None if math.isnan(accuracy) else round(accuracy / 100, 5),
        "input_size": weights.transforms().crop_size[0],
        "licence": SWAG if "SWAG" in weights.meta.get("license", "") else OPEN,
        "recipe": weights.meta["recipe"],
    }


def text_models() -> list[dict[str, Any]]:
    rows = []
    for name, title, family, parameters, size, accuracy, licence, recipe in TEXT:
        weights = {
            "name": "main", "file": "model.safetensors",
            "url": f"https://huggingface.co/{name}", "sha256": "", "bytes": size,
            "accuracy": accuracy, "input_size": None, "licence": licence, "recipe": recipe,
        }  # fmt: skip
        rows.append(
            {
                "name": name, "title": title, "family": family, "source": "huggingface",
                "task": "text-classification", "parameters": parameters,
                "measured_on": "SST-2" if accuracy else "", "weights": [weights],
            }
        )  # fmt: skip
    return rows


def family_of(name: str) -> str:
    return next(
        start for start in sorted(FAMILIES, key=len, reverse=True) if name.startswith(start)
    )


def title_of(name: str) -> str:
    """'regnet_x_1_6gf' becomes 'RegNet X 1.6GF', 'mobilenet_v3_small' 'MobileNet V3 small'."""
    name = re.sub(r"^(wide.*)_2$", r"\1", name)  # twice as wide, which 'wide' has said
    name = re.sub(r"(\d)_(\d)(?!\d*x)", r"\1.\2", name)  # a version or a size, not two words
    words = []
    for part in name.split("_"):
        letters, rest = re.fullmatch(r"([a-z]*)(.*)", part).groups()  # type: ignore[union-attr]
        if letters in WORDS:
            words += [WORDS[letters], rest]
        elif re.fullmatch(r"[bv]\d|[bhlmstxy]|.*[gm]f", part):
            words.append(part.upper())
        else:
            words.append(part)
    return " ".join(word for word in words if word)


def main() -> None:
    rows = image_models() + text_models()
    rows.sort(key=lambda row: (row["task"], row["family"], row["parameters"], row["name"]))
    made = {"made_with": f"torchvision {torchvision.__version__.partition('+')[0]}", "models": rows}
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {len(rows)} models, {FILE.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
