"""Mean pooling, for sentence encoders that were trained with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor, nn


def pools_by_mean(folder: Path) -> bool:
    """Whether a sentence-transformers folder says that token outputs are averaged."""
    file = folder / "1_Pooling" / "config.json"
    if not file.is_file():
        return False
    return bool(json.loads(file.read_text(encoding="utf-8")).get("pooling_mode_mean_tokens"))


class MeanPooling(nn.Module):
    """Averages the outputs of the tokens that are text and not padding.

    It stands in the place of BERT's pooler, which sees the first token only;
    a sentence encoder trained with averages has learned nothing there. See
    Reimers and Gurevych 2019, 'Sentence-BERT', section 3.
    """

    def __init__(self) -> None:
        super().__init__()
        self._mask: Tensor | None = None

    def forward(self, hidden: Tensor) -> Tensor:
        """From float [batch, length, width] to float [batch, width]."""
        if self._mask is None:
            return hidden.mean(dim=1)
        weight = self._mask.to(hidden.dtype).unsqueeze(-1)
        return (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9)

    @classmethod
    def install(cls, model: nn.Module) -> None:
        """Puts it into a model whose backbone has a pooler; others keep their own way."""
        backbone = getattr(model, str(getattr(model, "base_model_prefix", "")), None)
        if backbone is None or getattr(backbone, "pooler", None) is None:
            return
        pooling = cls()
        backbone.pooler = pooling

        def remember(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            pooling._mask = kwargs.get("attention_mask", args[1] if len(args) > 1 else None)

        backbone.register_forward_pre_hook(remember, with_kwargs=True)
