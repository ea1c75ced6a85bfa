"""Commands that copy objects: to the clipboard and from it, and beside themselves."""

from __future__ import annotations

from app.labeling.actions.conditions import has_draft, has_image, has_selection
from app.labeling.commands import Acting, command
from app.text import say


def _why_not(c: Acting) -> str:
    if has_draft(c):
        return say("Accept the mask first: {key:mask.accept}. Then it can be copied.")
    return say("Select objects first: {key:object.select_all} selects all, the tool {key:tool.select} one by one.")


@command("edit.copy", text=say("Copy the selected objects"), keys="Ctrl+C", when=has_selection, why_not=_why_not)
def copy(c: Acting) -> None:
    """Puts the selected objects on the clipboard: for this image, another one, another project or program."""
    c.session.copying.copy()


@command("edit.cut", text=say("Cut the selected objects"), keys="Ctrl+X", when=has_selection, why_not=_why_not)
def cut(c: Acting) -> None:
    """Puts the selected objects on the clipboard and deletes them here, in one step."""
    c.session.copying.cut()


def can_paste(c: Acting) -> bool:
    """True while objects lie on the clipboard. What is past cannot be changed."""
    return c.session.place.past is None and c.session.copying.clipboard.has()


@command("edit.paste", text=say("Paste objects"), keys="Ctrl+V", when=has_image, enabled=can_paste)
def paste(c: Acting) -> None:
    """Adds the objects on the clipboard at the same place, in one step, and selects them."""
    c.session.copying.paste()


@command(
    "edit.duplicate", text=say("Duplicate the selected objects"), keys="Ctrl+D", when=has_selection, why_not=_why_not
)
def duplicate(c: Acting) -> None:
    """Adds a copy of each selected object a little aside, in one step, and selects the copies."""
    c.session.copying.duplicate()
