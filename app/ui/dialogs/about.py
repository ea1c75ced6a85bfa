"""What this is and which version."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from app import __version__
from app.text import say


class AboutDialog(QDialog):
    """Shows name, version and licence."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("About Maskwright"))
        text = QLabel(
            say(
                "Maskwright {version}\n\nLabel images with Segment Anything, offline.\nApache License 2.0.",
                version=__version__,
            )
        )
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(40, 30, 40, 20)
        layout.addWidget(text)
        layout.addWidget(buttons)
