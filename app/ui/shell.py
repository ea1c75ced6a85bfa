"""What the window offers to its parts. They know this protocol and never the window itself, which knows all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtWidgets import QWidget

from app.engine.delivery import Delivery
from app.ui.jobs import Jobs
from app.ui.menus import Menus
from app.ui.settings import Settings
from app.ui.widgets.status import StatusRow
from app.ui.widgets.toast import Toast
from app.ui.workspace import Workspace


class Shell(Protocol):
    """The window as its parts know it (mediator pattern). MainWindow fulfils it."""

    jobs: Jobs
    settings: Settings
    menus: Menus
    status: StatusRow
    delivery: Delivery
    """Replies of the engine that are about no open project; those that are go to `workspace.on_reply`."""

    @property
    def workspace(self) -> Workspace | None:
        """The open project on the screen; None on the first page."""
        ...

    @property
    def is_opening(self) -> bool:
        """Whether a project is on its way that is not shown yet."""
        ...

    @property
    def toast(self) -> Toast:
        """The message over what is shown now."""
        ...

    def window(self) -> QWidget:
        """Returns the window itself, the parent of dialogs."""
        ...

    def attempt(self, action: Callable[..., object], *arguments: object) -> None:
        """Runs the action; a Problem is shown to the person."""
        ...

    def open_path(self, path: Path) -> None:
        """Opens a folder of images, an image in it, or a project file, as soon as all masks are saved."""
        ...

    def leave_project(self, then: Callable[[], object] = lambda: None) -> None:
        """Goes back to the first page, as soon as all masks are saved; and then does that."""
        ...

    def show_lamp(self) -> None:
        """Shows again what the program is doing."""
        ...
