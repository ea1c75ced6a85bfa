"""The hand: the tool in use, and its gesture under way."""

from __future__ import annotations

from app.labeling.context import Context
from app.labeling.tools.base import Gesture, Tool
from app.labeling.tools.overlay import Overlay
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.labeling.tools.select import TOOL as SELECT


class Hand:
    """The canvas passes the pointer on to it and draws `overlay`. What a tool raises is raised here as well."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gesture: Gesture | None = None
        self.tool: Tool = TOOLBOX.all()[0]
        self.overlay: Overlay = ()
        """What the gesture, or else the pointer without a button, draws over the image."""

    @property
    def pans_with_ctrl(self) -> bool:
        """True when to drag with Ctrl pans: it means nothing to the tool."""
        return self._tool_now.pans_with_ctrl

    @property
    def is_busy(self) -> bool:
        """True while a gesture is under way: a button is down."""
        return self._gesture is not None

    def take(self, tool: Tool) -> None:
        """Takes another tool; a gesture under way is taken back."""
        self.cancel()
        self.leave()
        self.tool = tool

    def press(self, e: PointerEvent) -> None:
        """Begins a gesture; one under way is taken back."""
        self.cancel()
        self._gesture = self._tool_now.press(self._context, e)
        self._advance(None)

    def move(self, e: PointerEvent) -> None:
        """Goes on with the gesture."""
        self._advance(e)

    def release(self, e: PointerEvent) -> None:
        """Ends the gesture."""
        self._advance(e)

    def double_click(self, e: PointerEvent) -> None:
        """Acts instead of the second press of a double click; its release follows."""
        self.cancel()
        plain = e.button == "left" and not e.modifiers
        if not (plain and self._tool_now.double_click(self._context, e)):
            self.press(e)

    def hover(self, e: PointerEvent) -> None:
        """Shows what the tool says about this place, unless a gesture is under way."""
        if self.is_busy:
            self._context.session.hover.leave()
        else:
            self.overlay = self._tool_now.hover(self._context, e)

    def leave(self) -> None:
        """Shows nothing any more of the place where the pointer was."""
        self._context.session.hover.leave()
        if not self.is_busy:
            self.overlay = ()

    @property
    def _tool_now(self) -> Tool:
        """What is past can be selected, and nothing else."""
        return self.tool if self._context.session.place.past is None else SELECT

    def cancel(self) -> bool:
        """Takes a gesture under way back. Returns False when there was none."""
        running = self._gesture is not None
        if self._gesture is not None:
            self._gesture.close()
            self._gesture, self.overlay = None, ()
        return running

    def _advance(self, e: PointerEvent | None) -> None:
        gesture = self._gesture
        if gesture is None:
            return
        try:
            self.overlay = next(gesture) if e is None else gesture.send(e)
        except BaseException as end:
            self._gesture, self.overlay = None, ()
            if not isinstance(end, StopIteration):
                raise
