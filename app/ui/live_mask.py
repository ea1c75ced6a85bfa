"""The mask in the making as it will be saved: without the pixels that the overlap policy cuts off. They are hatched, as
are those that others lose to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QColor

from app.engine.values import Proposal
from app.labeling.cutting import Cut
from app.labeling.session import Session
from app.masks.outlines import outlines
from app.masks.rle import Region
from app.project.records import Annotation
from app.ui.canvas.outline import Outline
from app.ui.class_colors import color_of

Hatched = tuple[tuple[Outline, QColor], ...]


@dataclass(frozen=True, eq=False)
class LiveMask:
    """What is shown of a proposal. region: of the outline."""

    proposal: Proposal
    cut: Cut | None
    region: Region
    outline: Outline
    lost: Outline | None
    """What it loses itself."""
    taken: tuple[tuple[Annotation, Outline], ...]
    """What others lose to it."""

    def hatched(self, session: Session, color: QColor) -> Hatched:
        """Returns what is to be hatched, in the colour of who loses it. color: of the object in the making."""
        categories = {category.id: category for category in session.classes.all()}
        own = () if self.lost is None else ((self.lost, color),)
        return (*own, *((outline, QColor(color_of(old, categories))) for old, outline in self.taken))


def live_mask(
    proposal: Proposal,
    cut: Cut | None,
    before: LiveMask | None,
    known: Callable[[Annotation], Outline | None] = lambda _: None,
) -> LiveMask:
    """Returns what is shown of a proposal. cut: what accepting it would do; before: what is shown now; it stays where
    nothing is different; known: the outline of a saved object, if it was traced."""
    if before is not None and before.proposal is proposal and before.cut is cut:
        return before
    taken: tuple[tuple[Annotation, Outline], ...] = ()
    if cut is not None:
        parts = ((old, Outline(outlines(common))) for old, common in cut.taken)
        wholes = ((old, known(old) or Outline(outlines(old.mask.region()))) for old in cut.covered)
        taken = (*parts, *wholes)
    if cut is None or cut.lost is None:
        return LiveMask(proposal, cut, proposal.region, Outline(proposal.outlines), None, taken)
    kept, lost = Outline(outlines(cut.region)), Outline(outlines(cut.lost))
    return LiveMask(proposal, cut, _trimmed(cut.region), kept, lost, taken)


def _trimmed(region: Region) -> Region:
    """Returns a region cut to its bounding box, by which the saved object is known again."""
    rows, columns = np.flatnonzero(region.pixels.any(axis=1)), np.flatnonzero(region.pixels.any(axis=0))
    if not len(rows):
        return region
    y, x = int(rows[0]), int(columns[0])
    pixels = region.pixels[y : rows[-1] + 1, x : columns[-1] + 1]
    return Region(region.x + x, region.y + y, pixels, region.image_size)
