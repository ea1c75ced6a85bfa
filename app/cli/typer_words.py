"""Typer's own words ("Usage", "Missing argument", ...) in the language in force.

Typer writes them in English where it needs them, part of them as constants of the module that it loads for help and
errors alone. So nothing is done before something of the kind is shown: what every help and every error begins with is
the line of usage, and that is where the constants are put into the language.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from typer import core

from app.text import Sentence, say

_click: Any = getattr(core, "_click", None) or getattr(core, "click")  # noqa: B009  Typer's own copy, or that of old ones
_CONSTANTS = {
    "DEPRECATED_STRING": say("(deprecated) "),
    "DEFAULT_STRING": say("[default: {value}]", value="{}"),
    "REQUIRED_LONG_STRING": say("[required]"),
    "ARGUMENTS_PANEL_TITLE": say("Arguments"),
    "OPTIONS_PANEL_TITLE": say("Options"),
    "COMMANDS_PANEL_TITLE": say("Commands"),
    "ERRORS_PANEL_TITLE": say("Error"),
    "ABORTED_TEXT": say("Aborted."),
    "RICH_HELP": say("Try {command} for help.", command="[blue]'{command_path} {help_option}'[/]"),
}
_HELP = say("Show this message and exit.")
_MESSAGES: tuple[tuple[str, Callable[..., Sentence]], ...] = (
    (r"No such option: (?P<name>\S+)", lambda name: say("No such option: {name}", name=name)),
    (
        r"No such option: (?P<name>\S+) \(Possible options: (?P<others>.+)\)",
        lambda name, others: say("No such option: {name} (possible are: {others})", name=name, others=others),
    ),
    (
        r"No such option: (?P<name>\S+) Did you mean (?P<others>.+)\?",
        lambda name, others: say("No such option: {name} (possible are: {others})", name=name, others=others),
    ),
    (r"Missing argument (?P<name>.+?)\.", lambda name: say("Missing argument {name}.", name=name)),
    (r"Missing option (?P<name>.+?)\.", lambda name: say("Missing option {name}.", name=name)),
    (r"Missing command\.", lambda: say("Missing command.")),
    (r"No such command (?P<name>'.*')\.", lambda name: say("No such command {name}.", name=name)),
    (
        r"No such command (?P<name>'.*')\. Did you mean (?P<others>.+)\?",
        lambda name, others: say("No such command {name}. Did you mean {others}?", name=name, others=others),
    ),
    (
        r"Got unexpected extra arguments?(?:\(s\))? \((?P<words>.*)\)",
        lambda words: say("Too much was typed: {words}", words=words),
    ),
    (r"Option (?P<name>'.*') requires an argument\.", lambda name: say("The option {name} needs a value.", name=name)),
    (
        r"Option (?P<name>'.*') does not take a value\.",
        lambda name: say("The option {name} takes no value.", name=name),
    ),
    (
        r"Invalid value for (?P<name>(?:'[^']*'(?: / )?)+): (?P<why>.*)",
        lambda name, why: say("Invalid value for {name}: {why}", name=name, why=_told(why)),
    ),
    (r"Invalid value: (?P<why>.*)", lambda why: say("Invalid value: {why}", why=_told(why))),
    (r"(?:Path|File|Directory) (?P<path>'.*') does not exist\.", lambda path: say("{path} does not exist.", path=path)),
    (r"(?:Path|File|Directory) (?P<path>'.*') is a file\.", lambda path: say("{path} is a file.", path=path)),
    (r"(?:Path|File|Directory) (?P<path>'.*') is a directory\.", lambda path: say("{path} is a folder.", path=path)),
    (r"Input should be a valid integer.*", lambda: say("it is no whole number.")),
    (r"Input should be a valid number.*", lambda: say("it is no number.")),
    (
        r"Input should be greater than or equal to (?P<least>.+)",
        lambda least: say("it is to be {least} at least.", least=least),
    ),
    (
        r"Input should be less than or equal to (?P<most>.+)",
        lambda most: say("it is to be {most} at most.", most=most),
    ),
    (
        r"(?:Value error, )?(?P<value>'.*') is not one of (?P<words>.+)\.",
        lambda value, words: say("{value} is none of {words}.", value=value, words=words),
    ),
)
"""What may be wrong with what was typed; what is not among it stays English."""


def use() -> None:
    """Has Typer say its words in the language in force, from now on. Costs next to nothing before one is shown."""
    context = _click.core.Context
    if getattr(context.make_formatter, "is_ours", False):
        return
    context.formatter_class = _formatter(context.formatter_class)
    context.make_formatter = _prepared(context.make_formatter)
    errors = _click.exceptions
    for kind in (errors.ClickException, errors.BadParameter, errors.MissingParameter, errors.NoSuchOption):
        kind.format_message = _translated(kind.format_message)


def _prepared(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(make)
    def prepared(context: Any) -> Any:
        option = context.command.get_help_option(context)
        if option is not None:
            option.help = str(_HELP)
        _put_constants()
        return make(context)

    prepared.is_ours = True  # type: ignore[attr-defined]
    return prepared


def _put_constants() -> None:
    module = sys.modules.get("typer.rich_utils")
    for name, words in _CONSTANTS.items():
        if module is not None and hasattr(module, name):
            setattr(module, name, str(words))


def _formatter(kind: Any) -> Any:
    class Formatter(kind):  # type: ignore[misc]
        """Begins the line of usage with a word of ours."""

        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, f"{say('Usage')}: " if prefix is None else prefix)

    return Formatter


def _translated(format_message: Callable[[Any], str]) -> Callable[[Any], str]:
    @wraps(format_message)
    def translated(error: Any) -> str:
        _put_constants()  # of an error without a line of usage
        return _told(format_message(error))

    return translated


def _told(message: str) -> str:
    for pattern, sentence in _MESSAGES:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return str(sentence(**found.groupdict()))
    return message
