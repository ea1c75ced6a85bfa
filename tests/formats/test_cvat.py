"""CVAT's XML as CVAT writes it, and XML that wants to do harm."""

import time

import numpy as np
import pytest

from app.formats.registry import format_named
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

CVAT = format_named("cvat")
META = "<meta><task><labels><label><name>dog</name><color>#00ff7f</color></label></labels></task></meta>"


@pytest.fixture
def imported(project, tmp_path):
    """A file with these shapes on cat.png, imported."""

    def run(*shapes, head="", name="cat.png", size=(HEIGHT, WIDTH)):
        image = f'<image id="0" name="{name}" height="{size[0]}" width="{size[1]}">{"".join(shapes)}</image>'
        file = tmp_path / "in.xml"
        content = f'<?xml version="1.0"?>{head}<annotations><version>1.1</version>{META}{image}</annotations>'
        file.write_text(content, encoding="utf-8")
        return drained(CVAT.import_file(project, file))

    return run


def boxes(project):
    return [annotation.mask.bbox for annotation in project.annotation_table.all()]


def test_every_shape_with_an_area(project, imported):
    report = imported(
        '<polygon label="cat" source="manual" occluded="0" points="2.00,1.00;12.00,1.00;12.00,9.00;2.00,9.00"/>',
        '<box label="cat" occluded="1" xtl="2" ytl="1" xbr="12" ybr="9" z_order="3"></box>',
        '<box label="cat" xtl="4" ytl="5" xbr="10" ybr="7" rotation="90.0"/>',
        '<ellipse label="cat" cx="6" cy="6" rx="4" ry="2"/>',
        '<mask label="dog" rle="1, 3, 2" left="17" top="3" width="3" height="2">'
        '<attribute name="age">7</attribute></mask>',
    )
    assert report.problems == []
    assert boxes(project)[:3] == [(2, 1, 10, 8), (2, 1, 10, 8), (6, 3, 2, 6)]
    _, box, _, _, mask = project.annotation_table.all()
    assert (box.z_order, box.extra) == (3, {"occluded": "1"})
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[3, 18:20] = pixels[4, 17] = True  # along the rows, not down the columns
    assert (mask.mask.to_array() == pixels).all()
    assert mask.attributes == {"age": "7"}
    assert {c.name: c.color for c in project.categories()}["dog"] == "#00ff7f"


def test_what_has_no_place_is_counted_and_named(project, imported):
    box = '<box label="cat" xtl="2" ytl="1" xbr="12" ybr="9"></box>'
    report = imported('<tag label="sunny"/>', box, '<tag label="wet"/>', "<later/>", f"<{'x' * 100}/>")
    assert report.annotations == 1
    assert [sentence.split(" has")[0] for sentence in report.problems] == [
        "What the file says as tag", "What the file says as later", f"What the file says as {'x' * 40}"
    ]  # fmt: skip
    assert "left out (2)." in report.problems[0]


def test_a_thousand_names_of_a_stranger_are_few_sentences(project, imported):
    report = imported('<box label="cat" xtl="2" ytl="1" xbr="12" ybr="9"/>', *(f"<t{n}/>" for n in range(1000)))
    assert (report.annotations, report.problem_count) == (1, 21)
    assert "(980)" in report.problems[-1]


@pytest.mark.parametrize(
    "shape",
    [
        '<polyline label="cat" points="1,1;2,2"/>',
        '<polygon label="cat" points="1,1;2"/>',
        '<polygon label="cat" points="nan,1;2,2;3,3"/>',
        '<polygon points="1,1;5,1;5,5"/>',
        '<box label="cat" xtl="1" ytl="1" xbr="9"/>',
        '<box label="cat" xtl="1" ytl="1" xbr="inf" ybr="3" rotation="1"/>',
        '<ellipse label="cat" cx="1e300" cy="1" rx="1" ry="1"/>',
        '<mask label="cat" rle="1,2" left="0" top="0" width="2" height="2"/>',
        '<mask label="cat" rle="-1,5" left="0" top="0" width="2" height="2"/>',
        '<mask label="cat" rle="99999999999999999999" left="0" top="0" width="2" height="2"/>',
        '<mask label="cat" rle="0,4" left="0" top="0" width="1000000" height="1000000"/>',
        '<mask label="cat" rle="0,4" left="400" top="0" width="2" height="2"/>',
        '<mask label="cat" rle="0,4" left="nan" top="0" width="2" height="2"/>',
        '<mask label="cat" rle="0,4" left="0" top="0" width="2" height="2" z_order="1e300"/>',
    ],
)
def test_a_broken_shape_is_skipped(project, imported, shape):
    report = imported(shape, '<box label="cat" xtl="2" ytl="1" xbr="12" ybr="9"/>')
    assert (report.annotations, report.skipped, report.problem_count) == (1, 1, 1)


LAUGHS = "<!DOCTYPE lolz [" + '<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {y} "{f"&{x};" * 10}">' for x, y in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    ("head", "shape"),
    [
        (LAUGHS, "<box label='&i;'/>"),
        ("<!DOCTYPE annotations [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "<box label='cat'>&x;</box>"),
        ("<!DOCTYPE annotations SYSTEM 'http://example.com/x.dtd'>", ""),
        ("", "<a>" * 100_000),
        ("", "<box label='&undefined;'/>"),
        ("", "<attribute>" + "x" * 3_000_000 + "</attribute>"),
        ("", "<box"),
    ],
)
def test_xml_that_wants_to_do_harm_is_one_sentence(project, imported, head, shape):
    begin = time.monotonic()
    with pytest.raises(Problem, match=r"^in\.xml"):
        imported(shape, head=head)
    assert time.monotonic() - begin < 2
    assert project.undo_label is None


def test_a_path_that_leads_outside_or_another_size_is_said(project, imported):
    box = '<box label="cat" xtl="2" ytl="1" xbr="12" ybr="9"/>'
    for keys in ({"name": "../../cat.png"}, {"name": "none.png"}, {"size": (WIDTH, HEIGHT)}):
        report = imported(box, **keys)
        assert (report.annotations, report.problem_count) == (0, 1)


def test_attributes_that_are_no_text_are_counted(project, tmp_path):
    with project.step("Add") as step:
        category = step.add(Category(0, "a\x01b", "#000000"))
        mask = Mask.from_array(np.ones((HEIGHT, WIDTH), bool))
        step.add(Annotation(0, 1, category.id, mask, attributes={"n": 5, 'a"<': "\r\n <&\x00"}))
    report = drained(CVAT.export_file(project, tmp_path / "out.xml"))
    assert report.losses == {"kinds of attributes": 1}
    assert "question marks" in report.problems[0]
    project.undo()
    drained(CVAT.import_file(project, tmp_path / "out.xml"))
    (annotation,) = project.annotation_table.all()
    assert annotation.attributes == {"n": "5", 'a"<': "\r\n <&?"}
