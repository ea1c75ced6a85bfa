"""COCO instances, as pycocotools reads them. https://cocodataset.org/#format-data"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.formats.base import Steps
from app.formats.coco.reading import import_coco
from app.formats.coco.writing import export_coco
from app.project.store import Project

__all__ = ["FORMAT", "export_coco", "import_coco"]


@dataclass(frozen=True)
class _Coco:
    name: str = "coco"
    title: str = "COCO"

    def import_file(self, project: Project, file: Path) -> Steps:
        return import_coco(project, file)

    def export_file(self, project: Project, file: Path) -> Steps:
        return export_coco(project, file)


FORMAT = _Coco()
