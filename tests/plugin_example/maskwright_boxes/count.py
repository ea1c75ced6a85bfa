"""The command `maskwright count`."""

from __future__ import annotations

from app.cli.output import Json, answer
from app.cli.projects import ProjectFile, opened_project


def count(project: ProjectFile, json: Json = False) -> None:
    """Count the objects of a project."""
    with opened_project(project, read_only=True) as opened:
        number = opened.statistics.counts()["annotation"]
    answer({"objects": number}, f"{number} objects.", as_json=json)
