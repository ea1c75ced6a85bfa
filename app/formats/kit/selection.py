"""Which images an export writes: all of them, those that somebody labelled, or those that are done. Formats know
nothing of it: they are given the project as if it had no other images.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

from app.formats.kit.options import Choice
from app.formats.kit.report import Report
from app.project.records import Annotation, ImageRecord
from app.project.store import Project
from app.text import say

ALL, LABELLED, DONE = "all", "labelled", "done"
IMAGES = Choice(
    "images",
    say("Images"),
    {
        ALL: say("all, also those without objects"),
        LABELLED: say("with objects, or marked as done"),
        DONE: say("marked as done"),
    },
)
"""An option of every format. An image that is done and has no object is written: it says that nothing is there."""


def selected(project: Project, images: str) -> Project:
    """Returns a project as an export is to see it. images: a word of IMAGES."""
    return project if images == ALL else cast(Project, _Selection(project, images))


def tell_unchosen(project: Project, seen: Project, report: Report) -> None:
    """Counts what is in a project but was not in what an export has seen of it."""
    if seen is not project:
        chosen = {record.id for record in seen.images()}
        counts = project.statistics.annotation_counts()
        left = [record.id for record in project.images() if record.id not in chosen]
        report.unchosen, report.unchosen_objects = len(left), sum(counts[image_id] for image_id in left)


class _Selection:
    """Stands for a project with some of its images; in all else it is the project itself."""

    def __init__(self, project: Project, images: str) -> None:
        self._project = project
        counts = project.statistics.annotation_counts() if images == LABELLED else Counter[int]()
        self._images = [record for record in project.images() if record.status == DONE or counts[record.id]]
        self.statistics = _Statistics(project, self._images)
        self.annotation_table = _Objects(project, self._images)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._project, name)

    def images(self) -> list[ImageRecord]:
        """Returns the chosen images in the order of their paths, as they were at the beginning."""
        return list(self._images)


class _Statistics:
    """Counts what is on the chosen images."""

    def __init__(self, project: Project, images: list[ImageRecord]) -> None:
        self._project = project
        self._images = images

    def __getattr__(self, name: str) -> Any:
        return getattr(self._project.statistics, name)

    def counts(self) -> dict[str, int]:
        """Returns the number of images, categories and annotations, by the name of the table."""
        objects = sum(self.annotation_counts().values())
        return {**self._project.statistics.counts(), "image": len(self._images), "annotation": objects}

    def annotation_counts(self) -> Counter[int]:
        """Returns the number of annotations by image id."""
        counts = self._project.statistics.annotation_counts()
        return Counter({record.id: n for record in self._images if (n := counts[record.id])})

    def category_counts(self) -> Counter[int | None]:
        """Returns the number of annotations by category id."""
        return self._project.statistics.category_counts_on({record.id for record in self._images})


class _Objects:
    """The objects on the chosen images."""

    def __init__(self, project: Project, images: list[ImageRecord]) -> None:
        self._table = project.annotation_table
        self._ids = {record.id for record in images}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def all(self) -> Iterator[Annotation]:
        """Yields them image by image, one at a time."""
        return (each for each in self._table.all() if each.image_id in self._ids)

    def all_stacked(self) -> Iterator[Annotation]:
        """Yields them image by image as they lie on each other, one at a time."""
        return (each for each in self._table.all_stacked() if each.image_id in self._ids)
