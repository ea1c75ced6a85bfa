"""All formats: the modules of this package that have a record `FORMAT`, and those of plugins, find their way here by
themselves."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

import app.formats
from app import plugins
from app.formats.kit.files import open_bytes
from app.formats.kit.format import LIKELY, PART, Format
from app.formats.kit.glance import first_files
from app.formats.kit.strangers import kind_of
from app.problem import Problem, shortened
from app.text import say

_MOST_INSIDE = 20
"""Files of a folder that are looked at for what to give instead of it."""
_CERTAIN = 0.9
"""The grade of a file that is of a format, whatever the person says."""


@cache
def formats() -> tuple[Format, ...]:
    """Returns all of them, by name."""
    modules = (import_module(f"app.formats.{m.name}") for m in pkgutil.iter_modules(app.formats.__path__))
    found: dict[str, Format] = {module.FORMAT.name: module.FORMAT for module in modules if hasattr(module, "FORMAT")}
    for each in plugins.load(plugins.FORMATS, _checked):
        if each.name in found:
            plugins.note(
                say("A plugin brings a format {each}, which there is already; it is left out.", each=each.name)
            )
        found.setdefault(each.name, each)
    return tuple(sorted(found.values(), key=lambda each: each.name))


def _checked(_name: str, found: object) -> Format:
    if not isinstance(found, Format):
        raise Problem(say("it is no record of a format."))
    return found


def format_named(name: str) -> Format:
    """Returns the format of that name. Problem that lists the choices when there is none."""
    for each in formats():
        if each.name == name:
            return each
    raise Problem(say("There is no format {name}. Choose one of: {names}.", name=name, names=_names(formats())))


def format_of(path: Path, option: str = "--format") -> Format:
    """Returns the format that a file or folder is of by what is in it. option: by which the person can say it.
    Problem when it looks like none, or like several as much."""
    if not path.exists():
        raise Problem(say("{path} does not exist.", path=path))
    if path.is_file():
        with open_bytes(path):  # what cannot be read would look like nothing
            pass
    grades = [_grade(each, path) for each in formats()]
    best = max(grades)
    likeliest = [each for each, grade in zip(formats(), grades, strict=True) if grade == best > 0]
    if len(likeliest) == 1 and best >= LIKELY:
        return likeliest[0]
    raise Problem(_unclear(path, likeliest, option, is_likely=best >= LIKELY))


def reader_of(path: Path, name: str | None, option: str = "--format") -> Format:
    """Returns the format that a file or folder is read with: the one of that name, else the one it is of by what is in
    it. Problem, which names what the file is, when it is certainly none of the format that the person named."""
    if name is None:
        return format_of(path, option)
    chosen = format_named(name)
    if not path.is_file() or _grade(chosen, path):
        return chosen
    file = shortened(path.name)
    for each in formats():
        if _grade(each, path) >= _CERTAIN:
            raise Problem(
                say(
                    "{file} is a file of {each}, not of {chosen}; the format {name} reads it.",
                    file=file,
                    each=each.title,
                    chosen=chosen.title,
                    name=each.name,
                )
            )
    if what := kind_of(path):
        raise Problem(say("{file} is {what}.", file=file, what=what))
    if parts := [each for each in formats() if _grade(each, path) == PART]:
        raise Problem(_unclear(path, parts, option, is_likely=False))
    return chosen


def _grade(each: Format, path: Path) -> float:
    try:
        return float(each.seems(path))
    except Exception as error:  # noqa: BLE001  (a plugin that fails here must not be in the way of the others)
        plugins.note(
            say(
                "The format {each} failed to look at {file}: {name}.",
                each=each.name,
                file=shortened(path.name),
                name=type(error).__name__,
            )
        )
        return 0.0


def _unclear(path: Path, likeliest: list[Format], option: str, *, is_likely: bool) -> str:
    name = shortened(path.name)
    if path.is_file() and not is_likely and (what := kind_of(path)):
        return say("{file} is {what}.", file=name, what=what)
    if path.is_dir() and not is_likely and (inside := _inside(path)):
        return inside
    if not likeliest:
        return say(
            "{name} does not look like any format that is known; say which it is by {option}: {names}.",
            name=name,
            option=option,
            names=_names(formats()),
        )
    if not is_likely and path.is_file() and not any(each.suffix for each in likeliest):
        return say(
            "{name} looks like a part of {names}, which is read from a folder: give its folder.",
            name=name,
            names=_names(likeliest, " or "),
        )
    return say(
        "{name} may be {names}; say which it is by {option}.", name=name, names=_names(likeliest, " or "), option=option
    )


def _inside(folder: Path) -> str:
    """Says which file of the folder is to be given instead of it; "" when there is none."""
    for file in first_files(folder, ".json", ".xml", most=_MOST_INSIDE):
        found = [each for each in formats() if _grade(each, file) >= _CERTAIN]
        if found:
            return say(
                "{folder} is a folder that holds {file}, a file of {each}: give that.",
                folder=shortened(folder.name),
                file=shortened(file.relative_to(folder).as_posix()),
                each=found[0].title,
            )
    return ""


def _names(some: tuple[Format, ...] | list[Format], between: str = ", ") -> str:
    return between.join(each.name for each in some)
