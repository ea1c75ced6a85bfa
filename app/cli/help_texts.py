"""The help of the commands (usage, `--help`) in the language in force.

Typer takes it from docstrings and from `help=`, in plain English. Each paragraph of it is a key of the catalogue, with
its line breaks as spaces; what the catalogue does not know, as of a plugin, stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.text import translation


def translate(command: Any) -> None:
    """Puts the help of a command of Typer, and of all commands within it, into the language in force."""
    for owner, name in _texts(command):
        setattr(owner, name, "\n\n".join(map(translation, _paragraphs(getattr(owner, name)))))


def help_keys(command: Any) -> Iterator[str]:
    """Yields each paragraph of help that a person may read of a command and of those within it, in English."""
    for owner, name in _texts(command):
        yield from _paragraphs(getattr(owner, name))


def _texts(command: Any) -> Iterator[tuple[Any, str]]:
    """(object, attribute) of each text. Commands that are not listed are read by nobody."""
    for owner in (command, *command.params):
        for name in ("help", "short_help", "epilog", "show_default"):
            if isinstance(getattr(owner, name, None), str):
                yield owner, name
    for inner in getattr(command, "commands", {}).values():
        if not inner.hidden:
            yield from _texts(inner)


def _paragraphs(text: str) -> list[str]:
    return [" ".join(each.split()) for each in text.split("\n\n")]
