"""Which images the list shows: those with a text in their path (filter, quick search)."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel

from app.images.pages import shown
from app.project.records import ImageRecord
from app.ui.image_model import ImageModel


class ImageFilter(QSortFilterProxyModel):
    """The rows of an ImageModel whose path holds a text, in small letters or capitals."""

    def __init__(self, images: ImageModel, parent: QObject) -> None:
        super().__init__(parent)
        self._images, self._text = images, ""
        self.setSourceModel(images)

    @property
    def is_on(self) -> bool:
        """True while some images may be left out."""
        return bool(self._text)

    @property
    def done(self) -> int:
        """How many of the images that are shown are marked done."""
        if not self._text:
            return self._images.done
        return sum(record.status == "done" and self.accepts(record) for record in self._images.records)

    def set_text(self, text: str) -> None:
        """Shows the images with this in their path; all for nothing."""
        self._text = text.strip().casefold()
        self.setFilterFixedString(self._text)  # asks for all rows anew, in every version of Qt

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:
        return not self._text or self.accepts(self._images.records[source_row])

    def accepts(self, record: ImageRecord) -> bool:
        """Returns whether the list shows that image."""
        path = shown(record.path) if "#" in record.path else record.path  # of 100,000, few are pages
        return self._text in path.casefold()
