"""The images of the open project as a Qt model: names, thumbnails and states.

It holds 100,000 images; thumbnails are asked for when they are looked for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from app.images.pages import shown
from app.project.order import in_order, places_of
from app.project.records import ImageRecord
from app.text import say, say_n
from app.ui.plain import tooltip
from app.ui.short_names import InCommon, ListedName, common_to, listed

_THUMBNAILS_KEPT = 600
RECORD = Qt.ItemDataRole.UserRole
STATE = Qt.ItemDataRole.UserRole + 1
UNREADABLE = Qt.ItemDataRole.UserRole + 2
NAME = Qt.ItemDataRole.UserRole + 3
"""A ListedName: that of the file, without its folder."""
IS_SHOWN = Qt.ItemDataRole.UserRole + 4
"""Whether it is the image on the canvas."""
WAITS = Qt.ItemDataRole.UserRole + 5
"""Whether a mask waits on it to be finished."""
_Index = QModelIndex | QPersistentModelIndex


class ImageModel(QAbstractListModel):
    """One row for each image. States: untouched, ready, started, done, review."""

    wanted = Signal(int)
    """An image id whose thumbnail was looked for and is not here yet."""
    adding = Signal()
    """Some rows are about to be added."""
    added = Signal()
    marked = Signal()
    """Another number of images is marked done."""

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
        self._waiting: set[int] = set()
        self._shown: int | None = None
        self._common: InCommon | None = None
        """What the names of all files have in common; None: to be found out."""

    @property
    def records(self) -> Sequence[ImageRecord]:
        """The images, in the order of the rows."""
        return self._records

    def set_images(self, records: Sequence[ImageRecord], object_counts: Mapping[int, int]) -> None:
        """Takes the place of all rows. `object_counts` is by image id; an image that it lacks has no objects."""
        self.beginResetModel()
        self._records = list(records)
        self.done = sum(record.status == "done" for record in records)
        self._row_of = {record.id: row for row, record in enumerate(self._records)}
        self._objects = dict(object_counts)
        self._ready.clear()
        self._thumbnails.clear()
        self._asked.clear()
        self._unreadable.clear()
        self._waiting.clear()
        self._common = None
        self.endResetModel()

    def follow(self, records: Sequence[ImageRecord], object_counts: Mapping[int, int]) -> bool:
        """Shows the same images as they are now, without a look at those that stayed the same record, and keeps what is
        known of them beside it. Returns False, and does nothing, where some came or went: see `set_images`."""
        if len(records) != len(self._records):
            return False
        pairs = enumerate(zip(self._records, records, strict=True))
        different = [(row, was, now) for row, (was, now) in pairs if was is not now]
        if any((was.id, was.path) != (now.id, now.path) for _, was, now in different):
            return False
        counts = dict(object_counts)
        counted = (self._objects.keys() | counts.keys()) if counts != self._objects else ()
        rows = [self._row_of[id] for id in counted if id in self._row_of and counts.get(id) != self._objects.get(id)]
        rows += [row for row, _, _ in different]
        newly_done = sum((now.status == "done") - (was.status == "done") for _, was, now in different)
        self._records, self._objects, self.done = list(records), counts, self.done + newly_done
        self._touch_rows(rows)
        if newly_done:
            self.marked.emit()
        return True

    def add_images(self, records: Sequence[ImageRecord]) -> None:
        """Adds new images, each at its place in the order."""
        self.adding.emit()
        new = sorted((record for record in records if record.id not in self._row_of), key=in_order())
        self._common = self._common_with(new)
        for row, some in reversed(places_of(self._records, new)):
            self.beginInsertRows(QModelIndex(), row, row + len(some) - 1)
            self._records[row:row] = some
            self._row_of.update((each.id, at) for at, each in enumerate(self._records[row:], row))
            self.endInsertRows()
        self.added.emit()

    def update_image(self, record: ImageRecord) -> None:
        """Shows the record as it is now."""
        row = self._row_of.get(record.id)
        if row is not None:
            newly_done = (record.status == "done") - (self._records[row].status == "done")
            self.done += newly_done
            self._records[row] = record
            self._touch(record.id)
            if newly_done:
                self.marked.emit()

    def set_shown(self, image_id: int | None) -> None:
        """Marks the image on the canvas, and no other one."""
        before, self._shown = self._shown, image_id
        for each in (before, image_id) if before != image_id else ():
            if each is not None:
                self._touch(each)

    def set_waiting(self, image_ids: Set[int]) -> None:
        """Marks the images on which a mask waits to be finished, and no others."""
        before, self._waiting = self._waiting, set(image_ids)
        for each in before ^ self._waiting:
            self._touch(each)

    def set_count(self, image_id: int, objects: int) -> None:
        """Notes how many objects there are on the image."""
        self._objects[image_id] = objects
        self._touch(image_id)

    def set_ready(self, *image_ids: int) -> None:
        """Marks images as encoded: they answer clicks at once."""
        rows = [self._row_of[each] for each in image_ids if each in self._row_of and each not in self._ready]
        self._ready.update(image_ids)
        self._touch_rows(rows, STATE, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)

    def forget_ready(self) -> None:
        """Marks no image as encoded any more: embeddings belong to the model that made them."""
        ready, self._ready = self._ready, set()
        for image_id in ready:
            self._touch(image_id)

    def set_thumbnail(self, image_id: int, pixels: NDArray[np.uint8]) -> None:
        """Keeps a thumbnail. `pixels` is (h, w, 3) uint8 RGB."""
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
        """Marks the image with a warning: its file is gone, or is no picture."""
        self._unreadable.add(image_id)
        self._touch(image_id)

    def look_again(self, *image_ids: int) -> None:
        """Asks anew for those of these images, or of all, that could not be read."""
        for image_id in self._unreadable.intersection(image_ids or self._unreadable):
            self._unreadable.discard(image_id)
            self._asked.discard(image_id)
            self._touch(image_id)

    def row(self, image_id: int) -> int:
        """Returns the row of the image; -1 if it has none."""
        return self._row_of.get(image_id, -1)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._records)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
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
        if role == NAME:
            return self._name(index.row())
        if role == UNREADABLE:
            return record.id in self._unreadable
        if role == IS_SHOWN:
            return record.id == self._shown
        if role == WAITS:
            return record.id in self._waiting
        return self._state(record) if role == STATE else None

    def _common_with(self, new: Sequence[ImageRecord]) -> InCommon | None:
        """Returns what all names have in common once these have come; None when that is to be found out.

        Of the rows that there are, one stands for all: to read 100,000 names again takes a fifth of a second.
        """
        if not new:
            return self._common
        if self._common is None or len(self._records) < 2:
            return None
        common = common_to([name_of(record) for record in (self._records[0], *new)])
        return InCommon(min(self._common.beginning, common.beginning), min(self._common.ending, common.ending))

    def _name(self, row: int) -> ListedName:
        if self._common is None:
            self._common = common_to([name_of(record) for record in self._records])
        first = max(row - 1, 0)
        return listed([name_of(record) for record in self._records[first : row + 2]], row - first, self._common)

    def _state(self, record: ImageRecord) -> str:
        if record.status != "open":
            return record.status
        if self._objects.get(record.id):
            return "started"
        return "ready" if record.id in self._ready else "untouched"

    def _state_text(self, record: ImageRecord) -> str:
        texts = {
            "untouched": say("untouched"), "ready": say("ready for clicks"), "started": say("started"),
            "done": say("done"), "review": say("needs review"),
        }  # fmt: skip
        count = self._objects.get(record.id, 0)
        parts = [texts[self._state(record)]]
        parts += [say_n("{n} object", "{n} objects", count)] if count else []
        parts += [say("a mask waits here to be finished")] if record.id in self._waiting else []
        parts += [say("cannot be read")] if record.id in self._unreadable else []
        return ", ".join(parts)

    def _thumbnail(self, image_id: int) -> QPixmap | None:
        if image_id in self._thumbnails:
            self._thumbnails.move_to_end(image_id)
            return self._thumbnails[image_id]
        if image_id not in self._asked:
            self._asked.add(image_id)
            self.wanted.emit(image_id)
        return None

    def _touch_rows(self, rows: Sequence[int], *roles: int) -> None:
        """Tells the views once, not for each of thousands."""
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)), roles)

    def _touch(self, image_id: int) -> None:
        row = self._row_of.get(image_id)
        if row is not None:
            index = self.index(row)
            self.dataChanged.emit(index, index)


def name_of(record: ImageRecord) -> str:
    """Returns the name of the file of an image, without its folder, as people read it."""
    return shown(record.path.rpartition("/")[2])


def folder_of(record: ImageRecord) -> str:
    """Returns the folder in which the file of an image lies; "" for that of all images."""
    return shown(record.path.rpartition("/")[0])
