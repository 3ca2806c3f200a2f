"""The folder that a person takes away: the model, how to use it, what it is, and the proof."""

from __future__ import annotations

import errno
import importlib.metadata
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import ExportError, ResourceError
from engine.events import Activity, Emit
from engine.export import certificate, network_graph, standalone
from engine.export.card import Facts, card
from engine.export.certificate import Parity
from engine.models.network import Network
from engine.progress import silent
from engine.store.datasets import Example

Check = Callable[[], None]  # raises when the person asked for the end

CERTIFICATE = "certificate.json"
_NEEDS = {
    "image": ("numpy", "onnxruntime", "pillow"),
    "text": ("numpy", "onnxruntime", "tokenizers"),
    "audio": ("miniaudio", "numpy", "onnxruntime"),
}


def nothing() -> None:
    """A `check` for those who never stop."""


def export_onnx(
    network: Network,
    classes: Sequence[str],
    out: Path,
    facts: Facts,
    examples: Iterable[tuple[Example, np.ndarray]],
    *,
    max_length: int = 128,
    emit: Emit = silent,
    check: Check = nothing,
) -> dict[str, Any]:
    """Writes the folder `out`, whole or not at all.

    Args:
        network: with its trained weights. It is left on the CPU, in eval mode.
        classes: names in the order of the outputs.
        out: a new or empty folder, or one that an earlier export made.
        examples: each with float32 [classes], what Graft says of it; for the certificate.
        max_length: tokens of a text, as in training.

    Returns:
        'folder', 'files' (names in it) and 'parity' (see `certificate.Parity`).

    Raises:
        ExportError: not exportable, the folder is in use, or the copy does not agree with Graft.
        ResourceError: the disk is full.
        whatever `check` raises, once the person asked for the work to end.
    """
    _refuse_foreign(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".graft-export-", dir=out.parent) as place:
            made = Path(place) / "made"
            made.mkdir()
            emit(Activity("Writing the model as ONNX"))
            _write_model(network, classes, made, facts, max_length)
            check()
            tracked = _told(examples, emit, check)
            parity = certificate.check(made, facts.kind, classes, tracked, facts.test_split)
            _refuse_drift(parity)
            _write_words(made, classes, facts, parity)
            _replace(out, made)
    except OSError as error:
        raise _disk(out, error) from error
    files = sorted(path.name for path in out.iterdir())
    return {"folder": str(out), "files": files, "parity": parity.to_wire()}


def _write_model(
    network: Network, classes: Sequence[str], made: Path, facts: Facts, max_length: int
) -> None:
    model = network_graph.whole_graph(network)
    said = {"task": facts.task, "project": facts.project, "run": facts.run, "model": facts.model}
    preprocess = network.description.preprocess or {"max_length": max_length}
    network_graph.describe(model, classes, said, preprocess)
    network_graph.save(model, made / "model.onnx")
    if network.kind == "text":
        _write_tokenizer(network, made / "tokenizer.json", max_length)
    source = Path(standalone.__file__).with_name(f"predict_{facts.kind}.py")
    shutil.copyfile(source, made / "predict.py")
    needs = [f"{name}=={importlib.metadata.version(name)}" for name in _NEEDS[facts.kind]]
    (made / "requirements.txt").write_text("\n".join(needs) + "\n", encoding="utf-8")


def _write_tokenizer(network: Network, path: Path, max_length: int) -> None:
    """The tokenizer as one file that cuts texts off as training did."""
    from tokenizers import Tokenizer

    inside = getattr(network.tokenizer, "backend_tokenizer", None)
    if inside is None:
        raise ExportError(
            "The tokenizer cannot be exported",
            "It exists only as Python code of transformers, not as a tokenizer.json.",
            "Train the same data with another text model of the list and export that.",
        )
    own = Tokenizer.from_str(inside.to_str())
    own.no_padding()
    own.enable_truncation(max_length)
    own.save(str(path))


def _write_words(made: Path, classes: Sequence[str], facts: Facts, parity: Parity) -> None:
    wire = json.dumps(parity.to_wire(), indent=1, ensure_ascii=False)
    (made / CERTIFICATE).write_text(wire + "\n", encoding="utf-8")
    (made / "certificate.md").write_text("# Certificate\n\n" + parity.words(), encoding="utf-8")
    (made / "card.md").write_text(card(facts, classes, parity), encoding="utf-8")


def _told(
    examples: Iterable[tuple[Example, np.ndarray]], emit: Emit, check: Check
) -> Iterator[tuple[Example, np.ndarray]]:
    for number, example in enumerate(examples, start=1):
        check()
        if number % 20 == 1:
            emit(Activity("Comparing the copy with Graft, item by item", number))
        yield example


def _refuse_foreign(out: Path) -> None:
    """Only what an earlier export made is ever replaced."""
    if not out.exists():
        return
    if not out.is_dir() or (any(out.iterdir()) and not (out / CERTIFICATE).exists()):
        raise ExportError(
            "The folder is in use",
            f"{out} exists and is no earlier export of Graft.",
            "Choose a new folder.",
            subject=str(out),
        )


def _refuse_drift(parity: Parity) -> None:
    if parity.holds:
        return
    if parity.items == 0:
        raise ExportError(
            "The copy cannot be checked",
            "There is no test item that can be read, so nothing shows that the copy agrees.",
            "Give some labelled items the split 'test', train again and export that run.",
        )
    raise ExportError(
        "The copy does not agree with Graft",
        f"{parity.items - parity.agree} of {parity.items} {parity.split} items get another class, "
        f"and a probability differs by {parity.largest_difference:.2g}; {parity.tolerance:g} is "
        "allowed.",
        "Nothing was written. Check that the source files have not changed since the run; if they "
        "have not, please report it with the details.",
        details=parity.words(),
    )


def _replace(out: Path, made: Path) -> None:
    """Puts the finished folder in place; an earlier export stays until the new one is there."""
    aside = made.with_name("earlier")
    if out.exists():
        out.rename(aside)
    try:
        made.rename(out)
    except OSError:
        if aside.exists():
            aside.rename(out)
        raise


def _disk(out: Path, error: OSError) -> ExportError | ResourceError:
    if error.errno == errno.ENOSPC:
        return ResourceError(
            "The disk is full",
            f"The export needs more room than is left where {out} shall lie.",
            "Free some space, or choose a folder on another disk.",
            subject=str(out),
        )
    return ExportError(
        "The export cannot be written",
        f"Writing to {out} failed: {error.strerror or error}.",
        "Choose a folder that you may write to.",
        details=str(error),
        subject=str(out),
    )
