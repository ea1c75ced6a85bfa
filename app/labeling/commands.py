"""The registry of commands: menus, keymap, palette and help are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from app.labeling.context import Context
from app.labeling.tools.hand import Hand

Menu: TypeAlias = Literal["File", "Edit", "View", "Image", "Model", "Help"]


@dataclass(frozen=True)
class Acting(Context):
    """What a command acts on: the context of the tools and the hand that holds them."""

    hand: Hand


Condition: TypeAlias = Callable[[Acting], bool]
Action: TypeAlias = Callable[[Acting], object]


def always(c: Acting) -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """keys in Qt's portable text. repeatable: a held key repeats it. release: what letting go of the key does."""

    id: str
    text: str
    run: Action
    keys: tuple[str, ...] = ()
    menu: Menu = "Edit"
    when: Condition = always
    repeatable: bool = False
    release: Action | None = None


@dataclass
class Registry:
    """A key may serve several commands when each says under which condition; in their order the first that holds
    wins. A key without a condition serves one command only."""

    commands: dict[str, Command] = field(default_factory=dict[str, Command])

    def add(self, command: Command) -> None:
        """Raises ValueError for a clash: it is a bug that the import shows at once."""
        if command.id in self.commands:
            raise ValueError(f"Two commands are called {command.id}.")
        for key in command.keys:
            if any(other.when is command.when or always in (other.when, command.when) for other in self.of_key(key)):
                raise ValueError(f"{command.id}: {key} is taken by {self.of_key(key)[0].id}.")
        self.commands[command.id] = command

    def of_key(self, key: str) -> list[Command]:
        return [c for c in self.commands.values() if key in c.keys]

    def keys(self) -> list[str]:
        """Each key that does something, once."""
        return list(dict.fromkeys(key for c in self.commands.values() for key in c.keys))

    def menu(self, menu: Menu) -> list[Command]:
        return [c for c in self.commands.values() if c.menu == menu]

    def for_key(self, key: str, c: Acting) -> Command | None:
        """The command that this key means right now."""
        return next((command for command in self.of_key(key) if command.when(c)), None)


REGISTRY = Registry()


def command(
    id: str,
    *,
    text: str,
    keys: tuple[str, ...] | str = (),
    menu: Menu = "Edit",
    when: Condition = always,
    repeatable: bool = False,
    release: Action | None = None,
) -> Callable[[Action], Action]:
    """Registers the function under it."""

    def register(run: Action) -> Action:
        portable = (keys,) if isinstance(keys, str) else keys
        REGISTRY.add(Command(id, text, run, portable, menu, when, repeatable, release))
        return run

    return register
