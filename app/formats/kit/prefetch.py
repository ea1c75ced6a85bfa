"""Prefetch: what comes next is made on a thread of its own while the last is being used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Event, Thread
from typing import TypeVar

_HELD = 2
"""So many are made and wait; with the one that is used and the one being made all that takes memory."""
_WAIT_S = 0.02
_T = TypeVar("_T")
_Made = tuple[_T | None, BaseException | None]
"""One of them; or the error that ended it, None when it was the end."""


@contextmanager
def prefetch(items: Generator[_T]) -> Generator[Iterator[_T | None]]:
    """Makes items on another thread: the same in the same order, and None now and then while there is none yet. It pays
    where using one waits outside of Python, as for SQLite. An error of items comes where its item would have. items
    runs on the other thread alone; when the block ends it is ended too, at its next item."""
    made: Queue[_Made[_T]] = Queue(_HELD)
    stop = Event()
    thread = Thread(target=_make, args=(items, made, stop), name="ahead", daemon=True)
    thread.start()
    try:
        yield _taken(made)
    finally:
        stop.set()
        while thread.is_alive():  # it may wait for room
            _empty(made)
            thread.join(0.01)


def _make(items: Generator[_T], made: Queue[_Made[_T]], stop: Event) -> None:
    error: BaseException | None = None
    try:
        for item in items:
            made.put((item, None))
            if stop.is_set():
                break
    except BaseException as raised:  # noqa: BLE001  (it is raised again, on the thread that waits)
        error = raised
    finally:
        items.close()
    if not stop.is_set():
        made.put((None, error))


def _taken(made: Queue[_Made[_T]]) -> Iterator[_T | None]:
    while True:
        try:
            item, error = made.get(timeout=_WAIT_S)
        except Empty:
            yield None
            continue
        if error is not None:
            raise error
        if item is None:
            return
        yield item


def _empty(made: Queue[_Made[_T]]) -> None:
    while not made.empty():
        made.get_nowait()
