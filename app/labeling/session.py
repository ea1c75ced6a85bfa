"""The labelling session: which image, which object in the making, what the next key does to it.

It owns the draft, its revisions and the current image; the project owns the rows; the engine answers later. It lives on
the GUI thread and never waits. Three decisions that users notice:

- Accepting before the answer is there accepts in advance: the newest prompt is answered and saved when its mask lands,
  also when the person has moved on; the next click starts the next object at once.
- While an object is in the making, undo takes back its last click and redo brings it back; otherwise they act on the
  project's journal, and the image that changed is opened.
- Leaving an image keeps the object in the making; it is there again when the person comes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from app.engine.replies import (
    Decoded,
    Encoded,
    Failed,
    FirstCandidate,
    Hovered,
    JobProgress,
    ModelLoaded,
    ModelUnloaded,
    Proposed,
    Reply,
    Viewed,
)
from app.engine.requests import Decode, DecodeHover, Encode, LoadModel, Propose, RegionView, Submit
from app.engine.values import ImageRef
from app.labeling import travel
from app.labeling.draft import Draft
from app.labeling.events import Changed, Notice
from app.labeling.making import Making
from app.problem import Problem
from app.project.records import Category, ChangeSet, ImageRecord, ImageStatus
from app.project.store import Project


class Session(Making):
    """One project open on one screen."""

    def __init__(self, project: Project, engine: Submit, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(project, engine, clock)
        self.failure: Failed | None = None
        """The model could not be loaded, or not encode this image."""
        self.progress: JobProgress | None = None
        """Of the model load or of encoding this image, while it runs."""
        self.is_encoded = False
        self._direction = 1
        self._is_warned = False
        project.subscribe(self._project_changed)

    # --- images --------------------------------------------------------------------------------------------------

    def open_image(self, image_id: int) -> None:
        if image_id == self.image_id:
            return
        self._direction = travel.direction(self.project.images(), self.image_id, image_id)
        ref = self._ref_or_why_not(image_id)
        self._park()
        self._enter(image_id, ref)

    def look_again(self) -> None:
        """The images may be looked at by now."""
        image_id, self.image_id = self.image_id, None
        if image_id is not None:
            self.open_image(image_id)

    def next_image(self, step: int = 1, *, unfinished: bool = False) -> None:
        """step: +1 or -1. unfinished: the nearest one that is not done."""
        found = travel.neighbour(self.project.images(), self.image_id, step, unfinished=unfinished)
        if found is None:
            what = "unfinished image" if unfinished else "image"
            self._tell(Notice(f"This is the {'last' if step > 0 else 'first'} {what}."))
            return
        self.open_image(found.id)

    def accept_and_next(self) -> None:
        """Moves on only when nothing is left behind."""
        if self.draft.is_live:
            self.accept()
        if not self.draft.is_live:
            self.next_image()

    def set_status(self, status: ImageStatus) -> ChangeSet | None:
        self.objects.must_be_now()
        image = self.image
        if image is None or image.status == status:
            return None
        with self.project.step("Mark done" if status == "done" else "Mark not done") as step:
            step.put(replace(image, status=status))
        return step.changes

    def mark_done_and_next(self) -> None:
        self.set_status("done")
        self.next_image(unfinished=True)

    def _enter(self, image_id: int, ref: ImageRef | str) -> None:
        """ref: a sentence when the image may not be looked at; its objects are there."""
        self.image_id, self.unreadable, self.failure, self.progress, self.is_encoded = image_id, "", None, None, False
        self.crosshair.hide()
        self.hover.leave()
        self.everything.clear()
        self.closeups.forget()
        self.objects.show(image_id)
        self._effort.start()
        if isinstance(ref, str):
            self.unreadable = ref
        else:
            self._engine.submit(RegionView(ref))
            ahead = travel.ahead(self.project.images(), image_id, self._direction)
            self._engine.submit(Encode(ref, self._refs(ahead)))
        self.draft = self._unparked()
        self._tell(Changed("image"))
        self._refresh()

    def _refs(self, images: Sequence[ImageRecord]) -> tuple[ImageRef, ...]:
        refs: list[ImageRef] = []
        for image in images:
            with suppress(Problem):  # a path that may not be read: opening that image tells
                refs.append(self._ref(image.id))
        return tuple(refs)

    # --- without a click -----------------------------------------------------------------------------------------

    def propose_everything(self) -> None:
        """Begins, or stops what runs."""
        if self.everything.is_running:
            self.everything.stop()
        elif self.image_id is not None and self._size() is not None:
            self.everything.start(self._ref(self.image_id))

    def hover_at(self, x: float, y: float) -> None:
        """The mouse is over that pixel, and no button is down."""
        height, width = self._image_size
        inside = 0 <= x < width and 0 <= y < height and self.objects.past is None
        if inside and self.is_encoded and not self.draft.is_live and self.image_id is not None:
            closeup = self.closeups.here([(x, y)], self._image_size)
            self.hover.move(self._ref(self.image_id, closeup), x, y)
        else:
            self.hover.leave()

    # --- undo ----------------------------------------------------------------------------------------------------

    def undo(self) -> None:
        self.objects.must_be_now()
        if self.draft.is_live:
            self.back()
        else:
            self.draft = Draft()  # clicks taken back before are older than what is undone now
            self._replay(self.project.undo, "Nothing to undo.", redo=False)

    def redo(self) -> None:
        self.objects.must_be_now()
        if self.draft.undone:
            self.draft = self.draft.forward()
            self._refresh()
        else:
            self._replay(self.project.redo, "Nothing to redo.", redo=True)

    def _replay(self, replay: Callable[[], ChangeSet | None], otherwise: str, *, redo: bool) -> None:
        """What is long is left to the window, which goes on living meanwhile."""
        lengthy = self.project.steps.replaying(redo=redo)
        if lengthy is None:
            self._show_change(replay(), otherwise)
        else:
            self._tell(lengthy)

    def _show_change(self, changes: ChangeSet | None, otherwise: str) -> None:
        """The person sees what was undone: the image that changed is opened."""
        if changes is None:
            self._tell(Notice(otherwise))
            return
        known = {image.id for image in self.project.images()}
        touched = [image_id for image_id in travel.touched(changes) if image_id in known]
        if touched and self.image_id not in touched:
            self.open_image(touched[0])

    # --- what arrives --------------------------------------------------------------------------------------------

    def receive(self, reply: Reply) -> None:
        """Any reply of the engine, on the GUI thread; what is stale is dropped."""
        match reply:
            case Decoded():
                self._decoded(reply)
            case FirstCandidate() if self._is_shown(reply.image) and reply.model_key == self._model_key:
                self._glimpsed(reply)
            case Hovered() if self._is_shown(reply.image) and reply.model_key == self._model_key:
                if not self.draft.is_live:
                    self.hover.receive(reply)
            case Proposed() if self._is_shown(reply.image) and reply.model_key == self._model_key:
                self.everything.receive(reply)
            case Viewed():
                self._viewed(reply)
            case Encoded(image=image) if self._is_shown(image):
                self.is_encoded, self.progress = True, None
                self.closeups.encode_ms = reply.encode_ms or self.closeups.encode_ms
                self._tell(Changed("progress"))
            case JobProgress(request=LoadModel()):
                self._progressed(reply)
            case JobProgress(request=Encode(image=image)) if self._is_shown(image):
                self._progressed(reply)
            case ModelLoaded() | ModelUnloaded():
                self._model_changed(reply)
            case Failed():
                self._failed(reply)
            case _:
                pass

    def _viewed(self, reply: Viewed) -> None:
        if not self._is_shown(reply.image):
            return
        self._warn_of_another_picture(reply)
        self.closeups.is_huge = reply.shrink > 1
        height, width = reply.size
        self.project.image_table.note(
            reply.image.image_id,
            width=width,
            height=height,
            content_hash=reply.content_hash,
            size_bytes=reply.size_bytes,
            mtime_ns=reply.mtime_ns,
        )
        self._tell(Changed("image"))
        self._warn_of_the_disk()

    def _warn_of_another_picture(self, reply: Viewed) -> None:
        record = self.project.image(reply.image.image_id)
        count = self.objects.count
        is_another = (
            record.size_bytes not in (None, reply.size_bytes)
            if record.content_hash is None  # nobody has opened it yet: a scan told its size
            else record.content_hash != reply.content_hash
        )
        # what a hash is made of may change with the program: a file that nobody touched was not replaced
        is_touched = (record.size_bytes, record.mtime_ns) != (reply.size_bytes, reply.mtime_ns)
        if is_another and is_touched and count:
            name, masks = reply.image.name, f"{count} mask{'s' * (count > 1)}"
            self._tell(Notice(f"{name} was replaced after {masks} had been made on it: look at them.", problem=True))

    def _warn_of_the_disk(self) -> None:
        """Once, until something could be written again."""
        unsaved = self.project.deferred.reason
        if unsaved and not self._is_warned:
            cause = unsaved.split(". ")[0].rstrip(".")
            self._tell(
                Notice(f"{cause}. The images can be looked at; what was found out is saved later.", problem=True)
            )
        self._is_warned = bool(unsaved)

    def _progressed(self, reply: JobProgress) -> None:
        self.progress = reply
        self._tell(Changed("progress"))

    def _model_changed(self, reply: ModelLoaded | ModelUnloaded) -> None:
        """The object in the making is asked again of the new model; the old one's logits mean nothing to it."""
        before = self._model_key
        self.model = reply if isinstance(reply, ModelLoaded) else None
        self.failure, self.progress, self.is_encoded = None, None, False
        if self._model_key != before:
            self.closeups.forget()
            self.closeups.encode_ms = 0.0
            self.hover.leave()
            self.everything.stop()
        if before and self.model and self._model_key != before and self.draft.is_live and not self.draft.is_unchanged:
            self._ask_the_whole()
            self._tell(Changed("proposal"))
        self._tell(Changed("model"))

    def _failed(self, reply: Failed) -> None:
        said = self.unreadable or (self.failure.sentence if self.failure else "")
        match reply.request:
            case RegionView(image=image) if self._is_shown(image):
                self.unreadable = reply.sentence
                self._tell(Changed("image"))
                return  # the canvas shows it
            case LoadModel():
                self.failure, self.progress = reply, None
            case Encode(image=image) if self._is_shown(image):
                self.failure, self.progress = reply, None
            case RegionView() | Encode():
                return  # of another image: opening it tells again
            case Decode() as request:
                self._decode_failed(request)
            case Propose(image=image) if self._is_shown(image):
                self.everything.failed()
            case DecodeHover() | Propose():
                return  # the mouse moves on
            case _:
                pass
        if reply.sentence != said:
            self._tell(Notice(reply.sentence, problem=True, details=reply.details))
        self._tell(Changed("progress"))

    def _project_changed(self, changes: ChangeSet) -> None:
        if any(isinstance(change.before or change.after, Category) for change in changes.changes):
            self._tell(Changed("category"))
        self.objects.forget_deleted()
        self.everything.refresh()
