"""A trained network as an ONNX graph that ends in probabilities."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from engine.errors import ExportError
from engine.export.graph import OPSET
from engine.export.preprocess_graph import OUTPUT as PIXELS
from engine.export.preprocess_graph import preprocess_graph
from engine.models.network import Network

ONE_FILE = 1_900_000_000  # bytes; a protobuf cannot be larger than 2 GiB
OUTPUT = "probabilities"
TEXT_INPUTS = ("input_ids", "attention_mask")


def whole_graph(network: Network) -> Any:
    """A ModelProto from decoded pixels, or from tokens, to probabilities.

    Images: `image` uint8 [height, width, channels] to `probabilities` float32 [1, classes].
    Texts: `input_ids`, `attention_mask` int64 [batch, length] to float32 [batch, classes].

    The network is left on the CPU and in eval mode.

    Raises:
        ExportError: the network holds something that ONNX cannot express.
    """
    network = network.cpu().eval()
    if network.kind == "text":
        return _text_graph(network)
    core = _image_graph(network)
    before = preprocess_graph(network.preprocess)
    before.ir_version = core.ir_version
    return onnx.compose.merge_models(before, core, io_map=[(PIXELS, PIXELS)])


def describe(
    model: Any, classes: Sequence[str], facts: Mapping[str, str], preprocess: Mapping[str, Any]
) -> None:
    """Writes names and origins into the model, where any tool can read them."""
    model.producer_name = "Graft"
    entries = {
        "classes": json.dumps(list(classes), ensure_ascii=False),
        "preprocess": json.dumps(preprocess),
        "opset": str(OPSET),
        **facts,
    }
    onnx.helper.set_model_props(model, entries)


def save(model: Any, path: Path) -> list[Path]:
    """Writes and checks a model; above 2 GB the weights lie in a second file beside it.

    Raises:
        ExportError: the file is not what the standard asks for.
    """
    files = [path]
    if model.ByteSize() > ONE_FILE:
        beside = path.with_name(path.name + ".data")
        onnx.save_model(
            model, path, save_as_external_data=True, all_tensors_to_one_file=True,
            location=beside.name,
        )  # fmt: skip
        files.append(beside)
    else:
        path.write_bytes(model.SerializeToString())
    try:
        onnx.checker.check_model(str(path), full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(
            "The exported model is not valid ONNX",
            "The ONNX checker refused it.",
            "Please report this with the details: it is a fault of Graft or of the exporter.",
            details=str(error),
        ) from error
    return files


class _ImageCore(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        return torch.softmax(self.network({"pixels": pixels}).float(), dim=-1)


class _TextCore(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        return torch.softmax(self.network(inputs).float(), dim=-1)


def _image_graph(network: Network) -> Any:
    return _export(_ImageCore(network), (network.probe(1)["pixels"],), [PIXELS], None)


def _text_graph(network: Network) -> Any:
    probe = network.probe(2, length=13)
    given = tuple(probe[name] for name in TEXT_INPUTS)
    free = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    model = _export(_TextCore(network), given, list(TEXT_INPUTS), dict.fromkeys(TEXT_INPUTS, free))
    # The exporter's own names for the free sizes mean nothing to a reader.
    del model.graph.value_info[:]
    for value in model.graph.input:
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
        value.type.tensor_type.shape.dim[1].dim_param = "length"
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    return model


def _export(core: nn.Module, given: tuple[Tensor, ...], names: list[str], free: Any) -> Any:
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # The exporter warns of its own inner workings, which nobody here can change.
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                core.eval(), given, input_names=names, output_names=[OUTPUT],
                dynamic_shapes=free, opset_version=OPSET, dynamo=True, verbose=False,
            )  # fmt: skip
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        raise _refused(error) from error
    if program is None:
        raise _refused(RuntimeError("the exporter returned nothing"))
    return program.model_proto


def _refused(error: Exception) -> ExportError:
    return ExportError(
        "This model cannot be exported",
        "It holds an operation that the ONNX exporter does not know.",
        "Train the same data with another model of the list and export that.",
        details=str(error),
    )
