"""COCO instances, as pycocotools reads them. https://cocodataset.org/#format-data"""

from __future__ import annotations

from app.formats.base import FileFormat
from app.formats.coco.reading import import_coco
from app.formats.coco.writing import export_coco

__all__ = ["FORMAT", "export_coco", "import_coco"]

FORMAT = FileFormat("coco", "COCO", import_coco, export_coco, suffix=".json")
