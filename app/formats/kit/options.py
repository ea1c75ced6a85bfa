"""What can be chosen for an export. Terminal, window and tests are made from these records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.problem import Problem
from app.text import say

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
            raise Problem(
                say(
                    "{name} is one of {choices}, not {value}.",
                    name=self.name,
                    choices=", ".join(self.choices),
                    value=value,
                )
            )
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
            kind = say("a number") if self.decimals else say("a whole number")
            raise Problem(
                say(
                    "{name} is {kind} from {least:g} to {most:g}, not {value}.",
                    name=self.name,
                    kind=kind,
                    least=self.least,
                    most=self.most,
                    value=value,
                )
            )
        return number if self.decimals else int(number)


Option: TypeAlias = Choice | Number


def checked(title: str, options: Sequence[Option], given: Mapping[str, Value]) -> dict[str, Value]:
    """Returns a value for each of the options of the format with that title. Problem when given has one it does not
    have."""
    by_name = {option.name: option for option in options}
    for name in given:
        if name not in by_name:
            known = ", ".join(option.usage for option in options)
            raise Problem(
                say("{title} has no option {name}. ", title=title, name=name)
                + (say("It has: {known}.", known=known) if known else say("It has none."))
            )
    return {name: option.checked(given.get(name, option.default)) for name, option in by_name.items()}


def from_words(words: Iterable[str]) -> dict[str, str]:
    """Reads options as they are given in the terminal: "split=0.2". Problem when one is not of that form."""
    given: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign:
            raise Problem(say("{word} is no option: give NAME=VALUE.", word=word))
        given[name.strip()] = value.strip()
    return given
