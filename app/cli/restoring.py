"""Going back to a backup: restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import Json, answer, progress
from app.cli.projects import ProjectFile
from app.problem import Problem
from app.text import say, say_n

if TYPE_CHECKING:
    from app.project.safety.restoring import BackupSummary


def restore(
    project: ProjectFile,
    backup: Annotated[
        str | None, typer.Argument(help="The backup: its file, or its number in the list.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Go back to a backup of a project. Without one it only lists them, and tells what each would lose.

    The state that gives way is kept beside the backups; nobody may have the project open.
    """
    from app.project.safety.restoring import restore, summaries_of

    if backup is None:
        found = summaries_of(project)
        answer({"project": str(project), "backups": [_values(each) for each in found]}, _listed(found), as_json=json)
        return
    with progress(say("Restoring")) as advance:
        done = restore(project, _chosen(project, backup), lambda fraction: advance(fraction, 1))
    value = {"project": str(project), "backup": str(done.backup), "kept": [str(path) for path in done.kept]}
    answer(value, str(done), as_json=json)


def _chosen(project: Path, backup: str) -> Path:
    from app.project.safety.restoring import summaries_of

    if not backup.isdecimal() or Path(backup).exists():
        return Path(backup)
    found = summaries_of(project)
    if not 1 <= int(backup) <= len(found):
        raise Problem(
            say(
                "{project} has no backup number {backup}; maskwright restore {project} lists them.",
                project=project.name,
                backup=backup,
            )
        )
    return found[int(backup) - 1].path


def _listed(found: list[BackupSummary]) -> str:
    if not found:
        return say("There is no backup of it.")
    lines = [
        say_n(
            "{number:2}  {file}: {n} object. {loses}",
            "{number:2}  {file}: {n} objects. {loses}",
            each.objects,
            number=number,
            file=each.path.name,
            loses=each.loses,
        )
        for number, each in enumerate(found, 1)
    ]
    return "\n".join([*lines, say("To go back to one, name its number or its file after the project.")])


def _values(each: BackupSummary) -> dict[str, object]:
    lost = {"steps": each.steps_lost, "new_objects": each.added_lost, "changed_objects": each.changed_lost}
    time = each.time.isoformat() if each.time else None
    return {"path": str(each.path), "time": time, "images": each.images, "objects": each.objects, "would_lose": lost}
