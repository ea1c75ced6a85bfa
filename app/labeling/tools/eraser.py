"""The eraser: takes pixels off the mask by hand."""

from __future__ import annotations

from app.labeling.tools.brushing import BrushingTool
from app.text import say


class EraserTool(BrushingTool):
    """Drag: erases. Right button: paints. Its key, while held, lends it to whatever tool is in the hand."""

    id = "eraser"
    text: str = say("Eraser")
    keys = ("X",)
    hint: str = say(
        "Drag: erase    Right button: paint    Shift and a click: a straight line    {key:tool.smaller} and "
        "{key:tool.larger}: size"
    )
    order = 21
    is_lent = True
    is_positive = False


TOOL = EraserTool()
