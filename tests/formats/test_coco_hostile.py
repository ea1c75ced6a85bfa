"""COCO files that want to do harm, and exports to where they would."""

import json

import pytest
from PIL import Image

from app.formats.registry import format_named
from app.problem import Problem
from app.project.store import Project
from tests.conftest import drained

SQUARE = [[1, 1, 20, 1, 20, 20, 1, 20]]
COCO = format_named("coco")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    Image.new("RGB", (40, 30)).save(folder / "a.png")
    project = Project.create(tmp_path / "p.maskwright", folder)
    for _ in project.folder.scan():
        pass
    yield project
    project.close()


@pytest.fixture
def imported(project, tmp_path):
    """A file with these annotations (and image sizes), imported."""

    def run(*annotations, **image):
        file = tmp_path / "coco.json"
        images = [{"id": 1, "file_name": "a.png", "width": 40, "height": 30, **image}]
        categories = [{"id": 1, "name": "cat"}]
        file.write_text(json.dumps({"images": images, "categories": categories, "annotations": annotations}))
        return drained(COCO.import_file(project, file))

    return run


def annotation(**changes):
    return {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": SQUARE, **changes}


@pytest.mark.parametrize("huge", [2**53, 2**63 - 1, 2**63, 10**40])
def test_an_object_with_a_huge_id_leaves_room_for_the_next_ones(project, imported, huge):
    assert imported(annotation(id=huge)).annotations == 1
    project.undo()
    assert imported(annotation(), annotation(id=huge)).annotations == 2
    assert imported(annotation(id=77)).annotations == 1


def test_an_outline_that_would_take_all_memory_is_skipped(project, imported):
    zigzag = [number for i in range(40_000) for number in (-1e9 if i % 2 else 1e9, i % 30)]
    report = imported(annotation(segmentation=[zigzag]), annotation(id=2))
    assert (report.annotations, report.skipped) == (1, 1)


@pytest.mark.parametrize(("width", "height"), [(10**9, 10**9), (400_000_000, 1), (-40, 30), (0, 30)])
def test_an_impossible_size_is_skipped_when_the_image_cannot_be_read(project, imported, width, height):
    (project.root / "a.png").unlink()
    report = imported(annotation(segmentation=[[0, 0, 1e9, 0, 1e9, 1e9]]), width=width, height=height)
    assert (report.annotations, report.skipped) == (0, 1)
    assert len(report.problems) == 1


def test_an_export_does_not_replace_a_project(project, imported, tmp_path):
    imported(annotation())
    other = tmp_path / "other.maskwright"
    for target in (project.path, other):
        with pytest.raises(Problem, match=target.name):
            drained(COCO.export_file(project, target))
    assert project.statistics.counts()["annotation"] == 1
    assert project.path.read_bytes().startswith(b"SQLite")
    assert not other.exists()
