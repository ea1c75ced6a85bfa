"""The thread that reads images for the eye, so that looking never waits behind an encode."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.engine.context import Handlers
from app.engine.embeddings import EmbeddingKey
from app.engine.errors import failed
from app.engine.handlers import HANDLERS
from app.engine.images import ImageCache
from app.engine.looking import ReaderContext, go_on_with_overview
from app.engine.replies import Reply
from app.engine.requests import ImageRequest, Lane, RegionView, Request
from app.engine.values import ImageRef

_log = logging.getLogger(__name__)


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
        handlers: Handlers = HANDLERS,
    ) -> None:
        """Answers to `deliver`. is_stored: tells whether an embedding is on the disk."""
        self._context = ReaderContext(images, deliver, overview_made, is_stored, self._is_wanted)
        self._handlers = handlers
        self._condition = threading.Condition()
        self._queue = _ReaderQueue()
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
                lambda: self._stopping or self._queue or (self._context.making is not None and not self._resting)
            )
            return None if self._stopping else self._queue.take() or _Continue()

    def _answer(self, request: Request | _Continue) -> None:
        if isinstance(request, _Continue):
            go_on_with_overview(self._context)
        else:
            self._handlers[type(request)](self._context, request)

    def _is_wanted(self, request: ImageRequest) -> bool:
        """False once the person has moved on to another image, or the reader stops."""
        view = self._queue.view
        return not self._stopping and (view is None or view.image == request.image)

    def _failed(self, request: Request | _Continue, error: Exception) -> None:
        if isinstance(request, _Continue):
            making, self._context.making = self._context.making, None
            if making is None:  # the view is there; what came after it failed
                _log.error("An overview could not be ended", exc_info=error)
                return
            request = RegionView(making.image)
        self._context.deliver(failed(request, error))


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
