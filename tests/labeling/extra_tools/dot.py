"""A tool in one file, as somebody would add it: a brush that paints squares, without the model."""

from __future__ import annotations

import numpy as np

from app.labeling.context import Context
from app.labeling.tools.base import Gesture, Tool, ToolCursor
from app.labeling.tools.options import ToolOption
from app.labeling.tools.overlay import DiscShape, Overlay, RasterShape
from app.labeling.tools.pointer import PointerEvent
from app.masks.rle import Region


class DotTool(Tool):
    """Drag: paints. Its overlay is raster while the stroke is under way; the mask is traced once, on release."""

    id = "dot"
    text = "Dot"
    keys = ("F7",)

    def __init__(self) -> None:
        self.size = ToolOption("size", "Size", 6, 1, 50)
        self.options = (self.size,)

    @property
    def cursor(self) -> ToolCursor:
        return ToolCursor("disc", self.size.value)

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        return (DiscShape(e.x, e.y, self.size.value),)

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        height, width = c.session.place.image_size
        pixels = np.zeros((height, width), bool)
        while e.down:
            half = int(self.size.value)
            x, y = int(e.x), int(e.y)
            pixels[max(y - half, 0) : y + half, max(x - half, 0) : x + half] = True
            e = yield (RasterShape(0, 0, pixels, "#ff0000"), DiscShape(e.x, e.y, self.size.value))
        c.session.editor.edit(Region(0, 0, pixels, (height, width)), "dots")


TOOL = DotTool()
