"""Images as pixels, shared by the reader and the worker: each file is read and decoded once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from app.engine.overviews import Overviews
from app.engine.values import ImageRef
from app.images.budget import VIEW_BYTES, OverBudget
from app.images.overview import made, overview_of
from app.images.pages import source_of
from app.images.reading import Picture, file_hash, image_size, read_image
from app.images.tiled_tiff import TILED_FROM_PIXELS, PixelBox, TiledPicture, TilePixels, cut, open_tiled
from app.problem import Problem
from app.sam.closeup import Closeup
from app.sam.types import Size

FileStamp: TypeAlias = tuple[Path, int, int]
"""Path, size in bytes, time of change in ns: another stamp means look again."""

IN_PARTS_PIXELS = TILED_FROM_PIXELS
"""From here on what is seen of a picture in memory is made small, and sharp where one looks."""
_ROOM_PIXELS = 30_000_000
_OVERVIEWS_KEPT = 3
_GLIMPSE_PIXELS = 250_000
_SEEN_PX = 2048
"""What is encoded of a huge image has at least so long a side; no model sees more than half of that."""


@dataclass(frozen=True, eq=False)
class DecodedImage:
    """What the model sees of an image, or of a close-up of it."""

    pixels: TilePixels
    """(h, w, 3) RGB; of a huge image fewer than there are."""
    size: Size
    """(height, width) that they stand for."""
    content_hash: str


class ImageCache:
    """Bounded in bytes; the least recently used goes first. For any thread."""

    def __init__(self, budget_bytes: int, overviews: Overviews | None = None) -> None:
        """Makes an empty cache that keeps about so many bytes of pictures. overviews: those kept on the disk."""
        self._budget_bytes = budget_bytes
        self._disk = overviews
        self._overviews: OrderedDict[str, TilePixels] = OrderedDict()
        self._lock = threading.Lock()
        self._pictures: OrderedDict[FileStamp, Picture] = OrderedDict()
        self._running: dict[FileStamp, Future[Picture]] = {}
        self._hashes: dict[FileStamp, str] = {}
        self._held: FileStamp | None = None

    def read(self, path: Path, limit_bytes: int = VIEW_BYTES) -> Picture:
        """Returns a picture from the cache, from the thread that reads it right now, or from the disk. Problem when
        unreadable. limit_bytes: of memory for reading it, see app.images.budget."""
        stamp = stamp_of(path)
        with self._lock:
            picture = self._pictures.get(stamp)
            if picture is not None:
                self._pictures.move_to_end(stamp)
                return picture
            other = self._running.get(stamp)
            mine = self._running.setdefault(stamp, Future())
        return self._read(stamp, mine, limit_bytes) if other is None else self._awaited(stamp, other, limit_bytes)

    def _awaited(self, stamp: FileStamp, other: Future[Picture], limit_bytes: int) -> Picture:
        try:
            return other.result()
        except OverBudget:
            if limit_bytes < VIEW_BYTES:
                raise
            return self.read(stamp[0])  # the other one had less to spend

    def hold(self, path: Path | None) -> None:
        """That picture stays, however large: it is looked at in parts. One at a time; None: no more."""
        with self._lock:
            self._held = None if path is None else stamp_of(path)
            self._trim(0)

    def peek(self, path: Path) -> TilePixels | None:
        """Only if it is there, of a huge one its overview: what asks is not worth reading a file for."""
        with self._lock:
            picture = self._pictures.get(stamp_of(path))
        if picture is not None:
            return picture.pixels
        tiled = open_tiled(path)
        return None if tiled is None else self.overview(tiled)

    def part(self, path: Path, box: PixelBox, shrink: int = 1) -> TilePixels:
        """Returns ceil(box / shrink) pixels of a box of an image of any size: (h, w, 3) RGB. shrink: a power of two.
        Problem when unreadable."""
        tiled = open_tiled(path)
        read = partial(cut, self.read(path).pixels) if tiled is None else tiled.read
        return read(box, shrink)

    def glimpse(self, image: ImageRef, box: PixelBox) -> TilePixels | None:
        """Returns what there is to be seen of a box of an image, made so small that it takes a moment to look at; None
        when it cannot be read."""
        shrink = 1
        while (box[2] - box[0]) * (box[3] - box[1]) > _GLIMPSE_PIXELS * shrink**2:
            shrink *= 2
        return self.at_hand(image, box, shrink)

    def at_hand(self, image: ImageRef, box: PixelBox, shrink: int = 1) -> TilePixels | None:
        """Returns what `part` does, for whom it is not worth a word when it cannot be read: then None."""
        try:
            pixels = self.part(image.checked_path(), box, shrink)
        except (Problem, OSError):  # the file is gone since it was encoded, or was replaced
            return None
        rows, columns = -(-(box[3] - box[1]) // shrink), -(-(box[2] - box[0]) // shrink)
        return pixels if pixels.shape[:2] == (rows, columns) else None

    def content_hash(self, path: Path) -> str:
        """Known for each file that was read before, though its pixels may be gone. Problem when unreadable."""
        stamp = stamp_of(path)
        known = self._hashes.get(stamp)
        if known is None:
            known = self._hashes[stamp] = file_hash(path)
        return known

    def seen(self, image: ImageRef, limit_bytes: int = VIEW_BYTES) -> DecodedImage | None:
        """None when that is the overview of a huge image, which has to be made first. Problem when unreadable.
        limit_bytes: as read()."""
        path = image.checked_path()
        tiled = open_tiled(path)
        if tiled is not None:
            return self._seen_of(tiled, image)
        picture = self.read(path, limit_bytes)
        if in_parts(picture.pixels.shape[:2]):
            return _seen_of_large(picture, image.closeup)
        pixels = picture.pixels if image.closeup is None else image.closeup.cut(picture.pixels)
        return DecodedImage(pixels, pixels.shape[:2], picture.content_hash)

    def overview(self, picture: TiledPicture) -> TilePixels | None:
        """Returns the overview of a tiled picture if it is in memory or on the disk, else None."""
        with self._lock:
            found = self._overviews.get(picture.content_hash)
        if found is None and self._disk is not None:
            found = self._disk.get(picture)
            if found is not None:
                self._remember(picture, found)
        return found

    def has_overview(self, path: Path) -> bool:
        """True if the file is a huge image whose overview is there."""
        tiled = open_tiled(path)
        return tiled is not None and self.overview(tiled) is not None

    def keep_overview(self, picture: TiledPicture, pixels: TilePixels, *, on_disk: bool) -> None:
        """Remembers the overview of a huge image. pixels: (h, w, 3) RGB."""
        self._remember(picture, pixels)
        if on_disk and self._disk is not None:
            self._disk.put(picture, pixels)

    def _remember(self, picture: TiledPicture, pixels: TilePixels) -> None:
        with self._lock:
            self._overviews[picture.content_hash] = pixels
            while len(self._overviews) > _OVERVIEWS_KEPT:
                self._overviews.popitem(last=False)

    def _seen_of(self, tiled: TiledPicture, image: ImageRef) -> DecodedImage | None:
        closeup = image.closeup
        if closeup is None:
            pixels = self.overview(tiled)
            return None if pixels is None else DecodedImage(pixels, tiled.size, tiled.content_hash)
        closeup.check(tiled.size)
        pixels = tiled.read((closeup.x0, closeup.y0, closeup.x1, closeup.y1), _shrink_of(closeup))
        return DecodedImage(pixels, closeup.size, tiled.content_hash)

    def _read(self, stamp: FileStamp, future: Future[Picture], limit_bytes: int) -> Picture:
        try:
            self._make_room(stamp, limit_bytes)
            picture = read_image(stamp[0]) if limit_bytes == VIEW_BYTES else read_image(stamp[0], limit_bytes)
        except BaseException as error:
            self._end(stamp)  # before it is told: who asks again begins anew
            # a copy: with its traceback, which knows this future, the bytes of the file would stay
            future.set_exception(type(error)(str(error)) if isinstance(error, Problem) else error)
            raise
        self._keep(stamp, picture)
        self._end(stamp)
        future.set_result(picture)
        return picture

    def _end(self, stamp: FileStamp) -> None:
        with self._lock:
            del self._running[stamp]

    def _make_room(self, stamp: FileStamp, limit_bytes: int) -> None:
        """Before it is read, which takes more than itself: a large picture gets the room of all others, also of the one
        that was looked at until now."""
        with suppress(Problem, OSError):  # reading it tells
            width, height = image_size(stamp[0])
            if width * height >= _ROOM_PIXELS:
                with self._lock:
                    if limit_bytes == VIEW_BYTES and self._held != stamp:
                        self._held = None
                    self._trim(self._budget_bytes)

    def _keep(self, stamp: FileStamp, picture: Picture) -> None:
        with self._lock:
            self._hashes[stamp] = picture.content_hash
            self._pictures[stamp] = picture
            self._trim(0)

    def _trim(self, coming_bytes: int) -> None:
        """Until so many more fit in."""
        left = [stamp for stamp in self._pictures if stamp != self._held]
        total = coming_bytes + sum(picture.pixels.nbytes for picture in self._pictures.values())
        for stamp in left:
            if total <= self._budget_bytes:
                break
            total -= self._pictures.pop(stamp).pixels.nbytes


def in_parts(size: Size) -> bool:
    """Whether a picture (height, width) that is in memory is shown and encoded as a huge one is."""
    return size[0] * size[1] >= IN_PARTS_PIXELS


def _seen_of_large(picture: Picture, closeup: Closeup | None) -> DecodedImage:
    size = picture.pixels.shape[:2]
    if closeup is None:
        return DecodedImage(overview_of(picture.pixels), size, picture.content_hash)
    closeup.check(size)
    pixels = cut(picture.pixels, (closeup.x0, closeup.y0, closeup.x1, closeup.y1), _shrink_of(closeup))
    return DecodedImage(pixels, closeup.size, picture.content_hash)


def _shrink_of(closeup: Closeup) -> int:
    shrink = 1
    while closeup.side >= 2 * shrink * _SEEN_PX:
        shrink *= 2
    return shrink


def whole(path: Path) -> DecodedImage:
    """What the model sees of an image of any size; of a huge one that takes long. Problem when unreadable."""
    tiled = open_tiled(path)
    if tiled is not None:
        return DecodedImage(made(tiled), tiled.size, tiled.content_hash)
    picture = read_image(path)
    if in_parts(picture.pixels.shape[:2]):
        return _seen_of_large(picture, None)
    return DecodedImage(picture.pixels, picture.pixels.shape[:2], picture.content_hash)


def stamp_of(path: Path) -> FileStamp:
    """The stamp of a file as it is now; another one means that it was changed."""
    try:
        stat = source_of(path).file.stat()
    except OSError:
        return path, 0, 0  # reading it will say what is wrong
    return path, stat.st_size, stat.st_mtime_ns
