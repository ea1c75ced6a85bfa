"""The project in the window: it is opened, shown, followed when its file moves, and closed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.engine.replies import Failed, ModelLoaded, Reply
from app.engine.requests import Job, Submit
from app.labeling.events import LongWork
from app.labeling.session import Session
from app.problem import Problem
from app.project.steps import LongReplay
from app.project.store import Project
from app.text import say
from app.ui import looking, opening, replaced_photos
from app.ui.backups import Backups
from app.ui.bookmark import Bookmark
from app.ui.bridge import collect_closed
from app.ui.dialogs import files
from app.ui.docks import Docks
from app.ui.effects import fit_out
from app.ui.keeping import Keeping
from app.ui.long_work_dialog import do, replay, stop_long_work
from app.ui.opener import Opener, PendingProject
from app.ui.panel import panels
from app.ui.scanning import Scanning
from app.ui.shell import Shell
from app.ui.title import show_title
from app.ui.when_saved import WhenSaved
from app.ui.work_line import WorkLine
from app.ui.workspace import Workspace


class Projects(QObject):
    """Opens one project at a time; the one before is closed when all of it is saved."""

    opened = Signal(object)
    """The Workspace, which is to be shown."""
    closed = Signal(object)
    """The Workspace, which is to be taken away."""

    def __init__(self, shell: Shell, engine: Submit, model: Callable[[], ModelLoaded | None]) -> None:
        """`model` is asked for the one that is loaded when a project is opened."""
        super().__init__(shell.window())
        self._shell, self._engine, self._model = shell, engine, model
        self.workspace: Workspace | None = None
        self.docks: Docks | None = None
        self._bookmark: Bookmark | None = None
        self._is_frozen = False
        """An open project, with the model that was loaded meanwhile: see GarbageCollector."""
        self.when_saved = WhenSaved(shell)
        self.work = WorkLine(shell)
        self.scanning = Scanning(shell, self.work.show)
        self._opener = Opener(shell.jobs, self._opened, self._tell_notes)
        self._backups = Backups()
        self._backups.failed.connect(self._not_backed_up)
        self._keeping = Keeping(shell, self._followed, self.scanning)

    @property
    def is_opening(self) -> bool:
        """Whether something is on its way that is not shown yet."""
        return self._opener.is_under_way

    # --- opening -------------------------------------------------------------------------------------------------

    def ask_folder(self) -> None:
        """Asks for a folder of images and opens it."""
        path = files.ask_folder(self._shell.window())
        if path is not None:
            self.open_path(path)

    def ask_project(self) -> None:
        """Asks for a project file and opens it."""
        path = files.ask_project(self._shell.window())
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path, then: Callable[[], object] = lambda: None) -> None:
        """Opens a folder of images, an image in it, or a project file, as soon as all masks are saved. The image that
        was pointed at is shown. then: called when it is shown."""
        self._open(PendingProject(path, then))

    def open_unclosed(self) -> None:
        """Opens the project whose window was killed, if there is one that is not open elsewhere."""
        path = self._shell.settings.left_open
        self._shell.settings.note_open(None)  # should it be what kills the program, it is not opened again
        if path is None:
            return
        told = say("The program had not been closed: the work goes on where it was.")
        # a server that is away is waited for, and what the person opens meanwhile takes its place
        self._open(PendingProject(path, lambda: self._shell.toast.show_text(told), by_itself=True))

    def open_sample(self) -> None:
        """Opens the sample project, as soon as all masks are saved."""
        self._open(PendingProject(None))

    def _open(self, wanted: PendingProject) -> None:
        self.when_saved.run(lambda: self._opener.open(wanted, self.workspace and self.workspace.project.path))

    def _opened(self, wanted: PendingProject) -> None:
        self.when_saved.run(lambda: self._show(wanted), by_itself=True)

    def _show(self, wanted: PendingProject) -> None:
        """The old one is closed only when the new one is open: a Problem leaves everything as it was."""
        project = wanted.taken()
        if project is None:
            if wanted.photo is not None and not wanted.is_dropped:
                self.scanning.show(wanted.photo)
            return
        toast = self._shell.toast
        workspace, docks = self._workspace_of(project)
        self.close()
        self.workspace, self.docks = workspace, docks
        self._bookmark = Bookmark(self._shell.settings, workspace)
        self._connect(workspace)
        self.opened.emit(workspace)
        workspace.canvas.setFocus()
        self._name(project)
        self.scanning.want(wanted.photo)
        self._begin(project)
        self.scanning.open_first_image()
        wanted.then()
        toast.go_on_over(self._shell.toast)

    def _workspace_of(self, project: Project) -> tuple[Workspace, Docks]:
        """Problem when so much of it is damaged that there is nothing to show."""
        project.file.hurry()
        session, model = Session(project, self._engine), self._model()
        if model is not None:
            session.receive(model)
        workspace = Workspace(project, session, self._engine.submit)
        fit_out(self._shell.settings, workspace)
        workspace.destroyed.connect(self._collect)
        try:
            workspace.fill()
            return workspace, Docks(self._shell, workspace, panels())
        except Problem:
            _end(workspace)
            project.close()
            workspace.deleteLater()
            raise

    def _connect(self, workspace: Workspace) -> None:
        attempt, scan = self._shell.attempt, self.scanning.start
        workspace.work_changed.connect(self.work.show)
        workspace.folder_bar.agreed.connect(partial(attempt, looking.look_there, workspace, scan))
        workspace.folder_bar.choose_wanted.connect(partial(looking.ask_other_folder, self._shell, workspace, scan))
        replaced_photos.connect(workspace)
        workspace.session.on("photo", do=partial(attempt, self.scanning.look_at_photo))
        workspace.again.ended.connect(self.when_saved.go_on)
        workspace.lengthy.connect(partial(attempt, self._do))
        workspace.session.on("image", do=partial(show_title, self._shell))

    def _begin(self, project: Project) -> None:
        """What goes on beside the work, and what was found at opening."""
        notes = project.notes
        if project.read_only:
            notes = (say("Read-only. {read_only_reason}", read_only_reason=project.read_only_reason), *notes)
        else:
            _tell_where(self._shell, project)
            self._shell.attempt(self.scanning.start)
            self._backups.start(project.path)
            self._keeping.start(project)
        self._tell_notes(notes)

    def _name(self, project: Project) -> None:
        self._shell.settings.add_recent(project.path)
        show_title(self._shell)

    def _tell_notes(self, notes: tuple[str, ...]) -> None:
        """At once: a toast takes the place of another."""
        if notes:
            self._shell.toast.show_text("\n".join(notes), bad=True)

    # --- while it is open ----------------------------------------------------------------------------------------

    def _followed(self, project: Project) -> None:
        """The file of the open project has another path now."""
        self._name(project)
        self._backups.start(project.path)
        self._shell.attempt(self.reload)
        if self.workspace is not None:
            self._shell.attempt(self.workspace.reload_images)  # and looks for their files where they are now
            self.workspace.ask_for_images()
            looking.look_again(self.workspace, has_moved=True)

    def receive(self, reply: Reply) -> None:
        """Passes any reply of the engine on to the open project; what waited for it goes on."""
        if self.workspace is not None:
            self.workspace.replies.receive(reply)
        elif isinstance(reply, Failed) and not isinstance(reply.request, Job):  # the jobs tell of theirs
            self._shell.toast.show_text(reply.sentence, bad=True)
        self.when_saved.go_on()

    def reload(self) -> None:
        """Shows the open project anew: more may be different than one wants to be told, as after an import, even one
        that was cancelled. Raises Problem when it cannot be read."""
        if self.workspace is not None:
            self.workspace.reload()

    def _do(self, long: LongReplay | LongWork) -> None:
        """Beside the window. What may be about masks that are still to come not before they are there; an undo not
        while anybody else writes: it would not be of the last step any more."""
        workspace, is_undo = self.workspace, isinstance(long, LongReplay)
        if workspace is None:
            return
        if is_undo and self._shell.jobs.is_writing:
            self._shell.toast.show_text(say("An import is running: cancel it, or wait until it is complete."))
        elif not (isinstance(long, LongWork) and long.beside_masks) and self.when_saved.is_saving:
            self.when_saved.tell()
        else:
            with self.scanning.scanner.held():  # it writes too
                if isinstance(long, LongReplay):
                    replay(self._shell, workspace.project.path, long, self.reload)
                else:
                    do(self._shell, workspace.project.path, long, lambda: self.workspace is workspace)

    def _not_backed_up(self, project: Path, sentence: str) -> None:
        if self.workspace is not None and self.workspace.project.path == project:
            self._shell.toast.show_text(sentence, bad=True)

    def model_loaded(self) -> None:
        """Notes that what is open now is frozen with the model: see GarbageCollector."""
        self._is_frozen = self._is_frozen or self.workspace is not None

    # --- closing -------------------------------------------------------------------------------------------------

    def leave(self, then: Callable[[], object] = lambda: None) -> None:
        """Closes the project as soon as all masks are saved; and then does that."""
        self.when_saved.run(lambda: (self.close(), then()))

    def close(self) -> None:
        """Closes the project at once: what was accepted before its mask was there is not waited for."""
        self._opener.drop()
        if self.workspace is None or self.docks is None:
            return
        stop_long_work(self._shell)
        self._shell.attempt(self.workspace.session.navigation.leave)
        self.scanning.stop()
        for part in (self.workspace.again, self.workspace.buttons, self.workspace.undo_offer):
            part.stop()
        self._backups.stop()
        self._keeping.stop()
        self._shell.jobs.cancel_of_project()
        self.docks.save()
        if self._bookmark is not None:
            self._shell.attempt(self._bookmark.note)
            self._bookmark = None
        self._shell.settings.note_open(None)
        workspace, self.workspace, self.docks = self.workspace, None, None
        _end(workspace)
        workspace.project.close()
        self.closed.emit(workspace)
        workspace.deleteLater()

    def _collect(self) -> None:
        """When the widgets of a project are gone."""
        QTimer.singleShot(0, self, self._collect_closed)

    def _collect_closed(self) -> None:
        collect_closed(frozen=self._is_frozen)
        self._is_frozen = self._is_frozen and self.workspace is not None


def _tell_where(shell: Shell, project: Project) -> None:
    """Once, when it is new and not where one would look for it."""
    if opening.is_apart(project) and not project.images():
        told = say("The folder of the images cannot be written: the project lies in {path}.", path=project.path)
        shell.toast.show_text(told)


def _end(workspace: Workspace) -> None:
    """It asks its project nothing any more, which is about to be closed."""
    workspace.is_live = False
    workspace.hand.cancel()  # tools outlive it: one that is in the middle of something would go on so in the next one
    workspace.buttons.stop()
