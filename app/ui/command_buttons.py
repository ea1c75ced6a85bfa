"""The buttons of the tool bar that run commands are kept true: what they would do, and grey while that is nothing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.labeling.session import Session
from app.ui.widgets.tool_bar import ToolBar


class CommandButtons(QObject):
    """Looks at the commands again whenever something changed that they may depend on."""

    def __init__(self, tool_bar: ToolBar, session: Session, targets: Callable[[], tuple[object, ...]]) -> None:
        """Looks after the buttons of that tool bar. targets: what there is right now for commands to act on."""
        super().__init__(tool_bar)
        self._tool_bar, self._targets = tool_bar, targets
        self._is_over = False
        self._soon = QTimer(self, interval=0, singleShot=True)  # once for many changes, and after they are painted
        self._soon.timeout.connect(self.look)
        session.on("image", "past", "proposal", "category", do=self._soon.start)
        session.project.subscribe(lambda _changes: self._soon.start())

    def look(self) -> None:
        """Shows what the commands would do right now."""
        if not self._is_over:
            self._tool_bar.show_commands(*self._targets())

    def stop(self) -> None:
        """Does not look again: the project is being closed."""
        self._is_over = True
