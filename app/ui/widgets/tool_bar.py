"""The bar above the canvas: the tools on the left, undo and zoom on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY, Command
from app.labeling.tools import TOOLS, Tool
from app.ui import theme
from app.ui.keymap import shown_key, translated

_COMMANDS = [
    (icon, REGISTRY.commands[name])
    for icon, name in (
        ("undo", "edit.undo"), ("redo", "edit.redo"),
        ("zoom-out", "view.zoom_out"), ("fit", "view.fit"), ("zoom-in", "view.zoom_in"),
    )
]  # fmt: skip


class ToolBar(QWidget):
    """Shows a button for each tool, and some for commands that one looks for with the mouse."""

    taken = Signal(object)
    """The Tool whose button was clicked."""
    command_wanted = Signal(object)
    """The Command whose button was clicked."""

    def __init__(self) -> None:
        super().__init__(objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 8, 4)
        self._tools = QButtonGroup(self)
        for number, tool in enumerate(TOOLS):
            self._tools.addButton(self._tool_button(tool), number)
        self._row.addStretch()
        self._commands = [self._command_button(name, command) for name, command in _COMMANDS]
        self.dress()

    def _tool_button(self, tool: Tool) -> QToolButton:
        button = QToolButton(text=f"{tool.text}  {tool.key}", checkable=True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(f"{tool.text} ({tool.key})")
        button.clicked.connect(lambda: self.taken.emit(tool))
        self._row.addWidget(button)
        return button

    def _command_button(self, name: str, command: Command) -> QToolButton:
        button = QToolButton(objectName=name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(f"{translated(command.text)} ({shown_key(command.keys[0])})")
        button.setAccessibleName(translated(command.text))
        button.clicked.connect(lambda: self.command_wanted.emit(command))
        self._row.addWidget(button)
        return button

    def show_tool(self, tool: Tool) -> None:
        """Marks the tool that is in the hand."""
        self._tools.button(TOOLS.index(tool)).setChecked(True)

    def dress(self) -> None:
        """Draws the icons in the colours of the theme."""
        for number, tool in enumerate(TOOLS):
            self._tools.button(number).setIcon(theme.icon(tool.id))
        for button in self._commands:
            button.setIcon(theme.icon(button.objectName()))
