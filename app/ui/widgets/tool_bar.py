"""The bar over the canvas: the tools that were found, the options of the one in use, and some commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QDoubleSpinBox, QHBoxLayout, QLabel, QToolButton, QWidget

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY, Command
from app.labeling.tools.base import Tool, ToolOption
from app.labeling.tools.registry import TOOLBOX
from app.paths import resource
from app.ui import theme
from app.ui.keymap import key_of, translated, with_key

_COMMANDS = [
    (icon, REGISTRY.commands[name])
    for icon, name in (
        ("undo", "edit.undo"), ("redo", "edit.redo"),
        ("zoom-out", "view.zoom_out"), ("fit", "view.fit"), ("zoom-in", "view.zoom_in"),
    )
]  # fmt: skip


class ToolBar(QWidget):
    """Shows one button for each tool, and some for commands that one looks for with the mouse."""

    taken = Signal(object)
    """A Tool whose button was clicked."""
    command_wanted = Signal(str)
    """The id of the command whose button was clicked."""
    option_changed = Signal()

    def __init__(self) -> None:
        super().__init__(objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        self._group = QButtonGroup(self)
        self._icons: list[tuple[QToolButton, str]] = []
        self._buttons: dict[str, QToolButton] = {}
        """By the id of the tool."""
        self._named: list[tuple[QToolButton, Tool]] = []
        """The buttons of tools, whose words and key stand on them."""
        self._commands: list[tuple[QToolButton, Command]] = []
        for tool in TOOLBOX.all():
            row.addWidget(self._tool_button(tool))
        self._whole = self._narrow = 0
        self._options = QHBoxLayout()
        self._shown: Tool | None = None
        row.addLayout(self._options)
        row.addStretch()
        for icon, command in _COMMANDS:
            row.addWidget(self._command_button(icon, command))
        self.dress()

    def dress(self) -> None:
        """Draws the icons in the colours in force, and names the keys in force."""
        for button, icon in self._icons:
            button.setIcon(theme.icon(icon))
        for button, tool in self._named:
            button.setToolTip(with_key(tool.text, f"tool.{tool.id}"))
            button.setText(f"{tool.text}  {key_of(f'tool.{tool.id}')}".rstrip())
        self.show_commands()
        self._measure()

    def show_commands(self, *targets: object) -> None:
        """Shows what the commands would do right now; one that would do nothing is grey. targets: what there is for
        them to act on."""
        for button, command in self._commands:
            text = translated(command.text_now(*targets))
            button.setEnabled(command.is_enabled(*targets))
            button.setToolTip(with_key(text, command.id))
            button.setAccessibleName(text)

    def minimumSizeHint(self) -> QSize:
        """The bar can be as narrow as it is without the words on its buttons."""
        return QSize(self._narrow, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _measure(self) -> None:
        """How wide the bar is with the words on its buttons, and without them."""
        self._show_words(False)
        self._narrow = self._needed()
        self._show_words(True)
        self._whole = self._needed()
        self.updateGeometry()
        self._fit()

    def _needed(self) -> int:
        row = self.layout()
        assert row is not None
        row.invalidate()
        return row.minimumSize().width()

    def _fit(self) -> None:
        self._show_words(self.width() >= self._whole)

    def _show_words(self, are_shown: bool) -> None:
        """On the buttons of tools; one that has no picture keeps them."""
        beside, only = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in self._buttons.values():
            button.setToolButtonStyle(beside if are_shown or button.icon().isNull() else only)

    def show_tool(self, tool: Tool) -> None:
        """Shows which tool is in use, and its options."""
        self._buttons[tool.id].setChecked(True)
        if tool is not self._shown:
            self._shown = tool
            self._show_options(tool.options)

    def _tool_button(self, tool: Tool) -> QToolButton:
        button = QToolButton(checkable=True, objectName=tool.id)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._named.append((button, tool))
        button.clicked.connect(lambda: self.taken.emit(tool))
        self._group.addButton(button)
        self._buttons[tool.id] = button
        if resource(f"icons/{tool.id}.svg").is_file():
            self._icons.append((button, tool.id))
        return button

    def _command_button(self, icon: str, command: Command) -> QToolButton:
        button = QToolButton(objectName=icon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._commands.append((button, command))
        button.clicked.connect(lambda: self.command_wanted.emit(command.id))
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
        self._measure()

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
