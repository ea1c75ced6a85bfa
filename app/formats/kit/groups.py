"""Objects of several shapes as labelme has them: shapes of one label and one group_id are parts of one object."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import count
from typing import cast

from msgspec.structs import replace

from app.formats.kit.coercion import whole
from app.formats.kit.exporting import LabelledObject
from app.formats.kit.files import others
from app.formats.kit.geometry import source_shapes
from app.formats.kit.importing import ImportedObject
from app.masks.combining import union
from app.masks.geometry import Geometry, Shape
from app.project.records import Json

GROUP = "group_id"


def grouped(shapes: Iterable[object]) -> list[list[tuple[int, object]]]:
    """Returns the shapes of each object with their numbers from 1, in the order of the first ones. What is in no group,
    or no shape at all, stays alone."""
    found: dict[Hashable, list[tuple[int, object]]] = {}
    for number, shape in enumerate(shapes, start=1):
        found.setdefault(_key(shape) or number, []).append((number, shape))
    return list(found.values())


def _key(shape: object) -> tuple[str, int | str] | None:
    """Labels that are spelled alike and numbers that are text are one: "cat " and "7" of cat and 7."""
    if not isinstance(shape, dict):
        return None
    item = cast(Json, shape)
    label, group = item.get("label"), item.get(GROUP)
    number = whole(group)
    if number is None and isinstance(group, float) and group.is_integer():
        number = int(group)
    text = group.strip() if isinstance(group, str) else ""
    key = text if number is None else number
    return (label.strip(), key) if isinstance(label, str) and key != "" else None


def joined(parts: Sequence[ImportedObject]) -> ImportedObject:
    """Makes one object of the parts of one: all their pixels, and what the first one says and the others add to it."""
    first = parts[0].annotation
    extra = {key: value for part in reversed(parts) for key, value in part.annotation.extra.items()}
    mask = union([part.annotation.mask for part in parts])
    return ImportedObject(parts[0].category, replace(first, mask=mask, extra=extra, geometry=_outline(parts)))


def _outline(parts: Sequence[ImportedObject]) -> Geometry | None:
    """The shapes of all parts, each with the keys that it has itself; None when one of them is a mask."""
    shapes: list[Shape] = []
    for part in parts:
        of_it, own = source_shapes(part.annotation), others(part.annotation.extra, GROUP)
        if not of_it:
            return None
        shapes += [replace(each, blank=(each.blank[0], each.blank[1] | own)) if each.blank else each for each in of_it]
    return Geometry(tuple(shapes))


class GroupNumbers:
    """The group of each object of an image. No two objects of one class share one: they would be read as one object."""

    def __init__(self, objects: Sequence[LabelledObject]) -> None:
        self._numbers: dict[int, int] = {}
        """By the id of the annotation."""
        self.refused: list[LabelledObject] = []
        """Objects whose group another one of their class has already."""
        taken: set[tuple[str, int]] = set()
        for each in objects:
            number = whole(each.annotation.extra.get(GROUP))
            if number is None:
                continue
            if (each.category.name, number) in taken:
                self.refused.append(each)
                continue
            taken.add((each.category.name, number))
            self._numbers[each.annotation.id] = number
        numbers = {number for _, number in taken}
        self._free = (number for number in count(1) if number not in numbers)

    def of(self, each: LabelledObject, shapes: int = 1) -> int | None:
        """Returns the group of an object that is written as so many shapes: its own; else None for one shape and a
        fresh number for several."""
        if shapes > 1 and each.annotation.id not in self._numbers:
            self._numbers[each.annotation.id] = next(self._free)
        return self._numbers.get(each.annotation.id)
