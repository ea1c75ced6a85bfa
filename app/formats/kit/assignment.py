"""Which image each file of a folder means by its own path, when all files of the folder are looked at together."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import TypeAlias

from app.formats.kit.paths import EXACT, TIERS, Group, Paths

Readings: TypeAlias = Callable[[str], Sequence[str]]
"""The paths of the image that the path of a file (without its ending) may mean."""


class Claims:
    """A file that can mean one image only claims it; others that could mean that one or another mean the other.

    So labels/x.txt is about x.png, not about images/x.png, where labels/images/x.txt is there too.
    """

    def __init__(self, paths: Paths, files: Iterable[str], readings: Readings) -> None:
        self._paths = paths
        self._readings = readings
        self._meant: dict[str, dict[int, Group]] = {}
        """By the place of the reading."""
        self._by: dict[int, dict[str, tuple[int, str]]] = {}
        """By the id of an image: the files that can mean no other, each with the place and path of its reading."""
        open_, pending = list(dict.fromkeys(files)), list[str]()
        for tier in range(TIERS):
            found = [file for file in open_ if self._look(file, tier)]
            open_ = [file for file in open_ if file not in self._meant]
            pending = self._settled([*pending, *found])
            if tier < EXACT:
                self._exact = {image_id: set(by) for image_id, by in self._by.items()}

    def meant(self, file: str) -> Group:
        """Those that the file may mean; one when that is settled."""
        return _all(self._meant.get(file, {}).values())

    def is_others(self, file: str, image_id: int) -> bool:
        """Whether another file means that image by its exact path."""
        return bool(self._exact.get(image_id, set()) - {file})

    def rivals(self, file: str, image_id: int) -> list[str]:
        """Other files that can only mean that image too, but by another reading: one of them is wrong."""
        by = self._by.get(image_id, {})
        return [other for other in by if file in by and by[other] != by[file]]

    def _look(self, file: str, tier: int) -> bool:
        """Whether that tier has images that no file claimed by what is nearer to its path."""
        found = {
            place: group for place, path in enumerate(self._readings(file)) if (group := self._paths.at(path, tier))
        }
        free = {place: group for place, group in found.items() if not _is_one_of(group, self._by)}
        if found:
            self._meant[file] = free
        if found and not free:
            self._dispute(file, found)
        return bool(free)

    def _dispute(self, file: str, found: dict[int, Group]) -> None:
        """A file that comes too late: x.png.txt is nearer to x.png than x.txt, but of two readings none is."""
        readings = self._readings(file)
        for place, group in found.items():
            claims = self._by[group[0].id]
            if any(place != other for other, _ in claims.values()):
                self._meant[file] = found
                claims[file] = place, readings[place]

    def _settled(self, pending: list[str]) -> list[str]:
        """Those that still may mean several."""
        while claiming := [file for file in pending if len(self.meant(file)) == 1]:
            for file in claiming:
                self._claim(file, self._meant[file])
            pending = [file for file in pending if len(self.meant(file)) > 1]
            for file in pending:
                left = {place: group for place, group in self._meant[file].items() if not _is_one_of(group, self._by)}
                if left:
                    self._meant[file] = left
                else:
                    self._claim(file, self._meant[file])
        return pending

    def _claim(self, file: str, groups: dict[int, Group]) -> None:
        readings = self._readings(file)
        for place, group in groups.items():
            self._by.setdefault(group[0].id, {}).setdefault(file, (place, readings[place]))


def _is_one_of(group: Group, image_ids: Container[int]) -> bool:
    """Whether it is one image, and one of those."""
    return len(group) == 1 and group[0].id in image_ids


def _all(groups: Iterable[Group]) -> Group:
    return list({record.id: record for group in groups for record in group}.values())
