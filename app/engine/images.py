"""Images as pixels, shared by the reader and the worker: each file is read and decoded once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from pathlib import Path
from typing import TypeAlias

from app.project.images import Picture, file_hash, read_image
from app.project.pages import source_of

Stamp: TypeAlias = tuple[Path, int, int]
"""Path, size in bytes, time of change in ns: another stamp means look again."""


class ImageCache:
    """Bounded in bytes; the least recently used goes first. For any thread."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._lock = threading.Lock()
        self._pictures: OrderedDict[Stamp, Picture] = OrderedDict()
        self._running: dict[Stamp, Future[Picture]] = {}
        self._hashes: dict[Stamp, str] = {}

    def read(self, path: Path) -> Picture:
        """From the cache, or from the thread that reads it right now, or from the disk. Problem when unreadable."""
        stamp = stamp_of(path)
        with self._lock:
            picture = self._pictures.get(stamp)
            if picture is not None:
                self._pictures.move_to_end(stamp)
                return picture
            other = self._running.get(stamp)
            mine = self._running.setdefault(stamp, Future())
        return self._read(stamp, mine) if other is None else other.result()

    def peek(self, path: Path) -> Picture | None:
        """Only if it is there: what asks is not worth reading a file for."""
        with self._lock:
            return self._pictures.get(stamp_of(path))

    def content_hash(self, path: Path) -> str:
        """Known for each file that was read before, though its pixels may be gone. Problem when unreadable."""
        stamp = stamp_of(path)
        known = self._hashes.get(stamp)
        if known is None:
            known = self._hashes[stamp] = file_hash(path)
        return known

    def _read(self, stamp: Stamp, future: Future[Picture]) -> Picture:
        try:
            picture = read_image(stamp[0])
        except BaseException as error:
            future.set_exception(error)
            raise
        else:
            future.set_result(picture)
            self._keep(stamp, picture)
            return picture
        finally:
            with self._lock:
                del self._running[stamp]

    def _keep(self, stamp: Stamp, picture: Picture) -> None:
        with self._lock:
            self._hashes[stamp] = picture.content_hash
            self._pictures[stamp] = picture
            while sum(p.pixels.nbytes for p in self._pictures.values()) > self._budget_bytes:
                self._pictures.popitem(last=False)


def stamp_of(path: Path) -> Stamp:
    try:
        stat = source_of(path).file.stat()
    except OSError:
        return path, 0, 0  # reading it will say what is wrong
    return path, stat.st_size, stat.st_mtime_ns
