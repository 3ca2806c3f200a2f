"""Processes that may reach nobody: what they try all the same is refused and written down.

Children inherit the seal, however they are started.
"""

from __future__ import annotations

import os
from pathlib import Path

_SITE = """
import os, socket, sys

_TRIES = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr",
          "socket.sendto", "socket.sendmsg")

def _watch(event, given):
    if event not in _TRIES:
        return
    if isinstance(given[0], socket.socket) and given[0].family == getattr(socket, "AF_UNIX", None):
        return
    with open(os.environ["GRAFT_TEST_TRIED"], "a", encoding="utf-8") as stream:
        stream.write(f"{event} {given[-1] if event == 'socket.connect' else given!r} {sys.argv}\\n")
    raise OSError("a test forbids the network")

sys.addaudithook(_watch)
"""


class Sealed:
    """`env` is for the child; `tried` is what it and its own children tried, '' when nothing."""

    def __init__(self, folder: Path) -> None:
        site = folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(_SITE, encoding="utf-8")
        self._log = folder / "tried.txt"
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("HF_", "TRANSFORMERS_"))}
        self.env = {**kept, "PYTHONPATH": str(site), "GRAFT_TEST_TRIED": str(self._log)}

    @property
    def tried(self) -> str:
        return self._log.read_text(encoding="utf-8") if self._log.is_file() else ""
