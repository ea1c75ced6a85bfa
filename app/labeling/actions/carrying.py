"""Commands that carry objects to the next image of a series, and decide there about each."""

from __future__ import annotations

from app.labeling.actions.conditions import (
    has_carried,
    has_carried_or_offers,
    has_draft,
    has_no_draft,
    has_offers,
)
from app.labeling.commands import Acting, command
from app.text import say


def _why_not(c: Acting) -> str:
    if c.session.editor.draft.carried is not None:
        return say(
            "Decide about what was carried here first: {key:carry.accept_all} accepts all, {key:carry.reject} leaves "
            "one out."
        )
    return say("Accept the mask first: {key:mask.accept}. Then it can be carried.") if has_draft(c) else ""


@command(
    "carry.next",
    text=say("Carry objects to the next image"),
    keys="N",
    menu="Image",
    when=has_no_draft,
    why_not=_why_not,
)
def carry(c: Acting) -> None:
    """Opens the next image and proposes the selected objects there, or all of this image; the model refines them."""
    c.session.carry()


@command(
    "carry.take",
    text=say("Take up what was carried here"),
    keys=("Return", "Enter", "Space"),
    menu="Image",
    when=has_offers,
)
def take(c: Acting) -> None:
    """Makes the next object that was carried here the one in the making."""
    if not c.session.carrying.take():
        c.session.carrying.tell_waiting()


@command("carry.reject", text=say("Leave out what was carried"), keys="Del", menu="Image", when=has_carried)
def leave_out(c: Acting) -> None:
    """Drops the carried object in the making; the next one is offered."""
    c.session.carrying.reject()


@command(
    "carry.accept_all",
    text=say("Accept all that was carried"),
    keys="Shift+G",
    menu="Image",
    when=has_carried_or_offers,
)
def accept_all(c: Acting) -> None:
    """Saves all objects that were carried to this image in one step."""
    c.session.carrying.accept_all()
