"""A panel as data: what the window needs to know to dock it, list it and give it the keyboard.

A panel is one file of app/ui/panels with a record named PANEL; the window finds it there. It listens for itself: to the
session (`session.on`), to the project (`project.subscribe`) and to the engine (`workspace.replies.on`).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, TypeAlias

from PySide6.QtWidgets import QWidget

from app.ui.shell import Shell
from app.ui.workspace import Workspace

Side: TypeAlias = Literal["left", "right", "top", "bottom"]
_registered: dict[str, Panel] = {}


@dataclass(frozen=True)
class Panel:
    """One dockable panel (dock widget) of an open project."""

    id: str
    """Unique; where the person left the panel is kept under it."""
    title: str
    build: Callable[[Shell, Workspace], QWidget]
    """Makes the widget for a project that is being opened; what it reads may raise Problem."""
    focus: Callable[[Any], QWidget]
    """Gets the widget, returns the part of it that takes the keyboard."""
    side: Side = "right"
    """Where it is until the person moves it."""
    place: int = 50
    """Panels on one side are in this order."""
    key: str = ""
    """Opens and closes it, in Qt's portable text; "" for none."""
    is_open: bool = True
    """Whether it is seen until the person closes or opens it."""


def register(panel: Panel) -> Callable[[], None]:
    """Adds a panel that lies elsewhere than in app/ui/panels. Returns what takes it away.

    Raises ValueError if there is another one with that id: it is a bug.
    """
    if any(other.id == panel.id for other in panels()):
        raise ValueError(f"Two panels are called {panel.id}.")
    _registered[panel.id] = panel
    return lambda: _registered.pop(panel.id, None) and None


def panels() -> list[Panel]:
    """Returns every panel there is, in the order in which F6 comes to them."""
    package = import_module("app.ui.panels")
    modules = [import_module(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)]
    return sorted([module.PANEL for module in modules] + list(_registered.values()), key=_order)


def _order(panel: Panel) -> tuple[int, int, str]:
    return ("left", "top", "right", "bottom").index(panel.side), panel.place, panel.id
