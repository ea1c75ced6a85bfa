"""The fill tool: closes a hole of a mask, or takes one part of it away, by a click."""

from __future__ import annotations

from app.labeling.context import Context
from app.labeling.tools.base import Gesture, Tool, ToolCursor
from app.labeling.tools.overlay import Overlay
from app.labeling.tools.pointer import PointerEvent
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
        c.session.painter.fill(int(e.x), int(e.y), fills=e.button == "left")
        yield ()


TOOL = FillTool()
