"""Shortcuts: a key event becomes a name, the keymap says which command it means now, and that one is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.labeling.commands import Command
from app.labeling.keymap import Keymap
from app.ui.held_keys import HeldKeys
from app.ui.keymap import key_name
from app.ui.latin_keys import latin_key_name


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

    def __post_init__(self) -> None:
        self._keys = HeldKeys(self._let_go)

    def press(self, event: QKeyEvent) -> bool:
        """Returns True when the key meant something right now, or says why it does not."""
        is_repetition = self._keys.press(event)
        if _is_space(event) and self._grips(is_repetition=is_repetition):
            return True
        key, targets = self._key(event), self.targets()
        command = self.keymap.for_key(key, *targets) or self.keymap.explained(key, *targets)
        if command is None:
            return False
        if command.repeatable or not is_repetition:
            if command.release is not None:
                self._held[event.key()] = command
            self.run(command.id)
        return True

    def release(self, event: QKeyEvent) -> None:
        """Lets go of the key's command, if it was one to be held. A tap of Space runs its command now."""
        self._keys.release(event)

    def release_all(self) -> None:
        """Lets go of every command: the window lost the keyboard, and the release of a held key is never heard."""
        self._keys.forget()
        if self._gripping is not None:
            self._gripping.let_go()
            self._gripping = None
        for key in list(self._held):
            self._let_go(key)

    def _key(self, event: QKeyEvent) -> str:
        """A letter that no command has, of a keyboard without Latin ones, means the Latin letter on the same key."""
        key = key_name(event)
        return key if self.keymap.of_key(key) else latin_key_name(event) or key

    def _grips(self, *, is_repetition: bool) -> bool:
        if not is_repetition:
            self._gripping = self.grip()
            if self._gripping is not None:
                self._gripping.take()
        return self._gripping is not None

    def _let_go(self, key: int) -> None:
        if key == Qt.Key.Key_Space and self._gripping is not None:
            self._end_grip(self._gripping)
        command = self._held.pop(key, None)
        target = command.target(*self.targets()) if command is not None else None
        if command is not None and command.release is not None and target is not None:
            command.release(target)

    def _end_grip(self, gripping: Grip) -> None:
        """Runs what Space means, if it was only tapped."""
        self._gripping = None
        was_moved, command = gripping.let_go(), self.keymap.for_key("Space", *self.targets())
        if not was_moved and command is not None:
            self.run(command.id)
