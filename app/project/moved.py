"""Images whose files were moved or renamed: the same bytes at another path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from app.problem import Problem
from app.project.images import file_hash
from app.project.pages import source_of, split
from app.project.records import ImageRecord


class Moved:
    """Of the images of a project, those that may have moved: their content is known, their file is not there."""

    def __init__(self, root: Path, records: Iterable[ImageRecord]) -> None:
        self._root = root
        self._by_size: defaultdict[int, list[ImageRecord]] = defaultdict(list)
        for record in records:
            if record.content_hash and record.size_bytes is not None:
                self._by_size[record.size_bytes].append(record)

    def here(self, path: str) -> ImageRecord | None:
        """The one whose file lies at this new path now. A file is read only when its size is that of a missing one."""
        page = split(path)[1]
        try:
            alike = self._by_size.get(source_of(self._root / path).file.stat().st_size, [])
            missing = [record for record in alike if split(record.path)[1] == page and not self._is_there(record)]
            content_hash = file_hash(self._root / path) if missing else ""
        except (OSError, Problem):
            return None
        found = next((record for record in missing if record.content_hash == content_hash), None)
        if found is not None:
            alike.remove(found)  # a second copy is another image
        return found

    def _is_there(self, record: ImageRecord) -> bool:
        return source_of(self._root / record.path).file.exists()
