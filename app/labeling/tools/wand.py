"""The magic wand: all that has the colour of a place, as far as it hangs together."""

from __future__ import annotations

from app.labeling.context import Context
from app.labeling.events import Notice
from app.labeling.pixels import PixelCrop
from app.labeling.tools.base import Gesture, Tool
from app.labeling.tools.options import ToolOption, ToolSwitch
from app.labeling.tools.overlay import Overlay, RasterShape
from app.labeling.tools.pointer import PointerEvent
from app.masks.flooding import alike, color_distance, enlarged
from app.masks.rle import Region
from app.text import say

_STEP_PX = 8.0
"""Points of the screen that the tolerance takes to grow by one."""


class WandTool(Tool):
    """Press: what has the colour under it. Drag to the right: more, to the left: less. Release: it is added; with the
    right button it is cut out. It looks no farther than the view."""

    id = "wand"
    text: str = say("Wand")
    keys = ("T",)
    order = 50
    hint: str = say("Press: what has this colour    Drag: more or less of it    Right button: cut out")

    def __init__(self) -> None:
        self.tolerance = ToolOption("tolerance", say("Tolerance"), 10, 0, 100)
        self.contiguous = ToolSwitch("contiguous", say("Connected only"), value=True)
        self.options = (self.tolerance, self.contiguous)

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        """Has the colours of the view ready before they are asked for."""
        _view(c)
        return ()

    def wheel(self, c: Context, e: PointerEvent, steps: float) -> bool:
        """Sets the tolerance."""
        self.tolerance.set(self.tolerance.value + steps)
        return True

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins to choose colours."""
        crop = _view(c)
        if crop is None or not _is_in(crop, e):
            unread = say("The colours are still being read; try again in a moment.")
            c.session.tell(Notice(say("That is outside the image.") if crop else unread))
            return
        start, usual = e, self.tolerance.value
        x, y = (int(e.x) - crop.box[0]) // crop.shrink, (int(e.y) - crop.box[1]) // crop.shrink
        distance = color_distance(crop.pixels, x, y)
        while True:
            self.tolerance.set(usual + round((e.x - start.x) * c.view.scale / _STEP_PX))
            near = alike(distance, x, y, self.tolerance.value, contiguous=self.contiguous.value)
            found = enlarged(near, crop.shrink, crop.box[3] - crop.box[1], crop.box[2] - crop.box[0])
            if not e.down:
                break
            e = yield (RasterShape(crop.box[0], crop.box[1], found),)
        part = Region(crop.box[0], crop.box[1], found, c.session.place.image_size)
        c.session.painter.combine(part, self.id, adds=start.button == "left")


def _view(c: Context) -> PixelCrop | None:
    """The pixels that the person sees, and no others; None until they are there."""
    seen = c.session.closeups.visible()
    crop = c.session.pixels.ask(*seen) if seen is not None else None
    return crop and crop.part(*seen) if seen is not None else None


def _is_in(crop: PixelCrop, e: PointerEvent) -> bool:
    return crop.box[0] <= e.x < crop.box[2] and crop.box[1] <= e.y < crop.box[3]


TOOL = WandTool()
