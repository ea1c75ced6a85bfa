"""COCO instances, as pycocotools reads them. https://cocodataset.org/#format-data"""

from __future__ import annotations

from app.formats.base import FileFormat
from app.formats.coco.reading import import_coco
from app.formats.coco.source import is_panoptic
from app.formats.coco.writing import export_coco
from app.formats.fields import ALL
from app.formats.options import Choice

__all__ = ["FORMAT", "export_coco", "import_coco"]

_MASKS = Choice("masks", "Masks as", {"rle": "run lengths (compressed RLE)", "polygons": "polygons along pixel edges"})

FORMAT = FileFormat(
    "coco", "COCO", import_coco, export_coco, holds=ALL,
    seems=lambda path: path.suffix.lower() == ".json" and not is_panoptic(path),
    suffix=".json", options=(_MASKS,),
)  # fmt: skip
