"""The engine without a window: main.py COMMAND.

With --json each command prints one JSON object a line on stdout and nothing
else there; words for people go to stderr. Exit status: 0 done, 1 it could not
be done (or 'check' found something), 2 wrong arguments, 130 stopped by Ctrl+C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from engine import environment
from engine.cli.arguments import parser
from engine.cli.commands import COMMANDS
from engine.cli.speaker import Speaker
from engine.errors import Cancelled, GraftError


def main(arguments: Sequence[str]) -> int:
    """Does one command. Returns the exit status."""
    environment.prepare()
    chosen = parser(COMMANDS).parse_args(arguments)
    speaker = Speaker(chosen.json)
    try:
        status: int = chosen.work(chosen, speaker)
    except GraftError as error:
        speaker.failed(error)
        return 1
    except (Cancelled, KeyboardInterrupt):
        speaker.log("Stopped.")
        return 130
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status
