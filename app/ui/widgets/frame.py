"""Layouts that the window and its panels share."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QVBoxLayout, QWidget


def column_of(top: QWidget, *rows: QWidget) -> QWidget:
    """Returns a widget with all of them in a column without gaps; the top one takes the room."""
    widget = QWidget()
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(top, 1)
    for row in rows:
        layout.addWidget(row)
    return widget


def row_of(first: QWidget, *others: QWidget) -> QWidget:
    """Returns a widget with all of them beside each other; the first one takes the room."""
    widget = QWidget()
    layout = QHBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    if isinstance(first, QLabel):
        first.setWordWrap(True)
    layout.addWidget(first, 1)
    for other in others:
        layout.addWidget(other)
    return widget


def frame(widget: QWidget, *rows: QWidget) -> None:
    """Lays out the rows of a panel below its title. Lists take the room; what is left stays empty below short texts."""
    widget.setObjectName("panel")
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(12, 0, 12, 8)
    layout.setSpacing(8)
    for row in rows:
        if isinstance(row, QLabel):
            row.setWordWrap(True)
        layout.addWidget(row, 100 if isinstance(row, QAbstractItemView) else 0)
    layout.addStretch(1)
