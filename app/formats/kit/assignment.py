"""Which image each file of a folder means by its own path, when all files of the folder are looked at together.

A file has readings: the paths at which its image may lie, the likeliest first. Four rules settle which one it is:

1. What is nearest to the path counts: an image that is exactly there comes before one whose path is only alike.
2. A file that can mean only one image claims it.
3. An image that is claimed is out of the question for other files, as long as these can mean another one.
4. Two files that claim one image by different readings are rivals: one of them is wrong, and nothing tells which.

The examples lay labels beside images as YOLO does:

>>> from app.project.records import ImageRecord
>>> def readings(file: str) -> list[str]:
...     return [file.replace("labels/", "images/", 1), file.replace("labels/", "", 1)]
>>> def assign(*files: str, images: list[str]) -> Assignment:
...     records = [ImageRecord(number, path) for number, path in enumerate(images, start=1)]
...     return Assignment(Paths(records), files, readings)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from app.formats.kit.paths import EXACT, TIERS, Group, Paths

Readings: TypeAlias = Callable[[str], Sequence[str]]
"""The paths of the image that the path of a file (without its ending) may mean."""


class _Reading(NamedTuple):
    place: int
    """Among those of the file: 0 is the likeliest."""
    path: str


_Options: TypeAlias = dict[_Reading, Group]
"""Images that a file may mean, by the readings that lead to them. A group is one path's: x.jpg and x.png of x."""


class Assignment:
    """The files of a folder and the images they mean.

    labels/x.txt alone may be about either of two images. Where labels/images/x.txt is there too, that one can only mean
    images/x.png, and x.png is left for the first:

    >>> images = ["x.png", "images/x.png"]
    >>> [record.path for record in assign("labels/x", images=images).images_of("labels/x")]
    ['images/x.png', 'x.png']
    >>> both = assign("labels/x", "labels/images/x", images=images)
    >>> [record.path for record in both.images_of("labels/x")]
    ['x.png']
    >>> [record.path for record in both.images_of("labels/images/x")]
    ['images/x.png']
    """

    def __init__(self, paths: Paths, files: Iterable[str], readings: Readings) -> None:
        self._paths = paths
        self._readings = readings
        self._options: dict[str, _Options] = {}
        self._claims: dict[int, dict[str, _Reading]] = {}
        """By the id of an image: the files that can mean no other, each with the reading that leads to it."""
        self._exact_claims: dict[int, set[str]] = {}
        """Those of the tiers in which a path is known letter by letter."""
        unplaced, unsettled = list(dict.fromkeys(files)), list[str]()
        for tier in range(TIERS):
            unsettled += [file for file in unplaced if self._place(file, tier)]
            unplaced = [file for file in unplaced if file not in self._options]
            unsettled = self._settle(unsettled)
            if tier < EXACT:
                self._exact_claims = {image_id: set(claims) for image_id, claims in self._claims.items()}

    def images_of(self, file: str) -> Group:
        """Returns the images that the file may mean; one when that is settled, none when no path leads to any."""
        groups = self._options.get(file, {}).values()
        return list({record.id: record for group in groups for record in group}.values())

    def is_claimed_by_other(self, file: str, image_id: int) -> bool:
        """Tells whether another file means that image by its exact path.

        >>> both = assign("labels/x", "labels/images/x", images=["x.png", "images/x.png"])
        >>> both.is_claimed_by_other("labels/x", 2), both.is_claimed_by_other("labels/images/x", 2)
        (True, False)
        """
        return bool(self._exact_claims.get(image_id, set()) - {file})

    def rivals(self, file: str, image_id: int) -> list[str]:
        """Returns the other files that can only mean that image too, but by another reading: one of them is wrong.

        >>> assign("labels/x", "x", images=["x.png"]).rivals("x", 1)
        ['labels/x']
        >>> assign("labels/x", "y", images=["x.png"]).rivals("labels/x", 1)
        []
        """
        claims = self._claims.get(image_id, {})
        return [other for other in claims if file in claims and claims[other] != claims[file]]

    def _place(self, file: str, tier: int) -> bool:
        """Finds the images that the readings lead to in a tier; whether one of them is still free."""
        readings = (_Reading(place, path) for place, path in enumerate(self._readings(file)))
        found = {reading: group for reading in readings if (group := self._paths.at(reading.path, tier))}
        if not found:
            return False
        free = self._free(found)
        self._options[file] = free
        if not free:
            self._contest(file, found)
        return bool(free)

    def _contest(self, file: str, found: _Options) -> None:
        """A file that comes too late, since all its images are claimed by what is nearer to their paths: x.png.txt is
        nearer to x.png than x.txt. But of two different readings none is nearer than the other."""
        for reading, group in found.items():
            claims = self._claims[group[0].id]
            if any(reading.place != other.place for other in claims.values()):
                self._options[file] = found
                claims[file] = reading

    def _settle(self, unsettled: list[str]) -> list[str]:
        """Lets files claim images until nothing changes any more; returns those that still may mean several."""
        while certain := [file for file in unsettled if len(self.images_of(file)) == 1]:
            for file in certain:
                self._claim(file)
            unsettled = [file for file in unsettled if len(self.images_of(file)) > 1]
            for file in unsettled:
                free = self._free(self._options[file])
                if free:
                    self._options[file] = free
                else:
                    self._claim(file)  # each of them is another file's too: rivals
        return unsettled

    def _claim(self, file: str) -> None:
        for reading, group in self._options[file].items():
            self._claims.setdefault(group[0].id, {}).setdefault(file, reading)

    def _free(self, options: _Options) -> _Options:
        """Returns the readings that lead to more than one image, or to one that is not claimed yet."""
        return {
            reading: group for reading, group in options.items() if len(group) > 1 or group[0].id not in self._claims
        }
