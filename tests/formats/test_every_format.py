"""What holds for each format of the registry: round trips, cancelling, strangers' folders, damage."""

import random
import shutil
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from app.formats.kit.describe import describe
from app.formats.registry import formats
from app.masks.rle import Mask, Region
from app.problem import Problem
from app.project.records import Annotation, Category
from app.project.store import Project
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.project.sparse import sparse_tiff

LOSSLESS = [each for each in formats() if each.lossless]
FOLDERS = [each for each in formats() if not each.suffix]
NAMES = [
    "cat",
    "a, \"b\"; <c> & 'd'",
    "two\nlines",
    "猫",
    "🐈‍⬛",
    "\u200fחתול عربي",
    "a/b\\c: *?",
    "true",
    "12",
    "#no - [x]",
]


def every(which):
    return pytest.mark.parametrize("each", which, ids=lambda each: each.name)


def pixels_of(kind, height=HEIGHT, width=WIDTH):
    pixels = np.zeros((height, width), bool)
    match kind:
        case "one":
            pixels[height // 2, 0] = True
        case "full":
            pixels[:] = True
        case "frame":
            pixels[:] = True
            pixels[1:-1, 1:-1] = False
        case "chess":
            pixels[::2, ::2] = pixels[1::2, 1::2] = True
        case "corner":
            pixels[-1, -1] = pixels[0, 0] = True
        case "block":
            pixels[2:7, 3:11] = True
        case "below":
            pixels[8:11, 1:19] = True
    return pixels


def opened(root, *names):
    for name in names or ["cat.png"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if not (root / name).exists():
            Image.new("RGB", (WIDTH, HEIGHT)).save(root / name)
    project = Project.create(root / "p.maskwright", root)
    for _ in project.folder.scan():
        pass
    return project


def fill(project, masks, names=("cat",), **values):
    """One object for each mask, the classes and images in turn."""
    images = [record.id for record in project.images()]
    with project.step("Fill") as step:
        classes = [step.add(Category(0, name, "#000000")) for name in names]
        for number, pixels in enumerate(masks):
            category = classes[number % len(classes)].id
            step.add(Annotation(0, images[number % len(images)], category, Mask.from_array(pixels), **values))


def content(project):
    """(image, class, pixels) of everything, sorted."""
    paths = {record.id: record.path for record in project.images()}
    names = {category.id: category.name for category in project.categories()}
    return sorted((paths[a.image_id], names[a.category_id], a.mask.counts) for a in project.annotation_table.all())


@every(LOSSLESS)
def test_any_masks_come_back(each, make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")

    @settings(max_examples=12, deadline=None)
    @given(st.lists(arrays(bool, (HEIGHT, WIDTH)).filter(np.any), min_size=1, max_size=3))
    def come_back(masks):
        fill(one, masks)
        try:
            drained(each.export_file(one, tmp_path / "out"))
            drained(each.import_file(other, tmp_path / "out"))
            assert content(other) == content(one)
        finally:
            for project in (one, other):
                while project.undo_label:
                    project.undo()

    come_back()


@every(LOSSLESS)
def test_awkward_masks_classes_and_images_come_back(each, make_project, tmp_path):
    names = ["cat.png", "100% sure #1.png", "sub/猫と犬.png", "a.b.c.png", "twin.jpg", "twin.png", "sub/cat.png"]
    one, other = make_project(*names), make_project(*names, folder="copy")
    masks = [pixels_of(kind) for kind in ("one", "full", "frame", "chess", "corner", "block", "below")]
    fill(one, masks * 3, NAMES)
    before = content(one)
    assert drained(each.export_file(one, tmp_path / "out")).annotations == len(before)
    report = drained(each.import_file(other, tmp_path / "out"))
    assert report.problems == []
    assert content(other) == before
    assert {category.name for category in other.categories()} == set(NAMES)


@every(formats())
def test_apart_objects_come_back_from_formats_that_hold_what_is_on_top(each, make_project, tmp_path):
    """Rectangles that touch nobody: every format can hold them."""
    one, other = make_project(), make_project(folder="copy")
    fill(one, [pixels_of("block")] * 3 + [pixels_of("below")] * 3, ["cat", "dog"])
    report = drained(each.export_file(one, tmp_path / "out"))
    assert (report.annotations, report.skipped, report.losses) == (6, 0, {})
    report = drained(each.import_file(other, tmp_path / "out"))
    assert (report.annotations, report.skipped, report.problems) == (6, 0, [])
    assert content(other) == content(one)
    again = drained(each.import_file(other, tmp_path / "out"))
    assert (again.annotations, again.unchanged) == (0, 6)
    assert other.undo_label == f"Import {each.title}"
    other.undo()
    assert other.statistics.counts()["annotation"] == other.statistics.counts()["category"] == 0


@every([each for each in formats() if not each.lossless])
def test_what_a_format_cannot_hold_is_said(each, make_project, tmp_path):
    """A frame, and a block over half of another."""
    one = make_project("cat.png")
    half = pixels_of("block")
    half[:, 7:] = False
    fill(one, [pixels_of("frame"), pixels_of("block"), half])
    report = drained(each.export_file(one, tmp_path / "out"))
    assert report.losses
    assert describe(report).lost
    assert "The format cannot hold" in str(describe(report))


@every(formats())
def test_attributes_are_kept_or_counted(each, make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    fill(one, [pixels_of("block")], attributes={"occluded": "no"}, extra={"score": 0.5}, iscrowd=True)
    report = drained(each.export_file(one, tmp_path / "out"))
    drained(each.import_file(other, tmp_path / "out"))
    (back,) = other.annotation_table.all()
    assert ("attributes" in report.losses) == (back.attributes == {})
    assert ("other imported data" in report.losses) == ("score" not in back.extra)
    assert ("crowd mark" in report.losses) == (not back.iscrowd)


@every(formats())
def test_an_export_without_objects_and_a_cancelled_one(each, make_project, tmp_path):
    one, other = make_project(), make_project(folder="copy")
    out = tmp_path / "to"
    out.mkdir()
    assert drained(each.export_file(one, out / "out")).annotations == 0
    assert drained(each.import_file(other, out / "out")).annotations == 0
    fill(one, [pixels_of("block")] * 3)
    steps = each.export_file(one, out / "second")
    for _ in range(2):
        next(steps)
    steps.close()
    assert [path.name for path in out.iterdir()] == ["out"]


@every(FOLDERS)
def test_only_a_folder_of_an_export_is_replaced(each, make_project, tmp_path):
    one = make_project()
    fill(one, [pixels_of("block")])
    out = tmp_path / "to" / "out"
    out.mkdir(parents=True)
    for _ in range(2):
        drained(each.export_file(one, out))
    before = sorted(path.relative_to(out) for path in out.rglob("*"))
    (out / "mine.txt").write_text("mine")
    with pytest.raises(Problem, match=r"mine\.txt"):
        drained(each.export_file(one, out))
    assert (out / "mine.txt").read_text() == "mine"
    (out / "mine.txt").unlink()
    changed = next(out / path for path in before if (out / path).is_file() and not path.name.startswith("."))
    changed.write_bytes(changed.read_bytes() + b" ")
    with pytest.raises(Problem, match="choose another name"):
        drained(each.export_file(one, out))
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@every(formats())
@pytest.mark.parametrize("target", ["none/out", "x" * 300, "photos", "file"])
def test_where_nothing_can_be_written_is_one_sentence(each, make_project, tmp_path, target):
    one = make_project("cat.png")
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "kept").write_text("mine")
    with pytest.raises(Problem):
        drained(each.export_file(one, tmp_path / target))
    assert (tmp_path / "file" / "kept").exists()
    assert not list(tmp_path.glob(".*.part"))


@every(formats())
def test_what_is_not_of_the_format_is_one_sentence(each, make_project, tmp_path):
    project = make_project("cat.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("hello")
    for name in ("none", "empty", "text"):
        with pytest.raises(Problem):
            drained(each.import_file(project, tmp_path / name))
    assert project.undo_label is None


@every(formats())
def test_damage_is_a_sentence_or_a_skip(each, make_project, tmp_path):
    """Each file cut off, and with bytes changed."""
    one, other = make_project(), make_project(folder="copy")
    fill(one, [pixels_of("frame"), pixels_of("block")] * 3, ["cat", "dog"], attributes={"a": "b"})
    out = tmp_path / "out"
    drained(each.export_file(one, out))
    files = [out] if out.is_file() else [path for path in sorted(out.rglob("*")) if path.is_file()]
    chance = random.Random(5)
    for turn in range(60):
        file = files[turn % len(files)]
        before = file.read_bytes()
        file.write_bytes(damaged(before, chance))
        try:
            report = drained(each.import_file(other, out))
            assert report.annotations + report.unchanged + report.skipped <= 60
        except Problem:
            pass
        file.write_bytes(before)


def damaged(data, chance):
    kind = chance.randrange(4)
    if kind == 0:
        return data[: chance.randrange(len(data) + 1)]
    if kind == 1:
        return b""
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        if changed:
            at = chance.randrange(len(changed))
            changed[at : at + 1] = chance.choice([b"", b"9999999999", b"-", b"NaN", b"\xff", b"[", b'"', b"null", b"<"])
    return bytes(changed)


@every(formats())
def test_an_image_that_is_gone_or_of_another_size(each, make_project, tmp_path):
    """The masks do not fit: nothing is laid on it, and it is said."""
    one, other = make_project("cat.png", "dog.png"), make_project("cat.png", folder="copy")
    Image.new("RGB", (WIDTH + 7, HEIGHT)).save(other.root / "cat.png")
    fill(one, [pixels_of("block")] * 2)
    drained(each.export_file(one, tmp_path / "out"))
    report = drained(each.import_file(other, tmp_path / "out"))
    kept = [a.mask.size for a in other.annotation_table.all()]
    assert report.problem_count
    assert all(size == (HEIGHT, WIDTH + 7) for size in kept)


@every(formats())
def test_an_image_that_was_deleted_is_exported_with_its_masks(each, make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    fill(one, [pixels_of("block")])
    before = content(one)
    shutil.rmtree(one.root)
    drained(each.export_file(one, tmp_path / "out"))
    drained(each.import_file(other, tmp_path / "out"))
    assert content(other) == before


@every(LOSSLESS)
def test_masks_on_the_pages_of_a_stack_come_back(each, tmp_path):
    import tifffile

    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        stack = np.zeros((12, HEIGHT, WIDTH), np.uint8)
        tifffile.imwrite(folder / "stack.tif", stack, photometric="minisblack")
    one, other = map(opened, folders)
    assert len(one.images()) == 12 + len(list(folders[0].glob("*.png")))
    fill(one, [np.eye(HEIGHT, WIDTH, number, dtype=bool) for number in range(12)])
    drained(each.export_file(one, tmp_path / "out"))
    drained(each.import_file(other, tmp_path / "out"))
    assert content(other) == content(one)
    one.close()
    other.close()


@every(formats())
def test_masks_of_a_huge_image_are_written_or_left_out_with_a_word(each, tmp_path):
    """Never is a gigapixel made of them."""
    size = (30_000, 40_000)
    one, other = (huge_project(tmp_path / name, size) for name in ("one", "other"))
    mask = Mask.from_region(Region(39_000, 29_000, np.ones((20, 30), bool), size))
    with one.step("Fill") as step:
        category = step.add(Category(0, "cat", "#000000")).id
        step.add(Annotation(0, one.images()[0].id, category, mask))
    tracemalloc.start()
    report = drained(each.export_file(one, tmp_path / "out"))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    if report.images:
        assert drained(each.import_file(other, tmp_path / "out")).problems == []
        [found] = other.annotation_table.all()
        assert found.mask == mask
    else:
        [note] = report.problems
        assert note.startswith("Left out: cat.tif: a map of its 40000 x 30000 pixels")
    one.close()
    other.close()
    assert peak_bytes < 100_000_000


def huge_project(root, size):
    root.mkdir()
    sparse_tiff(root / "cat.tif", size[1], size[0])
    project = Project.create(root / "p.maskwright", root)
    for _ in project.folder.scan():
        pass
    return project
