"""Commands that go from image to image."""

from __future__ import annotations

from app.labeling.actions.conditions import has_image, is_in_the_past
from app.labeling.commands import Acting, command
from app.text import say


@command("image.next", text=say("Next image"), keys="D", menu="Image", repeatable=True)
def next_image(c: Acting) -> None:
    """Opens the next image."""
    c.session.navigation.next(+1)


@command("image.previous", text=say("Previous image"), keys="A", menu="Image", repeatable=True)
def previous_image(c: Acting) -> None:
    """Opens the previous image."""
    c.session.navigation.next(-1)


@command("image.next_unfinished", text=say("Next unfinished image"), keys="Shift+D", menu="Image")
def next_unfinished(c: Acting) -> None:
    """Opens the next image that is not done."""
    c.session.navigation.next(+1, unfinished=True)


@command("image.previous_unfinished", text=say("Previous unfinished image"), keys="Shift+A", menu="Image")
def previous_unfinished(c: Acting) -> None:
    """Opens the previous image that is not done."""
    c.session.navigation.next(-1, unfinished=True)


@command("image.done_and_next", text=say("Mark done and go on"), keys="M", menu="Image", when=has_image)
def done_and_next(c: Acting) -> None:
    """Marks the image done and opens the next one that is not."""
    c.session.navigation.mark_done_and_next()


@command("image.reopen", text=say("Mark not done"), keys="Shift+M", menu="Image", when=has_image)
def reopen(c: Acting) -> None:
    """Marks the image not done."""
    c.session.navigation.set_status("open")


@command("history.bring_back", text=say("Bring back what was"), keys="Ctrl+B", menu="Image", when=is_in_the_past)
def bring_back(c: Acting) -> None:
    """Makes the objects that are shown those of now, in one step."""
    c.session.review.bring_back()
