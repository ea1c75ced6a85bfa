"""Boxes in a table: image, class, and the box in pixels from the upper left corner."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from app.atomic import replacing
from app.formats.kit.exporting import ExportView, refuse_target
from app.formats.kit.files import read_text
from app.formats.kit.format import Format
from app.formats.kit.glance import first_lines
from app.formats.kit.importing import Item, Reading, make_object, make_target
from app.formats.kit.matching import ImageFinder
from app.formats.kit.polygons import box_mask
from app.formats.kit.report import Report, Steps
from app.problem import Problem
from app.project.store import Project

HEAD = "image,class,x,y,width,height"


def seems(path: Path) -> float:
    return 1.0 if first_lines(path, most=1) == [HEAD] else 0.0


def import_boxes(project: Project, file: Path) -> Steps:
    head, *lines = read_text(file).splitlines() or [""]
    if head != HEAD:
        raise Problem(f"{file.name}: its first line is not {HEAD}.")
    rows = [row for row in csv.reader(lines) if row]
    finder = ImageFinder(project.images(), (row[0] for row in rows))
    report = Report("Imported")

    def objects(row: list[str]) -> Iterator[Item]:
        try:
            name, category, x, y, width, height = row[0], row[1], *map(float, row[2:])
        except (ValueError, IndexError) as error:
            raise Problem(f"{','.join(row)[:100]} is not an image, a class and a box.") from error
        image = make_target(project, finder.find(name))
        yield make_object(image, category, box_mask(x, y, x + width, y + height, size=image.size))

    return (yield from Reading(project, report, FORMAT.title, len(rows)).steps(enumerate(rows, 1), objects))


def export_boxes(project: Project, file: Path) -> Steps:
    refuse_target(project, file, FORMAT.suffix)
    report = Report("Exported")
    view = ExportView(project, report, FORMAT.holds)
    with replacing(file) as stream:
        stream.write(f"{HEAD}\n".encode())
        for done, page in enumerate(view.pages(), start=1):
            for each in page.objects if page is not None else ():
                mask = each.annotation.mask
                if mask.area < mask.bbox[2] * mask.bbox[3]:
                    report.lose("outline", page.place(each.annotation))
                stream.write(_line(page.record.path, each.category.name, *mask.bbox))
                report.annotations += 1
            yield done, len(view.images)
    report.categories = len(view.categories)
    return report


def _line(*cells: object) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


FORMAT = Format(
    name="boxes-csv",
    title="Boxes in a table",
    reader=import_boxes,
    writer=export_boxes,
    seems=seems,
    holds=frozenset(),
    suffix=".csv",
    limits=("outlines: a box is all it says",),
)
