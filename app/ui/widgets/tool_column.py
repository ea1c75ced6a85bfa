"""The column of tools beside the canvas: one button for each that was found, with its key under the picture. Where the
window is too low for that, without; where it is lower still, with the pictures close to each other."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.tools.base import Tool
from app.labeling.tools.registry import TOOLBOX
from app.paths import resource
from app.ui import theme
from app.ui.keymap import key_of, translated, with_key

_SPACING_PX = 2
_WORD_PX = 64
"""A tool without a picture has its name on the button, as wide as that."""


class ToolColumn(QWidget):
    """Shows which tool is in the hand, and lets the mouse take another."""

    taken = Signal(object)
    """A Tool whose button was clicked."""

    def __init__(self) -> None:
        super().__init__(objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(_SPACING_PX)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, tuple[Tool, QToolButton]] = {}
        """By the id of the tool."""
        for tool in TOOLBOX.all():
            column.addWidget(self._button(tool))
        column.addStretch()
        self._look: tuple[bool, bool] | None = None
        """Whether the keys are shown, and whether the buttons are tight."""
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
        """The column can be as low as it is with pictures close to each other."""
        return QSize(super().minimumSizeHint().width(), self._least)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Shows as much on the buttons as there is room for."""
        self._show(keys=self.height() >= self._whole, tight=self.height() < self._low)

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
        """How high the column is with keys on its buttons, without, and with the pictures close to each other."""
        self._look = None
        self._show(keys=False, tight=True)
        self._least = self._needed()
        self._show(keys=False, tight=False)
        self._low = self._needed()
        self._show(keys=True, tight=False)
        self._whole = self._needed()
        self.updateGeometry()
        self._fit()

    def _needed(self) -> int:
        column = self.layout()
        assert column is not None
        column.invalidate()
        return column.minimumSize().height()

    def _show(self, *, keys: bool, tight: bool) -> None:
        if self._look == (keys, tight):
            return
        self._look = keys, tight
        column = self.layout()
        assert column is not None
        column.setSpacing(0 if tight else _SPACING_PX)
        under, only = Qt.ToolButtonStyle.ToolButtonTextUnderIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        for tool, button in self._buttons.values():
            if button.icon().isNull():
                name = button.fontMetrics().elidedText(translated(tool.text), Qt.TextElideMode.ElideRight, _WORD_PX)
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
                button.setText(name)
            else:
                key = key_of(f"tool.{tool.id}")
                button.setToolButtonStyle(under if keys and key else only)
                button.setText(key)
            if button.property("tight") != tight:
                button.setProperty("tight", tight)
                button.setStyle(button.style())  # it is dressed anew
