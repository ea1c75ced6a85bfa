"""COCO files as they are found in the world."""

import json

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from app.formats.coco import import_coco, preparation
from app.formats.coco.preparation import ImportPreparation
from app.formats.kit import batch_size
from app.formats.kit.coco import pieces
from app.formats.kit.coco.source import read_source
from app.formats.kit.describe import describe
from app.formats.kit.importing import put_image
from app.formats.kit.report import MAX_SENTENCES
from app.formats.registry import format_named
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import NUMBERS, Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

SQUARE = {"segmentation": [[2, 1, 12, 1, 12, 9, 2, 9]]}


def only(project):
    (annotation,) = project.annotation_table.all()
    return annotation


def test_an_import_is_one_step_to_undo(project, write):
    drained(import_coco(project, write(*[SQUARE] * 450)))  # more than two transactions
    assert project.statistics.counts()["annotation"] == 450
    assert project.undo_label == "Import COCO"
    project.undo()
    assert project.statistics.counts() == {"image": 3, "category": 0, "annotation": 0}
    assert project.undo_label is None
    project.redo()
    assert project.statistics.counts()["annotation"] == 450


def test_a_cancelled_import_is_undone_in_one_go(project, write):
    steps = import_coco(project, write(*[SQUARE] * 450))
    while not project.statistics.counts()["annotation"]:
        next(steps)
    steps.close()
    assert 0 < project.statistics.counts()["annotation"] < 450
    project.undo()
    assert project.statistics.counts()["annotation"] == 0


def test_the_same_file_twice_adds_nothing(project, write):
    file = write(SQUARE, {"segmentation": [[0, 0, 3, 0, 3, 3]]})
    drained(import_coco(project, file))
    report = drained(import_coco(project, file))
    assert (report.annotations, report.unchanged, report.problems) == (0, 2, [])
    assert project.statistics.counts()["annotation"] == 2
    assert project.statistics.counts()["category"] == 1


def test_an_id_that_is_taken_is_not_overwritten(project, write):
    drained(import_coco(project, write(SQUARE)))
    report = drained(import_coco(project, write({"segmentation": [[0, 0, 3, 0, 3, 3]]})))
    assert report.annotations == 1
    assert "new ids" in report.problems[0]
    assert sorted(a.mask.area for a in project.annotation_table.all())[1] == 80
    assert project.statistics.counts()["annotation"] == 2


def test_ids_of_what_was_deleted_are_not_given_to_others(project, write):
    """Who brings the deleted one back would overwrite them."""
    drained(import_coco(project, write(SQUARE, categories=[{"id": 3, "name": "cat"}])))
    first, *_ = project.annotation_table.all()
    cat = project.categories()[0]
    with project.step("Delete") as step:
        step.delete(first)
        step.delete(cat)
    others = write({"segmentation": [[0, 0, 3, 0, 3, 3]]}, categories=[{"id": 3, "name": "dog"}])
    report = drained(import_coco(project, others))
    second, dog = only(project), project.categories()[0]
    assert second.id != first.id
    assert dog.id != cat.id
    assert any("those of objects that were deleted" in each for each in report.problems)
    project.undo()
    project.undo()
    assert only(project) == first
    assert project.categories() == [cat]


def test_what_the_person_does_to_an_image_during_an_import_stays(project):
    image = project.images()[0]
    with project.step("Mark done") as step:
        step.put(replace(image, status="done"))
    with project.step("Import") as step:
        put_image(step, replace(image, extra={"licence": 3}))  # as it was read before
    assert (project.image(image.id).status, project.image(image.id).extra) == ("done", {"licence": 3})


def test_classes_are_merged_by_name_and_keep_their_id_if_it_is_free(project, write):
    with project.step("Add class") as step:
        step.add(Category(3, "dog", "#111111"))
        step.add(Category(8, "cat", "#222222", extra={"mine": 1}))
    categories = [{"id": 3, "name": "cat", "mine": 2, "new": 3}, {"id": 5, "name": "cow"}, {"id": 8, "name": "pig"}]
    drained(import_coco(project, write(SQUARE, categories=categories)))
    by_name = {category.name: category for category in project.categories()}
    assert by_name.keys() == {"dog", "cat", "cow", "pig"}
    assert (by_name["dog"].id, by_name["cat"].id, by_name["cow"].id) == (3, 8, 5)
    assert by_name["cat"].color == "#222222"
    assert by_name["cat"].extra == {"mine": 1, "new": 3, NUMBERS: {"coco": 3}}
    assert only(project).category_id == 8


