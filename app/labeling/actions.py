"""The commands. 1 to 9 are classes and 0 fits the image: the tenth class and those after it are chosen by name."""

from __future__ import annotations

from app.labeling.commands import Acting, command
from app.labeling.tools.base import Tool
from app.labeling.tools.registry import TOOLBOX
from app.masks.boxes import bbox_around

CROSSHAIR_PX = 8.0
CROSSHAIR_FAR_PX = 64.0
CROSSHAIR_NEAR_PX = 1.0
PAN = 0.15
"""Of the view, for one press of a key."""


def has_image(c: Acting) -> bool:
    return c.session.image_id is not None


def has_draft(c: Acting) -> bool:
    return c.session.editor.draft.is_live


def has_selection(c: Acting) -> bool:
    return not c.session.editor.draft.is_live and bool(c.session.objects.selection)


def has_objects(c: Acting) -> bool:
    return not c.session.editor.draft.is_live and c.session.objects.count > 0


def has_findings(c: Acting) -> bool:
    return bool(c.session.everything.findings)


def is_in_the_past(c: Acting) -> bool:
    return c.session.place.past is not None


def has_crosshair(c: Acting) -> bool:
    return c.session.crosshair.at is not None


# --- the object in the making ------------------------------------------------------------------------------------


@command("mask.accept", text="Accept the mask", keys=("Return", "Enter", "Space"), when=has_draft)
def accept(c: Acting) -> None:
    c.session.acceptance.accept()


@command("mask.accept_and_next", text="Accept and next image", keys=("Ctrl+Return", "Ctrl+Enter"), when=has_image)
def accept_and_next(c: Acting) -> None:
    c.session.navigation.accept_and_next()


@command("mask.discard", text="Discard the mask", keys="Esc", when=has_image)
def discard(c: Acting) -> None:
    """A gesture that is under way goes first, then a box begun with the keyboard, then the whole object."""
    if not c.hand.cancel() and not c.session.crosshair.cancel_box():
        c.session.discard()


@command("prompt.back", text="Take back the last click", keys="Backspace", when=has_draft)
def back(c: Acting) -> None:
    c.session.editor.back()


@command("candidate.next", text="Next candidate", keys="Tab", when=has_draft, repeatable=True)
def next_candidate(c: Acting) -> None:
    c.session.editor.next_candidate(+1)


@command("candidate.previous", text="Previous candidate", keys="Shift+Tab", when=has_draft, repeatable=True)
def previous_candidate(c: Acting) -> None:
    c.session.editor.next_candidate(-1)


# --- everything mode ---------------------------------------------------------------------------------------------


@command("everything.start", text="Look for everything, or stop looking", keys="G", menu="Image", when=has_image)
def propose_everything(c: Acting) -> None:
    c.session.everything.toggle()


@command("everything.accept", text="Accept all that was found", keys="Shift+G", menu="Image", when=has_findings)
def accept_findings(c: Acting) -> None:
    c.session.acceptance.accept_findings()


# --- saved objects -----------------------------------------------------------------------------------------------


@command("object.resume", text="Refine the object", keys=("Return", "Enter", "Space"), when=has_selection)
def resume(c: Acting) -> None:
    c.session.editor.resume(c.session.objects.selection[-1])


@command("object.next", text="Next object", keys="Tab", when=has_objects, repeatable=True)
def next_object(c: Acting) -> None:
    c.session.objects.select_neighbour(+1)


@command("object.previous", text="Previous object", keys="Shift+Tab", when=has_objects, repeatable=True)
def previous_object(c: Acting) -> None:
    c.session.objects.select_neighbour(-1)


@command("object.delete", text="Delete the selected objects", keys="Del", when=has_selection)
def delete(c: Acting) -> None:
    c.session.objects.delete_selected()


@command("object.hide", text="Hide or show the selected objects", keys="Shift+W", when=has_selection)
def hide(c: Acting) -> None:
    c.session.objects.toggle_hidden(*c.session.objects.selection)


@command("object.select_all", text="Select all objects", keys="Ctrl+A", when=has_objects)
def select_all(c: Acting) -> None:
    c.session.objects.select(*(a.id for a in c.session.objects.all()))


def _class_command(number: int) -> None:
    @command(f"class.{number}", text=f"Class {number}", keys=str(number), when=lambda c: _has_class(c, number))
    def choose(c: Acting) -> None:
        category = c.session.classes.nth(number)
        if category is not None:
            c.session.set_category(category.id)


def _has_class(c: Acting, number: int) -> bool:
    return c.session.classes.nth(number) is not None


for _number in range(1, 10):
    _class_command(_number)


@command("edit.undo", text="Undo", keys="Ctrl+Z", repeatable=True)
def undo(c: Acting) -> None:
    c.session.undo_stack.undo()


@command("edit.redo", text="Redo", keys=("Ctrl+Shift+Z", "Ctrl+Y"), repeatable=True)
def redo(c: Acting) -> None:
    c.session.undo_stack.redo()


# --- images ------------------------------------------------------------------------------------------------------


@command("image.next", text="Next image", keys="D", menu="Image", repeatable=True)
def next_image(c: Acting) -> None:
    c.session.navigation.next(+1)


@command("image.previous", text="Previous image", keys="A", menu="Image", repeatable=True)
def previous_image(c: Acting) -> None:
    c.session.navigation.next(-1)


@command("image.next_unfinished", text="Next unfinished image", keys="Shift+D", menu="Image")
def next_unfinished(c: Acting) -> None:
    c.session.navigation.next(+1, unfinished=True)


