"""One HTTP client whose every wait a person can leave at once, and which tries again.

Proxies and certificates are those of the system and its environment, as the
library reads them. Answers come as they are: nothing is unpacked on the way.
"""

from __future__ import annotations

import concurrent.futures
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx2

from engine.progress import Cancel

T = TypeVar("T")

SILENCE = 20.0  # seconds without a byte after which a connection counts as dropped
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before another try
_LOOK = 0.1  # seconds between two looks at the cancel flag
_MOST_REDIRECTS = 10


class Busy(Exception):
    """A server that may answer better in a while.

    Args:
        status: what it answered.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answered {status}")
        self.status = status


class Line:
    """Blocking calls happen in a thread of their own, one after the other.

    Whoever leaves does not wait for that thread: it ends when its socket falls
    silent, and it never touches a file.
    """

    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel
        self._queue: queue.SimpleQueue[
            tuple[Callable[[], Any], concurrent.futures.Future[Any]] | None
        ] = queue.SimpleQueue()
        self._client = httpx2.Client(
            follow_redirects=True,
            max_redirects=_MOST_REDIRECTS,
            timeout=httpx2.Timeout(SILENCE),
            headers={"Accept-Encoding": "identity", "User-Agent": "Graft"},
        )

    def __enter__(self) -> Line:
        threading.Thread(target=self._serve, name="line", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._post(self._client.close)
        self._queue.put(None)

    def check(self) -> None:
        """Raises Cancelled if the person asked for the end."""
        self._cancel.check()

    def call(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises; Cancelled as soon as the person asks for the end."""
        future = self._post(work)
        while True:
            self._cancel.check()
            concurrent.futures.wait([future], _LOOK)
            if future.done():
                result: T = future.result()
                return result

    def open(self, url: str, headers: dict[str, str]) -> httpx2.Response:
        """The answer's head; give it to `chunks`, then to `close`.

        Raises:
            httpx2.HTTPError: no answer.
            Cancelled: the person asked for the end.
        """
        request = self._client.build_request("GET", url, headers=headers)
        return self.call(lambda: self._client.send(request, stream=True))

    def chunks(self, response: httpx2.Response) -> Iterator[bytes]:
        """The body piece by piece, as it comes; raises as `open` does."""
        pieces = response.iter_raw()
        while (piece := self.call(lambda: next(pieces, None))) is not None:
            yield piece

    def close(self, response: httpx2.Response) -> None:
        self._post(response.close)

    def patiently(self, work: Callable[[], T], moved: Callable[[], bool] = lambda: False) -> T:
        """Does it again, after growing waits, while the line drops or the server is busy.

        Args:
            moved: whether a failed try got further than any before; waits then begin anew.

        Raises:
            httpx2.TransportError, Busy: of the last try.
        """
        tries = 0
        while True:
            try:
                return work()
            except (httpx2.TransportError, Busy):
                tries = 0 if moved() else tries + 1
                if tries > len(WAITS):
                    raise
                self._wait(WAITS[max(0, tries - 1)])

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._cancel.check()
            time.sleep(min(_LOOK, seconds))

    def _post(self, work: Callable[[], Any]) -> concurrent.futures.Future[Any]:
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._queue.put((work, future))
        return future

    def _serve(self) -> None:
        while (given := self._queue.get()) is not None:
            work, future = given
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                future.set_exception(error)
