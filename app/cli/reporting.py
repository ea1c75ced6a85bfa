"""`maskwright report`: what a person can send when something went wrong, also when the window does not open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.text import say


def report(
    file: Annotated[
        Path | None, typer.Argument(help="A text file; without one it is printed.", show_default=False)
    ] = None,
    names: Annotated[bool, typer.Option("--names", help="With the names of files, classes and persons.")] = False,
) -> None:
    """Make a report to be sent when something went wrong: versions, doctor, settings, the end of the log."""
    from app.support.bug_report import Situation, bug_report, examine, save_report
    from app.ui.reported_settings import places, reported
    from app.ui.settings import Settings

    settings = Settings(only_read=True)
    situation = Situation(
        settings=reported(settings),
        places=places(settings),
        project=["asked for in a terminal"],
    )
    text = bug_report(examine(), situation, names=names)
    if file is None:
        sys.stdout.write(text)
        return
    save_report(text, file)
    print(say("The report is in {file}.", file=file))
