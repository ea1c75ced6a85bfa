"""What is wanted of the model, the most urgent first. No threads here: the engine holds its lock around every call."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from app.engine.requests import Decode, DecodeHover, Encode, ImageRef, Job, LoadModel, Propose, UnloadModel

IsReady: TypeAlias = Callable[[ImageRef], bool]
"""Whether the embedding of an image is there."""


class Agenda:
    """Order: model, decode (current image first), encode (current, its close-ups, those accepted in advance), what is
    under the mouse, everything mode, encode ahead, batch."""

    def __init__(self) -> None:
        self.model: LoadModel | UnloadModel | None = None
        self.current: ImageRef | None = None
        self.propose: Propose | None = None
        """Until it is done, or another one or another image comes."""
        self._hover: DecodeHover | None = None
        self._decodes: dict[ImageRef, Decode] = {}
        self._kept: dict[tuple[ImageRef, int], Decode] = {}
        self._ahead: tuple[ImageRef, ...] = ()
        self._settled: set[ImageRef] = set()
        self._unseen: set[ImageRef] = set()
        self._jobs: deque[Job] = deque()

    def take_model(self) -> LoadModel | UnloadModel | None:
        request, self.model = self.model, None
        return request

    def encode(self, request: Encode) -> None:
        """The person looks at this image now: what was asked about others goes, unless it was accepted already."""
        self.current, self._ahead = request.image, request.ahead
        self._settled.clear()
        self._hover = None
        if self.propose is not None and self.propose.image != request.image:
            self.propose = None
        self._decodes = {image: d for image, d in self._decodes.items() if image.whole == request.image}

    def decode(self, request: Decode) -> None:
        """The newest wins, except over those accepted already."""
        if request.keep:
            self._kept[request.image, request.revision] = request
            queued = self._decodes.get(request.image)
            if queued is not None and queued.revision == request.revision:
                del self._decodes[request.image]
        else:
            self.current = request.image.whole
            self._decodes = {image: d for image, d in self._decodes.items() if image.whole != self.current}
            self._decodes[request.image] = request

    def hover(self, request: DecodeHover) -> None:
        self._hover = request

    def take_hover(self, is_ready: IsReady) -> DecodeHover | None:
        """Of an image that is not ready it is dropped: the mouse will move again."""
        hover, self._hover = self._hover, None
        return hover if hover is not None and is_ready(hover.image) else None

    def ready_propose(self, is_ready: IsReady) -> Propose | None:
        """It stays here until it is done."""
        return self.propose if self.propose is not None and is_ready(self.propose.image) else None

    def take_decode(self, is_ready: IsReady) -> Decode | None:
        """The most urgent one whose image is encoded."""
        ready = sorted(
            (d for d in self._all_decodes() if is_ready(d.image)), key=lambda d: d.image.whole != self.current
        )
        return self._without(ready[0]) if ready else None

    def take_decodes_of(self, image: ImageRef) -> list[Decode]:
        """All that wait for this image: its embedding has come, or cannot be made."""
        return [self._without(d) for d in self._all_decodes() if d.image == image]

    def next_encode(self, is_ready: IsReady) -> ImageRef | None:
        """One that a decode waits for is encoded even when that failed before."""
        waiting = {d.image for d in self._all_decodes() if not is_ready(d.image)}
        seen = (image for image in self._wanted() if image not in self._unseen)
        return next((image for image in seen if image in waiting or image not in self._settled), None)

    def is_ahead(self, image: ImageRef) -> bool:
        """Nobody waits for its encode yet."""
        return image != self.current and all(d.image != image for d in self._all_decodes())

    def is_wanted(self, image: ImageRef, is_ready: IsReady) -> bool:
        """Whether an encode that runs goes on: nothing more urgent came, or an accepted object waits for it."""
        if any(d.image == image for d in self._kept.values()):
            return True
        gives_way = self.is_ahead(image) and self.ready_propose(is_ready) is not None
        return not gives_way and self.next_encode(is_ready) == image

    def settle(self, image: ImageRef) -> None:
        """It was encoded, or that failed: not to be tried again unasked."""
        self._settled.add(image)

    def postpone(self, image: ImageRef) -> None:
        """There is nothing to encode yet: its overview is being made."""
        self._unseen.add(image)

    def resume(self, image: ImageRef) -> None:
        """Its overview is there."""
        self._unseen.discard(image)

    def model_changed(self) -> None:
        self._settled.clear()

    def add_job(self, job: Job) -> None:
        self._jobs.append(job)

    @property
    def job(self) -> Job | None:
        return self._jobs[0] if self._jobs else None

    def remove_job(self, job_id: int) -> Job | None:
        job = next((j for j in self._jobs if j.id == job_id), None)
        if job is not None:
            self._jobs.remove(job)
        return job

    def _all_decodes(self) -> list[Decode]:
        return [*self._decodes.values(), *self._kept.values()]

    def _without(self, decode: Decode) -> Decode:
        if decode.keep:
            del self._kept[decode.image, decode.revision]
        else:
            del self._decodes[decode.image]
        return decode

    def _wanted(self) -> list[ImageRef]:
        current = [] if self.current is None else [self.current]
        closeups = [image for image in self._decodes if image.closeup is not None]
        return [*current, *closeups, *(d.image for d in self._kept.values()), *self._ahead]
