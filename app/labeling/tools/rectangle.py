"""The rectangle tool: a box as an object, upright or turned, without the model."""

from __future__ import annotations

from app.labeling.tools.framing import FrameTool
from app.masks.shapes import rectangle
from app.text import say


class RectangleTool(FrameTool):
    """Drag: from corner to corner; Shift makes a square. Turned: drag along one side, then click how wide it is.
    The right button cuts it out."""

    id = "rectangle"
    text: str = say("Rectangle")
    keys = ("R",)
    order = 40
    hint: str = say("Drag: a rectangle    Shift: a square    Right button: cut out")
    turned_hint: str = say("Drag: along one side    Then click: how wide it is    Right button: cut out")
    raster = staticmethod(rectangle)


TOOL = RectangleTool()
