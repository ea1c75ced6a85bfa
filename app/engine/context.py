"""What those share who answer requests on the engine's thread: the model, the queue, the caches, and how to reply."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from app.engine.embedding_store import EmbeddingStore
from app.engine.errors import failed
from app.engine.images import ImageCache
from app.engine.preview import Preview
from app.engine.progress import Estimate
from app.engine.replies import Reply
from app.engine.requests import ImageRequest, Job, Request
from app.engine.scheduler import Scheduler
from app.engine.values import ImageRef
from app.sam.automatic import GridPredictor
from app.sam.presets import Presets
from app.sam.types import Candidate, Embedding, OnProgress, Prompt
from app.work import Work

_log = logging.getLogger(__name__)


class WorkerPredictor(GridPredictor, Protocol):
    """What the engine needs of a predictor, which is sam.predictor.Predictor. on_progress may raise to end an encode,
    and may call decode meanwhile: a predictor remembers no image."""

    @property
    def model_key(self) -> str:
        """Names the weights."""
        ...

    @property
    def device(self) -> str:
        """What runs it, for the person."""
        ...

    @property
    def presets(self) -> Presets:
        """The presets of everything mode, as its family has them."""
        ...

    @property
    def preparation(self) -> Callable[[], Work[str]] | None:
        """Makes it faster once and for all; None when nothing would."""
        ...

    def decode(self, embedding: Embedding, prompt: Prompt, *, multimask: bool | None = None) -> list[Candidate]:
        """Candidates for a prompt, best predicted IoU first. multimask: three or one; None: three where it is
        ambiguous."""
        ...


Handlers: TypeAlias = Mapping[type[Request], Callable[..., Any]]
"""What answers each type of request; by lane it is called with
MODEL: (context, request); CLICK, HOVER: (context, request, embedding of its image);
STEPS: (context, request, embedding), and returns an iterator whose every step is short;
those of the reader: (the context of its thread, engine.looking.ReaderContext; request)."""


class AbandonedError(Exception):
    """Raised at a progress report: something else is wanted now."""


class EngineContext:
    """The state of the engine's thread. `lock` is held around every look at what other threads write as well:
    `scheduler`, `cancelled` and `stopping`."""

    def __init__(
        self,
        handlers: Handlers,
        tell: Callable[[Reply], None],
        load_predictor: Callable[[str, OnProgress], WorkerPredictor],
        images: ImageCache,
        embeddings: EmbeddingStore,
    ) -> None:
        self.load_predictor = load_predictor
        self.images = images
        self.embeddings = embeddings
        self.lock = threading.Condition()
        self.scheduler = Scheduler()
        self.cancelled: list[Job] = []
        self.stopping = False
        self.predictor: WorkerPredictor | None = None
        self.estimate = Estimate()
        self.preview: Preview | None = None
        """The newest answer to the mouse."""
        self._handlers = handlers
        self._tell = tell

    def use(self, predictor: WorkerPredictor | None) -> None:
        """Makes a model the one that answers from now on; None leaves nobody to answer."""
        self.predictor, self.estimate, self.preview = predictor, Estimate(), None
        self.embeddings.model_key = None if predictor is None else predictor.model_key
        if predictor is not None:
            with self.lock:
                self.scheduler.model_changed()

    def is_ready(self, image: ImageRef) -> bool:
        """True if a prompt on this image can be answered at once."""
        return self.embeddings.is_ready(image)

    def has_click(self) -> bool:
        """True if a click waits that can be answered now."""
        with self.lock:
            return self.scheduler.has_click(self.is_ready)

    def has_preview_to_finish(self) -> bool:
        """True if candidates of the answer to the mouse are still to be made ready: a click there would want them."""
        return self.preview is not None and bool(self.preview.rest)

    def finish_preview(self) -> None:
        """Makes one more candidate of the answer to the mouse ready. Where that fails the click is asked for anew."""
        try:
            if self.preview is not None:
                self.preview.make_next()
        except Exception:  # noqa: BLE001 nobody asked for it; the thread lives on
            self.preview = None
            _log.exception("The answer to the mouse could not be made ready")

    def deliver(self, reply: Reply) -> None:
        """Tells whoever listens. What that one raises is logged."""
        try:
            self._tell(reply)
        except Exception:  # noqa: BLE001 whoever listens may fail; the thread lives on
            _log.exception("A reply could not be delivered")

    def handler(self, request: Request) -> Callable[..., Any]:
        """What answers a request. KeyError when nothing does."""
        return self._handlers[type(request)]

    def call(self, request: Request, *arguments: Any) -> None:
        """Has a request answered by its handler. What that raises becomes a Failed; what it abandoned is not told."""
        try:
            self.handler(request)(self, request, *arguments)
        except AbandonedError:
            return
        except Exception as error:  # noqa: BLE001 errors are values; the thread lives on
            self.deliver(failed(request, error))

    def answer(self, request: ImageRequest) -> None:
        """Has a request answered whose image is ready."""
        self.call(request, self.embeddings.ready(request.image))

    def answer_clicks(self) -> None:
        """Has all clicks answered that can be answered now."""
        while (click := self._ready_click()) is not None:
            self.answer(click)

    def _ready_click(self) -> ImageRequest | None:
        with self.lock:
            return self.scheduler.take_click(self.is_ready)
