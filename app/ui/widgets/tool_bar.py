"""The bar over the canvas: the options of the tool in use, what it tells, and some commands."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
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


_SPARE = 3
"""So many of them, the last ones, make way in a narrow bar: the wheel zooms too."""


class ToolBar(QWidget):
    """Names the tool in use, shows its options, and some commands that one looks for with the mouse. Where it is
    narrow, the options come first."""

    command_wanted = Signal(str)
    """The id of the command whose button was clicked."""

    def __init__(self) -> None:
        super().__init__(objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = self._row = QHBoxLayout(self)
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
        self._make_room()

    def show_readout(self, words: str) -> None:
        """Shows what the tool tells of the object in the making."""
        self._readout.setText(words)

    def minimumSizeHint(self) -> QSize:
        """Returns how narrow it can be: the buttons that make way are not counted."""
        margins, gap = self._row.contentsMargins(), self._row.spacing()
        shown = [self._title, *(button for button, _ in self._commands[:-_SPARE])]
        width = sum(each.minimumSizeHint().width() + gap for each in shown) + gap + margins.left() + margins.right()
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Some commands make way for the options of the tool, then the words before them."""
        margins, gap = self._row.contentsMargins(), self._row.spacing()
        buttons = [button for button, _ in self._commands]
        wanted = self._title.sizeHint().width() + self.options.full_width() + 2 * gap + margins.left() + margins.right()
        widths = [button.sizeHint().width() + gap for button in buttons]
        has_room = wanted + sum(widths) <= self.width()
        for button in buttons[-_SPARE:]:
            button.setVisible(has_room)
        self.options.show_words(are_shown=has_room or wanted + sum(widths[:-_SPARE]) <= self.width())

    def _command_button(self, icon: str, command: Command) -> QToolButton:
        button = QToolButton(objectName=icon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._commands.append((button, command))
        button.clicked.connect(lambda: self.command_wanted.emit(command.id))
        return button
