"""The hand: the tool in use, and its gesture under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal

from app.labeling.context import Context
from app.labeling.events import Notice
from app.labeling.tools.base import Gesture, Tool
from app.labeling.tools.overlay import Overlay
from app.labeling.tools.pointer import Key, PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.labeling.tools.select import TOOL as SELECT
from app.problem import Problem
from app.text import say

_TAP_S = 0.3
"""A key that is held for longer was not tapped."""


@dataclass
class _Loan:
    """A tool that is in the hand while its key is held."""

    before: Tool
    since_s: float
    is_used: bool = False


class Hand:
    """The canvas passes the pointer on to it and draws `overlay`. What a tool raises is raised here as well."""

    def __init__(self, context: Context, clock: Callable[[], float] = monotonic) -> None:
        """Begins with the first tool. clock: tells seconds."""
        self._context, self._clock = context, clock
        self._loan: _Loan | None = None
        self.given_back: Callable[[], object] = lambda: None
        """Called when the tool before is in the hand again, since a key was let go."""
        self._gesture: Gesture | None = None
        self._last = PointerEvent(0, 0)
        """Where the pointer was."""
        self.at: tuple[float, float] | None = None
        """Where the pointer is over the image, in its pixels; None while it is elsewhere."""
        self._is_cancelled = False
        """A gesture was taken back: nothing is shown until the pointer moves again."""
        self.tool: Tool = TOOLBOX.all()[0]
        context.session.navigation.leaving = self.put_down
        context.session.drafts.is_hand_full = lambda: self.is_busy
        self._drawn: Overlay = ()
        """By the gesture, or else by the pointer without a button."""

    @property
    def overlay(self) -> Overlay:
        """What the gesture, or else the tool and the pointer without a button, draw over the image."""
        return self._drawn if self.is_busy else (*self._tool_now.resting(self._context), *self._drawn)

    @property
    def pans_with_ctrl(self) -> bool:
        """True when to drag with Ctrl pans: it means nothing to the tool."""
        return self._tool_now.pans_with_ctrl

    @property
    def is_busy(self) -> bool:
        """True while a gesture is under way: a button is down, or the gesture stays."""
        return self._gesture is not None

    @property
    def is_staying(self) -> bool:
        """True while a gesture is under way that goes on between presses."""
        return self.is_busy and self._tool_now.stays

    def take(self, tool: Tool) -> None:
        """Takes another tool. A gesture under way is put down; one that stays goes on when its own tool is taken."""
        self._loan = None
        if tool is not self.tool or not self.is_staying:
            self.put_down()
        self._forget_hover()
        self.tool = tool

    def lend(self, tool: Tool) -> None:
        """Takes a tool for as long as its key is held. A stroke under way goes on with the tool that began it."""
        if tool is self.tool:
            return
        if self.is_staying or not self.is_busy:
            self.put_down()
            self._forget_hover()
        self._loan, self.tool = _Loan(self.tool, self._clock()), tool

    def give_back(self, tool: Tool) -> None:
        """Takes the tool before again when the key of this one is let go; after a mere tap it stays."""
        loan, self._loan = self._loan, None
        if loan is not None and self.tool is tool and (loan.is_used or self._clock() - loan.since_s > _TAP_S):
            self.tool = loan.before
            self._forget_hover()
            self.given_back()

    def press(self, e: PointerEvent) -> None:
        """Begins a gesture; one under way is taken back, unless it stays: then the press belongs to it."""
        if self.is_staying:
            self._advance(e)
            return
        self.cancel()
        if self._loan is not None:
            self._loan.is_used = True
        self._gesture, self._last = self._tool_now.press(self._context, e), e
        self._advance(None)

    def move(self, e: PointerEvent) -> None:
        """Goes on with the gesture."""
        was_busy = self.is_busy
        self._advance(e)
        if was_busy and not self.is_busy:
            self._context.session.go_on_after_gesture()

    release = move
    """Ends the gesture: the event says that no button is down any more."""

    def double_click(self, e: PointerEvent) -> None:
        """Acts instead of the second press of a double click; its release follows. It finishes a gesture that stays."""
        if self.is_staying:
            self._advance(replace(e, button="none", down=False, key="finish"))
            return
        self.cancel()
        plain = e.button == "left" and not e.modifiers
        if not (plain and self._tool_now.double_click(self._context, e)):
            self.press(e)

    def hover(self, e: PointerEvent) -> None:
        """Shows what the tool says about this place, unless a gesture is under way."""
        self.at, self._is_cancelled = (e.x, e.y), False
        if self.is_staying:
            if not e.down:  # a press was sent already
                self._advance(e)
        elif self.is_busy:
            self._context.session.hover.leave()
        else:
            self._last = e
            self._drawn = self._tool_now.hover(self._context, e)

    def look(self) -> None:
        """Shows a tip as it is now where the pointer is, and what is drawn with it: it was taken, or made larger, or
        more is known of the place there."""
        if self.is_staying:
            self._advance(replace(self._last, button="none", key=""))
        elif self.at is not None and not self._is_cancelled and not self.is_busy and self._tool_now.size is not None:
            self._drawn = self._tool_now.hover(self._context, self._last)

    def look_again(self) -> None:
        """Draws anew what the tool says about the place under the pointer: the object there is another one. What draws
        nothing there is not asked, as the smart tool, which would ask the model."""
        if self._drawn and not self.is_busy:
            self._drawn = self._tool_now.hover(self._context, self._last)

    def press_key(self, key: Key | Literal["release"]) -> None:
        """Passes a key on to a gesture that stays between presses; without one it means nothing. "release" ends any
        other as if its button were let go now: what is drawn belongs to what comes."""
        if self.is_staying and key != "release":
            self._advance(replace(self._last, button="none", down=False, key=key))
        elif self.is_busy and not self.is_staying and key == "release":
            self._advance(replace(self._last, button="none", down=False))

    def wheel(self, e: PointerEvent, steps: float) -> bool:
        """Lets the tool act on the wheel turned with Alt. Returns False when it means nothing to it."""
        return self._tool_now.wheel(self._context, e, steps)

    def readout(self) -> str:
        """Returns what the tool tells of the object in the making."""
        return self._tool_now.readout(self._context)

    def hint(self) -> str:
        """Returns what mouse and keys do with the tool right now; "" for those of the smart tool."""
        words = self._tool_now.hint_now(self._context)
        if not words or self.is_busy or self._context.session.editor.proposal is None:
            return f"{words}"  # in the language in force: it may have been made before that
        if self._context.session.editor.draft.is_offer:
            keys = say(
                "{key:mask.accept}: accept    {key:carry.reject}: leave out    {key:carry.accept_all}: accept all"
            )
            return f"{keys}    {words}"
        if self._context.session.editor.draft.carried is not None:
            keys = say("{key:mask.accept}: accept    {key:carry.reject}: leave out    {key:prompt.back}: back")
            return f"{words}    {keys}"
        return f"{words}    " + say("{key:mask.accept}: accept    {key:prompt.back}: back")

    def leave(self) -> None:
        """Shows nothing any more of the place where the pointer was."""
        self.at = None
        self._forget_hover()

    def _forget_hover(self) -> None:
        self._context.session.hover.leave()
        if not self.is_busy:
            self._drawn = ()

    @property
    def _tool_now(self) -> Tool:
        """What is past can be selected, and nothing else."""
        return self.tool if self._context.session.place.past is None else SELECT

    def reopen(self) -> bool:
        """Goes on with a gesture that stayed and made the newest state of the object, or was taken back since. Returns
        False when none did."""
        gesture = None if self.is_busy else self._tool_now.reopen(self._context)
        if gesture is not None:
            self._gesture = gesture
            self._advance(None)
        return gesture is not None

    def put_down(self) -> None:
        """Ends a gesture before another tool or image comes: what was drawn by one that stays becomes part of the
        object, if it is enough for that; any other is taken back. What could not be made is told, and comes back by
        undo."""
        try:
            self.press_key("leave")
        except Problem as problem:
            self._context.session.tell(Notice(str(problem), problem=True))
        self.cancel()

    def cancel(self) -> bool:
        """Takes a gesture under way back. Returns False when there was none."""
        running = self._gesture is not None
        if self._gesture is not None:
            self._tool_now.drop(self._context)
            self._gesture.close()
            self._gesture, self._drawn, self._is_cancelled = None, (), True
        return running

    def _advance(self, e: PointerEvent | None) -> None:
        gesture = self._gesture
        if e is not None and not e.key:  # a key says nothing of the button, which may be held
            self._last = e
        if gesture is None:
            return
        try:
            self._drawn = next(gesture) if e is None else gesture.send(e)
        except BaseException as end:
            self._gesture, self._drawn = None, ()
            if not isinstance(end, StopIteration):
                raise
