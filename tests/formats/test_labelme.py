"""labelme's JSON as labelme and others write it."""

import base64
import io
import json
from functools import partial

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from app.formats.registry import format_named
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

LABELME = format_named("labelme")
SQUARE = [[2, 1], [12, 1], [12, 9], [2, 9]]


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


@pytest.fixture
def imported(project, imported_into):
    """A file with these shapes, imported."""
    return partial(imported_into, project)


@pytest.fixture
def imported_into(tmp_path):
    def run(project, *shapes, name="cat.json", **keys):
        file = tmp_path / "in" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        shapes = [{"label": "cat", "shape_type": "polygon", "points": SQUARE, **shape} for shape in shapes]
        content = {"version": "5.0.1", "flags": {}, "shapes": shapes, "imagePath": "cat.png", "imageData": None,
                   "imageHeight": HEIGHT, "imageWidth": WIDTH}  # fmt: skip
        file.write_text(json.dumps({**content, **keys}), encoding="utf-8")
        return drained(LABELME.import_file(project, tmp_path / "in"))

    return run


def areas(project):
    return [annotation.mask.area for annotation in project.annotation_table.all()]


def test_polygon_rectangle_and_circle(project, imported):
    report = imported(
        {},
        {"shape_type": "rectangle", "points": [[12, 9], [2, 1]]},
        {"shape_type": "rectangle", "points": [[1, 1], [3, 1], [3, 4], [1, 4]]},
        {"shape_type": "circle", "points": [[6, 6], [6, 10]]},
    )
    assert report.problems == []
    assert areas(project)[:3] == [80, 80, 6]
    assert areas(project)[3] == pytest.approx(np.pi * 16, rel=0.1)


def test_a_mask_may_hang_over_the_border_and_be_of_any_white(project, imported):
    pixels = np.full((4, 5), 255, np.uint8)
    pixels[0, 0] = 0
    corner = [[-1, -2], [3, 1]]
    assert imported({"shape_type": "mask", "points": corner, "mask": png(pixels)}).problems == []
    (annotation,) = project.annotation_table.all()
    assert annotation.mask.bbox == (0, 0, 4, 2)


def test_the_corner_of_a_mask_is_cut_off_as_in_labelmes_converters(project, imported):
    pixels = np.full((4, 5), 1, np.uint8)
    imported({"shape_type": "mask", "points": [[2.7, 1.5], [6.7, 4.5]], "mask": png(pixels)})
    (annotation,) = project.annotation_table.all()
    assert annotation.mask.bbox == (2, 1, 5, 4)


def test_photos_on_another_drive_are_named_by_their_whole_path(project, imported, tmp_path, monkeypatch):
    """As on Windows, where no way leads from one drive to another."""
    imported({})

    def no_way(_path, _start):
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr("app.formats.labelme.os.path.relpath", no_way)
    drained(LABELME.export_file(project, tmp_path / "out"))
    path = json.loads((tmp_path / "out" / "cat.json").read_text())["imagePath"]
    assert path == (project.root / "cat.png").as_posix()


@pytest.mark.parametrize(
    "shape",
    [
        {"shape_type": "point", "points": [[1, 1]]},
        {"points": [[1, 1], [2, 2]]},
        {"points": [[float("nan"), 1], [2, 2], [3, 3]]},
        {"points": [["a", "b"]] * 3},
        {"points": [[1, 2, 3]] * 3},
        {"points": None},
        {"points": [[10**400, 1], [2, 2], [3, 3]]},
        {"label": None},
        {"label": " "},
        {"shape_type": {"a": 1}},
        {"shape_type": "mask", "points": [[1, 1], [2, 2]], "mask": "no base64!"},
        {"shape_type": "mask", "points": [[1, 1], [2, 2]], "mask": None},
        {"shape_type": "mask", "points": [[1e300, 1], [2, 2]], "mask": png(np.ones((2, 2), np.uint8))},
        {"shape_type": "mask", "points": [[0, 0], [2, 2]], "mask": png(np.ones((900, 900), np.uint8))},
        {"shape_type": "circle", "points": [[0, 0], [1e300, 1e300]]},
    ],
)
def test_a_broken_shape_is_skipped_and_the_others_are_not(project, imported, shape):
    report = imported(shape, {})
    assert (report.annotations, report.skipped, len(report.problems)) == (1, 1, 1)
    assert "shape 1" in report.problems[0]


