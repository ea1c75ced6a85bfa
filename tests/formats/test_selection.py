"""Which images an export writes: all, those that somebody labelled, or those that are done."""

import json

import numpy as np
import pytest
from msgspec.structs import replace

from app.formats.kit.describe import describe
from app.formats.kit.fields import UNUSED
from app.formats.kit.format import try_export
from app.formats.registry import format_named, formats
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

NAMES = ["labelled.png", "empty and done.png", "labelled and done.png", "untouched.png", "in review.png"]
CHOSEN = {"all": NAMES, "labelled": NAMES[:3], "done": NAMES[1:3]}


@pytest.fixture
def project(make_project):
    """Two images with an object each, of a class of its own; two are done, one of them is empty."""
    project = make_project(*NAMES)
    by_name = {record.path: record for record in project.images()}
    with project.step("Fill") as step:
        for name in (NAMES[0], NAMES[2]):
            category = step.add(Category(0, f"class of {name}", "#777777"))
            pixels = np.zeros((HEIGHT, WIDTH), bool)
            pixels[2:6, 3:9] = True
            step.add(Annotation(0, by_name[name].id, category.id, Mask.from_array(pixels)))
        for name in NAMES[1:3]:
            step.put(replace(by_name[name], status="done"))
        step.put(replace(by_name[NAMES[4]], status="review"))
    return project


@pytest.mark.parametrize("each", formats(), ids=lambda each: each.name)
@pytest.mark.parametrize("images", CHOSEN)
def test_every_format_writes_the_chosen_images_and_counts_the_others(each, images, project, tmp_path):
    report = drained(each.export_file(project, tmp_path / "out", images=images))
    objects = sum("labelled" in name for name in CHOSEN[images])
    assert (report.images, report.annotations) == (len(CHOSEN[images]), objects)
    assert (report.unchosen, report.unchosen_objects) == (5 - len(CHOSEN[images]), 2 - objects)
    assert not report.is_partial
    tried = drained(try_export(project, each, images=images))
    assert (tried.images, tried.unchosen) == (report.images, report.unchosen)


def test_nothing_of_the_others_is_in_the_files(project, tmp_path):
    drained(format_named("coco").export_file(project, tmp_path / "out.json", images="done"))
    written = json.loads((tmp_path / "out.json").read_text())
    assert sorted(image["file_name"] for image in written["images"]) == sorted(CHOSEN["done"])
    assert len(written["annotations"]) == 1
    drained(format_named("yolo-seg").export_file(project, tmp_path / "yolo", images="labelled"))
    assert sorted(file.stem for file in (tmp_path / "yolo" / "labels").iterdir()) == sorted(
        name.removesuffix(".png") for name in CHOSEN["labelled"]
    )
    assert not (tmp_path / "yolo" / "labels" / "empty and done.txt").read_text()


def test_a_class_that_is_only_on_the_others_is_told_as_unused(project, tmp_path):
    report = drained(format_named("sa1b").export_file(project, tmp_path / "out", images="done"))
    assert report.class_losses[UNUSED] == 1
    assert UNUSED not in drained(format_named("sa1b").export_file(project, tmp_path / "out")).class_losses


def test_the_report_says_how_many_and_that_it_was_wished(project, tmp_path):
    done = describe(drained(format_named("coco").export_file(project, tmp_path / "out.json", images="done")))
    assert "3 images left out as chosen, with 1 object." in done.summary[0]
    all_of_them = describe(drained(format_named("coco").export_file(project, tmp_path / "out.json")))
    assert "left out" not in str(all_of_them)


def test_a_word_that_it_has_not_is_one_sentence(project, tmp_path):
    with pytest.raises(Problem, match="images is one of all, labelled, done, not some"):
        format_named("voc").export_file(project, tmp_path / "out", images="some")
