"""Keys and menus from the registries of commands: a key event becomes a name, a registry says what it means now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from app.labeling.commands import Command, Registry

MENUS = ("File", "Edit", "View", "Image", "Model", "Help")
_ONLY_KEYS = ("crosshair.", "class.", "view.pan_", "panel.")
"""Families of commands that would drown a menu, or that are in it by themselves; the cheat sheet has them."""
_MODIFIER_KEYS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_unknown)


def key_name(event: QKeyEvent) -> str:
    """The pressed key in Qt's portable text, as commands name it. Signs are named by what they write, so that + and ?
    are found on every keyboard layout; Shift+Tab is Shift+Tab although Qt calls it Backtab."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    command_keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    text = event.text()
    if len(text) == 1 and text.isprintable() and not text.isalpha() and text != " " and not modifiers & command_keys:
        return text
    if event.key() == Qt.Key.Key_Backtab:
        return "Shift+Tab"
    if event.key() in _MODIFIER_KEYS:
        return ""
    return QKeySequence(event.key() | modifiers.value).toString(QKeySequence.SequenceFormat.PortableText)


@dataclass(frozen=True, eq=False)
class KeymapLayer:
    """A registry and what its commands act on; None while there is nothing to act on (no project is open)."""

    registry: Registry
    target: Callable[[], Any]

    def meaning(self, key: str) -> Command | None:
        target = self.target()
        return self.registry.for_key(key, target) if target is not None else None

    def is_possible(self, command: Command) -> bool:
        target = self.target()
        return target is not None and command.when(target)


@dataclass(eq=False)
class Keymap:
    """Finds the command of a key, runs it, and lets go of held ones. Fills the menus. run gets the command and its
    target, and shows the person what went wrong."""

    layers: Sequence[KeymapLayer]
    run: Callable[[Command, Any], None]
    _held: dict[int, tuple[Command, KeymapLayer]] = field(default_factory=dict)
    _actions: list[tuple[QAction, Command, KeymapLayer]] = field(default_factory=list)

    def press(self, event: QKeyEvent) -> bool:
        """True when the key meant something right now."""
        key = key_name(event)
        for layer in self.layers:
            command = layer.meaning(key)
            if command is None:
                continue
            if command.repeatable or not event.isAutoRepeat():
                self._press(event.key(), command, layer)
            return True
        return False

    def _press(self, key: int, command: Command, layer: KeymapLayer) -> None:
        if command.release is not None:
            self._held[key] = (command, layer)
        self.run(command, layer.target())

    def release(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat() and event.key() in self._held:
            self._let_go(event.key())

    def release_all(self) -> None:
        """The window lost the keyboard: the release of a held key will never be heard."""
        for key in list(self._held):
            self._let_go(key)

    def _let_go(self, key: int) -> None:
        command, layer = self._held.pop(key)
        target = layer.target()
        if command.release is not None and target is not None:
            command.release(target)

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """A menu for each that a command names; opening it greys what makes no sense right now."""
        menus = {name: bar.addMenu(_with_mnemonic(translated(name))) for name in MENUS}
        for command, layer in self.commands():
            if not command.id.startswith(_ONLY_KEYS):
                menus[command.menu].addAction(self._action(command, layer))
        for menu in menus.values():
            menu.aboutToShow.connect(self.refresh)
        return menus

    def commands(self) -> Iterator[tuple[Command, KeymapLayer]]:
        return ((command, layer) for layer in self.layers for command in layer.registry.commands.values())

    def _action(self, command: Command, layer: KeymapLayer) -> QAction:
        # The key is only shown, behind a tab: it is `press` that hears it, wherever the focus is.
        key = f"\t{shown_key(command.keys[0])}" if command.keys else ""
        action = QAction(translated(command.text) + key)
        action.setObjectName(command.id)
        action.triggered.connect(lambda: self.run(command, layer.target()))
        self._actions.append((action, command, layer))
        return action

    def refresh(self) -> None:
        for action, command, layer in self._actions:
            action.setEnabled(layer.is_possible(command))


def _with_mnemonic(title: str) -> str:
    """Alt and a letter open the menu: the first one, if a translation names no other."""
    return title if "&" in title else f"&{title}"


def translated(text: str) -> str:
    return QCoreApplication.translate("commands", text)


def shown_key(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
