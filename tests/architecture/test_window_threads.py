"""What no code of the window may do, because it can bring the window to a halt."""

from __future__ import annotations

import ast
from pathlib import Path

GUI = Path(__file__).parents[2] / "gui"
# Qt's own reading of picture files asks plug-ins that connect signals, under a lock which the
# window's thread may hold while it waits for Python's. It happened: both waited for ever.
READERS = {"fromData", "loadFromData", "QImageReader", "QMovie", "QPicture"}


def test_no_picture_is_read_by_qt() -> None:
    found = []
    for file in sorted(GUI.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            if name in READERS:
                found.append(f"{file.relative_to(GUI)}:{getattr(node, 'lineno', 0)}: {name}")
    assert not found
