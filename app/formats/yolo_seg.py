"""YOLO segmentation. One ring an object: the one it came with, or one in which holes and parts are joined by bridges of
no width, so that every pixel comes back.

Ultralytics cuts coordinates off to pixels, supervision rounds them, and both fill the line too. Outlines are drawn so
that both see the very mask (`app.formats.kit.yolo_rings`); the bridge from one part to another is a line of pixels to
them, as it is in the files that Ultralytics makes of COCO. It is as short as can be, and told.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from app.formats.kit import splits
from app.formats.kit.bridges import ring_of
from app.formats.kit.exporting import LabelledObject, Page
from app.formats.kit.fields import EXACT_OUTLINE, GEOMETRY
from app.formats.kit.filling import DETAIL, Ring, Rings, Tracing, by_opencv, is_simplified, tolerance_of
from app.formats.kit.format import Format
from app.formats.kit.geometry import corners_of, fill, only_polygon, only_shape, shape_of_words
from app.formats.kit.options import Choice, Value
from app.formats.kit.photos import FILES, LEAVE
from app.formats.kit.report import Steps
from app.formats.kit.yolo_files import HOLDS, PHOTOS, export_yolo, import_yolo, in_words, seems_yolo
from app.formats.kit.yolo_rings import in_first_half, put_back
from app.masks import regions
from app.masks.regions import count_parts
from app.masks.rle import Mask
from app.masks.tracing import INSET
from app.project.records import Annotation
from app.project.store import Project
from app.text import say

_TITLE = say("YOLO segmentation")
_HOLDS = HOLDS | {GEOMETRY}
_BRIDGED, _SEPARATE, _LARGEST = "bridged", "separate", "largest"
_PARTS = Choice(
    "parts",
    say("Objects in parts"),
    {
        _BRIDGED: say("bridged: one polygon, the parts joined by lines"),
        _SEPARATE: say("separate: a polygon for each part, which is an object of its own to readers"),
        _LARGEST: say("largest: only the largest part"),
    },
)
_BOX_WORDS = 4
"""The middle and the size of a box; an outline has six at least."""
_GAP = "gap between parts"
_LOST = {_BRIDGED: _GAP, _SEPARATE: "parts in one object", _LARGEST: "smaller parts"}
"""What is lost of an object in parts: a line has one polygon."""


def import_yolo_seg(project: Project, path: Path) -> Steps:
    """Reads a folder, or its data.yaml; boxes are read too. Problem when it is none of YOLO."""
    return import_yolo(project, path, _TITLE)


def export_yolo_seg(
    project: Project,
    folder: Path,
    *,
    parts: str = _BRIDGED,
    detail: str = DETAIL.default,
    split: float = 0,
    seed: int = 0,
    files: str = LEAVE,
) -> Steps:
    """Writes a folder of labels with one ring for each object, or part of one. parts: a word of _PARTS. detail: see
    DETAIL. split and seed: see `splits.deal`. files: see FILES."""
    tolerance = tolerance_of(detail)

    def shares(page: Page, each: LabelledObject) -> list[list[float]]:
        height, width = page.size
        rings = _rings(each.annotation.mask, tolerance, parts)
        return [(points / (width, height)).reshape(-1).tolist() for points in rings]

    def losses(each: LabelledObject) -> list[str]:
        mask = each.annotation.mask
        exact = [EXACT_OUTLINE] if is_simplified(mask, _rings_read, tolerance) else []
        return [*exact, *([_LOST[parts]] if count_parts(mask.region(), diagonal=True) > 1 else [])]

    return export_yolo(
        project, folder, _kept, shares, losses, {_GAP: "parts=separate"}, _of_one_kind,
        split=split, seed=seed, files=files,
    )  # fmt: skip


def _of_one_kind(came_with: list[list[str]]) -> list[list[str]]:
    """Boxes become outlines beside objects that are drawn here: Ultralytics takes all lines of a file for outlines
    where one is, and the middle and the size of a box for two corners. A file that came mixed goes as it came."""
    if all(came_with):
        return came_with
    return [[] if len(words) == _BOX_WORDS else words for words in came_with]


def _kept(annotation: Annotation) -> list[str]:
    shape = only_shape(annotation)
    if shape is None or shape.kind in ("polygon_shares", "box_shares"):
        return [] if shape is None else shape.words
    height, width = annotation.mask.size
    words = [in_words(number / side) for x, y in only_polygon(annotation) for number, side in ((x, width), (y, height))]
    is_good = all(0 <= float(word) <= 1 for word in words)  # Ultralytics leaves out images with others
    written = corners_of(shape_of_words("polygon_shares", words), (height, width)) if words and is_good else []
    return words if written and fill([written], annotation.mask) else []


def _rings(mask: Mask, tolerance: float, parts: str = _BRIDGED) -> list[Ring]:
    region = mask.region()
    pieces = [region] if parts == _BRIDGED else regions.parts(region, diagonal=True)
    if parts == _LARGEST:
        pieces = [max(pieces, key=lambda piece: np.count_nonzero(piece.pixels))]
    return [in_first_half(ring_of(piece, tolerance, INSET)) for piece in pieces]


def _rings_read(mask: Mask, tolerance: float) -> list[Ring]:
    return [put_back(each) for each in _rings(mask, tolerance)]


def _rings_by(options: Mapping[str, Value]) -> Rings:
    return partial(_rings, parts=str(options[_PARTS.name]))


FORMAT = Format(
    "yolo-seg",
    _TITLE,
    import_yolo_seg,
    export_yolo_seg,
    seems=partial(seems_yolo, boxes=False),
    holds=_HOLDS,
    options=(_PARTS, DETAIL, FILES, *splits.OPTIONS),
    photos=PHOTOS,
    tracing=Tracing(_rings, by_opencv, say("Ultralytics and supervision"), rings_by=_rings_by),
)
