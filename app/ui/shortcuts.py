"""Shortcuts: a key event becomes a name, the keymap says which command it means now, and that one is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtGui import QKeyEvent

from app.labeling.commands import Command
from app.labeling.keymap import Keymap
from app.ui.keymap import key_name


@dataclass(eq=False)
class Shortcuts:
    """Finds the command of a key, has it run, and lets go of held ones.

    targets: what there is right now for commands to act on. run is called with the id of a command, and shows the
    person what went wrong.
    """

    keymap: Keymap
    targets: Callable[[], tuple[object, ...]]
    run: Callable[[str], None]
    _held: dict[int, Command] = field(default_factory=dict)

    def press(self, event: QKeyEvent) -> bool:
        """Returns True when the key meant something right now."""
        command = self.keymap.for_key(key_name(event), *self.targets())
        if command is None:
            return False
        if command.repeatable or not event.isAutoRepeat():
            if command.release is not None:
                self._held[event.key()] = command
            self.run(command.id)
        return True

    def release(self, event: QKeyEvent) -> None:
        """Lets go of the key's command, if it was one to be held."""
        if not event.isAutoRepeat() and event.key() in self._held:
            self._let_go(event.key())

    def release_all(self) -> None:
        """Lets go of every command: the window lost the keyboard, and the release of a held key is never heard."""
        for key in list(self._held):
            self._let_go(key)

    def _let_go(self, key: int) -> None:
        command = self._held.pop(key)
        target = command.target(*self.targets())
        if command.release is not None and target is not None:
            command.release(target)
