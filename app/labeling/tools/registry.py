"""The registry of tools: those of this package, and what is added while the program runs."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

import app.labeling.tools
from app import plugins
from app.labeling.tools.base import Tool
from app.problem import Problem
from app.text import say

_NO_TOOLS = ("registry", "hand")
"""The modules of this package that are made of the registry, and would be imported in a circle."""


class Toolbox:
    """All tools, in their order."""

    def __init__(self) -> None:
        self._tools: list[Tool] = []
        self._watchers: list[Callable[[Tool], object]] = []

    def add(self, tool: Tool) -> None:
        """Adds a tool. Raises ValueError when another has its id or one of its keys."""
        for other in self._tools:
            if other.id == tool.id or set(other.keys) & set(tool.keys):
                raise ValueError(f"The tools {other.id} and {tool.id} have an id or a key in common.")
        for watcher in self._watchers:
            watcher(tool)
        self._tools = sorted([*self._tools, tool], key=lambda each: each.order)

    def remove(self, tool: Tool) -> None:
        """Takes a tool out again; who watched for it is not told."""
        self._tools.remove(tool)

    def all(self) -> tuple[Tool, ...]:
        """Returns the tools, the first one is that at the start."""
        return tuple(self._tools)

    def named(self, tool_id: str) -> Tool:
        """Returns the tool with that id. Raises KeyError when there is none."""
        found = next((tool for tool in self._tools if tool.id == tool_id), None)
        if found is None:
            raise KeyError(tool_id)
        return found

    def each(self, do: Callable[[Tool], object]) -> None:
        """Calls `do` with every tool there is, and with each that is added later."""
        for tool in self._tools:
            do(tool)
        self._watchers.append(do)


def discovered() -> Toolbox:
    """Returns a toolbox with the TOOL of each module of this package that has one."""
    toolbox = Toolbox()
    for found in pkgutil.iter_modules(app.labeling.tools.__path__):
        if found.name not in _NO_TOOLS:
            tool: Tool | None = getattr(import_module(f"app.labeling.tools.{found.name}"), "TOOL", None)
            if tool is not None:
                toolbox.add(tool)
    return toolbox


def add_from_plugins(toolbox: Toolbox) -> None:
    """Adds the tools of plugins; those whose id or key is taken are left out and told. To be called when all commands
    of the program are there: it is the plugin that gives way."""
    for tool in plugins.load(plugins.TOOLS, _checked):
        if tool in toolbox.all():
            continue
        try:
            toolbox.add(tool)
        except ValueError as error:
            plugins.note(say("The tool {tool} of a plugin is left out: {reason}", tool=tool.id, reason=error))


def _checked(name: str, found: Any) -> Tool:
    missing = [part for part in ("id", "text", "keys", "cursor", "order", "press") if not hasattr(found, part)]
    if missing:
        raise Problem(say("{name} is no tool: it has no {part}.", name=name, part=missing[0]))
    return found


TOOLBOX = discovered()
