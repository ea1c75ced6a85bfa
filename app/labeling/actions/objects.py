"""Commands on saved objects and their classes. 1 to 9 are classes and 0 fits the image: the tenth class and those after
it are chosen by name."""

from __future__ import annotations

from collections.abc import Callable

from app.labeling.actions.conditions import has_class, has_gesture, has_objects, has_selection
from app.labeling.commands import Acting, command
from app.text import say, say_n


@command(
    "object.resume", text=say("Refine the object"), keys=("Return", "Enter", "Space"), menu="Object", when=has_selection
)
def resume(c: Acting) -> None:
    """Makes the object that was selected last the one in the making."""
    c.session.editor.resume(c.session.objects.selection[-1])


def _while_drawing(c: Acting) -> str:
    if has_gesture(c):
        return say("Finish what is drawn first ({key:gesture.finish}), or give it up ({key:mask.discard}).")
    return say("Let go of the mouse button first.") if c.hand.is_busy else ""


@command(
    "object.next",
    text=say("Next object"),
    keys="Tab",
    menu="Object",
    when=has_objects,
    repeatable=True,
    why_not=_while_drawing,
)
def next_object(c: Acting) -> None:
    """Selects the object after the selected one."""
    c.session.objects.select_neighbour(+1)


@command(
    "object.previous",
    text=say("Previous object"),
    keys="Shift+Tab",
    menu="Object",
    when=has_objects,
    repeatable=True,
    why_not=_while_drawing,
)
def previous_object(c: Acting) -> None:
    """Selects the object before the selected one."""
    c.session.objects.select_neighbour(-1)


def _why_not_delete(c: Acting) -> str:
    draft = c.session.editor.draft
    if has_gesture(c) or not c.session.objects.count:
        return _while_drawing(c)
    if draft.resumed is not None:
        return say(
            "This object is being refined: {key:mask.discard} leaves it as it was saved. Then select it, and "
            "{key:object.delete} deletes it."
        )
    if draft.is_live:
        return say("{key:object.delete} deletes saved objects that are selected. {key:mask.discard}: drop this mask")
    return say("Select objects first: {key:object.select_all} selects all, the tool {key:tool.select} one by one.")


@command(
    "object.delete",
    text=say("Delete the selected objects"),
    keys="Del",
    menu="Object",
    when=has_selection,
    why_not=_why_not_delete,
)
def delete(c: Acting) -> None:
    """Deletes the selected objects in one step."""
    c.session.objects.delete_selected()


@command(
    "object.hide", text=say("Hide or show the selected objects"), keys="Shift+W", menu="Object", when=has_selection
)
def hide(c: Acting) -> None:
    """Hides the selected objects, or shows them when they are hidden."""
    c.session.objects.toggle_hidden(*c.session.objects.selection)


@command(
    "object.select_all",
    text=say("Select all objects"),
    keys="Ctrl+A",
    menu="Object",
    when=has_objects,
    why_not=_while_drawing,
)
def select_all(c: Acting) -> None:
    """Selects all saved objects of the image."""
    c.session.objects.select(*(a.id for a in c.session.objects.all()))


def _no_class(number: int) -> Callable[[Acting], str]:
    def why_not(c: Acting) -> str:
        there = len(c.session.classes.all())
        if there == 0:
            return say("There are no classes yet: the first mask that is accepted makes one, or add one in the list.")
        return say_n(
            "There is no class {number}: the project has {n} class.",
            "There is no class {number}: the project has {n} classes.",
            there,
            number=number,
        )

    return why_not


def _class_command(number: int) -> None:
    @command(
        f"class.{number}",
        text=say("Class {number}", number=number),
        keys=str(number),
        menu=None,
        when=has_class(number),
        why_not=_no_class(number),
    )
    def choose(c: Acting) -> None:
        category = c.session.classes.nth(number)
        if category is not None:
            c.session.set_category(category.id)


for _number in range(1, 10):
    _class_command(_number)
