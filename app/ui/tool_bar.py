"""The bar over the canvas: the tools that were found, the options of the one in use, and some commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QDoubleSpinBox, QHBoxLayout, QLabel, QToolButton, QWidget

from app.labeling.commands import Command
from app.labeling.tools.base import Tool, ToolOption
from app.labeling.tools.registry import TOOLBOX
from app.paths import resource
from app.ui import theme
from app.ui.keymap import shown_key, translated


class ToolBar(QWidget):
    """Shows one button for each tool. commands: (icon, command) of the buttons at the right."""

    taken = Signal(object)
    """A Tool whose button was clicked."""
    command_wanted = Signal(object)
    """A Command whose button was clicked."""
    option_changed = Signal()

    def __init__(self, commands: Sequence[tuple[str, Command]]) -> None:
        super().__init__(objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        self._group = QButtonGroup(self)
        self._icons: list[tuple[QToolButton, str]] = []
        self._buttons: dict[str, QToolButton] = {}
        """By the id of the tool."""
        for tool in TOOLBOX.all():
            row.addWidget(self._tool_button(tool))
        self._options = QHBoxLayout()
        self._shown: Tool | None = None
        row.addLayout(self._options)
        row.addStretch()
        for icon, command in commands:
            row.addWidget(self._command_button(icon, command))
        self.dress()

    def dress(self) -> None:
        """Draws the icons in the colours of the theme."""
        for button, icon in self._icons:
            button.setIcon(theme.icon(icon))

    def show_tool(self, tool: Tool) -> None:
        """Shows which tool is in use, and its options."""
        self._buttons[tool.id].setChecked(True)
        if tool is not self._shown:
            self._shown = tool
            self._show_options(tool.options)

    def _tool_button(self, tool: Tool) -> QToolButton:
        key = shown_key(tool.keys[0]) if tool.keys else ""
        button = QToolButton(text=f"{tool.text}  {key}".rstrip(), checkable=True, objectName=tool.id)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(f"{tool.text} ({key})" if key else tool.text)
        button.clicked.connect(lambda: self.taken.emit(tool))
        self._group.addButton(button)
        self._buttons[tool.id] = button
        if resource(f"icons/{tool.id}.svg").is_file():
            self._icons.append((button, tool.id))
        return button

    def _command_button(self, icon: str, command: Command) -> QToolButton:
        button = QToolButton(objectName=icon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(f"{translated(command.text)} ({shown_key(command.keys[0])})")
        button.setAccessibleName(translated(command.text))
        button.clicked.connect(lambda: self.command_wanted.emit(command))
        self._icons.append((button, icon))
        return button

    def _show_options(self, options: Sequence[ToolOption]) -> None:
        while self._options.count():
            item = self._options.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()  # now: Qt deletes it later
                widget.deleteLater()
        for option in options:
            label, field = QLabel(option.text), self._field(option)
            label.setBuddy(field)
            self._options.addWidget(label)
            self._options.addWidget(field)

    def _field(self, option: ToolOption) -> QDoubleSpinBox:
        field = QDoubleSpinBox(objectName=option.id)
        field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        field.setDecimals(0 if float(option.step).is_integer() else 2)
        field.setRange(option.low, option.high)
        field.setSingleStep(option.step)
        field.setValue(option.value)
        field.setAccessibleName(option.text)
        field.valueChanged.connect(self._setter(option))
        return field

    def _setter(self, option: ToolOption) -> Callable[[float], None]:
        def set_value(value: float) -> None:
            option.set(value)
            self.option_changed.emit()

        return set_value
