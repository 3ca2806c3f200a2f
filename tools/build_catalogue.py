"""Writes resources/catalogue.json from the installed libraries and the tables in tools/catalogue.

.venv/bin/python -m tools.build_catalogue [--again]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torchvision
import transformers

from engine.models.catalogue import KINDS
from tools.catalogue import hub, starter, vision
from tools.catalogue.measured import Kept
from tools.catalogue.tables import table

FILE = Path(__file__).resolve().parents[1] / "resources" / "catalogue.json"


def made(kept: Kept) -> dict[str, Any]:
    rows = starter.rows(kept) + vision.rows(kept) + hub.rows(kept)
    rows.sort(key=lambda r: (KINDS.index(r["kind"]), r["family"], r["parameters"], r["name"]))
    used = {card for row in rows for card in row["cards"]}
    cards = {name: card for name, card in table("cards").items() if name in used}
    libraries = (("torchvision", torchvision), ("transformers", transformers))
    versions = [f"{name} {library.__version__.partition('+')[0]}" for name, library in libraries]
    return {"made_with": ", ".join(versions), "cards": cards, "models": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure everything anew")
    hub.write_configurations()
    kept = Kept(again=parser.parse_args().again)
    held = made(kept)
    FILE.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    kept.save()
    print(f"{FILE.name}: {len(held['models'])} models, {FILE.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
