"""The column of tools beside the canvas: one button for each that was found, with its key under the picture. Where the
window is too low for that, without; where it is lower still, in two columns."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QToolButton, QWidget

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.tools.base import Tool
from app.labeling.tools.registry import TOOLBOX
from app.paths import resource
from app.ui import theme
from app.ui.keymap import key_of, translated, with_key

_WORD_PX = 64
"""A tool without a picture has its name on the button, as wide as that."""


class ToolColumn(QWidget):
    """Shows which tool is in the hand, and lets the mouse take another."""

    taken = Signal(object)
    """A Tool whose button was clicked."""

    def __init__(self) -> None:
        super().__init__(objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(4, 4, 4, 4)
        self._grid.setSpacing(2)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, tuple[Tool, QToolButton]] = {}
        """By the id of the tool."""
        for tool in TOOLBOX.all():
            self._button(tool)
        self._grid.setRowStretch(len(self._buttons), 1)
        self._look: tuple[bool, bool] | None = None
        """Whether the keys are shown, and whether there are two columns."""
        self._whole = self._low = self._least = 0
        self.dress()

    def dress(self) -> None:
        """Draws the pictures in the colours in force, and names the keys in force."""
        for tool, button in self._buttons.values():
            if resource(f"icons/{tool.id}.svg").is_file():
                button.setIcon(theme.icon(tool.id))
            button.setToolTip(with_key(translated(tool.text), f"tool.{tool.id}"))
        self._measure()

    def show_tool(self, tool: Tool) -> None:
        """Shows which tool is in use."""
        self._buttons[tool.id][1].setChecked(True)

    def minimumSizeHint(self) -> QSize:
        """The column can be as low as it is when it is two."""
        return QSize(super().minimumSizeHint().width(), self._least)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Shows as much on the buttons as there is room for."""
        self._show(keys=self.height() >= self._whole, folded=self.height() < self._low)

    def _button(self, tool: Tool) -> QToolButton:
        button = QToolButton(checkable=True, objectName=tool.id)
        button.setProperty("tool", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(translated(tool.text))
        button.clicked.connect(lambda: self.taken.emit(tool))
        self._group.addButton(button)
        self._buttons[tool.id] = tool, button
        return button

    def _measure(self) -> None:
        """How high the column is with keys on its buttons, without, and folded to two."""
        self._look = None
        self._show(keys=False, folded=True)
        self._least = self._needed()
        self._show(keys=False, folded=False)
        self._low = self._needed()
        self._show(keys=True, folded=False)
        self._whole = self._needed()
        self.updateGeometry()
        self._fit()

    def _needed(self) -> int:
        self._grid.invalidate()
        return self._grid.minimumSize().height()

    def _show(self, *, keys: bool, folded: bool) -> None:
        if self._look == (keys, folded):
            return
        self._look = keys, folded
        under, only = Qt.ToolButtonStyle.ToolButtonTextUnderIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        for number, (tool, button) in enumerate(self._buttons.values()):
            self._grid.addWidget(button, *divmod(number, 2 if folded else 1))
            if button.icon().isNull():
                name = button.fontMetrics().elidedText(translated(tool.text), Qt.TextElideMode.ElideRight, _WORD_PX)
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
                button.setText(name)
            else:
                key = key_of(f"tool.{tool.id}")
                button.setToolButtonStyle(under if keys and key else only)
                button.setText(key)
