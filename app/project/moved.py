"""Images whose files were moved or renamed: the same bytes at another path."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from app.images.pages import source_of, split
from app.images.reading import file_hash
from app.problem import Problem
from app.project.records import ImageRecord

_SECOND_NS = 1_000_000_000
_ByContent: TypeAlias = defaultdict[tuple[int, str], list[ImageRecord]]
"""By page, and hash of the content."""
_ByTime: TypeAlias = defaultdict[tuple[int, int], list[ImageRecord]]
"""By page, and time of the file, while the content is not known."""


@dataclass(frozen=True)
class _Missing:
    """Images whose files have one size, and are not there."""

    by_content: _ByContent = field(default_factory=lambda: defaultdict(list))
    by_time: _ByTime = field(default_factory=lambda: defaultdict(list))

    def note(self, record: ImageRecord) -> None:
        page = split(record.path)[1]
        if record.content_hash:
            self.by_content[page, record.content_hash].append(record)
        elif record.mtime_ns:
            self.by_time[page, record.mtime_ns].append(record)


class Moved:
    """Finds the images of a project that may have moved: their file is not there, and it is known what it was."""

    def __init__(self, root: Path, records: Iterable[ImageRecord], path_of: Callable[[ImageRecord], Path]) -> None:
        """Prepares to find moved images. path_of: an image, where its file may be looked at; Problem where it may
        not."""
        self._root, self._path_of = root, path_of
        self._by_size: defaultdict[int, list[ImageRecord]] = defaultdict(list)
        for record in records:
            if record.size_bytes is not None and _is_known(record):
                self._by_size[record.size_bytes].append(record)
        self._missing: dict[int, _Missing] = {}
        """Of the sizes that were asked for: thousands of files of a microscope have the same one."""

    def here(self, path: str) -> ImageRecord | None:
        """The one whose file lies at this new path now. A file is read only when its size is that of a missing one."""
        page = split(path)[1]
        try:
            status = source_of(self._root / path).file.stat()
            missing = self._missing_of(status.st_size)
            known = missing.by_content
            alike = known.get((page, file_hash(self._root / path))) if known else None
        except (OSError, Problem):
            return None
        if alike:
            return alike.pop(0)  # a second copy is another image
        of_time = missing.by_time.get((page, status.st_mtime_ns), [])
        return of_time.pop() if len(of_time) == 1 else None

    def _missing_of(self, size_bytes: int) -> _Missing:
        if size_bytes not in self._missing:
            self._missing[size_bytes] = missing = _Missing()
            for record in self._by_size.get(size_bytes, []):
                if not self._is_there(record):
                    missing.note(record)
        return self._missing[size_bytes]

    def _is_there(self, record: ImageRecord) -> bool:
        try:
            return os.path.exists(source_of(self._path_of(record)).file)  # noqa: PTH110  also of a name too long
        except Problem:
            return False


def _is_known(record: ImageRecord) -> bool:
    """Not by a time in whole seconds alone: the files of one archive or camera card often have the same one."""
    return bool(record.content_hash or (record.mtime_ns and record.mtime_ns % _SECOND_NS))
