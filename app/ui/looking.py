"""What the window does when the person says where the images of the project may be looked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.ui.dialogs import files
from app.ui.shell import Shell
from app.ui.workspace import Workspace


def look_there(workspace: Workspace, scan: Callable[[], object]) -> None:
    """Looks in the folder that the project names: the person knows it."""
    workspace.project.whereabouts.settle()
    _look(workspace, scan)


def ask_other_folder(shell: Shell, workspace: Workspace, scan: Callable[[], object]) -> None:
    """Asks for the folder of the images and looks there."""
    folder = files.ask_folder(shell.window())
    if folder is not None:
        shell.attempt(look_in, workspace, folder, scan)


def look_in(workspace: Workspace, folder: Path, scan: Callable[[], object]) -> None:
    """Looks for the images in that folder, from now on. Raises Problem when that cannot be kept."""
    workspace.project.folder.look_in(folder)
    _look(workspace, scan)


def _look(workspace: Workspace, scan: Callable[[], object]) -> None:
    workspace.ask_for_images()
    workspace.reload_images()  # asks for their thumbnails
    workspace.presenter.forget_image()
    workspace.session.navigation.look_again()
    if not workspace.project.read_only:
        scan()
