"""The images that a file in the manner of COCO lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.formats.kit.coco.source import CocoKey, read_source, record
from app.formats.kit.encodings import in_utf8
from app.formats.kit.values import size_in
from app.problem import Problem
from app.project.records import ImageRecord, Json
from app.text import say


def listed_images(file: Path) -> Iterator[ImageRecord]:
    """Yields each image with its size, if the file tells one that can be. Problem when it is no such file."""
    with in_utf8(file) as readable:
        for raw in read_source(readable, lambda _sentence: None).images:
            try:
                item = record(raw)
            except Problem:
                continue  # its objects are left out, as by the import
            path, size = name_in(item), size_in(item)
            if path:
                height, width = size if size and all(0 < side < 1 << 31 for side in size) else (None, None)
                yield ImageRecord(0, path, width, height)


def double_image(key: CocoKey) -> str:
    """Returns the sentence on several images of one id: nothing tells which one an object lies on."""
    return say("Several images of the file have the id {key_name}: their objects are left out.", key_name=key)


def name_in(item: Json) -> str:
    """Returns the path of an image of the file: LVIS tells it as the end of an address alone. "" when there is none."""
    for key in ("file_name", "coco_url"):
        name = item.get(key)
        if isinstance(name, str) and name:
            return name if key == "file_name" else "/".join(name.partition("?")[0].split("/")[-2:])
    return ""