@command("image.previous_unfinished", text="Previous unfinished image", keys="Shift+A", menu="Image")
def previous_unfinished(c: Acting) -> None:
    c.session.navigation.next(-1, unfinished=True)


@command("image.done_and_next", text="Mark done and go on", keys="M", menu="Image", when=has_image)
def done_and_next(c: Acting) -> None:
    c.session.navigation.mark_done_and_next()


@command("image.reopen", text="Mark not done", keys="Shift+M", menu="Image", when=has_image)
def reopen(c: Acting) -> None:
    c.session.navigation.set_status("open")


@command("history.bring_back", text="Bring back what was", keys="Ctrl+B", menu="Image", when=is_in_the_past)
def bring_back(c: Acting) -> None:
    c.session.review.bring_back()


# --- tools and crosshair -----------------------------------------------------------------------------------------


def _tool_command(tool: Tool) -> None:
    @command(f"tool.{tool.id}", text=f"{tool.text} tool", keys=tool.keys)
    def take(c: Acting) -> None:
        c.hand.take(tool)


TOOLBOX.each(_tool_command)


def _crosshair_command(key: str, dx: int, dy: int) -> None:
    @command(f"crosshair.{key.lower()}", text=f"Crosshair {key.lower()}", keys=key, when=has_image, repeatable=True)
    def move(c: Acting) -> None:
        _move_crosshair(c, dx * CROSSHAIR_PX, dy * CROSSHAIR_PX)

    @command(
        f"crosshair.{key.lower()}_far",
        text=f"Crosshair far {key.lower()}",
        keys=f"Shift+{key}",
        when=has_image,
        repeatable=True,
    )
    def move_far(c: Acting) -> None:
        _move_crosshair(c, dx * CROSSHAIR_FAR_PX, dy * CROSSHAIR_FAR_PX)

    @command(
        f"crosshair.{key.lower()}_near",
        text=f"Crosshair a pixel {key.lower()}",
        keys=f"Ctrl+{key}",
        when=has_image,
        repeatable=True,
    )
    def move_near(c: Acting) -> None:
        _move_crosshair(c, dx * CROSSHAIR_NEAR_PX, dy * CROSSHAIR_NEAR_PX)


def _move_crosshair(c: Acting, dx: float, dy: float) -> None:
    """Screen pixels while the image is shown smaller than it is, else image pixels: never less than either."""
    scale = min(c.view.scale, 1.0)
    c.session.crosshair.move(dx / scale, dy / scale)


for _key, _dx, _dy in (("Left", -1, 0), ("Right", 1, 0), ("Up", 0, -1), ("Down", 0, 1)):
    _crosshair_command(_key, _dx, _dy)


@command("crosshair.positive", text="Positive click at the crosshair", keys=".", when=has_crosshair)
def click_positive(c: Acting) -> None:
    at = c.session.crosshair.at
    if at is not None and not c.session.editor.take(*at):
        c.session.editor.point(*at)


@command("crosshair.negative", text="Negative click at the crosshair", keys=",", when=has_crosshair)
def click_negative(c: Acting) -> None:
    if c.session.crosshair.at is not None:
        c.session.editor.point(*c.session.crosshair.at, positive=False)


@command("crosshair.box", text="Begin or end a box at the crosshair", keys="/", when=has_crosshair)
def box(c: Acting) -> None:
    crosshair = c.session.crosshair
    if crosshair.anchor is None or crosshair.at is None:
        crosshair.begin_box()
        return
    corners = (*crosshair.anchor, *crosshair.at)
    crosshair.cancel_box()
    c.session.editor.box(*corners)


# --- the view ----------------------------------------------------------------------------------------------------


@command("view.fit", text="Fit the image", keys="0", menu="View", when=has_image)
def fit(c: Acting) -> None:
    c.view.fit()


@command("view.zoom_in", text="Zoom in", keys=("+", "="), menu="View", when=has_image, repeatable=True)
def zoom_in(c: Acting) -> None:
    c.view.zoom_in()


@command("view.zoom_out", text="Zoom out", keys="-", menu="View", when=has_image, repeatable=True)
def zoom_out(c: Acting) -> None:
    c.view.zoom_out()


@command("view.zoom_to_object", text="Zoom to the object", keys="Z", menu="View", when=has_image)
def zoom_to_object(c: Acting) -> None:
    """The object in the making, else the selected one, else the whole image."""
    bbox = _bbox_of_interest(c)
    if bbox is None:
        c.view.fit()
    else:
        c.view.zoom_to(bbox)


def _bbox_of_interest(c: Acting) -> tuple[float, float, float, float] | None:
    proposal = c.session.editor.proposal
    if proposal is not None:
        return proposal.region.bbox
    bboxes = [annotation.mask.bbox for annotation in c.session.objects.selected()]
    return bbox_around(bboxes) if bboxes else None


@command(
    "view.hide_masks", text="Hide masks while held", keys="W", menu="View", release=lambda c: c.view.hide_masks(False)
)
def hide_masks(c: Acting) -> None:
    c.view.hide_masks(True)


def _pan_command(key: str, where: str, dx: float, dy: float) -> None:
    @command(f"view.pan_{where}", text=f"Pan {where}", keys=key, menu="View", when=has_image, repeatable=True)
    def pan(c: Acting) -> None:
        c.view.pan(dx, dy)


for _key, _where, _dx, _dy in (
    ("H", "left", -PAN, 0),
    ("J", "down", 0, PAN),
    ("K", "up", 0, -PAN),
    ("L", "right", PAN, 0),
):
    _pan_command(_key, _where, _dx, _dy)
