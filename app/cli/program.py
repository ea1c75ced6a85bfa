"""All commands together, and what becomes of errors."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app import __version__, plugins
from app.cli import (
    auto,
    compact,
    comparing,
    doctor,
    embed,
    history,
    keys,
    models,
    predict,
    projects,
    quality,
    reporting,
    restoring,
    scanning,
    screen,
    terminal,
    typer_words,
)
from app.cli.help_texts import translate
from app.cli.processor import refuse_old_processor
from app.paths import config_dir
from app.problem import Problem
from app.text import say

_MAX_SETTINGS = 1 << 20
_COLLECTED_AFTER = 100_000
"""New objects. Python's 700 cost a long import a fifth of its time, and find nothing."""


class Commands(TyperGroup):
    """A path in the place of a command is opened: `maskwright dog.jpg`, as a file manager starts it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Returns the command that the first word names, or else that which opens a path."""
        if args and self.get_command(ctx, args[0]) is None and _is_path(args[0]):
            args = ["open", *args]
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs what was typed; its help is in the language in force."""
        translate(self)
        typer_words.use()
        return super().main(*args, **kwargs)


def _is_path(word: str) -> bool:
    """A path may lead to nothing that is there: opening it tells so."""
    return Path(word).exists() or bool(Path(word).suffix) or any(mark in word for mark in ("/", os.sep))


program = typer.Typer(
    name="maskwright",
    cls=Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Runs the command line and ends the process; plugins that were left out are told at the end, on stderr.
    MASKWRIGHT_DEBUG=1 shows where a Problem came from."""
    terminal.prepare()
    try:
        try:
            program()
        finally:
            terminal.finish()
    except Problem as problem:
        if os.environ.get("MASKWRIGHT_DEBUG") == "1":
            raise
        print(problem, file=sys.stderr)
        sys.exit(problem.exit_status)
    finally:
        for sentence in plugins.problems():
            print(sentence, file=sys.stderr)
        terminal.finish()


def add_plugins(to: typer.Typer) -> None:
    """Adds the commands of plugins: functions as those of this package, or a typer.Typer with commands of its own.
    Each must be one that Typer can make a command of, under a name that is free."""
    taken = {each.name for each in to.registered_commands} | {each.name for each in to.registered_groups}
    for name, command in plugins.load(plugins.COMMANDS, lambda name, found: _checked_command(name, found, taken)):
        _add(to, name, command)


def _checked_command(name: str, found: object, taken: set[str | None]) -> tuple[str, object]:
    if name in taken:
        raise Problem(say("there is a command {name} already.", name=name))
    if not isinstance(found, typer.Typer) and not callable(found):
        raise Problem(say("it is neither a function nor a typer.Typer."))
    alone = typer.Typer()
    _add(alone, name, found)
    typer.main.get_command(alone)  # raises what it would raise in the way of all other commands
    taken.add(name)
    return name, found


def _add(to: typer.Typer, name: str, command: Any) -> None:
    if isinstance(command, typer.Typer):
        to.add_typer(command, name=name)
    else:
        to.command(name)(command)


def collect_rarely() -> None:
    """Python looks for garbage that refers to itself less often."""
    gc.set_threshold(_COLLECTED_AFTER)


def _use_places() -> None:
    """Models lie where the person said in the settings of the window, and come from there. Qt, which reads the file, is
    loaded only for those who did."""
    with suppress(OSError):
        file = config_dir() / "maskwright.ini"
        if file.is_file() and any(name in file.read_bytes()[:_MAX_SETTINGS] for name in (b"models_dir=", b"mirror=")):
            from app.ui.settings import Settings

            Settings(only_read=True).use_places()


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"maskwright {__version__}")
        raise typer.Exit


def _test_itself(wanted: bool) -> None:
    if wanted:
        from app.cli.self_test import self_test

        collect_rarely()
        raise typer.Exit(self_test())


@program.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    self_test: Annotated[
        bool,
        typer.Option(
            "--self-test",
            callback=_test_itself,
            is_eager=True,
            help="Try whether this copy of the program works: a line for each check, exit status 0 or 1.",
        ),
    ] = False,
) -> None:
    """Label images with Segment Anything, offline: click, cycle the candidate masks, accept.

    Without a command the window opens.
    """
    refuse_old_processor()
    if context.invoked_subcommand not in (None, "open"):  # the window has its own way to collect
        collect_rarely()
    _use_places()
    if context.invoked_subcommand is None:
        projects.open_()


program.command("open")(projects.open_)
program.command("new")(projects.new)
program.command("scan")(scanning.scan)
program.command("info")(projects.info)
program.command("segment")(predict.segment)
program.command("auto")(auto.auto)
program.command("evaluate")(predict.evaluate)
program.command("embed")(embed.embed)
program.command("import")(projects.import_)
program.command("export")(projects.export)
program.command("compact")(compact.compact)
program.command("formats")(projects.formats)
program.command("keys")(keys.keys)
program.command("repair")(projects.repair)
program.command("restore")(restoring.restore)
program.command("trust")(projects.trust)
program.command("check")(quality.check)
program.command("history")(history.history)
program.command("diff")(comparing.diff)
program.add_typer(models.commands, name="models")
program.command("doctor")(doctor.doctor)
program.command("report")(reporting.report)
program.command(screen.COMMAND, hidden=True)(screen.start_qt)
add_plugins(program)
