"""The fill tool: closes a hole of a mask, or takes one part of it away, by a click."""

from __future__ import annotations

from app.labeling.context import Context
from app.labeling.tools.base import Gesture, Tool, ToolCursor
from app.labeling.tools.options import ToolOption
from app.labeling.tools.overlay import Overlay
from app.labeling.tools.pointer import PointerEvent
from app.masks.parts import speck_size
from app.text import say, say_n

SPECKS = ToolOption("specks", say("Small holes and islands"), 1.0, 0.1, 100, 0.5, unit="%", is_setting=True)
"""Up to this part of their object holes are filled, and islands dropped, by the keys that do so to all of them."""


class FillTool(Tool):
    """Click into a hole: it is filled. Right click on a part: it goes, and the others stay."""

    id = "fill"
    text: str = say("Fill")
    keys = ("F",)
    order = 51
    hint: str = say(
        "Click: fill this hole    Right click: drop this part    {key:repair.fill_holes}: fill small holes    "
        "{key:repair.drop_islands}: drop small islands"
    )

    def __init__(self) -> None:
        self.options = (SPECKS,)

    @property
    def cursor(self) -> ToolCursor:
        """A hand that points."""
        return ToolCursor("hand")

    def readout(self, c: Context) -> str:
        """Returns up to how many pixels a hole or island of this mask is small."""
        shown, selected = c.session.editor.proposal, c.session.objects.selected()
        if c.session.editor.draft.is_live:
            mask = shown.mask if shown else None
        else:
            mask = selected[0].mask if len(selected) == 1 else None
        if mask is None:
            return ""
        return say_n("Up to {n:,} pixel", "Up to {n:,} pixels", speck_size(mask, SPECKS.value / 100))

    def hover(self, c: Context, e: PointerEvent) -> Overlay:
        """Shows nothing: a click tells."""
        return ()

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Fills the hole here, or takes the part away."""
        c.session.painter.fill(int(e.x), int(e.y), fills=e.button == "left")
        yield ()


TOOL = FillTool()
