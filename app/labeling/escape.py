"""What Esc does: one thing at a time, the first of a list that there is to do. Proposals are never thrown away.

Before all of these it leaves the text field or list that has the keyboard: app.ui.focus.
"""

from __future__ import annotations

from collections.abc import Callable

from app.labeling.commands import Acting
from app.labeling.tools.vertices import TOOL as VERTEX_TOOL


def cancel_gesture(c: Acting) -> bool:
    """Takes back the gesture that is under way."""
    was_there = c.hand.cancel()
    if was_there:
        c.session.go_on_after_gesture()
    return was_there


def cancel_box(c: Acting) -> bool:
    """Takes back the box that was begun at the crosshair."""
    return c.session.crosshair.cancel_box()


def unchoose_vertices(c: Acting) -> bool:
    """Chooses no vertices any more."""
    is_there = c.hand.tool is VERTEX_TOOL and bool(VERTEX_TOOL.chosen(c))
    if is_there:
        VERTEX_TOOL.choose(c, ())
    return is_there


def stop_snapping(c: Acting) -> bool:
    """Leaves outlines that are being snapped to edges as they are."""
    is_there = c.session.snapping.is_running
    c.session.snapping.stop()
    return is_there


def leave_past(c: Acting) -> bool:
    """Returns from the past to now."""
    is_there = c.session.place.past is not None
    if is_there:
        c.session.review.return_to_now()
    return is_there


def put_carried_back(c: Acting) -> bool:
    """Lets a carried object wait again as it was proposed; what was done to it is dropped."""
    return c.session.carrying.put_back()


def discard_draft(c: Acting) -> bool:
    """Drops the object in the making; a saved one that was picked up stays as it was saved."""
    is_there = c.session.editor.draft.is_live
    if is_there:
        c.session.editor.discard()
    return is_there


def deselect(c: Acting) -> bool:
    """Selects nothing."""
    is_there = bool(c.session.objects.selection)
    if is_there:
        c.session.objects.select(None)
    return is_there


def stop_looking(c: Acting) -> bool:
    """Stops everything mode; what it found so far stays."""
    is_there = c.session.everything.is_running
    if is_there:
        c.session.everything.stop()
    return is_there


def put_crosshair_away(c: Acting) -> bool:
    """Hides the crosshair."""
    is_there = c.session.crosshair.at is not None
    if is_there:
        c.session.crosshair.hide()
    return is_there


ORDER: tuple[Callable[[Acting], bool], ...] = (
    cancel_gesture, cancel_box, stop_snapping, unchoose_vertices, leave_past, put_carried_back, discard_draft, deselect,
    stop_looking,
    put_crosshair_away,
)  # fmt: skip
"""Each returns whether there was anything to do."""


def escape(c: Acting) -> bool:
    """Does the first thing of the list that there is to do. Returns False when there was none."""
    return any(step(c) for step in ORDER)
