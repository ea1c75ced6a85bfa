"""The panel of images: a filter and the list. Choosing an image opens it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QListView, QWidget

from app.text import say, say_n
from app.ui.image_model import RECORD
from app.ui.menus import Menus
from app.ui.panel import Panel
from app.ui.shell import Shell
from app.ui.widgets.frame import frame
from app.ui.widgets.image_delegate import ROW_HEIGHT, ImageDelegate
from app.ui.widgets.image_filter import ImageFilter
from app.ui.widgets.rows import UniformList, asked_row
from app.ui.workspace import Workspace

_ENTRIES = (
    "image.done_and_next", "image.reopen", "",
    "everything.start", "carry.next", "edit.paste", "",
    "image.copy_path", "image.open_folder",
)  # fmt: skip
"""Of the menu of an image."""


class ImagesPanel(QWidget):
    """The filter, the list and their sums. The cursor of the list is on the image on the canvas, or nowhere."""

    def __init__(self, menus: Menus, workspace: Workspace) -> None:
        super().__init__()
        self._menus = menus
        self.model, self._session = workspace.images, workspace.session
        self._open = workspace.attempted(workspace.session.navigation.open, otherwise=self.show_current)
        self._menu = workspace.attempted(self._open_menu)
        self._mark_waiting = workspace.attempted(self._look_for_waiting)
        self._canvas = workspace.canvas
        self._filtered = ImageFilter(self.model, self)
        self.filter = _FilterField(placeholderText=say("Filter images"))
        self.filter.setAccessibleName(say("Filter images by name"))
        self.filter.setClearButtonEnabled(True)
        self.view = _ImageList()
        self.view.setModel(self._filtered)
        self.view.setItemDelegate(ImageDelegate(self.view))
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setAccessibleName(say("Images"))
        self._summary = QLabel(objectName="muted")
        frame(self, self.filter, self.view, self._summary)
        self._showing = False
        self._session.navigation.is_listed = self._filtered.accepts
        self._connect()

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._apply_filter)
        self.filter.returnPressed.connect(self._take_first)
        self.filter.down_pressed.connect(self._go_down)
        self.view.selectionModel().currentChanged.connect(self._current_changed)
        for signal in (self.view.clicked, self.view.activated):
            signal.connect(self._open_row)
        self.view.menu_wanted.connect(self._menu)
        for signal in (self.model.modelReset, self.model.rowsInserted, self.model.marked):
            signal.connect(self._show_summary)
        self.model.modelReset.connect(self._show_image)
        self.model.adding.connect(self._remember_place)
        self.model.added.connect(self._return_to_place)
        self._session.on("image", do=self._show_image)
        self._show_summary()

    def _remember_place(self) -> None:
        self._top = QPersistentModelIndex(self.view.indexAt(QPoint(0, 0)))
        self._top_was = self._top.row(), self.view.verticalScrollBar().value()

    def _return_to_place(self) -> None:
        """What is looked at stays where it is while rows are added above it."""
        row, offset = self._top_was
        if self._top.row() != row:
            above = self._filtered.index(self._top.row(), 0)
            self.view.scrollTo(above, QListView.ScrollHint.PositionAtTop)  # lays the rows out
            self.view.verticalScrollBar().setValue(offset + (self._top.row() - row) * ROW_HEIGHT)

    def _show_image(self) -> None:
        self.show_current()
        self._mark_waiting()

    def _look_for_waiting(self) -> None:
        self.model.set_waiting(self._session.navigation.waiting())

    def show_current(self) -> None:
        """Marks the image that is on the canvas, if the filter lets it be seen."""
        image_id = self._session.image_id
        row = -1 if image_id is None else self._filtered.row_of(self.model.row(image_id))
        index = self._filtered.index(row) if row >= 0 else QModelIndex()
        self._showing = True
        self.model.set_shown(image_id)
        self.view.setCurrentIndex(index)  # to none as well: else the first row is, as soon as the keyboard comes here
        if not index.isValid():
            self.view.selectionModel().clear()
        self._showing = False

    def _show_summary(self) -> None:
        total = self.model.rowCount()
        images = say_n("{n} image", "{n} images", total)
        if self._filtered.is_on:
            images = say("{shown} of {images}", shown=self._filtered.rowCount(), images=images)
        self._summary.setText(say("{images}, {done} done", images=images, done=self._filtered.done))

    def _current_changed(self, index: QModelIndex) -> None:
        if not self._showing:
            self._open_row(index)

    def _open_row(self, index: QModelIndex) -> None:
        if index.isValid():
            self._open(index.data(RECORD).id)

    def _open_menu(self, index: QModelIndex, at: QPoint) -> None:
        """Opens the menu of an image, which is opened first: entries are about what is on the canvas."""
        image_id = index.data(RECORD).id
        self._open(image_id)
        if image_id == self._session.image_id:  # else it was told why it stays closed
            menu = self._menus.of(_ENTRIES, self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(at)

    def _open_first(self) -> None:
        """The image on the canvas, if it is listed, stays."""
        if not self.view.currentIndex().isValid():
            self._open_row(self._filtered.index(0, 0))

    def _take_first(self) -> None:
        """Enter ends a search: the keyboard goes back to the canvas, unless nothing was looked for, or found."""
        self._open_first()
        if self._filtered.is_on and self.view.currentIndex().isValid():
            self._canvas.setFocus()

    def _go_down(self) -> None:
        """The keyboard goes from the filter into the list."""
        self._open_first()
        self.view.setFocus()

    def _apply_filter(self, text: str) -> None:
        """Qt would put the cursor on another row when its own goes, as if that image were shown."""
        self._showing = True
        self._filtered.set_text(text)
        self._showing = False
        self.show_current()
        if self.view.currentIndex().isValid():  # Qt keeps the row at the top, which is another one now
            self.view.scrollTo(self.view.currentIndex(), QListView.ScrollHint.PositionAtCenter)
        self._show_summary()


class _ImageList(UniformList):
    """The list, which asks for the menu of a row."""

    menu_wanted = Signal(QModelIndex, QPoint)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Leaves the right button to the menu that follows, which opens the image."""
        if event.button() != Qt.MouseButton.RightButton:
            super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks for the menu of a row."""
        index, at = asked_row(self, event)
        if index.isValid():
            self.menu_wanted.emit(index, at)


class _FilterField(QLineEdit):
    """The arrow key leads into the list below it; Esc ends the search."""

    down_pressed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.down_pressed.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
            super().keyPressEvent(event)  # and it is left, as every field
        else:
            super().keyPressEvent(event)


def _build(shell: Shell, workspace: Workspace) -> ImagesPanel:
    return ImagesPanel(shell.menus, workspace)


PANEL = Panel("images", say("Images"), _build, lambda panel: panel.view, side="left", place=10)
