"""The window: its layout, its keys, and the parts that do the work. It wires; it does not label."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget

from app.engine.delivery import Delivery
from app.engine.replies import Reply
from app.labeling.commands import REGISTRY, Acting
from app.labeling.keymap import KEYMAP
from app.problem import Problem
from app.ui import actions as _registered  # noqa: F401  the commands of the window
from app.ui import theme
from app.ui.docks import register_commands
from app.ui.everywhere import Everywhere
from app.ui.exchange import Exchange
from app.ui.first_page import FirstPage, dropped_path
from app.ui.focus import Focus
from app.ui.job_wiring import connect_jobs
from app.ui.jobs import Jobs, Runner
from app.ui.menus import Menus
from app.ui.models import Models
from app.ui.open_project import Projects
from app.ui.panel import panels
from app.ui.preferences import Preferences
from app.ui.recent_menu import RecentMenu
from app.ui.recent_projects import RecentProjects
from app.ui.room import resize_within_screen
from app.ui.settings import Settings
from app.ui.shortcuts import Grip, Shortcuts
from app.ui.widgets.frame import column_of
from app.ui.widgets.status import StatusRow
from app.ui.widgets.toast import Toast
from app.ui.workspace import Workspace


class MainWindow(QMainWindow):
    """Fulfils app.ui.shell.Shell for its parts, and app.ui.trades.WindowTrades for the commands."""

    def __init__(self, engine: Runner, settings: Settings) -> None:
        super().__init__()
        self.settings, self.delivery = settings, Delivery()
        self.recent = RecentProjects(settings, self)
        self.jobs = Jobs(engine)
        self.status, self.first_page = StatusRow(), FirstPage()
        self._toast = Toast(self.first_page)
        self.models = Models(self, engine)
        self.projects = Projects(self, engine, lambda: self.models.state.model)
        self.exchange, self.everywhere, self.preferences = Exchange(self), Everywhere(self), Preferences(self)
        register_commands(panels())
        self.preferences.apply()
        self._build()
        self._build_menus()
        self._connect()
        self.projects.scanning.scanner.ended.connect(lambda: self.attempt(self.exchange.labels_beside.look))
        connect_jobs(self, self.projects.reload, self.receive)
        self._show_first_page()
        self.models.load(settings.model)
        QTimer.singleShot(0, self, self.preferences.tell)  # over what is opened meanwhile

    # --- layout --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowTitle("Maskwright")
        self.setWindowIcon(theme.icon("maskwright"))
        resize_within_screen(self, 1280, 800)
        self.setAcceptDrops(True)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.first_page)
        self.setCentralWidget(column_of(self._pages, self.status))
        geometry = self.settings.layout("window")
        if geometry is not None:
            self.restoreGeometry(geometry)

    def _build_menus(self) -> None:
        self.shortcuts = Shortcuts(KEYMAP, self.targets, self.run_command, self._grip)
        self.focus = Focus(self, lambda: self.workspace.canvas if self.workspace is not None else None)
        self.menus = Menus(KEYMAP, self.targets, self.run_command)
        menus = self.menus.fill(self.menuBar(), self._focus_canvas)
        self._view_menu = menus["View"]
        self._recent_menu = RecentMenu(self.recent, self.open_path)
        menus["File"].insertMenu(self.menus.entry("file.open_sample"), self._recent_menu)
        self.models.fill(menus["Model"])

    def _connect(self) -> None:
        self.first_page.opened.connect(self.open_path)
        self.recent.changed.connect(lambda: self.first_page.show_recent(self.recent.listed()))
        self.first_page.folder_wanted.connect(self.projects.ask_folder)
        self.first_page.project_wanted.connect(self.projects.ask_project)
        self.first_page.sample_wanted.connect(self.projects.open_sample)
        self.models.state.loaded.connect(self.projects.model_loaded)
        self.projects.opened.connect(self._opened)
        self.projects.closed.connect(self._closed)

    def _show_first_page(self) -> None:
        self.first_page.show_recent(self.recent.look())
        self._pages.setCurrentWidget(self.first_page)
        self.setWindowTitle("Maskwright")
        self.status.show_work("", "")
        self.status.show_position(None)
        self.status.show_hint("")
        self.status.show_zoom(None)
        self.show_lamp()

    def _opened(self, workspace: Workspace) -> None:
        workspace.canvas.key_pressed.connect(lambda event: event.setAccepted(self.shortcuts.press(event)))
        workspace.canvas.key_released.connect(self.shortcuts.release)
        workspace.canvas.zoomed.connect(self.status.show_zoom)
        workspace.position_changed.connect(self.status.show_position)
        workspace.hinted.connect(self.status.show_hint)
        workspace.lamp_changed.connect(self.show_lamp)
        workspace.command_wanted.connect(self.run_command)
        if self.projects.docks is not None:
            self.projects.docks.list_in(self._view_menu)
        self._pages.addWidget(workspace)
        self._pages.setCurrentWidget(workspace)

    def _closed(self, workspace: Workspace) -> None:
        self.exchange.forget()
        self._pages.removeWidget(workspace)
        self._show_first_page()

    # --- what the parts ask for: see Shell -----------------------------------------------------------------------

    @property
    def workspace(self) -> Workspace | None:
        """The open project on the screen; None on the first page."""
        return self.projects.workspace

    @property
    def is_opening(self) -> bool:
        """Whether a project is on its way that is not shown yet."""
        return self.projects.is_opening

    @property
    def toast(self) -> Toast:
        """The message over what is shown now."""
        return self.workspace.toast if self.workspace else self._toast

    def attempt(self, action: Callable[..., object], *arguments: object) -> None:
        """Runs the action; a Problem is shown to the person."""
        try:
            action(*arguments)
        except Problem as problem:
            self.toast.show_problem(problem.sentence)

    def open_path(self, path: Path) -> None:
        """Opens a folder of images, an image in it, or a project file, as soon as all masks are saved."""
        self.projects.open_path(path)

    def leave_project(self, then: Callable[[], object] = lambda: None) -> None:
        """Goes back to the first page, as soon as all masks are saved; and then does that."""
        self.projects.leave(then)

    def show_lamp(self) -> None:
        """Shows again what the program is doing."""
        self.models.show_lamp()

    # --- keys ----------------------------------------------------------------------------------------------------

    def targets(self) -> tuple[object, ...]:
        """Returns what there is right now for commands to act on."""
        workspace, docks = self.workspace, self.projects.docks
        return (self,) if workspace is None or docks is None else (workspace.acting, self, docks)

    def run_command(self, id: str, **arguments: object) -> None:
        """Runs a command: the one way in for keys, menus, buttons, palette and macros. A Problem is shown."""
        command = REGISTRY.commands.get(id)
        if self.workspace is not None and command is not None and command.on is Acting:
            self.attempt(self.workspace.do, id, arguments)
        else:
            self.attempt(lambda: REGISTRY.run(id, *self.targets(), **arguments))
        if self.workspace is not None:
            self.workspace.input.after_command()

    def _focus_canvas(self) -> None:
        if self.workspace is not None:
            self.workspace.canvas.setFocus()

    def _grip(self) -> Grip | None:
        return self.workspace.canvas.pointer if self.workspace is not None else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What no widget wanted: the commands work while a panel has the keyboard too. What an open menu did not want
        is for nobody: Del in it would delete the objects behind it."""
        if QApplication.activePopupWidget() is not None:
            event.ignore()
        elif not self.focus.press(event) and not self.shortcuts.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self.shortcuts.release(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.shortcuts.release_all()

    # --- what arrives --------------------------------------------------------------------------------------------

    def receive(self, reply: Reply) -> None:
        """Delivers any reply of the engine and of the jobs, on the GUI thread."""
        self.delivery.deliver(reply)
        self.projects.receive(reply)
        self.show_lamp()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nothing to ask and nothing to save: what was accepted is on the disk, or will be in a moment. A second
        close does not wait."""
        when_saved = self.projects.when_saved
        if when_saved.is_saving and not when_saved.waits_for(self.close):
            when_saved.run(self.close)
            event.ignore()
            return
        self.projects.close()
        self.jobs.cancel_all()
        self.settings.save_layout("window", self.saveGeometry())
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped_path(event)
        if path is not None:
            event.acceptProposedAction()
            self.open_path(path)
