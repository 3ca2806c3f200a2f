"""What torchvision's models are called when people read it."""

from __future__ import annotations

import re

from tools.catalogue.tables import table

WORDS = {
    "mobilenet": "MobileNet", "efficientnet": "EfficientNet", "convnext": "ConvNeXt",
    "densenet": "DenseNet", "shufflenet": "ShuffleNet", "squeezenet": "SqueezeNet",
    "regnet": "RegNet", "resnet": "ResNet", "resnext": "ResNeXt", "mnasnet": "MNASNet",
    "alexnet": "AlexNet", "googlenet": "GoogLeNet", "inception": "Inception", "maxvit": "MaxViT",
    "swin": "Swin", "vgg": "VGG", "vit": "ViT", "wide": "Wide", "bn": "with batch norm",
    "fasterrcnn": "Faster R-CNN", "maskrcnn": "Mask R-CNN", "keypointrcnn": "Keypoint R-CNN",
    "retinanet": "RetinaNet", "fcos": "FCOS", "ssd": "SSD", "ssdlite": "SSDLite", "fpn": "FPN",
    "deeplabv": "DeepLab v", "fcn": "FCN", "lraspp": "LR-ASPP", "mvit": "MViT", "raft": "RAFT",
}  # fmt: skip
# Where the rule would not give what the papers say.
SAID = {
    "r3d_18": "R3D 18 (video ResNet)", "mc3_18": "MC3 18 (mixed convolutions)",
    "r2plus1d_18": "R(2+1)D 18", "s3d": "S3D", "swin3d_t": "Video Swin T",
    "swin3d_s": "Video Swin S", "swin3d_b": "Video Swin B",
    "mvit_v1_b": "MViT V1 B", "mvit_v2_s": "MViT V2 S",
    "ssd300_vgg16": "SSD300 VGG16",
    "ssdlite320_mobilenet_v3_large": "SSDLite320 MobileNet V3 large",
}  # fmt: skip


def family_of(name: str) -> str:
    """The longest key of vision.toml that the name begins with."""
    return next(
        start for start in sorted(table("vision"), key=len, reverse=True) if name.startswith(start)
    )


def title_of(name: str) -> str:
    """'regnet_x_1_6gf' becomes 'RegNet X 1.6GF', 'mobilenet_v3_small' 'MobileNet V3 small'."""
    if name in SAID:
        return SAID[name]
    if name.startswith("quantized_"):
        return f"{title_of(name.removeprefix('quantized_'))}, 8 bits"
    name = re.sub(r"^(wide.*)_2$", r"\1", name)  # twice as wide, which 'wide' has said
    name = re.sub(r"(\d)_(\d)(?!\d*x)", r"\1.\2", name)  # a version or a size, not two words
    words: list[str] = []
    for part in name.split("_"):
        letters, rest = re.fullmatch(r"([a-z]*)(.*)", part).groups()  # type: ignore[union-attr]
        if letters in WORDS:
            known = WORDS[letters]
            words += [known + rest] if known.endswith(" v") else [known, rest]
        elif re.fullmatch(r"[bv]\d|[bhlmstxy]|.*[gm]f", part):
            words.append(part.upper())
        else:
            words.append(part)
    return " ".join(word for word in words if word)
