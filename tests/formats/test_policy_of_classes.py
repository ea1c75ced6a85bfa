"""The overlap policy of a class is how one works: no file gets it, no report counts it, and no file sets it."""

import json

from msgspec.structs import replace

from app.formats.registry import formats
from app.project.details import details_of
from app.project.records import OVERLAP
from tests.conftest import drained
from tests.formats.test_every_format import every, fill, pixels_of


@every(formats())
def test_no_file_gets_it_and_no_report_misses_it(each, make_project, tmp_path):
    project = make_project("cat.png")
    fill(project, [pixels_of("block")])
    [category] = project.categories()
    with project.step("Change overlap policy") as step:
        step.put(replace(category, extra={OVERLAP: "old cuts new"}))
    report = drained(each.export_file(project, tmp_path / "out"))
    assert (report.skipped, report.losses) == (0, {})
    files = [tmp_path / "out"] if (tmp_path / "out").is_file() else (tmp_path / "out").rglob("*")
    assert not any(b"cuts new" in file.read_bytes() for file in files if file.is_file())
    assert details_of(project.categories()[0]) == {}


def test_no_file_sets_it(project, write):
    [coco] = [each for each in formats() if each.name == "coco"]
    annotation = {"segmentation": [[1, 1, 5, 1, 5, 5]]}
    file = write(annotation, categories=[{"id": 3, "name": "cat", OVERLAP: "new cuts old", "kept": 1}])
    assert OVERLAP in json.loads(file.read_text())["categories"][0]
    drained(coco.import_file(project, file))
    [category] = project.categories()
    assert category.extra.get("kept") == 1
    assert OVERLAP not in category.extra
