"""Canvas tools. A gesture is a generator that reads as a story: press, moves, release; closing it takes it back."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from app.labeling.context import Context

Button: TypeAlias = Literal["left", "right", "none"]
Modifier: TypeAlias = Literal["shift", "ctrl", "alt"]

DRAG_PX = 5.0
"""Screen pixels between press and release that make a drag of a click: a hand shakes."""
LASSO_POINTS = 8
"""So many points of a lasso go to the model, evenly along the way."""


@dataclass(frozen=True)
class PointerEvent:
    """x, y in image pixels, also outside the image."""

    x: float
    y: float
    button: Button = "left"
    modifiers: frozenset[Modifier] = frozenset()
    down: bool = True


@dataclass(frozen=True)
class BoxShape:
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class PathShape:
    points: tuple[tuple[float, float], ...]


Shape: TypeAlias = BoxShape | PathShape
Gesture: TypeAlias = Generator[Shape | None, PointerEvent, None]
"""Yields what to draw meanwhile, is sent each move and at last the release (down is False)."""


class Tool(Protocol):
    id: str
    text: str
    key: str
    cursor: Literal["cross", "arrow"]
    previews: bool
    """The mask under the mouse is shown before any click."""

    def press(self, c: Context, e: PointerEvent) -> Gesture: ...

    def double_click(self, c: Context, e: PointerEvent) -> bool:
        """False: it means nothing here and counts as one more press."""
        ...


class SmartTool:
    """Left click: part of it, or what everything mode found there. Right or Shift+left: not part of it. Drag: a box.
    Alt+drag: points along the way."""

    id = "smart"
    text = "Smart"
    key = "Q"
    cursor: Literal["cross", "arrow"] = "cross"
    previews = True

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        if e.button == "right" or "shift" in e.modifiers:
            c.session.editor.point(e.x, e.y, positive=False)
        elif "alt" in e.modifiers:
            yield from self._lasso(c, e)
        else:
            yield from self._click_or_box(c, e)

    def _click_or_box(self, c: Context, start: PointerEvent) -> Gesture:
        e, dragged = start, False
        while e.down:
            dragged = dragged or _moved(c, start, e)
            e = yield BoxShape(start.x, start.y, e.x, e.y) if dragged else None
        if dragged or _moved(c, start, e):
            c.session.editor.box(start.x, start.y, e.x, e.y)
        elif not c.session.editor.take(start.x, start.y):
            c.session.editor.point(start.x, start.y)

    def _lasso(self, c: Context, start: PointerEvent) -> Gesture:
        e, path = start, [(start.x, start.y)]
        while e.down:
            e = yield PathShape(tuple(path))
            path.append((e.x, e.y))
        c.session.editor.points(_evenly(path, LASSO_POINTS) if _moved(c, start, e) else path[:1])

    def double_click(self, c: Context, e: PointerEvent) -> bool:
        """Picks the saved object up, unless the person is in the middle of another one."""
        saved = c.session.objects.at(e.x, e.y)
        # the first press of this double click has already begun a draft
        if saved is None or c.session.editor.draft.clicks > 1 or c.session.editor.draft.resumed is not None:
            return False
        c.session.discard()
        c.session.editor.resume(saved.id)
        return True


class SelectTool:
    """Click: the topmost object under the cursor; Shift adds to the selection. Double click picks it up again."""

    id = "select"
    text = "Select"
    key = "V"
    cursor: Literal["cross", "arrow"] = "arrow"
    previews = False

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        found = c.session.objects.at(e.x, e.y)
        if "shift" not in e.modifiers:
            c.session.objects.select(found.id if found else None)
        elif found is not None:
            c.session.objects.toggle(found.id)
        yield from ()

    def double_click(self, c: Context, e: PointerEvent) -> bool:
        found = c.session.objects.at(e.x, e.y)
        if found is not None:
            c.session.editor.resume(found.id)
        return found is not None


_SELECT = SelectTool()
TOOLS: tuple[Tool, ...] = (SmartTool(), _SELECT)


class Hand:
    """The tool in use and its gesture. The canvas passes the pointer on to it and draws `preview`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gesture: Gesture | None = None
        self.tool: Tool = TOOLS[0]
        self.preview: Shape | None = None

    @property
    def is_busy(self) -> bool:
        """With a gesture: a button is down."""
        return self._gesture is not None

    def take(self, tool: Tool) -> None:
        self.cancel()
        self.tool = tool

    def press(self, e: PointerEvent) -> None:
        self.cancel()
        self._gesture = self._tool_now.press(self._context, e)
        self._advance(None)

    def move(self, e: PointerEvent) -> None:
        self._advance(e)

    def release(self, e: PointerEvent) -> None:
        self._advance(e)

    def double_click(self, e: PointerEvent) -> None:
        """Instead of the second press; its release follows."""
        self.cancel()
        plain = e.button == "left" and not e.modifiers
        if not (plain and self._tool_now.double_click(self._context, e)):
            self.press(e)

    @property
    def _tool_now(self) -> Tool:
        """What is past can be selected, and nothing else."""
        return self.tool if self._context.session.place.past is None else _SELECT

    def cancel(self) -> bool:
        """Takes a running gesture back. False when there was none."""
        running = self._gesture is not None
        if self._gesture is not None:
            self._gesture.close()
        self._gesture = self.preview = None
        return running

    def _advance(self, e: PointerEvent | None) -> None:
        gesture = self._gesture
        if gesture is None:
            return
        try:
            self.preview = next(gesture) if e is None else gesture.send(e)
        except BaseException as end:
            self._gesture = self.preview = None
            if not isinstance(end, StopIteration):
                raise


def _moved(c: Context, start: PointerEvent, e: PointerEvent) -> bool:
    return max(abs(e.x - start.x), abs(e.y - start.y)) * c.view.scale > DRAG_PX


def _evenly(path: list[tuple[float, float]], count: int) -> list[tuple[float, float]]:
    """At most count of them, both ends included."""
    if len(path) <= count:
        return path
    return [path[round(i * (len(path) - 1) / (count - 1))] for i in range(count)]
