"""What can be chosen for an export. Terminal, window and tests are made from these records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.problem import Problem

Value: TypeAlias = str | float


@dataclass(frozen=True)
class Choice:
    """An option that is one of some words."""

    name: str
    """In the terminal."""
    text: str
    """For people: "Masks as"."""
    choices: Mapping[str, str]
    """What each word means, for people. The first one is taken when none is chosen."""

    @property
    def default(self) -> str:
        """What is taken when none is chosen: the first."""
        return next(iter(self.choices))

    @property
    def usage(self) -> str:
        """How it is given in the terminal."""
        return f"{self.name}={'|'.join(self.choices)}"

    def checked(self, value: Value) -> str:
        """Returns the value. Problem when it is none of the choices."""
        if value not in self.choices:
            raise Problem(f"{self.name} is one of {', '.join(self.choices)}, not {value}.")
        return str(value)


@dataclass(frozen=True)
class Number:
    """An option that is a number, from least to most."""

    name: str
    text: str
    least: float
    most: float
    decimals: int = 0
    default: float = 0

    @property
    def usage(self) -> str:
        """How it is given in the terminal."""
        return f"{self.name}={self.least:g}..{self.most:g}"

    def checked(self, value: Value) -> float:
        """Returns the value, whole when it has no decimals. Problem when it is out of bounds, or no number."""
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not self.least <= number <= self.most or (not self.decimals and number != int(number)):
            kind = "a number" if self.decimals else "a whole number"
            raise Problem(f"{self.name} is {kind} from {self.least:g} to {self.most:g}, not {value}.")
        return number if self.decimals else int(number)


Option: TypeAlias = Choice | Number


def checked(title: str, options: Sequence[Option], given: Mapping[str, Value]) -> dict[str, Value]:
    """Returns a value for each of the options of the format with that title. Problem when given has one it does not
    have."""
    by_name = {option.name: option for option in options}
    for name in given:
        if name not in by_name:
            known = ", ".join(option.usage for option in options)
            raise Problem(f"{title} has no option {name}. " + (f"It has: {known}." if known else "It has none."))
    return {name: option.checked(given.get(name, option.default)) for name, option in by_name.items()}


def from_words(words: Iterable[str]) -> dict[str, str]:
    """Reads options as they are given in the terminal: "split=0.2". Problem when one is not of that form."""
    given: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign:
            raise Problem(f"{word} is no option: give NAME=VALUE.")
        given[name.strip()] = value.strip()
    return given
