"""The labelling session: which image, which object in the making, what the next key does to it.

It owns the draft, the revision and the current image; the project owns the rows; the engine answers later. Lives on
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
from dataclasses import dataclass, replace
from typing import Any, Protocol

from app.engine.requests import (
    Decode,
    Decoded,
    Encode,
    Encoded,
    Failed,
    ImageRef,
    LoadModel,
    ModelLoaded,
    ModelUnloaded,
    Progress,
    Proposal,
    Reply,
    Request,
    UnloadModel,
    View,
    Viewed,
)
from app.labeling.candidates import Ring
from app.labeling.classes import Classes
from app.labeling.crosshair import Crosshair
from app.labeling.draft import Attempt, Draft
from app.labeling.effort import Effort
from app.labeling.events import Changed, Notice, SessionEvent
from app.labeling.objects import Objects
from app.labeling.provenance import prompt_of, provenance
from app.masks.outlines import outlines
from app.masks.rle import Mask
from app.problem import Problem
from app.project.store import Project
from app.project.records import Annotation, Category, ChangeSet, ImageRecord, ImageStatus
from app.sam.types import Prompt

AHEAD = 2
"""So many images are encoded in advance, in the direction of travel."""


class Submit(Protocol):
    """The engine, as far as the session knows it."""

    def submit(self, request: Request) -> None: ...


@dataclass(frozen=True, eq=False)
class _Accepted:
    """A draft that the person accepted, perhaps before its mask was there."""

    image_id: int
    draft: Draft
    category_id: int | None
    milliseconds: int


class Session:
    def __init__(self, project: Project, engine: Submit, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.project = project
        self.classes = Classes(project, self._tell)
        self.objects = Objects(project, self._tell)
        self.model: ModelLoaded | None = None
        self.draft = Draft()
        self.image_id: int | None = None
        self.failure: Failed | None = None
        """Why the image cannot be shown or encoded, or the model not be loaded; None when all is well."""
        self.progress: Progress | None = None
        """Of the model load or of encoding this image, while it runs."""
        self.is_encoded = False
        self.crosshair = Crosshair(self._tell)
        self._engine = engine
        self._effort = Effort(clock)
        self._listeners: list[Callable[[SessionEvent], None]] = []
        self._revision = 0
        self._direction = 1
        self._in_advance: dict[int, _Accepted] = {}
        self._parked: dict[int, Draft] = {}
        project.subscribe(self._project_changed)

    def subscribe(self, listener: Callable[[SessionEvent], None]) -> None:
        self._listeners.append(listener)

    # --- what the window asks ------------------------------------------------------------------------------------

    @property
    def image(self) -> ImageRecord | None:
        return None if self.image_id is None else self.project.image(self.image_id)

    @property
    def prompt(self) -> Prompt:
        return self.draft.prompt

    @property
    def ring(self) -> Ring:
        return self.draft.ring

    @property
    def proposal(self) -> Proposal | None:
        return self.draft.proposal

    @property
    def is_waiting(self) -> bool:
        """For an answer; the ring shown meanwhile belongs to an older prompt."""
        return self.draft.is_waiting

    @property
    def accepted_in_advance(self) -> int:
        """So many masks are still to come and will be saved as soon as they do."""
        return len(self._in_advance)

    @property
    def category(self) -> Category | None:
        """The class that the object in the making gets when it is accepted."""
        if self.draft.resumed is None:
            return self.classes.current
        return next((c for c in self.classes.all() if c.id == self.draft.category_id), None)

    def bbox_of_interest(self) -> tuple[float, float, float, float] | None:
        """x, y, width, height of the proposal, else of the selected objects; None when there is neither."""
        if self.proposal is not None:
            region = self.proposal.region
            return region.x, region.y, region.pixels.shape[1], region.pixels.shape[0]
        boxes = [a.mask.bbox for a in self.objects.selected()]
        if not boxes:
            return None
        left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
        return left, top, max(b[0] + b[2] for b in boxes) - left, max(b[1] + b[3] for b in boxes) - top

    # --- images --------------------------------------------------------------------------------------------------

    def open_image(self, image_id: int) -> None:
        if image_id == self.image_id:
            return
        order = self._order()
        if self.image_id in order and image_id in order:
            self._direction = 1 if order.index(image_id) > order.index(self.image_id) else -1
        self._leave()
        self._enter(image_id)

    def next_image(self, step: int = 1, *, unfinished: bool = False) -> None:
        """step: +1 or -1. unfinished: the nearest one that is not done."""
        images = self.project.images()
        start = next((i for i, image in enumerate(images) if image.id == self.image_id), -step)
        travel = images[start + 1 :] if step > 0 else images[:start][::-1]
        found = next((i for i in travel if not unfinished or i.status != "done"), None)
        if found is None:
            what = "unfinished image" if unfinished else "image"
            self._tell(Notice(f"This is the {'last' if step > 0 else 'first'} {what}."))
            return
        self.open_image(found.id)

    def set_status(self, status: ImageStatus) -> ChangeSet | None:
        image = self.image
        if image is None or image.status == status:
            return None
        with self.project.step("Mark done" if status == "done" else "Mark not done") as step:
            step.put(replace(image, status=status))
        return step.changes

    def mark_done_and_next(self) -> None:
        self.set_status("done")
        self.next_image(unfinished=True)

    def load_model(self, name: str) -> None:
        self._engine.submit(LoadModel(name))

    def unload_model(self) -> None:
        self._engine.submit(UnloadModel())

    def _leave(self) -> None:
        if self.draft.is_live and not self.draft.is_unchanged and self.image_id is not None:
            self._effort.touch()
            milliseconds = self.draft.milliseconds + self._effort.milliseconds
            self._parked[self.image_id] = replace(self.draft, milliseconds=milliseconds)
            self._tell(Notice("The mask was not accepted; it waits on its image."))
        self.draft = Draft()

    def _enter(self, image_id: int) -> None:
        self.image_id, self.failure, self.progress, self.is_encoded = image_id, None, None, False
        self.crosshair.hide()
        self.objects.show(image_id)
        self._effort.start()
        ref = self._ref(image_id)
        self._engine.submit(View(ref))
        self._engine.submit(Encode(ref, self._ahead()))
        self.draft = self._parked.pop(image_id, Draft())
        self._tell(Changed("image"))
        self._refresh()

    def _order(self) -> list[int]:
        return [image.id for image in self.project.images()]

    def _ahead(self) -> tuple[ImageRef, ...]:
        order = self._order()[:: self._direction]
        here = order.index(self.image_id) if self.image_id in order else -1
        return tuple(self._ref(i) for i in order[here + 1 : here + 1 + AHEAD])

    def _ref(self, image_id: int) -> ImageRef:
        return ImageRef(image_id, self.project.image_path(self.project.image(image_id)))

    # --- the object in the making --------------------------------------------------------------------------------

    def add_point(self, x: float, y: float, *, positive: bool = True) -> None:
        """x, y in image pixels. Outside the image it does nothing but say so."""
        self.add_points([(x, y)], positive=positive)

    def add_points(self, points: Sequence[tuple[float, float]], *, positive: bool = True) -> None:
        """All of them at once: a lasso of points is one prompt and one step back."""
        size = self._size()
        if size is None:
            return
        width, height = size
        if not all(0 <= x < width and 0 <= y < height for x, y in points):
            self._tell(Notice("That is outside the image."))
            return
        prompt, seed = self.draft.basis(self._model_key)
        for x, y in points:
            prompt = prompt.with_point(x, y, positive=positive)
        self._ask(prompt, seed)

    def add_box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Corners in any order, cut at the border of the image. Less than a pixel wide or high: a positive click."""
        size = self._size()
        if size is None:
            return
        width, height = size
        left, right = sorted((min(max(x0, 0), width), min(max(x1, 0), width)))
        top, bottom = sorted((min(max(y0, 0), height), min(max(y1, 0), height)))
        if right - left < 1 or bottom - top < 1:
            self.add_point(x0, y0)
            return
        prompt, seed = self.draft.basis(self._model_key)
        if prompt.box is not None:  # another box does not extend the old prompt: its logits would hold it back
            prompt, seed = prompt.with_logits(None), None
        self._ask(prompt.with_box(left, top, right, bottom), seed)

    def back(self) -> None:
        """Takes back the last click: mask, candidates and previous logits are those before it."""
        if not self.draft.is_live:
            return
        draft = self.draft.back()
        self.draft = Draft() if draft.resumed is not None and not draft.is_live else draft
        self._refresh()

    def discard(self) -> None:
        """Nothing in the making any more; a resumed object stays as it was saved. Otherwise nothing is selected."""
        if self.draft.is_live:
            self._begin()
        else:
            self.objects.select(None)

    def next_candidate(self, step: int = 1) -> None:
        if self.draft.is_live and not self.draft.is_waiting:
            self._choose(self.ring.turned(step))

    def choose_candidate(self, index: int) -> None:
        if self.draft.is_live and not self.draft.is_waiting:
            self._choose(self.ring.chosen(index))

    def resume(self, annotation_id: int) -> None:
        """Picks a saved object up again: its mask and its prompts come back; accepting replaces it."""
        saved = next((a for a in self.objects.all() if a.id == annotation_id), None)
        if saved is None:
            return
        self.objects.select(None)
        self._revision += 1
        shown = Ring((_proposal_of(saved),))
        attempt = Attempt(self._revision, prompt_of(saved.provenance), ring=shown)
        self.draft = Draft(attempts=(attempt,), resumed=saved, category_id=saved.category_id)
        self._effort.start()
        self._tell(Changed("proposal"))

    def set_category(self, category_id: int) -> None:
        """Of the object in the making, else of the selection, else of the next object."""
        if self.draft.resumed is not None:
            self.draft = replace(self.draft, category_id=category_id)
            self._tell(Changed("category"))
        elif self.draft.is_live or not self.objects.selection:
            self.classes.choose(category_id)
        else:
            self.objects.set_category(category_id)

    def move_crosshair(self, dx: float, dy: float) -> None:
        """In image pixels."""
        size = self._size()
        if size is not None:
            self.crosshair.move(dx, dy, size)

    @property
    def _model_key(self) -> str:
        return self.model.model_key if self.model else ""

    def _size(self) -> tuple[int, int] | None:
        """(width, height), or None with a word to the person."""
        image = self.image
        if image is None:
            return None
        if self.failure is not None and isinstance(self.failure.request, View):
            self._tell(Notice(self.failure.sentence, problem=True))
            return None
        if image.width is None or image.height is None:
            self._tell(Notice("The image is still being read."))
            return None
        return image.width, image.height

    def _choose(self, ring: Ring) -> None:
        self.draft = self.draft.with_ring(ring)
        self._effort.touch()
        self._tell(Changed("proposal"))

    def _begin(self) -> None:
        """A new object."""
        self.draft = Draft()
        self._effort.start()
        self._tell(Changed("proposal"))

    def _ask(self, prompt: Prompt, seed: Mask | None) -> None:
        self.objects.select(None)
        self._effort.touch()
        self.draft = self.draft.extended(self._submitted(prompt, seed))
        self._tell(Changed("proposal"))

    def _submitted(self, prompt: Prompt, seed: Mask | None) -> Attempt:
        assert self.image_id is not None
        self._revision += 1
        self._engine.submit(Decode(self._ref(self.image_id), self._revision, prompt, seed))
        return Attempt(self._revision, prompt, seed)

    def _refresh(self) -> None:
        """After a step back or a return: an answer that was skipped because it had been superseded is asked for."""
        if self.draft.is_waiting:
            self._ask_again()
        self._tell(Changed("proposal"))

    def _ask_again(self, *, keep_logits: bool = True) -> None:
        top = self.draft.attempts[-1]
        prompt = top.prompt if keep_logits else top.prompt.with_logits(None)
        self.draft = self.draft.asked_again(self._submitted(prompt, top.seed))

    # --- accepting -----------------------------------------------------------------------------------------------

    def accept(self) -> ChangeSet | None:
        """Saves the chosen candidate as one step. None when there is nothing to save, or not yet."""
        draft = self.draft
        if not draft.is_live:
            self._tell(Notice("Nothing to accept yet: click on an object first."))
        elif draft.is_unchanged:
            self._begin()
        elif draft.is_waiting:
            self._accept_in_advance()
        elif draft.proposal is None:
            self._tell(Notice("There is no mask to accept: the model found nothing there."))
        else:
            changes = self._save(self._accepted(), draft.proposal, draft.attempts[-1])
            self._begin()
            return changes
        return None

    def accept_and_next(self) -> None:
        """Moves on only when nothing is left behind."""
        self.accept()
        if not self.draft.is_live:
            self.next_image()

    def _accepted(self) -> _Accepted:
        assert self.image_id is not None
        self._effort.touch()
        category_id = self.category.id if self.category else None
        milliseconds = self.draft.milliseconds + self._effort.milliseconds
        return _Accepted(self.image_id, self.draft, category_id, milliseconds)

    def _accept_in_advance(self) -> None:
        accepted = self._accepted()
        top = self.draft.attempts[-1]
        self._in_advance[top.revision] = accepted
        ref = self._ref(accepted.image_id)
        self._engine.submit(Decode(ref, top.revision, top.prompt, top.seed, keep=True))
        self._begin()

    def _settle(self, accepted: _Accepted, reply: Decoded) -> None:
        """The mask of an object that was accepted in advance is there."""
        draft = accepted.draft.answered(reply.revision, Ring(reply.proposals), reply.model_key)
        assert draft is not None
        try:
            if draft.proposal is None or not reply.proposals:
                raise Problem("The model found nothing at the object that was accepted in advance.")
            self._save(accepted, draft.proposal, draft.attempts[-1])
        except Problem:
            self._give_back(accepted, draft)
            raise
        self._tell(Changed("proposal"))

    def _give_back(self, accepted: _Accepted, draft: Draft) -> None:
        """It could not be saved: it is in the making again, unless another one is by now."""
        if accepted.image_id != self.image_id:
            self._parked.setdefault(accepted.image_id, draft)
        elif not self.draft.is_live:
            self.draft = draft
            self._tell(Changed("proposal"))

    def _save(self, accepted: _Accepted, proposal: Proposal, attempt: Attempt) -> ChangeSet:
        draft, resumed = accepted.draft, accepted.draft.resumed
        with self.project.step("Refine mask" if resumed else "Accept mask") as step:
            row = Annotation(
                id=0,
                image_id=accepted.image_id,
                category_id=self.classes.for_accept(step, accepted.category_id),
                mask=Mask.from_region(proposal.region),
                provenance=provenance(proposal, attempt),
                clicks=draft.clicks,
                milliseconds=accepted.milliseconds,
            )
            if resumed is None:
                step.add(row)
            else:
                step.put(_refined(resumed, row))
        return step.changes

    # --- undo ----------------------------------------------------------------------------------------------------

    def undo(self) -> None:
        if self.draft.is_live:
            self.back()
        else:
            self.draft = Draft()  # clicks taken back before are older than what is undone now
            self._show_change(self.project.undo(), "Nothing to undo.")

    def redo(self) -> None:
        if self.draft.undone:
            self.draft = self.draft.forward()
            self._refresh()
        else:
            self._show_change(self.project.redo(), "Nothing to redo.")

    def _show_change(self, changes: ChangeSet | None, otherwise: str) -> None:
        """The person sees what was undone: the image that changed is opened."""
        if changes is None:
            self._tell(Notice(otherwise))
            return
        touched = [i for i in map(_image_of, _rows(changes)) if i is not None and i in self._order()]
        if touched and self.image_id not in touched:
            self.open_image(touched[0])

    # --- what arrives --------------------------------------------------------------------------------------------

    def receive(self, reply: Reply) -> None:
        """Any reply of the engine, on the GUI thread; what is stale is dropped."""
        match reply:
            case Decoded():
                self._decoded(reply)
            case Viewed():
                self._viewed(reply)
            case Encoded(image=image) if image.image_id == self.image_id:
                self.is_encoded, self.progress = True, None
                self._tell(Changed("progress"))
            case Progress(request=LoadModel()):
                self._progressed(reply)
            case Progress(request=Encode(image=image)) if image.image_id == self.image_id:
                self._progressed(reply)
            case ModelLoaded() | ModelUnloaded():
                self._model_changed(reply)
            case Failed():
                self._failed(reply)
            case _:
                pass

    def _decoded(self, reply: Decoded) -> None:
        accepted = self._in_advance.pop(reply.revision, None)
        if accepted is not None:
            self._settle(accepted, reply)
            return
        if reply.image.image_id != self.image_id or reply.model_key != self._model_key:
            return
        draft = self.draft.answered(reply.revision, Ring(reply.proposals), reply.model_key)
        if draft is None:
            return
        self.draft = draft
        if not draft.is_waiting and not reply.proposals:
            self._tell(Notice("The model found nothing there. Click again, or take the click back."))
        self._tell(Changed("proposal"))

    def _viewed(self, reply: Viewed) -> None:
        image = self.image
        if image is None or reply.image.image_id != image.id:
            return
        height, width = reply.pixels.shape[:2]
        self.project.note_image(image.id, width=width, height=height, content_hash=reply.content_hash)
        self._tell(Changed("image"))

    def _progressed(self, reply: Progress) -> None:
        self.progress = reply
        self._tell(Changed("progress"))

    def _model_changed(self, reply: ModelLoaded | ModelUnloaded) -> None:
        """The object in the making is asked again of the new model; the old one's logits mean nothing to it."""
        before = self._model_key
        self.model = reply if isinstance(reply, ModelLoaded) else None
        self.progress, self.is_encoded, self.failure = None, False, None
        if before and self.model and self._model_key != before and self.draft.is_live and not self.draft.is_unchanged:
            self._ask_again(keep_logits=False)
            self._tell(Changed("proposal"))
        self._tell(Changed("model"))

    def _failed(self, reply: Failed) -> None:
        request = reply.request
        if isinstance(request, (View, Encode)):
            if request.image.image_id != self.image_id:
                return
            self.failure, self.progress = reply, None
        elif isinstance(request, LoadModel):
            self.failure, self.progress = reply, None
        elif isinstance(request, Decode):
            self._decode_failed(request)
        self._tell(Notice(reply.sentence, problem=True, details=reply.details))
        self._tell(Changed("progress"))

    def _decode_failed(self, request: Decode) -> None:
        """The click stays where it is, without a mask."""
        accepted = self._in_advance.pop(request.revision, None)
        if accepted is not None:
            self._give_back(accepted, accepted.draft)
        draft = self.draft.answered(request.revision, Ring(), "")
        if draft is not None:
            self.draft = draft
            self._tell(Changed("proposal"))

    def _project_changed(self, changes: ChangeSet) -> None:
        rows = list(_rows(changes))
        if any(isinstance(row, Category) for row in rows):
            self._tell(Changed("category"))
        self.objects.forget_deleted()
        resumed = self.draft.resumed
        if resumed is not None and not any(a.id == resumed.id for a in self.objects.all()):
            self.draft = replace(self.draft, resumed=None)  # deleted meanwhile: accepting makes a new one
            self._tell(Changed("proposal"))

    def _tell(self, event: SessionEvent) -> None:
        for listener in self._listeners:
            listener(event)


def _rows(changes: ChangeSet) -> list[Any]:
    return [row for c in changes.changes for row in (c.before, c.after) if row is not None]


def _image_of(row: object) -> int | None:
    match row:
        case Annotation(image_id=image_id):
            return image_id
        case ImageRecord(id=image_id):
            return image_id
        case _:
            return None


def _refined(saved: Annotation, row: Annotation) -> Annotation:
    """The saved object with the new mask; what was spent on it before still counts."""
    return replace(
        saved,
        category_id=row.category_id,
        mask=row.mask,
        provenance=row.provenance,
        clicks=saved.clicks + row.clicks,
        milliseconds=saved.milliseconds + row.milliseconds,
    )


def _proposal_of(saved: Annotation) -> Proposal:
    region = saved.mask.region()
    scores = saved.provenance
    return Proposal(region, outlines(region), scores.get("predicted_iou"), scores.get("stability_score"), None)
