"""Finds the literals of say and say_n in the code, and words for people that bypass them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeAlias

from typer.core import TyperGroup
from typer.main import get_command

from app.cli.help_texts import help_keys
from app.cli.program import program
from app.plugins import COMMANDS
from app.sam.catalog import catalog

ROOT = Path(__file__).parents[2]
KEYS_FILE = ROOT / "resources" / "i18n" / "en.json"
Forms: TypeAlias = str | list[str]
"""The English of a key: itself, or that of one and of many."""
_SHOWING = frozenset({
    "Problem", "Busy", "Trouble", "Notice", "Failed", "OverBudget", "BadParameter", "note", "skip", "show_text",
    "show_problem", "show_message", "setText", "setToolTip", "setWindowTitle", "setPlaceholderText",
    "setAccessibleName", "setAccessibleDescription", "setLabelText", "setTitle", "setStatusTip",
    "setCancelButtonText", "setHorizontalHeaderLabels", "setHeaderLabels", "addMenu", "addAction", "QAction", "QLabel",
    "Check", "QPushButton", "QCheckBox", "QRadioButton", "QGroupBox", "QDockWidget",
})  # fmt: skip
"""Functions whose literals are read by people."""
_WORDS_BY_NAME = frozenset({"placeholderText", "toolTip", "windowTitle", "accessibleName"})
_NAMES = frozenset({"Maskwright", "Qt", "SQLite", "torch"})
"""Words that are the same in every language."""


@dataclass
class Found:
    """What the code says."""

    forms: dict[str, Forms] = field(default_factory=dict[str, Forms])
    """By key."""
    places: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By key: "app/cli/auto.py:45"."""
    faults: list[str] = field(default_factory=list[str])
    """Calls that no catalogue can know: their key is no literal, or has two plurals."""


def extracted() -> Found:
    """All that app/ says, and what stands in English where others take it from."""
    found = Found()
    for place, call in _calls():
        name = _name(call)
        wanted = {"say": 1, "say_n": 2}.get(name)
        if wanted is None:
            continue
        literals = [argument.value for argument in call.args[:wanted] if isinstance(argument, ast.Constant)]
        if len(literals) < wanted or not all(isinstance(literal, str) for literal in literals):
            found.faults.append(f"{place}: {ast.unparse(call)[:80]}: the key is no literal.")
            continue
        forms: Forms = literals[0] if wanted == 1 else literals
        if found.forms.setdefault(literals[0], forms) != forms:
            found.faults.append(f"{place}: {literals[0]!r} has two plurals.")
        found.places.setdefault(literals[0], []).append(place)
    for key in [*help_of_the_terminal(), *(model.note for model in catalog() if model.note)]:
        found.forms.setdefault(key, key)
        found.places.setdefault(key, [])
    return found


def help_of_the_terminal() -> list[str]:
    """The help of all commands but those of plugins, which stands in docstrings and in `help=`."""
    own = get_command(program)
    assert isinstance(own, TyperGroup)
    for plugin in entry_points(group=COMMANDS):
        own.commands.pop(plugin.name, None)
    return list(dict.fromkeys(help_keys(own)))


def bypassing() -> list[str]:
    """Where people would read a literal that is in no catalogue."""
    return [
        f"{place}: {ast.unparse(call)[:90]}"
        for place, call in _calls()
        for argument in _shown_by(call)
        if _has_words(argument)
    ]


def literals_of(*names: str) -> set[str]:
    """The literals that functions of these names are called with first."""
    return {
        call.args[0].value
        for _, call in _calls()
        if _name(call) in names and call.args and isinstance(call.args[0], ast.Constant)
    }


def write() -> None:
    """Brings the list of keys up to date."""
    KEYS_FILE.write_text(listed(extracted()), encoding="utf-8")


def listed(found: Found) -> str:
    """The list of keys as it stands in the file."""
    return json.dumps(dict(sorted(found.forms.items())), ensure_ascii=False, indent=1) + "\n"


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name == "app/text.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield f"{name}:{node.lineno}", node


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _shown_by(call: ast.Call) -> Iterator[ast.expr]:
    named = [keyword.value for keyword in call.keywords if keyword.arg in _WORDS_BY_NAME]
    for argument in [*(call.args if _name(call) in _SHOWING else ()), *named]:
        yield from _alternatives(argument)


def _alternatives(argument: ast.expr) -> Iterator[ast.expr]:
    """What an argument may be."""
    if isinstance(argument, ast.IfExp):
        yield from (*_alternatives(argument.body), *_alternatives(argument.orelse))
    elif isinstance(argument, (ast.BinOp, ast.List, ast.BoolOp)):
        parts = [argument.left, argument.right] if isinstance(argument, ast.BinOp) else None
        for part in parts or (argument.elts if isinstance(argument, ast.List) else argument.values):
            yield from _alternatives(part)
    else:
        yield argument


def _has_words(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        text = "".join(part.value if isinstance(part, ast.Constant) else " " for part in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    else:
        return False
    return bool(re.search("[A-Za-z]{2,}", text)) and text not in _NAMES
