"""What is in a project, judged: check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from app.cli.output import Json, answer, drained
from app.cli.projects import Each, ProjectFile, opened_project
from app.tally import Tally
from app.text import say, say_n

if TYPE_CHECKING:
    from app.project.quality.checks import Finding


def check(project: ProjectFile, each: Each = False, json: Json = False) -> None:
    """Find objects that are probably wrong: leftovers, doubles, odd sizes."""
    from app.project.quality.checks import check

    with opened_project(project, read_only=True) as opened:
        found = drained(check(opened), say("Checking"))
        total = opened.statistics.counts()["annotation"]
    lines = _lines(found, each=each)
    findings = say_n("{n} finding", "{n} findings", len(found))
    objects = say_n("{n} object", "{n} objects", total)
    lines.append(say("{findings} in {objects}.", findings=findings, objects=objects))
    answer({"project": str(project), "findings": [asdict(f) for f in found]}, "\n".join(lines), as_json=json)


def _lines(found: Sequence[Finding], *, each: bool) -> list[str]:
    """One for each kind of finding, or for each finding."""
    if each:
        return [f"{f.image}: {_objects(f.objects)}: {f.sentence}" for f in found]
    tally = Tally()
    for f in found:
        tally.note(f.kind, f"{f.image}: {_objects(f.objects)}", f.sentence)
    return tally.lines()


def _objects(ids: tuple[int, ...]) -> str:
    return say_n("object {map}", "objects {map}", len(ids), map=", ".join(map(str, ids)))
