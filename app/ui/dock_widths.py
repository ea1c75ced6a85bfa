"""How wide the person had the panels at the sides of the canvas: Qt makes them narrow with the window, and leaves them
so when it is large again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow

_MOST = 10_000
"""No panel is as wide; the settings may hold anything."""
_AT_THE_SIDES = (Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea)


class DockWidths(QObject):
    """Gives panels the width back that they had before the window was too narrow for it."""

    def __init__(self, around: QMainWindow, docks: Sequence[QDockWidget]) -> None:
        """Begins to watch these docks of that window."""
        super().__init__(around)
        self._around, self._docks = around, docks
        self._wanted: dict[QDockWidget, int] = {}
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._note)
        for each in (around, *docks):
            each.installEventFilter(self)

    def want(self, docks: Sequence[QDockWidget], width: int) -> None:
        """Makes these docks so wide, now or as soon as the window is wide enough."""
        self._wanted.update(dict.fromkeys(docks, width))
        self._around.resizeDocks(docks, [width] * len(docks), Qt.Orientation.Horizontal)

    def state(self) -> QByteArray:
        """Returns the widths by the names of the docks: what QMainWindow keeps are those that the window allowed."""
        return QByteArray(json.dumps({each.objectName(): width for each, width in self._wanted.items()}).encode())

    def restore(self, state: QByteArray | None) -> None:
        """Makes the docks as wide as they were wanted, and not narrower than they are; None where that is unknown."""
        try:
            kept: Any = json.loads(bytes(state.data())) if state is not None else {}
        except ValueError:
            kept = {}
        widths = {each: kept.get(each.objectName()) for each in self._docks} if isinstance(kept, dict) else {}
        self._wanted = {each: width for each, width in widths.items() if isinstance(width, int) and width < _MOST}
        self._give_back(self._wanted)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QResizeEvent) and event.size().width() != event.oldSize().width():
            if watched is not self._around:
                self._soon.start()
            elif event.size().width() > event.oldSize().width():
                self._give_back([each for each in self._wanted if each.isVisible()])
        return False

    def _note(self) -> None:
        """All is laid out. What a window that is too narrow makes of panels is not what the person wants: they become
        narrower than before only when what lies between them cannot."""
        between = self._around.centralWidget()
        assert between is not None
        has_room = between.width() > max(between.minimumWidth(), between.minimumSizeHint().width())
        for each in self._docks:
            if each.isVisible() and self._is_at_a_side(each) and (has_room or each not in self._wanted):
                self._wanted[each] = each.width()

    def _give_back(self, docks: Iterable[QDockWidget]) -> None:
        narrow = [each for each in docks if each.width() < self._wanted[each] and self._is_at_a_side(each)]
        wanted = [self._wanted[each] for each in narrow]
        self._around.resizeDocks(narrow, wanted, Qt.Orientation.Horizontal)

    def _is_at_a_side(self, dock: QDockWidget) -> bool:
        return not dock.isFloating() and self._around.dockWidgetArea(dock) in _AT_THE_SIDES