@pytest.mark.parametrize(
    ("file_name", "found"),
    [
        ("sub/cat.png", "sub/cat.png"),
        ("./sub/cat.png", "sub/cat.png"),
        ("sub\\cat.png", "sub/cat.png"),
        ("val2017/dog.png", "sub/dog.png"),
        ("/home/somebody/dog.png", "sub/dog.png"),
        ("C:\\data\\dog.png", "sub/dog.png"),
        ("cafe\u0301.png", "café.png"),
    ],
)
def test_images_are_found_by_path_then_by_their_only_name(make_project, write, file_name, found):
    project = make_project("cat.png", "sub/cat.png", "sub/dog.png", "café.png")
    report = drained(import_coco(project, write(SQUARE, images=[{"id": 10, "file_name": file_name}])))
    assert report.annotations == 1
    assert project.image(only(project).image_id).path == found


def test_a_name_that_two_images_have_is_not_guessed(make_project, write):
    project = make_project("a/cat.png", "b/cat.png", "dog.png")
    images = [{"id": 10, "file_name": "c/cat.png"}, {"id": 11, "file_name": "x/dog.png"},
              {"id": 12, "file_name": "y/dog.png"}]  # fmt: skip
    report = drained(import_coco(project, write(SQUARE, {**SQUARE, "image_id": 11}, images=images)))
    assert (report.annotations, report.skipped) == (0, 2)


@pytest.mark.parametrize("file_name", ["../../x.png", "sub/../../cat.png", "..\\cat.png"])
def test_a_path_that_leads_outside_is_refused_and_makes_nothing(project, write, tmp_path, file_name):
    before = sorted(tmp_path.rglob("*.png"))
    report = drained(import_coco(project, write(SQUARE, images=[{"id": 10, "file_name": file_name}])))
    assert (report.annotations, report.skipped) == (0, 1)
    assert "refused" in report.problems[0]
    assert sorted(tmp_path.rglob("*.png")) == before
    assert project.statistics.counts()["image"] == 3


def test_unknown_images_are_said_once_each_and_the_rest_goes_on(project, write):
    images = [{"id": 10, "file_name": "cat.png"}, {"id": 11, "file_name": "unknown.png"}]
    lost = {**SQUARE, "image_id": 11}
    report = drained(import_coco(project, write(SQUARE, lost, lost, images=images)))
    assert (report.annotations, report.skipped) == (1, 2)
    assert report.problems == ["unknown.png is not among the images of the project."]
    assert project.statistics.counts()["image"] == 3


@pytest.mark.parametrize(
    ("annotation", "sentence"),
    [
        ({"segmentation": [[1, 2, 3, 4]]}, "at least three points"),
        ({"segmentation": [[1, 2, 3, 4, 5, 6, 7]]}, "numbers"),
        ({"segmentation": []}, "neither polygons nor RLE"),
        ({"segmentation": None}, "neither polygons nor RLE"),
        ({}, "neither polygons nor RLE"),
        ({"segmentation": "0 0 1 1"}, "neither polygons nor RLE"),
        ({"segmentation": {"counts": [1, 2]}}, "neither polygons nor RLE"),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": None}}, "neither polygons nor RLE"),
        ({"segmentation": [[0, 0, float("nan"), 5, 5, 5]]}, "not numbers"),
        ({"segmentation": [[0, 0, float("-inf"), 5, 5, 5]]}, "not numbers"),
        ({"segmentation": [["a", "b", "c", "d", "e", "f"]]}, "not numbers"),
        ({"segmentation": [1, 2, 3, 4]}, "three points"),
        ({"segmentation": [{"x": 1}]}, "not numbers"),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": [5]}}, "add up"),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": [1.5, "x"]}}, "whole numbers"),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": [10**30]}}, "lengths"),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": "\u00ff~~~"}}, "damaged"),
        ({"segmentation": {"size": [99, 99], "counts": [99 * 99]}}, "made for 99 x 99 pixels"),
        ({"segmentation": {"size": [10**9, 10**9], "counts": "oo"}}, "made for"),
        ({**SQUARE, "image_id": 77}, "does not list"),
        ({**SQUARE, "image_id": [1]}, "does not list"),
    ],
)
def test_a_broken_object_is_one_sentence_and_the_rest_goes_on(project, write, annotation, sentence):
    report = drained(import_coco(project, write(annotation, SQUARE)))
    assert (report.annotations, report.skipped, report.problem_count) == (1, 1, 1)
    assert sentence in report.problems[0]
    assert only(project).id == 2


