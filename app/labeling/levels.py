"""Which level (part, whole, surroundings) the objects of each class usually are: that candidate comes first.

A few words for each class among the settings of the project: of the last five objects accepted, the level of the
candidate of the first click that the object became. It is no step, and nothing that undo takes back.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property

import msgspec

from app.labeling.classes import Classes
from app.labeling.draft import Draft, Prompted
from app.masks.metrics import region_iou
from app.project.records import Annotation, ChangeSet
from app.project.store import Project
from app.sam.types import Level

_SETTING = "levels"
_REMEMBERED = 5
_ENOUGH = 3
"""Of those remembered: so many have to be of one level."""
_LEAST_IOU = 0.8
"""Of an object that was corrected with a candidate of its first click, to count as that."""
_MOST_PIXELS = 4_000_000
"""Of a corrected mask: larger ones are not compared, accepting must not take longer."""


class Levels:
    """Notes the levels that are accepted, and tells which one is usual for the current class."""

    def __init__(self, project: Project, classes: Classes) -> None:
        self._project, self._classes = project, classes
        self.enabled = True

    @property
    def usual(self) -> Level | None:
        """The level that objects of the current class usually are; None without enough evidence, or when switched
        off."""
        current = self._classes.current if self.enabled else None
        return None if current is None else self.usual_of(current.id)

    def usual_of(self, category_id: int) -> Level | None:
        """Returns the level of at least three of the last five objects of that class; None for none."""
        seen = self._seen.get(str(category_id), [])[-_REMEMBERED:]
        return next((level for level, count in Counter(seen).most_common(1) if count >= _ENOUGH), None)

    def note(self, draft: Draft, changes: ChangeSet) -> None:
        """Notes of which level an object was that was just accepted, if that can be said of it."""
        level = _level_of(draft)
        row = changes.changes[-1].after if changes.changes else None
        if level is None or not isinstance(row, Annotation) or row.category_id is None:
            return
        seen: dict[str, list[Level]] = self._seen
        key = str(row.category_id)
        kept: list[Level] = [*seen.get(key, []), level]
        seen[key] = kept[-_REMEMBERED:]
        self._project.settings.keep(_SETTING, dict(seen))

    @cached_property
    def _seen(self) -> dict[str, list[Level]]:
        """The levels by the id of the class. Anybody may have written the project file."""
        try:
            return msgspec.convert(self._project.setting(_SETTING, {}), dict[str, list[Level]])
        except msgspec.ValidationError:
            return {}


def _level_of(draft: Draft) -> Level | None:
    """The level of the candidate of the first click that the object became; None where it is like none of them."""
    first, shown = draft.revisions[0], draft.proposal
    if draft.resumed is not None or not isinstance(first.source, Prompted) or first.ring is None or shown is None:
        return None
    if len(draft.revisions) == 1:
        return shown.level
    if shown.region.pixels.size > _MOST_PIXELS:
        return None
    likeness = [(region_iou(each.region, shown.region), each) for each in first.ring.proposals if each.level]
    best = max(likeness, key=lambda pair: pair[0], default=None)
    return best[1].level if best is not None and best[0] >= _LEAST_IOU else None
