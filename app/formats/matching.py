"""Which image of the project an entry of a file, or a file of a folder, means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from posixpath import normpath
from unicodedata import normalize

from app.problem import Problem
from app.project.pages import as_file
from app.project.records import ImageRecord

_NOT_PLAIN = re.compile(r"//|/\Z|(?:\A|/)\.(?:/|\Z)|\A\Z")


class ImageFinder:
    """By the path below the folder of the images; else by the name alone, if it is the only one on both sides.

    Nothing is ever opened by a path of the file: it is only compared with the images the project has.
    """

    def __init__(self, images: Iterable[ImageRecord], file_names: Iterable[str]) -> None:
        records = list(images)
        self._by_path = {_normal(as_file(record.path)): record for record in records}
        self._by_path |= {_normal(record.path): record for record in records}
        self._by_exact_path = {record.path: record for record in records}
        names = {record.id: _name(_plain(record.path)) for record in records}
        counts = Counter(names.values())
        self._by_name = {name: record for record in records if counts[name := names[record.id]] == 1}
        self._listed = Counter(_name(path) for path in set(map(_plain, file_names)))

    def find(self, file_name: str) -> ImageRecord:
        """Problem when the project has no such image, or the path leads elsewhere."""
        path = _plain(file_name)
        name = _name(path)
        if ".." in path.split("/"):
            raise Problem(f"{file_name}: a path that leads out of the folder of the images is refused.")
        record = self._by_exact_path.get(file_name) or self._by_path.get(path)
        if record is None and self._listed[name] <= 1:
            record = self._by_name.get(name)
        if record is None:
            raise Problem(f"{file_name} is not among the images of the project.")
        return record


class FileFinder:
    """For a file about one image, as sub/cat.txt about sub/cat.jpg: by the whole path with or without the ending of the
    image; else by the name alone, if it is the only one on both sides. Nothing is opened by a path of a file."""

    def __init__(self, images: Iterable[ImageRecord], files: Iterable[str]) -> None:
        """files: relative to their folder, without their ending."""
        records = list(images)
        self._by_path = _only(records, without_ending)
        self._by_path |= {str(_path(record.path)): record for record in records}
        self._by_name = _only(records, lambda path: PurePosixPath(path.stem))
        self._by_name |= _only(records, lambda path: PurePosixPath(path.name))
        self._listed = Counter(_path(file).name for file in files)

    def find(self, file: str, *others: str) -> ImageRecord:
        """file: as listed. others: more paths that may be meant, the likeliest first. Problem when the project has no
        such image."""
        for candidate in (*others, file):
            record = self._by_path.get(str(_path(candidate)))
            if record is not None:
                return record
        if self._listed[_path(file).name] <= 1:
            for candidate in (*others, file):
                record = self._by_name.get(_path(candidate).name)
                if record is not None:
                    return record
        raise Problem(f"{(*others, file)[0]} is not among the images of the project.")


def meant(file: str, path: str) -> list[str]:
    """Where the image may lie that a file about it names by a path: as the path leads from the file; and beside the
    file, as their folders may be apart, but not where the path ends in other folders than that of the file. That
    would be a third image. file: relative to the folder of all such files."""
    parent, named = PurePosixPath(file).parent, PurePosixPath(path.replace("\\", "/"))
    ends_alike = not parent.parts or named.parent.parts[-len(parent.parts) :] == parent.parts
    beside = [str(parent / named.name)] if ends_alike else []
    return [normpath(parent / named), *beside] if named.name else []


def _only(records: Iterable[ImageRecord], key: Callable[[PurePosixPath], PurePosixPath]) -> dict[str, ImageRecord]:
    """Those that no other shares its key with."""
    found: dict[str, list[ImageRecord]] = {}
    for record in records:
        found.setdefault(str(key(_path(as_file(record.path)))), []).append(record)
    return {name: group[0] for name, group in found.items() if len(group) == 1}


def without_ending(path: PurePosixPath) -> PurePosixPath:
    """A project of a stranger may have an image without a name, too."""
    return path.with_suffix("") if path.name else path


def _path(file_name: str) -> PurePosixPath:
    return PurePosixPath(_normal(file_name.replace("\\", "/")))


def _plain(file_name: str) -> str:
    """As str(_path()), which takes long for a hundred thousand."""
    path = _normal(file_name.replace("\\", "/"))
    return str(PurePosixPath(path)) if _NOT_PLAIN.search(path) else path


def _name(plain: str) -> str:
    return plain.rpartition("/")[2]


def _normal(path: str) -> str:
    """macOS takes letters and their accents apart in file names."""
    return normalize("NFC", path)
