"""The images that a COCO file lists, and what they are in the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import Raw

from app.formats.kit.coco.images import double_image, name_in
from app.formats.kit.coco.source import CocoKey, key_of, record
from app.formats.kit.importing import ImportTarget, fit_target
from app.formats.kit.matching import ImageFinder
from app.formats.kit.report import Nowhere
from app.formats.kit.values import size_in
from app.images.reading import image_size
from app.problem import Problem
from app.project.records import ImageRecord, Json
from app.project.store import Project
from app.text import say

_Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Listed:
    """An entry of the file's images."""

    file_name: str
    size: _Size | None
    """(height, width) as the file has it."""


class Targets:
    """Asks the project's database when it is made, and never again."""

    def __init__(self, project: Project, images: Iterable[Raw]) -> None:
        self._project = project
        self._listed: dict[CocoKey, _Listed] = {}
        self._ambiguous: set[CocoKey] = set()
        """The ids of several images of the file: nothing tells which one an object lies on."""
        for key, entry in _listed(images):
            if self._listed.setdefault(key, entry).file_name != entry.file_name:
                self._ambiguous.add(key)
        self._finder = ImageFinder(project.images(), (entry.file_name for entry in self._listed.values()))
        self._found: dict[CocoKey, ImageRecord] = {}
        self._absent: set[CocoKey] = set()
        self._targets: dict[CocoKey, ImportTarget | None] = {}
        self._sizes: dict[int, _Size] = {}
        """Read, but not told yet."""

    @property
    def count(self) -> int:
        """How many images of the project were found."""
        return len({found.id for found in self._found.values()})

    def find(self, item: Json) -> ImageRecord:
        """Finds the image that an entry of the file means. Problem when the project has none."""
        try:
            found = self._finder.find(_file_name(item))
        except Nowhere:
            self._absent.add(key_of(item, "id"))
            raise
        self._found[key_of(item, "id")] = found
        return found

    def is_absent(self, key: CocoKey) -> bool:
        """Tells whether the project has no image that the one with that key in the file could mean."""
        return key in self._absent

    def target(self, key: CocoKey, warn: Callable[[str], None]) -> ImportTarget | None:
        """Returns the image with that key in the file; None when nothing can be laid on it, which warn hears once."""
        if key not in self._targets:
            try:
                self._targets[key] = self._checked_target(key)
            except Problem as problem:
                self._targets[key] = None
                warn(str(problem))
        return self._targets[key]

    def sizes_read(self) -> dict[int, _Size]:
        """Hands over the sizes (height, width) that were read since this was last asked, by the ids of the images in
        the project."""
        sizes, self._sizes = self._sizes, {}
        return sizes

    def _checked_target(self, key: CocoKey) -> ImportTarget | None:
        listed, found = self._listed.get(key), self._found.get(key)
        if listed is None:
            raise Problem(say("The file has objects on an image {key_name}, which it does not list.", key_name=key))
        if key in self._ambiguous:
            raise Problem(double_image(key))
        if found is None:
            return None  # said when the image was looked for
        return fit_target(found, self._size(found), listed.size)

    def _size(self, found: ImageRecord) -> _Size | None:
        """(height, width) of the image as it is; None when it cannot be read."""
        try:
            width, height = image_size(self._project.image_path(found))
        except Problem:
            return (found.height, found.width) if found.height and found.width else None
        self._sizes[found.id] = (height, width)
        return height, width


def _listed(images: Iterable[Raw]) -> Iterator[tuple[CocoKey, _Listed]]:
    for raw in images:
        try:
            item = record(raw)
            yield key_of(item, "id"), _Listed(_file_name(item), _size_of(item))
        except Problem:
            continue  # said when the image is added


def _file_name(item: Json) -> str:
    name = name_in(item)
    if not name:
        raise Problem(say("Image {key_name} of the file has no file name.", key_name=key_of(item, "id")))
    return name


def _size_of(item: Json) -> _Size | None:
    return size_in(item)
