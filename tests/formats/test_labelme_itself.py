"""labelme's own reader sees the very pixels and classes that we export, and we see those that its writer writes."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from app.formats.registry import format_named
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.hard import (
    CLASSES,
    IMAGES,
    NOTHING,
    boxes_around,
    given,
    grown,
    keys,
    many,
    masks_in,
    overlapping,
    stem_of,
)
from tests.formats.oracles import Seen, oracle
from tests.formats.test_datumaro import project_of
from tests.formats.test_every_format import fill, pixels_of

LABELME = format_named("labelme")
pytestmark = pytest.mark.slow  # as those of datumaro
MASKS = pytest.mark.parametrize(("masks", "names"), [(overlapping, IMAGES), (many, IMAGES[:1])])

__all__ = ["project_of"]


@MASKS
def test_labelme_reads_what_we_export(project_of, tmp_path, masks, names):
    project = project_of(masks(), names)
    fill(project, [pixels for pixels in masks() for _ in names], CLASSES, attributes={"occluded": "no"})
    drained(LABELME.export_file(project, tmp_path / "out"))
    assert keys(oracle("labelme_reads.py", tmp_path / "out")) == keys(masks_in(project))


@MASKS
def test_labelme_paints_our_polygons_to_the_very_pixels(project_of, tmp_path, masks, names):
    """Parts of an object are shapes of one group: each object has a class of its own here, by which they are united."""
    project = project_of(masks(), names)
    fill(project, masks(), [f"class {number}" for number in range(len(masks()))])
    drained(LABELME.export_file(project, tmp_path / "out", masks="polygons"))
    found = {}
    for each in oracle("labelme_reads.py", tmp_path / "out"):
        found.setdefault((each.image, each.name), []).append(each.pixels)
    united = [Seen(image, name, np.logical_or.reduce(parts)) for (image, name), parts in found.items()]
    assert keys(united) == keys(masks_in(project))


def test_keys_of_other_formats_do_not_spoil_the_file(project_of, tmp_path):
    """labelme refuses all of it for a group that is no number; CVAT's groups are text."""
    project = project_of(overlapping(), IMAGES[:1])
    others = [{"group_id": "7"}, {"group_id": "a"}, {"flags": [1]}, {"flags": {"a": 1}}, {"description": 5}]
    for extra in others:
        fill(project, overlapping()[:1], [str(extra)], extra=extra)
    report = drained(LABELME.export_file(project, tmp_path / "out"))
    assert report.losses == {"other imported data": 4}
    assert len(oracle("labelme_reads.py", tmp_path / "out")) == len(others)
    groups = [shape["group_id"] for shape in json.loads((tmp_path / "out" / "cat.json").read_text())["shapes"]]
    assert groups == [7, None, None, None, None]


def test_labelme_turns_an_image_as_we_do(project_of, tmp_path):
    """A photo that lies on its side: masks are of the image as it is shown."""
    pixels = pixels_of("block", WIDTH, HEIGHT)
    project = project_of([pixels], ["cat.jpg"])
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (WIDTH, HEIGHT)).save(project.root / "cat.jpg", exif=exif)
    fill(project, [pixels])
    assert drained(LABELME.export_file(project, tmp_path / "out")).problems == []
    assert keys(oracle("labelme_reads.py", tmp_path / "out")) == keys([Seen("cat", "cat", pixels)])


@pytest.fixture
def imported(project_of, tmp_path):
    """What labelme writes of these objects, as we read it, and as labelme does."""

    def run(objects, kind="polygon"):
        names = [f"{stem}.png" for stem in dict.fromkeys(each.image for each in objects)]
        project = project_of([each.pixels for each in objects if each.pixels.size] or overlapping(), names)
        theirs = shutil.copytree(project.root, tmp_path / "theirs")
        oracle("labelme_writes.py", theirs, kind, given=objects)
        report = drained(LABELME.import_file(project, theirs))
        assert (report.annotations, report.problems) == (len(objects), [])
        return masks_in(project), oracle("labelme_reads.py", theirs)

    return run


@MASKS
def test_masks_of_labelme_are_imported(imported, masks, names):
    ours, theirs = imported(given(masks(), names))
    assert keys(ours) == keys(theirs) == keys(given(masks(), names))


SHAPES = {
    "polygon": [(2, 1, 12, 1, 12, 9, 2, 9), (0.5, 0.5, 7.25, 1, 3, 8.75), (10.4, 2.6, 18.3, 2, 19, 10.5, 12, 7.77)],
    "rectangle": [(2, 1, 12, 9), (12.4, 9.6, 2.2, 1.3), (0, 0, 19, 11)],
    "circle": [(9, 6, 9, 2), (5.5, 5.5, 8.2, 7.1)],
    "oriented_rectangle": [(4, 1, 16, 4, 14, 10, 2, 7), (2, 1, 12, 1, 12, 9, 2, 9)],
}


@pytest.mark.parametrize("kind", SHAPES)
def test_shapes_of_labelme_lie_where_it_paints_them(imported, kind):
    """labelme paints with Pillow: the pixels whose numbers the corners are, and a line from one to the next, so that
    the column on the right and the row below belong to it. Ours are points of the plane, as labelme's window and COCO
    have them. So the two may differ by one pixel along the border."""
    objects = [Seen(stem_of(IMAGES[0]), CLASSES[n], NOTHING, points) for n, points in enumerate(SHAPES[kind])]
    ours, theirs = (sorted(seen, key=lambda each: each.name) for seen in imported(objects, kind))
    for mine, its in zip(ours, theirs, strict=True):
        assert mine.name == its.name
        for one, other in ((mine.pixels, its.pixels), (its.pixels, mine.pixels)):
            assert not (one & ~grown(other)).any()


def test_a_rectangle_of_labelme_ends_before_the_column_that_labelme_adds(imported):
    (ours,), (its,) = imported([Seen(stem_of(IMAGES[0]), "cat", NOTHING, (2, 1, 12, 9))], "rectangle")
    assert boxes_around([ours, its]) == [
        ours._replace(pixels=NOTHING, points=(2, 1, 10, 8)), its._replace(pixels=NOTHING, points=(2, 1, 11, 9)),
    ]  # fmt: skip
