"""The object in the making on the image now shown: from the first click to the row of the project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

from app.engine.requests import Decode, Decoded, Glimpsed, ImageRef, ModelLoaded, Proposal, Submit
from app.labeling.candidates import Ring
from app.labeling.classes import Classes
from app.labeling.crosshair import Crosshair
from app.labeling.draft import Attempt, Draft
from app.labeling.effort import Effort
from app.labeling.events import Changed, Notice, SessionEvent
from app.labeling.everything import Everything
from app.labeling.hover import Hover
from app.labeling.objects import Objects
from app.labeling.saving import Accepted, resumed, save, save_findings, taken
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Category, ChangeSet, ImageRecord
from app.project.store import Project
from app.sam.types import Prompt

_revisions = count(1)
"""Of the whole program: an answer to a project that was closed meanwhile fits no other."""


class Making:
    """Owns the draft and its revisions. Session adds the way from image to image, undo, and all other replies."""

    def __init__(self, project: Project, engine: Submit, clock: Callable[[], float]) -> None:
        self.project = project
        self.classes = Classes(project, self._tell)
        self.objects = Objects(project, self._tell)
        self.crosshair = Crosshair(self._tell)
        self.everything = Everything(self.objects, engine, self._tell)
        self.hover = Hover(self.everything, engine, self._tell)
        self.draft = Draft()
        self.image_id: int | None = None
        self.unreadable = ""
        """Why the image cannot be shown; "" when it can."""
        self.model: ModelLoaded | None = None
        self._engine = engine
        self._effort = Effort(clock)
        self._listeners: list[Callable[[SessionEvent], None]] = []
        self._in_advance: dict[int, Accepted] = {}
        self._parked: defaultdict[int, list[Draft]] = defaultdict(list)

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

    # --- pointing ------------------------------------------------------------------------------------------------

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
        self._ask(*self.draft.pointed(points, self._model_key, positive=positive))

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
        self._ask(*self.draft.boxed((left, top, right, bottom), self._model_key))

    def take(self, x: float, y: float) -> bool:
        """Makes what everything mode found at this pixel the object in the making, with all that lies around it as
        further candidates. False when nothing was found there, or another object is in the making."""
        found = [] if self.draft.is_live else self.everything.at(x, y)
        if found:
            self.objects.select(None)
            self._effort.touch()
            self.draft = taken(found, (x, y), next(_revisions), self._model_key)
            self.hover.leave()
            self._tell(Changed("proposal"))
        return bool(found)

    def accept_findings(self) -> ChangeSet | None:
        """All that everything mode found, as one step."""
        findings = self.everything.findings
        if not findings or self.image_id is None:
            self._tell(Notice("There is nothing to accept: look for everything first."))
            return None
        self.everything.stop()
        category_id = self.classes.current.id if self.classes.current else None
        changes = save_findings(self.project, self.classes, self.image_id, findings, category_id, self._model_key)
        self._tell(Notice(f"Accepted {len(findings)} object{'s' * (len(findings) > 1)}.", undoable=True))
        return changes

    def back(self) -> None:
        """Takes back the last click: mask, candidates and previous logits are those before it."""
        if not self.draft.is_live:
            return
        draft = self.draft.back()
        self.draft = Draft() if draft.resumed is not None and not draft.is_live else draft
        self._refresh()

    def discard(self) -> None:
        """Nothing in the making any more; a resumed object stays as it was saved. Else nothing is selected; else what
        everything mode found goes."""
        if self.draft.is_live:
            self._begin()
        elif self.objects.selection:
            self.objects.select(None)
        else:
            self.everything.clear()

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
        self.hover.leave()
        self.draft = resumed(saved, next(_revisions))
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
        if self.unreadable:
            self._tell(Notice(self.unreadable, problem=True))
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
        """A new object, or one that waits here to be finished."""
        self.draft = self._unparked()
        self._effort.start()
        self._tell(Changed("proposal"))

    def _unparked(self) -> Draft:
        waiting = self._parked[self.image_id] if self.image_id is not None else []
        return waiting.pop() if waiting else Draft()

    def _ask(self, prompt: Prompt, seed: Mask | None) -> None:
        self.objects.select(None)
        self._effort.touch()
        self.draft = self.draft.extended(self._submitted(prompt, seed))
        self._tell(Changed("proposal"))

    def _submitted(self, prompt: Prompt, seed: Mask | None) -> Attempt:
        assert self.image_id is not None
        revision = next(_revisions)
        self._engine.submit(Decode(self._ref(self.image_id), revision, prompt, seed))
        return Attempt(revision, prompt, seed)

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
            changes = save(self.project, self.classes, self._accepted())
            self._begin()
            return changes
        return None

    def _accepted(self) -> Accepted:
        assert self.image_id is not None
        self._effort.touch()
        category_id = self.category.id if self.category else None
        milliseconds = self.draft.milliseconds + self._effort.milliseconds
        return Accepted(self.image_id, self.draft, category_id, milliseconds)

    def _accept_in_advance(self) -> None:
        accepted = self._accepted()
        top = self.draft.attempts[-1]
        self._in_advance[top.revision] = accepted
        ref = self._ref(accepted.image_id)
        self._engine.submit(Decode(ref, top.revision, top.prompt, top.seed, keep=True))
        self._begin()

    def _settle(self, accepted: Accepted, reply: Decoded) -> None:
        """The mask of an object that was accepted in advance is there."""
        draft = accepted.draft.answered(reply.revision, Ring(reply.proposals), reply.model_key)
        assert draft is not None
        try:
            if draft.proposal is None or not reply.proposals:
                raise Problem("The model found nothing at the object that was accepted in advance.")
            save(self.project, self.classes, replace(accepted, draft=draft))
        except Problem:
            self._give_back(accepted, draft)
            raise
        self._tell(Changed("proposal"))

    def _give_back(self, accepted: Accepted, draft: Draft) -> None:
        """It could not be saved: it is in the making again, as soon as nothing else is."""
        self._parked[accepted.image_id].append(replace(draft, milliseconds=accepted.milliseconds))
        if not self.draft.is_live:
            self._begin()

    # --- answers -------------------------------------------------------------------------------------------------

    def _decoded(self, reply: Decoded) -> None:
        accepted = self._in_advance.pop(reply.revision, None)
        if accepted is not None:
            self._settle(accepted, reply)
            return
        if not self._is_shown(reply.image) or reply.model_key != self._model_key:
            return
        draft = self.draft.answered(reply.revision, Ring(reply.proposals), reply.model_key)
        if draft is None:
            return
        self.draft = draft
        self.hover.leave()  # not before: until then it shows what is coming
        if not draft.is_waiting and not reply.proposals:
            self._tell(Notice("The model found nothing there. Click again, or take the click back."))
        self._tell(Changed("proposal"))

    def _glimpsed(self, reply: Glimpsed) -> None:
        """Good to look at and to accept; the others come in a moment."""
        draft = self.draft.answered(reply.revision, Ring((reply.proposal,), is_whole=False), reply.model_key)
        if draft is not None:
            self.draft = draft
            self.hover.leave()
            self._tell(Changed("proposal"))

    def _decode_failed(self, request: Decode) -> None:
        """The click stays where it is, without a mask."""
        accepted = self._in_advance.pop(request.revision, None)
        if accepted is not None:
            self._give_back(accepted, accepted.draft.answered(request.revision, Ring(), "") or accepted.draft)
        draft = self.draft.answered(request.revision, Ring(), "")
        if draft is not None:
            self.draft = draft
            self._tell(Changed("proposal"))

    def _is_shown(self, image: ImageRef) -> bool:
        """The id alone is not enough: it may be of a project that was closed meanwhile."""
        return self.image_id is not None and image == self._ref(self.image_id)

    def _ref(self, image_id: int) -> ImageRef:
        return ImageRef(image_id, self.project.image_path(self.project.image(image_id)))

    def _tell(self, event: SessionEvent) -> None:
        for listener in self._listeners:
            listener(event)
