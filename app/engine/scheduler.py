"""The priority queue of the engine's thread: what is wanted of the model, the most urgent first.

No threads here: the engine holds its lock around every call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, TypeAlias

from app.engine.requests import Encode, ImageRequest, Job, Lane, Request
from app.engine.values import ImageRef

IsReady: TypeAlias = Callable[[ImageRef], bool]
"""Whether the embedding of an image is there."""


class Scheduler:
    """Order: model, clicks (current image first), encode (current, its close-ups, those accepted in advance), what is
    under the mouse, everything mode, encode ahead (prefetch), batch. A request waits in the lane that it names."""

    def __init__(self) -> None:
        self.model: Request | None = None
        self.current: ImageRef | None = None
        self.stepped: ImageRequest | None = None
        """What is answered in steps: until it has ended, or another one or another image comes."""
        self._hover: ImageRequest | None = None
        self._clicks = _Clicks()
        self._ahead: tuple[ImageRef, ...] = ()
        self._settled: set[ImageRef] = set()
        self._unseen: set[ImageRef] = set()
        self._jobs: deque[Job] = deque()
        self._lanes: dict[Lane, Callable[[Any], None]] = {
            Lane.MODEL: self._add_model,
            Lane.CLICK: self._add_click,
            Lane.SHOW: self._show,
            Lane.HOVER: self._add_hover,
            Lane.STEPS: self._add_stepped,
            Lane.BATCH: self._jobs.append,
        }

    def add(self, request: Request) -> None:
        """Puts a request into its lane. KeyError when that is none of the engine's thread."""
        self._lanes[request.lane](request)

    def take_model(self) -> Request | None:
        """Takes what is to be done about the model, if anything."""
        request, self.model = self.model, None
        return request

    def take_hover(self, is_ready: IsReady) -> ImageRequest | None:
        """Takes what is under the mouse; where its image is not ready it is dropped: the mouse will move again."""
        hover, self._hover = self._hover, None
        return hover if hover is not None and is_ready(hover.image) else None

    def ready_stepped(self, is_ready: IsReady) -> ImageRequest | None:
        """What goes on in steps, if its image is encoded. It stays here until it has ended."""
        return self.stepped if self.stepped is not None and is_ready(self.stepped.image) else None

    def end_stepped(self, request: ImageRequest) -> None:
        """Forgets what has ended, or failed, unless another one came meanwhile."""
        if self.stepped is request:
            self.stepped = None

    def take_click(self, is_ready: IsReady) -> ImageRequest | None:
        """Takes the most urgent click whose image is encoded."""
        ready = sorted(
            (c for c in self._clicks.all() if is_ready(c.image)), key=lambda c: c.image.whole != self.current
        )
        return self._clicks.take(ready[0]) if ready else None

    def has_click(self, is_ready: IsReady) -> bool:
        """True if there is a click whose image is encoded."""
        return any(is_ready(c.image) for c in self._clicks.all())

    def take_clicks_on(self, image: ImageRef) -> list[ImageRequest]:
        """Takes all that wait for this image: its embedding has come, or cannot be made."""
        return [self._clicks.take(c) for c in self._clicks.all() if c.image == image]

    def next_encode(self, is_ready: IsReady) -> ImageRef | None:
        """The most urgent image to encode. One that a click waits for is encoded even when that failed before."""
        waiting = {c.image for c in self._clicks.all() if not is_ready(c.image)}
        seen = (image for image in self._wanted() if image not in self._unseen)
        return next((image for image in seen if image in waiting or image not in self._settled), None)

    def is_ahead(self, image: ImageRef) -> bool:
        """True if nobody waits for its encode yet."""
        return image != self.current and all(c.image != image for c in self._clicks.all())

    def is_wanted(self, image: ImageRef, is_ready: IsReady) -> bool:
        """True if the running encode is still wanted: nothing more urgent came, or an accepted object needs it."""
        if image in self._clicks.kept_images():
            return True
        gives_way = self.is_ahead(image) and self.ready_stepped(is_ready) is not None
        return not gives_way and self.next_encode(is_ready) == image

    def is_idle(self, is_ready: IsReady) -> bool:
        """True if nothing but batch jobs is to be done."""
        waits = self.model is not None or self.has_click(is_ready)
        return not waits and self.ready_stepped(is_ready) is None and self.next_encode(is_ready) is None

    def settle(self, image: ImageRef) -> None:
        """Notes that an image was encoded, or that it failed: it is not to be tried again unasked."""
        self._settled.add(image)

    def postpone(self, image: ImageRef) -> None:
        """Notes that there is nothing to encode yet: the overview of the image is being made."""
        self._unseen.add(image)

    def resume(self, image: ImageRef) -> None:
        """Notes that the overview of the image is there."""
        self._unseen.discard(image)

    def model_changed(self) -> None:
        """Notes that all embeddings are to be made anew."""
        self._settled.clear()

    def next_job(self, *, has_model: bool) -> Job | None:
        """The oldest job that can run; without a model, those that use one wait."""
        return next((job for job in self._jobs if has_model or not job.uses_model), None)

    def remove_job(self, job_id: int) -> Job | None:
        """Takes a job out of the queue. None when it is not there."""
        job = next((j for j in self._jobs if j.id == job_id), None)
        if job is not None:
            self._jobs.remove(job)
        return job

    def _add_model(self, request: Request) -> None:
        self.model = request

    def _show(self, request: Encode) -> None:
        """The person looks at this image now: what was asked about others goes, unless it was accepted already."""
        self.current, self._ahead = request.image, request.ahead
        self._settled.clear()
        self._hover = None
        if self.stepped is not None and self.stepped.image != request.image:
            self.stepped = None
        self._clicks.drop_others(request.image)

    def _add_click(self, request: ImageRequest) -> None:
        if not request.is_kept():
            self.current = request.image.whole
            self._clicks.drop(self.current, type(request))
        self._clicks.add(request)

    def _add_hover(self, request: ImageRequest) -> None:
        self._hover = request

    def _add_stepped(self, request: Request) -> None:
        """One that is about no image only ends the one before."""
        self.stepped = request if isinstance(request, ImageRequest) else None

    def _wanted(self) -> list[ImageRef]:
        current = [] if self.current is None else [self.current]
        return [*current, *self._clicks.closeups(), *self._clicks.kept_images(), *self._ahead]


