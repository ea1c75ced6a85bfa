"""The thread that reads images for the eye, so that looking never waits behind an encode."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.engine.embeddings import EmbeddingKey
from app.engine.errors import failed
from app.engine.images import ImageCache, in_parts
from app.engine.overviews import OverviewInWork
from app.engine.pyramid import as_painted, pyramid
from app.engine.replies import (
    EdgesMapped,
    EmbeddingsFound,
    Outlined,
    Overviewed,
    PixelsRead,
    Reply,
    Snapped,
    Thumbnailed,
    Tile,
    Viewed,
)
from app.engine.requests import (
    FindEmbeddings,
    ImageRequest,
    Lane,
    MapEdges,
    ReadPixels,
    RegionView,
    Request,
    Sharpen,
    Snap,
    Thumbnail,
    TraceOutlines,
)
from app.engine.values import TILE_PX, ImageRef
from app.images.edges import EdgeMap
from app.images.overview import overview_of, overview_shrink
from app.images.reading import read_thumbnail
from app.images.tiled_tiff import PixelBox, TiledPicture, TilePixels, cut, open_tiled
from app.masks.outlines import outlines_of
from app.masks.rle import Mask
from app.masks.snapping import snap, snapping_box
from app.problem import Problem
from app.sam.types import Size
from app.text import say


@dataclass(frozen=True)
class _Continue:
    """The reader's order to itself to go on with the overview that is being made."""


