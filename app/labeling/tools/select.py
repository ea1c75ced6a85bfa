"""The select tool: chooses saved objects."""

from __future__ import annotations

from app.labeling.context import Context
from app.labeling.tools.base import Gesture, Tool, ToolCursor
from app.labeling.tools.pointer import PointerEvent
from app.text import say


class SelectTool(Tool):
    """Click: the topmost object under the cursor; Shift adds to the selection. Double click picks it up again."""

    id = "select"
    text: str = say("Select")
    keys = ("V",)
    order = 10

    @property
    def cursor(self) -> ToolCursor:
        """The arrow that selects everywhere."""
        return ToolCursor("arrow")

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Selects the object here, or none."""
        found = c.session.objects.at(e.x, e.y)
        if "shift" not in e.modifiers:
            c.session.objects.select(found.id if found else None)
        elif found is not None:
            c.session.objects.toggle(found.id)
        yield from ()

    def double_click(self, c: Context, e: PointerEvent) -> bool:
        """Picks the object here up again."""
        found = c.session.objects.at(e.x, e.y)
        if found is not None:
            c.session.editor.resume(found.id)
        return found is not None


TOOL = SelectTool()
