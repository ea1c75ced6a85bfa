"""The keymap in force: which keys (shortcuts) the commands have after the person, or a preset, changed some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.labeling.commands import REGISTRY, Command, Registry
from app.text import say

_NONE: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True)
class Conflict:
    """A key that two commands want at once. It means the winner, and the loser goes without it."""

    key: str
    winner: Command
    loser: Command
    both_chosen: bool
    """Both were given the key on purpose."""

    @property
    def sentence(self) -> str:
        """What became of the key, by the names of the commands."""
        winner, loser = self.winner.text, self.loser.text
        if self.both_chosen:
            return say(
                "The key {key_name} is given to “{winner}” and to “{loser}”: it means the first.",
                key_name=self.key,
                winner=winner,
                loser=loser,
            )
        return say(
            "The key {key_name} means “{winner}” now, and no longer “{loser}”.",
            key_name=self.key,
            winner=winner,
            loser=loser,
        )


class Keymap:
    """Keys of commands: those of the registry, but for the commands that `overrides` names.

    overrides: the ids of commands with their keys in Qt's portable text; none at all takes all keys from a command.
    Keys that were chosen go before those of the registry; where two commands would be meant at once, the first one has
    the key, and `conflicts` tells of it.
    """

    def __init__(self, registry: Registry, overrides: Mapping[str, Sequence[str]] = _NONE) -> None:
        self.registry = registry
        self.overrides = overrides
        self._conflicts: list[Conflict] = []
        self._commands: dict[str, list[Command]] = {}
        self._known: Mapping[str, Command] | None = None
        """The commands that are bound; None when it has to be done again."""

    def use(self, overrides: Mapping[str, Sequence[str]]) -> None:
        """Replaces the overrides; whoever asks next hears of the new keys."""
        self.overrides, self._known = overrides, None

    @property
    def conflicts(self) -> Sequence[Conflict]:
        """The keys that were wanted twice."""
        self._bind()
        return self._conflicts

    def keys_of(self, id: str) -> tuple[str, ...]:
        """The keys of a command in Qt's portable text, the first of them the one to show."""
        wanted = self._wanted(self.registry.commands[id])
        return tuple(dict.fromkeys(key for key in wanted if any(c.id == id for c in self.of_key(key))))

    def of_key(self, key: str) -> Sequence[Command]:
        """The commands that share a key; of those that are meant the first one wins."""
        self._bind()
        return self._commands.get(key, ())

    def for_key(self, key: str, *targets: object) -> Command | None:
        """The command that the key means right now. targets: what there is for commands to act on."""
        return next((command for command in self.of_key(key) if command.is_meant(*targets)), None)

    def explained(self, key: str, *targets: object) -> Command | None:
        """The command of a key that says why it means nothing right now; None when none does."""
        return next((command for command in self.of_key(key) if command.why_not_now(*targets)), None)

    def _wanted(self, command: Command) -> Sequence[str]:
        return self.overrides.get(command.id, command.keys)

    def _bind(self) -> None:
        """Once for a set of overrides, and again when commands came or went."""
        commands = self.registry.commands
        if self._known == commands:
            return
        self._known, self._commands, self._conflicts = dict(commands), {}, []
        chosen = [commands[id] for id in self.overrides if id in commands]
        for command in (*chosen, *(c for c in commands.values() if c.id not in self.overrides)):
            for key in dict.fromkeys(self._wanted(command)):
                self._give(key, command)

    def _give(self, key: str, command: Command) -> None:
        sharing = self._commands.setdefault(key, [])
        winner = next((other for other in sharing if other.overlaps(command)), None)
        if winner is None:
            sharing.append(command)
        else:
            self._conflicts.append(Conflict(key, winner, command, both_chosen=command.id in self.overrides))


KEYMAP = Keymap(REGISTRY)
"""The keymap of this program, as REGISTRY holds its commands."""
