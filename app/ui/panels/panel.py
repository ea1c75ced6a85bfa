"""The frame that all side panels share."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget


def panel(widget: QWidget, title: str, rows: Sequence[QWidget], corner: QWidget | None = None) -> None:
    """Lays out a heading (with an optional button at its right) above the rows; the views among them grow."""
    widget.setObjectName("panel")
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(12, 10, 12, 8)
    layout.setSpacing(8)
    heading = QHBoxLayout()
    heading.addWidget(QLabel(title, objectName="heading"))
    heading.addStretch()
    if corner is not None:
        heading.addWidget(corner)
    layout.addLayout(heading)
    for row in rows:
        layout.addWidget(row)
