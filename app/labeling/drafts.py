"""The object in the making, and those that wait on their images to be finished."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from app.labeling.carried import CarriedObject
from app.labeling.classes import Classes
from app.labeling.draft import Draft
from app.labeling.effort import Effort
from app.labeling.events import Changed, Notice, Tell
from app.labeling.place import Place
from app.labeling.waiting import WaitingDrafts
from app.project.store import Project
from app.text import say

_MOST_DROPPED = 10
"""So many that were dropped can be restored: each may take some megabytes."""


class When(NamedTuple):
    """A place in the order of what is done: undo comes by it again, and redo."""

    image_id: int | None
    step: object
    """See History.newest_in_force."""
    pending: int
    """The number of the newest object that was accepted before its mask was there, and is still to come; 0 for none."""

    def is_reached(self, now: When) -> bool:
        """Returns True if all that was done since then is undone, or nothing was."""
        return (self.image_id, self.step) == (now.image_id, now.step) and now.pending <= self.pending


class Dropped(NamedTuple):
    """What was in the making and was dropped, or taken back to its beginning."""

    when: When
    draft: Draft
    mark: object
    """It is known by this where it is not to be held on to."""


@dataclass(frozen=True)
class OfferLeftOut:
    """One that was offered and left out, as it was in the making: undo brings back what was done to it as well."""

    when: When
    draft: Draft
    dropped: object
    """The mark of what had been dropped last by then, see Drafts.dropped; None for nothing."""


class Offers(Protocol):
    """Objects that are proposed one after the other on the image now shown, as those carried from another one."""

    @property
    def left_out(self) -> OfferLeftOut | None:
        """The one that was left out last; None unless all that was done since is undone."""
        ...

    @property
    def waiting(self) -> Sequence[CarriedObject]:
        """What was carried to the image now shown and is not decided, in its order."""
        ...

    def following(self) -> Draft | None:
        """Returns the next one, which stays on offer until it is decided about; None for none."""
        ...

    def accepted(self, draft: Draft) -> None:
        """Notes that this one was accepted."""
        ...

    def bring_back(self) -> bool:
        """Offers the one again that was left out last. Returns False when none was, or something was done since."""
        ...

    def taken_back(self, image_id: int, draft: Draft) -> None:
        """Notes that this one is in the making again: that it was accepted, or dropped, was taken back."""
        ...


class _NoOffers:
    left_out: OfferLeftOut | None = None
    waiting: Sequence[CarriedObject] = ()

    def following(self) -> Draft | None:
        return None

    def accepted(self, draft: Draft) -> None:
        pass

    def bring_back(self) -> bool:
        return False

    def taken_back(self, image_id: int, draft: Draft) -> None:
        pass


class Drafts:
    """Owns the draft. The editor changes it; who leaves its image parks it; who comes back finds it again."""

    def __init__(self, place: Place, classes: Classes, effort: Effort, tell: Tell) -> None:
        self._place, self._classes, self.effort, self._tell = place, classes, effort, tell
        self.draft = Draft()
        self._waiting = WaitingDrafts(place.project, tell)
        self._kept: Draft | None = None
        """What was last kept on the disk."""
        self._dropped: list[Dropped] = []
        """The newest last."""
        self._aside: list[Dropped] = []
        """Objects of which all clicks were taken back, and then something else was done or undone; the newest last."""
        self.newest_pending: Callable[[], int] = lambda: 0
        """See When.pending."""
        self._uncovered: Draft | None = None
        """What was taken up when that was dropped."""
        self._restored: Draft | None = None
        self._told = set[int]()
        """The states of which was told that they have waited for long."""
        self.offers: Offers = _NoOffers()
        self._has_come_back = False
        """A draft was given back while a gesture was under way."""
        self.is_hand_full: Callable[[], bool] = lambda: False
        """Whether a gesture is under way, which is not to find another object under it at its end."""
        self.taken_up: Callable[[], object] = lambda: tell(Changed("proposal"))
        """Looks after one that is taken up, and tells: it may have waited without an answer."""

    def change(self, draft: Draft) -> None:
        """Makes this the draft, and tells."""
        self.draft = draft
        self._tell(Changed("proposal"))

    def begin(self) -> None:
        """Begins a new object, or takes up one that waits here to be finished: that before is decided about."""
        if self._place.image_id is not None:
            self._waiting.settle(self._place.image_id)
        self.unpark()
        self.effort.start()
        self.taken_up()

    def drop(self) -> None:
        """Begins a new object, or takes up one that waits here; that before is dropped, see `restore`. What was
        restored and is dropped once more as it was is meant to go: undo goes on with what was done before."""
        is_meant = self.draft is self._restored
        if _is_begun(self.draft) and not is_meant:
            self._dropped = [*self._dropped[1 - _MOST_DROPPED :], Dropped(self.when(), self.draft, object())]
        self.begin()
        self._uncovered = self.draft

    def when(self) -> When:
        """Returns where in the order of what is done the work is now."""
        return When(self._place.image_id, self._place.step_in_force(), self.newest_pending())

    @property
    def dropped(self) -> Dropped | None:
        """What was dropped last, of what can be restored here."""
        now = self.when() if self._dropped else None
        return next((each for each in reversed(self._dropped) if now and each.when.is_reached(now)), None)

    @property
    def aside(self) -> Draft | None:
        """What was taken back to its beginning here, to which redo comes back; None while an object is in the
        making."""
        now = self.when() if self._aside and not _is_begun(self.draft) else None
        return next((each.draft for each in reversed(self._aside) if now and each.when.is_reached(now)), None)

    def put_aside(self) -> None:
        """Keeps what was taken back to its beginning: undo goes on beyond that, or another image is opened."""
        if self.draft.undone and not _is_begun(self.draft):
            self._aside = [*self._aside[1 - _MOST_DROPPED :], Dropped(self.when(), self.draft, object())]

    def take_aside(self) -> bool:
        """Makes that the draft again. Returns False when there is none."""
        found = self.aside
        if found is not None:
            self._aside = [each for each in self._aside if each.draft is not found]
            self.draft = found
        return found is not None

    @property
    def can_restore(self) -> bool:
        """True if the last thing that was done on this image was to drop an object."""
        is_untouched = not self.draft.is_live or self.draft.is_offer or self.draft is self._uncovered
        dropped = self.dropped if is_untouched else None
        left_out = self.offers.left_out if dropped is not None else None
        return dropped is not None and (left_out is None or left_out.dropped is not dropped.mark)

    def restore(self) -> bool:
        """Makes what was dropped last the object in the making again. Returns False when something was done since."""
        dropped = self.dropped if self.can_restore else None
        if dropped is not None:
            self._dropped.remove(dropped)
            image_id, self._restored = dropped.when.image_id, dropped.draft
            if image_id is not None:
                self.offers.taken_back(image_id, self._restored)
            self.take_up(self._restored)
        return dropped is not None

    def take_up(self, draft: Draft) -> None:
        """Makes one that was in the making before the object in the making again; what is in the making waits here."""
        self.put_by()
        self.draft = draft
        self.effort.start()
        self.taken_up()

    def accepted(self) -> None:
        """Begins what comes after the object in the making, which was accepted."""
        self.offers.accepted(self.draft)
        self.begin()

    def offer(self) -> None:
        """Takes up what is on offer, unless an object is in the making or a gesture under way."""
        following = None if self.draft.is_live or self.is_hand_full() else self.offers.following()
        if following is not None:
            self.effort.start()
            self.change(following)

    def park(self) -> None:
        """Leaves the object in the making on its image, where it waits; tells the person."""
        if self.put_by():
            self._tell(Notice(say("The mask was not accepted; it waits on its image.")))

    def keep(self) -> None:
        """Keeps the object in the making on the disk as it is now: it is there again after a kill."""
        if self._place.image_id is not None and self._place.past is None and self.draft is not self._kept:
            self._kept = self.draft
            if _is_begun(self.draft):
                self._waiting.keep(self._place.image_id, self._with_class())
            else:
                self._waiting.settle(self._place.image_id)

    def put_by(self) -> bool:
        """Lets the object in the making wait on its image, over restarts too; tells nobody. Returns whether there was
        one to be kept."""
        draft, image_id = self.draft, self._place.image_id
        is_kept = image_id is not None and _is_begun(draft)
        if image_id is not None:
            self.put_aside()
            if is_kept:
                self._waiting.add(image_id, replace(self._with_class(), milliseconds=self.spent()))
            else:
                self._waiting.settle(image_id)
        self.draft = Draft()
        return is_kept

    def waiting(self) -> set[int]:
        """Returns the ids of the images on which an object waits to be finished."""
        return self._waiting.images()

    def _with_class(self) -> Draft:
        """The draft with the class that it would get now: another one may be the current one when it is taken up."""
        draft, current = self.draft, self._classes.current
        return draft if draft.has_own_class or current is None else replace(draft, category_id=current.id)

    def unpark(self) -> None:
        """Takes up the newest that waits on this image, else what is on offer, else an empty draft. Tells only of
        one that has waited for long, perhaps since the project was closed."""
        waiting = None
        if self._place.image_id is not None:
            waiting = self._waiting.take(self._place.image_id, self._place.image_size, self.offers.waiting)
        self.draft = _as_saved_now(waiting, self._place.project) if waiting else self.offers.following() or Draft()
        if self.draft.is_live and self.draft.top.is_unsaved and self.draft.top.number not in self._told:
            self._told.add(self.draft.top.number)
            told = say(
                "A mask waits here that was not accepted. {key:mask.accept}: accept    {key:mask.discard}: leave it out"
            )
            self._tell(Notice(told))

    def follow(self) -> None:
        """The project has changed: what is in the making is of the saved object as it is now."""
        if self.draft.resumed is not None:
            self.draft = _as_saved_now(self.draft, self._place.project)

    def keep_accepted(self, image_id: int, of: Callable[[int], Sequence[Draft]]) -> None:
        """Keeps on the disk what was accepted on an image before its mask was there, until it is saved. of: returns all
        that there is of an image."""
        self._waiting.accepted = of
        self._waiting.settle(image_id)
        if image_id == self._place.image_id:
            self._kept = None  # what is in hand is written again in the next pause

    def give_back(self, image_id: int, draft: Draft) -> None:
        """Lets a draft that could not be saved wait on its image; it is taken up at once when nothing else is, and no
        gesture is under way."""
        self._waiting.add(image_id, draft)
        self._kept = None  # as in keep_accepted
        if self.is_hand_full():
            self._has_come_back = True
        elif not self.draft.is_live:
            self.begin()
        else:
            self._tell(Changed("proposal"))  # or nobody would know that it is to be kept again

    def go_on(self) -> None:
        """Takes up what came back, or is offered, while a gesture was under way that is over now."""
        has_come_back, self._has_come_back = self._has_come_back, False
        if self.draft.is_live:
            return
        if has_come_back:
            self.begin()
        else:
            self.offer()

    def spent(self) -> int:
        """Returns the active time that the object in the making cost until now, in milliseconds."""
        self.effort.touch()
        return self.draft.milliseconds + self.effort.milliseconds


def _is_begun(draft: Draft) -> bool:
    """Whether there is something in it that would be lost."""
    return draft.is_live and not (draft.is_unchanged or draft.is_offer)


def _as_saved_now(draft: Draft, project: Project) -> Draft:
    """Returns the draft of a saved object that may have been changed since it was picked up: unless another class was
    chosen for it meanwhile, it has that of the object."""
    saved = project.annotation(draft.resumed.id) if draft.resumed else None
    if saved is None or draft.resumed is None or saved == draft.resumed:
        return draft
    is_of_it = draft.category_id == draft.resumed.category_id
    return replace(draft, resumed=saved, category_id=saved.category_id if is_of_it else draft.category_id)
