"""Reads and writes COCO instances as pycocotools reads them (https://cocodataset.org/#format-data)."""

from __future__ import annotations

from app.formats.coco.reading import import_coco
from app.formats.coco.writing import export_coco
from app.formats.kit.bridges import part_rings
from app.formats.kit.coco.images import listed_images
from app.formats.kit.coco.recognition import seems_coco
from app.formats.kit.fields import ALL, GEOMETRY
from app.formats.kit.filling import DETAIL, Tracing, by_pycocotools
from app.formats.kit.format import Format
from app.formats.kit.options import Choice
from app.text import say

__all__ = ["FORMAT", "export_coco", "import_coco"]

_MASKS = Choice(
    "masks",
    say("Masks as"),
    {
        "rle": say("run lengths (compressed RLE)"),
        "kept": say("polygons where they came so, else run lengths"),
        "polygons": say("polygons"),
    },
)

FORMAT = Format(
    "coco", "COCO", import_coco, export_coco, holds=ALL - {GEOMETRY},
    seems=seems_coco, suffix=".json", options=(_MASKS, DETAIL), images=listed_images,
    tracing=Tracing(part_rings, by_pycocotools, "pycocotools", is_used=lambda options: options["masks"] == "polygons"),
)  # fmt: skip
