"""What everything mode proposes on the image now shown: to be taken one by one, all at once, or not at all.

The proposals of each image are kept in the project: they are there again when the person comes back, and go only when
somebody decides about them. The model makes them again, and then they take the place of those undecided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.engine.replies import Failed, Outlined, Proposed
from app.engine.requests import Propose, StopProposing, TraceOutlines
from app.engine.values import AutoMask, ImageRef
from app.labeling.bus import Bus
from app.labeling.events import Changed, Notice
from app.labeling.objects import Objects, covers
from app.labeling.place import Place
from app.masks.overlaps import pairs_between
from app.masks.rle import Mask, Region
from app.masks.validity import is_sound
from app.problem import Problem
from app.project.history.journal import ALIKE_IOU
from app.project.records import ChangeSet, KeptProposal, ProposalState
from app.text import say, say_n

_KEPT_AT_ONCE = 25
"""So many new ones are not on the disk at most, while everything mode runs."""


class Everything:
    """Runs everything mode on the image now shown, and keeps what it found until somebody decides about it."""

    def __init__(self, place: Place, objects: Objects, bus: Bus) -> None:
        self._place, self._objects, self._engine, self._tell = place, objects, bus.engine, bus.tell
        self._image_id: int | None = None
        """Of the image that all of this is about."""
        self._found: tuple[AutoMask, ...] = ()
        """Also those that are decided: they are not proposed again, but come back when that is undone."""
        self._ids: dict[AutoMask, int] = {}
        """Under which they are kept."""
        self._before: tuple[AutoMask, ...] = ()
        """Those undecided that what is being found takes the place of, once all is found."""
        self._states: dict[int, ProposalState] = {}
        """By id, what became of them; one that is not here is proposed."""
        self.findings: tuple[AutoMask, ...] = ()
        """Those that nobody has decided about and no saved object says already, best first."""
        self.fraction: float | None = None
        """The fraction done; None when it is not running."""
        bus.replies.on(Proposed, self._proposed)
        bus.replies.on(Outlined, self._outlined)
        bus.replies.on(Failed, self._failed, of=Propose)

    @property
    def is_running(self) -> bool:
        """True while the model looks for everything."""
        return self.fraction is not None

    # --- looking for everything ----------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Begins to look for everything, or stops what runs. Raises Problem when the image may not be looked at."""
        if self.is_running:
            self.stop()
        elif self._place.image_id is not None and self._place.size() is not None:
            self._engine.submit(Propose(self._place.ref(self._place.image_id)))
            self._image_id, self._before = self._place.image_id, tuple(self._undecided(self._found))
            self._show(self._decided(), 0.0)

    def stop(self) -> None:
        """Stops looking; what was found so far stays."""
        if self.is_running:
            self._engine.submit(StopProposing())
            self._end()

    def _end(self) -> None:
        """Before all was found: what was proposed before stays too."""
        said = _alike(self._before, [each.mask for each in self._found])
        self._found, self._before = (*self._found, *(each for each in self._before if each not in said)), ()
        self._keep()
        self._show(self._found, None)

    def _proposed(self, reply: Proposed) -> None:
        if not self.is_running or not self._place.is_answer(reply):
            return
        is_done = reply.fraction == 1
        self._found = (*self._decided(), *(found for found in reply.findings if not self._is_decided(found)))
        self._before = () if is_done else self._before
        if is_done or sum(found not in self._ids for found in self._found) >= _KEPT_AT_ONCE:
            self._keep()
        self._show(self._found, None if is_done else reply.fraction)
        if is_done:
            self._tell(Notice(_summary(len(self.findings))))

    def _failed(self, reply: Failed) -> None:
        if self.is_running and isinstance(reply.request, Propose) and self._place.is_shown(reply.request.image):
            self._end()

    def keep(self) -> None:
        """Keeps what was found so far, while everything mode still runs: somebody decides about it now."""
        if self.is_running:
            self._keep()

    def _keep(self) -> None:
        """What is decided already, or says the same, is left out; what an object says is hidden, and not forgotten."""
        if self._image_id is not None:
            new = self._undecided((*self._found, *self._before))
            rows = [_row(each, self._image_id, self._ids.get(each, 0)) for each in new]
            kept = self._place.project.proposals.keep(self._image_id, rows)
            self._ids.update({each: row.id for each, row in zip(new, kept, strict=True)})

    # --- coming and going ----------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Stops looking, and shows nothing any more: another image, or the past, is about to be shown."""
        if self.is_running:
            told = say(
                "Looking for everything was stopped; what was found stays. {key:everything.start} goes on there."
            )
            self._tell(Notice(told))
        self.stop()
        self._ids, self._states, self._image_id, self._before = {}, {}, None, ()
        if self._found:
            self._show((), None)

    def enter(self) -> None:
        """Shows the proposals that are kept of the image now shown. Raises Problem when they cannot be read."""
        self.leave()
        image_id = self._place.image_id
        kept = self._place.project.proposals.of_image(image_id) if image_id is not None else []
        if kept:
            kept.sort(key=lambda each: -each.predicted_iou)
            self._image_id = image_id
            self._ids = {_auto_mask(each): each.id for each in kept}
            self._states = {each.id: each.state for each in kept}
            self._show(tuple(self._ids), None)
            self._trace()

    def _trace(self) -> None:
        """The outlines are made by the engine's reader; until then a proposal can be clicked, but is not seen."""
        ref = self._place.ref_or_why_not(self._image_id) if self._image_id is not None else ""
        if isinstance(ref, ImageRef):
            self._engine.submit(TraceOutlines(ref, tuple((-number, each.mask) for each, number in self._ids.items())))

    def _outlined(self, reply: Outlined) -> None:
        """Proposals have negative numbers among what is traced, objects positive ones."""
        traced = {-number: lines for (number, _), lines in zip(reply.masks, reply.outlines, strict=True) if number < 0}
        if traced and not self.is_running and self._place.is_shown(reply.image):
            seen = {each: replace(each, outlines=traced.get(number, [])) for each, number in self._ids.items()}
            self._ids = {seen[each]: number for each, number in self._ids.items()}
            damaged = {after for before, after in seen.items() if not after.outlines and not before.outlines}
            found = [seen.get(each, each) for each in self._found]
            self._show(tuple(each for each in found if each not in damaged), None)

    # --- deciding ------------------------------------------------------------------------------------------------

    def reject(self, *chosen: AutoMask) -> ChangeSet | None:
        """Rejects these, or without any all that are shown, in one step. Returns None when there are none. Raises
        Problem in the past."""
        self._place.writable()
        if chosen:
            self.keep()
        else:
            self.stop()
        image_id = self._place.image_id
        doomed = {self._ids[each] for each in chosen or self.findings}
        if not doomed or image_id is None:
            return None
        kept = [each for each in self._place.project.proposals.of_image(image_id) if each.id in doomed]
        with self._place.project.step(say_n("Reject {n} proposal", "Reject {n} proposals", len(kept))) as step:
            step.judge_all(kept, "rejected")
        self._tell(Notice(say_n("Rejected {n} proposal.", "Rejected {n} proposals.", len(kept)), step.id))
        return step.changes

    # --- what is shown -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Leaves out what was decided, or what saved objects say by now: some were saved, deleted, or brought back."""
        if self._found and self._image_id is not None:
            self._states = self._place.project.proposals.states(self._image_id)
            self._show(self._found, self.fraction)

    def _is_decided(self, found: AutoMask) -> bool:
        return self._states.get(self._ids.get(found, 0), "proposed") != "proposed"

    def _decided(self) -> tuple[AutoMask, ...]:
        return tuple(each for each in self._ids if self._is_decided(each))

    def _undecided(self, found: Sequence[AutoMask]) -> list[AutoMask]:
        """Without what says the same as one that is decided."""
        open_ = [each for each in found if not self._is_decided(each)]
        said = _alike(open_, [each.mask for each in found if self._is_decided(each)])
        return [each for each in open_ if each not in said]

    def at(self, x: float, y: float) -> list[AutoMask]:
        """Returns the findings that have this pixel, the smallest first."""
        return [f for f in sorted(self.findings, key=lambda f: f.mask.area) if covers(f.mask, x, y)]

    def like(self, region: Region) -> AutoMask | None:
        """Returns the finding with exactly these pixels; None when there is none."""
        alike = [each for each in self.findings if each.mask.bbox == region.bbox]
        return next((each for each in alike if each.mask == Mask.from_region(region)), None) if alike else None

    def _show(self, found: tuple[AutoMask, ...], fraction: float | None) -> None:
        self._found, self.fraction = found, fraction
        open_ = self._undecided(found)
        said = _alike(open_, [annotation.mask for annotation in self._objects.all()] if open_ else [])
        self.findings = tuple(each for each in open_ if each not in said)
        self._tell(Changed("findings"))


def _alike(found: Sequence[AutoMask], masks: Sequence[Mask]) -> set[AutoMask]:
    """Returns those of found that say the same as one of the masks."""
    try:
        pairs = list(pairs_between([each.mask for each in found], masks, ALIKE_IOU)) if masks else []
    except Problem:  # one is damaged: a project may come from a stranger
        sound = [mask for mask in masks if is_sound(mask)]
        return {each for each in found if is_sound(each.mask) and any(pairs_between([each.mask], sound, ALIKE_IOU))}
    return {found[i] for i, _, _ in pairs}


def _auto_mask(kept: KeptProposal) -> AutoMask:
    return AutoMask(kept.mask, [], kept.predicted_iou, kept.stability_score, kept.point, kept.model)


def _row(found: AutoMask, image_id: int, kept_id: int) -> KeptProposal:
    return KeptProposal(
        kept_id, image_id, found.mask, found.predicted_iou, found.stability_score, found.point, found.model_key
    )


def _summary(count: int) -> str:
    if not count:
        return say("Nothing new was found.")
    return say_n(
        "Found one thing. Click it to take it; {key:everything.accept} accepts all.",
        "Found {n} things. Click one to take it; {key:everything.accept} accepts all.",
        count,
    )
