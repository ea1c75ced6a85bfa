"""The record of a file format: what it is called, what it holds, and the functions that read and write it.

A format is a module (or package) of app/formats, or of a plugin, with such a record named `FORMAT`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.formats.kit.options import Option, Value, checked
from app.formats.kit.report import Steps
from app.partial import remove_leftovers, temporary_folder
from app.project.store import Project


@dataclass(frozen=True)
class Format:
    """A format made of a function that reads and one that writes, which takes its options by their names."""

    name: str
    title: str
    reader: Callable[[Project, Path], Steps]
    writer: Callable[..., Steps]
    seems: Callable[[Path], bool]
    holds: frozenset[str]
    suffix: str = ""
    limits: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()

    @property
    def lossless(self) -> bool:
        return not self.limits

    def import_file(self, project: Project, file: Path) -> Steps:
        return self.reader(project, file)

    def export_file(self, project: Project, file: Path, **options: Value) -> Steps:
        remove_leftovers(file.absolute().parent)
        return self.writer(project, file, **checked(self.title, self.options, options))


def tried(project: Project, each: Format, **options: Value) -> Steps:
    """What an export would tell; nothing is left of it."""
    with temporary_folder() as folder:
        report = yield from each.export_file(project, folder / f"out{each.suffix}", **options)
    report.done = "Would export"
    return report
