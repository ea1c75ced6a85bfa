"""The bar over the canvas: the options of the tool in use, what it tells, and some commands."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY, Command
from app.labeling.tools.base import Tool
from app.ui import theme
from app.ui.keymap import translated, with_key
from app.ui.widgets.elided import ElidedLabel
from app.ui.widgets.tool_options import ToolOptions

_COMMANDS = [
    (icon, REGISTRY.commands[name])
    for icon, name in (
        ("undo", "edit.undo"), ("redo", "edit.redo"),
        ("zoom-out", "view.zoom_out"), ("fit", "view.fit"), ("zoom-in", "view.zoom_in"),
    )
]  # fmt: skip


class ToolBar(QWidget):
    """Names the tool in use, shows its options, and some commands that one looks for with the mouse."""

    command_wanted = Signal(str)
    """The id of the command whose button was clicked."""

    def __init__(self) -> None:
        super().__init__(objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        self._commands: list[tuple[QToolButton, Command]] = []
        self._title = QLabel(objectName="tool")
        self.options = ToolOptions()
        self.option_changed = self.options.changed
        self._readout = ElidedLabel()
        row.setSpacing(10)
        row.addWidget(self._title)
        row.addWidget(self.options)
        row.addWidget(self._readout, 1)
        for icon, command in _COMMANDS:
            row.addWidget(self._command_button(icon, command))
        self.dress()

    def dress(self) -> None:
        """Draws the icons in the colours in force, and names the keys in force."""
        for button, _command in self._commands:
            button.setIcon(theme.icon(button.objectName()))
        self.show_commands()

    def show_commands(self, *targets: object) -> None:
        """Shows what the commands would do right now; one that would do nothing is grey. targets: what there is for
        them to act on."""
        for button, command in self._commands:
            text = translated(command.text_now(*targets))
            button.setEnabled(command.is_enabled(*targets))
            button.setToolTip(with_key(text, command.id))
            button.setAccessibleName(text)

    def show_tool(self, tool: Tool) -> None:
        """Names the tool in use, and shows what its options are set to."""
        self._title.setText(translated(tool.text))
        self.options.show_options(tool.options)

    def show_readout(self, words: str) -> None:
        """Shows what the tool tells of the object in the making."""
        self._readout.setText(words)

    def _command_button(self, icon: str, command: Command) -> QToolButton:
        button = QToolButton(objectName=icon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._commands.append((button, command))
        button.clicked.connect(lambda: self.command_wanted.emit(command.id))
        return button
