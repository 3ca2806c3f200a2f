"""The hand-kept tables."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@functools.cache
def table(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def licence(name: str) -> dict[str, str]:
    """Of a row of licences.toml: what weights say of it."""
    row = table("licences")[name]
    return {key: row[key] for key in ("licence", "commercial", "clinical")}
