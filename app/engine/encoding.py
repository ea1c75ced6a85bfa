"""Making embeddings, of the image now shown and of those ahead (prefetch), while clicks on others are answered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from time import monotonic

from app.engine.context import AbandonedError, EngineContext
from app.engine.embeddings import EmbeddingKey
from app.engine.errors import failed
from app.engine.progress import Throttle
from app.engine.replies import Encoded, JobProgress
from app.engine.requests import Encode
from app.engine.values import ImageRef
from app.images.budget import AHEAD_BYTES, VIEW_BYTES, OverBudget
from app.sam.types import Embedding

_log = logging.getLogger(__name__)


class _UnseenError(Exception):
    """There is no overview of a huge image yet."""


class ImageEncoder:
    """Encodes images for the context, on its thread."""

    def __init__(self, context: EngineContext, resting: Callable[[], AbstractContextManager[None]]) -> None:
        """Prepares the encoder of the engine. resting: while this context is entered, no overview is made."""
        self._context = context
        self._resting = resting

    def encode(self, image: ImageRef) -> None:
        """Finds the embedding of this image in a cache or makes it, then answers every click that waited for it."""
        began = monotonic()
        is_ahead = self._is_ahead(image) and image.closeup is None
        try:
            key, embedding, is_new = self._embedding(image, began, AHEAD_BYTES if is_ahead else VIEW_BYTES)
            self._context.embeddings.put(key, embedding, pinned=self._is_current(image))
        except AbandonedError:
            return  # it keeps its place in the queue
        except _UnseenError:
            self._postpone(image)
        except OverBudget as error:
            if is_ahead:
                self._pass_over(image)
            else:
                self._fail(image, error)
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._fail(image, error)
        else:
            self._settle(image, key, embedding, (monotonic() - began) * 1000 if is_new else 0.0)
            if is_new:
                self._keep(key, embedding, image)

    def overview_made(self, image: ImageRef) -> None:
        """Its overview is there: it can be encoded now. Called on the reader's thread."""
        with self._context.lock:
            self._context.scheduler.resume(image)
            self._context.lock.notify()

    def _settle(self, image: ImageRef, key: EmbeddingKey, embedding: Embedding, encode_ms: float) -> None:
        context = self._context
        with context.lock:
            context.scheduler.settle(image)
            waiting = context.scheduler.take_clicks_on(image)
        if image.closeup is None:
            context.deliver(Encoded(image, embedding.model_key, encode_ms, key[0]))
        for click in waiting:  # now: an embedding larger than the cache is not there later
            context.call(click, embedding)

    def _keep(self, key: EmbeddingKey, embedding: Embedding, image: ImageRef) -> None:
        """On the disk. Where that fails it is made again another time."""
        try:
            self._context.embeddings.keep(key, embedding, image)
        except Exception:  # noqa: BLE001 nobody asked for it; the thread lives on
            _log.exception("An embedding could not be kept")

    def _pass_over(self, image: ImageRef) -> None:
        """It is too large to be encoded before somebody looks at it, as perhaps somebody does just now."""
        with self._context.lock:
            if self._context.scheduler.is_ahead(image):
                self._context.scheduler.settle(image)

    def _embedding(self, image: ImageRef, began: float, limit_bytes: int) -> tuple[EmbeddingKey, Embedding, bool]:
        context = self._context
        assert context.predictor is not None
        key = context.embeddings.key(image, context.images.content_hash(image.checked_path()))
        cached = context.embeddings.find(key, image)
        if cached is not None:
            return key, cached, False
        seen = context.images.seen(image, limit_bytes)
        if seen is None:
            raise _UnseenError
        key = context.embeddings.key(image, seen.content_hash)  # the file may have been replaced meanwhile
        with nullcontext() if self._is_ahead(image) and image.closeup is None else self._resting():
            embedding = context.predictor.encode(seen.pixels, partial(self._progressed, image, Throttle(), began))
        context.estimate.finished(monotonic() - began)
        return key, embedding.of_size(seen.size), True

    def _is_current(self, image: ImageRef) -> bool:
        with self._context.lock:
            return image == self._context.scheduler.current

    def _is_ahead(self, image: ImageRef) -> bool:
        with self._context.lock:
            return self._context.scheduler.is_ahead(image)

    def _postpone(self, image: ImageRef) -> None:
        with self._context.lock:
            self._context.scheduler.postpone(image)
        if self._context.images.has_overview(image.path):  # it was finished just now
            self.overview_made(image)

    def _progressed(self, image: ImageRef, throttle: Throttle, began: float, fraction: float) -> None:
        """At each progress report: go on only if still wanted, and answer the clicks that can be answered."""
        context, scheduler = self._context, self._context.scheduler
        self._require_wanted(image)  # before: a click is answered twice as fast when nothing is encoded beside it
        context.answer_clicks()
        with context.lock:
            hover = scheduler.take_hover(context.is_ready) if scheduler.is_ahead(image) else None
        if hover is not None:
            context.answer(hover)
        self._require_wanted(image)
        if image == scheduler.current and throttle.is_due():
            eta_s = context.estimate.eta_s(fraction, monotonic() - began)
            context.deliver(JobProgress(Encode(image), fraction, eta_s))

    def _require_wanted(self, image: ImageRef) -> None:
        context, scheduler = self._context, self._context.scheduler
        with context.lock:
            if context.stopping or scheduler.model or not scheduler.is_wanted(image, context.is_ready):
                raise AbandonedError

    def _fail(self, image: ImageRef, error: Exception) -> None:
        context, scheduler = self._context, self._context.scheduler
        with context.lock:
            scheduler.settle(image)
            waiting = scheduler.take_clicks_on(image)
            stepped = scheduler.stepped if scheduler.stepped and scheduler.stepped.image == image else None
            if stepped is not None:
                scheduler.end_stepped(stepped)
        if image.closeup is None:
            context.deliver(failed(Encode(image), error))
        for request in (*([stepped] if stepped is not None else []), *waiting):
            context.deliver(failed(request, error))
