"""What the window does when the file of the open project is moved, replaced or written to by others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.problem import Problem
from app.project.safety.keeper import FileEvent, Keeper
from app.project.store import Project
from app.text import say
from app.ui import looking
from app.ui.long_work_dialog import is_long_work_under_way
from app.ui.scanning import Scanning
from app.ui.shell import Shell

AGAIN_MS = 1000
"""Until it is tried again to follow a file that somebody still reads."""


class Keeping(QObject):
    """Watches over the file of the open project, from `start` to `stop`."""

    _seen = Signal(object, object, object)
    """The keeper, what it saw, and where."""

    def __init__(self, shell: Shell, followed: Callable[[Project], object], scanning: Scanning) -> None:
        """`followed` is called when the file has another path."""
        super().__init__(shell.window())
        self._shell, self._followed, self._scanning = shell, followed, scanning
        self._keeper: Keeper | None = None
        self._is_away = False
        """Whether the file was lost, so that it has to be opened anew."""
        self._seen.connect(self._tell)
        self._again = QTimer(self, interval=AGAIN_MS, singleShot=True)
        self._again.timeout.connect(self._follow)

    def start(self, project: Project) -> None:
        """Begins to watch; there is nothing to be watched in a project that is only read."""
        self._is_away = False
        if not project.read_only:
            self._keeper = Keeper(project.path, self._said)
            self._keeper.start()

    def stop(self) -> None:
        """Ends watching, before the project is closed."""
        self._again.stop()
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.stop()

    def _said(self, seen: FileEvent, path: Path | None) -> None:
        """On the keeper's thread."""
        with suppress(RuntimeError):  # the window was closed meanwhile, and this object is gone with it
            self._seen.emit(self._keeper, seen, path)

    def _tell(self, keeper: Keeper, seen: FileEvent, path: Path | None) -> None:
        project = self._project
        if project is None or keeper is not self._keeper:
            return
        self._again.stop()
        match seen:
            case FileEvent.MOVED:
                self._follow()
            case FileEvent.LOST:
                self._is_away = True
                self._show(self._lost(project, path), bad=True)
            case FileEvent.RETURNED:
                self._follow()
            case FileEvent.BACK:
                self._look_again()
                self._show(say("{file} is in its place again.", file=project.path.name))
            case FileEvent.CHANGED if project.file.log is not None:
                self._show(project.file.log.changed, bad=True)

    def _look_again(self) -> None:
        """The images may have been away with the file."""
        if self._shell.workspace is not None:
            looking.look_again(self._shell.workspace)

    @property
    def _project(self) -> Project | None:
        return self._shell.workspace.project if self._shell.workspace else None

    def _follow(self) -> None:
        """Follows the project file to where it is now; later, while a job or long work has it open."""
        project = self._project
        if project is None:
            return
        is_away = self._is_away or project.file.is_parted
        if project.file.is_in_place and not is_away:
            if self._keeper is None:  # the last try ended it
                self.start(project)
        elif self._shell.jobs.has_project or is_long_work_under_way(self._shell):
            self._again.start()
        elif project.path.exists() and is_away:
            self._go_on(
                project,
                project.file.reopen,
                lambda: say("{file} is there again; the work goes on.", file=project.path.name),
            )
        elif found := project.file.moved_to():
            self._go_on(
                project,
                partial(project.file.follow, found),
                lambda: say("The project file was moved. The work goes on in {path}.", path=project.path),
            )

    def _go_on(self, project: Project, act: Callable[[], None], told: Callable[[], str]) -> None:
        self.stop()
        was_scanning = self._scanning.stop()
        try:
            act()
        except Problem as problem:
            self._show(problem.sentence, bad=True)
            self._again.start()
            return
        self._is_away = False
        self.start(project)
        self._followed(project)
        if was_scanning:
            self._scanning.start()
        self._show(told())

    def _lost(self, project: Project, kept: Path | None) -> str:
        told = say("{path} is not there any more: put it back, nothing can be saved until then.", path=project.path)
        return told if kept is None else told + " " + say("All that was saved is in {kept}.", kept=kept)

    def _show(self, sentence: str, *, bad: bool = False) -> None:
        self._shell.toast.show_text(sentence, bad=bad)
