"""The vertices of the object that is edited.

They stay where they were from one state of the object to the next, and come back with a state that is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.engine.values import Proposal
from app.labeling.context import Context
from app.masks.evenodd import Points
from app.masks.geometry import Geometry
from app.masks.outlines import outlines
from app.masks.rle import Region, most_pixels
from app.masks.vertices import Fit, VertexOutline, vertices_from, vertices_of
from app.project.records import Annotation


class VertexStates:
    """Keeps the vertices of each state of the object in the making for as long as there is that state."""

    def __init__(self) -> None:
        self._made: WeakKeyDictionary[Proposal, tuple[float, VertexOutline]] = WeakKeyDictionary()
        self._fits: WeakKeyDictionary[VertexOutline, Fit] = WeakKeyDictionary()
        self._selected: tuple[Annotation, float, VertexOutline] | None = None
        self._expected: VertexOutline | None = None

    def of(self, c: Context, detail: float) -> VertexOutline | None:
        """Returns the vertices of the object in the making, or else of the only one selected; None without one.

        detail: how far they may leave the outline, in pixels. With another one than before they are made anew.
        """
        proposal = live(c)
        if proposal is None:
            return self._of_selected(c, detail)
        known = self._made.get(proposal)
        if known is None or known[0] != detail:
            known = detail, self._expected or self._of_live(c, proposal, detail, is_first=known is None)
            self._made[proposal] = known
        return known[1]

    def put(self, proposal: Proposal, detail: float, outline: VertexOutline) -> None:
        """Takes these for the vertices of that state."""
        self._made[proposal] = detail, outline

    def edit(self, c: Context, region: Region, outline: VertexOutline) -> bool:
        """Makes a mask the newest state of the object, with these vertices. Returns False when it was refused."""
        before, self._expected = live(c), outline
        try:
            c.session.editor.edit(region, "vertices")
        finally:
            self._expected = None
        return live(c) is not before

    def fit(self, c: Context, outline: VertexOutline) -> Fit:
        """Returns how well the vertices say what the mask is."""
        known = self._fits.get(outline)
        if known is None:
            proposal = live(c)
            region = proposal.region if proposal else self._selected[0].mask.region() if self._selected else None
            known = self._fits[outline] = outline.fit(region) if region else Fit(len(outline), 1.0, 0.0)
        return known

    def _of_live(self, c: Context, proposal: Proposal, detail: float, *, is_first: bool) -> VertexOutline:
        """Makes the vertices; of a saved object to which nothing was done yet, from the points that a file had."""
        draft = c.session.editor.draft
        geometry = draft.resumed.geometry if draft.resumed and draft.is_unchanged and is_first else None
        return _vertices(proposal.outlines, geometry, detail)

    def _of_selected(self, c: Context, detail: float) -> VertexOutline | None:
        selection = c.session.objects.selection
        saved = c.session.project.annotation(selection[0]) if len(selection) == 1 else None
        if saved is None or c.session.place.past is not None or saved.hidden:
            self._selected = None
            return None
        known = self._selected
        if known is None or known[0].mask != saved.mask or known[1] != detail:
            width, height = saved.mask.bbox[2:]
            if width * height > most_pixels(saved.mask.size):
                return None
            is_first = known is None or known[0].id != saved.id
            outline = _vertices(outlines(saved.mask.region()), saved.geometry if is_first else None, detail)
            known = self._selected = saved, detail, outline
        return known[2]


def live(c: Context) -> Proposal | None:
    """Returns the mask of the object in the making; None while there is none."""
    return c.session.editor.proposal if c.session.editor.draft.is_live else None


def _vertices(exact: Sequence[NDArray[np.float32]], geometry: Geometry | None, detail: float) -> VertexOutline:
    """The corners that a file had, where they are those of the mask; else as many as the detail takes."""
    rings = _source_rings(geometry) if geometry else []
    return (vertices_from(rings, exact) if rings else None) or vertices_of(exact, detail)


def _source_rings(geometry: Geometry) -> list[Points]:
    """The polygons that a file had; none where it had something else."""
    if not geometry.is_sound or any(shape.kind != "polygon" for shape in geometry.shapes):
        return []
    try:
        return [np.array(shape.values(), np.float64).reshape(-1, 2) for shape in geometry.shapes]
    except msgspec.DecodeError:
        return []
