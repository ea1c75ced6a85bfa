"""The registry of model families: every module of this package that has a FAMILY or FAMILIES, and those of plugins.

To add one: a file here, and a row for each of its checkpoints in resources/models.toml. No torch here.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from app import plugins
from app.problem import Problem
from app.sam.family import Family
from app.text import say

FAMILIES: dict[str, Family] = {}
"""Those that can be run, by name."""
KNOWN: dict[str, Family] = {}
"""Those that are only known: they get their name in a sentence."""


def register(family: Family) -> None:
    """Adds a family. ValueError when its name is taken."""
    if family.name in FAMILIES or family.name in KNOWN:
        raise ValueError(f"there is a family {family.name} already")
    (KNOWN if family.build is None else FAMILIES)[family.name] = family


def recognise(state: Mapping[str, Any], file_name: str) -> Family:
    """The family of a checkpoint, by the keys and shapes of its tensors alone. Problem when no family fits, with the
    name of it when it is a known one."""
    for family in KNOWN.values():  # first: some hold all of another family's keys too
        if family.fits(state):
            raise Problem(
                say("{file_name} is {family}, which this version cannot run.", file_name=file_name, family=family.title)
            )
    for family in FAMILIES.values():
        if family.fits(state):
            return family
    raise Problem(
        say("{file_name} is of no model known here; it holds {some}.", file_name=file_name, some=some(list(state)))
    )


def model_key(family: Family, sha256: str) -> str:
    """Names the weights, short and stable: the same file gives the same embeddings."""
    return f"{family.name}-{sha256[:12]}"


def some(names: list[str]) -> str:
    """The first two names, and how many more there are."""
    more = say(" and {names} more", names=len(names) - 2) if len(names) > 2 else ""
    return ", ".join(name[:80] for name in names[:2]) + more


def _found() -> Iterator[Family]:
    for info in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{info.name}")
        yield from getattr(module, "FAMILIES", None) or (module.FAMILY,)


def _checked(name: str, found: Any) -> Family:
    if not isinstance(found, Family):
        raise Problem(say("{name} is no Family of app.sam.family.", name=name))
    return found


for _family in _found():
    register(_family)
for _family in plugins.load(plugins.FAMILIES, _checked):
    try:
        register(_family)
    except ValueError:
        plugins.note(
            say("A plugin brings a family {family}, which there is already; it is left out.", family=_family.name)
        )
