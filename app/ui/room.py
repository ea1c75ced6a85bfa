"""How much room a window may take of its screen: at 200 % a small laptop has 683 x 384 points."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

FRAME = QSize(8, 36)
"""What the system puts around a window: its title and borders."""


def resize_within_screen(window: QWidget, width: int, height: int) -> None:
    """Gives a window this size, or as much of it as the screen has."""
    room = window.screen().availableSize() - FRAME
    window.resize(QSize(width, height).boundedTo(room))
