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


def look_again(workspace: Workspace, *, has_moved: bool = False) -> None:
    """Opens the image anew that could not be read: its file may be there by now. has_moved: the folder of the images
    may be another one, so that one that is still being read will not come either."""
    place = workspace.session.place
    if place.unreadable or (has_moved and not place.is_encoded):
        open_anew(workspace)


def open_anew(workspace: Workspace) -> None:
    """Opens the image anew: its file is another one, or may be looked at by now."""
    workspace.presenter.forget_image()
    workspace.session.navigation.look_again()


def _look(workspace: Workspace, scan: Callable[[], object]) -> None:
    workspace.ask_for_images()
    workspace.reload_images()  # asks for their thumbnails
    open_anew(workspace)
    if not workspace.project.read_only:
        scan()
