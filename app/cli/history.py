"""What was done to an image: history."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import to_builtins

from app.cli.moments import end
from app.cli.output import Json, answer
from app.cli.projects import ProjectFile, opened_project
from app.problem import Problem
from app.text import recalled, say, say_n

if TYPE_CHECKING:
    from app.project.history.queries import Origin, PastStep
    from app.project.history.restore import Past
    from app.project.records import Annotation, Change
    from app.project.store import Project


def history(
    project: ProjectFile,
    image: Annotated[str, typer.Option(help="The path of an image in the project.", show_default=False)],
    object_id: Annotated[int | None, typer.Option("--object", help="Only this object.", show_default=False)] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="The objects as they were then: yesterday, 2026-11-23 (at its end) or 2026-11-23T14:05."),
    ] = None,
    bring_back: Annotated[bool, typer.Option("--bring-back", help="Make them the objects of now.")] = False,
    json: Json = False,
) -> None:
    """Who did what to the objects of an image and when, or the objects as they were at a time."""
    if bring_back and as_of is None:
        raise typer.BadParameter(say("--bring-back needs --as-of."))
    then = None if as_of is None else end(as_of)
    with opened_project(project, read_only=not bring_back) as opened:
        image_id = _image_id(opened, image)
        _check_object(opened, image_id, image, object_id)
        if then is None:
            _tell_steps(opened, image_id, image, object_id, json)
        elif bring_back:
            _bring_back(opened, _past(opened, image_id, then), image, object_id, json)
        else:
            _tell_objects(_past(opened, image_id, then), image, object_id, json)


def _check_object(project: Project, image_id: int, image: str, object_id: int | None) -> None:
    if object_id is not None and object_id not in project.history.origins(image_id):
        raise Problem(say("{image} never had an object {object_id}.", image=image, object_id=object_id))


def _past(project: Project, image_id: int, then: datetime) -> Past:
    from app.project.history.restore import past_of

    begins = project.history.begins
    if begins is not None and then < begins:
        raise Problem(say("The history begins at {local}; what was before was compacted.", local=_local(begins)))
    return past_of(project, image_id, _last_step(project.history.steps_of(image_id), then))


def _tell_steps(project: Project, image_id: int, image: str, object_id: int | None, as_json: bool) -> None:
    steps = project.history.steps_of(image_id)
    told = [entry for step in steps for entry in _entries(step, object_id)]
    told += _before(project, image_id, {entry["object"] for entry in told if entry["made"]}, object_id)
    lines = [_line(entry) for entry in told] or [say("Nothing was done here.")]
    begins = project.history.begins
    if begins is not None:
        lines.append(say("Of what was done before {local}, only who made an object is known.", local=_local(begins)))
    value = {"image": image, "steps": told, "begins": begins and begins.isoformat(timespec="milliseconds")}
    answer(value, "\n".join(lines), as_json=as_json)


def _tell_objects(past: Past, image: str, object_id: int | None, as_json: bool) -> None:
    wanted = [each for each in past.objects if object_id in (None, each.id)]
    lines = [say("object {id}: {how}", id=each.id, how=_how(each)) for each in wanted] or [say("There was no object.")]
    answer({"image": image, "objects": [to_builtins(each) for each in wanted]}, "\n".join(lines), as_json=as_json)


def _bring_back(project: Project, past: Past, image: str, object_id: int | None, as_json: bool) -> None:
    from app.project.history.restore import bring_back

    if object_id is not None and all(each.id != object_id for each in past.objects):
        raise Problem(say("{image} had no object {object_id} then.", image=image, object_id=object_id))
    done = bring_back(project, past, only=() if object_id is None else (object_id,))
    answer({"image": image, "brought_back": done.came, "deleted": done.went}, str(done), as_json=as_json)


def _image_id(project: Project, path: str) -> int:
    for image in project.images():
        if image.path == path:
            return image.id
    raise Problem(say("{path} is not an image of this project.", path=path))


def _last_step(steps: list[PastStep], then: datetime) -> int:
    """0 when all of them came later. steps: the newest first."""
    return next((step.id for step in steps if step.time <= then), 0)


def _entries(step: PastStep, object_id: int | None) -> list[dict[str, Any]]:
    return [
        _entry(step, row.id, _what(change, row), made=change.before is None)
        for change in step.changes
        for row in [change.after or change.before]
        if row is not None and object_id in (None, row.id)
    ]


def _before(project: Project, image_id: int, known: set[int], object_id: int | None) -> list[dict[str, Any]]:
    """How the others were made, in steps that were compacted."""
    now = {each.id: each for each in project.annotations(image_id)}
    return [
        _entry(origin, made, _how(now[made]) if made in now else say("made"), made=True)
        for made, origin in sorted(
            project.history.origins(image_id).items(), key=lambda item: item[1].time, reverse=True
        )
        if made not in known and object_id in (None, made)
    ]


def _entry(step: Origin, object_id: int, how: str, *, made: bool) -> dict[str, Any]:
    time = step.time.isoformat(timespec="milliseconds")
    return {"step": step.name, "time": time, "author": step.author, "object": object_id, "how": how, "made": made}


def _what(change: Change, row: Any) -> str:
    return say("deleted") if change.after is None else _how(row)


def _how(row: Annotation) -> str:
    """Returns a phrase about how an object was made: its number of clicks, the model, the tools used by hand, and the
    predicted IoU."""
    from app.labeling.provenance import made_with

    score = row.provenance.get("predicted_iou")
    parts: list[str] = [say_n("{n} click", "{n} clicks", row.clicks)]
    parts += filter(None, [str(row.provenance.get("model") or ""), made_with(row.provenance.get("by"))])
    parts += [say("predicted IoU {score:.2f}", score=score)] if isinstance(score, float) else []
    return ", ".join(parts)


def _line(entry: dict[str, Any]) -> str:
    when = _local(datetime.fromisoformat(entry["time"]))
    return say(
        "{when}  {author}  {step}: object {object}, {how}",
        when=when,
        author=entry["author"],
        step=recalled(entry["step"]),
        object=entry["object"],
        how=entry["how"],
    )


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
