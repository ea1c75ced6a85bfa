"""Commands on the vertices that are chosen with the vertex tool. While some are, their keys come before all others."""

from __future__ import annotations

from collections.abc import Callable

from app.labeling.actions.arrows import arrow_commands
from app.labeling.commands import Acting, command
from app.labeling.tools.vertices import TOOL
from app.text import say

FAR_PX = 10
"""Image pixels that a vertex moves by with Shift."""


def has_chosen_vertices(c: Acting) -> bool:
    """True while vertices are chosen with the tool for them."""
    return c.hand.tool is TOOL and bool(TOOL.chosen(c))


@command("vertices.delete", text=say("Delete the chosen vertices"), keys="Del", menu=None, when=has_chosen_vertices)
def delete(c: Acting) -> None:
    """Deletes the chosen vertices; a polygon of fewer than three goes as a whole."""
    TOOL.delete_chosen(c)


def _move_by(pixels: int) -> Callable[[int, int], Callable[[Acting], None]]:
    def of(dx: int, dy: int) -> Callable[[Acting], None]:
        return lambda c: TOOL.move_chosen(c, pixels * dx, pixels * dy)

    return of


arrow_commands(
    "vertices.{where}",
    lambda where: say("Chosen vertices {where}", where=where),
    _move_by(1),
    when=has_chosen_vertices,
)
arrow_commands(
    "vertices.{where}_far",
    lambda where: say("Chosen vertices far {where}", where=where),
    _move_by(FAR_PX),
    when=has_chosen_vertices,
    modifier="Shift+",
)
