"""Graft. No argument, or a project's folder: the window. A command: the engine without one."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

COMMANDS = (
    "new", "import", "models", "train", "evaluate", "predict", "export", "check", "demo",
    "advise", "find-lr", "controls", "shift", "compare", "search",
    "look", "imports", "merge", "readers", "labels-out", "suggest",
)  # fmt: skip


def main(args: list[str]) -> int:
    """Returns the exit status."""
    if args == ["--self-test"]:
        from gui.self_test import main as self_test

        return self_test()
    if args and (args[0] in COMMANDS or args[0].startswith("-") or not Path(args[0]).is_dir()):
        from engine.cli import main as command

        status = int(command(args) or 0)
        return status or _show_demo(args) if args[0] == "demo" else status
    from gui.app import main as window

    return window(Path(args[0]) if args else None)


def _show_demo(args: list[str]) -> int:
    """Opens the window on what the demo made, where there is a screen."""
    if {"--json", "--help", "-h"} & set(args):
        return 0
    if not _screen():
        print("There is no screen here, so no window opens.", file=sys.stderr)
        return 0
    folder = next((Path(one) for one in args[1:] if not one.startswith("-")), Path("demo"))
    # A process of its own: this one holds the training libraries, the window's never does.
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, __file__]
    return subprocess.call([*program, str(folder / "digits-5-to-9.graft")])


def _screen() -> bool:
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    # Spawned children of a packaged Graft start here, too, and go no further than this.
    multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))
