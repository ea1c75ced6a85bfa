"""Files in and out: which file and format, the job that reads or writes it, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject

from app.formats.kit.format import Format
from app.formats.kit.options import Value
from app.formats.kit.sampling import tracing_of
from app.project.store import Project
from app.text import say
from app.ui.dialogs import files
from app.ui.dialogs.export import ask_export
from app.ui.dialogs.formats import ask_what_to_import
from app.ui.dialogs.trial import TrialListener
from app.ui.labels_beside import LabelsBeside
from app.ui.reports import Reports
from app.ui.shell import Shell

_EXPORTED = "last export"
"""The setting of a project that names the format and the options of its last export."""


class Exchange(QObject):
    """Import, export, the trial of an export, the check of the project, and their reports."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window())
        self._shell = shell
        self.reports = Reports(shell)
        self.labels_beside = LabelsBeside(shell, self.import_file)
        self._imported_from: Path | None = None
        """The folder of the last import into this project."""
        self._exported_to: Path | None = None
        """The folder of its last export."""

    def forget(self) -> None:
        """Forgets what belongs to a project that is being closed."""
        self._imported_from = self._exported_to = None
        self.reports.forget()

    def ask_import(self) -> None:
        """Asks for a file or folder, and its format where its content does not tell, and imports it."""
        workspace = self._shell.workspace
        choice = ask_what_to_import(self._shell.window()) if workspace is not None else None
        if workspace is not None and choice is not None:
            folder = self._imported_from or workspace.project.path.parent
            file = files.ask_import(self._shell.window(), choice, folder)
            if file is not None:
                self.import_file(file, choice.format.name if choice.format else None)

    def ask_export(self) -> None:
        """Asks for format, options and file, first those of the last export, and exports to it."""
        workspace, window = self._shell.workspace, self._shell.window()
        if workspace is None:
            return
        project = workspace.project
        chosen = ask_export(project.statistics.counts(), self.try_export, window, _exported(project))
        if chosen is not None:
            each, options = chosen
            folder = self._exported_to or project.path.parent
            file = files.ask_export(window, each, folder / project.path.name)
            if file is not None:
                project.set_setting(_EXPORTED, {"format": each.name, "options": options})
                self._exported_to = file.parent
                self.export_file(file, each.name, options)

    def try_export(self, each: Format, options: Mapping[str, Value], listener: TrialListener) -> Callable[[], None]:
        """Measures some outlines, then writes to nowhere, to see what the format cannot hold. Returns what drops the
        trial."""
        workspace = self._shell.workspace
        if workspace is None:
            return lambda: None
        title = say("Trying {each}", each=each.title)
        jobs, project = self._shell.jobs, workspace.project
        drops: list[Callable[[], None]] = []
        if tracing_of(each, options) is not None:
            drops.append(jobs.sample_outlines(project, each, title, listener.outlines, options))
        drops.append(jobs.try_export(project, each, title, listener, options))

        def drop() -> None:
            for each_drop in drops:
                each_drop()

        return drop

    def import_file(self, file: Path, format_name: str | None = None) -> None:
        """Imports a file or folder into the open project, beside the work. format_name: None where its content is to
        tell it."""
        workspace = self._shell.workspace
        if workspace is not None:
            self._imported_from = file.parent
            title = say("Importing {file}", file=file.name)
            told = partial(self.reports.imported, file)
            self._shell.jobs.import_file(workspace.project, file, format_name, title, told)

    def export_file(self, file: Path, format_name: str, options: Mapping[str, Value] | None = None) -> None:
        """Exports the open project to a file or folder, beside the work."""
        workspace = self._shell.workspace
        if workspace is not None:
            title = say("Exporting {file}", file=file.name)
            told = partial(self.reports.exported, file)
            self._shell.jobs.export_file(workspace.project, file, format_name, title, told, options or {})

    def check(self) -> None:
        """Checks the open project beside the work, and lists what was found."""
        workspace = self._shell.workspace
        if workspace is not None:
            share = self._shell.settings.class_overlap / 100
            self._shell.jobs.check(workspace.project, share, say("Checking the project"), workspace.checked.emit)


def _exported(project: Project) -> tuple[str, dict[str, Value]] | None:
    """The format and the options of the last export; None when there was none."""
    match project.setting(_EXPORTED):
        case {"format": str(name), "options": dict(options)}:
            return name, {str(key): value for key, value in cast(dict[str, Value], options).items()}
        case _:
            return None
