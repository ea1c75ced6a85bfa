"""The ellipse tool: a circle or an ellipse as an object, upright or turned, without the model."""

from __future__ import annotations

from app.labeling.tools.framing import FrameTool
from app.masks.shapes import TurnedBox, ellipse
from app.text import say


class EllipseTool(FrameTool):
    """Drag: the box around it; Shift makes a circle. Turned: drag along it, then click how wide it is. The right button
    cuts it out."""

    id = "ellipse"
    text: str = say("Ellipse")
    keys = ("C",)
    order = 41
    hint: str = say("Drag: an ellipse    Shift: a circle    Right button: cut out")
    turned_hint: str = say("Drag: along it    Then click: how wide it is    Right button: cut out")
    raster = staticmethod(ellipse)

    def ring(self, box: TurnedBox) -> tuple[tuple[float, float], ...]:
        """Returns the outline of the ellipse."""
        return box.ring


TOOL = EllipseTool()
