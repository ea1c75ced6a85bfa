"""Commands that take a tool, and those that point without a mouse: the crosshair and its clicks."""

from __future__ import annotations

from collections.abc import Callable

from app.labeling.actions.arrows import arrow_commands
from app.labeling.actions.conditions import has_crosshair, has_gesture, has_image
from app.labeling.commands import Acting, command
from app.labeling.tools.base import Tool
from app.labeling.tools.registry import TOOLBOX
from app.labeling.tools.smart import exclude
from app.text import say

FAR_STEPS = 8
"""Steps of the crosshair with Shift."""
NEAR_PX = 1.0
"""The step of the crosshair with Ctrl."""


def _tool_command(tool: Tool) -> None:
    def give_back(c: Acting) -> None:
        c.hand.give_back(tool)

    release = give_back if tool.is_lent else None

    @command(f"tool.{tool.id}", text=say("{tool} tool", tool=tool.text), keys=tool.keys, release=release)
    def take(c: Acting) -> None:
        """Takes the tool into the hand; some for as long as the key is held."""
        (c.hand.lend if tool.is_lent else c.hand.take)(tool)


TOOLBOX.each(_tool_command)


@command(
    "gesture.finish", text=say("Finish what is drawn"), keys=("Return", "Enter", "Space"), menu=None, when=has_gesture
)
def finish_gesture(c: Acting) -> None:
    """Ends a gesture that goes on between presses, as a polygon: it becomes a mask."""
    c.hand.press_key("finish")


@command("gesture.back", text=say("Take back the last corner"), keys="Backspace", menu=None, when=has_gesture)
def back_in_gesture(c: Acting) -> None:
    """Takes back the last step of a gesture that goes on between presses."""
    c.hand.press_key("back")


def _move_crosshair(c: Acting, dx: int, dy: int, points: float) -> None:
    """So far on the screen at every zoom; at 100 % that is as many pixels of the image, and never less than one.

    Where the image is shown larger than it is, the crosshair goes from pixel to pixel of it.
    """
    pixels = points / c.view.scale
    if c.view.scale > 1:
        pixels = max(round(pixels), 1)
    c.session.crosshair.move(dx * pixels, dy * pixels)


def _step(dx: int, dy: int) -> Callable[..., None]:
    def move(c: Acting, steps: float = 1) -> None:
        _move_crosshair(c, dx, dy, steps * c.session.crosshair.step_px)

    return move


def _step_far(dx: int, dy: int) -> Callable[[Acting], None]:
    return lambda c: _move_crosshair(c, dx, dy, FAR_STEPS * c.session.crosshair.step_px)


def _step_near(dx: int, dy: int) -> Callable[[Acting], None]:
    return lambda c: _move_crosshair(c, dx, dy, NEAR_PX)


arrow_commands("crosshair.{where}", lambda where: say("Crosshair {where}", where=where), _step, when=has_image)
arrow_commands(
    "crosshair.{where}_far",
    lambda where: say("Crosshair far {where}", where=where),
    _step_far,
    when=has_image,
    modifier="Shift+",
)
arrow_commands(
    "crosshair.{where}_near",
    lambda where: say("Crosshair a pixel {where}", where=where),
    _step_near,
    when=has_image,
    modifier="Ctrl+",
)


@command("crosshair.positive", text=say("Positive click at the crosshair"), keys=".", menu=None, when=has_crosshair)
def click_positive(c: Acting) -> None:
    """Clicks at the crosshair: part of the object, or what everything mode found there."""
    at = c.session.crosshair.at
    c.session.crosshair.cancel_box()
    if at is not None and not c.session.take(*at):
        c.session.editor.point(*at)


@command("crosshair.negative", text=say("Negative click at the crosshair"), keys=",", menu=None, when=has_crosshair)
def click_negative(c: Acting) -> None:
    """Clicks at the crosshair: not part of the object."""
    c.session.crosshair.cancel_box()
    if c.session.crosshair.at is not None:
        exclude(c.session, *c.session.crosshair.at)


@command("crosshair.box", text=say("Begin or end a box at the crosshair"), keys="/", menu=None, when=has_crosshair)
def box(c: Acting) -> None:
    """Begins a box at the crosshair; the second time ends it there and asks the model."""
    crosshair = c.session.crosshair
    if crosshair.anchor is None or crosshair.at is None:
        crosshair.begin_box()
        return
    corners = (*crosshair.anchor, *crosshair.at)
    crosshair.cancel_box()
    c.session.editor.box(*corners)
