"""What can be done with the file of the image that is shown, which may have several pages."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.images.pages import source_of
from app.text import say
from app.ui.shell import Shell


def open_folder(shell: Shell) -> None:
    """Opens its folder in the program that the system has for folders. Raises Problem where the project may not ask."""
    file = _shown_file(shell)
    if file is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent))):
        shell.toast.show_text(say("No program opens the folder {folder}.", folder=file.parent))


def copy_path(shell: Shell) -> None:
    """Puts its path on the clipboard. Raises Problem where the project may not ask for it."""
    file = _shown_file(shell)
    if file is not None:
        QGuiApplication.clipboard().setText(str(file))
        shell.toast.show_text(say("Copied {path}.", path=file))


def _shown_file(shell: Shell) -> Path | None:
    session = None if shell.workspace is None else shell.workspace.session
    if session is None or session.image_id is None:
        return None
    return source_of(session.project.image_path(session.project.image(session.image_id))).file
