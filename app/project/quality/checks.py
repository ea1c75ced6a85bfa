"""Looks for objects that are probably wrong: leftovers of clicks, doubles, masks that do not fit, odd sizes."""

from __future__ import annotations

import os
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np
from msgspec.structs import replace as replace_row

from app.images.reading import image_size
from app.masks.overlaps import Shared, sharing
from app.masks.rle import Region
from app.masks.validity import (
    CLASS_OVERLAP,
    DUPLICATE_IOU,
    OUTLIER_Z,
    OVERLAP_IOU,
    FaultKind,
    area_scores,
    shape_faults,
)
from app.problem import Problem
from app.project.finding_table import Finding, digest
from app.project.records import Annotation, ImageRecord
from app.project.store import Project
from app.text import say, say_n
from app.work import Work, part_of


@dataclass
class _Sizes:
    """The sizes of the objects of one class; 40 bytes for each, so that a million fit."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    image_ids: array[int] = field(default_factory=lambda: array("q"))
    areas: array[float] = field(default_factory=lambda: array("d"))
    masks: bytearray = field(default_factory=bytearray)
    """The digest of each, 16 letters."""

    def note(self, annotation: Annotation) -> None:
        self.ids.append(annotation.id)
        self.image_ids.append(annotation.image_id)
        self.areas.append(annotation.mask.area)
        self.masks += digest([annotation.mask]).encode()


def check(project: Project, class_overlap: float = CLASS_OVERLAP) -> Work[list[Finding]]:
    """Yields (objects looked at, all); one image is in memory at a time. The findings image by image, those about the
    sizes of a whole class at the end; what somebody called fine is so as long as its masks are the same.

    class_overlap: the share of the smaller of two objects of different classes, from which on they are told.
    """
    total = project.statistics.counts()["annotation"]
    found: list[Finding] = []
    sizes: defaultdict[int, _Sizes] = defaultdict(_Sizes)
    images = {image.id: image for image in project.images()}
    # masks can be checked on a computer without the photos
    has_images = project.whereabouts.is_settled and os.path.isdir(project.root)  # noqa: PTH112  also of a name too long
    replaced = {each.image_id: each for each in (yield from project.folder.replaced())}
    done = 0
    for image_id, group in groupby(project.annotation_table.all(), lambda annotation: annotation.image_id):
        annotations = list(group)
        image = _image(images, image_id)
        try:
            image = as_it_is(project, image) if has_images and image_id not in replaced else image
        except Problem as problem:
            found.append(
                _finding(
                    image, annotations[:1], "unreadable", say("Its image cannot be read: {problem}", problem=problem)
                )
            )
        if image_id in replaced:  # that its masks are made for another size is no fault of theirs
            found.append(_finding(image, annotations[:1], "replaced", replaced.pop(image_id).sentence))
        found += yield from part_of(image_findings(image, annotations, class_overlap), done, total)
        for annotation in annotations:
            if annotation.category_id is not None and annotation.mask.area and not annotation.iscrowd:
                sizes[annotation.category_id].note(annotation)
        done += len(annotations)
        yield done, total
    found += [_finding(images[each.image_id], [], "replaced", each.sentence) for each in replaced.values()]
    names = {category.id: category.name for category in project.categories()}
    for category_id, of_class in sorted(sizes.items()):
        found += _outliers(images, names.get(category_id, ""), of_class)
    fine = project.findings.fine()
    return [replace(each, state="fine") if each.key in fine else each for each in found]


def as_it_is(project: Project, image: ImageRecord) -> ImageRecord:
    """Returns the image with the size of its file, which may have been replaced. Problem when it cannot be read."""
    width, height = image_size(project.image_path(image))
    return replace_row(image, width=width, height=height)


def image_findings(
    image: ImageRecord, annotations: Sequence[Annotation], class_overlap: float = CLASS_OVERLAP
) -> Work[list[Finding]]:
    """Returns what is wrong with the objects of one image; yields (objects looked at, all)."""
    found: list[Finding] = []
    sound: list[Annotation] = []
    for annotation in annotations:
        yield 0, len(annotations)  # each is looked at once more, beside the others
        try:
            region = annotation.mask.region()
        except Problem as problem:
            found.append(_finding(image, [annotation], "damaged", str(problem)))
            continue
        found += _mask_findings(image, annotation, region)
        if annotation.mask.area and not annotation.iscrowd:  # a crowd lies over what was told apart
            sound.append(annotation)
    return found + (yield from _pair_findings(image, sound, class_overlap))


def _mask_findings(image: ImageRecord, annotation: Annotation, region: Region) -> Iterator[Finding]:
    mask = annotation.mask
    if image.width and image.height and mask.size != (image.height, image.width):
        made_for, is_ = f"{mask.size[1]} x {mask.size[0]}", f"{image.width} x {image.height}"
        sentence = say("The mask is made for {made_for} pixels, but the image has {what}.", made_for=made_for, what=is_)
        yield _finding(image, [annotation], "outside", sentence)
    if not mask.area:
        yield _finding(image, [annotation], "empty", say("The mask is empty."))
        return
    for kind, sentence in shape_faults(region.pixels):
        yield _finding(image, [annotation], kind, sentence)


def _pair_findings(image: ImageRecord, annotations: Sequence[Annotation], class_overlap: float) -> Work[list[Finding]]:
    """Returns what is wrong between two objects, and yields as `sharing`.

    Of hundreds of doubles each is told beside the first one: every two of them would be 100,000 findings.
    """
    groups: defaultdict[tuple[tuple[int, int], str, int | None], list[int]] = defaultdict(list)
    for n, each in enumerate(annotations):
        groups[each.mask.size, each.mask.counts, each.category_id].append(n)
    doubles = list(groups.values())
    pairs = [Shared(group[0], n, 1.0, 1.0) for group in doubles for n in group[1:]]
    masks = [annotations[group[0]].mask for group in doubles]
    classes = [annotations[group[0]].category_id or 0 for group in doubles]
    for pair in (yield from sharing(masks, OVERLAP_IOU, classes, class_overlap)):
        ones, others = doubles[pair.i], doubles[pair.j]
        each_once = [(ones[0], other) for other in others]
        if pair.iou < DUPLICATE_IOU:  # else they are told as doubles of the first one
            each_once += [(one, others[0]) for one in ones[1:]]
        pairs += [pair._replace(i=min(two), j=max(two)) for two in each_once]
    return [_pair_finding(image, [annotations[pair.i], annotations[pair.j]], pair) for pair in sorted(pairs)]


def _pair_finding(image: ImageRecord, pair: Sequence[Annotation], common: Shared) -> Finding:
    if common.iou >= DUPLICATE_IOU:
        where = "" if pair[0].category_id == pair[1].category_id else say(" in another class")
        return _finding(image, pair, "duplicate", say("The object is there twice{classes}.", classes=where))
    if common.iou >= OVERLAP_IOU:
        sentence = say("Two objects share most of their pixels (IoU {iou:.2f}).", iou=common.iou)
        return _finding(image, pair, "overlap", sentence)
    sentence = say("Two objects of different classes share {share:.0%} of the smaller one.", share=common.of_smaller)
    return _finding(image, pair, "class_overlap", sentence)


def _finding(image: ImageRecord, annotations: Sequence[Annotation], kind: FaultKind, sentence: str) -> Finding:
    ids = tuple(annotation.id for annotation in annotations)
    return Finding(image.path, ids, kind, sentence, image.id, digest(annotation.mask for annotation in annotations))


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
        image = _image(images, sizes.image_ids[n])
        masks = sizes.masks[16 * n : 16 * (n + 1)].decode()
        yield Finding(image.path, (sizes.ids[n],), "outlier", sentence, image.id, masks)


def _image(images: dict[int, ImageRecord], image_id: int) -> ImageRecord:
    """A stranger's file may have objects of an image that it does not have."""
    return images.get(image_id) or ImageRecord(image_id, f"image {image_id}")
