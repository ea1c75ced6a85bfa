"""Looks for objects that are probably wrong: leftovers of clicks, doubles, masks that do not fit, odd sizes."""

from __future__ import annotations

import os
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from msgspec.structs import replace

from app.images.reading import image_size
from app.masks.overlaps import overlaps
from app.masks.rle import Region
from app.masks.validity import DUPLICATE_IOU, OUTLIER_Z, OVERLAP_IOU, FaultKind, area_scores, shape_faults
from app.problem import Problem
from app.project.records import Annotation, ImageRecord
from app.project.store import Project
from app.text import say, say_n
from app.work import Work


@dataclass(frozen=True)
class Finding:
    """One thing that is worth a look."""

    image: str
    """Its path in the project."""
    objects: tuple[int, ...]
    """Their ids."""
    kind: FaultKind
    sentence: str


@dataclass
class _Sizes:
    """The sizes of the objects of one class; 24 bytes for each, so that a million fit."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    image_ids: array[int] = field(default_factory=lambda: array("q"))
    areas: array[float] = field(default_factory=lambda: array("d"))

    def note(self, annotation: Annotation) -> None:
        self.ids.append(annotation.id)
        self.image_ids.append(annotation.image_id)
        self.areas.append(annotation.mask.area)


def check(project: Project) -> Work[list[Finding]]:
    """Yields (objects looked at, all); one image is in memory at a time. The findings image by image, those about the
    sizes of a whole class at the end."""
    total = project.statistics.counts()["annotation"]
    found: list[Finding] = []
    sizes: defaultdict[int, _Sizes] = defaultdict(_Sizes)
    images = {image.id: image for image in project.images()}
    # masks can be checked on a computer without the photos
    has_images = project.whereabouts.is_settled and os.path.isdir(project.root)  # noqa: PTH112  also of a name too long
    done = 0
    for image_id, group in groupby(project.annotation_table.all(), lambda annotation: annotation.image_id):
        annotations = list(group)
        image = _image(images, image_id)
        try:
            image = _as_it_is(project, image) if has_images else image
        except Problem as problem:
            found.append(
                Finding(
                    image.path,
                    (annotations[0].id,),
                    "unreadable",
                    say("Its image cannot be read: {problem}", problem=problem),
                )
            )
        found += image_findings(image, annotations)
        for annotation in annotations:
            if annotation.category_id is not None and annotation.mask.area and not annotation.iscrowd:
                sizes[annotation.category_id].note(annotation)
        done += len(annotations)
        yield done, total
    names = {category.id: category.name for category in project.categories()}
    for category_id, of_class in sorted(sizes.items()):
        found += _outliers(images, names.get(category_id, ""), of_class)
    return found


def _as_it_is(project: Project, image: ImageRecord) -> ImageRecord:
    """It may have been replaced since it was last opened. Problem when it cannot be read."""
    width, height = image_size(project.image_path(image))
    return replace(image, width=width, height=height)


def image_findings(image: ImageRecord, annotations: Iterable[Annotation]) -> Iterator[Finding]:
    """Returns what is wrong with the objects of one image."""
    sound: list[Annotation] = []
    for annotation in annotations:
        try:
            region = annotation.mask.region()
        except Problem as problem:
            yield Finding(image.path, (annotation.id,), "damaged", str(problem))
            continue
        yield from _mask_findings(image, annotation, region)
        if annotation.mask.area and not annotation.iscrowd:  # a crowd lies over what was told apart
            sound.append(annotation)
    yield from _pair_findings(image, sound)


def _mask_findings(image: ImageRecord, annotation: Annotation, region: Region) -> Iterator[Finding]:
    mask = annotation.mask
    if image.width and image.height and mask.size != (image.height, image.width):
        made_for, is_ = f"{mask.size[1]} x {mask.size[0]}", f"{image.width} x {image.height}"
        sentence = say("The mask is made for {made_for} pixels, but the image has {what}.", made_for=made_for, what=is_)
        yield Finding(image.path, (annotation.id,), "outside", sentence)
    if not mask.area:
        yield Finding(image.path, (annotation.id,), "empty", say("The mask is empty."))
        return
    for kind, sentence in shape_faults(region.pixels):
        yield Finding(image.path, (annotation.id,), kind, sentence)


def _pair_findings(image: ImageRecord, annotations: list[Annotation]) -> Iterator[Finding]:
    for i, j, iou in overlaps([annotation.mask for annotation in annotations], OVERLAP_IOU):
        one, other = annotations[i], annotations[j]
        if iou >= DUPLICATE_IOU:
            classes = "" if one.category_id == other.category_id else say(" in another class")
            yield Finding(
                image.path, (one.id, other.id), "duplicate", say("The object is there twice{classes}.", classes=classes)
            )
        else:
            sentence = say("Two objects share most of their pixels (IoU {iou:.2f}).", iou=iou)
            yield Finding(image.path, (one.id, other.id), "overlap", sentence)


def _outliers(images: dict[int, ImageRecord], name: str, sizes: _Sizes) -> Iterator[Finding]:
    areas = np.array(sizes.areas)
    median = float(np.median(areas))
    scores = area_scores(areas)
    for n in np.flatnonzero(np.abs(scores) > OUTLIER_Z).tolist():
        times = areas[n] / median
        than = (
            say("{times:.1f} times as large as", times=times)
            if times > 1
            else say("{times:.1f} times smaller than", times=1 / times)
        )
        sentence = say_n(
            "The object is {than} others of the class {name}: {n} pixel.",
            "The object is {than} others of the class {name}: {n} pixels.",
            int(areas[n]),
            than=than,
            name=name,
        )
        yield Finding(_image(images, sizes.image_ids[n]).path, (sizes.ids[n],), "outlier", sentence)


def _image(images: dict[int, ImageRecord], image_id: int) -> ImageRecord:
    """A stranger's file may have objects of an image that it does not have."""
    return images.get(image_id) or ImageRecord(image_id, f"image {image_id}")
