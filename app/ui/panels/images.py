"""The list of images: thumbnails, names, status dots. Holds 100,000 images; thumbnails are asked for when seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QLabel, QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.images.pages import shown
from app.project.order import in_order, places_of
from app.project.records import ImageRecord
from app.ui import theme
from app.ui.plain import tooltip
from app.ui.widgets.frame import panel
from app.ui.widgets.rows import UniformList

ROW_HEIGHT = 52
THUMBNAIL_PX = 40
_SIGN_PX = 18
_THUMBNAILS_KEPT = 600
RECORD = Qt.ItemDataRole.UserRole
STATE = Qt.ItemDataRole.UserRole + 1
UNREADABLE = Qt.ItemDataRole.UserRole + 2
_Index = QModelIndex | QPersistentModelIndex


class ImageModel(QAbstractListModel):
    """Rows of the project's images. States: untouched, ready, started, done, review."""

    wanted = Signal(int)
    """An image id whose thumbnail was looked for and is not here yet."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.done = 0
        """So many images are marked done."""
        self._records: list[ImageRecord] = []
        self._row_of: dict[int, int] = {}
        self._objects: dict[int, int] = {}
        self._ready: set[int] = set()
        self._thumbnails: OrderedDict[int, QPixmap] = OrderedDict()
        self._asked: set[int] = set()
        self._unreadable: set[int] = set()

    def set_images(self, records: Sequence[ImageRecord], object_counts: dict[int, int]) -> None:
        self.beginResetModel()
        self._records = list(records)
        self.done = sum(record.status == "done" for record in records)
        self._row_of = {record.id: row for row, record in enumerate(self._records)}
        self._objects = dict(object_counts)
        self._ready.clear()
        self._thumbnails.clear()
        self._asked.clear()
        self._unreadable.clear()
        self.endResetModel()

    def add_images(self, records: Sequence[ImageRecord]) -> None:
        """New ones, each at its place."""
        new = sorted((record for record in records if record.id not in self._row_of), key=in_order())
        for row, some in reversed(places_of(self._records, new)):
            self.beginInsertRows(QModelIndex(), row, row + len(some) - 1)
            self._records[row:row] = some
            self._row_of.update((each.id, at) for at, each in enumerate(self._records[row:], row))
            self.endInsertRows()

    def update_image(self, record: ImageRecord) -> None:
        row = self._row_of.get(record.id)
        if row is not None:
            self.done += (record.status == "done") - (self._records[row].status == "done")
            self._records[row] = record
            self._touch(record.id)

    def set_count(self, image_id: int, objects: int) -> None:
        self._objects[image_id] = objects
        self._touch(image_id)

    def set_ready(self, image_id: int) -> None:
        self._ready.add(image_id)
        self._touch(image_id)

    def forget_ready(self) -> None:
        """The embeddings belong to the model that made them."""
        ready, self._ready = self._ready, set()
        for image_id in ready:
            self._touch(image_id)

    def set_thumbnail(self, image_id: int, pixels: NDArray[np.uint8]) -> None:
        height, width = pixels.shape[:2]
        contiguous = np.ascontiguousarray(pixels)
        image = QImage(contiguous.data, width, height, contiguous.strides[0], QImage.Format.Format_RGB888)
        self._thumbnails[image_id] = QPixmap.fromImage(image)
        self._asked.discard(image_id)
        self._unreadable.discard(image_id)
        while len(self._thumbnails) > _THUMBNAILS_KEPT:
            self._thumbnails.popitem(last=False)
        self._touch(image_id)

    def set_unreadable(self, image_id: int) -> None:
        """Its file is gone, or is no picture."""
        self._unreadable.add(image_id)
        self._touch(image_id)

    def look_again(self, *image_ids: int) -> None:
        """At those, or at all, that could not be read."""
        for image_id in self._unreadable.intersection(image_ids or self._unreadable):
            self._unreadable.discard(image_id)
            self._asked.discard(image_id)
            self._touch(image_id)

    def row(self, image_id: int) -> int:
        return self._row_of.get(image_id, -1)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._records)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        record = self._records[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(record.path)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(record.id)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{shown(record.path)}, {self._state_text(record)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(f"{shown(record.path)}\n{self._state_text(record)}")
        if role == RECORD:
            return record
        if role == UNREADABLE:
            return record.id in self._unreadable
        return self._state(record) if role == STATE else None

    def _state(self, record: ImageRecord) -> str:
        if record.status != "open":
            return record.status
        if self._objects.get(record.id):
            return "started"
        return "ready" if record.id in self._ready else "untouched"

    def _state_text(self, record: ImageRecord) -> str:
        texts = {
            "untouched": self.tr("untouched"), "ready": self.tr("ready for clicks"), "started": self.tr("started"),
            "done": self.tr("done"), "review": self.tr("needs review"),
        }  # fmt: skip
        count = self._objects.get(record.id, 0)
        text = texts[self._state(record)] + (self.tr(", {0} objects").format(count) if count else "")
        return text + (self.tr(", cannot be read") if record.id in self._unreadable else "")

    def _thumbnail(self, image_id: int) -> QPixmap | None:
        if image_id in self._thumbnails:
            self._thumbnails.move_to_end(image_id)
            return self._thumbnails[image_id]
        if image_id not in self._asked:
            self._asked.add(image_id)
            self.wanted.emit(image_id)
        return None

    def _touch(self, image_id: int) -> None:
        row = self._row_of.get(image_id)
        if row is not None:
            index = self.index(row)
            self.dataChanged.emit(index, index)


class ImageDelegate(QStyledItemDelegate):
    """One row: thumbnail, name, number of objects, status dot (colour and shape)."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(160, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        colors = theme.colors()
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)  # pyright: ignore[reportAttributeAccessIssue]
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(area.adjusted(4, 1, -4, -1), 7, 7)
            painter.setBrush(QColor(colors.accent))
            painter.drawRoundedRect(QRect(area.left() + 4, area.top() + 12, 3, area.height() - 24), 1.5, 1.5)
        frame = QRect(area.left() + 16, area.top() + (ROW_HEIGHT - THUMBNAIL_PX) // 2, THUMBNAIL_PX, THUMBNAIL_PX)
        self._paint_thumbnail(painter, frame, index.data(Qt.ItemDataRole.DecorationRole))
        if index.data(UNREADABLE):
            sign = frame.center() - QPoint(_SIGN_PX // 2, _SIGN_PX // 2)
            painter.drawPixmap(sign, theme.pixmap("warning", _SIGN_PX, colors.busy))
        name_area = area.adjusted(16 + THUMBNAIL_PX + 10, 0, -34, 0)
        name = index.data().rsplit("/", 1)[-1]
        painter.setPen(QColor(colors.text))
        elided = option.fontMetrics.elidedText(name, Qt.TextElideMode.ElideMiddle, name_area.width())  # pyright: ignore[reportAttributeAccessIssue]
        painter.drawText(name_area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
        paint_dot(painter, area.right() - 20, area.center().y(), index.data(STATE))
        painter.restore()

    def _paint_thumbnail(self, painter: QPainter, frame: QRect, thumbnail: QPixmap | None) -> None:
        if thumbnail is None:
            painter.fillRect(frame, QColor(theme.colors().raised))
            return
        side = min(thumbnail.width(), thumbnail.height())
        crop = QRect((thumbnail.width() - side) // 2, (thumbnail.height() - side) // 2, side, side)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(frame, thumbnail, crop)


def paint_dot(painter: QPainter, x: float, y: float, state: str) -> None:
    """untouched: ring; ready: ring with a point; started: half; done: full disc with a tick; review: triangle."""
    colors = theme.colors()
    painter.save()
    painter.translate(x, y)
    color = {"done": colors.good, "started": colors.accent, "review": colors.busy}.get(state, colors.muted)
    painter.setPen(QPen(QColor(color), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state == "review":
        painter.drawPixmap(-8, -8, theme.pixmap("warning", 16, color))
    else:
        painter.drawEllipse(-5, -5, 10, 10)
        painter.setBrush(QColor(color))
        if state == "done":
            painter.drawEllipse(-5, -5, 10, 10)
            painter.setPen(QPen(QColor(colors.panel), 1.6))
            painter.drawPolyline([QPointF(-2.5, 0), QPointF(-0.7, 2), QPointF(2.7, -2)])
        elif state == "started":
            painter.drawPie(-5, -5, 10, 10, 90 * 16, 180 * 16)
        elif state == "ready":
            painter.drawEllipse(-2, -2, 4, 4)
    painter.restore()


class ImagesPanel(QWidget):
    """Filter and list. `chosen` carries the image id the person clicked or walked to."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.model = ImageModel(self)
        self._filtered = QSortFilterProxyModel(self)
        self._filtered.setSourceModel(self.model)
        self._filtered.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._filter = QLineEdit(placeholderText=self.tr("Filter images"))
        self._filter.setAccessibleName(self.tr("Filter images by name"))
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._apply_filter)
        self.view = UniformList()
        self.view.setModel(self._filtered)
        self.view.setItemDelegate(ImageDelegate(self.view))
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setAccessibleName(self.tr("Images"))
        self.view.selectionModel().currentChanged.connect(self._current_changed)
        self._summary = QLabel(objectName="muted")
        panel(self, self.tr("Images"), self._filter, self.view, self._summary)
        self._showing = False
        self.model.modelReset.connect(self._show_summary)
        self.model.rowsInserted.connect(self._show_summary)
        self.model.dataChanged.connect(self._show_summary)

    def add(self, records: Sequence[ImageRecord]) -> None:
        """New images; what is looked at stays where it is."""
        bar = self.view.verticalScrollBar()
        top = QPersistentModelIndex(self.view.indexAt(QPoint(0, 0)))
        row, offset = top.row(), bar.value()
        self.model.add_images(records)
        if top.row() != row:
            above = self._filtered.index(top.row(), 0)
            self.view.scrollTo(above, QListView.ScrollHint.PositionAtTop)  # lays the rows out
            bar.setValue(offset + (top.row() - row) * ROW_HEIGHT)

    def show_current(self, image_id: int | None) -> None:
        """Marks the image that is on the canvas."""
        if image_id is None:
            return
        index = self._filtered.mapFromSource(self.model.index(self.model.row(image_id)))
        self._showing = True
        self.view.setCurrentIndex(index)
        self._showing = False

    def _show_summary(self) -> None:
        number = self.model.rowCount()
        images = self.tr("1 image") if number == 1 else self.tr("{0} images").format(number)
        self._summary.setText(images + self.tr(", {0} done").format(self.model.done))

    def _current_changed(self, index: QModelIndex) -> None:
        if index.isValid() and not self._showing:
            self.chosen.emit(index.data(RECORD).id)

    def _apply_filter(self, text: str) -> None:
        self._showing = True
        self._filtered.setFilterFixedString(text)
        self._showing = False
