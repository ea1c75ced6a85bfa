"""The list of steps that changed the image, the newest first, and a text on the selected object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.project.history.queries import Touch
from app.text import recalled, say, say_n
from app.ui.plain import plain, tooltip
from app.ui.time_format import told
from app.ui.widgets.frame import frame
from app.ui.widgets.rows import UniformList

NOW = -1
"""Stands for now where ids of steps are; 0 is before the first step."""
_ROOM_PX = 12
_ROWS, _LINES = 4, 4
"""Of the list and of the text below it are seen at least."""
_Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractListModel):
    """Lists now, the steps, and before them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._touches: Sequence[Touch] = ()
        self.row_height = 0

    def show(self, touches: Sequence[Touch]) -> None:
        """Takes the place of all rows."""
        self.beginResetModel()
        self._touches = touches
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return len(self._touches) + 2 if self._touches else 1

    def step_id(self, row: int) -> int:
        """Returns the id of the step in that row: NOW in the first, 0 in the last."""
        if row == 0:
            return NOW
        return self._touches[row - 1].id if row <= len(self._touches) else 0

    def row(self, step_id: int) -> int | None:
        """Returns the row of that step; None if it is not there."""
        return next((row for row in range(self.rowCount()) if self.step_id(row) == step_id), None)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(index.row())
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._text(index.row()).replace("\n", ", ")
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(self._text(index.row()).replace("\n", ", "))
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(0, self.row_height)
            case _:
                return None

    def _text(self, row: int) -> str:
        if row == 0:
            return say("Now") + "\n" + say("The objects as they are")
        if row > len(self._touches):
            return say("Before") + "\n" + say("The objects before the first of these steps")
        touch = self._touches[row - 1]
        number = say_n("{n} object", "{n} objects", touch.objects)
        return f"{recalled(touch.name)}\n{told(touch.time)}, {touch.author}, {number}"


class _Steps(UniformList):
    """Esc in it leaves what was chosen there too: arrow keys walk through the past, and it is the way back to now."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            event.ignore()
        else:
            super().keyPressEvent(event)


class HistoryList(QWidget):
    """The steps of one image. Choosing one is a signal."""

    chosen = Signal(int)
    """The id of a step, 0 for before the first, NOW; that too when the list is left with Esc."""

    def __init__(self) -> None:
        super().__init__()
        self.model = HistoryModel(self)
        self.model.row_height = 2 * self.fontMetrics().height() + _ROOM_PX
        self.view = _Steps()
        self.view.left.connect(lambda: self.chosen.emit(NOW))
        self.view.setObjectName("choices")
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # from the step clicked on, arrow keys go to the others
        self.view.setModel(self.model)
        self.view.setMinimumHeight(_ROWS * self.model.row_height)
        self.view.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.view.setAccessibleName(say("History of this image"))
        self.view.selectionModel().currentChanged.connect(self._choose)
        self.about = plain(QLabel(objectName="muted"))
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.about.setMinimumHeight(_LINES * self.fontMetrics().lineSpacing())
        self._is_filling = False
        frame(self, self.view, self.about)

    def show_touches(self, touches: Sequence[Touch], shown: int) -> None:
        """Lists the steps and marks the one whose state is on the canvas: `shown` is its id, or NOW."""
        self._is_filling = True
        self.model.show(touches)
        self.view.setCurrentIndex(self.model.index(self.model.row(shown) or 0))
        self._is_filling = False

    def show_about(self, text: str) -> None:
        """Shows a text on the selected object."""
        self.about.setText(text)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid() and not self._is_filling:
            self.chosen.emit(self.model.step_id(index.row()))
