"""Does this copy of Graft work? The window opens, and a spawned child trains, predicts, exports.

`make package` runs it in the packaged program, where a missing file shows only
when something is really done.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.events import Done, Failed
from engine.exchange.importing import import_source
from engine.store.project import Project
from engine.training.process import Child, Request
from engine.training.recipe import Recipe

DIGITS = ("3", "7")
EACH = 24  # items of a class
_BERT = {
    "model_type": "bert", "architectures": ["BertForSequenceClassification"], "vocab_size": 16,
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48,
    "max_position_embeddings": 40,
}  # fmt: skip
_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "card", "lost", "late", "fee"]


def main() -> int:
    """Returns the exit status; says on stdout how each step went."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="graft-self-test-") as name:
        place = Path(name)
        steps: tuple[tuple[str, Callable[[Path], str]], ...] = (
            ("The window opens", open_window),
            ("Pictures are imported", import_pictures),
            ("A child process trains on pictures", train_pictures),
            ("It predicts", predict),
            ("The model is exported and the copy agrees", export),
            ("A child process trains on texts", train_texts),
        )
        for title, step in steps:
            try:
                words = step(place)
            except Exception as error:  # noqa: BLE001 - whatever it is, this copy does not work
                print(f"FAILED  {title}: {error!r}", flush=True)
                print(getattr(error, "details", ""), flush=True)
                return 1
            print(f"ok      {title}: {words}", flush=True)
    print(f"Self-test passed in {time.monotonic() - started:.0f} s.", flush=True)
    return 0


def open_window(place: Path) -> str:
    from gui.app import application
    from gui.window import Window

    app = application(sys.argv[:1])
    window = Window(keep_warm=False)
    window.show()
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        app.processEvents()
    picture = window.grab().toImage()
    window.close()
    app.processEvents()
    assert "torch" not in sys.modules, "the window's process has loaded torch"
    return f"{picture.width()} by {picture.height()} px"


def import_pictures(place: Path) -> str:
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    for name in DIGITS:
        folder = place / "digits" / name
        folder.mkdir(parents=True)
        chosen = digits.images[digits.target == int(name)][:EACH]
        for number, pixels in enumerate(chosen):
            Image.fromarray((pixels * 15).astype("uint8")).save(folder / f"{number}.png")
    with Project.create(place / "pictures", "image-classification") as project:
        report = import_source(project, place / "digits")
    assert report.labelled == len(DIGITS) * EACH, report
    return f"{report.labelled} labelled items"


def train_pictures(place: Path) -> str:
    recipe = Recipe("squeezenet1_1", preset="scratch", epochs=1, batch_size=8)
    return _trained(place / "pictures.graft", recipe)


def predict(place: Path) -> str:
    files = [str(place / "digits" / name / "0.png") for name in DIGITS]
    said = _ask("predict", place / "pictures.graft", {"files": files})
    assert len(said) == len(files), said
    assert all(one["class"] in DIGITS for one in said), said
    return ", ".join(f"{one['class']} {one['probability']:.2f}" for one in said)


def export(place: Path) -> str:
    wanted = {"format": "onnx", "out": str(place / "export")}
    parity = _ask("export", place / "pictures.graft", wanted)["parity"]
    assert parity["holds"], parity
    return f"{parity['agree']} of {parity['items']} items"


def train_texts(place: Path) -> str:
    model = place / "tiny-bert"
    model.mkdir()
    (model / "config.json").write_text(json.dumps(_BERT), encoding="utf-8")
    (model / "vocab.txt").write_text("\n".join(_WORDS), encoding="utf-8")
    table = place / "texts.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["text", "label"])
        for number in range(EACH):
            rows.writerow([f"lost card {number}", "card"])
            rows.writerow([f"late fee {number}", "fee"])
    with Project.create(place / "texts", "text-classification") as project:
        import_source(project, table)
    recipe = Recipe(str(model), preset="scratch", epochs=1, batch_size=8)
    return _trained(place / "texts.graft", recipe)


def _trained(project: Path, recipe: Recipe) -> str:
    ended = _ask("train", project, {"recipe": recipe.to_wire()})
    assert ended["state"] == "finished", ended
    return f"1 epoch in {ended['seconds']:.1f} s"


def _ask(operation: str, project: Path, arguments: dict[str, Any]) -> Any:
    """One request to a child process. Raises what it failed with."""
    child = Child()
    child.start(Request(operation, str(project), arguments))
    for event in child.events():
        if isinstance(event, Failed):
            raise event.to_error()
        if isinstance(event, Done):
            return event.result
    raise RuntimeError("the child ended without a result")
