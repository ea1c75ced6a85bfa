"""The panel of images: a filter and the list. Choosing an image opens it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QListView, QWidget

from app.text import say, say_n
from app.ui.image_model import RECORD
from app.ui.panel import Panel
from app.ui.shell import Shell
from app.ui.widgets.frame import frame
from app.ui.widgets.image_delegate import ROW_HEIGHT, ImageDelegate
from app.ui.widgets.rows import UniformList
from app.ui.workspace import Workspace


class ImagesPanel(QWidget):
    """The filter, the list and their sums."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.model, self._session = workspace.images, workspace.session
        self._open = workspace.attempted(workspace.session.navigation.open)
        self._filtered = QSortFilterProxyModel(self)
        self._filtered.setSourceModel(self.model)
        self._filtered.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._filter = QLineEdit(placeholderText=say("Filter images"))
        self._filter.setAccessibleName(say("Filter images by name"))
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._apply_filter)
        self.view = UniformList()
        self.view.setModel(self._filtered)
        self.view.setItemDelegate(ImageDelegate(self.view))
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setAccessibleName(say("Images"))
        self.view.selectionModel().currentChanged.connect(self._current_changed)
        self._summary = QLabel(objectName="muted")
        frame(self, self._filter, self.view, self._summary)
        self._showing = False
        self._connect()

    def _connect(self) -> None:
        for signal in (self.model.modelReset, self.model.rowsInserted, self.model.dataChanged):
            signal.connect(self._show_summary)
        self.model.modelReset.connect(self.show_current)
        self.model.adding.connect(self._remember_place)
        self.model.added.connect(self._return_to_place)
        self._session.on("image", do=self.show_current)
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

    def show_current(self) -> None:
        """Marks the image that is on the canvas."""
        image_id = self._session.image_id
        if image_id is None:
            return
        index = self._filtered.mapFromSource(self.model.index(self.model.row(image_id)))
        self._showing = True
        self.view.setCurrentIndex(index)
        self._showing = False

    def _show_summary(self) -> None:
        number = self.model.rowCount()
        images = say_n("{n} image", "{n} images", number)
        self._summary.setText(say("{images}, {done} done", images=images, done=self.model.done))

    def _current_changed(self, index: QModelIndex) -> None:
        if index.isValid() and not self._showing:
            self._open(index.data(RECORD).id)

    def _apply_filter(self, text: str) -> None:
        self._showing = True
        self._filtered.setFilterFixedString(text)
        self._showing = False


def _build(_shell: Shell, workspace: Workspace) -> ImagesPanel:
    return ImagesPanel(workspace)


PANEL = Panel("images", say("Images"), _build, lambda panel: panel.view, side="left", place=10)
