"""Small but real: Hugging Face folders with random weights, and projects of a few items."""

from __future__ import annotations

import json
import random
import wave
from pathlib import Path

import numpy as np
from PIL import Image

from engine.media.hashing import hash_file
from engine.store import classes, items, labels, splits
from engine.store.project import Project

WORDS = ["card", "lost", "late", "fee", "rate", "cash", "top", "up", "pin", "new", "my", "is"]


def vit(folder: Path, layers: int = 3) -> Path:
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(
        hidden_size=32, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=48,
        image_size=32, patch_size=8, num_labels=3,
    )  # fmt: skip
    return _picture_folder(folder, ViTForImageClassification, config)


def resnet(folder: Path) -> Path:
    from transformers import ResNetConfig, ResNetForImageClassification

    config = ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 24], depths=[1, 1, 1], layer_type="basic",
        num_labels=3,
    )  # fmt: skip
    return _picture_folder(folder, ResNetForImageClassification, config)


def bert(folder: Path, layers: int = 3) -> Path:
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=64, hidden_size=32, num_hidden_layers=layers, num_attention_heads=2,
        intermediate_size=48, max_position_embeddings=40, num_labels=3,
    )  # fmt: skip
    _save(BertForSequenceClassification, config, folder)
    _vocabulary(folder)
    return folder


def other(folder: Path, kind: str, family: str, **sizes: object) -> Path:
    """Any architecture that transformers' Auto classes build, e.g. 'text', 'xlnet'."""
    from transformers import (
        AutoConfig,
        AutoModelForImageClassification,
        AutoModelForSequenceClassification,
    )

    config = AutoConfig.for_model(family, **sizes)
    config.architectures = config.architectures or []
    if kind == "image":
        return _picture_folder(folder, AutoModelForImageClassification.from_config, config)
    _save(AutoModelForSequenceClassification.from_config, config, folder)
    _vocabulary(folder)
    return folder


def _vocabulary(folder: Path) -> None:
    from transformers import BertTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = [*special, *WORDS, *[f"w{n}" for n in range(64 - len(special) - len(WORDS))]]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)


def _picture_folder(folder: Path, cls: object, config: object) -> Path:
    _save(cls, config, folder)
    said = {
        "size": {"height": 32, "width": 32}, "resample": 2,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def _save(cls: object, config: object, folder: Path) -> None:
    import torch

    torch.manual_seed(0)
    cls(config).save_pretrained(folder)  # type: ignore[operator]


def picture_project(folder: Path, count: int = 24, names: tuple[str, ...] = ("a", "b")) -> Project:
    """Pictures whose colour tells the class, a little noisy, with all three splits."""
    generator = np.random.default_rng(0)
    root = folder / "pictures"
    new = []
    for number in range(count):
        place = number % len(names)
        path = root / names[place] / f"{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 120, (24, 28, 3), dtype=np.uint8)
        pixels[..., place % 3] += 80
        Image.fromarray(pixels).save(path)
        data = path.read_bytes()
        new.append(
            items.NewItem(
                path.relative_to(root).as_posix(), "image", f"{hash(data):x}{number}", len(data),
                label=names[place],
            )
        )  # fmt: skip
    return _project(folder / "pictures.graft", "image-classification", root, new, list(names))


def write_wav(path: Path, samples: np.ndarray, rate: int = 8000) -> Path:
    """float [n] of -1 to 1 as 16-bit mono WAV."""
    values = np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(values.tobytes())
    return path


def tone(hertz: float, seconds: float, seed: int = 0, rate: int = 8000) -> np.ndarray:
    """A tone in a little noise."""
    moments = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).normal(0, 0.02, len(moments))
    found: np.ndarray = 0.5 * np.sin(2 * np.pi * hertz * moments) + noise
    return found


def sounds(folder: Path, count: int = 24, names: tuple[str, ...] = ("a", "b")) -> Path:
    """Class folders of short sounds whose pitch tells the class."""
    for number in range(count):
        place = number % len(names)
        seconds, hertz = 0.2 + 0.02 * (number % 7), 300 * 3**place + 5 * number
        path = folder / names[place] / f"{number:03}.wav"
        write_wav(path, tone(hertz, seconds, number))
    return folder


def sound_project(folder: Path, count: int = 24, names: tuple[str, ...] = ("a", "b")) -> Project:
    root = sounds(folder / "sounds", count, names)
    new = [
        items.NewItem(
            path.relative_to(root).as_posix(), "audio", hash_file(path), path.stat().st_size,
            mode="8000 Hz", frames=(path.stat().st_size - 44) // 2, label=path.parent.name,
        )
        for path in sorted(root.rglob("*.wav"), key=lambda path: path.name)
    ]  # fmt: skip
    return _project(folder / "sounds.graft", "audio-classification", root, new, list(names))


def text_project(folder: Path, count: int = 24) -> Project:
    """Texts of two classes that differ by one word, of many lengths."""
    draw = random.Random(0)
    names = ("lost", "fee")
    new = []
    for number in range(count):
        name = names[number % 2]
        words = draw.choices(WORDS[4:], k=draw.randint(1, 20))
        words.insert(draw.randint(0, len(words)), name)
        text = " ".join(words)
        new.append(
            items.NewItem(
                "texts.csv", "text", f"t{number}", len(text), position=number + 1, text=text,
                label=name,
            )
        )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    return _project(folder / "texts.graft", "text-classification", folder, new, list(names))


def _project(
    place: Path, task: str, root: Path, new: list[items.NewItem], names: list[str]
) -> Project:
    project = Project.create(place, task)
    items.add(project, items.source_id(project, root), new)
    ids = classes.ensure(project, names)
    given = {(item.path, item.position): item.label for item in new}
    labels.give(
        project,
        [(item.id, ids[str(given[item.path, item.position])]) for item in items.each(project)],
        "tester",
        "import",
    )
    splits.split_project(project, {"train": 0.6, "validation": 0.2, "test": 0.2})
    return project
