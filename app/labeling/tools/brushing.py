"""What brush and eraser have in common: the tip, and how it is drawn over the image."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from app.labeling.context import Context
from app.labeling.events import Notice
from app.labeling.tools.base import Gesture, Tool
from app.labeling.tools.options import ToolChoice, ToolOption, ToolSwitch
from app.labeling.tools.overlay import DiscShape, Overlay, PaintingShape, PathShape
from app.labeling.tools.pointer import PointerEvent
from app.masks.painting import Painting
from app.masks.regions import bounds
from app.masks.rle import Region
from app.masks.strokes import Stroke
from app.problem import Problem
from app.project.records import Annotation
from app.text import say, say_n

_Drawing: TypeAlias = Generator[Overlay, PointerEvent, tuple[list[tuple[float, float]], float, Painting]]
"""A gesture that ends with the path, the largest radius on it, and what it painted."""
_NOTHING = (0, 0, 0, 0)
"""The part of the image that was changed by what was refused."""


@dataclass(frozen=True)
class _End:
    """Where a stroke ended."""

    x: float
    y: float
    state: int
    """The number of the state that it left the object in."""
    saved: Annotation | None
    """The saved object of which it changed no pixel."""


@dataclass(frozen=True)
class _Dab:
    """Where the tip is set down, so that it covers whole pixels: a tip of one covers the one under the pointer."""

    x: float
    y: float
    radius: float


class Tip:
    """The tip of the brush, which is that of the eraser too."""

    def __init__(self) -> None:
        self.size = ToolOption("size", say("Size"), 24, 1, 1000, unit=say("px"))
        self.shape = ToolChoice("shape", say("Shape"), "round", (("round", say("Round")), ("square", say("Square"))))
        self.asks_model = ToolSwitch("asks_model", say("Ask the model"), value=True)
        self.erases_with_model = ToolSwitch("erases_with_model", say("Ask the model"))
        """Off from the start: everywhere else an eraser takes what it passes over, and nothing beside it."""
        self.end: _End | None = None
        """Where the last stroke ended: a straight line begins there."""

    @property
    def is_square(self) -> bool:
        """True if the tip is a square, not a disc."""
        return self.shape.value == "square"

    def asks(self, *, is_positive: bool) -> ToolSwitch:
        """Returns the switch whether strokes that paint, or those that erase, ask the model."""
        return self.asks_model if is_positive else self.erases_with_model

    def dab(self, e: PointerEvent, pressure: float) -> _Dab:
        """Returns where the tip is set down. pressure: of a pen; half of it is half the size."""
        width = max(1, round(self.size.value * pressure))
        if width % 2:
            return _Dab(math.floor(e.x) + 0.5, math.floor(e.y) + 0.5, width / 2)
        return _Dab(math.floor(e.x + 0.5), math.floor(e.y + 0.5), width / 2)

    def ring(self, dab: _Dab) -> DiscShape:
        """Returns the border of the tip, in image pixels."""
        return DiscShape(dab.x, dab.y, dab.radius, self.is_square)


TIP = Tip()


class BrushingTool(Tool):
    """Draws strokes. The left button does what the tool is for, the right one the opposite; the other end of a pen
    erases."""

    is_positive: bool
    """True if its left button paints."""

    def __init__(self) -> None:
        self.size = TIP.size
        self.options = (TIP.size, TIP.shape, self.asks_model)

    @property
    def asks_model(self) -> ToolSwitch:
        """Whether strokes with the left button ask the model."""
        return TIP.asks(is_positive=self.is_positive)

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        """Shows the border of the tip, and with Shift the straight line that a click would draw."""
        dab = TIP.dab(e, 1.0)
        start = _end_here(c) if "shift" in e.modifiers else None
        return (TIP.ring(dab),) if start is None else (PathShape((start, (dab.x, dab.y))), TIP.ring(dab))

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins a stroke; with Shift a straight line from the end of the last one."""
        if c.session.place.size() is None:
            return
        with _as_before_unless_changed(c):
            is_positive = self.is_positive != (e.button == "right") and not e.is_eraser
            yield from self._stroke(c, e, is_positive=is_positive)

    def _stroke(self, c: Context, e: PointerEvent, *, is_positive: bool) -> Gesture:
        was_live = c.session.editor.draft.is_live
        _pick_up(c, e, is_positive=is_positive)
        draw = self._line(c, e, is_positive) if "shift" in e.modifiers else self._freely(c, e, is_positive)
        path, radius, painting = yield from draw
        if not path:
            return
        part = painting.region()
        if not is_positive:  # it may begin beside what it is for
            c.session.painter.pick_up_below(part)
        stroke, before = Stroke(tuple(path), radius, is_positive, TIP.is_square), c.session.editor.draft
        c.session.painter.stroke(stroke, ask_model=TIP.asks(is_positive=is_positive).value, part=part)
        draft = c.session.editor.draft
        if not is_positive and draft is before:
            _tell_of_another(c, part, was_live=was_live)
        if draft.is_live:
            TIP.end = _End(*path[-1], draft.top.number, draft.resumed if draft.is_unchanged else None)

    def hint_now(self, c: Context) -> str:
        """Returns what a drag does, and first of all when it would change an object that is only selected."""
        session = c.session
        if not self.is_positive or session.editor.draft.is_live or len(session.objects.selection) != 1:
            return self.hint
        return say("This paints on the object that is selected. {key:mask.discard}: on a new one") + f"\n{self.hint}"

    def readout(self, c: Context) -> str:
        """Returns how large the mask in the making is, and whether it is that of a saved object."""
        draft = c.session.editor.draft
        shown = c.session.editor.proposal if draft.is_live else None
        if shown is None:
            return ""
        if draft.resumed is not None and not shown.is_empty:
            return say_n("A saved object: {n:,} pixel", "A saved object: {n:,} pixels", shown.mask.area)
        return say("The mask is empty") if shown.is_empty else say_n("{n:,} pixel", "{n:,} pixels", shown.mask.area)

    def _freely(self, c: Context, e: PointerEvent, is_positive: bool) -> _Drawing:
        painting, refusal = _painting(c, is_positive), _Refusal(c)
        path: list[tuple[float, float]] = []
        widest = 0.5
        while e.down:
            dab, changed = TIP.dab(e, e.pressure), _NOTHING
            with refusal:
                changed = painting.draw_to(dab.x, dab.y, dab.radius)
                path.append((dab.x, dab.y))
                widest = max(widest, dab.radius)
            e = yield (PaintingShape(painting.tiles, changed, not is_positive), TIP.ring(dab))
        return path, widest, painting

    def _line(self, c: Context, e: PointerEvent, is_positive: bool) -> _Drawing:
        """The end follows the pointer until the button is let go."""
        first = TIP.dab(e, 1.0)
        start = _end_here(c) or (first.x, first.y)
        done: tuple[list[tuple[float, float]], float, Painting] = [], 0.5, _painting(c, is_positive)
        refusal = _Refusal(c)
        while True:
            dab, changed = TIP.dab(e, 1.0), _NOTHING
            with refusal:
                painting = _painting(c, is_positive)
                painting.draw_to(*start, dab.radius)
                changed = painting.draw_to(dab.x, dab.y, dab.radius)
                done = [start, (dab.x, dab.y)], dab.radius, painting
            if not e.down:
                return done
            painting = done[-1]
            e = yield (PaintingShape(painting.tiles, changed, not is_positive), TIP.ring(dab))


