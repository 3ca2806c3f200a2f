"""A real HTTP server on loopback that serves weights, and misbehaves when a test says so.

It also speaks what huggingface_hub asks of a hub: the listing of a model at a commit.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "c" * 40


@dataclass
class Served:
    """A file. `moves` are done in their order, one a request; then it is served as it should be.

    A move: ('status', 404), ('cut', bytes) then the line drops, ('stall', bytes) then silence,
    ('to', address), ('claim', bytes) a length that is not there, ('unsaid',) the length,
    ('ignore',) the range asked for, ('swap', content) and serve the new one.
    """

    content: bytes
    moves: list[tuple[Any, ...]] = field(default_factory=list)
    type: str = "application/octet-stream"
    tagged: bool = True

    @property
    def tag(self) -> str:
        return f'"{hashlib.md5(self.content).hexdigest()}"'


class Server:
    """`files` by path; `log` of (path, the range asked for or '')."""

    def __init__(self) -> None:
        self.files: dict[str, Served] = {}
        self.log: list[tuple[str, str]] = []
        self.over = threading.Event()
        self.stalled = threading.Event()
        handler = type("Handler", (_Handler,), {"server_of_test": self})
        self._http = _Http(("127.0.0.1", 0), handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def serve(self, path: str, content: bytes, *moves: tuple[Any, ...]) -> str:
        """Returns the file's address."""
        self.files[path] = Served(content, list(moves))
        return self.address + path

    def serve_model(self, name: str, files: dict[str, bytes], commit: str = COMMIT) -> None:
        """A model of a hub; what ends in .safetensors or .bin counts as large."""
        siblings = []
        for file, content in files.items():
            self.serve(f"/{name}/resolve/{commit}/{file}", content)
            blob = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
            said: dict[str, Any] = {"rfilename": file, "size": len(content), "blobId": blob}
            if file.endswith((".safetensors", ".bin")):
                sha256 = hashlib.sha256(content).hexdigest()
                said["lfs"] = {"size": len(content), "sha256": sha256, "pointerSize": 134}
            siblings.append(said)
        listed = {"id": name, "modelId": name, "sha": commit, "siblings": siblings, "tags": []}
        path = f"/api/models/{name}"
        self.files[path] = Served(json.dumps(listed).encode(), type="application/json")

    def ranges(self, path: str) -> list[str]:
        return [asked for one, asked in self.log if one == path]

    def run(self) -> None:
        self._http.serve_forever(poll_interval=0.02)

    def end(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Whoever asked has left: that is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of_test: Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        server = self.server_of_test
        server.log.append((path, self.headers.get("Range", "")))
        served = server.files.get(path)
        if served is None:
            self._refuse(404)
            return
        move, *rest = served.moves.pop(0) if served.moves else ("well",)
        if move == "status":
            self._refuse(rest[0])
        elif move == "to":
            self.send_response(302)
            self.send_header("Location", rest[0])
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            if move == "swap":
                served.content = rest[0]
            self._send(served, move, rest)

    def _send(self, served: Served, move: str, rest: list[Any]) -> None:
        content, begin = served.content, self._begin(served)
        if move == "ignore":
            begin = 0
        body = content[begin:]
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header(
                "Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}"
            )  # fmt: skip
        self.send_header("Content-Type", served.type)
        extra = rest[0] if move == "claim" else 0
        if move != "unsaid":
            self.send_header("Content-Length", str(len(body) + extra))
        if served.tagged:
            self.send_header("ETag", served.tag)
        self.end_headers()
        self.wfile.write(body[: rest[0]] if move in ("cut", "stall") else body)
        self.wfile.flush()
        if move == "stall":
            self.server_of_test.stalled.set()
            self.server_of_test.over.wait(30)
        self.close_connection = move in ("cut", "stall", "claim", "unsaid")

    def _begin(self, served: Served) -> int:
        asked = self.headers.get("Range", "")
        if not asked or self.headers.get("If-Range", served.tag) != served.tag:
            return 0
        begin = int(asked.removeprefix("bytes=").rstrip("-"))
        return begin if begin < len(served.content) else 0

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
