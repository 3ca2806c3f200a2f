"""The catalogue that ships is true to the installed torchvision and to transformers' own sizes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.models import catalogue

ROOT = Path(__file__).parents[3]
torchvision_models = pytest.importorskip("torchvision.models")


def test_every_torchvision_classifier_with_weights_is_in_it():
    expected = {
        name
        for name in torchvision_models.list_models(module=torchvision_models)
        if len(torchvision_models.get_model_weights(name))
    }
    listed = {e.name for e in catalogue.entries("image-classification")}
    assert listed == expected
    assert len(listed) >= 80


@pytest.mark.parametrize("name", ["resnet50", "vit_b_16", "mobilenet_v2", "vgg16", "swin_t"])
def test_figures_are_the_registrys(name):
    entry = catalogue.find(name)
    registry = {weights.name: weights for weights in torchvision_models.get_model_weights(name)}
    assert {weights.name for weights in entry.weights} == set(registry)
    assert entry.weights[0].name == torchvision_models.get_model_weights(name).DEFAULT.name
    for weights in entry.weights:
        theirs = registry[weights.name]
        assert weights.url == theirs.url
        assert weights.file == Path(theirs.url).name
        assert weights.sha256 in weights.file and len(weights.sha256) >= 8
        assert weights.input_size == theirs.transforms().crop_size[0]
        score = theirs.meta["_metrics"]["ImageNet-1K"]["acc@1"]
        assert weights.accuracy == pytest.approx(score / 100) or score != score
        assert entry.parameters == registry[entry.weights[0].name].meta["num_params"]


def test_the_file_is_what_the_builder_writes(tmp_path):
    """So that nobody edits the list by hand and loses it at the next build."""
    code = (
        "import sys, pathlib; sys.path.insert(0, 'tools'); import build_catalogue as b;"
        "b.FILE = pathlib.Path(sys.argv[1]); b.main()"
    )
    file = tmp_path / "catalogue.json"
    subprocess.run([sys.executable, "-c", code, str(file)], cwd=ROOT, check=True)
    made = json.loads(file.read_text(encoding="utf-8"))["models"]
    assert made == json.loads(catalogue.FILE.read_text(encoding="utf-8"))["models"]


def test_text_models_have_the_size_of_their_architecture():
    import torch
    import transformers as hf

    roberta = hf.RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1)
    mini = hf.BertConfig(
        hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
    )
    built = {
        "google-bert/bert-base-uncased": (hf.BertModel, hf.BertConfig()),
        "distilbert/distilbert-base-uncased": (hf.DistilBertModel, hf.DistilBertConfig()),
        "FacebookAI/roberta-base": (hf.RobertaModel, roberta),
        "openai-community/gpt2": (hf.GPT2Model, hf.GPT2Config()),
        "sentence-transformers/all-MiniLM-L6-v2": (hf.BertModel, mini),
    }
    for name, (kind, config) in built.items():
        with torch.device("meta"):
            model = kind(config)
        assert catalogue.find(name).parameters == sum(p.numel() for p in model.parameters()), name
    assert {entry.name for entry in catalogue.entries("text-classification")} == set(built)


def test_every_line_can_be_shown():
    titles = [entry.title for entry in catalogue.entries()]
    assert len(set(titles)) == len(titles)
    for entry in catalogue.entries():
        assert entry.bytes > 1e6 and entry.parameters > 1e5
        assert entry.licence
        assert entry.accuracy is None or 0.5 < entry.accuracy < 1
        assert (entry.accuracy is None) == (entry.measured_on == "")


def test_names_are_found_with_and_without_their_owner():
    assert catalogue.find("bert-base-uncased").name == "google-bert/bert-base-uncased"
    assert catalogue.find("google-bert/bert-base-uncased").family == "BERT"
    assert catalogue.find("no-such-model") is None
