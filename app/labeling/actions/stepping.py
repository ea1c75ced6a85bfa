"""Undo and redo of what is no state of the object yet, or only known to a tool: it goes before all others."""

from __future__ import annotations

from app.labeling.commands import Acting
from app.labeling.escape import cancel_gesture


def can_step(c: Acting, *, forward: bool) -> bool:
    """True if undo, or with forward redo, is the tool's: what was done last is no state of the object."""
    return not c.hand.is_busy and c.hand.tool.can_step(c, forward=forward)


def step_back(c: Acting) -> bool:
    """Gives up a stroke whose button is still down, else takes back what only the tool knows, else opens again a
    polygon or line that was closed last. Returns False where there is none of these."""
    if cancel_gesture(c):
        return True
    if can_step(c, forward=False):
        c.hand.tool.step(c, forward=False)
        return True
    return c.hand.reopen()
