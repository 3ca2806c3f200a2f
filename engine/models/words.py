"""What a module is, in plain words: '3 × 3 convolution, 32 to 64 channels, stride 2'."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine.models.pooling import MeanPooling

_LISTS = (nn.Sequential, nn.ModuleList)

# Blocks by the name of their class: what a library calls one is not what a person would.
_BLOCKS = {
    "BasicBlock": "residual block",
    "Bottleneck": "residual bottleneck block",
    "ResBottleneckBlock": "residual bottleneck block",
    "BottleneckTransform": "bottleneck",
    "InvertedResidual": "inverted residual block",
    "_InvertedResidual": "inverted residual block",
    "MBConv": "inverted residual block with squeeze and excitation",
    "FusedMBConv": "fused inverted residual block",
    "SqueezeExcitation": "squeeze and excitation",
    "SElayer": "squeeze and excitation",
    "SqueezeExcite": "squeeze and excitation",
    "_DenseLayer": "dense layer",
    "_DenseBlock": "dense block",
    "_Transition": "transition: fewer channels, half the size",
    "Fire": "fire block: squeeze, then expand",
    "CNBlock": "ConvNeXt block",
    "EncoderBlock": "encoder layer",
    "Encoder": "encoder",
    "TransformerEncoderLayer": "encoder layer",
    "TransformerDecoderLayer": "decoder layer",
    "MLP": "feed-forward block",
    "MLPBlock": "feed-forward block",
    "Mlp": "feed-forward block",
    "SwinTransformerBlock": "window attention block",
    "SwinTransformerBlockV2": "window attention block",
    "PatchMerging": "patch merging: half the size",
    "PatchMergingV2": "patch merging: half the size",
    "SimpleStemIN": "stem",
    "AnyStage": "stage of blocks",
    "MaxVitBlock": "stage of MaxViT layers",
    "MaxVitLayer": "MaxViT layer: convolution, window and grid attention",
    "PartitionAttentionLayer": "attention within partitions",
    "WindowPartition": "split into windows",
    "WindowDepartition": "windows put together",
    "SwapAxes": "swap of two axes",
    "Permute": "order of axes changed",
    "RobertaClassificationHead": "classification head",
    "SequenceSummary": "summary of the text",
}
_ACTIVATIONS = {
    "ReLU": "ReLU", "ReLU6": "ReLU up to 6", "GELU": "GELU", "GELUActivation": "GELU",
    "NewGELUActivation": "GELU", "FastGELUActivation": "GELU", "QuickGELUActivation": "GELU",
    "PytorchGELUTanh": "GELU", "GELUTanh": "GELU", "SiLU": "SiLU", "SiLUActivation": "SiLU",
    "Hardswish": "hard swish", "Hardsigmoid": "hard sigmoid", "Sigmoid": "sigmoid",
    "Tanh": "tanh", "ELU": "ELU", "Mish": "Mish", "LeakyReLU": "leaky ReLU", "Softmax": "softmax",
}  # fmt: skip
# Words for the last part of a class's name, once what the model is called is taken off it.
_ENDINGS = {
    "Layer": "encoder layer", "EncoderLayer": "encoder layer", "DecoderLayer": "decoder layer",
    "Block": "block", "TransformerBlock": "encoder layer", "Encoder": "encoder",
    "Transformer": "encoder", "Decoder": "decoder", "Model": "backbone",
    "Embeddings": "embeddings", "PatchEmbeddings": "embedding of patches",
    "TextEmbeddings": "embeddings", "Intermediate": "feed-forward, widening",
    "Output": "feed-forward, narrowing", "SelfOutput": "output of the attention",
    "MLP": "feed-forward block", "FFN": "feed-forward block", "Pooler": "pooler",
    "DropPath": "whole paths dropped at random",
    "SdpaSelfAttention": "self-attention", "SelfAttention": "self-attention",
    "SdpaAttention": "attention", "Attention": "attention", "LayerNorm": "layer norm",
    "RMSNorm": "root-mean-square norm", "ClassificationHead": "classification head",
    "ForSequenceClassification": "text classifier", "ForImageClassification": "picture classifier",
    "BasicLayer": "residual block", "BottleNeckLayer": "residual bottleneck block",
    "Stage": "stage of blocks", "ConvLayer": "convolution with norm and activation",
    "ShortCut": "shortcut", "RotaryEmbedding": "rotary positions",
}  # fmt: skip


def words(module: nn.Module, family: str = "") -> str:
    """One plain phrase on a module.

    Args:
        family: how the classes of its model begin, e.g. 'Bert'; it says nothing and is left out.
    """
    for kinds, say in _EXACT:
        if isinstance(module, kinds):
            return say(module)
    if hasattr(module, "base_layer") and hasattr(module, "lora_A"):
        return f"{words(module.get_submodule('base_layer'), family)}, with an adapter"
    name = type(module).__name__
    if name == "Conv1D":  # GPT-2's linear layer
        rows, columns = module.get_parameter("weight").shape
        return f"linear layer, {rows:,} to {columns:,}"
    if name == "StochasticDepth":
        return "whole paths dropped at random"
    if name in _ACTIVATIONS:
        return f"activation ({_ACTIVATIONS[name]})"
    if type(module) in _LISTS:
        return _list(module, family)
    short = name.removeprefix(family) if family else name
    found = _BLOCKS.get(name) or _ENDINGS.get(short)
    if found is None and "attention" in name.lower():
        found = _attention_words(name)
    if found is None and name.endswith("NormActivation"):
        found = _first_convolution(module) + ", norm and activation"
    return (found or spelled(short)) + _heads(module)


def family(model: nn.Module) -> str:
    """How the classes of a transformers model begin, '' for others: 'Bert', 'ViT'."""
    prefix = re.match(r"(.*?)For[A-Z]", type(model).__name__)
    return prefix[1] if prefix else ""


def spelled(name: str) -> str:
    """A class's name as words: 'LayerScaleBlock' gives 'layer scale block'."""
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", name)
    return " ".join(p if p.isupper() and len(p) > 1 else p.lower() for p in parts) or name


