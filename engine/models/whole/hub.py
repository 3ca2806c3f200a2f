"""transformers' models of every kind from the configurations that ship, and how each is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
import transformers
from torch import Tensor, nn
from transformers import AutoConfig

from engine.models.skeleton import Bare
from engine.models.whole.counting import empty

WORDS = 128  # tokens of a text
SECONDS = 10
RATE = 16_000  # samples of sound a second
SPECTROGRAM = (1024, 128)  # frames of 10 ms, bands: what AST is given
WHISPER = 3000  # frames of 10 ms: Whisper always hears 30 s

Inputs = dict[str, Tensor]


def running(folder: Path, kind: str, given: str) -> tuple[nn.Module, Callable[[], object], str]:
    """The model, how to run it on one item, and what item that is, in words.

    Args:
        folder: holds config.json.
        kind: the class of transformers that builds it.
        given: what it is given, and its size: 'picture 224', 'words'.
    """
    model = _built(folder, kind)
    word, _, size = given.partition(" ")
    inputs, at = _WAYS[word](model, int(size or 0))
    return model, lambda: model(**inputs), at


def _built(folder: Path, kind: str) -> nn.Module:
    # Written out, attention costs what it costs fused, and every step of it is counted.
    config = AutoConfig.from_pretrained(
        folder, attn_implementation="eager", local_files_only=True, trust_remote_code=False
    )
    with Bare():
        model: nn.Module = getattr(transformers, kind).from_config(config)
    return model.to("meta").eval().requires_grad_(False)


def _picture(_: nn.Module, side: int) -> tuple[Inputs, str]:
    return {"pixel_values": empty(1, 3, side, side)}, f"{side} × {side} px"


def _words(_: nn.Module, __: int) -> tuple[Inputs, str]:
    return {"input_ids": _tokens(WORDS)}, f"{WORDS} tokens"


def _pair(_: nn.Module, __: int) -> tuple[Inputs, str]:
    inputs = {"input_ids": _tokens(WORDS), "decoder_input_ids": _tokens(WORDS)}
    return inputs, f"{WORDS} tokens in, {WORDS} out"


def _sound(_: nn.Module, __: int) -> tuple[Inputs, str]:
    return {"input_values": empty(1, SECONDS * RATE)}, f"{SECONDS} s"


def _spectrogram(_: nn.Module, __: int) -> tuple[Inputs, str]:
    return {"input_values": empty(1, *SPECTROGRAM)}, "10.24 s"


def _speech(_: nn.Module, bands: int) -> tuple[Inputs, str]:
    inputs = {
        "input_features": empty(1, bands, WHISPER),
        "decoder_input_ids": _tokens(WORDS),
    }
    return inputs, f"30 s in, {WORDS} tokens out"


def _captioned(model: nn.Module, side: int) -> tuple[Inputs, str]:
    longest = int(model.config.text_config.max_position_embeddings)  # type: ignore[union-attr,arg-type]
    inputs = {"pixel_values": empty(1, 3, side, side), "input_ids": _tokens(longest)}
    return inputs, f"{side} × {side} px and {longest} tokens"


def _point(_: nn.Module, side: int) -> tuple[Inputs, str]:
    inputs = {"pixel_values": empty(1, 3, side, side), "input_points": empty(1, 1, 1, 2)}
    return inputs, f"{side} × {side} px and one point"


def _tokens(length: int) -> Tensor:
    return torch.ones((1, length), dtype=torch.int64, device="meta")


_WAYS: dict[str, Callable[[nn.Module, int], tuple[Inputs, str]]] = {
    "picture": _picture,
    "words": _words,
    "pair": _pair,
    "sound": _sound,
    "spectrogram": _spectrogram,
    "speech": _speech,
    "captioned": _captioned,
    "point": _point,
}
