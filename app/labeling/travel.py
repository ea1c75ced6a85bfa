"""The order in which images are travelled: the neighbour of an image, those ahead of it, and the direction of the
way."""

from __future__ import annotations

from collections.abc import Sequence

from app.project.records import Annotation, Category, ChangeSet, ImageRecord, Verdict

AHEAD = 2
"""So many images are encoded in advance, in the direction of travel."""


def neighbour(images: Sequence[ImageRecord], here: int | None, step: int, *, unfinished: bool) -> ImageRecord | None:
    """Returns the next (step +1) or previous (-1) image, or the nearest one that is not done; None at the end.

    here: the id of the image now shown; from nowhere travel begins at the first or last image.
    """
    start = _position(images, here)
    onwards = images if start is None else images[start + 1 :]
    backwards = images[:start][::-1]
    travel = onwards if step > 0 else backwards
    return next((image for image in travel if not unfinished or image.status != "done"), None)


def ahead(images: Sequence[ImageRecord], here: int, direction: int) -> Sequence[ImageRecord]:
    """Returns the images to which the person probably goes next."""
    start = _position(images, here)
    if start is None:
        return ()
    return images[start + 1 : start + 1 + AHEAD] if direction > 0 else images[max(0, start - AHEAD) : start][::-1]


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
