"""The frame that all side panels share."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QLabel, QVBoxLayout, QWidget


def panel(widget: QWidget, title: str, *rows: QWidget) -> None:
    """Lays out a heading above the rows. Lists take the room; what is left stays empty below short texts."""
    widget.setObjectName("panel")
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(12, 10, 12, 8)
    layout.setSpacing(8)
    layout.addWidget(QLabel(title, objectName="heading"))
    for row in rows:
        if isinstance(row, QLabel):
            row.setWordWrap(True)
        layout.addWidget(row, 100 if isinstance(row, QAbstractItemView) else 0)
    layout.addStretch(1)
