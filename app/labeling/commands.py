"""The registry of commands (actions, shortcuts): keys, menus, palette, macros and help are made from it.

A command says what it acts on by a type; who runs it offers what there is, and the command takes its own. So the
commands of the window stand in the same registry, and nothing here knows a window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias, TypeVar

from app.labeling.arguments import Argument, arguments_of, checked
from app.labeling.context import Context
from app.labeling.tools.hand import Hand
from app.problem import Problem
from app.text import say

Menu: TypeAlias = Literal["File", "Edit", "Object", "View", "Image", "Model", "Help"]


@dataclass(frozen=True)
class Acting(Context):
    """What a labelling command acts on: the context of the tools and the hand that holds them."""

    hand: Hand


Condition: TypeAlias = Callable[[Any], bool]
"""Asked of what the command acts on. The name of the function is the condition's name."""
Action: TypeAlias = Callable[..., object]
"""Called with what the command acts on and the arguments of the command."""
_Run = TypeVar("_Run", bound=Action)


def always(c: object) -> bool:
    """True: the condition of a command that has none."""
    return True


@dataclass(frozen=True)
class Command:
    """Something a person can do, with its words and keys.

    keys are in Qt's portable text. menu: None for a family of commands that would drown a menu. repeatable: a held key
    repeats the command. release is called when the key is let go. `when` decides what a key means; `enabled` greys the
    entry in a menu while the key still answers with a sentence. `checked` says whether the entry has a check mark;
    `label` says what the command would do right now; `why_not` says, where there is something to say, why it means
    nothing right now.
    """

    id: str
    text: str
    run: Action
    keys: tuple[str, ...] = ()
    menu: Menu | None = "Edit"
    when: Condition = always
    repeatable: bool = False
    release: Action | None = None
    on: type = Acting
    checked: Condition | None = None
    enabled: Condition = always
    label: Callable[[Any], str] | None = None
    why_not: Callable[[Any], str] | None = None

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """What can be given beside what it acts on, as the signature of `run` says."""
        return arguments_of(self.run)

    @property
    def condition(self) -> str:
        """The name of the condition under which the command means something."""
        return self.when.__name__

    def target(self, *targets: object) -> Any:
        """The first of the targets that the command acts on. None when there is none."""
        return next((target for target in targets if isinstance(target, self.on)), None)

    def is_meant(self, *targets: object) -> bool:
        """True when its condition holds: its key means it right now."""
        target = self.target(*targets)
        return target is not None and self.when(target)

    def is_enabled(self, *targets: object) -> bool:
        """True when it would do something right now: its entry in a menu is not grey."""
        return self.is_meant(*targets) and self.enabled(self.target(*targets))

    def is_checked(self, *targets: object) -> bool:
        """True when its entry in a menu has a check mark right now."""
        target = self.target(*targets)
        return self.checked is not None and target is not None and self.checked(target)

    def text_now(self, *targets: object) -> str:
        """What it would do right now, in words: "Undo Accept mask"."""
        target = self.target(*targets)
        return self.text if self.label is None or target is None else self.label(target)

    def why_not_now(self, *targets: object) -> str:
        """Why it means nothing right now, in a sentence; "" when there is nothing to say."""
        target = self.target(*targets)
        return "" if self.why_not is None or target is None or self.when(target) else self.why_not(target)

    def overlaps(self, other: Command) -> bool:
        """True when both may be meant at once, so that they cannot share a key. Conditions that differ are taken for
        conditions that exclude each other; the first command that is meant wins."""
        return self.when is other.when or always in (self.when, other.when) or self.on is not other.on


@dataclass
class Registry:
    """All commands by id. A key may serve several of them when each says under which condition; in their order the
    first that holds wins. A key without a condition serves one command only."""

    commands: dict[str, Command] = field(default_factory=dict[str, Command])

    def add(self, command: Command) -> None:
        """Registers a command. Raises ValueError for a clash: it is a bug that the import shows at once."""
        if command.id in self.commands:
            raise ValueError(f"Two commands are called {command.id}.")
        for key in command.keys:
            if any(command.overlaps(other) for other in self.of_key(key)):
                raise ValueError(f"{command.id}: {key} is taken by {self.of_key(key)[0].id}.")
        self.commands[command.id] = command

    def run(self, id: str, /, *targets: object, **arguments: object) -> None:
        """The one way in: for keys, menus, palette and macros. The command takes its own of the targets.

        Raises Problem when there is no such command, it makes no sense right now, or an argument is wrong.
        """
        command = self.commands.get(id)
        if command is None:
            raise Problem(say("There is no command {id}.", id=id))
        given = checked(command.text, command.arguments, arguments)
        if not command.is_meant(*targets):
            otherwise = say("{command}: this cannot be done right now.", command=command.text)
            raise Problem(command.why_not_now(*targets) or otherwise)
        command.run(command.target(*targets), **given)

    def of_key(self, key: str) -> list[Command]:
        """The commands that have this key, before anybody changed keys."""
        return [c for c in self.commands.values() if key in c.keys]

    def keys(self) -> list[str]:
        """Each key that does something, once, before anybody changed keys."""
        return list(dict.fromkeys(key for c in self.commands.values() for key in c.keys))

    def menu(self, menu: Menu) -> list[Command]:
        """The commands of a menu, in its order."""
        return [c for c in self.commands.values() if c.menu == menu]

    def for_key(self, key: str, *targets: object) -> Command | None:
        """The command that this key means right now, before anybody changed keys."""
        return next((command for command in self.of_key(key) if command.is_meant(*targets)), None)


REGISTRY = Registry()


def command(
    id: str,
    *,
    text: str,
    keys: tuple[str, ...] | str = (),
    menu: Menu | None = "Edit",
    when: Condition = always,
    repeatable: bool = False,
    release: Action | None = None,
    on: type = Acting,
    checked: Condition | None = None,
    enabled: Condition = always,
    label: Callable[[Any], str] | None = None,
    why_not: Callable[[Any], str] | None = None,
) -> Callable[[_Run], _Run]:
    """Registers the function under it as a command. Raises ValueError when its id or one of its keys is taken."""

    def register(run: _Run) -> _Run:
        portable = (keys,) if isinstance(keys, str) else keys
        REGISTRY.add(
            Command(
                id,
                text,
                run,
                portable,
                menu,
                when,
                repeatable=repeatable,
                release=release,
                on=on,
                checked=checked,
                enabled=enabled,
                label=label,
                why_not=why_not,
            )
        )
        return run

    return register
