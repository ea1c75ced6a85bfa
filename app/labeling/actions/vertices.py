"""Commands on the vertices that are chosen with the vertex tool. While some are, their keys come before all others."""

from __future__ import annotations

from app.labeling.actions.words import WHERE
from app.labeling.commands import Acting, command
from app.labeling.tools.vertices import TOOL
from app.text import say

FAR_PX = 10
"""Image pixels that a vertex moves by with Shift."""


def has_chosen_vertices(c: Acting) -> bool:
    """True while vertices are chosen with the tool for them."""
    return c.hand.tool is TOOL and bool(TOOL.chosen(c))


@command("vertices.delete", text=say("Delete the chosen vertices"), keys="Del", when=has_chosen_vertices)
def delete(c: Acting) -> None:
    """Deletes the chosen vertices; a polygon of fewer than three goes as a whole."""
    TOOL.delete_chosen(c)


def _move_command(key: str, dx: int, dy: int) -> None:
    where = key.lower()

    @command(
        f"vertices.{where}",
        text=say("Chosen vertices {where}", where=WHERE[where]),
        keys=key,
        when=has_chosen_vertices,
        repeatable=True,
    )
    def move(c: Acting) -> None:
        TOOL.move_chosen(c, dx, dy)

    @command(
        f"vertices.{where}_far",
        text=say("Chosen vertices far {where}", where=WHERE[where]),
        keys=f"Shift+{key}",
        when=has_chosen_vertices,
        repeatable=True,
    )
    def move_far(c: Acting) -> None:
        TOOL.move_chosen(c, FAR_PX * dx, FAR_PX * dy)


for _key, _dx, _dy in (("Left", -1, 0), ("Right", 1, 0), ("Up", 0, -1), ("Down", 0, 1)):
    _move_command(_key, _dx, _dy)
