"""Exported networks of several kinds give the same probabilities as in torch."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from engine.errors import ExportError
from engine.export import network_graph
from tests.engine.export import build


def run(model, inputs):
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(["probabilities"], inputs)[0]


@pytest.fixture(params=["squeezenet1_1", "vit"])
def network(request, tmp_path):
    name = build.vit_folder(tmp_path) if request.param == "vit" else request.param
    return build.image_network(name)


def test_pictures_of_any_size_go_in_and_probabilities_come_out(network, tmp_path):
    model = network_graph.whole_graph(network)
    onnx.checker.check_model(model, full_check=True)
    assert [value.name for value in model.graph.input] == ["image"]
    for number, size in enumerate([(90, 70), (33, 257), (224, 224)]):
        file = build.picture(tmp_path / f"{number}.png", *size, seed=number)
        with build.Image.open(file) as opened:
            pixels = np.asarray(opened)
        found = run(model, {"image": pixels})
        said = build.says(network, build.example(file))
        assert found.shape == (1, 3)
        np.testing.assert_allclose(found[0], said, atol=1e-5)


TEXTS = {
    "bert": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
             "intermediate_size": 64, "vocab_size": 100},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, "vocab_size": 100},
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 2, "vocab_size": 100},
}  # fmt: skip


@pytest.fixture(params=sorted(TEXTS))
def text_network(request):
    from transformers import AutoConfig, AutoModelForSequenceClassification

    from engine.models.network import Description, Network

    torch.manual_seed(0)
    config = AutoConfig.for_model(
        request.param, num_labels=4, pad_token_id=1, **TEXTS[request.param]
    )
    model = AutoModelForSequenceClassification.from_config(config)
    return Network(model, Description("tiny", "transformers", "text", {}), ("classifier",)).eval()


def test_texts_of_any_length_and_number(text_network):
    model = network_graph.whole_graph(text_network)
    names = {value.name for value in model.graph.input}
    assert names == {"input_ids", "attention_mask"}
    for batch, length in ((1, 5), (3, 40), (2, 17)):
        inputs = text_network.probe(batch, length)
        inputs["input_ids"][0, length // 2 :] = 1
        inputs["attention_mask"][0, length // 2 :] = 0
        with torch.no_grad():
            said = torch.softmax(text_network(inputs), -1).numpy()
        found = run(model, {name: value.numpy() for name, value in inputs.items()})
        np.testing.assert_allclose(found, said, atol=1e-5)


def test_the_model_says_what_it_is(tmp_path):
    model = network_graph.whole_graph(build.image_network())
    names = ["кошка", "dog, big", 'a "b"']
    network_graph.describe(model, names, {"task": "image-classification"}, {"resize": 256})
    (file,) = network_graph.save(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    facts = session.get_modelmeta().custom_metadata_map
    assert json.loads(facts["classes"]) == names
    assert json.loads(facts["preprocess"]) == {"resize": 256}
    assert facts["task"] == "image-classification"
    assert facts["opset"] == str({o.domain: o.version for o in model.opset_import}[""])


def test_a_very_large_model_keeps_its_weights_in_a_second_file(tmp_path, monkeypatch):
    """The limit is lowered, so that a small model takes the large one's way."""
    network = build.image_network()
    file = build.picture(tmp_path / "a.png")
    monkeypatch.setattr(network_graph, "ONE_FILE", 1_000_000)
    model = network_graph.whole_graph(network)
    files = network_graph.save(model, tmp_path / "model.onnx")
    assert [path.name for path in files] == ["model.onnx", "model.onnx.data"]
    assert files[0].stat().st_size < 1_000_000 < files[1].stat().st_size
    session = onnxruntime.InferenceSession(files[0], providers=["CPUExecutionProvider"])
    with build.Image.open(file) as opened:
        (found,) = session.run(None, {"image": np.asarray(opened)})
    np.testing.assert_allclose(found[0], build.says(network, build.example(file)), atol=1e-5)


class Inexpressible(nn.Module):
    """Eigenvalues are not among ONNX's operators."""

    def forward(self, x):
        return torch.linalg.eigvals(x[:, 0, :3, :3]).real


def test_what_cannot_be_exported_is_said_in_words():
    network = build.image_network()
    network.model = Inexpressible()
    with pytest.raises(ExportError, match="cannot be exported") as caught:
        network_graph.whole_graph(network)
    assert caught.value.details
