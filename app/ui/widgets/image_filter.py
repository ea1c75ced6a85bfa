"""Which images the list shows: those with a text in their path (filter, quick search)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QStringListModel, Qt

from app.images.pages import shown
from app.project.records import ImageRecord
from app.ui.image_model import ImageModel

_Index = QModelIndex | QPersistentModelIndex


class ImageFilter(QStringListModel):
    """The rows of an ImageModel whose path holds a text, in small letters or capitals.

    Qt counts the rows, as those of a list of (empty) texts: a view asks how many there are for each of 50,000. Its own
    proxy would ask Python for each row at each letter that is typed, which takes five times as long as this.
    """

    def __init__(self, images: ImageModel, parent: QObject) -> None:
        super().__init__(parent)
        self._images, self._text = images, ""
        self._rows: Sequence[int] = ()
        """Those of the images that are shown, in their order."""
        self._folded: list[str] | None = None
        """The path of each image as it is searched; None: not known yet."""
        self._coming: Sequence[int] = ()
        """What `_rows` is once Qt counts as many."""
        self.modelReset.connect(self._come)  # before any view hears of it
        self.rowsInserted.connect(self._come)
        images.modelReset.connect(self._reset)
        images.rowsInserted.connect(self._added)
        images.dataChanged.connect(self._changed)
        self._reset()

    @property
    def is_on(self) -> bool:
        """True while some images may be left out."""
        return bool(self._text)

    @property
    def done(self) -> int:
        """How many of the images that are shown are marked done."""
        if not self._text:
            return self._images.done
        records = self._images.records
        return sum(records[row].status == "done" for row in self._rows)

    def set_text(self, text: str) -> None:
        """Shows the images with this in their path; all for nothing."""
        text = text.strip().casefold()
        if text != self._text:
            self._text = text
            self._show()

    def accepts(self, record: ImageRecord) -> bool:
        """Returns whether the list shows that image."""
        return self._text in _folded(record)

    def row_of(self, source_row: int) -> int:
        """Returns the row here of a row of all images; -1 where it is left out."""
        at = bisect_left(self._rows, source_row)
        return at if at < len(self._rows) and self._rows[at] == source_row else -1

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """What is in a row is not to be typed over."""
        return QAbstractListModel.flags(self, index)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        return self._images.data(self._images.index(self._rows[index.row()]), role)

    # --- what changes --------------------------------------------------------------------------------------------

    def _reset(self) -> None:
        self._folded = None
        self._show()

    def _show(self) -> None:
        """Finds the rows anew."""
        if not self._text:
            self._coming = range(len(self._images.records))
        else:
            if self._folded is None:
                self._folded = [_folded(record) for record in self._images.records]
            self._coming = [row for row, path in enumerate(self._folded) if self._text in path]
        self.setStringList([""] * len(self._coming))

    def _added(self, _parent: _Index, first: int, last: int) -> None:
        """Images came in between; they are shown where the filter lets them be seen."""
        count, records = last - first + 1, self._images.records
        if self._folded is not None:
            self._folded[first:first] = [_folded(record) for record in records[first : last + 1]]
        at = bisect_left(self._rows, first)
        new = [row for row in range(first, last + 1) if not self._text or self.accepts(records[row])]
        if at < len(self._rows):
            self._rows = [*self._rows[:at], *(row + count for row in self._rows[at:])]
        if new:
            self._coming = [*self._rows[:at], *new, *self._rows[at:]] if self._text else range(len(records))
            self.insertRows(at, len(new))

    def _come(self, *_where: object) -> None:
        self._rows = self._coming

    def _changed(self, first: _Index, last: _Index, roles: Sequence[int] = ()) -> None:
        here = bisect_left(self._rows, first.row()), bisect_right(self._rows, last.row()) - 1
        if here[0] <= here[1]:
            self.dataChanged.emit(self.index(here[0]), self.index(here[1]), roles)


def _folded(record: ImageRecord) -> str:
    return shown(record.path).casefold()
