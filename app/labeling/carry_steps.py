"""What is done to all objects at once that are carried to an image: fitting them to it, and accepting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.labeling.classes import Classes
from app.labeling.object_steps import Outcome
from app.labeling.saving import Accepted, save_all
from app.masks.placing import fitted
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation
from app.project.store import Project
from app.text import say_n
from app.work import Progress, Work


@dataclass(frozen=True, eq=False)
class AcceptStep:
    """The saving of all that was carried to an image."""

    accepted: Sequence[Accepted]

    @property
    def name(self) -> str:
        """What is done."""
        return say_n("Accept {n} mask", "Accept {n} masks", len(self.accepted))

    def work(self, project: Project) -> Work[Outcome]:
        """Saves them as one step."""
        changes = yield from save_all(project, Classes(project, lambda _event: None), self.accepted)
        added = sum(isinstance(each.after, Annotation) and each.before is None for each in changes.changes)
        return Outcome(say_n("Accepted {n} object.", "Accepted {n} objects.", added), changes)


def fitted_masks(masks: Sequence[Mask], size: tuple[int, int]) -> Work[list[Mask | None]]:
    """Returns the masks in an image of that (height, width); None for one that is damaged, or would be too
    large to be worked on."""
    found: list[Mask | None] = []
    for number, mask in enumerate(masks):
        yield Progress(number, len(masks))
        try:
            found.append(fitted(mask, size))
        except Problem:
            found.append(None)
    return found