class Reader:
    """Answers the newest view first, then the tiles in view of a huge image, outlines of what lies on it, and
    thumbnails, the newest first: that is where the person scrolled to. Else the overview of a huge image is made."""

    def __init__(
        self,
        images: ImageCache,
        deliver: Callable[[Reply], None],
        overview_made: Callable[[ImageRef], None] = lambda image: None,
        is_stored: Callable[[EmbeddingKey], bool] = lambda key: False,
    ) -> None:
        """Answers to `deliver`. is_stored: tells whether an embedding is on the disk."""
        self._images = images
        self._deliver = deliver
        self._overview_made = overview_made
        self._is_stored = is_stored
        self._making: OverviewInWork | None = None
        self._condition = threading.Condition()
        self._queue = _ReaderQueue()
        self._handlers: dict[type, Callable[[Any], Reply | None]] = {
            RegionView: self._view_of,
            ReadPixels: self._pixels_of,
            MapEdges: self._edges_of,
            Sharpen: self._tile_of,
            Snap: self._snap,
            TraceOutlines: self._trace,
            Thumbnail: self._thumbnail_of,
            FindEmbeddings: self._find_embeddings,
            _Continue: self._continue,
        }
        self._stopping = self._resting = False
        self._thread = threading.Thread(target=self._run, name="reader")

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def submit(self, request: Request) -> None:
        """Asks, and returns at once. KeyError when the lane of the request is none of the reader's."""
        with self._condition:
            self._queue.add(request)
            self._condition.notify()

    @contextmanager
    def resting(self) -> Generator[None, None, None]:
        """No overview is made meanwhile: something that is waited for takes all processors. Requests are answered."""
        self._resting = True
        try:
            yield
        finally:
            with self._condition:
                self._resting = False
                self._condition.notify()

    def forget_thumbnails(self) -> None:
        """Drops those not read yet."""
        with self._condition:
            self._queue.thumbnails.clear()

    def stop(self) -> None:
        """Has the thread end at its next chance."""
        with self._condition:
            self._stopping = True
            self._condition.notify()

    def join(self, timeout_s: float) -> bool:
        """False when it is still reading after that time."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while self._act():
            pass

    def _act(self) -> bool:
        """Answers the next request; returns False when the reader is to stop. Nothing of an answer is kept while the
        next request is waited for."""
        request = self._next()
        if request is None:
            return False
        try:
            self._answer(request)
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._failed(request, error)
        return True

    def _next(self) -> Request | _Continue | None:
        with self._condition:
            self._condition.wait_for(
                lambda: self._stopping or self._queue or (self._making is not None and not self._resting)
            )
            return None if self._stopping else self._queue.take() or _Continue()

    def _answer(self, request: Request | _Continue) -> None:
        reply = self._handlers[type(request)](request)
        if reply is not None:
            self._deliver(reply)

    def _trace(self, request: TraceOutlines) -> Outlined | None:
        """Traces the outlines of some masks; None when the person has moved on or the reader stops. Thousands of masks
        take seconds, which nobody who wants another image is to wait for."""
        traced: list[list[NDArray[np.float32]]] = []
        for _, mask in request.masks:
            view = self._queue.view
            if self._stopping or (view is not None and view.image != request.image):
                return None
            traced.append(_outlines(mask))
        return Outlined(request.image, request.masks, tuple(traced))

    def _failed(self, request: Request | _Continue, error: Exception) -> None:
        if isinstance(request, _Continue):
            assert self._making is not None
            request, self._making = RegionView(self._making.image), None
        self._deliver(failed(request, error))

    def _view_of(self, request: RegionView) -> Viewed:
        self._making = self._making if self._making and self._making.image == request.image else None
        tiled = open_tiled(request.image.path)
        if tiled is not None:
            self._images.hold(None)
            return self._view_of_tiled(request.image, tiled)
        self._images.hold(request.image.path)  # what was held before goes, before this one is read
        picture = self._images.read(request.image.path)
        size = picture.pixels.shape[:2]
        found = size, picture.content_hash, picture.size_bytes, picture.mtime_ns
        if in_parts(size):
            return Viewed(request.image, *found, pyramid(overview_of(picture.pixels)), overview_shrink(size))
        self._images.hold(None)
        return Viewed(request.image, *found, pyramid(picture.pixels))

    def _edges_of(self, request: MapEdges) -> EdgesMapped:
        pixels = self._images.part(request.image.path, request.box, request.shrink)
        return EdgesMapped(request, EdgeMap(pixels, request.box, request.shrink, request.start))

    def _pixels_of(self, request: ReadPixels) -> PixelsRead:
        return PixelsRead(request, self._images.part(request.image.path, request.box, request.shrink))

    def _snap(self, request: Snap) -> Snapped:
        [(_, mask)] = request.masks
        box = snapping_box(mask, request.band)
        return Snapped(request, snap(mask, self._images.part(request.image.path, box), box, request.band))

    # --- huge images ---------------------------------------------------------------------------------------------

    def _view_of_tiled(self, image: ImageRef, tiled: TiledPicture) -> Viewed:
        """Returns the view of a tiled picture with as much of its overview as is there in a moment; more follows."""
        pixels = self._images.overview(tiled)
        if pixels is None:
            if self._making is None or self._making.picture is not tiled:
                self._making = OverviewInWork(image, tiled)
            pixels = self._making.begin()
            self._end_making()
        shrink = overview_shrink(tiled.size)
        return Viewed(
            image, tiled.size, tiled.content_hash, tiled.size_bytes, tiled.mtime_ns, pyramid(pixels), shrink
        )  # fmt: skip

    def _continue(self, _request: _Continue) -> None:
        making = self._making
        assert making is not None
        if making.step() and making.pixels is not None:
            self._deliver(Overviewed(making.image, pyramid(making.pixels), making.fraction))
        self._end_making()

    def _end_making(self) -> None:
        """When it is done."""
        making = self._making
        if making is not None and making.is_done and making.pixels is not None:
            self._making = None
            self._images.keep_overview(making.picture, making.pixels, on_disk=making.took_long)
            self._overview_made(making.image)

    def _tile_of(self, request: Sharpen) -> Tile:
        size, read = self._parts_of(request.image)
        [(column, row)] = request.tiles
        side, (height, width) = TILE_PX * request.shrink, size
        x, y = column * side, row * side
        pixels = read((x, y, min(x + side, width), min(y + side, height)), request.shrink)
        return Tile(request.image, request.shrink, column, row, as_painted(pixels))

    def _parts_of(self, image: ImageRef) -> tuple[Size, Callable[[PixelBox, int], TilePixels]]:
        """(height, width) of a picture that is looked at in parts, and what reads one."""
        tiled = open_tiled(image.path)
        if tiled is not None:
            return tiled.size, tiled.read
        pixels = self._images.read(image.path).pixels
        if not in_parts(pixels.shape[:2]):
            raise Problem(say("{image}: the file was replaced meanwhile: open the image again.", image=image.name))
        return pixels.shape[:2], partial(cut, pixels)

    # --- the list ------------------------------------------------------------------------------------------------

    def _thumbnail_of(self, request: Thumbnail) -> Thumbnailed:
        request.check()
        pixels = self._images.peek(request.image.path)
        if pixels is None:
            pixels = read_thumbnail(request.image.path, request.size_px)
        return Thumbnailed(request.image, _shrunk(pixels, request.size_px))

    def _find_embeddings(self, request: FindEmbeddings) -> EmbeddingsFound:
        found = (id for id, content_hash in request.images if self._is_stored((content_hash, request.model_key)))
        return EmbeddingsFound(request, tuple(found))


class _ReaderQueue:
    """What the reader is asked for, by the lanes of the requests."""

    def __init__(self) -> None:
        self.view: ImageRequest | None = None
        self.thumbnails: dict[Request, None] = {}
        self._pixels: ImageRequest | None = None
        self._tiles: deque[ImageRequest] = deque()
        self._snaps: deque[ImageRequest] = deque()
        self._outlines: list[ImageRequest] = []
        self._lanes: dict[Lane, Callable[[Any], None]] = {
            Lane.VIEW: self._add_view,
            Lane.PIXELS: self._add_pixels,
            Lane.TILES: self._add_tiles,
            Lane.SNAP: self._add_snaps,
            Lane.OUTLINES: self._outlines.append,
            Lane.LIST: self._add_thumbnail,
        }

    def add(self, request: Request) -> None:
        self._lanes[request.lane](request)

    def __bool__(self) -> bool:
        return bool(self.view or self._pixels or self._tiles or self._snaps or self._outlines or self.thumbnails)

    def take(self) -> Request | None:
        """The most urgent one."""
        if self.view is not None:
            request, self.view = self.view, None
            return request
        if self._pixels is not None:
            request, self._pixels = self._pixels, None
            return request
        if self._tiles:
            return self._tiles.popleft()
        if self._snaps:
            return self._snaps.popleft()
        if self._outlines:
            return self._outlines.pop(0)
        return self.thumbnails.popitem()[0] if self.thumbnails else None

    def _add_view(self, request: ImageRequest) -> None:
        self.view = request
        self._outlines[:] = [waiting for waiting in self._outlines if waiting.image == request.image]
        self._snaps = deque(waiting for waiting in self._snaps if waiting.image == request.image)
        self._tiles.clear()
        if self._pixels is not None and self._pixels.image != request.image:
            self._pixels = None

    def _add_pixels(self, request: ImageRequest) -> None:
        self._pixels = request

    def _add_tiles(self, request: ImageRequest) -> None:
        self._tiles = deque(request.parts())

    def _add_snaps(self, request: ImageRequest) -> None:
        self._snaps = deque(request.parts())

    def _add_thumbnail(self, request: Request) -> None:
        self.thumbnails.pop(request, None)
        self.thumbnails[request] = None


def _outlines(mask: Mask) -> list[NDArray[np.float32]]:
    """None of a mask that is damaged: the others of its image are drawn; `check` tells."""
    try:
        return outlines_of(mask)
    except Problem:
        return []


def _shrunk(pixels: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = size_px / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
