"""The clipboard of the system, which all running programs share: objects lie there under a MIME type of our own."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QMimeData
from PySide6.QtGui import QGuiApplication

from app.labeling.clip import MIME


class SystemClipboard:
    """Fulfils labeling.copying.Clipboard."""

    def put(self, data: bytes, text: str) -> None:
        """Takes the place of what was there. text: for programs that know no masks."""
        mime = QMimeData()
        mime.setData(MIME, QByteArray(data))
        mime.setText(text)
        QGuiApplication.clipboard().setMimeData(mime)

    def get(self) -> bytes | None:
        """Returns the objects that lie there; None when something else does, or nothing."""
        return bytes(QGuiApplication.clipboard().mimeData().data(MIME).data()) if self.has() else None

    def has(self) -> bool:
        """Returns whether objects lie there; whole ones or not is seen when they are pasted."""
        mime = QGuiApplication.clipboard().mimeData()
        return mime is not None and mime.hasFormat(MIME)
