"""What a tool is. A gesture is a generator that reads as a story: press, moves, release; closing it takes it back."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from app.labeling.context import Context
from app.labeling.tools.options import AnyOption, ToolOption
from app.labeling.tools.overlay import Overlay
from app.labeling.tools.pointer import PointerEvent

DRAG_PX = 5.0
"""Screen pixels between press and release that make a drag of a click: a hand shakes."""

Gesture: TypeAlias = Generator[Overlay, PointerEvent, None]
"""Yields what to draw meanwhile, is sent each move and at last the release (down is False). That of a tool that `stays`
goes on after the release: it is sent moves without a button, further presses and keys (PointerEvent.key), until it
ends by itself. What it drew is not lost when another tool or image comes: it is sent the key "leave" first."""


@dataclass(frozen=True)
class ToolCursor:
    """How the pointer looks over the image. radius_px: of a disc, in points of the screen."""

    kind: Literal["cross", "arrow", "hand", "disc", "none"]
    radius_px: float = 0.0


class Tool(Protocol):
    """A tool of the canvas. A subclass names itself and says what a press does; all else has a meaning already."""

    id: str
    """Names the tool in commands (tool.smart) and its icon."""
    text: str
    keys: tuple[str, ...] = ()
    """Qt's portable text of the keys that take the tool into the hand."""
    order: int = 100
    """The smallest comes first; the first tool is in the hand at the start."""
    options: tuple[AnyOption, ...] = ()
    size: ToolOption | None = None
    """That of the options which [ and ] and the wheel with Alt change, as the width of a brush."""
    is_lent: bool = False
    """Its key, while held, takes it into the hand for as long; a tap takes it to stay, as every tool's."""
    pans_with_ctrl: bool = True
    """To drag with Ctrl pans; False for a tool to which Ctrl means something."""
    hint: str = ""
    """What mouse and keys do with it, in a few words for the status line; "" for those of the smart tool."""
    stays: bool = False
    """A gesture goes on between presses, as a polygon that is clicked corner by corner."""

    @property
    def cursor(self) -> ToolCursor:
        """How the pointer looks; it is asked again after each change of an option."""
        return ToolCursor("cross")

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins a gesture where a button went down."""
        ...

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        """Returns what to draw while the pointer is here and no button is down."""
        return ()

    def resting(self, c: Context) -> Overlay:
        """Returns what to draw while nothing is under way, wherever the pointer is; `hover` is drawn over it."""
        return ()

    def double_click(self, c: Context, e: PointerEvent) -> bool:
        """Acts on a double click. Returns False when it means nothing here and counts as one more press."""
        return False

    def reopen(self, c: Context) -> Gesture | None:
        """Takes back the newest state of the object, if a gesture of this tool made it by staying, and returns the
        gesture that goes on with it; else None."""
        return None

    def can_step(self, c: Context, *, forward: bool) -> bool:
        """Returns True if the last thing done, or with forward the last taken back, is no state of the object but known
        to the tool alone: `step` takes it back, or brings it back."""
        return False

    def step(self, c: Context, *, forward: bool) -> None:
        """Takes that back, or brings it back."""

    def wheel(self, c: Context, e: PointerEvent, steps: float) -> bool:
        """Acts on the wheel turned with Alt: changes the size. steps: notches, away from the person positive; 0
        where none is full yet. Returns False when it means nothing here."""
        if self.size is not None:
            self.size.scale(steps)
        return self.size is not None

    def drop(self, c: Context) -> None:
        """Remembers what the gesture under way has drawn, which is about to be taken back."""

    def has_dropped(self, c: Context) -> bool:
        """Returns True if the last thing that was done was to take back a gesture that `reopen` goes on with."""
        return False

    def readout(self, c: Context) -> str:
        """Returns what the tool tells of the object in the making, in a few words; "" for nothing."""
        return ""

    def hint_now(self, c: Context) -> str:
        """Returns what mouse and keys do with it right now; "" for those of the smart tool."""
        return self.hint


def is_drag(c: Context, start: PointerEvent, e: PointerEvent) -> bool:
    """Returns True if the pointer went further from where it was pressed than a hand shakes."""
    return max(abs(e.x - start.x), abs(e.y - start.y)) * c.view.scale > DRAG_PX