@pytest.mark.parametrize("text", ["3", "null", '"x"', "[]", '{"id": 1e999}'])
@pytest.mark.parametrize("key", ["images", "annotations", "categories"])
def test_a_record_that_is_none_is_one_sentence(project, write, key, text):
    file = write(SQUARE)
    file.write_text(file.read_text().replace(f'"{key}": [', f'"{key}": [{text}, '))
    report = drained(import_coco(project, file))
    assert report.annotations == 1
    assert report.problem_count == 1


def test_a_polygon_of_two_points_does_not_take_the_object_with_it(project, write):
    report = drained(import_coco(project, write({"segmentation": [[1, 1, 2, 2], *SQUARE["segmentation"]]})))
    assert (report.annotations, report.skipped, report.problem_count) == (1, 0, 1)
    assert only(project).mask.area == 80


def test_corners_far_outside_are_cut_off(project, write):
    report = drained(import_coco(project, write({"segmentation": [[-1e300, -1e300, 1e300, -1e300, 1e300, 1e300]]})))
    assert report.annotations == 1
    assert 0 < only(project).mask.area < WIDTH * HEIGHT


def test_missing_categories_cost_a_sentence_and_no_object(project, write):
    file = write(SQUARE, {**SQUARE, "category_id": 4}, {**SQUARE, "category_id": None})
    content = json.loads(file.read_text())
    del content["categories"]
    file.write_text(json.dumps(content))
    report = drained(import_coco(project, file))
    assert report.annotations == 3
    assert {category.name: category.id for category in project.categories()} == {"category 3": 3, "category 4": 4}
    assert [a.category_id for a in project.annotation_table.all()] == [3, 4, None]
    assert report.problem_count == 3


@pytest.mark.parametrize("name", [None, "", "  ", 7])
def test_a_class_without_a_name_is_called_by_its_number(project, write, name):
    report = drained(import_coco(project, write(SQUARE, categories=[{"id": 3, "name": name}])))
    assert report.annotations == 1
    assert project.categories()[0].name == "category 3"


def test_objects_of_an_image_of_another_size_are_skipped_with_one_sentence(project, write):
    images = [{"id": 10, "file_name": "cat.png", "width": 40, "height": 24}]
    report = drained(import_coco(project, write(SQUARE, SQUARE, images=images)))
    assert (report.annotations, report.skipped) == (0, 2)
    assert report.problems == ["cat.png has 20 x 12 pixels, but the file was made for 40 x 24."]


