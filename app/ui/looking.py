"""What the window does when the person says where the images of the project may be looked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.ui.dialogs import files

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


def look_there(window: MainWindow) -> None:
    """The folder that the project names is known to the person."""
    workspace = window.workspace
    if workspace is not None:
        workspace.project.whereabouts.settle()
        _look(window)


def ask_other_folder(window: MainWindow) -> None:
    """Asks for the folder of the images."""
    folder = files.ask_folder(window)
    if folder is not None:
        window.attempt(look_in, window, folder)


def look_in(window: MainWindow, folder: Path) -> None:
    """The project has its images there from now on. Problem when that cannot be kept."""
    if window.workspace is not None:
        window.workspace.project.folder.look_in(folder)
        _look(window)


def _look(window: MainWindow) -> None:
    workspace = window.workspace
    if workspace is None:
        return
    workspace.ask_for_images()
    workspace.reload_images()  # asks for their thumbnails
    workspace.presenter.forget_image()
    workspace.session.navigation.look_again()
    if not workspace.project.read_only:
        window.scan()
