"""The order of a project's images: folder by folder, 2 before 10."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from typing import Any

from app.project.records import ImageRecord
from app.project.scan import natural_path

_MANY = 8
"""So many times fewer are worth to be put in one by one."""


def inserted(images: dict[int, ImageRecord], new: Sequence[ImageRecord]) -> dict[int, ImageRecord]:
    """Returns the images by id, all in order, new ones at their places. images: are in order, and may be changed; new:
    in any order."""
    key = in_order()
    if len(new) * _MANY > len(images):
        return {record.id: record for record in sorted([*images.values(), *new], key=key)}
    new = sorted(new, key=key)
    places = places_of(list(images.values()), new) if new else []
    if all(place == len(images) for place, _ in places):  # as a scan finds them
        images.update((record.id, record) for record in new)
        return images
    records = list(images.values())
    for place, some in reversed(places):
        records[place:place] = some
    return {record.id: record for record in records}


def places_of(records: Sequence[ImageRecord], new: Sequence[ImageRecord]) -> list[tuple[int, list[ImageRecord]]]:
    """Where in records those of new belong that stay together, from the first place to the last. Both are in order."""
    key, places = in_order(), list[tuple[int, list[ImageRecord]]]()
    place = first = 0
    while first < len(new):
        place = bisect(records, key(new[first]), place, key=key)
        last = len(new) if place == len(records) else bisect(new, key(records[place]), first, key=key)
        places.append((place, list(new[first:last])))
        first = last
    return places


def in_order() -> Callable[[ImageRecord], Any]:
    """A key for sorting."""
    of_path = natural_path()
    return lambda record: of_path(record.path)
