"""Images whose files were moved or renamed: the same bytes at another path, also where another image was before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from typing import TypeAlias

from app.images.pages import PAGED_SUFFIXES, path_of, split
from app.project.identity import Stamp, is_whole
from app.project.records import ImageRecord

_Timed: TypeAlias = tuple[int, Stamp]
"""By page, and size and time of the file, while the content is not known."""


class Displaced:
    """Images whose bytes are not where they were: their file is gone, or holds something else."""

    def __init__(self, records: Iterable[ImageRecord], *, worked_on: Collection[int]) -> None:
        """Prepares to find them. worked_on: the ids of those with objects, which come before others of the same
        bytes."""
        self._by_content: defaultdict[str, list[ImageRecord]] = defaultdict(list)
        self._by_time: defaultdict[_Timed, list[ImageRecord]] = defaultdict(list)
        self._sizes: set[int | None] = set()
        self._has_pages = False
        for record in sorted(records, key=lambda each: each.id not in worked_on):
            if record.content_hash:
                self._by_content[record.content_hash].append(record)
                self._sizes.add(record.size_bytes)
                self._has_pages |= is_paged(record.path)
            elif record.size_bytes is not None and record.mtime_ns and not is_whole(record.mtime_ns):
                self._by_time[_timed(record.path, Stamp(record.size_bytes, record.mtime_ns))].append(record)

    def may_hold(self, path: str, stamp: Stamp) -> bool:
        """Whether the content of a file may be that of one of them: whether it has to be read to tell. A page is as it
        was though other pages of its file came or went."""
        return stamp.size_bytes in self._sizes or (self._has_pages and is_paged(path))

    def take(self, path: str, content: str | None) -> ImageRecord | None:
        """Returns the one with that content, which lies at path now, and keeps it no more: a second copy is another
        image. Where pages are alike, that of the same number."""
        alike = self._by_content.get(content or "", [])
        if not alike:
            return None
        page = split(path)[1]
        at = next((n for n, each in enumerate(alike) if split(each.path)[1] == page), 0)
        return alike.pop(at)

    def take_timed(self, stamps: Iterable[tuple[str, Stamp]]) -> dict[str, ImageRecord]:
        """Returns those of unknown content by their paths of now: where only one of them, and only one of these files,
        has that size and time, to a part of a second."""
        files = list(stamps)
        many = Counter(_timed(path, stamp) for path, stamp in files)
        found: dict[str, ImageRecord] = {}
        for path, stamp in files:
            key = _timed(path, stamp)
            if many[key] == 1 and len(self._by_time.get(key, ())) == 1:
                found[path] = self._by_time[key].pop()
        return found


def is_paged(path: str) -> bool:
    """Whether a path is of a file that may have several pages."""
    return PurePosixPath(split(path)[0]).suffix.lower() in PAGED_SUFFIXES


def name_of_missing(path: str, taken: Collection[str]) -> str:
    """Returns what an image is called whose photo is gone while another one has its name: cat (missing).jpg."""
    file, page = split(path)
    plain = PurePosixPath(file)
    number = 1
    while True:
        more = "missing" if number == 1 else f"missing {number}"
        found = path_of(str(plain.with_name(f"{plain.stem} ({more}){plain.suffix}")), page)
        if found not in taken:
            return found
        number += 1


def _timed(path: str, stamp: Stamp) -> _Timed:
    return split(path)[1], stamp