@contextmanager
def _as_before_unless_changed(c: Context) -> Generator[None, None, None]:
    """A stroke picks up what it works on when it begins. One that is given up, or changes nothing, leaves that as it
    was chosen before: the next stroke is not for it."""
    session, draft = c.session, c.session.editor.draft
    selection, image_id = session.objects.selection, session.image_id
    try:
        yield
    finally:
        is_picked_up = not draft.is_live and session.editor.draft.is_unchanged
        if is_picked_up and session.image_id == image_id:
            session.drafts.change(draft)
            session.objects.select(*selection)


class _Refusal:
    """Where a stroke would reach over too much of a huge image it stops; that is told, once."""

    def __init__(self, c: Context) -> None:
        self._c, self._is_told = c, False

    def __enter__(self) -> None:
        """Begins what may be refused."""

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> bool:
        """Tells of the refusal. What was drawn before stays."""
        if isinstance(problem, Problem) and not self._is_told:
            self._is_told = True
            self._c.session.tell(Notice(str(problem), problem=True))
        return isinstance(problem, Problem)


def _painting(c: Context, is_positive: bool) -> Painting:
    """A stroke that is begun. What is painted becomes one with the mask, so that they may not lie too far apart."""
    draft = c.session.editor.draft
    shown = draft.proposal if draft.is_live and is_positive else None
    around = None if shown is None or shown.is_empty else bounds(shown.region)
    return Painting(c.session.place.image_size, is_square=TIP.is_square, around=around)


def _pick_up(c: Context, e: PointerEvent, *, is_positive: bool) -> None:
    """Picks up the saved object that a stroke works on: the selected one, or to erase the one under the pointer."""
    if c.session.editor.draft.is_live:
        return
    selection = c.session.objects.selection
    under = None if is_positive or selection else c.session.objects.at(e.x, e.y)
    if len(selection) == 1:
        c.session.editor.resume(selection[0])
    elif under is not None:
        c.session.editor.resume(under.id)


def _tell_of_another(c: Context, part: Region, *, was_live: bool) -> None:
    """What was to be erased is of another object than the one worked on: nothing was done, which is told. was_live:
    that was in the making before the stroke, not only selected."""
    if not c.session.editor.draft.is_live or c.session.painter.another_below(part) is None:
        return
    if not was_live:
        c.session.tell(
            Notice(say("Another object is selected. {key:mask.discard}: select none, then any can be erased."))
        )
    else:
        c.session.tell(Notice(say("Accept the mask first: {key:mask.accept}. Then another object can be erased.")))


def _end_here(c: Context) -> tuple[float, float] | None:
    """Where the last stroke on the object that is worked on ended, of those that were not taken back."""
    draft, end = c.session.editor.draft, TIP.end
    if end is not None and (
        any(end.state == each.number for each in draft.revisions)
        or (end.saved is not None and end.saved == _unchanged(c))
    ):
        return end.x, end.y
    strokes = (revision.stroke for revision in reversed(draft.revisions))
    last = next((stroke for stroke in strokes if stroke is not None), None)
    return last.path[-1] if last is not None else None


def _unchanged(c: Context) -> Annotation | None:
    """The saved object that is worked on, while nothing was done to it."""
    draft, selection = c.session.editor.draft, c.session.objects.selection
    if draft.is_live:
        return draft.resumed if draft.is_unchanged else None
    return c.session.project.annotation(selection[0]) if len(selection) == 1 else None
