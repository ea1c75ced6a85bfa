"""What was done to an image: history."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.output import Json, answer
from app.cli.projects import ProjectFile, opened_project
from app.problem import Problem

if TYPE_CHECKING:
    from app.project.history import PastStep
    from app.project.records import Annotation, Change
    from app.project.store import Project


def history(
    project: ProjectFile,
    image: Annotated[str, typer.Option(help="The path of an image in the project.", show_default=False)],
    object_id: Annotated[int | None, typer.Option("--object", help="Only this object.", show_default=False)] = None,
    as_of: Annotated[
        str | None, typer.Option(help="The objects as they were then: 2026-11-23 or 2026-11-23T14:05.")
    ] = None,
    json: Json = False,
) -> None:
    """Who did what to the objects of an image and when, or the objects as they were at a time."""
    then = None if as_of is None else _time(as_of)
    with opened_project(project, read_only=True) as opened:
        image_id = _image_id(opened, image)
        steps = opened.steps_of(image_id)
        objects = None if then is None else opened.annotations_as_of(image_id, _last_step(steps, then))
    if objects is None:
        told = [entry for step in steps for entry in _entries(step, object_id)]
        lines = [_line(entry) for entry in told]
        answer({"image": image, "steps": told}, "\n".join(lines or ["Nothing was done here."]), as_json=json)
    else:
        wanted = [each for each in objects if object_id in (None, each.id)]
        lines = [f"object {each.id}: {_how(each)}" for each in wanted] or ["There was no object."]
        answer({"image": image, "objects": [asdict(each) for each in wanted]}, "\n".join(lines), as_json=json)


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Problem(f"{text} is not a time; write it as 2026-11-23 or 2026-11-23T14:05.") from error


def _image_id(project: Project, path: str) -> int:
    for image in project.images():
        if image.path == path:
            return image.id
    raise Problem(f"{path} is not an image of this project.")


def _last_step(steps: list[PastStep], then: datetime) -> int:
    """0 when all of them came later. steps: the newest first."""
    return next((step.id for step in steps if step.time <= then), 0)


def _entries(step: PastStep, object_id: int | None) -> list[dict[str, Any]]:
    return [
        {
            "step": step.name,
            "time": step.time.isoformat(timespec="milliseconds"),
            "author": step.author,
            "object": row.id,
            "how": _what(change, row),
        }
        for change in step.changes
        for row in [change.after or change.before]
        if row is not None and object_id in (None, row.id)
    ]


def _what(change: Change, row: Any) -> str:
    return "deleted" if change.after is None else _how(row)


def _how(row: Annotation) -> str:
    """By how many clicks and which model."""
    score, model = row.provenance.get("predicted_iou"), row.provenance.get("model")
    parts = [f"{row.clicks} click{'' if row.clicks == 1 else 's'}"]
    parts += [str(model)] if model else []
    parts += [f"predicted IoU {score:.2f}"] if isinstance(score, float) else []
    return ", ".join(parts)


def _line(entry: dict[str, Any]) -> str:
    when = datetime.fromisoformat(entry["time"]).astimezone()
    return f"{when:%Y-%m-%d %H:%M}  {entry['author']}  {entry['step']}: object {entry['object']}, {entry['how']}"
