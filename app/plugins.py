"""What other packages add to the program, by the entry points of what is installed beside it.

A package names its objects in its pyproject.toml, under one of the GROUPS:

    [project.entry-points."maskwright.formats"]
    boxes-csv = "boxes_csv:FORMAT"

A plugin that cannot be used is left out and told in one sentence; the program and all other plugins go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from app.problem import Problem, shortened
from app.text import say

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

FORMATS, FAMILIES = "maskwright.formats", "maskwright.families"
TOOLS, COMMANDS = "maskwright.tools", "maskwright.commands"
GROUPS = (FORMATS, FAMILIES, TOOLS, COMMANDS)
_T = TypeVar("_T")
_problems: dict[str, None] = {}
"""In the order in which they were found; a dictionary, since one that is found twice is told once."""


def as_it_is(_name: str, found: Any) -> Any:
    """Takes whatever the entry point leads to."""
    return found


def load(group: str, check: Callable[[str, Any], _T] = as_it_is) -> list[_T]:
    """Imports what installed packages offer under one of the GROUPS, ordered by the names of the entry points.

    check: gets the name of an entry point and what it leads to, and returns what is to be used; Problem when that
    cannot be. Whatever a plugin raises costs that plugin alone, see `problems`.
    """
    loaded: list[_T] = []
    for entry in _entries(group):
        try:
            loaded.append(check(entry.name, entry.load()))
        except KeyboardInterrupt:
            raise
        except Problem as problem:
            note(say("{described} is left out: {problem}", described=_described(entry), problem=problem))
        except BaseException as error:  # noqa: BLE001  (SystemExit too: the program is not the plugin's to end)
            note(
                say(
                    "{described} is left out, since it cannot be loaded: {reason}",
                    described=_described(entry),
                    reason=_reason(error),
                )
            )
    return loaded


def note(sentence: str) -> None:
    """Keeps what is wrong with a plugin, to be told with the other problems."""
    _problems[sentence] = None


def problems() -> list[str]:
    """Returns one sentence for each plugin that was left out so far."""
    return list(_problems)


def forget_problems() -> None:
    """Begins anew, as a program that was just started."""
    _problems.clear()


def _entries(group: str) -> list[EntryPoint]:
    from importlib.metadata import entry_points  # it costs a start that needs no plugins some milliseconds

    try:
        return sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value))
    except Exception as error:  # noqa: BLE001  (the list of a damaged installation)
        note(say("The plugins cannot be looked for: {reason}", reason=_reason(error)))
        return []


def _described(entry: EntryPoint) -> str:
    package = say(" of {dist} {version}", dist=entry.dist.name, version=entry.dist.version) if entry.dist else ""
    return shortened(say("The plugin {entry}{package}", entry=entry.name, package=package))


def _reason(error: BaseException) -> str:
    said = " ".join(str(error).split())
    kind = type(error).__name__
    return shortened(f"{kind}: {said}." if said else f"{kind}.")