def _convolution(module: Any) -> str:
    size = module.kernel_size
    said = " × ".join(map(str, size)) + (" convolution" if len(size) > 1 else " wide convolution")
    if module.groups == module.in_channels == module.out_channels and module.groups > 1:
        said = f"{said} of each of {module.in_channels:,} channels"
    else:
        said += f", {module.in_channels:,} to {module.out_channels:,} channels"
        if module.groups > 1:
            said += f" in {module.groups:,} groups"
    if any(step > 1 for step in module.stride):
        said += f", stride {_same(module.stride)}"
    if any(step > 1 for step in module.dilation):
        said += f", spread by {_same(module.dilation)}"
    return ("transposed " if module.transposed else "") + said


def _pooling(module: Any) -> str:
    kind = "maximum" if "Max" in type(module).__name__ else "mean"
    size = getattr(module, "output_size", None)
    if size is not None:
        whole = all(side == 1 for side in (size if isinstance(size, tuple) else (size,)))
        where = "over the picture" if whole else f"in {_parts(size)} parts"
        return f"pooling: {kind} {where}"
    return f"pooling: {kind} of {_same(module.kernel_size)}, stride {_same(module.stride)}"


def _parts(size: Any) -> str:
    return " × ".join(map(str, size if isinstance(size, tuple | list) else (size, size)))


def _same(size: Any) -> str:
    sides = size if isinstance(size, tuple | list) else (size,)
    return str(sides[0]) if len(set(sides)) == 1 else " × ".join(map(str, sides))


def _list(module: nn.Module, family: str) -> str:
    children = list(module.children())
    kinds = {type(child) for child in children}
    if len(children) == 1:
        return f"1 part: {words(children[0], family)}"
    if len(kinds) == 1 and not isinstance(children[0], (*_LISTS, nn.Linear, nn.Conv2d)):
        inner = {words(child, family) for child in children}
        if len(inner) == 1:
            return f"{len(children)} × {inner.pop()}"
    return f"{len(children)} parts in a row" if children else "nothing"


def _first_convolution(module: nn.Module) -> str:
    found = next((part for part in module.modules() if isinstance(part, nn.Conv2d)), None)
    return _convolution(found) if found is not None else "layers"


def _attention_words(name: str) -> str:
    if "Window" in name:
        return "self-attention in windows"
    return "self-attention" if "Self" in name or "Relative" in name else "attention"


def _heads(module: nn.Module) -> str:
    if "attention" not in type(module).__name__.lower():
        return ""
    for name in ("num_attention_heads", "num_heads", "n_heads"):
        count = getattr(module, name, None)
        if isinstance(count, int):
            return f", {count} heads"
    return ""


def _dropout(module: Any) -> str:
    return f"dropout of {module.p:.0%}"


_EXACT: list[tuple[Any, Callable[[Any], str]]] = [
    (nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.ConvTranspose2d, _convolution),
    (_BatchNorm, lambda m: f"batch norm, {m.num_features:,} channels"),
    (nn.GroupNorm, lambda m: f"group norm, {m.num_groups:,} groups"),
    (nn.LayerNorm, lambda m: f"layer norm, {_same(m.normalized_shape)} wide"),
    (nn.Linear, lambda m: f"linear layer, {m.in_features:,} to {m.out_features:,}"),
    (nn.Embedding, lambda m: f"table of {m.num_embeddings:,} embeddings, {m.embedding_dim:,} wide"),
    (nn.MultiheadAttention, lambda m: f"self-attention, {m.num_heads} heads"),
    (nn.modules.dropout._DropoutNd, _dropout),
    (nn.modules.pooling._AdaptiveAvgPoolNd | nn.modules.pooling._AdaptiveMaxPoolNd, _pooling),
    (nn.modules.pooling._AvgPoolNd | nn.modules.pooling._MaxPoolNd, _pooling),
    (MeanPooling, lambda m: "pooling: mean over the words"),
    (nn.Identity, lambda m: "nothing"),
    (nn.Flatten, lambda m: "made flat"),
]
