"""The panels of an open project as docks: the person moves, closes and floats them, and finds them again as left."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QMenu, QWidget

from app.labeling.commands import REGISTRY, Command
from app.ui.dock_widths import DockWidths
from app.ui.menus import entry_text
from app.ui.panel import Panel, Side
from app.ui.shell import Shell
from app.ui.widgets.dock_title import DockTitle
from app.ui.workspace import Workspace

LAYOUT = "panels"
"""Where the settings keep it."""
_WANTED = "panel widths"
_AREAS: dict[Side, Qt.DockWidgetArea] = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "top": Qt.DockWidgetArea.TopDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
_WIDTHS: dict[Side, int] = {"left": 230, "right": 250}
_LEAST_WIDTH, _LEAST_HEIGHT, _HEIGHT = 150, 58, 400
"""What a panel would like to have at least must not make the window larger than a small screen."""
_SPARE = 10
"""What a panel is given beside what it asks for: the gaps around texts of several lines are not counted by Qt."""
_OPTIONS = QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks


class Docks(QObject):
    """Builds the panels around the canvas of a workspace, where they were left."""

    def __init__(self, shell: Shell, workspace: Workspace, panels: Sequence[Panel]) -> None:
        """Raises Problem when a panel cannot read what it shows."""
        super().__init__(workspace)
        self._workspace, self._settings = workspace, shell.settings
        self._panels = {panel.id: panel for panel in panels}
        self._docks: dict[str, _Dock] = {}
        self._titles: dict[str, DockTitle] = {}
        workspace.setDockOptions(_OPTIONS)
        workspace.resize(shell.window().size())  # what the widths of docks are taken from
        for panel in panels:
            self._docks[panel.id] = self._dock(panel, panel.build(shell, workspace))
        self._widths = DockWidths(workspace, list(self._docks.values()))
        self.reset()
        kept = self._settings.layout(LAYOUT)
        if kept is not None:
            workspace.restoreState(kept)
            self._widths.restore(self._settings.layout(_WANTED))

    def _dock(self, panel: Panel, widget: QWidget) -> _Dock:
        title = str(panel.title)
        dock = _Dock(title, self._workspace, objectName=panel.id)
        self._workspace.panels[panel.id] = widget
        widget.setMinimumSize(max(_LEAST_WIDTH, widget.minimumWidth()), _LEAST_HEIGHT)
        dock.setWidget(widget)
        widget.installEventFilter(dock)
        bar = self._titles[panel.id] = DockTitle(dock)
        dock.setTitleBarWidget(bar)
        self._workspace.dressed.connect(bar.dress)
        dock.visibilityChanged.connect(partial(self._visibility_changed, panel.id))
        return dock

    def _visibility_changed(self, panel_id: str, is_visible: bool) -> None:
        """A panel behind another one, or in a window that is not seen, is still open."""
        if is_visible != self._docks[panel_id].isHidden():
            self._workspace.panel_toggled.emit(panel_id, is_visible)

    # --- layout --------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Puts every panel where it is until the person moves it."""
        for panel in self._panels.values():
            dock = self._docks[panel.id]
            dock.setFloating(False)
            self._workspace.addDockWidget(_AREAS[panel.side], dock)
        for panel in self._panels.values():
            self._docks[panel.id].setVisible(panel.is_open)
        self._size()

    def _size(self) -> None:
        for side, width in _WIDTHS.items():
            ids = [panel.id for panel in self._panels.values() if panel.side == side]
            docks = [self._docks[id] for id in ids]
            width = max([width, *(self._titles[id].whole_width() for id in ids)])
            self._widths.want(docks, width)
            self._workspace.resizeDocks(docks, [_HEIGHT] * len(docks), Qt.Orientation.Vertical)  # in equal parts

    def save(self) -> None:
        """Keeps where the panels are."""
        self._settings.save_layout(LAYOUT, self._workspace.saveState())
        self._settings.save_layout(_WANTED, self._widths.state())

    # --- what the person does --------------------------------------------------------------------------------

    def list_in(self, menu: QMenu) -> None:
        """Adds what opens and closes each panel to the menu; it goes with the panels."""
        separator = QAction(self)
        separator.setSeparator(True)
        menu.addActions([separator, *(dock.toggleViewAction() for dock in self._docks.values())])
        self._name_entries()
        menu.aboutToShow.connect(self._name_entries)  # keys may have changed

    def _name_entries(self) -> None:
        for id, panel in self._panels.items():
            self._docks[id].toggleViewAction().setText(entry_text(str(panel.title), command_of(id)))

    def toggle(self, panel_id: str) -> None:
        """Opens the panel and gives it the keyboard, or closes it and gives the keyboard to the canvas."""
        dock = self._docks[panel_id]
        if dock.isHidden() or dock.visibleRegion().isEmpty():  # closed, or behind another one
            self._open(panel_id)
            self._focus(panel_id)
        else:
            dock.close()
            self._workspace.canvas.setFocus()

    def reveal(self, panel_id: str) -> None:
        """Opens the panel and brings it before others; the keyboard stays where it is."""
        self._open(panel_id)
        self._docks[panel_id].raise_()

    def _open(self, panel_id: str) -> None:
        """A list of a thousand rows opens with its part of the column, and not as small as it can be."""
        dock, was_closed = self._docks[panel_id], self._docks[panel_id].isHidden()
        dock.show()
        if not was_closed or dock.isFloating() or self._workspace.tabifiedDockWidgets(dock):
            return
        area = self._workspace.dockWidgetArea(dock)
        column = [
            each
            for each in self._docks.values()
            if not (each.isHidden() or each.isFloating()) and self._workspace.dockWidgetArea(each) == area
        ]
        dock.ask_for(self._workspace.height() // len(column))

    def is_open(self, panel_id: str) -> bool:
        """Returns whether the panel is seen, or would be if no other one lay before it."""
        return not self._docks[panel_id].isHidden()

    def focus_next(self) -> None:
        """Gives the keyboard to the button of the message, to the next panel that is open, or to the canvas, round and
        round."""
        goals = {id: goal for id in self._docks if (goal := self._goal(id)).isVisible()}
        button = self._workspace.toast.button
        inside: list[QWidget] = [self._workspace.canvas, *([button] if button else [])]
        panes = [*inside, *goals.values()]
        here = next((i for i, pane in enumerate(panes) if pane.hasFocus()), -1)
        following = panes[(here + 1) % len(panes)]
        if following in inside:
            following.window().activateWindow()
            following.setFocus()
        else:
            self._focus(next(id for id, goal in goals.items() if goal is following))

    def _goal(self, panel_id: str) -> QWidget:
        return self._panels[panel_id].focus(self._docks[panel_id].widget())

    def _focus(self, panel_id: str) -> None:
        dock = self._docks[panel_id]
        dock.raise_()  # from behind another one
        if dock.isFloating():
            dock.activateWindow()
        self._goal(panel_id).setFocus()


class _Dock(QDockWidget):
    """The commands work while a panel that was taken out of the window has the keyboard too. A panel that shows more
    than before gets the room for it, where there is some: on a small screen it is squeezed."""

    def __init__(self, title: str, parent: QMainWindow, objectName: str) -> None:  # noqa: N803  as Qt calls it
        super().__init__(title, parent, objectName=objectName)
        self._around = parent
        self._height_before = self._wish = 0
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._make_room)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.widget() and event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._height_before = 0
            self._soon.start()
        return super().eventFilter(watched, event)

    def ask_for(self, height: int) -> None:
        """Becomes as high as that in a moment, if it is lower."""
        self._wish, self._height_before = height, 0
        self._soon.start()

    def _make_room(self) -> None:
        """Qt gives a little less than it is asked for: it is asked again, unless that changed nothing."""
        widget, before = self.widget(), self._height_before
        layout = widget.layout()
        least = layout.totalMinimumHeightForWidth(widget.width()) if layout and layout.hasHeightForWidth() else 0
        lacking = max(least, widget.minimumSizeHint().height()) + _SPARE - widget.height()
        height = max(self.height() + lacking, self._wish)
        if (height <= self.height() + _SPARE - 1 and lacking <= 0) or not widget.isVisible() or self.isFloating():
            self._wish = 0
            return
        if self.height() == before:
            self._wish = 0
            if lacking <= 0 or not self._lies_before_another():
                return
        self._height_before = self.height()
        self._soon.start()
        self._around.resizeDocks([self], [height], Qt.Orientation.Vertical)

    def _lies_before_another(self) -> bool:
        """There is no room for all panels of this side: this one lies before the largest other, with tabs to choose by,
        rather than that the texts of both lie over each other. Returns False when there is no other."""
        around, area = self._around, self._around.dockWidgetArea(self)
        others = [each for each in around.findChildren(QDockWidget) if each not in around.tabifiedDockWidgets(self)]
        beside = [
            each
            for each in others
            if each is not self and each.isVisible() and not each.isFloating() and around.dockWidgetArea(each) == area
        ]
        if beside:
            around.tabifyDockWidget(self, max(beside, key=QDockWidget.height))
            self.raise_()
        return bool(beside)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._pass_on(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._pass_on(event)

    def _pass_on(self, event: QKeyEvent) -> None:
        event.ignore()  # inside the window its parent gets it
        around = self.parentWidget()
        if self.isFloating() and around is not None:
            QApplication.sendEvent(around, event)


def command_of(panel_id: str) -> str:
    """Returns the id of the command that opens and closes a panel."""
    return f"panel.{panel_id}"


def has_project(docks: Docks) -> bool:
    """True: there are docks while a project is open."""
    return True


def register_commands(panels: Sequence[Panel]) -> None:
    """Makes a command of each panel, which has no key unless the panel or the keymap names one, and forgets those of
    panels that are gone. They act on Docks. A keymap that is read before finds none of them."""
    wanted = {command_of(panel.id): panel for panel in panels}
    for id in [id for id in REGISTRY.commands if id.startswith("panel.") and id not in wanted]:
        del REGISTRY.commands[id]
    for id, panel in wanted.items():
        if id not in REGISTRY.commands:
            keys = (panel.key,) if panel.key else ()
            toggle = partial(_toggle, panel.id)
            REGISTRY.add(Command(id, panel.title, toggle, keys, "View", has_project, on=Docks))


def _toggle(panel_id: str, docks: Docks) -> None:
    docks.toggle(panel_id)
