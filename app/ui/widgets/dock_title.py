"""The title of a docked panel: it is dragged by it, floated with a double click, and closed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from app.text import say
from app.ui import theme
from app.ui.widgets.elided import ElidedLabel

_ICON_PX = 14


class DockTitle(QWidget):
    """The words that all panels have above them, and two small buttons."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = title = ElidedLabel(objectName="heading")
        title.setText(dock.windowTitle())
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._float = self._button(
            "float", say("Take {title} out of the window, or put it back", title=dock.windowTitle())
        )
        self._float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._close = self._button("close", say("Close {title}", title=dock.windowTitle()))
        self._close.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 4)
        row.setSpacing(0)
        row.addWidget(title, 1)
        row.addWidget(self._float)
        row.addWidget(self._close)
        self.dress()

    def whole_width(self) -> int:
        """Returns how wide the panel must be for its title not to be cut off."""
        margins = self.contentsMargins() if (row := self.layout()) is None else row.contentsMargins()
        parts = (self._title, self._float, self._close)
        return margins.left() + margins.right() + sum(part.sizeHint().width() for part in parts)

    def dress(self) -> None:
        """Draws the icons in the colours of the theme."""
        for button in (self._float, self._close):
            button.setIcon(theme.icon(button.objectName()))

    def _button(self, name: str, text: str) -> QToolButton:
        """None of them is on the way of Tab: the View menu does the same."""
        button = QToolButton(objectName=name)
        button.setProperty("small", True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setIconSize(QSize(_ICON_PX, _ICON_PX))
        button.setToolTip(text)
        button.setAccessibleName(text)
        return button
