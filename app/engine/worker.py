"""One long-lived thread owns the model: it loads, encodes, decodes and, when nobody waits, does batch work.

A click never waits for an encode of another image: decodes whose embedding is there are answered in between, at the
encoder's progress reports, and an encode nobody wants any more is abandoned there. The thread never calls gc.collect():
a collection here could destroy Qt objects on the wrong thread (see ui/bridge.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic

from app.engine.batch import RunningJob
from app.engine.context import AbandonedError, EngineContext, Handlers, WorkerPredictor
from app.engine.disk_cache import DiskCache
from app.engine.embedding_store import EmbeddingStore
from app.engine.embeddings import EmbeddingCache, EmbeddingKey
from app.engine.encoding import ImageEncoder
from app.engine.errors import failed
from app.engine.handlers import HANDLERS
from app.engine.images import ImageCache
from app.engine.job_model import JobModel
from app.engine.overviews import Overviews
from app.engine.reader import Reader
from app.engine.replies import Reply
from app.engine.requests import ImageRequest, Job, Request
from app.engine.values import ImageRef
from app.sam.types import OnProgress

REST_S = 0.05
"""So long the mouse rests until its other candidates are made ready: while it moves they would be made for nothing, and
what is shown is being painted."""


class Engine:
    """The engine: its thread owns the model and answers requests. submit() may be called from any thread; replies come
    to `deliver` on the engine's threads."""

    def __init__(
        self,
        load_predictor: Callable[[str, OnProgress], WorkerPredictor],
        deliver: Callable[[Reply], None],
        cache_bytes: int = 1 << 30,
        image_bytes: int = 384 << 20,
        disk: DiskCache | None = None,
        overviews: Overviews | None = None,
        handlers: Handlers = HANDLERS,
    ) -> None:
        images = ImageCache(image_bytes, overviews)
        embeddings = EmbeddingStore(EmbeddingCache(cache_bytes), disk)
        self._context = EngineContext(handlers, deliver, load_predictor, images, embeddings)
        self._running: RunningJob | None = None
        self._stepping: tuple[ImageRequest, Iterator[None]] | None = None
        self._thread = threading.Thread(target=self._run, name="engine")
        is_stored = disk.__contains__ if disk is not None else _nowhere
        self._reader = Reader(images, self._context.deliver, self._overview_made, is_stored, handlers)
        self._encoder = ImageEncoder(self._context, self._reader.resting)

    def start(self) -> None:
        """Starts both threads."""
        self._thread.start()
        self._reader.start()

    def submit(self, request: Request) -> None:
        """Never blocks for longer than a lock is held for a few dictionary operations."""
        if request.lane.is_for_reader:
            self._reader.submit(request)
            return
        with self._context.lock:
            self._context.scheduler.add(request)
            self._context.lock.notify()

    def cancel_job(self, job_id: int) -> None:
        """Ends a job: it is answered with JobDone(cancelled=True); nothing when the job has ended."""
        with self._context.lock:
            job = self._context.scheduler.remove_job(job_id)
            if job is not None:
                self._context.cancelled.append(job)
            self._context.lock.notify()

    def forget_thumbnails(self) -> None:
        """Drops those not read yet: the list was scrolled on."""
        self._reader.forget_thumbnails()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Ends both threads at their next chance. False when one was still busy after that time."""
        with self._context.lock:
            self._context.stopping = True
            self._context.lock.notify()
        self._reader.stop()
        deadline = monotonic() + timeout_s
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        read = self._reader.join(max(0.0, deadline - monotonic()))
        return read and not self._thread.is_alive()

    # --- the engine's thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._act():
            pass
        if self._running is not None:
            self._running.cancel()
        self._stepping = None
        self._context.use(None)
        self._context.embeddings.clear()

    def _act(self) -> bool:
        """Does the next thing and returns whether there was one; False means stop. Nothing of it is kept while the next
        is waited for: it may hold a project."""
        act = self._next()
        if act is not None:
            act()
        return act is not None

    def _next(self) -> Callable[[], None] | None:
        """The most urgent thing to do; waits for one. None: stop."""
        context = self._context
        with context.lock:
            while not context.stopping:
                act = self._next_urgent() or self._next_step()
                if act is not None:
                    return act
                if context.has_preview_to_finish():
                    if not context.lock.wait(REST_S):
                        return context.finish_preview
                else:
                    context.lock.wait()
            return None

    def _next_urgent(self) -> Callable[[], None] | None:
        """The most urgent thing to do beside batch jobs, if any."""
        context, scheduler = self._context, self._context.scheduler
        if context.cancelled:
            return partial(self._cancel, context.cancelled.pop())
        model = scheduler.take_model()
        if model is not None:
            return partial(self._change_model, model)
        if context.predictor is None:
            return None
        click = scheduler.take_click(context.is_ready)
        if click is not None:
            return partial(context.answer, click)
        image = scheduler.next_encode(context.is_ready)
        if image is not None and not scheduler.is_ahead(image):
            return partial(self._encoder.encode, image)
        hover = scheduler.take_hover(context.is_ready)
        if hover is not None:
            return partial(context.answer, hover)
        if scheduler.stepped is None:
            self._stepping = None  # with the embedding that it holds
        stepped = scheduler.ready_stepped(context.is_ready)
        if stepped is not None:
            return partial(self._step_on, stepped)
        return None if image is None else partial(self._encoder.encode, image)

    def _next_step(self) -> Callable[[], None] | None:
        """A step of a batch job, if there is one."""
        if self._running is not None:
            return partial(self._step, self._running.job)
        job = self._context.scheduler.next_job(has_model=self._context.predictor is not None)
        return None if job is None else partial(self._step, job)

    def _overview_made(self, image: ImageRef) -> None:
        self._encoder.overview_made(image)

    def _change_model(self, request: Request) -> None:
        before = self._context.predictor
        self._context.call(request)
        if self._context.predictor is not before:
            self._stepping = None

    def _step_on(self, request: ImageRequest) -> None:
        """One step of a request in the STEPS lane."""
        context = self._context
        try:
            if self._stepping is None or self._stepping[0] is not request:
                embedding = context.embeddings.ready(request.image)
                self._stepping = request, iter(context.handler(request)(context, request, embedding))
            next(self._stepping[1])
        except AbandonedError:
            self._stepping = None  # begun again, if it is still wanted then
        except StopIteration:
            self._end_stepping(request)
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._end_stepping(request)
            context.deliver(failed(request, error))

    def _end_stepping(self, request: ImageRequest) -> None:
        self._stepping = None
        with self._context.lock:
            self._context.scheduler.end_stepped(request)

    # --- batch ---------------------------------------------------------------------------------------------------

    def _step(self, job: Job) -> None:
        context = self._context
        if self._running is None:
            model = JobModel(context, job, self._next_urgent) if job.uses_model else None
            self._running = RunningJob(job, context.deliver, model)
        if not self._running.step():
            self._running = None
            with context.lock:
                context.scheduler.remove_job(job.id)
                context.cancelled = [other for other in context.cancelled if other is not job]  # too late for that

    def _cancel(self, job: Job) -> None:
        running = self._running if self._running is not None and self._running.job is job else None
        if running is not None:
            self._running = None
        (running or RunningJob(job, self._context.deliver)).cancel()


def _nowhere(_key: EmbeddingKey) -> bool:
    """There is no cache on the disk."""
    return False
