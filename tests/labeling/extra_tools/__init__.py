"""A folder of tools beside those of the program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import app.labeling.tools
from app.labeling import actions as _registered  # noqa: F401  the commands that take tools
from app.labeling.commands import REGISTRY
from app.labeling.tools.base import Tool
from app.labeling.tools.registry import TOOLBOX


@contextmanager
def found() -> Iterator[None]:
    """The folder is looked into as if its files lay in the package."""
    before = list(app.labeling.tools.__path__)
    app.labeling.tools.__path__.append(str(Path(__file__).parent))
    try:
        yield
    finally:
        app.labeling.tools.__path__[:] = before
        sys.modules.pop("app.labeling.tools.dot", None)


@contextmanager
def dot() -> Iterator[Tool]:
    """The tool is there, as if the program had been started with it."""
    with found():
        tool: Tool = import_module("app.labeling.tools.dot").TOOL
        TOOLBOX.add(tool)
        try:
            yield tool
        finally:
            TOOLBOX.remove(tool)
            REGISTRY.commands.pop("tool.dot")
