"""Images as pixels, shared by the reader and the worker: each file is read and decoded once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from app.engine.overviews import Overviews
from app.engine.requests import ImageRef
from app.project.huge import Pixels, TiledPicture, open_tiled
from app.project.images import Picture, file_hash, read_image
from app.project.overview import made
from app.project.pages import source_of
from app.sam.types import Size

Stamp: TypeAlias = tuple[Path, int, int]
"""Path, size in bytes, time of change in ns: another stamp means look again."""

_OVERVIEWS_KEPT = 3
_SEEN_PX = 2048
"""What is encoded of a huge image has at least so long a side; no model sees more than half of that."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What the model sees of an image, or of a close-up of it."""

    pixels: Pixels
    """(h, w, 3) RGB; of a huge image fewer than there are."""
    size: Size
    """(height, width) that they stand for."""
    content_hash: str


class ImageCache:
    """Bounded in bytes; the least recently used goes first. For any thread."""

    def __init__(self, budget_bytes: int, overviews: Overviews | None = None) -> None:
        """overviews: on the disk."""
        self._budget_bytes = budget_bytes
        self._disk = overviews
        self._overviews: OrderedDict[str, Pixels] = OrderedDict()
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

    def peek(self, path: Path) -> Pixels | None:
        """Only if it is there, of a huge one its overview: what asks is not worth reading a file for."""
        with self._lock:
            picture = self._pictures.get(stamp_of(path))
        if picture is not None:
            return picture.pixels
        tiled = open_tiled(path)
        return None if tiled is None else self.overview(tiled)

    def content_hash(self, path: Path) -> str:
        """Known for each file that was read before, though its pixels may be gone. Problem when unreadable."""
        stamp = stamp_of(path)
        known = self._hashes.get(stamp)
        if known is None:
            known = self._hashes[stamp] = file_hash(path)
        return known

    def seen(self, image: ImageRef) -> Seen | None:
        """None when that is the overview of a huge image, which has to be made first. Problem when unreadable."""
        tiled = open_tiled(image.path)
        if tiled is not None:
            return self._seen_of(tiled, image)
        picture = self.read(image.path)
        pixels = picture.pixels if image.closeup is None else image.closeup.cut(picture.pixels)
        return Seen(pixels, pixels.shape[:2], picture.content_hash)

    def overview(self, picture: TiledPicture) -> Pixels | None:
        """From memory or from the disk."""
        with self._lock:
            found = self._overviews.get(picture.content_hash)
        if found is None and self._disk is not None:
            found = self._disk.get(picture)
            if found is not None:
                self._remember(picture, found)
        return found

    def has_overview(self, path: Path) -> bool:
        tiled = open_tiled(path)
        return tiled is not None and self.overview(tiled) is not None

    def keep_overview(self, picture: TiledPicture, pixels: Pixels, *, on_disk: bool) -> None:
        self._remember(picture, pixels)
        if on_disk and self._disk is not None:
            self._disk.put(picture, pixels)

    def _remember(self, picture: TiledPicture, pixels: Pixels) -> None:
        with self._lock:
            self._overviews[picture.content_hash] = pixels
            while len(self._overviews) > _OVERVIEWS_KEPT:
                self._overviews.popitem(last=False)

    def _seen_of(self, tiled: TiledPicture, image: ImageRef) -> Seen | None:
        closeup = image.closeup
        if closeup is None:
            pixels = self.overview(tiled)
            return None if pixels is None else Seen(pixels, tiled.size, tiled.content_hash)
        closeup.check(tiled.size)
        shrink = 1
        while closeup.side >= 2 * shrink * _SEEN_PX:
            shrink *= 2
        pixels = tiled.read((closeup.x0, closeup.y0, closeup.x1, closeup.y1), shrink)
        return Seen(pixels, closeup.size, tiled.content_hash)

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


def whole(path: Path) -> Seen:
    """What the model sees of an image of any size; of a huge one that takes long. Problem when unreadable."""
    tiled = open_tiled(path)
    if tiled is not None:
        return Seen(made(tiled), tiled.size, tiled.content_hash)
    picture = read_image(path)
    return Seen(picture.pixels, picture.pixels.shape[:2], picture.content_hash)


def stamp_of(path: Path) -> Stamp:
    try:
        stat = source_of(path).file.stat()
    except OSError:
        return path, 0, 0  # reading it will say what is wrong
    return path, stat.st_size, stat.st_mtime_ns
