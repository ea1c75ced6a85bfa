"""YOLO detection: boxes. What a mask leaves of its box is lost, and said. Its reader is that of yolo-seg: each
reads what the other wrote."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from app.formats.kit import splits
from app.formats.kit.exporting import LabelledObject, Page
from app.formats.kit.format import Format
from app.formats.kit.geometry import only_shape
from app.formats.kit.photos import FILES, LEAVE
from app.formats.kit.report import Steps
from app.formats.kit.yolo_files import HOLDS, PHOTOS, export_yolo, import_yolo, seems_yolo
from app.project.records import Annotation
from app.project.store import Project
from app.text import say

_TITLE = say("YOLO boxes")


def import_yolo_boxes(project: Project, path: Path) -> Steps:
    """Reads a folder, or its data.yaml; polygons are read too. Problem when it is none of YOLO."""
    return import_yolo(project, path, _TITLE)


def export_yolo_boxes(project: Project, folder: Path, *, split: float = 0, seed: int = 0, files: str = LEAVE) -> Steps:
    """Writes a folder of labels with the box of each object. split and seed: see `splits.deal`. files: see FILES."""
    return export_yolo(project, folder, _kept, _shares, _losses, split=split, seed=seed, files=files)


def _kept(annotation: Annotation) -> list[str]:
    shape = only_shape(annotation)
    return shape.words if shape is not None and shape.kind == "box_shares" else []


def _shares(page: Page, each: LabelledObject) -> list[list[float]]:
    height, width = page.size
    x, y, box_width, box_height = each.annotation.mask.bbox
    return [[(x + box_width / 2) / width, (y + box_height / 2) / height, box_width / width, box_height / height]]


def _losses(each: LabelledObject) -> list[str]:
    _, _, width, height = each.annotation.mask.bbox
    return ["outline"] if each.annotation.mask.area < width * height else []


FORMAT = Format(
    "yolo", _TITLE, import_yolo_boxes, export_yolo_boxes, seems=partial(seems_yolo, boxes=True), holds=HOLDS,
    limits=(say("outlines: a box is all it says"),),
    options=(FILES, *splits.OPTIONS), photos=PHOTOS,
)  # fmt: skip