def test_the_size_is_that_of_the_picture_as_displayed(make_project, write):
    project = make_project("cat.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    Image.new("RGB", (HEIGHT, WIDTH)).save(project.root / "cat.png", exif=exif)
    report = drained(import_coco(project, write(SQUARE)))
    assert (report.annotations, report.problems) == (1, [])
    assert only(project).mask.size == (HEIGHT, WIDTH)


def test_an_image_that_is_gone_still_gets_its_objects(project, write):
    (project.root / "cat.png").unlink()
    assert drained(import_coco(project, write(SQUARE))).annotations == 1


def test_an_image_of_no_known_size_is_one_sentence(project, write):
    (project.root / "cat.png").write_bytes(b"broken")
    report = drained(import_coco(project, write(SQUARE, images=[{"id": 10, "file_name": "cat.png"}])))
    assert (report.annotations, report.skipped, report.problem_count) == (0, 1, 1)
    assert "size is not known" in report.problems[0]


@pytest.mark.parametrize("size", [(10**12, 10**12), (-5, 5), (0, 0)])
def test_an_absurd_size_of_an_image_that_is_gone_is_said(project, write, size):
    (project.root / "cat.png").unlink()
    images = [{"id": 10, "file_name": "cat.png", "width": size[0], "height": size[1]}]
    report = drained(import_coco(project, write(SQUARE, images=images)))
    assert (report.annotations, report.skipped, report.problem_count) == (0, 1, 1)
    assert "impossible size" in report.problems[0]


@pytest.mark.parametrize("wrong_id", [0, -1, True, 2**70, "abc", None, 1.5])
def test_an_id_that_no_project_can_hold_gets_a_new_one(project, write, wrong_id):
    report = drained(import_coco(project, write({**SQUARE, "id": wrong_id}, images=[
        {"id": wrong_id, "file_name": "cat.png"}, {"id": 10, "file_name": "cat.png"}])))  # fmt: skip
    assert report.annotations == 1
    assert only(project).id > 0


@pytest.mark.parametrize(
    "segmentation", [[2, 2, 8, 2, 8, 6, 2, 6], [[[2, 2], [8, 2], [8, 6], [2, 6]]], [[2, 2], [8, 2], [8, 6], [2, 6]]]
)
def test_polygons_in_other_lists_are_read_where_they_are_certain(project, write, segmentation, tmp_path):
    report = drained(import_coco(project, write({**SQUARE, "segmentation": segmentation})))
    assert (report.annotations, only(project).mask.bbox) == (1, (2, 2, 6, 4))
    drained(format_named("coco").export_file(project, tmp_path / "out.json", masks="kept"))
    [written] = json.loads((tmp_path / "out.json").read_text())["annotations"]
    assert written["segmentation"] == [[2, 2, 8, 2, 8, 6, 2, 6]]


@pytest.mark.parametrize("wrong_id", [0, -1, "abc", None, 1.5])
def test_objects_without_an_id_of_their_own_come_in_once(project, write, wrong_id):
    """Two that are the same in the file are two; imported again, each of them is there."""
    file = write(*({**SQUARE, "id": wrong_id} for _ in range(2)))
    assert drained(import_coco(project, file)).annotations == 2
    again = drained(import_coco(project, file))
    assert (again.annotations, again.unchanged, again.remarks.kinds) == (0, 2, {})
    assert project.statistics.counts()["annotation"] == 2


def test_objects_that_got_new_ids_come_in_once(project, write):
    """The file of a second annotator counts from 1 as that of the first."""
    drained(import_coco(project, write(SQUARE, name="first.json")))
    other = write({**SQUARE, "segmentation": [[10, 2, 16, 2, 16, 6, 10, 6]]}, name="second.json")
    assert drained(import_coco(project, other)).annotations == 1
    again = drained(import_coco(project, other))
    assert (again.annotations, again.unchanged, again.problems) == (0, 1, [])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cut off, damaged or not JSON"),
        (b'{"images": [], "annotations": [', "cut off, damaged or not JSON"),
        (b"<html>", "cut off, damaged or not JSON"),
        (b'{"\xff": 1}', "cut off, damaged or not JSON"),
        (b'{"a":' + b"[" * 100_000, "cut off, damaged or not JSON"),
        (b'{"images": [], "annotations": []}}', "cut off, damaged or not JSON"),
        (b'{"images": [], "annotations": [], }', "cut off, damaged or not JSON"),
        (b'{"images": [], "annotations": [{},]}', "cut off, damaged or not JSON"),
        (b'{"images": [] "annotations": []}', "cut off, damaged or not JSON"),
        (b"[]", "not a COCO file"),
        (b"3", "not a COCO file"),
        (b"{}", "no list of images"),
        (b'{"images": {}, "annotations": []}', "no list of images"),
        (b'{"images": []}', "no list of annotations"),
        (b'{"images": [], "annotations": 3}', "no list of annotations"),
    ],
)
def test_a_file_that_is_no_coco_is_one_sentence_and_changes_nothing(project, tmp_path, content, sentence):
    file = tmp_path / "in.json"
    file.write_bytes(content)
    with pytest.raises(Problem, match=sentence) as problem:
        drained(import_coco(project, file))
    assert str(problem.value).startswith("in.json")
    assert project.undo_label is None


def test_a_file_that_is_not_there_or_has_a_giant_value_is_said(project, tmp_path, write, monkeypatch):
    with pytest.raises(Problem, match="cannot be read"):
        drained(import_coco(project, tmp_path / "none.json"))
    monkeypatch.setattr(pieces, "PIECE_BYTES", 10)
    monkeypatch.setattr(pieces, "MAX_VALUE_BYTES", 100)
    with pytest.raises(Problem, match="a single value"):
        drained(import_coco(project, write(SQUARE, {"segmentation": [[1, 2] * 1000]})))
    assert project.undo_label is None


