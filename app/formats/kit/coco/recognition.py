"""COCO or COCO panoptic: both have lists of images and annotations, but only the one has segments."""

from __future__ import annotations

from pathlib import Path

from app.formats.kit.glance import JsonGlance, json_glance, says
from app.formats.kit.strangers import is_without_masks

_SEGMENTS = "segments_info"
_NOTHING_IN_IT = 0.6
"""The grade of a file with the right lists, and nothing in them that tells more."""


def seems_coco(file: Path) -> float:
    """Grades how surely a file is of COCO instances."""
    seen = json_glance(file)
    if seen is None or _has_segments(file, seen) or is_without_masks(file, seen):
        return 0.0
    has_images, has_annotations = seen.has_list("images"), seen.has_list("annotations")
    by_images, by_annotations = "file_name" in seen.keys_in("images"), "image_id" in seen.keys_in("annotations")
    if has_images and has_annotations:
        told = seen.keys_in("images") | seen.keys_in("annotations")
        return 1.0 if by_images or by_annotations else _NOTHING_IN_IT if not told else 0.3
    if seen.is_whole or not (by_images or by_annotations):
        return 0.0
    return 0.9 if by_annotations or says(file, b'"image_id"') else _NOTHING_IN_IT


def seems_panoptic(file: Path) -> float:
    """Grades how surely a file is of COCO panoptic."""
    seen = json_glance(file)
    if seen is None or not (seen.has_list("images") or seen.has_list("annotations")):
        return 0.0
    return 1.0 if _has_segments(file, seen) else 0.0


def is_empty(file: Path) -> bool:
    """Tells whether a file has the lists of COCO, and nothing in them."""
    seen = json_glance(file)
    if seen is None or not seen.is_whole or not seen.has_list("images") or not seen.has_list("annotations"):
        return False
    return not seen.keys_in("images") and not seen.keys_in("annotations")


def _has_segments(file: Path, seen: JsonGlance) -> bool:
    if "annotations" in seen.members:
        keys = seen.keys_in("annotations")
        if keys or seen.is_whole:
            return _SEGMENTS in keys
    return not seen.is_whole and says(file, f'"{_SEGMENTS}"'.encode())
