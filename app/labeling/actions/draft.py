"""Commands on the object in the making, and on what everything mode found."""

from __future__ import annotations

from app.labeling.actions.conditions import has_draft, has_draft_or_crosshair, has_findings, has_image, has_taken
from app.labeling.actions.stepping import step_back
from app.labeling.commands import Acting, command
from app.labeling.escape import escape
from app.labeling.tools.select import TOOL as SELECT
from app.labeling.tools.smart import TOOL as SMART
from app.text import say


@command("mask.accept", text=say("Accept the mask"), keys=("Return", "Enter", "Space"), when=has_draft_or_crosshair)
def accept(c: Acting) -> None:
    """Saves the object in the making, with a stroke whose button is still down. A box that was begun at the crosshair
    is none of it, nor of the next one."""
    c.hand.press_key("release")
    c.session.crosshair.cancel_box()
    c.session.acceptance.accept()


@command("mask.accept_and_next", text=say("Accept and next image"), keys=("Ctrl+Return", "Ctrl+Enter"), when=has_image)
def accept_and_next(c: Acting) -> None:
    """Saves the object in the making, if there is one, and opens the next image."""
    c.hand.press_key("release")
    c.session.navigation.accept_and_next()


@command("mask.discard", text=say("Discard the mask"), keys="Esc", when=has_image)
def discard(c: Acting) -> None:
    """A gesture that is under way goes first, then a box begun with the keyboard, then the whole object."""
    escape(c)


@command("everything.reject_one", text=say("Reject what was found here"), keys="Del", menu="Image", when=has_taken)
def reject_taken(c: Acting) -> None:
    """Rejects the one proposal of everything mode that was taken and not accepted yet."""
    proposal = c.session.editor.proposal
    found = c.session.everything.like(proposal.region) if proposal is not None else None
    if found is not None:
        c.session.editor.discard()
        c.session.everything.reject(found)


@command("prompt.back", text=say("Take back the last click"), keys="Backspace", when=has_draft)
def back(c: Acting) -> None:
    """Takes back the last click on the object in the making, or a stroke whose button is still down; a polygon or line
    that was closed last is open again."""
    if not step_back(c):
        c.session.editor.back()


@command("candidate.next", text=say("Next candidate"), keys="Tab", when=has_draft, repeatable=True)
def next_candidate(c: Acting, count: int = 1) -> None:
    """Shows a following candidate; after the last comes the first."""
    c.session.editor.next_candidate(count)


@command("candidate.previous", text=say("Previous candidate"), keys="Shift+Tab", when=has_draft, repeatable=True)
def previous_candidate(c: Acting, count: int = 1) -> None:
    """Shows an earlier candidate; before the first comes the last."""
    c.session.editor.next_candidate(-count)


@command("everything.start", text=say("Look for everything, or stop looking"), keys="G", menu="Image", when=has_image)
def propose_everything(c: Acting) -> None:
    """Starts everything mode on the image, or stops it. With a tool in the hand whose clicks take nothing of what is
    found, the smart one is taken."""
    if not c.session.everything.is_running and c.hand.tool not in (SMART, SELECT):
        c.hand.take(SMART)
    c.session.everything.toggle()


@command("everything.accept", text=say("Accept all that was found"), keys="Shift+G", menu="Image", when=has_findings)
def accept_findings(c: Acting) -> None:
    """Saves all proposals of everything mode in one step."""
    c.session.acceptance.accept_findings()


@command(
    "everything.reject",
    text=say("Reject all that was found"),
    keys="Ctrl+Shift+G",
    menu="Image",
    when=has_findings,
)
def reject_findings(c: Acting) -> None:
    """Rejects all proposals of everything mode in one step: they do not come back unless that is undone."""
    c.session.everything.reject()
