"""The mask in the making as it will be saved: without the pixels that the overlap policy cuts off. They are hatched, as
are those that others lose to it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from app.engine.values import Proposal
from app.labeling.cutting import Cut
from app.labeling.session import Session
from app.masks.combining import intersect, subtract
from app.masks.outlines import outlines_of
from app.masks.rle import Mask, Region
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
    lost_by: tuple[tuple[Annotation, Outline], ...] = ()
    """What others lose to it."""

    def hatched(self, session: Session, color: QColor) -> Hatched:
        """Returns what is to be hatched, in the colour of who loses it. color: of the object in the making."""
        categories = {category.id: category for category in session.classes.all()}
        own = () if self.lost is None else ((self.lost, color),)
        return (*own, *((outline, QColor(color_of(old, categories))) for old, outline in self.lost_by))


def live_mask(proposal: Proposal, cut: Cut | None, before: LiveMask | None) -> LiveMask:
    """Returns what is shown of a proposal. cut: what accepting it would do; before: what is shown now; it stays
    where nothing is different."""
    if before is not None and before.proposal is proposal and before.cut == cut:
        return before
    if cut is None:
        return LiveMask(proposal, cut, proposal.region, Outline(proposal.outlines), None)
    whole = Mask.from_region(proposal.region)
    lost_by = tuple((old, Outline(outlines_of(intersect([old.mask, whole])))) for old, _ in cut.changed)
    if cut.mask == whole:
        return LiveMask(proposal, cut, proposal.region, Outline(proposal.outlines), None, lost_by)
    kept, lost = Outline(outlines_of(cut.mask)), Outline(outlines_of(subtract(whole, [cut.mask])))
    return LiveMask(proposal, cut, cut.mask.region(), kept, lost, lost_by)
