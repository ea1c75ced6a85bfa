"""The cheat sheet: every command with its keys, and which of them make sense right now. Made from the registry."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app.labeling.keymap import Keymap
from app.text import say
from app.ui import theme
from app.ui.keymap import shown_key, translated
from app.ui.menus import MENUS
from app.ui.room import resize_within_screen


class KeysDialog(QDialog):
    """The cheat sheet, with a field to find a command or a key in it."""

    def __init__(self, keymap: Keymap, targets: Sequence[object], parent: QWidget) -> None:
        """Builds the list of commands with their keys. targets: what there is right now for commands to act on."""
        super().__init__(parent)
        self.setWindowTitle(say("Keys"))
        resize_within_screen(self, 560, 640)
        self._filter = QLineEdit(placeholderText=say("Filter"))
        self._filter.setAccessibleName(say("Filter commands"))
        self._filter.textChanged.connect(self._apply_filter)
        self._tree = QTreeWidget(columnCount=2)
        self._tree.setHeaderHidden(True)
        self._tree.setRootIsDecorated(False)
        self._tree.setAccessibleName(say("Commands and keys"))
        layout = QVBoxLayout(self)
        layout.addWidget(self._filter)
        layout.addWidget(self._tree)
        self._items: list[QTreeWidgetItem] = []
        self._groups: list[QTreeWidgetItem] = []
        self._fill(keymap, targets)

    def _fill(self, keymap: Keymap, targets: Sequence[object]) -> None:
        titles = {**{name: translated(name) for name in MENUS}, None: say("Only by key")}
        groups = {menu: QTreeWidgetItem([title]) for menu, title in titles.items()}
        for group in groups.values():
            self._tree.addTopLevelItem(group)
            group.setForeground(0, QColor(theme.colors().accent))
        for command in keymap.registry.commands.values():
            keys = keymap.keys_of(command.id)
            if keys:
                shown = "   ".join(shown_key(key) for key in keys)
                item = QTreeWidgetItem([translated(command.text_now(*targets)), shown])
                if not command.is_enabled(*targets):
                    item.setForeground(0, QColor(theme.colors().muted))
                groups[command.menu].addChild(item)
                self._items.append(item)
        self._tree.expandAll()
        self._tree.setColumnWidth(0, 340)
        self._groups += groups.values()
        self._apply_filter("")

    def _apply_filter(self, text: str) -> None:
        wanted = text.casefold()
        for group in self._groups:
            group.setHidden(True)  # unless there is something in it
        for item in self._items:
            is_wanted, group = wanted in f"{item.text(0)} {item.text(1)}".casefold(), item.parent()
            item.setHidden(not is_wanted)
            if is_wanted and group is not None:
                group.setHidden(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scrolls the list while one types in the field: the field itself has no use for these keys."""
        bar = self._tree.verticalScrollBar()
        steps = {
            Qt.Key.Key_Up: -bar.singleStep(),
            Qt.Key.Key_Down: bar.singleStep(),
            Qt.Key.Key_PageUp: -bar.pageStep(),
            Qt.Key.Key_PageDown: bar.pageStep(),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            bar.setValue(bar.value() + step)
