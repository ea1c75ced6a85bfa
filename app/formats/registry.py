"""All formats: the modules of this package that have a record `FORMAT` find their way here by themselves."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

import app.formats
from app.formats.kit.format import Format
from app.problem import Problem


@cache
def formats() -> tuple[Format, ...]:
    """All of them, by name."""
    modules = (import_module(f"app.formats.{m.name}") for m in pkgutil.iter_modules(app.formats.__path__))
    found: list[Format] = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return tuple(sorted(found, key=lambda each: each.name))


def format_named(name: str) -> Format:
    """Problem that lists the choices when there is none."""
    for each in formats():
        if each.name == name:
            return each
    raise Problem(f"There is no format {name}. Choose one of: {_names()}.")


def format_of(path: Path) -> Format:
    """Problem when a file or folder does not look like any."""
    if not path.exists():
        raise Problem(f"{path} does not exist.")
    for each in formats():
        if each.seems(path):
            return each
    raise Problem(f"{path.name} does not look like any format that is known; name it: {_names()}.")


def _names() -> str:
    return ", ".join(each.name for each in formats())
