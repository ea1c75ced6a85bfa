"""One long-lived thread owns the model: it loads, encodes, decodes and, when nobody waits, does batch work.

A click never waits for an encode of another image: decodes whose embedding is there are answered in between, at the
encoder's progress reports, and an encode nobody wants any more is abandoned there. The thread never calls gc.collect():
a collection here could destroy Qt objects on the wrong thread (see ui/bridge.py).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import nullcontext
from functools import partial
from time import monotonic
from typing import Protocol

from app.engine.batch import RunningJob
from app.engine.disk_cache import DiskCache
from app.engine.embeddings import EmbeddingCache, EmbeddingKey
from app.engine.errors import failed
from app.engine.everything import EverythingJob
from app.engine.images import ImageCache
from app.engine.overviews import Overviews
from app.engine.progress import Estimate, Throttle
from app.engine.proposals import prompt_for, proposals
from app.engine.reader import Reader
from app.engine.requests import (
    Decode,
    Decoded,
    DecodeHover,
    Encode,
    Encoded,
    FirstCandidate,
    Hovered,
    ImageRef,
    Job,
    JobProgress,
    LoadModel,
    ModelLoaded,
    ModelUnloaded,
    Proposal,
    Propose,
    RegionView,
    Reply,
    Request,
    Sharpen,
    StopProposing,
    Thumbnail,
    TraceOutlines,
    UnloadModel,
)
from app.engine.scheduler import Agenda
from app.images.budget import AHEAD_BYTES, VIEW_BYTES, OverBudget
from app.sam import automatic
from app.sam.types import Candidate, Embedding, OnProgress, Prompt

_log = logging.getLogger(__name__)


class WorkerPredictor(automatic.GridPredictor, Protocol):
    """sam.predictor.Predictor, as far as the engine knows it. on_progress may raise to end an encode, and may call
    decode meanwhile: a predictor remembers no image."""

    @property
    def model_key(self) -> str: ...

    @property
    def device(self) -> str: ...

    @property
    def preparation(self) -> Callable[[], Generator[tuple[int, int], None, str]] | None: ...

    def decode(self, embedding: Embedding, prompt: Prompt) -> list[Candidate]: ...


class _AbandonedError(Exception):
    """Raised at a progress report: something else is wanted now."""


class _UnseenError(Exception):
    """There is no overview of a huge image yet."""


class Engine:
    """submit() from any thread; replies come to `deliver` on the engine's threads."""

    def __init__(
        self,
        load_predictor: Callable[[str, OnProgress], WorkerPredictor],
        deliver: Callable[[Reply], None],
        cache_bytes: int = 1 << 30,
        image_bytes: int = 384 << 20,
        disk: DiskCache | None = None,
        overviews: Overviews | None = None,
    ) -> None:
        self._load_predictor = load_predictor
        self._tell = deliver
        self._images = ImageCache(image_bytes, overviews)
        self._embeddings = EmbeddingCache(cache_bytes)
        self._disk = disk
        self._hashes: dict[ImageRef, str] = {}
        self._predictor: WorkerPredictor | None = None
        self._estimate = Estimate()
        self._agenda = Agenda()
        self._running: RunningJob | None = None
        self._everything: EverythingJob | None = None
        self._cancelled: list[Job] = []
        self._stopping = False
        self._condition = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="engine")
        self._reader = Reader(self._images, self._deliver, self._overview_made)

    def start(self) -> None:
        self._thread.start()
        self._reader.start()

    def submit(self, request: Request) -> None:
        """Never blocks for longer than a lock is held for a few dictionary operations."""
        if isinstance(request, (RegionView, Sharpen, TraceOutlines, Thumbnail)):
            self._reader.submit(request)
            return
        with self._condition:
            match request:
                case LoadModel() | UnloadModel():
                    self._agenda.model = request
                case Encode():
                    self._agenda.encode(request)
                case Decode():
                    self._agenda.decode(request)
                case DecodeHover():
                    self._agenda.hover(request)
                case Propose():
                    self._agenda.propose = request
                case StopProposing():
                    self._agenda.propose = None
                case Job():
                    self._agenda.add_job(request)
            self._condition.notify()

    def cancel_job(self, job_id: int) -> None:
        """Answered with JobDone(cancelled=True); nothing when the job has ended."""
        with self._condition:
            job = self._agenda.remove_job(job_id)
            if job is not None:
                self._cancelled.append(job)
            self._condition.notify()

    def forget_thumbnails(self) -> None:
        """Those not read yet: the list was scrolled on."""
        self._reader.forget_thumbnails()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Ends both threads at their next chance. False when one was still busy after that time."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
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
        self._predictor = None
        self._embeddings.clear()

    def _act(self) -> bool:
        """Of what was done nothing is kept while the next is waited for: it may hold a project. False: stop."""
        act = self._next()
        if act is not None:
            act()
        return act is not None

    def _next(self) -> Callable[[], None] | None:
        """The most urgent thing to do; waits for one. None: stop."""
        with self._condition:
            while not self._stopping:
                act = self._choose()
                if act is not None:
                    return act
                self._condition.wait()
            return None

    def _choose(self) -> Callable[[], None] | None:
        if self._cancelled:
            return partial(self._cancel, self._cancelled.pop())
        model = self._agenda.take_model()
        if model is not None:
            return partial(self._change_model, model)
        if self._predictor is not None:
            decode = self._agenda.take_decode(self._is_ready)
            if decode is not None:
                return partial(self._answer, decode)
            image = self._agenda.next_encode(self._is_ready)
            if image is not None and not self._agenda.is_ahead(image):
                return partial(self._encode, image)
            hover = self._agenda.take_hover(self._is_ready)
            if hover is not None:
                return partial(self._look, hover)
            propose = self._agenda.ready_propose(self._is_ready)
            if propose is not None:
                return partial(self._propose, propose)
            if image is not None:
                return partial(self._encode, image)
        job = self._agenda.job
        return None if job is None else partial(self._step, job)

    def _deliver(self, reply: Reply) -> None:
        try:
            self._tell(reply)
        except Exception:  # noqa: BLE001 whoever listens may fail; the thread lives on
            _log.exception("A reply could not be delivered")

    # --- the model -----------------------------------------------------------------------------------------------

    def _change_model(self, request: LoadModel | UnloadModel) -> None:
        """A load that fails leaves the model that was there."""
        if isinstance(request, UnloadModel):
            self._predictor = None
            self._deliver(ModelUnloaded())
            return
        try:
            predictor = self._load_predictor(request.name, partial(self._loading, request, Throttle()))
        except _AbandonedError:
            return
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._deliver(failed(request, error))
            return
        self._predictor, self._estimate = predictor, Estimate()
        self._everything = None
        with self._condition:
            self._agenda.model_changed()
        loaded = ModelLoaded(request.name, predictor.model_key, predictor.device, predictor.preparation)
        self._deliver(loaded)

    def _loading(self, request: LoadModel, throttle: Throttle, fraction: float) -> None:
        with self._condition:
            if self._stopping or self._agenda.model is not None:
                raise _AbandonedError
        if throttle.is_due():
            self._deliver(JobProgress(request, fraction))

    # --- encode --------------------------------------------------------------------------------------------------

    def _encode(self, image: ImageRef) -> None:
        """The embedding of this image, from the cache or made now; then every decode that waited for it."""
        began = monotonic()
        with self._condition:
            is_ahead = self._agenda.is_ahead(image) and image.closeup is None
        try:
            key, embedding, is_new = self._embedding(image, began, AHEAD_BYTES if is_ahead else VIEW_BYTES)
        except _AbandonedError:
            return  # it keeps its place in the agenda
        except _UnseenError:
            self._postpone(image)
            return
        except OverBudget as error:
            if is_ahead:
                self._pass_over(image)
            else:
                self._encode_failed(image, error)
            return
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._encode_failed(image, error)
            return
        encode_ms = (monotonic() - began) * 1000 if is_new else 0.0
        with self._condition:
            self._agenda.settle(image)
            waiting = self._agenda.take_decodes_of(image)
            if image == self._agenda.current:
                self._embeddings.pin(key)
        self._embeddings.put(key, embedding)
        if image.closeup is None:
            self._deliver(Encoded(image, embedding.model_key, encode_ms))
        for decode in waiting:  # now: an embedding larger than the cache is not there later
            self._decode(decode, embedding)
        if is_new and self._disk is not None and image.closeup is None:  # the same close-up hardly comes again
            self._disk.put(key, embedding)

    def _pass_over(self, image: ImageRef) -> None:
        """It is too large to be encoded before somebody looks at it, as perhaps somebody does just now."""
        with self._condition:
            if self._agenda.is_ahead(image):
                self._agenda.settle(image)

    def _embedding(self, image: ImageRef, began: float, limit_bytes: int) -> tuple[EmbeddingKey, Embedding, bool]:
        assert self._predictor is not None
        key = self._keyed(image, self._images.content_hash(image.path))
        cached = self._embeddings.get(key)
        if cached is None and self._disk is not None and image.closeup is None:
            cached = self._disk.get(key)
        if cached is not None:
            return key, cached, False
        seen = self._images.seen(image, limit_bytes)
        if seen is None:
            raise _UnseenError
        key = self._keyed(image, seen.content_hash)  # the file may have been replaced meanwhile
        with self._condition:
            is_ahead = self._agenda.is_ahead(image)
        with nullcontext() if is_ahead and image.closeup is None else self._reader.resting():
            embedding = self._predictor.encode(seen.pixels, partial(self._encoding, image, Throttle(), began))
        self._estimate.finished(monotonic() - began)
        return key, embedding.of_size(seen.size), True

    def _postpone(self, image: ImageRef) -> None:
        with self._condition:
            self._agenda.postpone(image)
        if self._images.has_overview(image.path):  # it was finished just now
            self._overview_made(image)

    def _overview_made(self, image: ImageRef) -> None:
        """On the reader's thread."""
        with self._condition:
            self._agenda.resume(image)
            self._condition.notify()

    def _keyed(self, image: ImageRef, content_hash: str) -> EmbeddingKey:
        self._hashes[image.whole] = content_hash
        key = self._key(image)
        assert key is not None
        return key

    def _encoding(self, image: ImageRef, throttle: Throttle, began: float, fraction: float) -> None:
        """At each progress report: go on only if still wanted, and answer the clicks that can be answered."""
        self._require_wanted(image)  # before: a click is answered twice as fast when nothing is encoded beside it
        self._answer_all()
        with self._condition:
            hover = self._agenda.take_hover(self._is_ready) if self._agenda.is_ahead(image) else None
        if hover is not None:
            self._look(hover)
        self._require_wanted(image)
        if image == self._agenda.current and throttle.is_due():
            self._deliver(JobProgress(Encode(image), fraction, self._estimate.eta_s(fraction, monotonic() - began)))

    def _require_wanted(self, image: ImageRef) -> None:
        with self._condition:
            if self._stopping or self._agenda.model or not self._agenda.is_wanted(image, self._is_ready):
                raise _AbandonedError

    def _encode_failed(self, image: ImageRef, error: Exception) -> None:
        with self._condition:
            self._agenda.settle(image)
            waiting = self._agenda.take_decodes_of(image)
            propose = self._agenda.propose if self._agenda.propose and self._agenda.propose.image == image else None
        if image.closeup is None:
            self._deliver(failed(Encode(image), error))
        if propose is not None:
            self._end_proposing(propose)
            self._deliver(failed(propose, error))
        for decode in waiting:
            self._deliver(failed(decode, error))

    def _key(self, image: ImageRef) -> EmbeddingKey | None:
        content_hash = self._hashes.get(image.whole)
        if self._predictor is None or content_hash is None:
            return None
        what = content_hash if image.closeup is None else f"{content_hash} {image.closeup}"
        return what, self._predictor.model_key

    def _is_ready(self, image: ImageRef) -> bool:
        key = self._key(image)
        return key is not None and key in self._embeddings

    # --- decode --------------------------------------------------------------------------------------------------

    def _answer_all(self) -> None:
        """That can be answered now."""
        while (decode := self._ready_decode()) is not None:
            self._answer(decode)

    def _ready_decode(self) -> Decode | None:
        with self._condition:
            return self._agenda.take_decode(self._is_ready)

    def _answer(self, decode: Decode) -> None:
        self._decode(decode, self._ready_embedding(decode.image))

    def _ready_embedding(self, image: ImageRef) -> Embedding:
        key = self._key(image)
        embedding = None if key is None else self._embeddings.get(key)
        assert embedding is not None  # only this thread evicts, and it chose what is ready
        return embedding

    def _decode(self, request: Decode, embedding: Embedding) -> None:
        assert self._predictor is not None
        began = monotonic()
        try:
            candidates = self._predictor.decode(embedding, prompt_for(request, embedding.frame))
            made = self._made(request, embedding.model_key, candidates)
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._deliver(failed(request, error))
            return
        decode_ms = (monotonic() - began) * 1000
        self._deliver(Decoded(request.image, embedding.model_key, request.revision, made, decode_ms))

    def _made(self, request: Decode, model_key: str, candidates: list[Candidate]) -> tuple[Proposal, ...]:
        """Proposals of them; the first of several is told before the others are made."""
        made: list[Proposal] = []
        for proposal in proposals(candidates, request.image.closeup):
            made.append(proposal)
            if len(made) == 1 < len(candidates):
                self._deliver(FirstCandidate(request.image, model_key, request.revision, proposal))
        return tuple(made)

    def _look(self, request: DecodeHover) -> None:
        assert self._predictor is not None
        embedding = self._ready_embedding(request.image)
        try:
            prompt, closeup = Prompt().with_point(request.x, request.y), request.image.closeup
            [best, *_] = self._predictor.decode(embedding, closeup.prompt_in(prompt) if closeup else prompt)
            proposal = next(proposals([best], closeup), None)
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._deliver(failed(request, error))
            return
        self._deliver(Hovered(request.image, embedding.model_key, request.revision, proposal))

    # --- everything mode -----------------------------------------------------------------------------------------

    def _propose(self, request: Propose) -> None:
        """A few clicks of it."""
        try:
            if self._everything is None or self._everything.request is not request:
                self._everything = self._everything_on(request)
            said = self._everything.step()
        except _AbandonedError:
            self._everything = None  # begun again, if it is still wanted then
            return
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self._end_proposing(request)
            self._deliver(failed(request, error))
            return
        if said is not None:
            if said.fraction == 1:
                self._end_proposing(request)
            self._deliver(said)

    def _everything_on(self, request: Propose) -> EverythingJob:
        assert self._predictor is not None
        pixels = self._images.read(request.image.path).pixels
        embedding = self._ready_embedding(request.image)
        return EverythingJob(request, self._predictor, pixels, embedding, partial(self._proposing, request))

    def _proposing(self, request: Propose, _fraction: float) -> None:
        """While a part of the image is encoded for it."""
        self._answer_all()
        with self._condition:
            if self._stopping or self._agenda.model or self._agenda.propose is not request:
                raise _AbandonedError

    def _end_proposing(self, request: Propose) -> None:
        self._everything = None
        with self._condition:
            if self._agenda.propose is request:
                self._agenda.propose = None

    # --- batch ---------------------------------------------------------------------------------------------------

    def _step(self, job: Job) -> None:
        if self._running is None:
            self._running = RunningJob(job, self._deliver)
        if not self._running.step():
            self._running = None
            with self._condition:
                self._agenda.remove_job(job.id)
                self._cancelled = [other for other in self._cancelled if other is not job]  # too late for that

    def _cancel(self, job: Job) -> None:
        running = self._running if self._running is not None and self._running.job is job else None
        if running is not None:
            self._running = None
        (running or RunningJob(job, self._deliver)).cancel()
