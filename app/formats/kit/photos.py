"""The image files beside an export, for readers that look for them there: copied, linked, or left where they are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from app.formats.kit.options import Choice, Value
from app.formats.kit.report import Report
from app.images.pages import as_file, shown, split
from app.problem import Problem
from app.project.records import ImageRecord
from app.project.store import Project
from app.text import say

LEAVE, COPY, LINK = "leave", "copy", "link"
FILES = Choice(
    "files",
    say("Image files"),
    {
        LEAVE: say("left where they are"),
        COPY: say("copied into the folder"),
        LINK: say("linked: no room on the disk, but what changes one changes the other"),
    },
)
"""An option of formats whose readers look for the images beside the labels."""
_PIECE = 4 << 20
"""Bytes that are copied between two looks whether to go on."""


class Photos:
    """Puts image files into the folder of an export, one after the other, and never over a file that is there."""

    def __init__(self, project: Project, report: Report, files: str, folder: str = "") -> None:
        """Plans to put them there. files: a word of FILES. folder: the one in the folder of the export where the reader
        looks for them; "" when that is beside each file about an image."""
        self._project = project
        self._report = report
        self._files = files
        self._folder = folder

    @property
    def are_there(self) -> bool:
        """Whether the reader will find them in the export."""
        return self._files != LEAVE

    def has(self, record: ImageRecord) -> bool:
        """Tells whether the reader will find this one in the export: a page of a file is none itself."""
        return self.are_there and split(record.path)[1] == 1

    def put(self, part: Path, record: ImageRecord) -> Iterator[None]:
        """Puts the file of an image into a folder, piece by piece; what cannot be is left out, and told."""
        if not self.are_there:
            return
        try:
            if not self.has(record):
                raise Problem(say("it is a page of a file, which is not copied."))
            source = self._project.image_path(record)
            to = Path(part, self._folder, as_file(record.path))
            try:
                to.parent.mkdir(parents=True, exist_ok=True)
                if self._files != LINK or not _link(source, to):
                    yield from _copy(source, to)
            except OSError as error:
                raise Problem(say("its file cannot be copied: {reason}.", reason=error.strerror)) from error
        except Problem as problem:
            self._report.leave_out(say("{path}: {problem}", path=shown(record.path), problem=problem), of="file")
        else:
            self._report.files += 1
            self._report.file_bytes += 0 if to.is_symlink() or to.lstat().st_nlink > 1 else to.lstat().st_size


def plan(project: Project, options: Mapping[str, Value], report: Report) -> None:
    """Counts the files that an export with these options would put beside, without putting one."""
    files = options.get(FILES.name, LEAVE)
    if files != LEAVE:
        records = [record for record in project.images() if split(record.path)[1] == 1]
        report.files = len(records)
        report.file_bytes = sum(record.size_bytes or 0 for record in records) if files == COPY else 0


def _link(source: Path, to: Path) -> bool:
    """Links a file, by a hard link where that can be: it outlives a move and is seen in a container. Returns False
    where there are no links of any kind."""
    real = os.path.realpath(source, strict=True)
    for link in (os.link, os.symlink):
        with suppress(OSError, NotImplementedError):
            link(real, to)
            return True
    return False


def _copy(source: Path, to: Path) -> Iterator[None]:
    """Copies a file with its time. What cannot be copied whole is not left there; a file that was there before is."""
    with source.open("rb") as old:
        to.touch(exist_ok=False)
        try:
            with to.open("wb") as new:
                while piece := old.read(_PIECE):
                    new.write(piece)
                    yield
            shutil.copystat(source, to)
        except OSError:
            to.unlink(missing_ok=True)
            raise
