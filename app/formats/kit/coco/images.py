"""The images that a file in the manner of COCO lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.formats.kit.coco.source import read_source, record
from app.problem import Problem
from app.project.records import ImageRecord, Json


def listed_images(file: Path) -> Iterator[ImageRecord]:
    """Yields each image with its size, if the file tells one that can be. Problem when it is no such file."""
    for raw in read_source(file, lambda _sentence: None).images:
        try:
            item = record(raw)
        except Problem:
            continue  # its objects are left out, as by the import
        path, width, height = name_in(item), item.get("width"), item.get("height")
        if path:
            sizes = (width, height) if _is_side(width) and _is_side(height) else (None, None)
            yield ImageRecord(0, path, *sizes)


def name_in(item: Json) -> str:
    """Returns the path of an image of the file: LVIS tells it as the end of an address alone. "" when there is none."""
    for key in ("file_name", "coco_url"):
        name = item.get(key)
        if isinstance(name, str) and name:
            return name if key == "file_name" else "/".join(name.partition("?")[0].split("/")[-2:])
    return ""


def _is_side(value: object) -> bool:
    return isinstance(value, int) and 0 < value < 1 << 31
