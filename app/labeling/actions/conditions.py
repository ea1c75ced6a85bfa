"""The conditions under which labelling commands mean something. Their names are shown by `maskwright keys`."""

from __future__ import annotations

from app.labeling.commands import Acting, Condition


def has_image(c: Acting) -> bool:
    """True while an image is open."""
    return c.session.image_id is not None


def has_gesture(c: Acting) -> bool:
    """True while a gesture is under way that goes on between presses, as a polygon: Enter and Backspace are its own."""
    return c.hand.is_staying


def has_draft(c: Acting) -> bool:
    """True while an object is in the making, and no gesture goes on between presses."""
    return c.session.editor.draft.is_live and not has_gesture(c)


def has_selection(c: Acting) -> bool:
    """True while saved objects are selected and none is in the making."""
    return not c.session.editor.draft.is_live and bool(c.session.objects.selection) and not has_gesture(c)


def has_chosen(c: Acting) -> bool:
    """True while saved objects are selected, also when one is in the making, or while one is in the making."""
    return has_draft(c) or bool(c.session.objects.selection)


def has_objects(c: Acting) -> bool:
    """True while the image has saved objects, none is in the making, and nothing is being drawn: that is for what was
    selected when it was begun."""
    return not c.session.editor.draft.is_live and not c.hand.is_busy and c.session.objects.count > 0


def has_findings(c: Acting) -> bool:
    """True while there are proposals of everything mode."""
    return bool(c.session.everything.findings)


def has_taken(c: Acting) -> bool:
    """True while the object in the making is a proposal of everything mode as it was found."""
    proposal = c.session.editor.proposal if c.session.editor.draft.is_live else None
    return proposal is not None and c.session.everything.like(proposal.region) is not None


def has_carried(c: Acting) -> bool:
    """True while the object in the making was carried from another image."""
    return has_draft(c) and c.session.editor.draft.carried is not None


def has_offers(c: Acting) -> bool:
    """True while objects that were carried here wait, and none is in the making or selected."""
    is_free = not c.session.editor.draft.is_live and not c.session.objects.selection and not has_gesture(c)
    return is_free and _is_offered(c)


def has_carried_or_offers(c: Acting) -> bool:
    """True while objects that were carried here are not decided about."""
    return has_carried(c) or _is_offered(c)


def _is_offered(c: Acting) -> bool:
    """Some may still be on their way: then a key tells that."""
    return bool(c.session.carrying.waiting) or c.session.carrying.is_looking


def has_no_draft(c: Acting) -> bool:
    """True while an image is open and no object is in the making."""
    return has_image(c) and not c.session.editor.draft.is_live


def is_in_the_past(c: Acting) -> bool:
    """True while the image is shown as it was."""
    return c.session.place.past is not None


def has_crosshair(c: Acting) -> bool:
    """True while the crosshair is shown."""
    return c.session.crosshair.at is not None


def has_draft_or_crosshair(c: Acting) -> bool:
    """True while an object is in the making, or could be begun at the crosshair since none is selected."""
    return has_draft(c) or (has_crosshair(c) and not has_selection(c) and not has_gesture(c))


def has_class(number: int) -> Condition:
    """Returns a condition: the project has a class of that number, counted from 1."""

    def condition(c: Acting) -> bool:
        return c.session.classes.nth(number) is not None

    condition.__name__ = f"has_class_{number}"
    return condition
