"""Panels that a small window has squeezed are as wide as before when the window is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow

_ROOMY = QSize(1200, 400)
"""So wide a window has room for all panels."""


class _Before(NamedTuple):
    """How it was before the window became smaller."""

    window_px: int
    widths: dict[QDockWidget, int]
    state: QByteArray


class DockWidths(QObject):
    """Qt makes docks narrower with their window, and never wider again."""

    def __init__(self, around: QMainWindow, docks: Sequence[QDockWidget]) -> None:
        super().__init__(around)
        self._around, self._docks = around, docks
        self._before: _Before | None = None
        """None while the window is not smaller than it was."""
        self._noted: _Before | None = None
        """How it is now, while it is not smaller."""
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._follow)
        around.installEventFilter(self)

    def state(self) -> QByteArray:
        """Returns the layout to be kept: as it was before the window became small."""
        return self._around.saveState() if self._before is None else self._before.state

    def restore(self, state: QByteArray) -> None:
        """Restores a layout that was kept, also in a window that has no room for it yet."""
        size, roomy = self._around.size(), self._around.size().expandedTo(_ROOMY)
        self._around.resize(roomy)
        self._around.restoreState(state)
        if roomy.width() > size.width():
            if (layout := self._around.layout()) is not None:
                layout.setGeometry(self._around.rect())
            widths = {dock: dock.width() for dock in self._docks if not (dock.isHidden() or dock.isFloating())}
            self._before = _Before(roomy.width(), widths, state)
            self._around.resize(size)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notes how wide the docks are in between: when the window is told of a new size they have theirs already."""
        if event.type() == QEvent.Type.Resize:
            old, new = cast(QResizeEvent, event).oldSize().width(), cast(QResizeEvent, event).size().width()
            if self._before is None and 0 < new < old:
                self._before = self._noted
            self._soon.start()
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._before = None  # on a border between docks, which is no widget: the person chooses a width
        elif event.type() in (QEvent.Type.MouseButtonRelease, QEvent.Type.LayoutRequest):
            self._soon.start()
        return super().eventFilter(watched, event)

    def _follow(self) -> None:
        before = self._before
        if before is not None and self._around.width() >= before.window_px:
            docks = [dock for dock in before.widths if dock in self._widths()]
            self._around.resizeDocks(docks, [before.widths[dock] for dock in docks], Qt.Orientation.Horizontal)
            self._before = None
        if self._before is None:
            self._noted = _Before(self._around.width(), self._widths(), self._around.saveState())

    def _widths(self) -> dict[QDockWidget, int]:
        return {dock: dock.width() for dock in self._docks if dock.isVisible() and not dock.isFloating()}
