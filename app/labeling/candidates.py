"""The ring of candidate masks that Tab turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from app.engine.values import Proposal
from app.masks.outlines import outlines
from app.masks.overlaps import mask_iou
from app.masks.regions import decoded
from app.masks.rle import Mask


class PackedProposal(Proposal):
    """A proposal of which the RLE is kept, and neither pixels nor outlines: they are made when they are asked for."""

    def __init__(self, whole: Proposal) -> None:
        kept = {"predicted_iou", "stability_score", "candidate", "closeup"}
        vars(self).update({name: value for name, value in vars(whole).items() if name in kept}, mask=whole.mask)

    @property
    def is_empty(self) -> bool:
        """True if it has no pixel, which its RLE tells."""
        return not self.mask.area

    def __getattr__(self, name: str) -> Any:
        """Python asks here for what the proposal does not hold."""
        if name == "region":
            return decoded(self.mask)
        if name == "outlines":
            return outlines(self.region)
        raise AttributeError(name)


@dataclass(frozen=True, eq=False)
class Ring:
    """The candidates of one answer, best first, and the chosen one.

    proposals: empty when the model found nothing. index: the chosen one.
    """

    proposals: tuple[Proposal, ...] = ()
    index: int = 0
    is_whole: bool = True
    """False: a first glimpse, the other candidates are still being made."""
    turns: int = 0
    """Asked for while it was not whole, or while more candidates were awaited."""

    def __len__(self) -> int:
        return len(self.proposals)

    @property
    def is_turned(self) -> bool:
        """True if another candidate was chosen than the one that is there: the others are still to come."""
        return not self.is_whole and self.turns != 0

    @property
    def current(self) -> Proposal | None:
        """The chosen candidate; None when there is none."""
        return self.proposals[self.index] if self.proposals else None

    def packed(self) -> Ring:
        """Returns the ring without pixels and outlines: of thousands of states only the RLE is kept."""
        return replace(self, proposals=tuple(map(PackedProposal, self.proposals)))

    @property
    def is_packed(self) -> bool:
        """True if pixels and outlines are made anew each time they are asked for."""
        return isinstance(self.current, PackedProposal)

    def unpacked(self) -> Ring:
        """Returns the ring with pixels and outlines at hand again."""
        return replace(self, proposals=tuple(map(_unpacked, self.proposals))) if self.is_packed else self

    def turned(self, step: int) -> Ring:
        """Returns the ring with the neighbour chosen; after the last comes the first.

        In a glimpse the choice waits until the others are there.
        """
        if not self.is_whole:
            return self.turned_later(step)
        return replace(self, index=(self.index + step) % len(self.proposals)) if self.proposals else self

    def turned_later(self, step: int) -> Ring:
        """Returns the ring with a choice that waits until more candidates are there."""
        return replace(self, turns=self.turns + step)

    def chosen(self, index: int) -> Ring:
        """Returns the ring with that candidate chosen; an index outside the ring leaves it as it is."""
        return replace(self, index=index) if 0 <= index < len(self.proposals) else self

    def chosen_as(self, before: Ring) -> Ring:
        """Returns the ring with the candidate chosen that is most like the one chosen before; the first where none
        was."""
        if before.index == 0 or before.current is None:
            return self.chosen(0)
        chosen = Mask.from_region(before.current.region)
        likeness = [mask_iou(Mask.from_region(each.region), chosen) for each in self.proposals]
        return self.chosen(max(range(len(likeness)), key=likeness.__getitem__))


def turned_ahead(ring: Ring | None) -> Ring | None:
    """Returns the glimpse in which a candidate was chosen that is still to come: where the same is asked of another
    part of the image, its answer is turned as far. None of any other ring."""
    return ring if ring is not None and ring.is_turned else None


def _unpacked(proposal: Proposal) -> Proposal:
    if not isinstance(proposal, PackedProposal):
        return proposal
    region = proposal.region
    whole = Proposal(
        region,
        outlines(region),
        proposal.predicted_iou,
        proposal.stability_score,
        proposal.candidate,
        proposal.closeup,
    )
    vars(whole)["mask"] = proposal.mask
    return whole
