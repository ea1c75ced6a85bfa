"""What can be done with the file of the image that is shown, which may have several pages."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.images.pages import source_of
from app.labeling.session import Session
from app.text import say
from app.ui.shell import Shell


def open_folder(shell: Shell) -> None:
    """Opens its folder in the program that the system has for folders. Raises Problem where the project may not ask."""
    file = _shown_file(shell)
    if file is not None and not _reveal(file):
        shell.toast.show_text(say("No program opens the folder {folder}.", folder=file.parent))


def copy_path(shell: Shell) -> None:
    """Puts its path on the clipboard; no drive is asked for it. Raises Problem where there can be no such file."""
    session = _session(shell)
    if session is not None and session.image_id is not None:
        record = session.project.image(session.image_id)
        file = source_of(session.project.whereabouts.named(record.path)).file
        QGuiApplication.clipboard().setText(str(file))
        shell.toast.show_text(say("Copied {path}.", path=file))


def _reveal(file: Path) -> bool:
    """Returns whether a program was found. On a Mac a folder may be a program, which would be started: its file is
    pointed at instead."""
    if sys.platform == "darwin":
        return QProcess.startDetached("/usr/bin/open", ["-R", str(file)])[0]
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))


def _session(shell: Shell) -> Session | None:
    return None if shell.workspace is None else shell.workspace.session


def _shown_file(shell: Shell) -> Path | None:
    session = _session(shell)
    if session is None or session.image_id is None:
        return None
    return source_of(session.project.image_path(session.project.image(session.image_id))).file
