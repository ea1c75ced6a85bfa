"""The thread that reads images for the eye, so that looking never waits behind an encode."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from app.engine.errors import failed
from app.engine.images import ImageCache, in_parts
from app.engine.overviews import OverviewInWork
from app.engine.pyramid import as_painted, pyramid
from app.engine.requests import (
    TILE_PX,
    ImageRef,
    Outlined,
    Overviewed,
    RegionView,
    Reply,
    Sharpen,
    Thumbnail,
    Thumbnailed,
    Tile,
    TraceOutlines,
    Viewed,
)
from app.images.overview import overview_of, overview_shrink
from app.images.reading import read_thumbnail
from app.images.tiled_tiff import PixelBox, TiledPicture, TilePixels, cut, open_tiled
from app.masks.outlines import outlines_of
from app.masks.rle import Mask
from app.problem import Problem
from app.sam.types import Size


@dataclass(frozen=True)
class _Continue:
    """With the overview that is being made."""


ReaderRequest: TypeAlias = RegionView | Sharpen | TraceOutlines | Thumbnail


class Reader:
    """The newest view first, then the tiles in view of a huge image, outlines of what lies on it, and thumbnails, the
    newest first: that is where the person scrolled to. Else the overview of a huge image is made."""

    def __init__(
        self,
        images: ImageCache,
        deliver: Callable[[Reply], None],
        overview_made: Callable[[ImageRef], None] = lambda image: None,
    ) -> None:
        self._images = images
        self._deliver = deliver
        self._overview_made = overview_made
        self._making: OverviewInWork | None = None
        self._condition = threading.Condition()
        self._view: RegionView | None = None
        self._tiles: deque[Sharpen] = deque()
        self._traces: list[TraceOutlines] = []
        self._thumbnails: dict[Thumbnail, None] = {}
        self._stopping = self._resting = False
        self._thread = threading.Thread(target=self._run, name="reader")

    def start(self) -> None:
        self._thread.start()

    def submit(self, request: ReaderRequest) -> None:
        with self._condition:
            match request:
                case RegionView():
                    self._view = request
                    self._traces = [t for t in self._traces if t.image == request.image]
                    self._tiles.clear()
                case Sharpen():
                    self._tiles = deque(replace(request, tiles=(tile,)) for tile in request.tiles)
                case TraceOutlines():
                    self._traces.append(request)
                case Thumbnail():
                    self._thumbnails.pop(request, None)
                    self._thumbnails[request] = None
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
        with self._condition:
            self._thumbnails.clear()

    def stop(self) -> None:
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
        """Of what was answered nothing is kept while the next is waited for. False: stop."""
        request = self._next()
        if request is None:
            return False
        try:
            self._answer(request)
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._failed(request, error)
        return True

    def _next(self) -> ReaderRequest | _Continue | None:
        with self._condition:
            self._condition.wait_for(lambda: self._stopping or self._has_requests() or self._goes_on())
            if self._stopping:
                return None
            if self._view is not None:
                request, self._view = self._view, None
                return request
            if self._tiles:
                return self._tiles.popleft()
            if self._traces:
                return self._traces.pop(0)
            return self._thumbnails.popitem()[0] if self._thumbnails else _Continue()

    def _goes_on(self) -> bool:
        return self._making is not None and not self._resting

    def _has_requests(self) -> bool:
        return bool(self._view or self._tiles or self._traces or self._thumbnails)

    def _answer(self, request: ReaderRequest | _Continue) -> None:
        match request:
            case RegionView():
                self._deliver(self._view_of(request))
            case Sharpen():
                self._deliver(self._tile_of(request))
            case TraceOutlines():
                self._trace(request)
            case Thumbnail():
                self._deliver(self._thumbnail_of(request))
            case _Continue():
                self._continue()

    def _trace(self, request: TraceOutlines) -> None:
        """Of thousands of masks it takes seconds: nobody waits for it who wants another image, or to stop."""
        traced: list[list[NDArray[np.float32]]] = []
        for _, mask in request.masks:
            view = self._view
            if self._stopping or (view is not None and view.image != request.image):
                return
            traced.append(_outlines(mask))
        self._deliver(Outlined(request.image, request.masks, tuple(traced)))

    def _failed(self, request: ReaderRequest | _Continue, error: Exception) -> None:
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

    # --- huge images ---------------------------------------------------------------------------------------------

    def _view_of_tiled(self, image: ImageRef, tiled: TiledPicture) -> Viewed:
        """With as much of its overview as is there in a moment; more follows."""
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

    def _continue(self) -> None:
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
            raise Problem(f"{image.name}: the file was replaced meanwhile: open the image again.")
        return pixels.shape[:2], partial(cut, pixels)

    # --- the list ------------------------------------------------------------------------------------------------

    def _thumbnail_of(self, request: Thumbnail) -> Thumbnailed:
        pixels = self._images.peek(request.image.path)
        if pixels is None:
            pixels = read_thumbnail(request.image.path, request.size_px)
        return Thumbnailed(request.image, _shrunk(pixels, request.size_px))


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
