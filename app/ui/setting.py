"""A setting (preference, option) as data: name in the file, type, default, words. The dialog is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast, overload

T = TypeVar("T")


class Values(Protocol):
    """Where the values of settings are kept: app.ui.settings.Settings."""

    def value(self, name: str) -> Any:
        """Returns the value of the setting of that name."""
        ...

    def change(self, name: str, value: Any) -> None:
        """Changes the value of the setting of that name, for good."""
        ...


@dataclass(frozen=True)
class Switch:
    """On or off."""

    def read(self, text: str, default: Any) -> bool:
        """Anything but "off" is on."""
        return text != "off"

    def write(self, value: Any) -> str:
        """The value as it stands in the file."""
        return "on" if value else "off"


@dataclass(frozen=True)
class Range:
    """A number from least to most, whole unless it has decimals."""

    least: float
    most: float
    step: float = 1
    decimals: int = 0
    unit: str = ""
    """As it is shown behind the number."""
    least_means: str = ""
    """What is shown instead of the least number, when it stands for something else."""

    def read(self, text: str, default: Any) -> float:
        """The default for what is no such number."""
        try:
            number = float(text)
        except ValueError:
            return default
        return number if self.least <= number <= self.most else default

    def write(self, value: Any) -> str:
        """The value as it stands in the file."""
        return f"{value:g}"


@dataclass(frozen=True)
class OneOf:
    """One of some words; `choices` gives what each means, for people."""

    choices: Callable[[], Mapping[str, str]]

    def read(self, text: str, default: Any) -> str:
        """The default for another word."""
        return text if text in self.choices() else default

    def write(self, value: Any) -> str:
        """The value as it stands in the file."""
        return str(value)


@dataclass(frozen=True)
class Line:
    """A line of text; `example` is shown while it is empty, `folder` says that it names one."""

    example: str = ""
    folder: bool = False

    def read(self, text: str, default: Any) -> str:
        """The text as it is."""
        return text

    def write(self, value: Any) -> str:
        """The value as it stands in the file."""
        return str(value)


Type: TypeAlias = Switch | Range | OneOf | Line


def anything(value: object) -> None:
    """Lets every value pass."""


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One setting; as an attribute of Settings it reads and writes its value.

    title, help: words for people. where: the group of the dialog, named after where it is seen; "" for a setting that
    is chosen elsewhere. after_restart: a change takes effect at the next start. check raises Problem for a value that
    cannot be.
    """

    name: str
    type: Type
    default: T
    title: str = ""
    help: str = ""
    where: str = ""
    after_restart: bool = False
    check: Callable[[T], object] = field(default=anything)

    @overload
    def __get__(self, settings: None, owner: type) -> Setting[T]: ...
    @overload
    def __get__(self, settings: Values, owner: type) -> T: ...

    def __get__(self, settings: Values | None, owner: type) -> Setting[T] | T:
        return self if settings is None else cast(T, settings.value(self.name))

    def __set__(self, settings: Values, value: T) -> None:
        settings.change(self.name, value)
