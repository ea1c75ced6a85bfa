"""The object in the making on the image now shown: what the person does to it, from the first click to the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.engine.values import Proposal
from app.labeling.candidates import Ring
from app.labeling.class_steps import ClassSteps
from app.labeling.classes import Classes
from app.labeling.closeups import Closeups
from app.labeling.decoding import Decoding
from app.labeling.draft import Draft, Prompted, keeps_class
from app.labeling.drafts import Drafts
from app.labeling.events import Changed, Notice, Tell
from app.labeling.everything import Everything
from app.labeling.hover import Hover
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.labeling.saving import edited, resumed, stepped_back, taken
from app.masks.regions import decoded, tight
from app.masks.rle import Mask, Region
from app.masks.strokes import Stroke
from app.project.records import Category
from app.sam.closeup import Closeup, box_around
from app.sam.types import Prompt
from app.text import say


class Editor:
    """Points, boxes, masks made by hand, and the way back: each becomes a state of the draft."""

    def __init__(
        self,
        place: Place,
        drafts: Drafts,
        decoding: Decoding,
        *,
        objects: Objects,
        classes: Classes,
        everything: Everything,
        hover: Hover,
        closeups: Closeups,
        tell: Tell,
    ) -> None:
        self._place, self._drafts, self._decoding = place, drafts, decoding
        self._objects, self._classes, self._everything = objects, classes, everything
        self._hover, self._closeups, self._tell = hover, closeups, tell

    # --- what the window asks ------------------------------------------------------------------------------------

    @property
    def draft(self) -> Draft:
        """The object in the making; not live while there is none."""
        return self._drafts.draft

    @property
    def prompt(self) -> Prompt:
        """What was pointed at so far."""
        return self.draft.prompt

    @property
    def ring(self) -> Ring:
        """The candidates of the newest answer."""
        return self.draft.ring

    @property
    def proposal(self) -> Proposal | None:
        """The chosen candidate."""
        return self.draft.proposal

    @property
    def is_waiting(self) -> bool:
        """True while an answer is awaited; the ring shown meanwhile belongs to an older prompt."""
        return self.draft.is_waiting

    @property
    def category(self) -> Category | None:
        """The class that the object in the making gets when it is accepted."""
        draft = self.draft
        own = next((c for c in self._classes.all() if c.id == draft.category_id), None)
        return own if keeps_class(draft) else own or self._classes.current

    # --- beginning -----------------------------------------------------------------------------------------------

    def take(self, x: float, y: float) -> bool:
        """Makes what everything mode found at this pixel the object in the making.

        All that was found around it becomes a further candidate. Returns False when nothing was found there, or
        another object is in the making.
        """
        found = [] if self.draft.is_live else self._everything.at(x, y)
        if found:
            self._touch()
            self._hover.leave()
            self._drafts.change(taken(found, (x, y), self._place.model_key))
        return bool(found)

    def resume(self, annotation_id: int) -> None:
        """Picks a saved object up again: its mask and its prompts come back; accepting replaces it.

        What is in the making waits on the image meanwhile. Raises Problem while the past is shown.
        """
        self._place.writable()
        saved = next((a for a in self._objects.all() if a.id == annotation_id), None)
        in_hand = self.draft.resumed
        if saved is None or (in_hand is not None and in_hand.id == annotation_id):
            return
        self._drafts.park()
        self._objects.select(None)
        self._hover.leave()
        self._drafts.draft = resumed(saved)
        self._drafts.effort.start()
        self._tell(Changed("proposal"))

    def discard(self) -> None:
        """Drops the object in the making; a resumed one stays as it was saved. One that waits here is taken up. Undo
        brings it back, as long as nothing else was changed."""
        self._drafts.drop()

    def set_category(self, category_id: int) -> None:
        """Chooses the class that a resumed or carried object gets when it is accepted."""
        draft = self.draft
        is_another = draft.is_live and category_id != draft.category_id
        classes = draft.classes.chosen(draft.top.number, draft.category_id) if is_another else draft.classes
        self._drafts.draft = replace(draft, category_id=category_id, classes=classes)
        self._tell(Changed("category"))

    def take_class_back(self) -> None:
        """Gives it the class again that it had before, where `has_new_class`."""
        self._drafts.draft = _with_class(self.draft, *self.draft.classes.taken_back(self.draft.category_id))
        self._tell(Changed("category"))

    # --- pointing ------------------------------------------------------------------------------------------------

    def point(self, x: float, y: float, *, positive: bool = True) -> None:
        """Clicks at x, y in image pixels: part of the object, or not. Outside the image it does nothing but say so."""
        self.points([(x, y)], positive=positive)

    def points(self, points: Sequence[tuple[float, float]], *, positive: bool = True) -> None:
        """Clicks at all of them at once: a lasso of points is one prompt and one step back."""
        size = self._place.size()
        if size is None:
            return
        width, height = size
        if not all(0 <= x < width and 0 <= y < height for x, y in points):
            self._tell(Notice(say("That is outside the image.")))
            return
        closeup = self._closeup_for(points)
        self._ask(self.draft.pointed(points, self._place.model_key, closeup, positive=positive))

    def box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draws a box: corners in any order, cut at the border. Less than a pixel wide or high: a positive click."""
        size = self._place.size()
        if size is None:
            return
        width, height = size
        left, right = sorted((min(max(x0, 0), width), min(max(x1, 0), width)))
        top, bottom = sorted((min(max(y0, 0), height), min(max(y1, 0), height)))
        if right - left < 1 or bottom - top < 1:
            self.point(x0, y0)
            return
        closeup = self._closeup_for([(left, top), (right, bottom)])
        self._ask(self.draft.boxed((left, top, right, bottom), self._place.model_key, closeup))

    def edit(self, mask: Region | Mask, by: str, *, stroke: Stroke | None = None, painted: int = 0) -> None:
        """Makes a mask that was made by hand the newest state of the object, without asking the model.

        by: what it was made with, in a word ("brush"); it is kept with the saved object. The next click goes on from
        this mask. stroke: that painted it, if one did, over so many pixels. Raises ValueError when the mask is of
        another size than the image.
        """
        size = self._place.size()
        if size is None:
            return
        region = tight(decoded(mask) if isinstance(mask, Mask) else mask)
        if region.image_size != (size[1], size[0]):
            raise ValueError(f"a mask of {region.image_size} for an image of {(size[1], size[0])}")
        if not region.pixels.size:
            if not self.draft.is_live:
                return  # nothing was there, and nothing is
            self._tell(Notice(say("Nothing is left of the mask. {key:prompt.back}: back")))
        self._touch()
        self._hover.leave()
        self._drafts.change(self.draft.extended(edited(region, self.prompt, by, stroke, painted)))

    def _ask(self, source: Prompted) -> None:
        self._touch()
        self._decoding.ask(source)

    def _touch(self) -> None:
        """The person works on the object in the making and on no other."""
        self._objects.select(None)
        self._drafts.effort.touch()

    def _closeup_for(self, points: Sequence[tuple[float, float]]) -> Closeup | None:
        """An object is made where it was begun, as long as what is pointed at lies there."""
        if not self.draft.is_live:
            return self._closeups.here(points, self._place.image_size)
        shown = self.draft.proposal
        closeup = shown.closeup if shown else None
        if closeup is None or not self._closeups.is_at_hand(closeup):
            return None
        return closeup if closeup.holds(box_around((x, y, x, y) for x, y in points)) else None

    # --- back and forth ------------------------------------------------------------------------------------------

    def back(self) -> None:
        """Takes back the last click or edit: mask, candidates and previous logits are those before it.

        Of a picked-up object the states follow that were kept with it; then the clicks, of each of which goes what it
        brought.
        """
        if self.draft.later:
            self._drafts.change(replace(self.draft, later=self.draft.later[:-1]))
        elif self.draft.is_as_stored:
            self._take_back_stored()
        elif self.draft.is_offer:
            self._tell(Notice(say("There is no click to take back. {key:carry.reject}: leave it out")))
        elif self.draft.is_live:
            self._drafts.draft = self.draft.back()
            self._decoding.refresh()

    def _take_back_stored(self) -> None:
        if self.draft.is_waiting:
            return  # the mask that the next one is taken from is on its way
        kept = stepped_back(self.draft)
        if kept is not None:
            self._touch()
            self._drafts.change(self.draft.with_stored_click_back(kept))
            return
        source = self.draft.without_stored_click()
        if source is None:
            self._tell(Notice(say("No click is left that could be taken back. {key:mask.discard}: leave the object")))
            return
        self._touch()
        self._decoding.take_back_stored(source)

    def forward(self) -> None:
        """Brings back what was taken back last, if anything was: a click, an edit, or the class."""
        if has_class_again(self.draft):
            self._drafts.draft = _with_class(self.draft, *self.draft.classes.redone(self.draft.category_id))
            self._tell(Changed("category"))
        elif self.draft.undone:
            self._drafts.draft = self.draft.forward()
            self._decoding.refresh()

    def next_candidate(self, step: int = 1) -> None:
        """Chooses the next candidate, or with -1 the previous one. Those that the model makes of a stroke are waited
        for; where there is no other one, that is told."""
        if not self.draft.is_live or self.draft.is_waiting:
            return
        if self.draft.is_sharpening and self.draft.top.stroke is not None:
            self._choose(self.ring.turned_later(step))
        elif len(self.ring) == 1 and self.ring.is_whole:
            self._tell(Notice(say("There is no other candidate: a click or a stroke changes this mask.")))
        else:
            self._choose(self.ring.turned(step))

    def choose_candidate(self, index: int) -> None:
        """Chooses a candidate by its place in the ring."""
        if self.draft.is_live and not self.draft.is_waiting:
            self._choose(self.ring.chosen(index))

    def _choose(self, ring: Ring) -> None:
        self._drafts.effort.touch()
        self._drafts.change(self.draft.with_ring(ring))


def has_new_class(draft: Draft) -> bool:
    """Returns True if the last thing that was done to the object in the making was to choose its class."""
    return draft.is_live and draft.classes.can_take_back(draft.top.number)


def has_class_again(draft: Draft) -> bool:
    """Returns True if redo would choose the class again that was taken back."""
    return draft.is_live and draft.classes.can_redo(draft.top.number)


def _with_class(draft: Draft, classes: ClassSteps, category_id: int | None) -> Draft:
    return replace(draft, category_id=category_id, classes=classes)
