"""Undo and redo. They say what they would do, and are grey when there is nothing."""

from __future__ import annotations

from contextlib import suppress

from app.labeling.actions.stepping import can_step, step_back
from app.labeling.commands import Acting, command
from app.labeling.draft import Edited
from app.labeling.editor import has_class_again, has_new_class
from app.problem import Problem
from app.text import recalled, say


def _undone_next(c: Acting) -> str:
    """What undo would take back, in words; "" when there is nothing."""
    if c.hand.is_staying:
        return say("the last corner")
    if c.hand.is_busy:
        return say("what is under way")
    draft = c.session.editor.draft
    if c.hand.tool.has_dropped(c) or c.session.undo_stack.can_restore:
        return say("the discarding")
    if can_step(c, forward=False):
        return say("the last edit")
    if has_new_class(draft):
        return say("the class")
    if draft.is_live and not draft.is_offer:
        is_edit = draft.later or isinstance(draft.top.source, Edited)
        return say("the last edit") if is_edit else say("the last click")
    if c.session.carrying.left_out is not None:
        return say("the leaving out")
    if c.session.acceptance.can_take_back:
        return say("the accepting")
    with suppress(Problem):  # of a damaged project: trying tells what is wrong
        return recalled(c.session.project.undo_label or "")
    return say("the last step")


def _redone_next(c: Acting) -> str:
    """What redo would bring back, in words; "" when there is nothing, or something is drawn that goes first."""
    if c.hand.is_busy:
        return ""
    if can_step(c, forward=True):
        return say("the edit")
    draft = c.session.undo_stack.redone_next
    if draft is not None and has_class_again(draft):
        return say("the class")
    if draft is not None:
        return say("the edit") if isinstance(draft.undone[-1].source, Edited) else say("the click")
    with suppress(Problem):
        return recalled(c.session.project.redo_label or "")
    return say("the step")


def can_undo(c: Acting) -> bool:
    """True while there is something to undo. What is past cannot be changed."""
    return c.session.place.past is None and bool(_undone_next(c))


def can_redo(c: Acting) -> bool:
    """True while there is something to redo. What is past cannot be changed."""
    return c.session.place.past is None and bool(_redone_next(c))


def undo_text(c: Acting) -> str:
    """What undo would do: "Undo Accept mask"."""
    what = _undone_next(c)
    return say("Undo {what}", what=what) if what else say("Undo")


def redo_text(c: Acting) -> str:
    """What redo would do: "Redo Accept mask"."""
    what = _redone_next(c)
    return say("Redo {what}", what=what) if what else say("Redo")


@command("edit.undo", text=say("Undo"), keys="Ctrl+Z", repeatable=True, enabled=can_undo, label=undo_text)
def undo(c: Acting) -> None:
    """Takes back the last step of a gesture, or a stroke whose button is still down, else the last click on the object,
    else the last step of the project."""
    if c.hand.is_staying:
        c.hand.press_key("back")
    elif not step_back(c):
        c.session.undo_stack.undo()


@command(
    "edit.redo", text=say("Redo"), keys=("Ctrl+Shift+Z", "Ctrl+Y"), repeatable=True, enabled=can_redo, label=redo_text
)
def redo(c: Acting) -> None:
    """Brings back what was undone last; while something is drawn nothing changes under it."""
    if c.hand.is_busy:
        return
    if can_step(c, forward=True):
        c.hand.tool.step(c, forward=True)
    else:
        c.session.undo_stack.redo()