class _Clicks:
    """The CLICK lane: the newest of each kind on each image, and those that are kept whatever comes."""

    def __init__(self) -> None:
        self._newest: dict[tuple[type, ImageRef], ImageRequest] = {}
        self._kept: dict[Hashable, ImageRequest] = {}

    def add(self, request: ImageRequest) -> None:
        place = type(request), request.image
        if not request.is_kept():
            self._newest[place] = request
            return
        self._kept[request.place()] = request
        queued = self._newest.get(place)
        if queued is not None and queued.place() == request.place():
            del self._newest[place]

    def drop(self, image: ImageRef, kind: type[ImageRequest]) -> None:
        """What of that kind is about this whole image, or a close-up of it, goes."""
        self._newest = {place: c for place, c in self._newest.items() if c.image.whole != image or type(c) is not kind}

    def drop_others(self, image: ImageRef) -> None:
        """Only what is about this whole image, or a close-up of it, stays."""
        self._newest = {place: c for place, c in self._newest.items() if c.image.whole == image}

    def take(self, request: ImageRequest) -> ImageRequest:
        if request.is_kept():
            del self._kept[request.place()]
        else:
            del self._newest[type(request), request.image]
        return request

    def all(self) -> list[ImageRequest]:
        return [*self._newest.values(), *self._kept.values()]

    def closeups(self) -> list[ImageRef]:
        return [c.image for c in self._newest.values() if c.image.closeup is not None]

    def kept_images(self) -> list[ImageRef]:
        return [c.image for c in self._kept.values()]
