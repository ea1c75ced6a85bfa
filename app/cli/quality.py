"""What is in a project, judged: check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import Json, answer, drained
from app.cli.projects import Each, ProjectFile, opened_project
from app.tally import Tally
from app.text import say, say_n

if TYPE_CHECKING:
    from app.project.quality.checks import Finding


def check(
    project: ProjectFile,
    class_overlap: Annotated[
        float,
        typer.Option("--class-overlap", help="Tell objects of different classes that share so many percent.", min=1),
    ] = 20.0,
    each: Each = False,
    json: Json = False,
) -> None:
    """Find objects that are probably wrong: leftovers, doubles, overlaps, odd sizes. What is called fine is counted."""
    from app.project.quality.checks import check

    with opened_project(project, read_only=True) as opened:
        everything = drained(check(opened, class_overlap / 100), say("Checking"))
        total = opened.statistics.counts()["annotation"]
    found = [finding for finding in everything if finding.state == "open"]
    fine = len(everything) - len(found)
    lines = _lines(found, each=each)
    findings = say_n("{n} finding", "{n} findings", len(found))
    objects = say_n("{n} object", "{n} objects", total)
    lines.append(say("{findings} in {objects}.", findings=findings, objects=objects))
    lines += [say_n("{n} more is fine as it is.", "{n} more are fine as they are.", fine)] if fine else []
    told = [{"image": f.image, "objects": f.objects, "kind": f.kind, "sentence": f.sentence} for f in found]
    answer({"project": str(project), "findings": told, "fine": fine}, "\n".join(lines), as_json=json)


def _lines(found: Sequence[Finding], *, each: bool) -> list[str]:
    """One for each kind of finding, or for each finding."""
    if each:
        return [f"{_place(f)}: {f.sentence}" for f in found]
    tally = Tally()
    for f in found:
        kind = f"{f.kind} {f.image}" if f.kind == "replaced" else f.kind  # each is named
        tally.note(kind, _place(f), f.sentence)
    return tally.lines()


def _place(finding: Finding) -> str:
    return f"{finding.image}: {_objects(finding.objects)}" if finding.objects else finding.image


def _objects(ids: tuple[int, ...]) -> str:
    return say_n("object {map}", "objects {map}", len(ids), map=", ".join(map(str, ids)))
