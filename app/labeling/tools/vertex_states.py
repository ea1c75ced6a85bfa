"""The vertices of the object that is edited.

They stay where they were from one state of the object to the next, and come back with a state that is taken back. What
changes them and no pixel, as one more on an edge, is no state of the object: undo and redo step through it here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.engine.values import Proposal
from app.labeling.context import Context
from app.labeling.session import Session
from app.labeling.tools.ended import newest
from app.masks.evenodd import Points
from app.masks.geometry import Geometry
from app.masks.outlines import outlines
from app.masks.rle import Mask, Region, most_pixels
from app.masks.vertices import Fit, VertexOutline, vertices_from, vertices_of
from app.project.records import Annotation

_Made: TypeAlias = OrderedDict[Mask, tuple[float, VertexOutline]]
"""The last one is the newest."""
_MOST_STATES = 100
"""Those of older ones are made anew when it comes to it."""


@dataclass(frozen=True, eq=False)
class _Step:
    """Other vertices of a mask that stayed as it was."""

    number: int
    """Of the state of the object."""
    before: VertexOutline
    after: VertexOutline
    undone: int | None
    """The state that redo would have brought back when this was taken back: after another one was made it is past."""


@dataclass
class _Steps:
    """The newest last."""

    done: list[_Step] = field(default_factory=list[_Step])
    undone: list[_Step] = field(default_factory=list[_Step])


class VertexStates:
    """Keeps the vertices of the masks that were edited last, and for what detail they were made."""

    def __init__(self) -> None:
        self._made: WeakKeyDictionary[Session, _Made] = WeakKeyDictionary()
        self._steps: WeakKeyDictionary[Session, _Steps] = WeakKeyDictionary()
        self._fits: WeakKeyDictionary[VertexOutline, Fit] = WeakKeyDictionary()

    def of(self, c: Context, detail: float) -> VertexOutline | None:
        """Returns the vertices of the object in the making, or else of the only one selected; None without one.

        detail: how far they may leave the outline, in pixels. With another one than before they are made anew.
        """
        proposal = live(c)
        if proposal is not None:
            draft = c.session.editor.draft
            saved = draft.resumed if draft.is_unchanged else None
            return self._vertices(c, proposal.mask, detail, saved, proposal.outlines)
        saved = selected(c)
        return None if saved is None else self._vertices(c, saved.mask, detail, saved)

    def keep(self, c: Context, proposal: Proposal, detail: float, outline: VertexOutline) -> None:
        """Takes these for the vertices of the object as it is: no pixel of it is different. It can be stepped back."""
        before, number = self._vertices(c, proposal.mask, detail, None, proposal.outlines), newest(c)
        if number is not None:
            steps = self._steps.setdefault(c.session, _Steps())
            steps.done = [*steps.done[1 - _MOST_STATES :], _Step(number, before, outline, None)]
            steps.undone = []
        self._put(c, proposal.mask, detail, outline)

    def can_step(self, c: Context, detail: float, *, forward: bool) -> bool:
        """Returns True if the last thing done to the object changed its vertices alone; forward: taken back last."""
        return self._next_step(c, detail, forward=forward) is not None

    def step(self, c: Context, detail: float, *, forward: bool) -> None:
        """Takes that back, or brings it back."""
        found, proposal, steps = self._next_step(c, detail, forward=forward), live(c), self._steps.get(c.session)
        if found is not None and proposal is not None and steps is not None:
            (steps.undone if forward else steps.done).remove(found)
            (steps.done if forward else steps.undone).append(replace(found, undone=_redone_next(c)))
            self._put(c, proposal.mask, detail, found.after if forward else found.before)

    def _next_step(self, c: Context, detail: float, *, forward: bool) -> _Step | None:
        steps, number = self._steps.get(c.session), newest(c)
        if steps is None or number is None:
            return None
        there = reversed(steps.undone if forward else steps.done)
        found = next((step for step in there if step.number == number), None)
        if found is None or self.of(c, detail) is not (found.before if forward else found.after):
            return None
        return None if forward and found.undone != _redone_next(c) else found

    def edit(self, c: Context, region: Region, detail: float, outline: VertexOutline) -> bool:
        """Makes a mask the newest state of the object, with these vertices. Returns False when it was refused."""
        before, mask = live(c), Mask.from_region(region)
        self._put(c, mask, detail, outline)
        c.session.editor.edit(region, "vertices")
        return live(c) is not before

    def fit(self, c: Context, outline: VertexOutline) -> Fit:
        """Returns how well the vertices say what the mask of the object is."""
        known = self._fits.get(outline)
        if known is None:
            proposal, saved = live(c), selected(c)
            region = proposal.region if proposal else saved.mask.region() if saved else None
            known = self._fits[outline] = outline.fit(region) if region else Fit(len(outline), 1.0, 0.0)
        return known

    def _of(self, c: Context) -> _Made:
        return self._made.setdefault(c.session, OrderedDict())

    def _put(self, c: Context, mask: Mask, detail: float, outline: VertexOutline) -> None:
        made = self._of(c)
        made[mask] = detail, outline
        made.move_to_end(mask)
        while len(made) > _MOST_STATES:
            made.popitem(last=False)

    def _vertices(
        self,
        c: Context,
        mask: Mask,
        detail: float,
        saved: Annotation | None,
        exact: Sequence[NDArray[np.float32]] | None = None,
    ) -> VertexOutline:
        """Makes the vertices of a mask, unless they are here; at first from the corners that its file had."""
        known = self._of(c).get(mask)
        if known is None or known[0] != detail:
            exact = outlines(mask.region()) if exact is None else exact
            rings = _source_rings(saved.geometry) if saved and saved.geometry and known is None else []
            outline = (vertices_from(rings, exact) if rings else None) or vertices_of(exact, detail)
            self._put(c, mask, detail, outline)
            return outline
        return known[1]


def live(c: Context) -> Proposal | None:
    """Returns the mask of the object in the making; None while there is none."""
    return c.session.editor.proposal if c.session.editor.draft.is_live else None


def _redone_next(c: Context) -> int | None:
    """The number of the state that redo would bring back."""
    undone = c.session.editor.draft.undone
    return undone[-1].number if undone else None


def selected(c: Context) -> Annotation | None:
    """Returns the only selected object, if it is seen and its outline can be worked on."""
    selection = c.session.objects.selection
    if len(selection) != 1 or c.session.place.past is not None:
        return None
    saved = c.session.project.annotation(selection[0])
    if saved is None or saved.hidden:
        return None
    width, height = saved.mask.bbox[2:]
    return saved if width * height <= most_pixels(saved.mask.size) else None


def _source_rings(geometry: Geometry) -> list[Points]:
    """The polygons that a file had; none where it had something else."""
    if not geometry.is_sound or any(shape.kind != "polygon" for shape in geometry.shapes):
        return []
    try:
        return [np.array(shape.values(), np.float64).reshape(-1, 2) for shape in geometry.shapes]
    except msgspec.DecodeError:
        return []
