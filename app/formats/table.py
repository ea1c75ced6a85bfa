"""All formats at a glance, from their records: for the terminal and the README."""

from __future__ import annotations

from typing import Any

from app.formats.kit.fields import FIELDS, Of
from app.formats.kit.format import COMMON, Format
from app.formats.kit.programs import PROGRAMS
from app.formats.registry import formats
from app.text import say, translation

_HEADS = (
    "`--format`",
    say("on the disk"),
    say("masks and classes without"),
    say("objects without"),
    say("classes without"),
    say("images without"),
)
_KINDS: tuple[Of, ...] = ("object", "class", "image")


def rows() -> list[dict[str, Any]]:
    """Returns a record for each format, for programs."""
    return [
        {
            "name": each.name,
            "title": each.title,
            "suffix": each.suffix,
            "options": [option.usage for option in (*each.options, *COMMON)],
            "limits": list(each.limits),
            "cannot_hold": {of: _missing(each, of) for of in _KINDS},
        }
        for each in formats()
    ]


def table() -> str:
    """Returns the table of all formats in Markdown, as the README has it, with the options that all of them have."""
    lines = [_HEADS, tuple("---" for _ in _HEADS), *map(_row, formats())]
    common = ", ".join(f"`{option.usage}`" for option in COMMON)
    return "\n".join([*map(_joined, lines), "", say("Options of every format: {options}.", options=common)])


def program_rows() -> list[dict[str, Any]]:
    """Returns a record for each program that reads exports, for programs."""
    return [
        {"name": each.name, "title": str(each.title), "format": each.format_name, "options": dict(each.options)}
        for each in PROGRAMS
    ]


def programs_table() -> str:
    """Returns the table of who reads which export, in Markdown, as the README has it."""
    lines = [("`--for`", say("who reads it"), say("is"), say("since")), ("---",) * 4]
    for each in PROGRAMS:
        options = "".join(f" --option {name}={value}" for name, value in each.options.items())
        lines.append((each.name, each.title, f"`--format {each.format_name}{options}`", each.why))
    return "\n".join(map(_joined, lines))


def _joined(line: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(str, line))} |"


def _row(each: Format) -> tuple[str, ...]:
    options = "".join(f" `{option.usage.replace('|', chr(92) + '|')}`" for option in each.options)
    where = say("a file, `{suffix}`", suffix=each.suffix) if each.suffix else say("a folder")
    missing = (", ".join(map(translation, _missing(each, of))) or "-" for of in _KINDS)
    return f"{each.name}{options}", where, ", ".join(map(str, each.limits)) or "-", *missing


def _missing(each: Format, of: Of) -> list[str]:
    return [field.name for field in FIELDS if field.of == of and field.name not in each.holds]
