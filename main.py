"""Graft. No argument, or a project's folder: the window. A command: the engine without one."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

COMMANDS = ("new", "import", "models", "train", "evaluate", "predict", "export", "demo", "check")


def main(args: list[str]) -> int:
    """Returns the exit status."""
    if args == ["--self-test"]:
        from gui.self_test import main as self_test

        return self_test()
    if args and (args[0] in COMMANDS or args[0].startswith("-") or not Path(args[0]).is_dir()):
        from engine.cli import main as command

        return int(command(args) or 0)
    from gui.app import main as window

    return window(Path(args[0]) if args else None)


if __name__ == "__main__":
    # Spawned children of a packaged Graft start here, too, and go no further than this.
    multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))
