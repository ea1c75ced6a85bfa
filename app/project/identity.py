"""Whether the file of an image is the one that it was: by its size and time, and by its content where these are
others."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import Literal, NamedTuple, TypeAlias

from app.images.pages import source_of
from app.images.reading import file_hash
from app.problem import Problem
from app.project.records import ImageRecord

SECOND_NS = 1_000_000_000
_ROUNDED_NS = 2 * SECOND_NS
"""Archives and camera cards keep a time in whole seconds, or every second one."""
_REMEMBERED = 4096
Likeness: TypeAlias = Literal["same", "touched", "other", "unknown"]
"""Of a file to what is known of its image. touched: the same content with another time; unknown: so many bytes as
before, but another time, and nobody noted the content."""


class Stamp(NamedTuple):
    """Size and time of a file: where they are as they were, so is its content."""

    size_bytes: int
    mtime_ns: int


def stamp_at(path: Path) -> Stamp | None:
    """Returns the stamp of the file of an image, which may be a page of it; None when there is none."""
    return stamp_of_file(source_of(path).file)


def stamp_of_file(file: Path | str) -> Stamp | None:
    """Returns the stamp of a file; None when none is there."""
    try:
        status = os.stat(file)  # noqa: PTH116  100,000 names need not become paths
    except (OSError, ValueError):
        return None
    return Stamp(status.st_size, status.st_mtime_ns) if S_ISREG(status.st_mode) else None


def stamp_of_plain(file: str) -> Stamp | None:
    """Returns the stamp of a file that is no link; None of anything else. No link is followed."""
    try:
        status = os.lstat(file)
    except (OSError, ValueError):
        return None
    return Stamp(status.st_size, status.st_mtime_ns) if S_ISREG(status.st_mode) else None


def is_untouched(record: ImageRecord, stamp: Stamp) -> bool:
    """Whether size and time are those that are known of the image, as far as they are known."""
    if record.size_bytes is None:
        return True
    return record.size_bytes == stamp.size_bytes and record.mtime_ns in (None, stamp.mtime_ns)


def is_read(record: ImageRecord) -> bool:
    """Whether anything but size and time of its file is known of an image: else nothing can have been made on it."""
    return bool(record.content_hash or record.width)


def likeness(record: ImageRecord, path: Path, stamp: Stamp) -> Likeness:
    """Tells how like a file is to what is known of its image. It is read only when its size or time is another one."""
    if is_untouched(record, stamp):
        return "same"
    content = content_at(path, stamp) if record.content_hash else None
    return likeness_of(record, stamp, content)


def likeness_of(record: ImageRecord, stamp: Stamp, content: str | None) -> Likeness:
    """Tells the likeness of a file that was read. content: its hash; None when that is not known."""
    if is_untouched(record, stamp):  # what a hash is made of may change with the program
        return "same"
    if content is not None and record.content_hash:
        return "touched" if content == record.content_hash else "other"
    if record.size_bytes != stamp.size_bytes:
        return "other"
    is_close = abs((record.mtime_ns or 0) - stamp.mtime_ns) < _ROUNDED_NS
    is_rounded = is_whole(record.mtime_ns) or is_whole(stamp.mtime_ns)
    return "touched" if is_close and is_rounded else "unknown"


def is_whole(mtime_ns: int | None) -> bool:
    """Whether a time says no more than the second: many files of an archive or camera card have the same one."""
    return not mtime_ns or mtime_ns % SECOND_NS == 0


def content_at(path: Path, stamp: Stamp) -> str | None:
    """Returns the content hash of the file with that stamp; None when it cannot be read."""
    try:
        return _content(path, stamp)
    except (OSError, Problem):
        return None


@lru_cache(maxsize=_REMEMBERED)
def _content(path: Path, _stamp: Stamp) -> str:
    return file_hash(path)
