"""The order in which images are travelled: the neighbour of an image, those ahead of it, and the direction of the
way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TypeAlias

from app.project.records import Annotation, Category, ChangeSet, ImageRecord, Verdict

AHEAD = 2
"""So many images are encoded in advance, in the direction of travel."""
IsListed: TypeAlias = Callable[[ImageRecord], bool]
"""Whether the list shows an image: the way leads through no others."""


def all_listed(_image: ImageRecord) -> bool:
    """Returns True: no filter hides an image."""
    return True


def neighbour(
    images: Sequence[ImageRecord], here: int | None, step: int, *, unfinished: bool, is_listed: IsListed = all_listed
) -> ImageRecord | None:
    """Returns the next (step +1) or previous (-1) listed image, or the nearest one that is not done; None at the end.

    here: the id of the image now shown; from nowhere travel begins at the first or last image.
    """
    start = _position(images, here)
    onwards = images if start is None else images[start + 1 :]
    backwards = images[:start][::-1]
    travel = onwards if step > 0 else backwards
    return next((image for image in travel if is_listed(image) and not (unfinished and image.status == "done")), None)


def unfinished(images: Sequence[ImageRecord], here: int | None, is_listed: IsListed = all_listed) -> int:
    """Returns how many other listed images are not done."""
    return sum(image.status != "done" and image.id != here and is_listed(image) for image in images)


def ahead(
    images: Sequence[ImageRecord], here: int, direction: int, is_listed: IsListed = all_listed
) -> Sequence[ImageRecord]:
    """Returns the images to which the person probably goes next."""
    start = _position(images, here)
    if start is None:
        return ()
    travel = range(start + 1, len(images)) if direction > 0 else range(start - 1, -1, -1)
    return list(islice((images[i] for i in travel if is_listed(images[i])), AHEAD))


def direction(images: Sequence[ImageRecord], before: int | None, after: int) -> int:
    """Returns +1 when the way from one image to the other leads onwards, -1 backwards."""
    start, end = _position(images, before), _position(images, after)
    return -1 if start is not None and end is not None and end < start else 1


def goal(changes: ChangeSet, images: Sequence[ImageRecord], here: int | None) -> int | None:
    """Returns the image that is to be opened so that one sees what changed, the nearest; None: stay where you are.

    images: those that there are. What was done to a class is seen beside every image.
    """
    if _is_about_classes(changes):
        return None
    places = {image.id: place for place, image in enumerate(images)}
    found = [image_id for image_id in touched(changes) if image_id in places]
    start = places.get(here or 0, 0)
    return None if here in found else min(found, key=lambda image_id: abs(places[image_id] - start), default=None)


def touched(changes: ChangeSet) -> list[int]:
    """Returns the ids of the images that a step changed, in its order."""
    rows = [row for change in changes.changes for row in (change.before, change.after)]
    ids = [
        r.id if isinstance(r, ImageRecord) else r.image_id
        for r in rows
        if isinstance(r, (Annotation, ImageRecord, Verdict))
    ]
    return list(dict.fromkeys(ids))


def _is_about_classes(changes: ChangeSet) -> bool:
    """Classes changed, and objects only with them: none came or went."""
    return any(isinstance(c.before or c.after, Category) for c in changes.changes) and all(
        isinstance(c.before or c.after, Category) or (c.before and c.after) for c in changes.changes
    )


def _position(images: Sequence[ImageRecord], image_id: int | None) -> int | None:
    return next((i for i, image in enumerate(images) if image.id == image_id), None)
