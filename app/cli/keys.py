"""`maskwright keys`: what can be done in the window, and by which key."""

from __future__ import annotations

import sys
from typing import Any

from app.cli.output import Json, answer
from app.text import say


def keys(json: Json = False) -> None:
    """List the commands of the window: id, words, keys in force, menu, condition."""
    from app.labeling.keymap import KEYMAP
    from app.ui import actions as _registered  # noqa: F401  the commands
    from app.ui.docks import register_commands
    from app.ui.keymap_files import use_keymap
    from app.ui.panel import panels
    from app.ui.settings import Settings

    register_commands(panels())
    note = use_keymap(Settings(only_read=True).keymap)
    if note:
        print(note, file=sys.stderr)
    rows = [
        {
            "id": command.id,
            "text": str(command.text),
            "keys": list(KEYMAP.keys_of(command.id)),
            "menu": command.menu,
            "when": command.condition,
            "arguments": [argument.usage for argument in command.arguments],
        }
        for command in KEYMAP.registry.commands.values()
    ]
    answer({"commands": rows}, _table(rows), as_json=json)


def _table(rows: list[dict[str, Any]]) -> str:
    """A line for each command, in columns."""
    from app.ui.keymap import translated

    lines = [
        [row["id"], row["text"], " ".join(row["keys"]), translated(row["menu"] or ""), row["when"]] for row in rows
    ]
    titles = say("id"), say("text"), say("keys"), say("menu"), say("condition")
    lines.insert(0, [str(title) for title in titles])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
