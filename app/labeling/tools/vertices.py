"""The vertex tool: the outline of an object as points to drag, to insert and to delete. All else of the mask stays."""

from __future__ import annotations

from collections.abc import Collection

from app.labeling.context import Context
from app.labeling.events import Changed, Notice
from app.labeling.tools.base import Gesture, Tool, ToolCursor, is_drag
from app.labeling.tools.options import ToolScale
from app.labeling.tools.overlay import BoxShape, HandlesShape, Overlay, VerticesShape
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.vertex_states import VertexStates, live
from app.masks.refinement import has_pixel
from app.masks.vertices import Edit, VertexOutline
from app.text import say, say_n

_REACH_PX = 8.0
"""Screen pixels from a vertex, where a press grips it."""
_EDGE_PX = 6.0
"""Screen pixels from an edge, where a press sets one more vertex on it."""


class VertexTool(Tool):
    """Drag: moves a vertex, and with it all that are chosen. Click on an edge: one more. Alt or right button: one less.
    Drag beside them: the rubber band chooses. Shift: one more is chosen, or one less."""

    id = "vertices"
    text: str = say("Vertices")
    keys = ("E",)
    order = 32

    def __init__(self) -> None:
        self.detail = ToolScale("detail", say("Detail"), 1.0, 0.0, 20.0, 0.5, unit=say("px"))
        self.options = (self.detail,)
        self.size = self.detail
        self._states = VertexStates()
        self._chosen: frozenset[int] = frozenset()
        self._chosen_of: VertexOutline | None = None
        self._shown: VerticesShape | None = None

    @property
    def cursor(self) -> ToolCursor:
        """The arrow that grips vertices."""
        return ToolCursor("arrow")

    # --- what is there -------------------------------------------------------------------------------------------

    def outline(self, c: Context) -> VertexOutline | None:
        """Returns the vertices of the object in the making, or else of the only one selected; None without one."""
        return self._states.of(c, self.detail.value)

    def chosen(self, c: Context) -> frozenset[int]:
        """Returns the vertices that are chosen: keys move and delete them."""
        outline = self.outline(c)
        return self._chosen if outline is not None and outline is self._chosen_of else frozenset()

    def choose(self, c: Context, which: Collection[int]) -> None:
        """Chooses these vertices and no others."""
        self._chosen, self._chosen_of = frozenset(which), self.outline(c)

    # --- what is drawn -------------------------------------------------------------------------------------------

    def resting(self, c: Context) -> Overlay:
        """Returns the vertices, wherever the pointer is."""
        outline, chosen = self.outline(c), self.chosen(c)
        if outline is None:
            return ()
        if self._shown is None or self._shown.points is not outline.points or self._shown.chosen != chosen:
            self._shown = VerticesShape(outline.points, outline.following, chosen)
        return (self._shown,)

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        """Shows which vertex a press would grip, or where it would set one."""
        outline = self.outline(c)
        if outline is None:
            return ()
        vertex = outline.vertex_at(e.x, e.y, _REACH_PX / c.view.scale)
        if vertex is not None:
            x, y = outline.points[vertex].tolist()
            return (HandlesShape(((x, y),), 0),)
        edge = outline.edge_at(e.x, e.y, _EDGE_PX / c.view.scale)
        return () if edge is None else (HandlesShape((edge[1:],)),)

    def readout(self, c: Context) -> str:
        """Returns how many vertices there are, and how well they say what the mask is."""
        outline = self.outline(c)
        if outline is None:
            return ""
        count, iou, deviation = self._states.fit(c, outline)
        return say_n(
            "{n} vertex    IoU {iou}    at most {px} px off",
            "{n} vertices    IoU {iou}    at most {px} px off",
            count,
            iou=f"{iou:.4f}",
            px=f"{deviation:.1f}",
        )

    def hint_now(self, c: Context) -> str:
        """Returns what can be done to the vertices."""
        if self.outline(c) is None:
            return say("Click an object to edit its outline.    Space and drag: pan.")
        if self.chosen(c):
            return say(
                "{key:vertices.delete}: delete them    {key:vertices.left}, {key:vertices.up}, …: move them\n"
                "Drag one: moves all    {key:mask.discard}: choose none"
            )
        return say(
            "Drag a vertex, click an edge for one more.    Alt+click: one less    {key:tool.smaller} and "
            "{key:tool.larger}: detail\nDrag beside them: choose several"
        )

    # --- what is done --------------------------------------------------------------------------------------------

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Grips a vertex, sets one on an edge, or begins a rubber band."""
        if c.session.place.size() is None:
            return
        outline = self.outline(c)
        vertex = outline.vertex_at(e.x, e.y, _REACH_PX / c.view.scale) if outline else None
        edge = outline.edge_at(e.x, e.y, _EDGE_PX / c.view.scale) if outline else None
        takes = "alt" in e.modifiers or e.button == "right"
        if vertex is not None and takes:
            self._delete(c, {vertex})
        elif vertex is not None and "shift" in e.modifiers:
            self.choose(c, self.chosen(c) ^ {vertex})
        elif vertex is not None:
            yield from self._drag(c, e, vertex)
        elif edge is not None and not takes:
            yield from self._insert(c, e, edge[0])
        else:
            yield from self._band(c, e)

    def can_step(self, c: Context, *, forward: bool) -> bool:
        """Returns True if only vertices were changed last and no pixel, as by one more on an edge."""
        return self._states.can_step(c, self.detail.value, forward=forward)

    def step(self, c: Context, *, forward: bool) -> None:
        """Takes that back, or brings it back; no vertex is chosen then."""
        self._states.step(c, self.detail.value, forward=forward)
        c.session.tell(Changed("proposal"))

    def move_chosen(self, c: Context, dx: float, dy: float) -> None:
        """Moves the chosen vertices by so many image pixels: one state of the object."""
        which = self.chosen(c)
        outline = self._gripped(c)
        if outline is not None and which:
            crossed = outline.crosses_at(which)
            edit = outline.moved(which, dx, dy)
            self._commit(c, edit, which)
            if not crossed and edit.outline.crosses_at(which):
                c.session.tell(Notice(say("The outline crosses itself: what it goes around twice is left out.")))

    def delete_chosen(self, c: Context) -> None:
        """Deletes the chosen vertices: one state of the object."""
        self._delete(c, self.chosen(c))

    def _delete(self, c: Context, which: Collection[int]) -> None:
        outline = self._gripped(c)
        if outline is not None and which:
            self._commit(c, outline.without(which), ())

    def _drag(self, c: Context, start: PointerEvent, vertex: int) -> Gesture:
        if vertex not in self.chosen(c):
            self.choose(c, {vertex})
        which, outline = self.chosen(c), self.outline(c)
        assert outline is not None
        index, e, dragged = sorted(which), start, False
        while e.down:
            dragged = dragged or is_drag(c, start, e)
            points = outline.points
            if dragged:
                points = points.copy()
                points[index] += (e.x - start.x, e.y - start.y)
            e = yield (VerticesShape(points, outline.following, which),)
        if dragged or is_drag(c, start, e):
            self.move_chosen(c, e.x - start.x, e.y - start.y)

    def _insert(self, c: Context, e: PointerEvent, before: int) -> Gesture:
        outline = self._gripped(c)
        if outline is not None:
            self._commit(c, outline.inserted(before, e.x, e.y), {before + 1})
            yield from self._drag(c, e, before + 1)

    def _band(self, c: Context, start: PointerEvent) -> Gesture:
        outline, e, dragged = self.outline(c), start, False
        while e.down:
            dragged = dragged or is_drag(c, start, e)
            e = yield (*self.resting(c), BoxShape(start.x, start.y, e.x, e.y)) if dragged else self.resting(c)
        kept = self.chosen(c) if "shift" in start.modifiers else frozenset[int]()
        if dragged and outline is not None:
            self.choose(c, kept | outline.within(start.x, start.y, e.x, e.y))
        elif not kept:
            self.choose(c, ())
            _pick_up(c, start)

    def _gripped(self, c: Context) -> VertexOutline | None:
        """The vertices of the object in the making: one that was only selected is picked up."""
        outline = self.outline(c)
        if live(c) is None and outline is not None:
            c.session.editor.resume(c.session.objects.selection[-1])
        return outline if live(c) is not None else None

    def _commit(self, c: Context, edit: Edit, chosen: Collection[int]) -> None:
        proposal, detail = live(c), self.detail.value
        assert proposal is not None
        before = proposal.exact
        region = edit.applied(before)
        if region is before:
            self._states.keep(c, proposal, detail, edit.outline)
        elif not self._states.edit(c, region, detail, edit.outline):
            return
        self.choose(c, chosen)


def _pick_up(c: Context, e: PointerEvent) -> None:
    """Picks up the object here, unless work on another one would be left for it: then it is told what comes first."""
    draft, shown, found = c.session.editor.draft, live(c), c.session.objects.at(e.x, e.y)
    if found is None or (draft.resumed is not None and draft.resumed.id == found.id):
        return
    if not draft.is_live or draft.is_unchanged:
        c.session.editor.resume(found.id)
    elif shown is None or not has_pixel(shown.region, int(e.x), int(e.y)):
        c.session.tell(Notice(say("Accept the mask first: {key:mask.accept}. Then another object can be edited.")))


TOOL = VertexTool()
