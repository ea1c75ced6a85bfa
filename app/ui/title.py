"""The title of the window: the names of the project and of the image, whole, as a list may have no room for them."""

from __future__ import annotations

from app.images.pages import shown
from app.text import say
from app.ui.shell import Shell


def show_title(shell: Shell) -> None:
    """Names what is open in the title of the window."""
    if shell.workspace is None:
        return
    project, image = shell.workspace.project, shell.workspace.session.image
    read_only = say(" (read-only)") if project.read_only else ""
    name = f"{project.path.stem}{read_only}"
    if image is not None:
        name += f" - {shown(image.path)}"
    shell.window().setWindowTitle(say("{file} - Maskwright", file=name))
