"""Outlines in the files that we write, filled by those who read them: IoU with the masks, points and bytes, for each
format and each detail."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import fmean

import numpy as np

from app.formats.kit.filling import DETAIL, tolerance_of
from app.formats.kit.format import Format
from app.formats.registry import formats
from app.learning.truths import draw
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from app.project.store import Project
from app.work import run
from tests.bench.rows import Row
from tests.formats.fillers import OPTIONS, seen

LEAST_AREA = 100
"""Pixels: what is smaller has hardly an outline."""
MEAN, WORST = 0.995, 0.97


def outline_rows(images: Path, annotations: Path) -> list[Row]:
    """Measures all objects of a COCO file, over LEAST_AREA pixels, in their photos at native size."""
    kinds = [(each, detail) for each in formats() if each.tracing for detail in DETAIL.choices]
    with tempfile.TemporaryDirectory() as folder, closing(_project(Path(folder), images)) as project:
        masks = _filled(project, images, annotations)
        return [_row(project, masks, *kind) for kind in kinds]


def _project(folder: Path, images: Path) -> Project:
    return Project.create(folder / "outlines.maskwright", images)


def _filled(project: Project, images: Path, annotations: Path) -> dict[str, list[Mask]]:
    """The masks by the stems of their images, once they are objects of the project."""
    run(project.folder.scan())
    ids = {record.path: record.id for record in project.images()}
    masks: dict[str, list[Mask]] = {}
    with project.step("Measure") as step:
        category = step.add(Category(0, "object", ""))
        for path, drawn in draw(images, annotations, limit=None, seed=0).items():
            masks[path.stem] = [mask for mask in drawn if mask.area > LEAST_AREA]
            image = ids[path.relative_to(images).as_posix()]
            step.add_all([Annotation(0, image, category.id, mask) for mask in masks[path.stem]])
    return masks


def _row(project: Project, masks: dict[str, list[Mask]], each: Format, detail: str) -> Row:
    assert each.tracing is not None
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"out{each.suffix}"
        run(each.export_file(project, out, **OPTIONS.get(each.name, {}), detail=detail))
        ious = [iou for stem, given in masks.items() if given for iou in _ious(each, out, stem, given)]
        size = sum(file.stat().st_size for file in _polygon_files(out))
    tolerance = tolerance_of(detail)
    points = fmean(each.tracing.seen(mask, tolerance)[0] for given in masks.values() for mask in given)
    figures = f"worst IoU {min(ious):.4f}, {points:.0f} points and {size / len(ious):.0f} bytes an object ({len(ious)})"
    name = f"{each.title}, detail {detail}: {figures}; mean IoU when filled by {each.tracing.reader}"
    is_bound = detail == DETAIL.default
    is_met = not is_bound or (fmean(ious) >= MEAN and min(ious) >= WORST)
    return Row(name, fmean(ious), "", None, None, f">= {MEAN}, worst >= {WORST}" if is_bound else "", is_met)


def _ious(each: Format, out: Path, stem: str, masks: Sequence[Mask]) -> list[float]:
    """Each polygon of the file with its mask; where covered objects are left out, with the mask most like it."""
    found = seen(each.name, out, stem, masks[0].size)
    pixels = [mask.to_array() for mask in masks]
    if len(found) == len(pixels):
        return [_iou(one, other) for one, other in zip(found, pixels, strict=True)]
    return [max(_iou(one, other) for other in pixels) for one in found]


def _iou(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.count_nonzero(one & other) / np.count_nonzero(one | other))


def _polygon_files(out: Path) -> list[Path]:
    """The files with the polygons: beside those of Cityscapes lie its maps."""
    return [out] if out.is_file() else [*out.rglob("*.txt"), *out.rglob("*.json")]
