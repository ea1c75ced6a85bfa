"""The ring of candidate masks that Tab turns."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.engine.values import Proposal
from app.masks.outlines import outlines
from app.masks.regions import empty
from app.masks.rle import Mask


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
    """Asked for while it was not whole."""
    masks: tuple[Mask, ...] = ()
    """What is kept of the proposals' pixels and outlines in a packed ring; () while they are there."""

    def __len__(self) -> int:
        return len(self.proposals)

    @property
    def current(self) -> Proposal | None:
        """The chosen candidate; None when there is none."""
        return self.proposals[self.index] if self.proposals else None

    def packed(self) -> Ring:
        """Returns the ring without pixels and outlines: of thousands of states only the RLE is kept."""
        if self.masks or not self.is_whole:
            return self
        bare = tuple(replace(each, region=empty(each.region.image_size), outlines=[]) for each in self.proposals)
        return replace(self, proposals=bare, masks=tuple(each.mask for each in self.proposals))

    def unpacked(self) -> Ring:
        """Returns the ring with pixels and outlines again."""
        if not self.masks:
            return self
        whole = tuple(_filled(each, mask) for each, mask in zip(self.proposals, self.masks, strict=True))
        return replace(self, proposals=whole, masks=())

    def turned(self, step: int) -> Ring:
        """Returns the ring with the neighbour chosen; after the last comes the first.

        In a glimpse the choice waits until the others are there.
        """
        if not self.is_whole:
            return replace(self, turns=self.turns + step)
        return replace(self, index=(self.index + step) % len(self.proposals)) if self.proposals else self

    def chosen(self, index: int) -> Ring:
        """Returns the ring with that candidate chosen; an index outside the ring leaves it as it is."""
        return replace(self, index=index) if 0 <= index < len(self.proposals) else self


def _filled(bare: Proposal, mask: Mask) -> Proposal:
    region = mask.region() if mask.area else bare.region
    return replace(bare, region=region, outlines=outlines(region) if mask.area else [])
