"""Clip art as cut-outs with exact parts, from the drawings of Debian's openclipart-svg (public domain)."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] # it has no stubs
from numpy.typing import NDArray

from app.learning.assets.cutouts import KeptCutout, write_cutouts
from app.learning.assets.svg import has_style_sheet, numbers_of, parsed, rendered, repaint, set_view, view_box
from app.masks.metrics import iou

PACKAGE = "openclipart-svg"

SIZE_PX = 288
"""Of the longer side."""
_MAX_BYTES = 600_000
_MAX_SHAPES = 4000
_MAX_PARTS = 15
_MAX_LONE_SHAPES = 24
_MIN_INK_PX, _MIN_INK_SHARE = 300, 0.03
_TIGHTEN_BELOW = 0.6
"""Of the picture that the drawing's box fills."""
_MIN_PART, _MAX_PART = 0.015, 0.92
"""Of the drawing's area."""
_MIN_PART_PX = 60
_MIN_CORE = 0.45
"""Of a part that is left when a pixel is taken off all round: less is an outline."""
_MIN_MAIN_PIECE = 0.8
_SAME_IOU = 0.85
_SQUARE = np.ones((3, 3), np.uint8)

Pixels = NDArray[np.bool_]


def cutout(data: bytes) -> KeptCutout | None:
    """None for what is no drawing, and for what is not worth pasting: too large a file, too little ink, too long."""
    try:
        return _cutout(data) if len(data) <= _MAX_BYTES else None
    except (ValueError, etree.LxmlError):  # lxml or resvg refuses it
        return None


def _cutout(data: bytes) -> KeptCutout | None:
    root = parsed(data)
    image = None if root is None else _drawn(root)
    if root is None or image is None:
        return None
    whole = image[..., 3] > 100
    parts = [] if has_style_sheet(root) else _parts(root, whole)
    planes = whole.astype(np.uint16)
    for bit, part in enumerate(parts, start=1):
        planes |= part.astype(np.uint16) << bit
    return KeptCutout(image, planes, 1 + len(parts))


def _drawn(root: etree._Element) -> NDArray[np.uint8] | None:
    """The view box ends up around the ink."""
    view = view_box(root)
    if view is None:
        return None
    set_view(root, *view, long_side=2 * SIZE_PX)
    image = rendered(root, SIZE_PX)
    if image is None or not 16 <= image.shape[0] <= 3 * SIZE_PX:
        return None
    ys, xs = np.nonzero(image[..., 3] > 40)
    if len(ys) < _MIN_INK_PX:
        return None
    x0, y0, width, height = xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1
    if width * height < _TIGHTEN_BELOW * image.shape[0] * image.shape[1]:
        unit = view[2] / image.shape[1]
        set_view(root, view[0] + x0 * unit, view[1] + y0 * unit, width * unit, height * unit, 2 * SIZE_PX)
        image = rendered(root, SIZE_PX)
    if image is None:
        return None
    scale = SIZE_PX / max(image.shape[:2])
    size = max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale))
    image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return image if (image[..., 3] > 127).mean() >= _MIN_INK_SHARE else None


def _parts(root: etree._Element, whole: Pixels) -> list[Pixels]:
    found = repaint(root)
    if not 2 <= found.leaves < _MAX_SHAPES:
        return []
    image = rendered(root, whole.shape[1], whole.shape[0], crisp=True)
    if image is None:
        return []
    numbers = cv2.resize(numbers_of(image).astype(np.float32), whole.shape[::-1], interpolation=cv2.INTER_NEAREST)
    numbers = np.asarray(numbers).astype(np.int32)
    areas = np.bincount(numbers.ravel(), minlength=found.leaves + 1)
    lone = (np.argsort(-areas[1:])[:_MAX_LONE_SHAPES] + 1).tolist()
    sets = [group for group in found.groups if len(group) >= 2] + [[number] for number in lone]
    kept: list[Pixels] = []
    for members in sets:
        part = np.isin(numbers, members) & whole
        if _is_part(part, whole) and not any(iou(part, other) > _SAME_IOU for other in kept):
            kept.append(part)
    kept.sort(key=np.count_nonzero, reverse=True)
    return kept[:_MAX_PARTS]


def _is_part(part: Pixels, whole: Pixels) -> bool:
    """Neither tiny nor all, no outline, and in one piece once gaps of a pixel are closed."""
    area, total = np.count_nonzero(part), np.count_nonzero(whole)
    if not max(_MIN_PART * total, _MIN_PART_PX) <= area <= _MAX_PART * total:
        return False
    closed = cv2.morphologyEx(part.astype(np.uint8), cv2.MORPH_CLOSE, _SQUARE)
    closed = np.asarray(closed, np.uint8) & whole.astype(np.uint8)
    if np.count_nonzero(cv2.erode(closed, _SQUARE)) < _MIN_CORE * area:
        return False
    _, _, figures, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    return bool(figures[1:, cv2.CC_STAT_AREA].max() >= _MIN_MAIN_PIECE * np.count_nonzero(closed))


def collect(drawings: Path, target: Path) -> None:
    """Writes the cut-outs of all SVG files below a folder into one file. Flags are left out: whole screens of
    stripes."""
    files = [path for path in sorted(drawings.rglob("*.svg")) if "flag" not in str(path.relative_to(drawings)).lower()]
    found = (cutout(path.read_bytes()) for path in files)
    write_cutouts(target, (each for each in found if each is not None))
