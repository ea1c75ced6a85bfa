"""What is in a project, judged: check."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import Json, answer, drained
from app.cli.projects import ProjectFile, opened_project

_Side = Annotated[Path, typer.Argument(help="A .maskwright file, or a COCO file (.json).", show_default=False)]


def check(project: ProjectFile, json: Json = False) -> None:
    """Find objects that are probably wrong: leftovers, doubles, odd sizes."""
    from app.project.quality.checks import check

    with opened_project(project, read_only=True) as opened:
        found = drained(check(opened), "Checking")
        total = opened.statistics.counts()["annotation"]
    lines = [f"{f.image}: {_objects(f.objects)}: {f.sentence}" for f in found]
    lines.append(f"{_number(len(found), 'finding')} in {_number(total, 'object')}.")
    answer({"project": str(project), "findings": [asdict(f) for f in found]}, "\n".join(lines), as_json=json)


def _objects(ids: tuple[int, ...]) -> str:
    return f"object{'s' if len(ids) > 1 else ''} {', '.join(map(str, ids))}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
