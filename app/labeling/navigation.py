"""Navigation goes from image to image; what is in the making waits where it was begun."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from app.engine.requests import Encode, RegionView
from app.engine.values import ImageRef
from app.labeling import travel
from app.labeling.acceptance import Acceptance
from app.labeling.bus import Bus
from app.labeling.decoding import Decoding
from app.labeling.drafts import Drafts
from app.labeling.events import Changed, Notice
from app.labeling.place import Place
from app.problem import Problem
from app.project.records import ChangeSet, ImageRecord, ImageStatus
from app.text import Sentence, say, say_n

_AT_THE_FILTER = say("The filter of the list lets no further image be seen.")
_NOT_SEEN = say(
    "The image cannot be shown, so that it is not marked done. {key:image.next_unfinished}: next unfinished image"
)


class Navigation:
    """Opens images and marks them done. resets: what the other parts do when another image is shown."""

    def __init__(
        self,
        place: Place,
        drafts: Drafts,
        decoding: Decoding,
        acceptance: Acceptance,
        *,
        bus: Bus,
        resets: Sequence[Callable[[], object]],
    ) -> None:
        self._place, self._drafts, self._decoding, self._acceptance = place, drafts, decoding, acceptance
        self._engine, self._tell, self._resets = bus.engine, bus.tell, resets
        self._direction = 1
        self.is_listed: travel.IsListed = travel.all_listed
        """Which images the list shows: from one to the next the way leads through these."""

        self.leaving: Callable[[], object] = lambda: None
        """What is done before another image is shown: what is drawn and not ended yet becomes part of what waits."""

    def open(self, image_id: int) -> None:
        """Shows that image. One that may not be looked at shows its objects, and a sentence that says why."""
        if image_id == self._place.image_id:
            return
        self._direction = travel.direction(self._place.project.images(), self._place.image_id, image_id)
        ref = self._place.ref_or_why_not(image_id)
        self.leaving()
        self._drafts.park()
        self._enter(image_id, ref)

    def leave(self) -> None:
        """Leaves the image, as the project is about to be closed: what is in the making waits there."""
        self.leaving()
        self._drafts.put_by()

    def keep(self) -> None:
        """Keeps what is in the making on the disk, where it is found again after a kill."""
        self._drafts.keep()

    def waiting(self) -> set[int]:
        """Returns the ids of the images on which an object waits to be finished; Problem when they cannot be read."""
        return self._drafts.waiting()

    def look_again(self) -> None:
        """Opens the image anew: it may be looked at by now, or lies elsewhere. What is in the making stays."""
        image_id = self._place.image_id
        if image_id is not None:
            self._drafts.put_by()
            self._enter(image_id, self._place.ref_or_why_not(image_id))

    def next(self, step: int = 1, *, unfinished: bool = False) -> None:
        """Opens the next image, or with -1 the previous one. unfinished: the nearest one that is not done."""
        images = self._place.project.images()
        found = travel.neighbour(images, self._place.image_id, step, unfinished=unfinished, is_listed=self.is_listed)
        if found is None:
            hides = travel.neighbour(images, self._place.image_id, step, unfinished=unfinished) is not None
            left = travel.unfinished(images, self._place.image_id, self.is_listed) if unfinished else None
            self._tell(Notice(_AT_THE_FILTER if hides else _at_the_end(step, left)))
            return
        self.open(found.id)

    def accept_and_next(self) -> None:
        """Accepts what is in the making and opens the next image, unless something would be left behind."""
        self.leaving()
        if self._drafts.draft.is_live:
            self._acceptance.accept()
        if not self._drafts.draft.is_live:
            self.next()

    def set_status(self, status: ImageStatus) -> ChangeSet | None:
        """Marks the image done or open, as one step. Returns None when it is so already. Raises Problem in the past,
        and where one is to be done that nobody has seen."""
        self._place.writable()
        image = self._place.image
        if image is None or image.status == status:
            return None
        if status == "done" and self._place.unreadable:
            raise Problem(_NOT_SEEN)
        with self._place.project.step(say("Mark done") if status == "done" else say("Mark not done")) as step:
            step.put_only(replace(image, status=status), "status")
        return step.changes

    def mark_done_and_next(self) -> None:
        """Marks the image done and opens the next one that is not. Raises Problem as set_status does."""
        self.set_status("done")
        self.next(unfinished=True)

    def _enter(self, image_id: int, ref: ImageRef | str) -> None:
        """Enters an image and asks for its view and embedding. ref: a sentence when the image may not be looked at; its
        objects are there."""
        self._place.enter(image_id, ref if isinstance(ref, str) else "")
        for reset in self._resets:
            reset()
        if isinstance(ref, ImageRef):
            self._engine.submit(RegionView(ref))
            ahead = travel.ahead(self._place.project.images(), image_id, self._direction, self.is_listed)
            self._engine.submit(Encode(ref, self._refs(ahead)))
        self._drafts.unpark()
        self._tell(Changed("image"))
        self._decoding.refresh()

    def _refs(self, images: Sequence[ImageRecord]) -> tuple[ImageRef, ...]:
        refs: list[ImageRef] = []
        for image in images:
            with suppress(Problem):  # a path that may not be read: opening that image tells
                refs.append(self._place.ref(image.id))
        return tuple(refs)


def _at_the_end(step: int, unfinished: int | None) -> Sentence:
    """Returns what is said at an end of the list. unfinished: other images that are not done, where one was wanted."""
    if unfinished is None:
        return say("This is the last image.") if step > 0 else say("This is the first image.")
    if not unfinished:
        return say("All images are done.")
    if step > 0:
        return say_n(
            "No image after this one is unfinished, {n} before it is: {key:image.previous_unfinished}",
            "No image after this one is unfinished, {n} before it are: {key:image.previous_unfinished}",
            unfinished,
        )
    return say_n(
        "No image before this one is unfinished, {n} after it is: {key:image.next_unfinished}",
        "No image before this one is unfinished, {n} after it are: {key:image.next_unfinished}",
        unfinished,
    )
