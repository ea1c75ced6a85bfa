"""Images whose files were moved or renamed: the same bytes at another path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from app.problem import Problem
from app.project.images import file_hash
from app.project.pages import source_of, split
from app.project.records import ImageRecord

_SECOND_NS = 1_000_000_000
_Mark: TypeAlias = tuple[int, str | int]
"""Of an image: its page, and the hash of its content; while that is not known, the time of its file."""


class Moved:
    """Of the images of a project, those that may have moved: their file is not there, and it is known what it was."""

    def __init__(self, root: Path, records: Iterable[ImageRecord]) -> None:
        self._root = root
        self._by_size: defaultdict[int, list[ImageRecord]] = defaultdict(list)
        for record in records:
            if record.size_bytes is not None and _mark(record) is not None:
                self._by_size[record.size_bytes].append(record)
        self._missing: dict[int, dict[_Mark, list[ImageRecord]]] = {}
        """Of the sizes that were asked for: thousands of files of a microscope have the same one."""

    def here(self, path: str) -> ImageRecord | None:
        """The one whose file lies at this new path now. A file is read only when its size is that of a missing one."""
        page = split(path)[1]
        try:
            status = source_of(self._root / path).file.stat()
            missing = self._missing_of(status.st_size)
            is_known = any(isinstance(mark, str) for _, mark in missing)
            alike = missing.get((page, file_hash(self._root / path)), []) if is_known else []
        except (OSError, Problem):
            return None
        if alike:
            return alike.pop(0)  # a second copy is another image
        of_time = missing.get((page, status.st_mtime_ns), [])
        return of_time.pop() if len(of_time) == 1 else None

    def _missing_of(self, size_bytes: int) -> dict[_Mark, list[ImageRecord]]:
        if size_bytes not in self._missing:
            missing: defaultdict[_Mark, list[ImageRecord]] = defaultdict(list)
            for record in self._by_size.get(size_bytes, []):
                mark = _mark(record)
                if mark is not None and not self._is_there(record):
                    missing[mark].append(record)
            self._missing[size_bytes] = dict(missing)
        return self._missing[size_bytes]

    def _is_there(self, record: ImageRecord) -> bool:
        return source_of(self._root / record.path).file.exists()


def _mark(record: ImageRecord) -> _Mark | None:
    """None when nothing tells it from others: the files of one archive or camera card often have one time, in whole
    seconds."""
    page = split(record.path)[1]
    if record.content_hash:
        return page, record.content_hash
    return (page, record.mtime_ns) if record.mtime_ns and record.mtime_ns % _SECOND_NS else None
