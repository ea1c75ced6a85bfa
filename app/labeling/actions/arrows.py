"""Commands of the four arrow keys: each is registered once for all directions."""

from __future__ import annotations

from collections.abc import Callable

from app.labeling.actions.words import WHERE
from app.labeling.commands import Condition, command

_WAYS = (("Left", -1, 0), ("Right", 1, 0), ("Up", 0, -1), ("Down", 0, 1))


def arrow_commands(
    id: str,
    text: Callable[[str], str],
    act: Callable[[int, int], Callable[..., None]],
    *,
    when: Condition,
    modifier: str = "",
) -> None:
    """Registers a command for each arrow key, which repeats while it is held.

    id: with {where} in it, as left. text: makes the command's name of the word for the direction. act: makes what is
    done of the direction, dx and dy of -1, 0 or 1. modifier: as "Shift+".
    """
    for key, dx, dy in _WAYS:
        where = key.lower()
        register = command(
            id.format(where=where),
            text=text(WHERE[where]),
            keys=f"{modifier}{key}",
            menu=None,
            when=when,
            repeatable=True,
        )
        register(act(dx, dy))
