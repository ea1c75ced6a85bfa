"""The brush: paints pixels of the mask by hand."""

from __future__ import annotations

from app.labeling.tools.brushing import BrushingTool
from app.text import say


class BrushTool(BrushingTool):
    """Drag: paints. Right button: erases. Shift and a click: a straight line from the end of the last stroke."""

    id = "brush"
    text: str = say("Brush")
    keys = ("B",)
    hint: str = say(
        "Drag: paint    Right button, or {key:tool.eraser} held: erase    Shift and a click: a straight line    "
        "{key:tool.smaller} and {key:tool.larger}: size"
    )
    order = 20
    is_positive = True


TOOL = BrushTool()
