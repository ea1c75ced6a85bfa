"""Arguments of commands, read from the signature of the function: their names, types and defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast, get_args, get_origin, get_type_hints

from app.problem import Problem
from app.text import say

Value: TypeAlias = str | int | float | bool
_NO_DEFAULT = inspect.Parameter.empty
_WORDS = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
_KINDS = {str: say("a text"), int: say("a whole number"), float: say("a number"), bool: say("on or off")}


@dataclass(frozen=True)
class Argument:
    """One argument of a command. `choices` holds the words of a Literal; `default` is None where one must be given."""

    name: str
    type: type[Value]
    default: Value | None = None
    choices: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """The argument as a person reads it: "count (a whole number)"."""
        return f"{self.name} ({self._kind})"

    @property
    def _kind(self) -> str:
        return say("one of {choices}", choices=", ".join(self.choices)) if self.choices else _KINDS[self.type]

    def checked(self, value: object) -> Value:
        """Returns the value in the argument's type; a text, as it is typed into a palette, is converted.

        Raises Problem when the value is none of that type.
        """
        converted = _converted(value, self.type)
        if converted is None or (self.choices and converted not in self.choices):
            raise Problem(say("{name} is {kind}, not {value}.", name=self.name, kind=self._kind, value=value))
        return converted


def _converted(value: object, wanted: type[Value]) -> Value | None:
    """The value as that type. None when it is something else."""
    if wanted is bool:
        return _WORDS.get(value.lower()) if isinstance(value, str) else value if isinstance(value, bool) else None
    if wanted is str:
        return value if isinstance(value, str) else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
        whole = int(number)
    except (ValueError, OverflowError):  # no number, infinite, none at all
        return None
    if wanted is float:
        return number
    return whole if whole == number else None


def arguments_of(run: Callable[..., object]) -> tuple[Argument, ...]:
    """Returns the arguments of a command's function: all of its parameters but the first, which it acts on.

    Raises TypeError for a parameter without a type, or of one that nobody could type in.
    """
    parameters = list(inspect.signature(run).parameters.values())[1:]
    types = _types(run, parameters)
    return tuple(_argument(parameter, types.get(parameter.name), run) for parameter in parameters)


def _types(run: Callable[..., object], parameters: Sequence[inspect.Parameter]) -> Mapping[str, Any]:
    """Returns the types of parameters by name. The first parameter of a command is left alone: its type may be known to
    type checkers only."""
    written = {p.name: p.annotation for p in parameters if p.annotation is not _NO_DEFAULT}
    return get_type_hints(type("Written", (), {"__annotations__": written, "__module__": run.__module__}))


def _argument(parameter: inspect.Parameter, of_type: Any, run: Callable[..., object]) -> Argument:
    choices = cast("tuple[str, ...]", get_args(of_type)) if get_origin(of_type) is Literal else ()
    kind = str if choices else of_type
    if kind not in _KINDS:
        raise TypeError(f"{run.__module__}.{run.__qualname__}: {parameter.name} is of no type that a person can give.")
    return Argument(parameter.name, kind, None if parameter.default is _NO_DEFAULT else parameter.default, choices)


def checked(title: str, arguments: Sequence[Argument], given: Mapping[str, object]) -> dict[str, Value]:
    """Returns the given values in their types; defaults are left to the function. `title` names the command.

    Raises Problem when a value is of another type, one is missing, or the command has no such argument.
    """
    by_name = {argument.name: argument for argument in arguments}
    known = ", ".join(argument.usage for argument in arguments)
    for name in given:
        if name not in by_name:
            raise Problem(
                say("{title} takes no {name}. ", title=title, name=name)
                + (say("It takes: {known}.", known=known) if known else say("It takes nothing."))
            )
    for argument in arguments:
        if argument.default is None and argument.name not in given:
            raise Problem(say("{title} needs {usage}.", title=title, usage=argument.usage))
    return {name: by_name[name].checked(value) for name, value in given.items()}
