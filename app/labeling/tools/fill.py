"""The fill tool: closes a hole of a mask, or takes one part of it away, by a click."""

from __future__ import annotations

from app.labeling.context import Context
from app.labeling.events import Notice
from app.labeling.tools.base import Gesture, Tool, ToolCursor
from app.labeling.tools.overlay import Overlay
from app.labeling.tools.pointer import PointerEvent
from app.masks.flooding import with_hole_filled, without_part
from app.text import say


class FillTool(Tool):
    """Click into a hole: it is filled. Right click on a part: it goes, and the others stay."""

    id = "fill"
    text: str = say("Fill")
    keys = ("F",)
    order = 51
    hint: str = say("Click: fill this hole    Right click: drop this part")

    @property
    def cursor(self) -> ToolCursor:
        """A hand that points."""
        return ToolCursor("hand")

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        """Shows nothing: a click tells."""
        return ()

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Fills the hole here, or takes the part away."""
        mask = c.session.painter.mask()
        if mask is None:
            c.session.tell(Notice(say("There is nothing to fill: make a mask, or pick an object up first.")))
            return
        fills = e.button == "left"
        found = (with_hole_filled if fills else without_part)(mask, int(e.x), int(e.y))
        if found is not None:
            c.session.painter.replace(found, self.id)
        elif fills:
            c.session.tell(Notice(say("No hole of the mask is here: it is filled already, or open to the outside.")))
        else:
            c.session.tell(Notice(say("No part of the mask is here.")))
        yield ()


TOOL = FillTool()
