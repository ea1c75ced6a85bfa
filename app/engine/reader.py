"""The thread that reads images for the eye, so that looking never waits behind an encode."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from app.engine.errors import failed
from app.engine.images import ImageCache
from app.engine.pyramid import pyramid
from app.engine.requests import Reply, Thumbnail, Thumbnailed, Trace, Traced, View, Viewed
from app.masks.outlines import outlines
from app.project.images import read_thumbnail

ReaderRequest: TypeAlias = View | Trace | Thumbnail


class Reader:
    """The newest view first, then outlines of what lies on it, then thumbnails, the newest first: that is where the
    person scrolled to."""

    def __init__(self, images: ImageCache, deliver: Callable[[Reply], None]) -> None:
        self._images = images
        self._deliver = deliver
        self._condition = threading.Condition()
        self._view: View | None = None
        self._traces: list[Trace] = []
        self._thumbnails: dict[Thumbnail, None] = {}
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="reader")

    def start(self) -> None:
        self._thread.start()

    def submit(self, request: ReaderRequest) -> None:
        with self._condition:
            match request:
                case View():
                    self._view = request
                    self._traces = [t for t in self._traces if t.image == request.image]
                case Trace():
                    self._traces.append(request)
                case Thumbnail():
                    self._thumbnails.pop(request, None)
                    self._thumbnails[request] = None
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
        while (request := self._next()) is not None:
            try:
                self._deliver(self._answer(request))
            except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
                self._deliver(failed(request, error))

    def _next(self) -> ReaderRequest | None:
        with self._condition:
            self._condition.wait_for(lambda: self._stopping or self._view or self._traces or self._thumbnails)
            if self._stopping:
                return None
            if self._view is not None:
                request, self._view = self._view, None
                return request
            return self._traces.pop(0) if self._traces else self._thumbnails.popitem()[0]

    def _answer(self, request: ReaderRequest) -> Reply:
        match request:
            case View():
                return self._view_of(request)
            case Trace():
                traced = tuple(outlines(mask.region()) for _, mask in request.masks)
                return Traced(request.image, request.masks, traced)
            case Thumbnail():
                return self._thumbnail_of(request)

    def _view_of(self, request: View) -> Viewed:
        picture = self._images.read(request.image.path)
        return Viewed(
            request.image,
            picture.pixels,
            picture.content_hash,
            picture.size_bytes,
            picture.mtime_ns,
            pyramid(picture.pixels),
        )

    def _thumbnail_of(self, request: Thumbnail) -> Thumbnailed:
        picture = self._images.peek(request.image.path)
        pixels = read_thumbnail(request.image.path, request.size_px) if picture is None else picture.pixels
        return Thumbnailed(request.image, _shrunk(pixels, request.size_px))


def _shrunk(pixels: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = size_px / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
