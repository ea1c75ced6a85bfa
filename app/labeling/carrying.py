"""Objects carried to the next image of a series (propagation): there they are proposed, and nothing is changed unasked.

What is carried is offered one object after the other: each becomes the object in the making, to be accepted, corrected
with clicks or left out. The model is asked for all of them at once, a mask at a time, while the person works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.engine.replies import Failed, MaskCarried
from app.engine.requests import Carry
from app.engine.values import ImageRef, Proposal
from app.labeling.bus import Bus
from app.labeling.candidates import Ring
from app.labeling.carried import CarriedItems, CarriedObject, next_number
from app.labeling.carried_rows import Carried, read, written
from app.labeling.carry_steps import AcceptStep, fitted_masks
from app.labeling.classes import Classes
from app.labeling.draft import Draft, Revision
from app.labeling.drafts import Drafts, OfferLeftOut
from app.labeling.events import Changed, LongWork, Notice
from app.labeling.object_steps import MANY, Outcome, do, takes_long
from app.labeling.objects import Objects
from app.labeling.place import Place
from app.labeling.saving import Accepted, offered, shown_mask
from app.masks.overlaps import pairs_between
from app.masks.refinement import has_pixel
from app.masks.rle import Mask
from app.problem import Problem
from app.project.history.journal import ALIKE_IOU
from app.project.records import Annotation, ChangeSet
from app.project.store import Project
from app.text import say, say_n
from app.work import run

_SETTING = "carried objects"
"""The setting of the project that keeps them: see carried_rows."""
_MOST_LEFT_OUT = 100
"""So many can be offered again."""
_WHOLE_LEFT_OUT = 10
"""So many of the newest of them have their pixels at hand: of 16 megapixels each may take 50 MB."""


@dataclass(frozen=True)
class _Coming:
    """Objects that are on their way to an image whose size is not known yet."""

    sources: tuple[Annotation, ...]
    origin_id: int


class Carrying:
    """Keeps what was carried to each image until it is decided about, over restarts too, and offers it there."""

    def __init__(self, place: Place, objects: Objects, classes: Classes, drafts: Drafts, bus: Bus) -> None:
        self._place, self._objects, self._classes, self._drafts = place, objects, classes, drafts
        self._engine, self._tell = bus.engine, bus.tell
        self._coming: dict[int, _Coming] = {}
        self._items = CarriedItems(read(place.project.setting(_SETTING)), partial(_keep, place.project))
        self._asked: int | None = None
        """The image that the engine was asked about last."""
        self._left_out: list[OfferLeftOut] = []
        """The newest last."""
        self._is_paused = False
        """The person has put the offer back and does something else."""
        drafts.offers = self
        bus.replies.on(MaskCarried, self._carried)
        bus.replies.on(Failed, self._failed, of=Carry)

    # --- what is there -------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> tuple[CarriedObject, ...]:
        """What was carried to the image now shown and is neither decided nor in the making, in its order."""
        if self._place.image_id is None or self._place.past is not None:
            return ()
        in_hand = self._drafts.draft.carried
        there = self._items.of(self._place.image_id)
        return tuple(each for each in there if in_hand is None or each.number != in_hand.number)

    @property
    def is_looking(self) -> bool:
        """True while something is on its way to the image now shown, or the model was not heard of it."""
        return self._place.image_id in self._coming or any(each.ring is None for each in self.waiting)

    @property
    def left_out(self) -> OfferLeftOut | None:
        """Fulfils drafts.Offers."""
        now = self._drafts.when() if self._left_out else None
        return next((each for each in reversed(self._left_out) if now and each.when.is_reached(now)), None)

    # --- carrying ------------------------------------------------------------------------------------------------

    def bring(self, sources: Sequence[Annotation], origin_id: int) -> None:
        """Proposes these objects of another image on the one now shown. origin_id: of that other image."""
        if self._place.image_id is not None:
            self._coming[self._place.image_id] = _Coming(tuple(sources), origin_id)
            self._is_paused = False
            self.look()

    def look(self) -> None:
        """Goes on with what was carried to the image now shown: another one is shown, or its size is known now."""
        image = self._place.image
        if image is None or image.id != self._asked:
            self._asked = None
        if image is None or self._place.past is not None:
            return
        if image.id in self._coming and image.width and image.height:
            self._fit(image.id, (image.height, image.width))
        if self._asked is None and image.width and image.height and self._items.of(image.id):
            self._items.keep_fitting(image.id, (image.height, image.width))
            self._is_paused = False
            self._ask(image.id)
            self._tell(Changed("carried"))

    def _fit(self, image_id: int, size: tuple[int, int]) -> None:
        """What is long is left to who listens, who does it beside the window; cancelled, nothing is carried."""
        coming = self._coming.pop(image_id)
        masks = [each.mask for each in coming.sources]
        is_writable = not self._place.project.read_only
        if is_writable and takes_long(masks) and any(mask.size != size for mask in masks):
            named = say_n("Carrying {n} object", "Carrying {n} objects", len(masks))

            def arrive(found: Sequence[Mask | None]) -> None:
                self._add(image_id, size, coming, found)
                self.look()

            self._tell(LongWork(named, lambda _project: fitted_masks(masks, size), arrive, beside_masks=True))
        else:
            self._add(image_id, size, coming, run(fitted_masks(masks, size)))

    def _add(self, image_id: int, size: tuple[int, int], coming: _Coming, masks: Sequence[Mask | None]) -> None:
        """Adds what is coming. masks: of it, fitted; None where one is damaged, as a project may come from a stranger,
        or too large here."""
        origin, before = self._place.project.image(coming.origin_id).path, self._items.of(image_id)
        carried = [
            CarriedObject(next_number(), source, origin, coming.origin_id, mask)
            for source, mask in zip(coming.sources, masks, strict=True)
            if mask is not None
        ]
        if len(carried) < len(masks):
            self._tell(Notice(say("A mask is damaged, or too large in this image, and was not carried."), problem=True))
        self._items.set(image_id, (*before, *carried))
        self._asked = None
        self._tell(Notice(_summary(coming.sources, size)))

    def _ask(self, image_id: int) -> None:
        """Without a model, and where the image may not be looked at, they are proposed as they are."""
        unheard = [each for each in self._items.of(image_id) if each.ring is None]
        self._asked = image_id
        image = self._place.ref_or_why_not(image_id)
        if not isinstance(image, ImageRef) or self._place.model is None:
            self._items.set(image_id, [each.unasked() for each in self._items.of(image_id)])
            self._answer({each.number: (shown_mask(each.mask),) for each in unheard}, "")
        elif unheard:
            masks = tuple((each.number, each.mask) for each in unheard)
            self._engine.submit(Carry(image, _ref(self._place, unheard[-1].origin_id) or image, masks))

    def model_changed(self) -> None:
        """Asks about those that were proposed as they were for want of a model, once there is one."""
        image_id, in_hand = self._place.image_id, self._drafts.draft
        if image_id is None or self._place.model is None or not self._items.ask_again(image_id):
            return
        if in_hand.is_offer and in_hand.carried is not None and in_hand.carried.is_unasked:
            self._drafts.draft = Draft()
        self._ask(image_id)
        self._tell(Changed("carried"))
        self._tell(Changed("proposal"))

    def _carried(self, reply: MaskCarried) -> None:
        if self._place.is_shown(reply.image):
            self._answer({reply.number: reply.proposals}, reply.model_key)

    def _failed(self, reply: Failed) -> None:
        """They are proposed as they were."""
        request = reply.request
        assert isinstance(request, Carry)
        if self._place.is_shown(request.image):
            self._answer({number: (shown_mask(mask),) for number, mask in request.masks}, "")

    def _answer(self, heard: dict[int, tuple[Proposal, ...]], made_by: str) -> None:
        """Notes what these are proposed to be, by number, and offers the first. What cannot be there, and what an
        object says already, is dropped."""
        image_id = self._place.image_id
        assert image_id is not None
        items, there = list[CarriedObject](), self._objects.all()
        for each in self._items.of(image_id):
            found = heard.get(each.number) if each.ring is None else None
            if found is None:
                items.append(each)
            elif found and not _is_there(found[0], there):
                items.append(each.answered(Ring(found), made_by))
        self._items.set(image_id, items)
        self._tell(Changed("carried"))
        if not self._objects.selection:
            self._drafts.offer()

    # --- deciding ------------------------------------------------------------------------------------------------

    def following(self) -> Draft | None:
        """Fulfils drafts.Offers: the first one that the model was heard of."""
        ready = None if self._is_paused else next((each for each in self.waiting if each.ring), None)
        return offered(ready) if ready is not None else None

    def at(self, x: float, y: float) -> Proposal | None:
        """Returns what the smallest of those that wait at this pixel is proposed to be; None for none."""
        found = _ready_at(self.waiting, x, y)
        return found[0].ring.current if found and found[0].ring else None

    def take(self, x: float | None = None, y: float | None = None) -> bool:
        """Makes the next one, or the smallest at this pixel, the object in the making. Returns False when there is
        none."""
        if self._drafts.draft.is_live:
            return False
        ready = [each for each in self.waiting if each.ring and each.ring.current]
        if x is not None and y is not None:
            ready = _ready_at(self.waiting, x, y)
        if ready:
            self._is_paused = False
            self._objects.select(None)
            self._drafts.effort.start()
            self._drafts.change(offered(ready[0]))
            self._tell(Changed("carried"))
        return bool(ready)

    def put_back(self) -> bool:
        """Lets the one in the making wait again as it was proposed; undo brings back what was done to it. Returns False
        when that is none of them."""
        draft = self._drafts.draft
        is_carried = draft.carried is not None
        if is_carried:
            self._is_paused = True
            if draft.is_offer:
                self._drafts.change(Draft())
            else:
                self._drafts.drop()
            self._tell(Changed("carried"))
        return is_carried

    def accepted(self, draft: Draft) -> None:
        """Fulfils drafts.Offers."""
        if draft.carried is not None:
            self._drop([draft.carried])

    def taken_back(self, image_id: int, draft: Draft) -> None:
        """Fulfils drafts.Offers."""
        if draft.carried is not None:
            self._is_paused = False
            self._items.offer_first(image_id, draft.carried)
            self._tell(Changed("carried"))

    def reject(self) -> None:
        """Leaves out the one in the making; the next one is offered."""
        draft, image_id = self._drafts.draft, self._place.image_id
        if draft.carried is not None and image_id is not None:
            self._drop([draft.carried])
            dropped = self._drafts.dropped
            left_out = OfferLeftOut(self._drafts.when(), draft, dropped and dropped.mark)
            self._left_out = [*self._left_out[1 - _MOST_LEFT_OUT :], left_out]
            sinking = len(self._left_out) - _WHOLE_LEFT_OUT - 1
            if sinking >= 0:
                older = self._left_out[sinking]
                self._left_out[sinking] = replace(older, draft=_packed(older.draft))
            self._drafts.begin()

    def bring_back(self) -> bool:
        """Fulfils drafts.Offers."""
        left_out, image_id = self.left_out, self._place.image_id
        if left_out is None or image_id is None:
            return False
        self._left_out.remove(left_out)
        draft = _unpacked(left_out.draft)
        self.taken_back(image_id, draft)
        self._drafts.take_up(draft)
        return True

    def tell_waiting(self) -> None:
        """Tells that the model was not heard yet."""
        self._tell(Notice(say("The model still looks at what was carried: it takes a moment.")))

    def accept_all(self) -> ChangeSet | None:
        """Saves the one in the making and all that wait, as one step. Returns None when there are none, or the model
        was not heard of all. Raises Problem in the past."""
        self._place.writable()
        image_id, draft, waiting = self._place.image_id, self._drafts.draft, self.waiting
        if image_id is None or draft.is_waiting or self.is_looking:
            self.tell_waiting()
            return None
        drafts = [*([draft] if draft.carried and draft.proposal else []), *(offered(each) for each in waiting)]
        if not drafts:
            return None
        spent = [self._drafts.spent(), *[0] * len(waiting)]
        accepted = [Accepted(image_id, d, d.category_id, ms) for d, ms in zip(drafts, spent, strict=False)]

        def done(outcome: Outcome) -> None:
            self._items.drop(image_id, [each.carried for each in drafts if each.carried])
            self._tell(Changed("carried"))
            if draft.carried:
                self._drafts.begin()
            self._tell(Notice(outcome.told, outcome.changes.step_id if outcome.changes else None))

        return do(AcceptStep(accepted), self._place.project, self._tell, done, is_long=len(accepted) > MANY)

    def follow(self, changes: ChangeSet) -> None:
        """Offers again what was accepted and is undone, and no longer what is redone."""
        if self._items.follow(changes):
            self._tell(Changed("carried"))

    def _drop(self, gone: Sequence[CarriedObject]) -> None:
        if self._place.image_id is not None:
            self._items.drop(self._place.image_id, gone)
            self._tell(Changed("carried"))


def chosen(objects: Objects) -> list[Annotation]:
    """Returns what would be carried on from an image: the selected objects, or all that are visible."""
    return objects.selected() or [each for each in objects.all() if not each.hidden]


def _ref(place: Place, image_id: int) -> ImageRef | None:
    """The image that objects come from; None when it is gone, or may not be looked at."""
    try:
        found = place.ref_or_why_not(image_id)
    except KeyError:
        return None
    return found if isinstance(found, ImageRef) else None


def _keep(project: Project, carried: Carried) -> None:
    """On the disk, now or later: it is no step, and nobody waits for it."""
    project.settings.keep(_SETTING, written(carried))


def _packed(draft: Draft) -> Draft:
    """One that was carried, of which no pixels are at hand."""

    def of(states: tuple[Revision, ...]) -> tuple[Revision, ...]:
        return tuple(replace(each, ring=each.ring.packed()) if each.ring else each for each in states)

    carried = draft.carried and replace(draft.carried, ring=draft.carried.ring and draft.carried.ring.packed())
    return replace(draft, revisions=of(draft.revisions), undone=of(draft.undone), carried=carried)


def _unpacked(draft: Draft) -> Draft:
    """One that was carried, of which the pixels are at hand that are looked at: of its newest state, and the offer."""
    carried, top = draft.carried, draft.top.ring
    if carried is None or carried.ring is None or not carried.ring.is_packed:
        return draft
    draft = replace(draft, carried=replace(carried, ring=carried.ring.unpacked()))
    return draft.with_ring(top.unpacked()) if top else draft


def _ready_at(waiting: Sequence[CarriedObject], x: float, y: float) -> list[CarriedObject]:
    ready = [each for each in waiting if _covers(each, x, y)]
    return sorted(ready, key=lambda each: each.mask.area)


def _covers(item: CarriedObject, x: float, y: float) -> bool:
    shown = item.ring.current if item.ring else None
    return shown is not None and has_pixel(shown.region, int(x), int(y))


def _is_there(proposal: Proposal, objects: Sequence[Annotation]) -> bool:
    """Whether an object says the same already."""
    masks = [each.mask for each in objects]
    try:
        return any(pairs_between([Mask.from_region(proposal.region)], masks, ALIKE_IOU))
    except Problem:  # one of the objects is damaged
        return False


def _summary(sources: Sequence[Annotation], size: tuple[int, int]) -> str:
    """What the person is told. size: (height, width) of the image that they are carried to."""
    told = say_n(
        "Carried {n} object. {key:mask.accept}: accept, {key:carry.reject}: leave out",
        "Carried {n} objects. {key:mask.accept}: accept, {key:carry.reject}: leave out, {key:carry.accept_all}: "
        "accept all",
        len(sources),
    )
    is_fitted = any(each.mask.size != size for each in sources)
    return f"{told}. {say('Fitted: this image has another size.')}" if is_fitted else told
