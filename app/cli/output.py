"""What goes where: answers to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar, cast

import typer

from app import text as text_
from app.work import WideWork, Work, run

T = TypeVar("T")


def _speak_english(context: typer.Context, as_json: bool) -> bool:
    """A program reads what is printed: it is the same in every language. What goes wrong is told after the command, in
    the language of the person again."""
    if as_json:
        context.with_resource(text_.in_english())
    return as_json


Json = Annotated[
    bool,
    typer.Option(
        "--json",
        callback=_speak_english,
        is_eager=True,
        help="Print one JSON object and nothing else; its words are English in every language.",
    ),
]
Advance = Callable[[float, float], None]
"""Told (done, all); all is 0 while unknown."""


def answer(value: dict[str, Any], text: str, *, as_json: bool) -> None:
    """The one JSON object, or the text for people."""
    print(json.dumps(_in_english(value)) if as_json else text)


def _in_english(value: Any) -> Any:
    """Returns a value with each sentence in it in English, those too that were made before the command began."""
    if isinstance(value, dict):
        return {key: _in_english(each) for key, each in cast(dict[str, Any], value).items()}
    if isinstance(value, (list, tuple)):
        return [_in_english(each) for each in cast(list[Any], value)]
    return text_.english(value)


@contextmanager
def progress(title: str, *, in_bytes: bool = False) -> Iterator[Advance]:
    """A bar on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich import progress as bars
    from rich.console import Console

    columns: list[Any] = [bars.TextColumn("{task.description}"), bars.BarColumn()]
    columns += [bars.DownloadColumn(), bars.TransferSpeedColumn()] if in_bytes else [bars.TaskProgressColumn()]
    console = Console(stderr=True)
    with bars.Progress(*columns, bars.TimeRemainingColumn(), console=console, transient=True) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total or None)


def drained(work: Work[T] | WideWork[T], title: str) -> T:
    """Runs work to its end, with a bar."""
    with progress(title) as advance:
        return run(work, lambda step: advance(step.done, step.total))
