"""Shortcuts: a key event becomes a name, the keymap says which command it means now, and that one is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.labeling.commands import Command
from app.labeling.keymap import Keymap
from app.ui.keymap import key_name


class Grip(Protocol):
    """What is gripped, to be moved with the mouse, for as long as a key is held."""

    def take(self) -> None:
        """Grips it: the mouse moves it from now on."""
        ...

    def let_go(self) -> bool:
        """Returns True if it was moved meanwhile: the key was more than tapped."""
        ...


def _is_space(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier


@dataclass(eq=False)
class Shortcuts:
    """Finds the command of a key, has it run, and lets go of held ones.

    targets: what there is right now for commands to act on. run is called with the id of a command, and shows the
    person what went wrong. grip: what Space does while it is held; its command waits for the release.
    """

    keymap: Keymap
    targets: Callable[[], tuple[object, ...]]
    run: Callable[[str], None]
    grip: Callable[[], Grip | None] = lambda: None
    _held: dict[int, Command] = field(default_factory=dict)
    _gripping: Grip | None = None

    def press(self, event: QKeyEvent) -> bool:
        """Returns True when the key meant something right now."""
        if _is_space(event) and self._is_gripped(event):
            return True
        command = self.keymap.for_key(key_name(event), *self.targets())
        if command is None:
            return False
        if command.repeatable or not event.isAutoRepeat():
            if command.release is not None:
                self._held[event.key()] = command
            self.run(command.id)
        return True

    def release(self, event: QKeyEvent) -> None:
        """Lets go of the key's command, if it was one to be held. A tap of Space runs its command now."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space and self._gripping is not None:
            gripping, self._gripping = self._gripping, None
            command = self.keymap.for_key("Space", *self.targets())
            if not gripping.let_go() and command is not None:
                self.run(command.id)
        elif event.key() in self._held:
            self._let_go(event.key())

    def release_all(self) -> None:
        """Lets go of every command: the window lost the keyboard, and the release of a held key is never heard."""
        if self._gripping is not None:
            self._gripping.let_go()
            self._gripping = None
        for key in list(self._held):
            self._let_go(key)

    def _is_gripped(self, event: QKeyEvent) -> bool:
        """A held key says that it is pressed again and again."""
        if not event.isAutoRepeat():
            self._gripping = self.grip()
            if self._gripping is not None:
                self._gripping.take()
        return self._gripping is not None

    def _let_go(self, key: int) -> None:
        command = self._held.pop(key)
        target = command.target(*self.targets())
        if command.release is not None and target is not None:
            command.release(target)
