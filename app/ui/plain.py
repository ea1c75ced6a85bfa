"""Names that a stranger gave, as they are: Qt takes what looks like HTML for HTML, and reads the files it names."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as Text
from PySide6.QtWidgets import QLabel


def plain(label: QLabel) -> QLabel:
    """Returns the label, which shows any text as it is from now on."""
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def tooltip(text: str) -> str:
    """Returns the text for setToolTip, which knows no plain text."""
    if not Text.mightBeRichText(text):
        return text
    lines = escape(text).replace("\n", "<br>")
    return f"<qt>{lines}</qt>"
