"""Commands that set the tool in the hand: its size or detail, and whether a brush asks the model."""

from __future__ import annotations

from app.labeling.commands import Acting, command
from app.labeling.tools.brushing import BrushingTool
from app.labeling.tools.vertices import TOOL as VERTEX_TOOL
from app.text import say


def has_size(c: Acting) -> bool:
    """True while a tool is in the hand that is drawn in some size."""
    return c.hand.tool.size is not None


def has_brush(c: Acting) -> bool:
    """True while brush or eraser is in the hand."""
    return isinstance(c.hand.tool, BrushingTool)


def _no_size(c: Acting) -> str:
    return say("The tool in the hand has no size. {key:tool.brush}: brush    {key:tool.line}: line")


def _larger_words(c: Acting) -> str:
    return say("Outline with less detail") if c.hand.tool is VERTEX_TOOL else say("Larger tip")


def _smaller_words(c: Acting) -> str:
    return say("Outline with more detail") if c.hand.tool is VERTEX_TOOL else say("Smaller tip")


def _no_brush(c: Acting) -> str:
    return say("Strokes are drawn with brush and eraser. {key:tool.brush}: brush    {key:tool.eraser}: eraser")


def asks_model(c: Acting) -> bool:
    """True if strokes of the brush or eraser in the hand ask the model."""
    return isinstance(c.hand.tool, BrushingTool) and c.hand.tool.asks_model.value


@command(
    "tool.larger", text=say("Larger tip"), keys="]", when=has_size, repeatable=True, why_not=_no_size,
    label=_larger_words,
)  # fmt: skip
def larger(c: Acting) -> None:
    """Makes the tip of the tool larger by a step; an outline is simpler with each."""
    if c.hand.tool.size is not None:
        c.hand.tool.size.scale(+1)


@command(
    "tool.smaller", text=say("Smaller tip"), keys="[", when=has_size, repeatable=True, why_not=_no_size,
    label=_smaller_words,
)  # fmt: skip
def smaller(c: Acting) -> None:
    """Makes the tip of the tool smaller by a step; an outline gets more vertices with each."""
    if c.hand.tool.size is not None:
        c.hand.tool.size.scale(-1)


@command(
    "brush.asks_model",
    text=say("Strokes ask the model"),
    keys="Shift+B",
    when=has_brush,
    why_not=_no_brush,
    checked=asks_model,
)
def toggle_asking(c: Acting) -> None:
    """Lets each stroke ask the model what it left undone beside it, or not any more."""
    if isinstance(c.hand.tool, BrushingTool):
        c.hand.tool.asks_model.set(not c.hand.tool.asks_model.value)
