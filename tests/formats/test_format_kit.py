"""docs/format-kit.md: its worked format is run, and it is the one of the example of a plugin."""

import re
from pathlib import Path

import pytest

from app.formats.kit import format as kit_format
from app.problem import Problem
from tests.conftest import drained
from tests.formats.test_every_format import fill, pixels_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "format-kit.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)[0]


@pytest.fixture
def worked():
    """The record that the text of the document makes."""
    names = {"__name__": "worked"}
    exec(compile(CODE, "docs/format-kit.md", "exec"), names)
    return names["FORMAT"]


def test_the_worked_format_is_that_of_the_example():
    assert (ROOT / "tests/plugin_example/maskwright_boxes/boxes_csv.py").read_text(encoding="utf-8") == CODE


def test_the_worked_format_is_written_read_and_recognized(worked, make_project, tmp_path):
    one, other = make_project(), make_project(folder="copy")
    fill(one, [pixels_of("block"), pixels_of("frame"), pixels_of("corner")], ['a "cat", black', "猫"])
    out = tmp_path / "out.csv"
    report = drained(worked.export_file(one, out))
    assert (report.annotations, report.images, report.categories) == (3, 3, 2)
    assert report.losses == {"outline": 2}
    assert worked.seems(out) == 1
    assert [worked.seems(path) for path in (tmp_path, tmp_path / "none", one.path)] == [0, 0, 0]
    back = drained(worked.import_file(other, out))
    assert (back.annotations, back.problems) == (3, [])
    boxes = [[(a.image_id, a.mask.bbox) for a in project.annotation_table.all()] for project in (one, other)]
    assert boxes[0] == boxes[1]
    assert {c.name for c in other.categories()} == {'a "cat", black', "猫"}
    other.undo()
    assert other.statistics.counts()["annotation"] == 0


def test_the_worked_format_says_what_is_wrong(worked, project, tmp_path):
    file = tmp_path / "in.csv"
    file.write_text(
        "image,class,x,y,width,height\ncat.png,cat,1,1,2,2\ncat.png\n\ncat.png,cat,a,1,2,2\nno.png,a,1,1,2,2\n"
    )
    report = drained(worked.import_file(project, file))
    assert report.annotations == 1
    assert report.problem_count == 3
    assert "cat.png,cat,a,1,2,2 is not an image, a class and a box." in report.problems
    file.write_text("hello")
    with pytest.raises(Problem, match="its first line is not image,class"):
        drained(worked.import_file(project, file))


def test_the_document_tells_every_field_of_the_record():
    fields = kit_format.Format.__dataclass_fields__
    assert [name for name in fields if f"`{name}`" not in TEXT] == []
