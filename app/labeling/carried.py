"""Saved objects of one image that are proposed on the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from types import MappingProxyType

from app.engine.values import Proposal
from app.labeling.candidates import Ring
from app.masks.outlines import outlines
from app.masks.rle import Mask
from app.project.records import Annotation, ChangeSet

_numbers = count(1)
CARRY = "carry"
"""Provenance of what was carried to the next image."""
SPLIT = "split"
"""Provenance of the parts of what was split."""


@dataclass(frozen=True, eq=False)
class CarriedObject:
    """One object that was carried and is not decided about."""

    number: int
    """Counted in the whole program."""
    source: Annotation
    """The saved object; its class and attributes are those of the new one."""
    origin: str
    """The path of the image that it comes from."""
    origin_id: int
    """Its id; that of no image where it is not known."""
    mask: Mask
    """Its mask, of the size of the image that it was carried to."""
    ring: Ring | None = None
    """What it is proposed to be; None while the model was not heard."""
    made_by: str = ""
    """The key of the model that was."""
    is_unasked: bool = False
    """It is proposed as it was for want of a model."""

    def answered(self, ring: Ring, made_by: str) -> CarriedObject:
        """Returns the object with what the model says of it."""
        return replace(self, ring=ring, made_by=made_by)

    def unasked(self) -> CarriedObject:
        """Returns the object as one that is to be asked about as soon as there is a model, unless one was heard."""
        return replace(self, is_unasked=self.is_unasked or self.ring is None)


class CarriedItems:
    """What was carried to each image and is not decided about."""

    def __init__(
        self,
        found: Mapping[int, tuple[CarriedObject, ...]] = MappingProxyType({}),
        keep: Callable[[Mapping[int, tuple[CarriedObject, ...]]], object] = lambda _all: None,
    ) -> None:
        """Begins with those found. keep: is called with all that there are whenever one came or went."""
        self._items, self._keep = dict(found), keep

    def of(self, image_id: int | None) -> tuple[CarriedObject, ...]:
        """Returns those of an image, in their order."""
        return self._items.get(image_id or 0, ())

    def set(self, image_id: int, items: Sequence[CarriedObject]) -> None:
        """Puts these in the place of those of an image."""
        before, self._items[image_id] = self.of(image_id), tuple(items)
        if [each.number for each in before] != [each.number for each in items]:
            self._keep(self._items)

    def keep_fitting(self, image_id: int, size: tuple[int, int]) -> None:
        """Takes out those that were made for another (height, width): another photo was there on that day."""
        self.set(image_id, [each for each in self.of(image_id) if each.mask.size == size])

    def ask_again(self, image_id: int) -> bool:
        """Lets those of an image that no model was asked of wait to be heard. Returns whether there are any."""
        there = self.of(image_id)
        self.set(image_id, [replace(each, ring=None, is_unasked=False) if each.is_unasked else each for each in there])
        return any(each.is_unasked for each in there)

    def offer_first(self, image_id: int, item: CarriedObject) -> None:
        """Puts one before the others, unless it is among them."""
        there = self.of(image_id)
        if all(each.number != item.number for each in there):
            self.set(image_id, (item, *there))

    def drop(self, image_id: int, gone: Iterable[CarriedObject]) -> None:
        """Takes these out: somebody decided about them."""
        numbers = {each.number for each in gone}
        self.set(image_id, [each for each in self.of(image_id) if each.number not in numbers])

    def follow(self, changes: ChangeSet) -> bool:
        """Takes in again what was accepted and is undone, and out what is redone. Returns whether anything was."""
        if changes.step_id is not None or not self._items:
            return False  # it was done, not undone: a deleted object stays deleted
        rows = [(change.before, change.after) for change in changes.changes]
        gone = [one for one, other in rows if isinstance(one, Annotation) and other is None and self._is_ours(one)]
        there = [one for other, one in rows if isinstance(one, Annotation) and other is None and self._is_ours(one)]
        undone = [] if changes.is_redo else gone  # by a redo it is deleted once more
        for image_id in {row.image_id for row in (*undone, *there)}:
            again = [_again(row) for row in reversed(undone) if row.image_id == image_id]
            said = {row.mask for row in there if row.image_id == image_id}
            self.set(image_id, [*again, *(each for each in self.of(image_id) if each.mask not in said)])
        return bool(undone or there)

    def _is_ours(self, row: Annotation) -> bool:
        """A part that was split off says that its object was carried, and was never offered itself."""
        made_by = row.provenance.get("by")
        words = made_by.split(", ") if isinstance(made_by, str) else []
        return row.image_id in self._items and CARRY in words and SPLIT not in words


def next_number() -> int:
    """Returns a number that no carried object has yet."""
    return next(_numbers)


def _again(row: Annotation) -> CarriedObject:
    """An accepted object as it was accepted: it is proposed once more."""
    region = row.mask.region()
    shown = Proposal(region, outlines(region), None, None, None)
    return CarriedObject(next_number(), row, str(row.provenance.get("from") or ""), 0, row.mask, Ring((shown,)))