def test_what_is_no_shape_is_counted_and_named(project, imported):
    square = {"label": "cat", "shape_type": "polygon", "points": SQUARE}
    report = imported(shapes=[None, 5, "x", [], square, {**square, "label": None}])
    assert (report.annotations, report.skipped, report.problem_count) == (1, 5, 5)
    assert report.problems[0] == "cat.json, shape 1: it is not an object of JSON."
    assert report.problems[4] == "cat.json, shape 6: it has no label."


@pytest.mark.parametrize("path", ["../images/cat.png", "C:\\x\\cat.png", "/etc/cat.png", "cat.png", 7, None])
def test_only_the_name_of_the_image_counts(imported, path):
    assert imported({}, imagePath=path).annotations == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("x.png", "a/x.png"),
        ("../x.png", "x.png"),
        ("../b/x.png", "b/x.png"),
        ("../../images/a/x.png", "a/x.png"),
        ("C:\\images\\a\\x.png", "a/x.png"),
        ("../../x.png", "a/x_y.png"),
        ("../../../../etc/passwd", "a/x_y.png"),
        ("../../images/x.png", "a/x_y.png"),
        ("/images/x.png", "a/x_y.png"),
    ],
)
def test_the_image_is_the_one_that_is_named_or_that_of_the_file(make_project, imported_into, path, expected):
    """Never a third one of the same name beside the latter."""
    project = make_project("a/x.png", "a/x_y.png", "b/x.png", "x.png")
    assert imported_into(project, {}, imagePath=path, name="a/x_y.json").problems == []
    assert [project.image(annotation.image_id).path for annotation in project.annotation_table.all()] == [expected]


@pytest.mark.parametrize("path", ["../../x.png", "/etc/passwd", "..", "\x00"])
def test_an_image_that_the_project_does_not_have_is_said(imported, path):
    report = imported({}, imagePath=path, name="other.json")
    assert (report.annotations, report.problem_count) == (0, 1)


def test_what_we_do_not_know_comes_back(project, imported, tmp_path):
    imported(
        {"group_id": 3, "description": "d", "flags": {"x": True}, "score": 0.5, "attributes": {"k": [1]}},
        flags={"day": True}, checked=True,
    )  # fmt: skip
    drained(LABELME.export_file(project, tmp_path / "out"))
    content = json.loads((tmp_path / "out" / "cat.json").read_text())
    (shape,) = content["shapes"]
    assert (shape["group_id"], shape["description"], shape["flags"]) == (3, "d", {"x": True})
    assert (shape["score"], shape["attributes"]) == (0.5, {"k": [1]})
    assert (content["flags"], content["checked"]) == ({"day": True}, True)
    assert content["imagePath"] == "../photos/cat.png"


def test_the_mask_is_what_labelme_reads(project, imported, tmp_path):
    """A PNG of 0 and 1, its size the inclusive box. Source: labelme's _label_file.py."""
    imported({})
    [polygon] = project.annotation_table.all()
    with project.step("Draw") as step:
        step.put(replace(polygon, geometry=None))
    drained(LABELME.export_file(project, tmp_path / "out"))
    (shape,) = json.loads((tmp_path / "out" / "cat.json").read_text())["shapes"]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(shape["mask"]))))
    assert (pixels.dtype, set(pixels.ravel())) == (np.uint8, {1})
    (left, top), (right, bottom) = shape["points"]
    assert pixels.shape == (bottom - top + 1, right - left + 1)
    assert shape["points"] == [[2, 1], [11, 8]]
