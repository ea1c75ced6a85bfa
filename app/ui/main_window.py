"""The window: first page or workspace, menus, status row, files in and out. It wires; it does not label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QSize, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.engine.requests import Failed, ModelLoaded, Reply
from app.formats.base import Format
from app.formats.options import Value
from app.labeling.commands import REGISTRY, Acting, Command
from app.labeling.session import Session
from app.problem import Problem
from app.project.records import ImageRecord
from app.project.steps import LongReplay
from app.project.store import Project
from app.sam.catalog import Model
from app.ui import looking, model_jobs, opening, theme
from app.ui.actions import WINDOW_REGISTRY
from app.ui.backups import Backups
from app.ui.bridge import collect_closed
from app.ui.dialogs import files
from app.ui.dialogs.about import AboutDialog
from app.ui.dialogs.export import ask_export
from app.ui.dialogs.formats import ask_format
from app.ui.dialogs.keys import KeysDialog
from app.ui.first_page import FirstPage, dropped_path
from app.ui.jobs import JobListener, Jobs, Runner
from app.ui.keeping import Keeping
from app.ui.keymap import Keymap, KeymapLayer
from app.ui.long_replay_dialog import replay, stop_replaying
from app.ui.model_menu import ModelMenu
from app.ui.model_state import ModelState, title_of
from app.ui.reports import Reports
from app.ui.scanner import Scanner
from app.ui.settings import Settings
from app.ui.widgets.status import StatusRow
from app.ui.widgets.toast import Toast
from app.ui.workspace import Workspace


class MainWindow(QMainWindow):
    def __init__(self, engine: Runner, settings: Settings) -> None:
        super().__init__()
        self.workspace: Workspace | None = None
        self._engine, self._settings = engine, settings
        self._after_saving: Callable[[], object] | None = None
        self._is_frozen = False
        """An open project, with the model that was loaded meanwhile: see GarbageCollector."""
        self.jobs = Jobs(engine)
        self.reports = Reports(self)
        self._imported_from: Path | None = None
        """The folder of the last import into this project."""
        self.model = ModelState(engine.submit)
        self._scanner = Scanner()
        self._backups = Backups()
        self._keeping = Keeping(self)
        self._build()
        self._connect()
        self.show_first_page()
        self.model.load(settings.model)
        QTimer.singleShot(0, self, self._tell_of_settings)  # over what is opened meanwhile

    # --- layout --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowTitle("Maskwright")
        self.setWindowIcon(theme.icon("maskwright"))
        self.resize(QSize(1280, 800).boundedTo(self.screen().availableSize()))
        self.setAcceptDrops(True)
        self.first_page = FirstPage()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.first_page)
        self.status = StatusRow()
        center = QWidget()
        column = QVBoxLayout(center)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages, 1)
        column.addWidget(self.status)
        self.setCentralWidget(center)
        self._toast = Toast(self.first_page)
        self.keymap = Keymap(
            [KeymapLayer(REGISTRY, self._acting), KeymapLayer(WINDOW_REGISTRY, lambda: self)], self._run
        )
        self._model_menu = ModelMenu(self.keymap.fill(self.menuBar())["Model"], self)
        geometry = self._settings.layout("window")
        if geometry is not None:
            self.restoreGeometry(geometry)

    def _connect(self) -> None:
        self.first_page.opened.connect(self.open_path)
        self.first_page.folder_wanted.connect(self.ask_folder)
        self.first_page.project_wanted.connect(self.ask_project)
        self.first_page.sample_wanted.connect(self.open_sample)
        self.status.cancel.clicked.connect(self._cancel)
        self.jobs.changed.connect(self._show_lamp)
        self.jobs.arrived.connect(self.receive)
        self.jobs.wrote.connect(partial(self.attempt, self._rewritten))
        self.jobs.failed.connect(lambda sentence: self.toast.show_text(sentence, bad=True))
        self.jobs.cancelled.connect(lambda: self.toast.show_text(self.tr("Cancelled.")))
        self.model.changed.connect(self._show_lamp)
        self.model.loaded.connect(self._remember_model)
        self.model.preparable.connect(self._prepare_model)
        self._backups.failed.connect(self._not_backed_up)
        self._scanner.found.connect(partial(self.attempt, self._found))
        self._scanner.ended.connect(partial(self.attempt, self._scanned))
        self._scanner.passed_over.connect(lambda sentence: self.toast.show_text(sentence))
        self._scanner.failed.connect(self._not_scanned)
        self._scanner.waiting.connect(lambda sentence: self.toast.show_problem(sentence))

    def _acting(self) -> Any:
        return self.workspace.acting if self.workspace else None

    @property
    def toast(self) -> Toast:
        return self.workspace.toast if self.workspace else self._toast

    def attempt(self, action: Callable[..., object], *arguments: object) -> None:
        """Runs it; a Problem is shown to the person."""
        try:
            action(*arguments)
        except Problem as problem:
            self.toast.show_problem(str(problem))

    # --- keys ----------------------------------------------------------------------------------------------------

    def _run(self, command: Command, target: Any) -> None:
        if self.workspace is not None and isinstance(target, Acting):
            self.attempt(self.workspace.do, command)
        else:
            self.attempt(lambda: command.run(target))
        if self.workspace is not None:
            self.workspace.after_command()

    def _key_pressed(self, event: QKeyEvent) -> None:
        """From the canvas."""
        event.setAccepted(self.keymap.press(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What no widget wanted: the commands work while a panel has the keyboard too."""
        if not self.keymap.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self.keymap.release(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.keymap.release_all()

    def focus_next_pane(self) -> None:
        """F6: canvas, images, classes, objects, history and round again."""
        if self.workspace is None:
            return
        w = self.workspace
        panes = (w.canvas, w.images.view, w.classes.new_name, w.objects.list, w.history.view)
        panes = [pane for pane in panes if pane.isVisible()]
        here = next((i for i, pane in enumerate(panes) if pane.hasFocus()), -1)
        panes[(here + 1) % len(panes)].setFocus()

    # --- projects ------------------------------------------------------------------------------------------------

    def show_first_page(self) -> None:
        self.first_page.show_recent(self._settings.recent())
        self.first_page.show_note(
            self.tr("The Starter model is in the box. For real work MobileSAM or larger is better: see the menu Model.")
        )
        self._pages.setCurrentWidget(self.first_page)
        self.setWindowTitle("Maskwright")
        self.status.show_work("", "")
        self.status.show_position(None)
        self._show_lamp()

    def _tell_of_settings(self) -> None:
        if self._settings.kept_aside is not None:
            name, aside = self._settings.path.name, self._settings.kept_aside
            told = self.tr("{0} was damaged: the settings begin anew. What was there is kept as {1}.")
            self.toast.show_text(told.format(name, aside), bad=True)
        elif not self._settings.are_kept:
            told = self.tr("The settings are not kept: {0} cannot be written.")
            self.toast.show_text(told.format(self._settings.path), bad=True)

    def open_path(self, path: Path) -> None:
        """A folder of images, an image in it, or a project file."""
        self._when_saved(lambda: self._open(path))

    def _open(self, path: Path) -> None:
        """A large project that is not ready to be opened is made so on a thread."""
        slow = opening.slow_to_open(path)
        if slow is None:
            self._show_project(lambda: opening.open_path(path))
        else:
            older = opening.needs_renewal(slow)
            title = self.tr("Bringing {0} to this version") if older else self.tr("Looking through {0}")
            self.jobs.start_thread(
                title.format(slow.stem),
                partial(opening.make_ready, slow),
                partial(self.attempt, self._show_ready, path),
            )

    def _show_ready(self, path: Path, notes: tuple[str, ...]) -> None:
        self._show_project(lambda: opening.open_path(path))
        self._tell_notes(notes)

    def _tell_notes(self, notes: tuple[str, ...]) -> None:
        """What was found at opening, at once: a toast takes the place of another."""
        if notes:
            self.toast.show_text("\n".join(notes), bad=True)

    def open_sample(self) -> None:
        self._when_saved(lambda: self._show_project(opening.sample_project))

    def ask_folder(self) -> None:
        self._with(files.ask_folder(self), self.open_path)

    def ask_project(self) -> None:
        self._with(files.ask_project(self), self.open_path)

    def _with(self, path: Path | None, action: Callable[[Path], object]) -> None:
        if path is not None:
            action(path)

    def _show_project(self, open_project: Callable[[], Project]) -> None:
        """The old one is closed only when the new one is open: a Problem leaves everything as it was."""
        project = open_project()
        if self.workspace is not None and self.workspace.project.path == project.path:
            project.close()
            return
        workspace = self._workspace_of(project)
        self.close_project()
        self.workspace = workspace
        self._connect_workspace(self.workspace)
        self._pages.addWidget(self.workspace)
        self._pages.setCurrentWidget(self.workspace)
        self.workspace.canvas.setFocus()
        self._name_project(project)
        notes = project.notes
        if project.read_only:
            notes = (self.tr("Read-only. {0}").format(project.read_only_reason), *notes)
        else:
            self._tell_where(project)
            self.attempt(self.scan)
            self._backups.start(project.path)
            self._keeping.start(project)
        self._tell_notes(notes)
        self._open_first_image()

    def _name_project(self, project: Project) -> None:
        self._settings.add_recent(project.path)
        read_only = self.tr(" (read-only)") if project.read_only else ""
        self.setWindowTitle(f"{project.path.stem}{read_only} - Maskwright")

    def followed(self, project: Project) -> None:
        """The file of the open project has another path now."""
        self._name_project(project)
        self._backups.start(project.path)
        self.attempt(self._rewritten)
        if self.workspace is not None:
            self.workspace.ask_for_images()

    def _workspace_of(self, project: Project) -> Workspace:
        """Problem when so much of it is damaged that there is nothing to show."""
        project.hurry()
        session = Session(project, self._engine)
        session.hover.enabled, session.closeups.enabled = self._settings.preview, self._settings.closeups
        if self.model.model is not None:
            session.receive(self.model.model)
        workspace = Workspace(project, session, self._engine.submit)
        workspace.destroyed.connect(self._collect)
        try:
            workspace.fill()
        except Problem:
            project.close()
            workspace.deleteLater()
            raise
        return workspace

    def _tell_where(self, project: Project) -> None:
        """Once, when it is new and not where one would look for it."""
        if opening.is_apart(project) and not project.images():
            told = self.tr("The folder of the images cannot be written: the project lies in {0}.")
            self.toast.show_text(told.format(project.path))

    def _not_backed_up(self, project: Path, sentence: str) -> None:
        if self.workspace is not None and self.workspace.project.path == project:
            self.toast.show_text(sentence, bad=True)

    def _connect_workspace(self, workspace: Workspace) -> None:
        workspace.canvas.key_pressed.connect(self._key_pressed)
        workspace.canvas.key_released.connect(self.keymap.release)
        workspace.canvas.zoomed.connect(self.status.show_zoom)
        workspace.position_changed.connect(self.status.show_position)
        workspace.lamp_changed.connect(self._show_lamp)
        workspace.work_changed.connect(self._show_work)
        workspace.folder_bar.agreed.connect(partial(self.attempt, looking.look_there, self))
        workspace.folder_bar.choose_wanted.connect(partial(looking.ask_other_folder, self))
        workspace.again.ended.connect(self._go_on_when_saved)
        workspace.lengthy.connect(partial(self.attempt, self._replay))
        workspace.command_wanted.connect(lambda command: self._run(command, self._acting()))
        state = self._settings.layout("splitter")
        if state is not None:
            workspace.splitter.restoreState(state)

    def _open_first_image(self) -> None:
        """The one the person was at, else the first."""
        if self.workspace is None or self.workspace.session.image_id is not None:
            return
        images = self.workspace.project.images()
        last = self.workspace.project.setting("last_image")
        known = {record.id for record in images}
        if images:
            self.workspace.session.open_image(last if last in known else images[0].id)

    def leave_project(self, then: Callable[[], object] = lambda: None) -> None:
        """Back to the first page, as soon as all masks are saved; and then."""
        self._when_saved(lambda: (self.close_project(), then()))

    def close_project(self) -> None:
        """At once: what was accepted before its mask was there is not waited for."""
        if self.workspace is None:
            return
        stop_replaying(self)
        self._scanner.stop()
        self.workspace.again.stop()
        self._backups.stop()
        self._keeping.stop()
        self.jobs.cancel_of_project()
        self.reports.forget()
        workspace, self.workspace, self._imported_from = self.workspace, None, None
        self._settings.save_layout("splitter", workspace.splitter.saveState())
        self.attempt(workspace.project.keep_setting, "last_image", workspace.session.image_id)
        workspace.project.close()
        self._pages.removeWidget(workspace)
        workspace.deleteLater()
        self.show_first_page()

    def _collect(self) -> None:
        """When the widgets of a project are gone."""
        QTimer.singleShot(0, self, self._collect_closed)

    def _collect_closed(self) -> None:
        collect_closed(frozen=self._is_frozen)
        self._is_frozen = self._is_frozen and self.workspace is not None

    def _when_saved(self, action: Callable[[], object]) -> None:
        """Now, or as soon as the masks are saved that were accepted before they were there."""
        if self._is_saving:
            self._after_saving = action
            self.toast.show_text(self.tr("Waiting for the masks that were accepted already…"))
        else:
            self.attempt(action)

    @property
    def _is_saving(self) -> bool:
        """What was accepted or done, and is not in the project yet."""
        w = self.workspace
        return w is not None and (w.session.accepted_in_advance > 0 or w.again.is_waiting)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nothing to ask and nothing to save: what was accepted is on the disk, or will be in a moment. A second
        close does not wait."""
        if self._is_saving and self._after_saving is None:
            self._when_saved(self.close)
            event.ignore()
            return
        self.close_project()
        self.jobs.cancel_all()
        self._settings.save_layout("window", self.saveGeometry())
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped_path(event)
        if path is not None:
            event.acceptProposedAction()
            self.open_path(path)

    def scan(self) -> None:
        """Looks for new images, if they may be looked at; else that is asked."""
        if self.workspace is not None and not self.workspace.project.whereabouts.is_settled:
            self.workspace.ask_for_images()
        elif self.workspace is not None:
            self._scanner.start(self.workspace.project)

    def _found(self, number: int, new: Sequence[ImageRecord]) -> None:
        """The first one is looked at while the others are still being found."""
        if self.workspace is not None:
            self.workspace.images.add(new)
            self._open_first_image()
            self.status.show_work(self.tr("{0} images found…").format(number), "")

    def _scanned(self, has_moved: bool) -> None:
        if self.workspace is None:
            return
        if has_moved:
            self.workspace.reload_images()
        self.workspace.images.model.look_again()
        self._open_first_image()
        if not self.workspace.project.images():
            where = self.tr("There are none in {0}. Put some there and press F5, or open another folder.")
            where = where.format(self.workspace.project.root)
            self.workspace.canvas.show_message(self.tr("No images here"), where)
        self._show_work()

    def _not_scanned(self, sentence: str) -> None:
        self._show_work()
        self.toast.show_text(sentence, bad=True)

    def toggle_preview(self) -> None:
        if self.workspace is not None:
            hover = self.workspace.session.hover
            hover.leave()
            hover.enabled = self._settings.preview = not hover.enabled
            shown = self.tr("The mask under the mouse is shown.") if hover.enabled else self.tr("No preview any more.")
            self.toast.show_text(shown)

    def toggle_closeups(self) -> None:
        if self.workspace is not None:
            closeups = self.workspace.session.closeups
            closeups.enabled = self._settings.closeups = not closeups.enabled
            self.toast.show_text(
                self.tr("Small things are looked at more closely.")
                if closeups.enabled
                else self.tr("Small things are seen as parts of the whole image.")
            )

    def _cancel(self) -> None:
        """Whatever the lamp shows."""
        if self.jobs.current is not None:
            self.jobs.cancel_all()
        elif self.workspace is not None:
            self.workspace.session.everything.stop()

    # --- import and export ---------------------------------------------------------------------------------------

    def ask_import(self) -> None:
        if self.workspace is None:
            return
        each = ask_format(self)
        if each is not None:
            folder = self._imported_from or self.workspace.project.path.parent
            self._with(files.ask_import(self, each, folder), lambda file: self.import_file(file, each.name))

    def ask_export(self) -> None:
        if self.workspace is None:
            return
        project = self.workspace.project
        chosen = ask_export(project.counts(), self.try_export, self)
        if chosen is not None:
            each, options = chosen
            self._with(
                files.ask_export(self, each, project.path), lambda file: self.export_file(file, each.name, options)
            )

    def try_export(self, each: Format, options: Mapping[str, Value], listener: JobListener) -> Callable[[], None]:
        """Writes to nowhere, to see what the format cannot hold. Returns what drops it."""
        if self.workspace is None:
            return lambda: None
        title = self.tr("Trying {0}").format(each.title)
        return self.jobs.try_export(self.workspace.project, each, title, listener, options)

    def import_file(self, file: Path, format_name: str) -> None:
        if self.workspace is not None:
            self._imported_from = file.parent
            title = self.tr("Importing {0}").format(file.name)
            told = partial(self.reports.imported, file)
            self.jobs.import_file(self.workspace.project, file, format_name, title, told)

    def export_file(self, file: Path, format_name: str, options: Mapping[str, Value] | None = None) -> None:
        if self.workspace is not None:
            title = self.tr("Exporting {0}").format(file.name)
            told = partial(self.reports.exported, file)
            self.jobs.export_file(self.workspace.project, file, format_name, title, told, options or {})

    def _replay(self, lengthy: LongReplay) -> None:
        """Not while anybody else writes: what is undone would not be the last step any more."""
        if self.jobs.is_writing:
            self.toast.show_text(self.tr("An import is running: cancel it, or wait until it is complete."))
        elif self._is_saving:
            self.toast.show_text(self.tr("Waiting for the masks that were accepted already…"))
        else:
            replay(self, lengthy, self._scanner, self._rewritten)

    def _rewritten(self) -> None:
        """More may be different than one wants to be told, as after an import, even one that was cancelled."""
        if self.workspace is not None:
            self.workspace.project.refresh()
            self.workspace.reload_images()
            self.workspace.presenter.classes()
            self.workspace.presenter.objects()
            self.workspace.history_view.reload()
            self._show_work()

    # --- models --------------------------------------------------------------------------------------------------

    def download_model(self, model: Model) -> None:
        """Then switches to it."""
        title = self.tr("Downloading {0}").format(model.title)
        self.jobs.start_thread(
            title, lambda tell: model_jobs.downloaded(model, tell), lambda _path: self.model.load(model.name)
        )

    @property
    def runtime(self) -> str:
        """The one that was chosen; "" for the best of this machine."""
        return self._settings.runtime

    def choose_runtime(self, name: str) -> None:
        """The model is loaded again; embeddings stay good."""
        self._settings.runtime = name
        self.model.load(self.model.name or self._settings.model)

    def ask_model(self) -> None:
        self._with(files.ask_model(self), self.import_model)

    def import_model(self, file: Path) -> None:
        """Copies it to the user's models, once it is known to be one, and switches to it."""
        title = self.tr("Importing {0}").format(file.name)
        self.jobs.start_thread(
            title, lambda tell: model_jobs.imported(file, tell), lambda model: self.model.load(model.name)
        )

    # --- what arrives --------------------------------------------------------------------------------------------

    def receive(self, reply: Reply) -> None:
        """Any reply of the engine and of the jobs, on the GUI thread."""
        self.model.receive(reply)
        self.attempt(self._pass_on, reply)
        self._show_lamp()
        self._go_on_when_saved()

    def _go_on_when_saved(self) -> None:
        if self._after_saving is not None and not self._is_saving:
            action, self._after_saving = self._after_saving, None
            self.attempt(action)

    def _pass_on(self, reply: Reply) -> None:
        if self.jobs.receive(reply):
            return
        if self.workspace is not None:
            self.workspace.receive(reply)
        elif isinstance(reply, Failed):
            self.toast.show_text(reply.sentence, bad=True)

    def _prepare_model(self, loaded: ModelLoaded) -> None:
        """Once for each model; the torch runtime serves meanwhile."""
        title = self.tr("Making {0} faster on this computer").format(title_of(loaded.name))
        steps = loaded.preparation
        if steps is not None:
            work = partial(model_jobs.prepared, steps)
            self.jobs.start_thread(title, work, partial(self.model.prepared, loaded))

    def _remember_model(self, name: str) -> None:
        self._settings.model = name
        self._is_frozen = self._is_frozen or self.workspace is not None

    # --- the status row ------------------------------------------------------------------------------------------

    def _show_lamp(self) -> None:
        self.model.show(self.status, self.workspace.session if self.workspace else None, self.jobs.current)

    def _show_work(self) -> None:
        if self.workspace is None:
            return
        images, image_id = self.workspace.images.model, self.workspace.session.image_id
        at = 0 if image_id is None else images.row(image_id) + 1
        where = f"{at}/{images.rowCount()}"
        self.status.show_work(where, "")  # all that is known of a damaged project
        self.attempt(lambda project: self.status.show_work(where, self._pace(project)), self.workspace.project)

    def _pace(self, project: Project) -> str:
        masks = project.annotation_counts().total()
        mean_ms = project.mean_milliseconds()
        pace = self.tr(", {0:.1f} s each").format(mean_ms / 1000) if mean_ms else ""
        return (self.tr("1 mask") if masks == 1 else self.tr("{0} masks").format(masks)) + pace

    # --- looks and help ------------------------------------------------------------------------------------------

    def choose_scheme(self, scheme: str) -> None:
        self._settings.scheme = scheme
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.choose(app, scheme)

    def show_keys(self) -> None:
        KeysDialog(self.keymap, self).exec()

    def show_about(self) -> None:
        AboutDialog(self).exec()
