"""The window with all its trades, as the commands of the window know it."""

from __future__ import annotations

from typing import Protocol

from app.ui.everywhere import Everywhere
from app.ui.exchange import Exchange
from app.ui.models import Models
from app.ui.open_project import Projects
from app.ui.preferences import Preferences
from app.ui.shell import Shell


class WindowTrades(Shell, Protocol):
    """What a command of the window acts on. MainWindow fulfils it."""

    projects: Projects
    exchange: Exchange
    everywhere: Everywhere
    models: Models
    preferences: Preferences

    def targets(self) -> tuple[object, ...]:
        """Returns what there is right now for commands to act on."""
        ...

    def close(self) -> bool:
        """Closes the window; returns False if it stays open for now."""
        ...
