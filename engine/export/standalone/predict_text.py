"""Says to which class a text belongs, with the model beside this file.

    pip install -r requirements.txt
    python predict.py "a text" ...
    python predict.py --file texts.txt        one text a line

Needs Python 3.10 or newer, numpy, onnxruntime and tokenizers; nothing of Graft.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer


class Predictor:
    """The model of a folder. Call it with a text."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        # Waiting threads sleep instead of spinning, which other programs would pay for.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        facts = self._session.get_modelmeta().custom_metadata_map
        self.classes: list[str] = json.loads(facts["classes"])
        # It cuts a text off at the length that the model was trained with.
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def __call__(self, text: str) -> np.ndarray:
        """Float32 [classes] that sum to 1."""
        coded = self._tokenizer.encode(normalise(text))
        ids = np.asarray([coded.ids], np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        (found,) = self._session.run(["probabilities"], given)
        probabilities: np.ndarray = found[0]
        return probabilities


def normalise(text: str) -> str:
    """Composed characters, one kind of line end, no blank ends."""
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return clean.replace("\0", "").strip()


def ranked(predictor: Any, probabilities: np.ndarray, top: int) -> list[tuple[str, float]]:
    best = np.argsort(-probabilities, kind="stable")[:top]
    return [(predictor.classes[place], float(probabilities[place])) for place in best]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Says to which class a text belongs.")
    parser.add_argument("texts", nargs="*", metavar="TEXT")
    parser.add_argument("--file", type=Path, help="a UTF-8 file with one text a line")
    parser.add_argument("--top", type=int, default=3, help="how many classes to print")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args(arguments)
    texts = list(chosen.texts)
    if chosen.file:
        texts += chosen.file.read_text(encoding="utf-8-sig").splitlines()
    texts = [text for text in texts if normalise(text)]
    if not texts:
        parser.error("give a text, or --file with texts in it")
    predictor = Predictor(Path(__file__).resolve().parent)
    for text in texts:
        found = ranked(predictor, predictor(text), chosen.top)
        if chosen.json:
            print(json.dumps({"text": text, "classes": dict(found)}, ensure_ascii=False))
        else:
            words = ", ".join(f"{name} {share:.1%}" for name, share in found)
            print(f"{text[:60]}: {words}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
