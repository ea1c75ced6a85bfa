"""YOLO segmentation. One ring an object: holes and parts are joined by bridges of no width, so that every pixel comes
back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from app.formats.kit import splits
from app.formats.kit.bridges import ring
from app.formats.kit.exporting import LabelledObject, Page
from app.formats.kit.format import Format
from app.formats.kit.report import Steps
from app.formats.kit.yolo_files import HOLDS, export_yolo, import_yolo, seems_yolo
from app.project.store import Project
from app.text import say

_TITLE = say("YOLO segmentation")


def import_yolo_seg(project: Project, path: Path) -> Steps:
    """Reads a folder, or its data.yaml; boxes are read too. Problem when it is none of YOLO."""
    return import_yolo(project, path, _TITLE)


def export_yolo_seg(project: Project, folder: Path, *, split: float = 0, seed: int = 0) -> Steps:
    """Writes a folder of labels with one ring for each object. split and seed: see `splits.deal`."""
    return export_yolo(project, folder, _shares, split=split, seed=seed)


def _shares(page: Page, each: LabelledObject) -> list[float]:
    height, width = page.size
    return (ring(each.annotation.mask) / (width, height)).reshape(-1).tolist()


FORMAT = Format(
    "yolo-seg",
    _TITLE,
    import_yolo_seg,
    export_yolo_seg,
    seems=partial(seems_yolo, boxes=False),
    holds=HOLDS,
    options=splits.OPTIONS,
)
