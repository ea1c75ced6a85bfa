"""Steps on saved objects: of a few at once, of thousands beside the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from app.labeling.events import LongWork, Tell
from app.masks.rle import Mask
from app.project.history.journal import Step
from app.project.records import Annotation, ChangeSet
from app.project.store import Project
from app.text import say_n
from app.work import Progress, Work, run

MANY = 200
"""So many rows are written, and followed by the window, within 50 ms. Measured: a tenth of a millisecond each."""
_FEW = 20
_FEW_PIXELS = 4_000_000
"""Together in their boxes. So much is changed within 50 ms, the slowest way: smoothed, under a policy."""


class Outcome(NamedTuple):
    """What became of a step."""

    told: str
    """A sentence for the person; "" where it is seen anyway."""
    changes: ChangeSet | None
    """None when nothing is different."""
    selected: tuple[int, ...] = ()
    """The ids of the objects that are selected then; none for those that are."""


class ObjectStep(Protocol):
    """A step that whoever has a connection to the project does."""

    @property
    def name(self) -> str:
        """What is done, to so many objects."""
        ...

    def work(self, project: Project) -> Work[Outcome]:
        """Does it, all or nothing: ended before its end it changes nothing."""
        ...


def do(
    step: ObjectStep,
    project: Project,
    tell: Tell,
    done: Callable[[Outcome], object],
    *,
    is_long: bool,
    after_masks: bool = False,
) -> ChangeSet | None:
    """Does a step at once; a long one is left to who listens, who does it beside the window.

    done: called with what became of it. after_masks: a long one does not begin while accepted masks are still to come.
    Returns its changes; None when there are none, or they are still to come.
    """
    project.steps.must_be_writable()
    if not is_long:
        outcome = run(step.work(project))
        done(outcome)
        return outcome.changes
    ended: list[Outcome] = []

    def follow(outcome: Outcome) -> None:
        ended.append(outcome)
        if outcome.changes is not None:
            project.steps.follow(outcome.changes)
        done(outcome)

    tell(LongWork(step.name, step.work, follow, beside_masks=not after_masks))
    return ended[-1].changes if ended else None


def takes_long(masks: Sequence[Mask]) -> bool:
    """Returns whether it takes longer than a blink to make each of these masks anew."""
    pixels = sum(mask.bbox[2] * mask.bbox[3] for mask in masks)
    return len(masks) > _FEW or pixels > _FEW_PIXELS


def changed_meanwhile(count: int) -> str:
    """Says that somebody else changed so many objects."""
    return say_n(
        "{n} object was changed meanwhile and stays as it is.",
        "{n} objects were changed meanwhile and stay as they are.",
        count,
    )


@dataclass(frozen=True, eq=False)
class RowsStep:
    """A step that changes or deletes objects of one image, each by itself, as they are when it comes to them."""

    name: str
    chosen: Sequence[Annotation]
    """Of one image; one at least."""
    change: Callable[[Annotation], Annotation | None]
    """What becomes of each; None deletes it, and counts as what the person thinks of proposals like it."""
    told: Callable[[int], str] = lambda _count: ""
    """The sentence that tells of so many."""

    @property
    def is_long(self) -> bool:
        """True if it takes longer than a blink."""
        return len(self.chosen) > MANY

    def work(self, project: Project) -> Work[Outcome]:
        """Changes them as one step; what was deleted meanwhile is left out, and what got another mask is not
        deleted."""
        count, gone = 0, list[Mask]()
        with project.step(self.name) as step:
            for number, each in enumerate(self.chosen):
                yield Progress(number, len(self.chosen))
                if self._is_changed(step, each):
                    count += 1
                    gone += [each.mask] if self.change(each) is None else []
            if gone:
                step.judge(self.chosen[0].image_id, gone, "rejected")
        told = self.told(count) if count else changed_meanwhile(len(self.chosen))
        return Outcome(told, step.changes)

    def _is_changed(self, step: Step, chosen: Annotation) -> bool:
        """Changes one; returns whether it was there to be changed."""
        now = step.now(chosen)
        row = None if now is None else self.change(now)
        if row is not None:
            step.put(row)
        elif now is not None and now.mask == chosen.mask:
            step.delete(now)
        else:
            return False
        return True
