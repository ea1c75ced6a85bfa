"""Images whose names are alike, through every format: an object comes back on its own image, or its image is named as
left out; it never lands on another one."""

import sys
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from app.formats.registry import formats
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from app.project.respelled import one_spelling
from app.project.store import Project
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_nothing_silent import VARIANTS

NFC, NFD = "\u00e9.png", "e\u0301.png"
GROUPS = {
    "images": ["x.png", "images/x.png", "images/images/x.png"],
    "train": ["train/x.png", "images/train/x.png"],
    "labels": ["x.png", "labels/x.png", "images/x.png", "images/labels/x.png"],
    "folders": ["x.png", "a/x.png", "b/x.png", "a/b/x.png"],
    "endings": ["x.png", "x.jpg", "x.png.jpg", "a/x.jpg", "images/x.jpg"],
    "cityscapes": ["x.png", "x_leftImg8bit.png", "leftImg8bit/x_leftImg8bit.png", "gtFine/x.png", "x_gtCoarse.png",
                   "x_gtFine.png", "x_labelIds.png"],
    "lists": ["train.png", "val.png", "test.png", "classes.png", "readme.png", "sub/train.png"],
    "numbers": ["x.png", "x/1.png", "objects/x.png", "semantic/x.png", "panoptic/x.png"],
    "unicode": [NFC, NFD, f"sub/{NFC}"],
    "capitals": ["a.png", "A.png", "sub/a.png", "Sub/a.png"],
    "backslash": ["d/back\\slash.png", "d/back/slash.png"],
}  # fmt: skip
ON_LINUX = ("unicode", "capitals", "backslash")
"""Elsewhere one of the names cannot be, or is the other."""


MANY_NAMES = 4
"""A group with so many has dozens of choices of what may be missing: a slow test."""
OF_NAMES = ("files", "split", "kind")
"""Options that decide which files there are: slow tests, since what a format calls its files is in the others. What is
written into the same files (outlines, masks) needs no test here."""


def cases(*, combined=False):
    for each, options in (variant.values for variant in VARIANTS):
        if not options.keys() <= {*OF_NAMES}:
            continue
        for group in GROUPS:
            marks = [pytest.mark.skipif(group in ON_LINUX and sys.platform != "linux", reason="no such names here")]
            if options or (combined and len(GROUPS[group]) >= MANY_NAMES):
                marks.append(pytest.mark.slow)
            name = "-".join([each.name, *(f"{key}-{value}" for key, value in options.items()), group])
            yield pytest.param(each, options, GROUPS[group], id=name, marks=marks)


def mask_of(number):
    """Another one for each image; a box, which every format holds."""
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[2:6, number : number + 3] = True
    return Mask.from_array(pixels)


@pytest.fixture
def projects(tmp_path):
    made = []

    def make(names):
        root = tmp_path / f"photos{len(made)}"
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (WIDTH, HEIGHT)).save(root / name)
        made.append(Project.create(tmp_path / f"{len(made)}.maskwright", root))
        list(made[-1].folder.scan())
        assert {image.path for image in made[-1].images()} == set(names)
        return made[-1]

    yield make
    for project in made:
        project.close()


@pytest.fixture
def filled(projects):
    """A project with one object on each image, each with a mask of its own."""

    def make(names):
        project = projects(names)
        with project.step("Fill") as step:
            category = step.add(Category(0, "cat", "#000000"))
            for image in project.images():
                step.add(Annotation(0, image.id, category.id, mask_of(names.index(image.path))))
        return project

    return make


def placed(project):
    """The mask of each image."""
    paths = {image.id: image.path for image in project.images()}
    objects = [(paths[each.image_id], each.mask.counts) for each in project.annotation_table.all()]
    assert len(dict(objects)) == len(objects)
    return dict(objects)


@pytest.mark.parametrize(("each", "options", "names"), list(cases()))
def test_all_come_back_on_their_own_images(each, options, names, filled, projects, tmp_path):
    one, other = filled(names), projects(names)
    drained(each.export_file(one, tmp_path / "out", **options))
    report = drained(each.import_file(other, tmp_path / "out"))
    assert report.problems == []
    assert placed(other) == placed(one)


@pytest.mark.parametrize(("each", "options", "names"), list(cases(combined=True)))
def test_where_images_are_missing_none_lands_on_another(each, options, names, filled, projects, tmp_path):
    one, other = filled(names), projects(names)
    drained(each.export_file(one, tmp_path / "out", **options))
    there = placed(one)
    for count in {1, 2, len(names) - 1}:
        for missing in combinations(other.images(), count):
            with other.step("Leave out") as step:
                for image in missing:
                    step.delete(image)
            report = drained(each.import_file(other, tmp_path / "out"))
            back = placed(other)
            assert back.items() <= there.items()
            assert report.problem_count >= len(there) - len(back)
            while len(other.images()) < len(names):
                other.undo()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere both names are one file")
@pytest.mark.parametrize("names", [["a.png", "A.png", "a.jpg"], [NFC, NFD], ["Sub/x.png", "sub/x.png"]])
@pytest.mark.parametrize("each", formats(), ids=lambda each: each.name)
def test_no_file_of_an_export_is_called_as_another_but_for_the_spelling(each, names, filled, tmp_path):
    """On Windows and macOS they would be one file: the masks of one image would take the place of another's."""
    project, out = filled(names), tmp_path / "out"
    report = drained(each.export_file(project, out))
    files = written(out)
    assert len({one_spelling(file) for file in files}) == len(files)
    told = [
        problem for problem in report.problems if "since on Windows and macOS another image has its name" in problem
    ]
    assert len(told) == out.is_dir()  # not where all is in one file
    drained(each.export_file(project, out))
    assert written(out) == files


def written(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
