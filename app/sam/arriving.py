"""An answer over http as it comes in, waited for on a thread of its own: nobody is held up by a slow server."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from itertools import chain
from queue import Empty, Full, Queue
from typing import TypeAlias

Response: TypeAlias = http.client.HTTPResponse
_Items: TypeAlias = "Queue[Response | bytes | Exception]"

_LOOK_S = 0.1
"""After so long without anything, whoever waits gets a turn."""
_PIECE = 1 << 18
_WAITING = 8
"""Pieces that came and were not taken yet: 2 MB at most."""


class _LeftError(Exception):
    """Nobody takes what comes any more."""


def arriving(ask: Callable[[], Response]) -> Generator[Response | bytes | None, None, None]:
    """First the answer, then its bytes as they come; None, again and again, while nothing comes.

    Raises what went wrong. Closing it takes no time: the thread ends by itself, with its next piece or when its socket
    has waited enough."""
    items: _Items = Queue(_WAITING)
    left = threading.Event()
    threading.Thread(target=_receive, args=(ask, items, left), name="download", daemon=True).start()
    try:
        while (item := _taken(items)) != b"":
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        left.set()


def _taken(items: _Items) -> Response | bytes | Exception | None:
    try:
        return items.get(timeout=_LOOK_S)
    except Empty:
        return None


def _receive(ask: Callable[[], Response], items: _Items, left: threading.Event) -> None:
    """On the thread, until nobody wants it any more."""
    try:
        with ask() as response:
            for item in chain([response], _pieces(response), [b""]):
                _give(items, item, left)
    except _LeftError:
        pass
    except Exception as error:  # noqa: BLE001  errors are values
        with suppress(_LeftError):
            _give(items, error, left)


def _give(items: _Items, item: Response | bytes | Exception, left: threading.Event) -> None:
    while not left.is_set():
        with suppress(Full):
            return items.put(item, timeout=_LOOK_S)
    raise _LeftError


def _pieces(response: Response) -> Iterator[bytes]:
    """What is there, as soon as it is there."""
    # Counted: the read1() of older versions of Python 3.11 waits at the end if the server keeps the connection open.
    remaining = response.length
    while remaining is None or remaining > 0:
        piece = response.read1(_PIECE if remaining is None else min(_PIECE, remaining))
        if not piece:
            return
        remaining = None if remaining is None else remaining - len(piece)
        yield piece
