"""Commands that change what part of the image is seen, and whether masks are."""

from __future__ import annotations

from app.labeling.actions.conditions import has_image
from app.labeling.actions.words import WHERE
from app.labeling.commands import Acting, command
from app.masks.boxes import bbox_around
from app.text import say

PAN = 0.15
"""The share of the view that one press of a key moves it by."""


@command("view.fit", text=say("Fit the image"), keys="0", menu="View", when=has_image)
def fit(c: Acting) -> None:
    """Shows the whole image."""
    c.view.fit()


@command("view.zoom_in", text=say("Zoom in"), keys=("+", "="), menu="View", when=has_image, repeatable=True)
def zoom_in(c: Acting) -> None:
    """Shows the image larger, around the middle of the view."""
    c.view.zoom_in()


@command("view.zoom_out", text=say("Zoom out"), keys="-", menu="View", when=has_image, repeatable=True)
def zoom_out(c: Acting) -> None:
    """Shows the image smaller, around the middle of the view."""
    c.view.zoom_out()


@command("view.zoom_to_object", text=say("Zoom to the object"), keys="Z", menu="View", when=has_image)
def zoom_to_object(c: Acting) -> None:
    """Shows the object in the making, else the selected ones, else the whole image."""
    bbox = _bbox_of_interest(c)
    if bbox is None:
        c.view.fit()
    else:
        c.view.zoom_to(bbox)


def _bbox_of_interest(c: Acting) -> tuple[float, float, float, float] | None:
    proposal = c.session.editor.proposal
    if proposal is not None and not proposal.is_empty:
        return proposal.region.bbox
    bboxes = [annotation.mask.bbox for annotation in c.session.objects.selected()]
    return bbox_around(bboxes) if bboxes else None


def show_masks(c: Acting) -> None:
    """Shows the masks again."""
    c.view.hide_masks(False)


@command("view.hide_masks", text=say("Hide masks while held"), keys="W", menu="View", release=show_masks)
def hide_masks(c: Acting) -> None:
    """Hides all masks until the key is let go."""
    c.view.hide_masks(True)


def _pan_command(key: str, where: str, dx: int, dy: int) -> None:
    @command(
        f"view.pan_{where}",
        text=say("Pan {where}", where=WHERE[where]),
        keys=key,
        menu=None,
        when=has_image,
        repeatable=True,
    )
    def pan(c: Acting, share: float = PAN) -> None:
        c.view.pan(dx * share, dy * share)


for _key, _where, _dx, _dy in (("H", "left", -1, 0), ("J", "down", 0, 1), ("K", "up", 0, -1), ("L", "right", 1, 0)):
    _pan_command(_key, _where, _dx, _dy)
