"""The menus, made from the registry of commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget

from app.labeling.commands import Command
from app.labeling.keymap import Keymap
from app.ui.keymap import key_of, translated

MENUS = ("File", "Edit", "Object", "View", "Image", "Model", "Help")
_PANELS = "panel."
"""The family of commands that the panels of an open project put into their menu by themselves."""


@dataclass(eq=False)
class Menus:
    """Fills the bar, and keeps each entry true: its words, key, check mark, and whether it makes sense right now.

    targets: what there is right now for commands to act on. run is called with the id of a command.
    """

    keymap: Keymap
    targets: Callable[[], tuple[object, ...]]
    run: Callable[[str], None]
    _actions: list[tuple[QAction, Command]] = field(default_factory=list)

    def fill(self, bar: QMenuBar, focus: Callable[[], object] = lambda: None) -> dict[str, QMenu]:
        """Adds a menu for each that a command names, and returns them by name. focus: gives the keyboard to somebody
        when the bar has left it to nobody."""
        menus = {name: bar.addMenu(_with_mnemonic(translated(name))) for name in MENUS}
        families: dict[str, str] = {}
        for command in self.keymap.registry.commands.values():
            if command.menu is not None and not command.id.startswith(_PANELS):
                menu, family = menus[command.menu], command.id.partition(".")[0]
                if families.setdefault(command.menu, family) != family:
                    menu.addSeparator()
                    families[command.menu] = family
                menu.addAction(self._action(command))
        for menu in menus.values():
            menu.aboutToShow.connect(self.refresh)
            menu.aboutToHide.connect(partial(QTimer.singleShot, 0, bar, partial(_leave, bar, focus)))
        return menus

    def _action(self, command: Command) -> QAction:
        action = QAction(entry_text(translated(command.text), command.id))
        action.setObjectName(command.id)
        action.setCheckable(command.checked is not None)
        action.triggered.connect(lambda: self.run(command.id))
        self._actions.append((action, command))
        return action

    def entry(self, id: str) -> QAction:
        """Returns the entry of the command with that id."""
        return next(action for action, command in self._actions if command.id == id)

    def of(self, ids: Sequence[str], parent: QWidget) -> QMenu:
        """Returns a menu of these entries alone, true as they are now; "" stands for a line between two."""
        self.refresh()
        menu = QMenu(parent)
        for id in ids:
            if id:
                menu.addAction(self.entry(id))
            else:
                menu.addSeparator()
        return menu

    def refresh(self) -> None:
        """Makes all entries true again; opening a menu does."""
        targets = self.targets()
        for action, command in self._actions:
            action.setText(entry_text(translated(command.text_now(*targets)), command.id))
            action.setEnabled(command.is_enabled(*targets))
            action.setChecked(command.is_checked(*targets))


def _leave(bar: QMenuBar, focus: Callable[[], object]) -> None:
    """Gives the keyboard back to who had it, once no menu is open: Qt's bar would keep it until Esc is pressed again,
    and take letters that are meant for tools for those of menus."""
    if QApplication.activePopupWidget() is None and bar.activeAction() is not None:
        escape = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(bar, escape)
        if bar.window().focusWidget() in (None, bar):
            focus()


def add_named(menu: QMenu, name: str, most_px: int) -> QAction:
    """Adds an entry with a name that a person gave, as it is: on one line, without its middle where it is too long."""
    line = " ".join(name.split())  # a tab would begin the column of keys
    return menu.addAction(_plain(menu.fontMetrics().elidedText(line, Qt.TextElideMode.ElideMiddle, most_px)))


def entry_text(text: str, id: str) -> str:
    """Returns the words of an entry and the key of its command, which is only shown, behind a tab: it is `Shortcuts`
    that hears it, wherever the focus is."""
    key = key_of(id)
    return _plain(text) + (f"\t{key}" if key else "")


def _plain(text: str) -> str:
    """Returns the text of an entry without a letter that Alt would choose it by."""
    return text.replace("&", "&&")


def _with_mnemonic(title: str) -> str:
    """Alt and a letter open the menu: the first one, if a translation names no other."""
    return title if "&" in title else f"&{title}"
