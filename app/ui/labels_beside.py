"""Files of labelme beside the images of a new project: whoever comes from there is offered to import them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.formats.kit.format import LIKELY
from app.formats.registry import format_named, formats
from app.problem import Problem
from app.project.store import Project
from app.text import say
from app.ui.shell import Shell
from app.work import WorkThread

_BESIDE = "labelme"
"""The format whose files lie beside the images that they are about."""
_OFFERED = "labels_offered"
"""The setting of a project whose person was told of such files."""


class LabelsBeside(QObject):
    """Looks for them on a thread of its own: ten thousand files are looked at, and all formats are loaded for it."""

    _looked = Signal(Path, bool)
    """At the folder of which project, and whether there are any."""

    def __init__(self, shell: Shell, import_file: Callable[[Path, str], object]) -> None:
        """Prepares to look. import_file: imports a folder as a format."""
        super().__init__(shell.window())
        self._shell, self._import_file = shell, import_file
        self._thread: WorkThread[None, None] | None = None
        self._looked.connect(self._tell)

    def look(self) -> None:
        """Looks once beside the images of a project without objects, and tells of what is found. Of any other one too
        the formats are loaded: the window would stand still when a dialog lists them for the first time."""
        project = self._new_project()
        work = partial(self._look, project.root) if project is not None else _load
        self._thread = WorkThread("labels beside", work, None)
        self._thread.start()

    def _new_project(self) -> Project | None:
        """Returns the project that is open, if it has no objects and nothing was told yet. Raises Problem when that
        cannot be read."""
        workspace = self._shell.workspace
        if workspace is None or workspace.project.read_only or workspace.project.setting(_OFFERED):
            return None
        return None if workspace.project.statistics.annotation_counts().total() else workspace.project

    def _look(self, folder: Path, _tell: Callable[[None], None]) -> None:
        found = False
        with suppress(Problem, OSError):
            found = format_named(_BESIDE).seems(folder) >= LIKELY
        with suppress(RuntimeError):  # the window was closed meanwhile, and this object is gone with it
            self._looked.emit(folder, found)

    def _tell(self, folder: Path, found: bool) -> None:
        if found:
            self._shell.attempt(self._offer, folder)

    def _offer(self, folder: Path) -> None:
        project, toast = self._new_project(), self._shell.toast
        if project is None or project.root != folder:
            return
        project.settings.keep(_OFFERED, True)
        sentence = say("Files of labelme lie beside the images. Their objects are not in this project yet.")
        shown = [toast.text()] if toast.isVisible() else []
        take = partial(self._shell.attempt, self._import_file, folder, _BESIDE)
        toast.show_text("\n".join([*shown, sentence]), action=take, label=say("Import them"))


def _load(_tell: Callable[[None], None]) -> None:
    formats()
