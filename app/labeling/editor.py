"""Asking the engine about the image now shown: prompts go out, answers come into the draft."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from app.engine.requests import Decode, Decoded, FirstCandidate, ImageRef, ModelLoaded, Proposal, Submit
from app.labeling.candidates import Ring
from app.labeling.classes import Classes
from app.labeling.closeups import Closeups
from app.labeling.crosshair import Crosshair
from app.labeling.draft import Attempt, Closer, Draft
from app.labeling.effort import Effort
from app.labeling.events import Changed, Notice, SessionEvent, What
from app.labeling.everything import Everything
from app.labeling.hover import Hover
from app.labeling.objects import PAST, Objects
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Category, ImageRecord
from app.project.store import Project
from app.project.whereabouts import Unasked
from app.sam.closeup import Closeup, box_around
from app.sam.types import Prompt, Size

revisions = count(1)
"""Of the whole program: an answer to a project that was closed meanwhile fits no other."""


class Asking:
    """Owns the draft and its revisions. Making adds accepting, Session the way from image to image."""

    def __init__(self, project: Project, engine: Submit, clock: Callable[[], float]) -> None:
        self.project = project
        self.classes = Classes(project, self._tell)
        self.objects = Objects(project, self._tell)
        self.crosshair = Crosshair(self._tell)
        self.everything = Everything(self.objects, engine, self._tell)
        self.hover = Hover(self.everything, engine, self._tell)
        self.closeups = Closeups()
        self.draft = Draft()
        self.image_id: int | None = None
        self.unreadable = ""
        """Why the image cannot be shown; "" when it can."""
        self.model: ModelLoaded | None = None
        self._engine = engine
        self._effort = Effort(clock)
        self._listeners: list[Callable[[SessionEvent], None]] = []

    def subscribe(self, listener: Callable[[SessionEvent], None]) -> None:
        self._listeners.append(listener)

    def on(self, *what: What, do: Callable[[], object]) -> Callable[[], None]:
        """Calls `do` whenever one of these parts of the session changed. Returns what ends it."""

        def listener(event: SessionEvent) -> None:
            if isinstance(event, Changed) and event.what in what:
                do()

        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

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
        closeup = self._closeup_for(points)
        self._ask(*self.draft.pointed(points, self._model_key, closeup, positive=positive), closeup)

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
        closeup = self._closeup_for([(left, top), (right, bottom)])
        self._ask(*self.draft.boxed((left, top, right, bottom), self._model_key, closeup), closeup)

    def back(self) -> None:
        """Takes back the last click: mask, candidates and previous logits are those before it."""
        if not self.draft.is_live:
            return
        draft = self.draft.back()
        self.draft = Draft() if draft.resumed is not None and not draft.is_live else draft
        self._refresh()

    def next_candidate(self, step: int = 1) -> None:
        if self.draft.is_live and not self.draft.is_waiting:
            self._choose(self.ring.turned(step))

    def choose_candidate(self, index: int) -> None:
        if self.draft.is_live and not self.draft.is_waiting:
            self._choose(self.ring.chosen(index))

    def move_crosshair(self, dx: float, dy: float) -> None:
        """In image pixels."""
        size = self._size()
        if size is not None:
            self.crosshair.move(dx, dy, size)

    @property
    def _image_size(self) -> Size:
        image = self.image
        return (0, 0) if image is None else (image.height or 0, image.width or 0)

    def _choose(self, ring: Ring) -> None:
        self.draft = self.draft.with_ring(ring)
        self._effort.touch()
        self._tell(Changed("proposal"))

    def _size(self) -> tuple[int, int] | None:
        """(width, height), or None with a word to the person."""
        image = self.image
        if image is None:
            return None
        if self.unreadable:
            self._tell(Notice(self.unreadable, problem=True))
            return None
        if self.objects.past is not None:
            self._tell(Notice(PAST))
            return None
        if image.width is None or image.height is None:
            self._tell(Notice("The image is still being read."))
            return None
        return image.width, image.height

    @property
    def _model_key(self) -> str:
        return self.model.model_key if self.model else ""

    def _closeup_for(self, points: Sequence[tuple[float, float]]) -> Closeup | None:
        """An object is made where it was begun, as long as what is pointed at lies there."""
        if not self.draft.is_live:
            return self.closeups.here(points, self._image_size)
        shown = self.draft.proposal
        closeup = shown.closeup if shown else None
        return closeup if closeup and closeup.holds(box_around((x, y, x, y) for x, y in points)) else None

    def _ask(self, prompt: Prompt, seed: Mask | None, closeup: Closeup | None) -> None:
        self.objects.select(None)
        self._effort.touch()
        self.draft = self.draft.extended(self._submitted(prompt, seed, closeup))
        self._tell(Changed("proposal"))

    def _submitted(self, prompt: Prompt, seed: Mask | None, closeup: Closeup | None) -> Attempt:
        assert self.image_id is not None
        revision = next(revisions)
        self._engine.submit(Decode(self._ref(self.image_id, closeup), revision, prompt, seed))
        return Attempt(revision, prompt, seed, closeup=closeup)

    def _refresh(self) -> None:
        """After a step back or a return: an answer that was skipped because it had been superseded is asked for."""
        if self.draft.is_waiting:
            self._ask_again()
        elif self.draft.is_sharpening:
            self.draft = self.draft.sharpening(None)
            self._look_closer()
        self._tell(Changed("proposal"))

    def _ask_again(self) -> None:
        top = self.draft.attempts[-1]
        self.draft = self.draft.asked_again(self._submitted(top.prompt, top.seed, top.closeup))

    def _ask_the_whole(self) -> None:
        """What the answer was to means nothing to another model, or to the whole image."""
        self._ask_anew(None)

    def _ask_anew(self, closeup: Closeup | None) -> None:
        top = self.draft.attempts[-1]
        self.draft = self.draft.asked_again(self._submitted(top.prompt.with_logits(None), top.seed, closeup))

    def _look_closer(self) -> None:
        """The answer that is there stays until a better one is."""
        top, shown = self.draft.attempts[-1], self.draft.proposal
        if shown is None or shown.candidate is None or self.image_id is None:
            return
        closeup = self.closeups.around(shown, top.prompt)
        if closeup is not None and closeup != shown.closeup:
            asked = self._submitted(top.prompt.with_logits(None), top.seed, closeup)
            self.draft = self.draft.sharpening(Closer(asked.revision, closeup))

    # --- answers -------------------------------------------------------------------------------------------------

    def _decoded(self, reply: Decoded) -> None:
        if not self._is_shown(reply.image) or reply.model_key != self._model_key:
            return
        closeup, ring = reply.image.closeup, Ring(reply.proposals)
        if closeup is not None:
            self.closeups.remember(closeup)
        draft = self.draft.answered(reply.revision, ring, reply.model_key)
        if draft is None:
            self._sharpened(reply.revision, ring)
            return
        self.draft = draft
        if reply.revision == draft.attempts[-1].revision:
            if closeup is not None and (draft.proposal is None or draft.proposal.is_cut):
                self._ask_anew(self.closeups.wider(closeup))
                return
            self._look_closer()
        self.hover.leave()  # not before: until then it shows what is coming
        if not draft.is_waiting and not reply.proposals:
            self._tell(Notice("The model found nothing there. Click again, or take the click back."))
        self._tell(Changed("proposal"))

    def _sharpened(self, revision: int, ring: Ring) -> None:
        """Perhaps still closer: who zoomed in a little may have meant something very small."""
        draft = self.draft.sharpened(revision, ring)
        if draft is not None:
            self.draft = draft
            if ring.proposals and draft.proposal in ring.proposals and not draft.is_waiting:
                self._look_closer()
            self._tell(Changed("proposal"))

    def _glimpsed(self, reply: FirstCandidate) -> None:
        """Good to look at and to accept; the others come in a moment."""
        if reply.proposal.is_cut:
            return
        draft = self.draft.answered(reply.revision, Ring((reply.proposal,), is_whole=False), reply.model_key)
        if draft is not None:
            self.draft = draft
            self.hover.leave()
            self._tell(Changed("proposal"))

    def _decode_failed(self, request: Decode) -> None:
        """The click stays where it is, without a mask."""
        draft = self.draft.answered(request.revision, Ring(), "") or self.draft.sharpened(request.revision, Ring())
        if draft is not None:
            self.draft = draft
            self._tell(Changed("proposal"))

    def _is_shown(self, image: ImageRef) -> bool:
        """The id alone is not enough: it may be of a project that was closed meanwhile."""
        return self.image_id is not None and image.whole == self._ref_or_why_not(self.image_id)

    def _ref(self, image_id: int, closeup: Closeup | None = None) -> ImageRef:
        return ImageRef(image_id, self.project.image_path(self.project.image(image_id)), closeup)

    def _ref_or_why_not(self, image_id: int) -> ImageRef | str:
        """A sentence when the image may not be looked at."""
        record = self.project.image(image_id)
        try:
            return ImageRef(image_id, self.project.image_path(record))
        except Unasked:
            return "The image was not looked at yet."
        except Problem as problem:
            return str(problem)

    def _tell(self, event: SessionEvent) -> None:
        for listener in list(self._listeners):
            listener(event)
