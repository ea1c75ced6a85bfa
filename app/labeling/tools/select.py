"""The select tool: chooses saved objects, one by one or with a rubber band (marquee)."""

from __future__ import annotations

from app.labeling.context import Context
from app.labeling.tools.base import Gesture, Tool, ToolCursor, is_drag
from app.labeling.tools.overlay import BoxShape
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.smart import TOOL as SMART
from app.text import say


class SelectTool(Tool):
    """Click: the topmost object under the cursor, else what was proposed there. Drag: all that the rubber band touches.
    Shift or Ctrl takes a clicked one into the selection or out of it, and adds what the band touches. Double click
    picks an object up again: until it is accepted, clicks refine it as those of the smart tool do."""

    id = "select"
    text: str = say("Select")
    keys = ("V",)
    order = 10
    hint: str = say("Click: choose an object    Shift: several    Drag: all it touches    Double click: refine it")
    pans_with_ctrl = False

    @property
    def cursor(self) -> ToolCursor:
        """The arrow that selects everywhere."""
        return ToolCursor("arrow")

    def hint_now(self, c: Context) -> str:
        """Returns what can be done with the objects that are selected, or else how to select some."""
        if c.session.editor.draft.resumed is not None:
            return SMART.hint_now(c)
        if c.session.objects.selection and not c.session.editor.draft.is_live:
            return say(
                "{key:object.resume}: refine it    {key:object.delete}: delete    {key:class.1} to {key:class.9}: "
                "class    Shift: several"
            )
        return self.hint

    def press(self, c: Context, e: PointerEvent) -> Gesture:
        """Begins a click or a rubber band."""
        if c.session.editor.draft.resumed is not None:
            yield from SMART.press(c, e)
            return
        start, dragged = e, False
        while e.down:
            dragged = dragged or is_drag(c, start, e)
            e = yield (BoxShape(start.x, start.y, e.x, e.y),) if dragged else ()
        if dragged or is_drag(c, start, e):
            _select_touched(c, start, e)
        else:
            _select_clicked(c, start)

    def double_click(self, c: Context, e: PointerEvent) -> bool:
        """Picks the object here up again."""
        found = c.session.objects.at(e.x, e.y)
        if found is not None:
            c.session.editor.resume(found.id)
        return found is not None


def _select_clicked(c: Context, e: PointerEvent) -> None:
    found = c.session.objects.at(e.x, e.y)
    if not _adds(e):
        if found is not None or not c.session.take(e.x, e.y):
            c.session.objects.select(found.id if found else None)
    elif found is not None:
        c.session.objects.toggle(found.id)


def _select_touched(c: Context, start: PointerEvent, end: PointerEvent) -> None:
    objects = c.session.objects
    before = objects.selection if _adds(start) else ()
    touched = [each.id for each in objects.touching(start.x, start.y, end.x, end.y)]
    objects.select(*dict.fromkeys((*before, *touched)))


def _adds(e: PointerEvent) -> bool:
    return not e.modifiers.isdisjoint({"shift", "ctrl"})


TOOL = SelectTool()