def test_nan_in_a_name_is_a_name(project, write):
    categories = [{"id": 3, "name": 'NaN "Infinity" \\'}]
    broken = {"segmentation": [[0, 0, float("nan"), 5, 5, 5]]}
    drained(import_coco(project, write(SQUARE, broken, categories=categories)))
    assert project.categories()[0].name == 'NaN "Infinity" \\'


def test_a_million_problems_are_not_a_million_sentences(project, write):
    number = MAX_SENTENCES + 50
    report = drained(import_coco(project, write(*[{"segmentation": []}] * number)))
    assert (report.skipped, report.problem_count, len(report.problems)) == (number, number, MAX_SENTENCES)
    assert len(describe(report).kinds) == 1
    assert f"{number} times: " in str(describe(report))
    assert "And 50 more problems." in "\n".join(describe(report).lines)


def test_a_read_only_project_says_so(project, write):
    from app.project.store import Project

    second = Project.open(project.path, read_only=True)
    with pytest.raises(Problem, match="read-only"):
        drained(import_coco(second, write(SQUARE)))
    second.close()


def test_the_report_reads_as_a_sentence(project, write):
    report = drained(import_coco(project, write(SQUARE, {"segmentation": []})))
    assert str(describe(report)) == (
        "Imported 1 object, 1 class, 1 image. 1 object skipped. cat.png, object 2: it has neither polygons nor RLE."
    )


def test_an_unknown_format_names_the_choices():
    with pytest.raises(Problem, match=r"There is no format yolo9000\. Choose one of: .*coco"):
        format_named("yolo9000")


def _prepared(project, file):
    return list(ImportPreparation(project, read_source(file, pytest.fail)).batches())


def test_batches_of_slow_masks_say_how_much_each_holds(project, write, monkeypatch):
    monkeypatch.setattr(batch_size, "_PATIENCE_S", 0.0)
    polygon = {"segmentation": [[0, 0, 3, 0, 3, 3]]}
    batches = _prepared(project, write(*[polygon, {"segmentation": None}] * 20))
    assert len(batches) > 20
    assert sum(batch.count for batch in batches) == sum(len(b.rows) + b.report.skipped for b in batches)
    assert all(batch.count >= len(batch.rows) for batch in batches)


def test_long_masks_are_few_in_a_batch(project, write, monkeypatch):
    monkeypatch.setattr(preparation, "_MOST_LETTERS", 100)
    mask = Mask.from_array(np.indices((HEIGHT, WIDTH)).sum(axis=0) % 2 == 0)
    annotation = {"segmentation": {"size": [HEIGHT, WIDTH], "counts": mask.counts}}
    batches = _prepared(project, write(*[annotation] * 300))
    assert max(len(batch.rows) for batch in batches) < 60
    assert sum(isinstance(row, tuple) for batch in batches for row in batch.rows) == 300


def test_an_id_that_a_project_cannot_keep_is_told(project, write):
    report = drained(import_coco(project, write({**SQUARE, "id": 0}, {**SQUARE, "id": "five"}, {**SQUARE, "id": 7})))
    assert report.annotations == 3
    [told] = report.remarks.lines()
    assert told.startswith("2 times: its id is no whole number from 1 on")
    assert "object 0" in told
    assert "object five" in told
    assert 7 in {annotation.id for annotation in project.annotation_table.all()}


def test_objects_on_one_of_two_images_with_one_id_are_left_out_and_told(project, write):
    images = [{"id": 10, "file_name": "cat.png"}, {"id": 10, "file_name": "dog.png"}]
    report = drained(import_coco(project, write(SQUARE, images=images)))
    assert report.annotations == 0
    assert any("Several images of the file have the id 10" in each for each in report.problems)


def test_two_classes_with_one_id_are_told(project, write):
    categories = [{"id": 3, "name": "cat"}, {"id": 3, "name": "dog"}]
    report = drained(import_coco(project, write(SQUARE, categories=categories)))
    assert any("Several categories of the file have the id 3" in each for each in report.problems)
