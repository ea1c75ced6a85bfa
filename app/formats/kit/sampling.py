"""What readers will see of the outlines that an export draws: measured on some objects, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil
from statistics import fmean

from app.formats.kit.filling import DETAIL, Tracing, tolerance_of
from app.formats.kit.format import Format
from app.formats.kit.options import Value
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation
from app.project.store import Project
from app.text import say_n
from app.work import Work

_MOST_OBJECTS = 60
_MOST_IMAGES = 20
_MOST_PIXELS = 20_000_000
"""Of the box of a mask: larger ones would take seconds."""


@dataclass(frozen=True)
class OutlineFigures:
    """What was measured on some objects."""

    reader: str
    objects: int
    points: float
    """Of an object, on average."""
    mean_iou: float
    worst_iou: float

    def __str__(self) -> str:
        return say_n(
            "Measured on {n} object: {points} points, IoU {mean} in {reader}.",
            "Measured on {n} objects: {points} points each, IoU {mean} in {reader}, at worst {worst}.",
            self.objects,
            reader=self.reader,
            mean=_share(self.mean_iou),
            worst=_share(self.worst_iou),
            points=round(self.points),
        )


def _share(iou: float) -> str:
    """Never rounded up to 1."""
    return "1" if iou == 1 else f"{min(iou, 0.9999):.4f}"


def tracing_of(each: Format, options: Mapping[str, Value]) -> Tracing | None:
    """Returns how a format draws polygons with these options; None when it writes none."""
    values = {option.name: option.default for option in each.options} | dict(options)
    tracing = each.tracing
    if tracing is None or not tracing.is_used(values):
        return None
    return tracing if tracing.rings_by is None else replace(tracing, rings=tracing.rings_by(values))


def sample_outlines(project: Project, each: Format, **options: Value) -> Work[OutlineFigures | None]:
    """Draws some objects of a project as the format would, and fills them as its readers do. None when it writes no
    polygons with these options, or there are no objects."""
    tracing = tracing_of(each, options)
    tolerance = tolerance_of(options.get(DETAIL.name, DETAIL.default))
    seen: list[tuple[int, float]] = []
    ids = sorted(project.statistics.annotation_counts()) if tracing is not None else []
    chosen = ids[:: max(1, ceil(len(ids) / _MOST_IMAGES))]
    for done, image_id in enumerate(chosen):
        yield done, len(chosen)
        for mask in _some_masks(project.annotations(image_id), _MOST_OBJECTS // len(chosen)):
            assert tracing is not None
            seen += _seen(tracing, mask, tolerance)
            yield done, len(chosen)
    if tracing is None or not seen:
        return None
    points, ious = zip(*seen, strict=True)
    return OutlineFigures(tracing.reader, len(seen), fmean(points), fmean(ious), min(ious))


def _some_masks(annotations: list[Annotation], most: int) -> Iterator[Mask]:
    """Evenly from first to last."""
    for annotation in annotations[:: max(1, ceil(len(annotations) / most))]:
        mask = annotation.mask
        if mask.counts and 0 < mask.area <= mask.bbox[2] * mask.bbox[3] <= _MOST_PIXELS:
            yield mask


def _seen(tracing: Tracing, mask: Mask, tolerance: float) -> list[tuple[int, float]]:
    """Nothing of a mask that is damaged, or becomes no polygons."""
    try:
        points, iou = tracing.seen(mask, tolerance)
    except Problem:
        return []
    return [(points, iou)] if points else []
