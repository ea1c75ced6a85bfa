"""The file is whole or not there."""

import json
import os
import stat

import numpy as np
import pytest

from app.formats.coco import export_coco, import_coco
from app.formats.cvat import export_cvat
from app.formats.kit.describe import describe
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category
from app.project.store import Project
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, NAMES, WIDTH

PIXELS = np.ones((HEIGHT, WIDTH), bool)


def add(project, image_id=1, category_id=None, count=1):
    mask = Mask.from_array(PIXELS)
    with project.step("Accept mask") as step:
        for _ in range(count):
            step.add(Annotation(0, image_id, category_id, mask))


def export(project, file):
    report = drained(export_coco(project, file))
    return report, json.loads(file.read_text(encoding="utf-8"))


def test_every_image_is_listed_with_its_size(project, tmp_path):
    report, content = export(project, tmp_path / "out.json")
    assert {image["file_name"] for image in content["images"]} == set(NAMES)
    assert all((image["width"], image["height"]) == (WIDTH, HEIGHT) for image in content["images"])
    assert (report.images, report.annotations, report.problems) == (3, 0, [])
    assert content["annotations"] == content["categories"] == []


def test_what_has_no_class_becomes_an_object(project, tmp_path):
    with project.step("Add class") as step:
        step.add(Category(4, "cat", "#000000"))
    add(project)
    _, content = export(project, tmp_path / "out.json")
    names = {category["id"]: category["name"] for category in content["categories"]}
    assert names == {4: "cat", 5: "object"}
    assert content["annotations"][0]["category_id"] == 5


def test_a_class_named_object_is_used_for_what_has_none(project, tmp_path):
    with project.step("Add class") as step:
        step.add(Category(4, "object", "#000000"))
    add(project)
    _, content = export(project, tmp_path / "out.json")
    assert [category["id"] for category in content["categories"]] == [4]
    assert content["annotations"][0]["category_id"] == 4


def test_image_ids_of_a_file_do_not_collide_with_those_of_the_project(project, write, tmp_path):
    """The file gave the id 2 to the image that the project calls 1, or the other way round."""
    ids = {record.path: record.id for record in project.images()}
    images = [{"id": ids[NAMES[1]], "file_name": NAMES[0], "width": WIDTH, "height": HEIGHT}]
    drained(import_coco(project, write(images=images)))
    _, content = export(project, tmp_path / "out.json")
    out = {image["file_name"]: image["id"] for image in content["images"]}
    assert out[NAMES[0]] == ids[NAMES[1]]
    assert len(set(out.values())) == 3


def test_an_id_that_two_files_gave_to_two_images_is_named(project, write, tmp_path):
    for name in NAMES[:2]:
        drained(import_coco(project, write(images=[{"id": 77, "file_name": name, "width": WIDTH, "height": HEIGHT}])))
    report, content = export(project, tmp_path / "out.json")
    ids = {image["file_name"]: image["id"] for image in content["images"]}
    assert len(set(ids.values())) == 3
    [lost] = [name for name in NAMES[:2] if ids[name] != 77]
    assert describe(report).lost_beside == [f"{lost}: its other imported image data cannot be kept in this format."]


def test_an_image_that_is_broken_is_left_out_and_said_unless_it_has_masks(project, tmp_path):
    by_path = {record.path: record.id for record in project.images()}
    (project.root / NAMES[0]).write_bytes(b"broken")
    (project.root / NAMES[1]).unlink()
    add(project, by_path[NAMES[1]])
    report, content = export(project, tmp_path / "out.json")
    assert {image["file_name"] for image in content["images"]} == {NAMES[1], NAMES[2]}
    assert report.problem_count == 1
    assert NAMES[0] in report.problems[0]


def test_a_cancelled_export_leaves_the_old_file_and_nothing_else(project, tmp_path):
    add(project, count=500)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "out.json").write_text("old")
    steps = export_coco(project, folder / "out.json")
    for _ in range(3):
        next(steps)
    assert len(list(folder.iterdir())) == 2
    steps.close()
    assert [path.name for path in folder.iterdir()] == ["out.json"]
    assert (folder / "out.json").read_text() == "old"


def test_a_folder_that_is_not_there_is_said(project, tmp_path):
    with pytest.raises(Problem, match="cannot be written: No such file or directory"):
        drained(export_coco(project, tmp_path / "none" / "out.json"))


def test_a_folder_in_the_place_of_the_file_is_said_and_nothing_stays(project, tmp_path):
    (tmp_path / "out" / "out.json").mkdir(parents=True)
    with pytest.raises(Problem, match="cannot be written"):
        drained(export_coco(project, tmp_path / "out" / "out.json"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["out.json"]


def test_the_file_may_be_read_by_whom_the_system_says(project, tmp_path):
    """Not only by us, as files of tempfile."""
    export(project, tmp_path / "out.json")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "out.json").stat().st_mode) == 0o666 & ~mask


def test_the_window_goes_on_while_the_export_runs(project, tmp_path):
    """What is accepted meanwhile is in the next export; what was there is in this one."""
    add(project, count=300)
    reading = Project.sibling_of(project.path, read_only=True)
    steps = export_coco(reading, tmp_path / "out.json")
    next(steps)
    next(steps)
    with project.step("Add class") as step:
        added = step.add(Category(0, "later", "#000000"))
    add(project, category_id=added.id)
    drained(steps)
    reading.close()
    content = json.loads((tmp_path / "out.json").read_text())
    assert len(content["annotations"]) == 300
    used = {annotation["category_id"] for annotation in content["annotations"]}
    assert used <= {category["id"] for category in content["categories"]}


@pytest.mark.parametrize("name", ["photo.jpg", "p.maskwright-wal", "p.maskwright", "P.MASKWRIGHT", "p.maskwright.lock"])
def test_no_photo_and_no_project_is_replaced(project, tmp_path, name):
    file = tmp_path / name
    file.write_bytes(b"precious")
    for export in (export_coco, export_cvat):
        with pytest.raises(Problem, match="choose another name"):
            drained(export(project, file))
    assert file.read_bytes() == b"precious"


def test_a_name_without_an_ending_is_written_again(project, tmp_path):
    for _ in range(2):
        drained(export_coco(project, tmp_path / "annotations"))


def test_the_newest_file_tells_the_id_of_an_image(project, write, tmp_path):
    own = next(record.id for record in project.images() if record.path == NAMES[0])
    for number in (77, own, True):
        entry = {"id": number, "file_name": NAMES[0], "width": WIDTH, "height": HEIGHT}
        drained(import_coco(project, write(images=[entry])))
    _, content = export(project, tmp_path / "out.json")
    assert {image["file_name"]: image["id"] for image in content["images"]}[NAMES[0]] is own


def test_masks_that_do_not_fit_their_image_are_told(project, tmp_path):
    add(project, count=2)
    project.image_table.note(1, width=WIDTH + 1, height=HEIGHT)
    report, content = export(project, tmp_path / "out.json")
    path = project.image(1).path
    assert report.problems == [
        f"{path}, object {number}: its mask is not made for the size of the image. It is written as it is."
        for number in (1, 2)
    ]
    assert len(content["annotations"]) == 2


def test_an_image_that_is_left_out_is_named_with_its_folder(project, tmp_path):
    (project.root / "deep").mkdir()
    (project.root / "deep" / "broken.png").write_bytes(b"no picture")
    list(project.folder.scan())
    report, _ = export(project, tmp_path / "out.json")
    [sentence] = report.problems
    assert sentence.startswith("Left out: deep/broken.png: this is not an image")
