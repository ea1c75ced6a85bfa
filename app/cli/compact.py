"""A project made smaller: compact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app.cli.moments import beginning
from app.cli.output import Json, answer, progress
from app.cli.projects import ProjectFile
from app.text import say

_MOST_DAYS = 100_000


def compact(
    project: ProjectFile,
    before: Annotated[str | None, typer.Option(help="Forget the steps before that day: 2026-11-23.")] = None,
    keep_days: Annotated[
        int | None, typer.Option(min=0, max=_MOST_DAYS, help="Forget the steps older than so many days.")
    ] = None,
    json: Json = False,
) -> None:
    """Forget old steps: they can no longer be undone, and the file gets smaller. Objects and who made them stay.

    A backup is made first; nobody may have the project open.
    """
    from app.project.history.compaction import compact

    if (before is None) == (keep_days is None):
        raise typer.BadParameter(say("Give --before or --keep-days."))
    since = beginning(before) if before is not None else datetime.now(UTC) - timedelta(days=keep_days or 0)
    with progress(say("Compacting")) as advance:
        told = compact(project, since, lambda fraction: advance(fraction, 1))
    value = {"project": str(project), "steps": told.steps, "freed_bytes": told.freed_bytes}
    answer({**value, "backup": told.backup and str(told.backup)}, str(told), as_json=json)
