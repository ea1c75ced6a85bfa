"""The magic wand: all that has the colour of a place, as far as it hangs together."""

from __future__ import annotations

from time import monotonic

from app.labeling.context import Context
from app.labeling.events import Notice
from app.labeling.pixels import PixelCrop
from app.labeling.tools.base import Gesture, Tool
from app.labeling.tools.options import ToolOption, ToolSwitch
from app.labeling.tools.overlay import CUT_COLOR, Overlay, RasterShape
from app.labeling.tools.pointer import PointerEvent
from app.masks.flooding import alike, color_distance, enlarged
from app.masks.rle import Region
from app.text import say

_STEP_PX = 8.0
"""Points of the screen that the tolerance takes to grow by one."""
_LATE_S = 3.0
"""Nobody expects any more that a press does something."""


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

    def readout(self, c: Context) -> str:
        """Returns how coarse it is where the view has more pixels than it looks at."""
        seen = c.session.closeups.visible()
        side = 1 if seen is None else c.session.pixels.shrink(*seen)
        if side == 1:
            return ""
        return say("It takes blocks of {side} × {side} pixels: zoom in for single ones", side=side)

    def wheel(self, c: Context, e: PointerEvent, steps: float) -> bool:
        """Sets the tolerance."""
        self.tolerance.set(self.tolerance.value + steps)
        return True

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins to choose colours, as soon as they are read; who lets go before that gets what the press chose."""
        height, width = c.session.place.image_size
        if not (0 <= e.x < width and 0 <= e.y < height):
            c.session.tell(Notice(say("That is outside the image.")))
            return
        start, usual = e, self.tolerance.value
        while (crop := _view(c)) is None and e.down:
            e = yield ()
        if crop is None:
            self._choose_later(c, start)
            return
        flood, adds = _Flood(crop, start), start.button == "left"
        try:
            while True:
                self.tolerance.set(usual + round((e.x - start.x) * c.view.scale / _STEP_PX))
                found = flood.region(self, c.session.place.image_size)
                if not e.down:
                    break
                e = yield (RasterShape(*found.bbox[:2], found.pixels, "" if adds else CUT_COLOR),)
        except GeneratorExit:  # taken back
            self.tolerance.set(usual)
            raise
        c.session.painter.combine(found, self.id, adds=adds)

    def _choose_later(self, c: Context, start: PointerEvent) -> None:
        """Chooses once the colours are read, unless another image is shown by then or it took too long."""
        session, image_id, since = c.session, c.session.image_id, monotonic()

        def choose() -> None:
            end()
            crop = _view(c)
            if crop is None or session.image_id != image_id or monotonic() - since > _LATE_S:
                return
            x0, y0, x1, y1 = crop.box
            if x0 <= start.x < x1 and y0 <= start.y < y1:
                found = _Flood(crop, start).region(self, session.place.image_size)
                session.painter.combine(found, self.id, adds=start.button == "left")

        end = session.on("pixels", "image", do=choose)


class _Flood:
    """What has the colour of the place that was pressed."""

    def __init__(self, crop: PixelCrop, start: PointerEvent) -> None:
        self._crop = crop
        self._x = min(max(int(start.x) - crop.box[0], 0) // crop.shrink, crop.pixels.shape[1] - 1)
        self._y = min(max(int(start.y) - crop.box[1], 0) // crop.shrink, crop.pixels.shape[0] - 1)
        self._distance = color_distance(crop.pixels, self._x, self._y)

    def region(self, wand: WandTool, size: tuple[int, int]) -> Region:
        """Returns what has it within the tolerance in force. size: (height, width) of the image."""
        x0, y0, x1, y1 = self._crop.box
        near = alike(self._distance, self._x, self._y, wand.tolerance.value, contiguous=wand.contiguous.value)
        return Region(x0, y0, enlarged(near, self._crop.shrink, y1 - y0, x1 - x0), size)


def _view(c: Context) -> PixelCrop | None:
    """The pixels that the person sees, and no others; None until they are there."""
    seen = c.session.closeups.visible()
    crop = c.session.pixels.ask(*seen) if seen is not None else None
    return crop and crop.part(*seen) if seen is not None else None


TOOL = WandTool()
