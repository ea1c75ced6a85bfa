"""Which image of the project an entry of a file means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from unicodedata import normalize

from app.problem import Problem
from app.project.records import ImageRecord


class ImageFinder:
    """By the path below the folder of the images; else by the name alone, if it is the only one on both sides.

    Nothing is ever opened by a path of the file: it is only compared with the images the project has.
    """

    def __init__(self, images: Iterable[ImageRecord], file_names: Iterable[str]) -> None:
        records = list(images)
        paths = [_path(name) for name in file_names]
        self._by_path = {_normal(record.path): record for record in records}
        self._by_exact_path = {record.path: record for record in records}
        counts = Counter(_path(record.path).name for record in records)
        self._by_name = {name: record for record in records if counts[name := _path(record.path).name] == 1}
        self._listed = Counter(path.name for path in set(paths))

    def find(self, file_name: str) -> ImageRecord:
        """Problem when the project has no such image, or the path leads elsewhere."""
        path = _path(file_name)
        if ".." in path.parts:
            raise Problem(f"{file_name}: a path that leads out of the folder of the images is refused.")
        record = self._by_exact_path.get(file_name) or self._by_path.get(str(path))
        if record is None and self._listed[path.name] <= 1:
            record = self._by_name.get(path.name)
        if record is None:
            raise Problem(f"{file_name} is not among the images of the project.")
        return record


def _path(file_name: str) -> PurePosixPath:
    return PurePosixPath(_normal(file_name.replace("\\", "/")))


def _normal(path: str) -> str:
    """macOS takes letters and their accents apart in file names."""
    return normalize("NFC", path)
