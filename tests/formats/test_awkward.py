"""What formats and programs trip over, through every format: either it comes back, or the report names it."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from app.formats.kit.fields import LISTED, ORDER
from app.formats.registry import format_named, formats
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_every_format import LOSSLESS, NAMES, content, every, fill, opened, pixels_of

FLAT = [each for each in formats() if "what others cover" in each.limits]


def there_and_back(each, one, other, out):
    """The report of the export."""
    report = drained(each.export_file(one, out))
    assert drained(each.import_file(other, out)).skipped == 0
    return report


@every(formats())
def test_any_name_of_a_class_or_an_image_comes_back(each, make_project, tmp_path):
    names = ["cat.png", "100% sure #1.png", "sub/猫と犬 (2).png", "a.b.c.png", "é\u0301, ü.png", "חתול.png", "🐈.png"]
    one, other = make_project(*names), make_project(*names, folder="copy")
    fill(one, [pixels_of("block")] * len(names) + [pixels_of("below")] * len(names), NAMES)
    report = there_and_back(each, one, other, tmp_path / "out")
    assert (report.skipped, report.losses, report.problems) == (0, {}, [])
    assert content(other) == content(one)


@every(formats())
@pytest.mark.parametrize("kind", ["one", "full", "frame", "chess", "corner"])
def test_an_awkward_mask_comes_back_or_is_named(each, make_project, tmp_path, kind):
    """A pixel, the whole image, a hole and all four borders, holes and islands that touch, two corners."""
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    fill(one, [pixels_of(kind)])
    report = there_and_back(each, one, other, tmp_path / "out")
    (there,), (back,) = one.annotation_table.all(), other.annotation_table.all()
    assert back.mask == there.mask or report.places["outline"] == ["cat.png, object 1"]
    assert back.mask == there.mask or not each.lossless


@every(formats())
def test_a_mask_without_pixels_is_kept_or_named(each, make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    fill(one, [np.zeros((HEIGHT, WIDTH), bool), pixels_of("block")])
    report = there_and_back(each, one, other, tmp_path / "out")
    assert len(list(other.annotation_table.all())) == 2 - report.skipped
    if report.skipped:
        assert report.problems == ["cat.png, object 1: its mask is empty."]


def overlapping(project):
    """The lower one has the larger id: only the order tells which is above."""
    (image,) = project.images()
    with project.step("Fill") as step:
        for name, pixels, z_order in (("above", pixels_of("block"), 5), ("below", pixels_of("full"), -5)):
            category = step.add(Category(0, name, "#000000"))
            step.add(Annotation(0, image.id, category.id, Mask.from_array(pixels), z_order=z_order))


@every(formats())
def test_of_an_overlapping_pair_the_upper_one_is_whole(each, make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    overlapping(one)
    report = there_and_back(each, one, other, tmp_path / "out")
    names = {category.id: category.name for category in other.categories()}
    back = {names[a.category_id]: a for a in other.annotation_table.all()}
    assert (back["above"].mask.to_array() == pixels_of("block")).all()
    if each in FLAT:
        assert (back["below"].mask.to_array() == (pixels_of("full") & ~pixels_of("block"))).all()
        assert report.places["covered pixels"] == ["cat.png, object 2"]
    else:
        assert (back["below"].mask.to_array() == pixels_of("full")).all()
    assert (back["above"].z_order == 5) == (ORDER in each.holds)


@every(formats())
def test_a_portrait_that_lies_on_its_side_has_masks_as_it_is_seen(each, tmp_path):
    """EXIF 6: 20 x 12 in the file, 12 x 20 on the screen."""
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        exif = Image.Exif()
        exif[274] = 6
        Image.new("RGB", (20, 12)).save(folder / "tall.jpg", exif=exif)
    one, other = (opened(folder, "tall.jpg") for folder in folders)
    fill(one, [pixels_of("block", 20, 12)])
    report = there_and_back(each, one, other, tmp_path / "out")
    (back,) = other.annotation_table.all()
    assert back.mask.size == (20, 12)
    assert back.mask.bbox == (3, 2, 8, 5)
    assert (report.skipped, report.losses) == (0, {})
    one.close()
    other.close()


@every(formats())
def test_more_than_255_objects_come_back_or_are_named(each, tmp_path):
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        Image.new("RGB", (60, 30)).save(folder / "many.png")
    one, other = (opened(folder, "many.png") for folder in folders)
    masks = np.arange(300)[:, None, None] == np.kron(np.arange(300).reshape(15, 20), np.ones((2, 3))).astype(int)
    fill(one, masks)
    report = drained(each.export_file(one, tmp_path / "out"))
    assert drained(each.import_file(other, tmp_path / "out")).annotations == 300 - report.skipped
    assert report.skipped == (46 if each.name == "voc" else 0)
    assert report.problem_count == report.skipped
    if report.skipped:
        assert report.problems[0] == "many.png, object 255: the format holds 254 objects an image."
    one.close()
    other.close()


@every(formats())
def test_ids_that_do_not_begin_at_1(each, make_project, tmp_path):
    names = ["a.png", "b.png", "c.png"]
    one, other = make_project(*names), make_project(*names, folder="copy")
    kept = one.images()[1:]
    with one.step("Fill") as step:
        step.delete(one.images()[0])
        for number, image in enumerate(kept):
            category = step.add(Category(900 - number, f"class {number}", "#000000"))
            mask = Mask.from_array(pixels_of("block" if number else "below"))
            step.add(Annotation(5000 - number, image.id, category.id, mask))
    there_and_back(each, one, other, tmp_path / "out")
    assert content(other) == content(one)


@every(LOSSLESS)
def test_what_comes_back_goes_out_again_as_the_same_bytes(each, make_project, tmp_path):
    """Nothing changes on a second round."""
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    fill(one, [pixels_of("frame"), pixels_of("block"), pixels_of("chess")], ["cat", "dog"], z_order=2)
    there_and_back(each, one, other, tmp_path / "one")
    drained(each.export_file(other, tmp_path / "two"))

    def written(path):
        files = [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.is_file() and f.name[0] != ".")
        return [file.read_bytes().replace(b"copy", b"photos") for file in files]

    assert written(tmp_path / "two") == written(tmp_path / "one")


@pytest.mark.skipif(os.name == "nt", reason="such names end in other errors there")
@pytest.mark.parametrize("name", ["a.json/b.png", "x" * 251 + ".png"])
def test_an_image_under_whose_name_nothing_can_be_written_is_named(make_project, tmp_path, name):
    project = make_project("a.png", name)
    with pytest.raises(Problem, match=r"png: nothing can be written under its name: .*\. Rename it\."):
        drained(format_named("sa1b").export_file(project, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("counts", ["string", "list"])
@pytest.mark.parametrize("iscrowd", [0, 1])
def test_run_lengths_of_both_kinds_are_read_by_sa_1b_too(make_project, tmp_path, counts, iscrowd):
    from app.formats.registry import format_named

    project, mask = make_project("cat.png"), Mask.from_array(pixels_of("frame"))
    (tmp_path / "in").mkdir()
    segmentation = {"size": [HEIGHT, WIDTH], "counts": mask.counts if counts == "string" else mask.runs.tolist()}
    image = {"image_id": 7, "file_name": "cat.png", "height": HEIGHT, "width": WIDTH}
    item = {"id": 44, "segmentation": segmentation, "iscrowd": iscrowd}
    (tmp_path / "in" / "cat.json").write_text(json.dumps({"image": image, "annotations": [item]}))
    assert drained(format_named("sa1b").import_file(project, tmp_path / "in")).problems == []
    (back,) = project.annotation_table.all()
    assert (back.mask, back.iscrowd) == (mask, bool(iscrowd))


ONE_A_LINE = ["two\nlines.png", "two\rlines.png", "two\u2028lines.png", " blank.png"]


@pytest.mark.skipif(os.name == "nt", reason="no file of Windows has such a name")
@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("voc", {}, {"ImageSets/Main/trainval.txt": "cat\n", "ImageSets/Segmentation/trainval.txt": "cat\n"}),
        ("yolo", {"split": 1}, {"train.txt": "", "val.txt": "./images/ blank.png\n./images/cat.png\n", "test.txt": ""}),
    ],
)
def test_a_list_of_images_leaves_out_whose_name_is_no_line_and_that_is_told(
    make_project, tmp_path, name, options, told
):
    """All that read the list would look for two other images, or for one without the blank."""
    names = ["cat.png", *ONE_A_LINE]
    one, other = make_project(*names), make_project(*names, folder="copy")
    fill(one, [pixels_of("block")] * len(names))
    out, each = tmp_path / "out", format_named(name)
    report = drained(each.export_file(one, out, **options))
    assert {file: (out / file).read_bytes().decode() for file in told} == told
    lost = [path for path in names if path != "cat.png" and (name == "voc" or path != " blank.png")]
    assert report.image_losses == {LISTED: len(lost)}
    assert sorted(report.places[LISTED]) == sorted(lost)
    assert drained(each.import_file(other, out)).annotations == len(names)
