"""Panoptic PNG, plain PNG and the index maps they are made of."""

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from msgspec.structs import replace
from PIL import Image

from app.formats.kit.exporting import LabelledObject, Page
from app.formats.kit.pixels import decode_png, encode_png, flatten, regions
from app.formats.kit.report import Report
from app.formats.registry import format_named
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category, ImageRecord
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_every_format import content, fill, pixels_of

PANOPTIC, PNG = format_named("panoptic"), format_named("png")
SIDES = st.tuples(st.integers(1, 7), st.integers(1, 7))


@given(SIDES.flatmap(lambda size: arrays(np.int32, size, elements=st.integers(0, 3))))
def test_regions_are_the_pixels_of_each_number(index):
    found = dict(regions(index))
    assert found.keys() == set(np.unique(index).tolist()) - {0}
    for number, region in found.items():
        assert (Mask.from_region(region).to_array() == (index == number)).all()


@given(SIDES.flatmap(lambda size: st.lists(arrays(bool, size).filter(np.any), min_size=1, max_size=5)))
def test_the_last_object_is_on_top_and_what_is_covered_is_said(masks):
    size = masks[0].shape
    objects = [
        LabelledObject(Annotation(n, 1, 1, Mask.from_array(m)), Category(1, "a", "")) for n, m in enumerate(masks)
    ]
    report = Report("Exported")
    flat = flatten(Page(ImageRecord(1, "a.png"), size, "a", objects), report, at_most=254)
    expected = [mask & ~np.any([*masks[n + 1 :], np.zeros(size, bool)], axis=0) for n, mask in enumerate(masks)]
    kept = [n for n, pixels in enumerate(expected) if pixels.any()]
    assert [each.annotation.id for each in flat.objects] == kept
    for number, n in enumerate(kept, start=1):
        assert ((flat.index == number) == expected[n]).all()
    assert report.skipped == len(masks) - len(kept)
    assert report.losses.get("covered pixels", 0) == sum((e != m).any() for e, m in zip(expected, masks, strict=True))


@given(SIDES.flatmap(lambda size: arrays(np.uint16, size)))
def test_sixteen_bits_survive(index):
    assert (decode_png(encode_png(index), index.shape) == index).all()


def test_a_png_that_claims_to_be_huge_is_refused():
    data = bytearray(encode_png(np.zeros((2, 2), np.uint8)))
    data[16:24] = (50_000).to_bytes(4, "big") * 2
    with pytest.raises(Problem):
        decode_png(bytes(data), (50, 50))


def test_the_ids_of_panoptic_are_in_the_colors(make_project, tmp_path):
    project = make_project("cat.png")
    Image.new("RGB", (300, 2)).save(project.root / "cat.png")
    fill(project, [np.arange(600).reshape(2, 300) == n for n in range(300)])
    drained(PANOPTIC.export_file(project, tmp_path / "out"))
    pixels = np.asarray(Image.open(tmp_path / "out" / "panoptic" / "cat.png")).astype(int)
    assert pixels[0, :, 0].tolist() == [n % 256 for n in range(1, 301)]
    assert pixels[0, :, 1].tolist() == [n // 256 for n in range(1, 301)]
    (item,) = json.loads((tmp_path / "out" / "panoptic.json").read_text())["annotations"]
    assert item["segments_info"][299] == {"id": 300, "category_id": 1, "area": 1, "bbox": [299, 0, 1, 1], "iscrowd": 0}


@pytest.fixture
def panoptic(project, tmp_path):
    """A folder as the authors lay it out, imported."""

    def run(segments, name="000.png", listed="cat.png", **keys):
        root = tmp_path / "in"
        (root / "val").mkdir(parents=True)
        pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        pixels[2:4, 3:9] = (5, 1, 0)
        Image.fromarray(pixels).save(root / "val" / "000.png")
        (tmp_path / "secret.png").write_bytes(b"secret")
        data = {
            "images": [{"id": 9, "file_name": listed, "height": HEIGHT, "width": WIDTH}],
            "annotations": [{"image_id": 9, "file_name": name, "segments_info": segments}],
            "categories": [{"id": 4, "name": "sky", "supercategory": "outdoor", "isthing": 0}],
            **keys,
        }
        (root / "val.json").write_text(json.dumps(data))
        return drained(PANOPTIC.import_file(project, root / "val.json"))

    return run


def test_panoptic_as_its_authors_write_it(project, panoptic, tmp_path):
    assert panoptic([{"id": 261, "category_id": 4, "iscrowd": 1}]).problems == []
    (annotation,) = project.annotation_table.all()
    assert (annotation.mask.bbox, annotation.iscrowd) == ((3, 2, 6, 2), True)
    drained(PANOPTIC.export_file(project, tmp_path / "out"))
    out = json.loads((tmp_path / "out" / "panoptic.json").read_text())
    assert out["categories"] == [{"id": 4, "name": "sky", "supercategory": "outdoor", "isthing": 0}]


def test_panoptic_keeps_the_ids_of_images(project, panoptic, tmp_path):
    panoptic([{"id": 261, "category_id": 4}])
    report = drained(PANOPTIC.export_file(project, tmp_path / "out"))
    assert report.image_losses == {}
    out = json.loads((tmp_path / "out" / "panoptic.json").read_text())
    ids = {image["file_name"]: image["id"] for image in out["images"]}
    assert ids["cat.png"] == 9
    stems = {image["id"]: image["file_name"].removesuffix(".png") for image in out["images"]}
    assert {item["file_name"].removesuffix(".png"): stems[item["image_id"]] for item in out["annotations"]} == {
        stem: stem for stem in stems.values()
    }


@pytest.mark.parametrize("image_id", [10**30, -1, True, "a", 0.5])
def test_an_id_of_any_kind_is_imported(project, panoptic, tmp_path, image_id):
    images = [{"id": image_id, "file_name": "cat.png", "height": HEIGHT, "width": WIDTH}]
    segments = [{"id": 261, "category_id": 4}]
    annotations = [{"image_id": image_id, "file_name": "000.png", "segments_info": segments}]
    assert panoptic([], images=images, annotations=annotations).annotations == 1
    assert drained(PANOPTIC.export_file(project, tmp_path / "out")).annotations == 1


def test_an_id_that_two_images_have_is_lost_and_named(project, tmp_path):
    with project.step("Add") as step:
        for image in project.images()[:2]:
            step.put(replace(image, extra={"id": 9}))
    report = drained(PANOPTIC.export_file(project, tmp_path / "out"))
    assert report.places == {"other imported image data": [project.images()[1].path]}
    images = json.loads((tmp_path / "out" / "panoptic.json").read_text())["images"]
    assert len({image["id"] for image in images}) == len(images)


@pytest.mark.parametrize(
    "keys",
    [
        {"name": "../secret.png"},
        {"name": "../../secret.png"},
        {"name": 7},
        {"listed": "../../cat.png"},
        {"listed": None},
        {"images": []},
        {"annotations": [7]},
        {"images": [{"id": 9, "file_name": "cat.png", "height": 10**30, "width": 1}]},
        {"segments": None},
        {"segments": [{"id": 1, "category_id": 4}]},
    ],
)
def test_a_hostile_panoptic_file_is_one_sentence(panoptic, keys):
    report = panoptic(keys.pop("segments", [{"id": 261, "category_id": 4}]), **keys)
    assert (report.annotations, report.problem_count) == (0, 1)


def test_a_segment_of_no_known_class_is_named_after_its_number(project, panoptic):
    assert panoptic([{"id": 261, "category_id": 77}]).annotations == 1
    assert [category.name for category in project.categories()] == ["sky", "category 77"]


def test_a_class_that_panoptic_does_not_list_or_not_name_is_told(project, panoptic):
    categories = [{"id": 4}, {"id": 5, "name": "sky"}]
    report = panoptic([{"id": 261, "category_id": 77}], categories=categories)
    assert report.problems == [
        "A category of the file has no name; it is called category 4.",
        "The file has no category 77; its objects get the class category 77.",
    ]


def test_of_classes_and_segments_of_one_id_the_first_counts_and_it_is_said(project, panoptic):
    categories = [{"id": 4, "name": "sky"}, {"id": 4, "name": "dog"}, {"id": 5, "name": "cat"}]
    report = panoptic([{"id": 261, "category_id": 4}, {"id": 261, "category_id": 5}], categories=categories)
    assert report.problems == [
        "Several categories of the file have the id 4: their objects get the class sky.",
        "000.png, segment 261: another segment of the file has its number.",
    ]
    [found] = project.annotation_table.all()
    names = {each.id: each.name for each in project.categories()}
    assert (names[found.category_id], report.annotations, report.skipped) == ("sky", 1, 1)


def test_what_a_panoptic_file_says_of_itself_is_kept_for_coco(project, panoptic, tmp_path):
    said = {"info": {"year": 2017}, "licenses": [{"id": 4}], "split": "val"}
    assert panoptic([{"id": 261, "category_id": 4}], **said).problems == []
    drained(format_named("coco").export_file(project, tmp_path / "out.json"))
    content = json.loads((tmp_path / "out.json").read_text())
    assert {key: content[key] for key in said} == said


@pytest.mark.parametrize(("second", "count"), [("100% sure #1.png", 0), ("cat.png", 1)])
def test_a_map_of_one_of_two_images_with_one_id_is_left_out_and_told(panoptic, second, count):
    images = [{"id": 9, "file_name": name, "height": HEIGHT, "width": WIDTH} for name in ("cat.png", second)]
    report = panoptic([{"id": 261, "category_id": 4}], images=images)
    told = ["Several images of the file have the id 9: their objects are left out."]
    assert (report.annotations, report.problems) == (count, [] if count else told)


def test_objects_as_wide_as_the_image_are_not_all_held_at_once(make_project, tmp_path):
    project, side = make_project("cat.png"), 500
    Image.new("RGB", (side, side)).save(project.root / "cat.png")
    wide = np.zeros((30, side, side), bool)
    for row, pixels in enumerate(wide):
        pixels[row, :2] = pixels[side - 1 - row, -2:] = True
    fill(project, list(wide))
    tracemalloc.start()
    drained(PANOPTIC.export_file(project, tmp_path / "out"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < wide.nbytes * 0.7
    written = json.loads((tmp_path / "out" / "panoptic.json").read_text())["annotations"][0]["segments_info"]
    assert [(each["id"], each["area"]) for each in written] == [(number, 4) for number in range(1, 31)]


def test_overlaps_are_whole_in_the_files_of_objects_and_seen_from_above_in_the_maps(make_project, tmp_path):
    one, other, third = (
        make_project("cat.png"),
        make_project("cat.png", folder="b"),
        make_project("cat.png", folder="c"),
    )
    fill(one, [pixels_of("full"), pixels_of("block")], ["sky", "cat"], attributes={"a": [1]})
    drained(PNG.export_file(one, tmp_path / "out"))
    drained(PNG.import_file(other, tmp_path / "out"))
    assert content(other) == content(one)
    semantic = np.asarray(Image.open(tmp_path / "out" / "semantic" / "cat.png"))
    assert (semantic == np.where(pixels_of("block"), 2, 1)).all()
    with Image.open(tmp_path / "out" / "instances" / "cat.png") as instances:
        assert instances.mode == "I;16"
    (tmp_path / "out" / "objects" / "cat.json").unlink()
    drained(PNG.import_file(third, tmp_path / "out"))
    assert [a.mask.area for a in third.annotation_table.all()] == [WIDTH * HEIGHT - 40, 40]


KINDS = {
    "all": {"objects", "instances", "semantic"},
    "objects": {"objects"},
    "instances": {"instances", "semantic"},
    "semantic": {"semantic"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_png_is_written_alone_and_read_back(make_project, tmp_path, kind):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    fill(one, [pixels_of("block"), pixels_of("below"), pixels_of("corner")], ["sky", "cat"])
    report = drained(PNG.export_file(one, tmp_path / "out", kind=kind))
    assert {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()} == KINDS[kind]
    drained(PNG.import_file(other, tmp_path / "out"))
    if kind == "semantic":
        assert report.places == {"border to others of its class": ["cat.png, object 3"]}
        sky, cat = (annotation.mask.to_array() for annotation in other.annotation_table.all())
        assert (sky == pixels_of("block") | pixels_of("corner")).all()
        assert (cat == pixels_of("below")).all()
    else:
        assert report.losses == {}
        assert content(other) == content(one)


@pytest.mark.parametrize("kind", ["instances", "semantic"])
def test_what_others_cover_is_lost_without_objects_and_named(make_project, tmp_path, kind):
    one = make_project("cat.png")
    fill(one, [pixels_of("full"), pixels_of("block"), pixels_of("block")], ["sky", "cat", "dog"])
    report = drained(PNG.export_file(one, tmp_path / "out", kind=kind))
    assert report.places["covered pixels"] == ["cat.png, object 1", "cat.png, object 2"]
    assert (report.annotations, report.skipped) == (2, 1)


# --- void ------------------------------------------------------------------------------------------------------------


def a_map(file, **kinds):
    """A map with a block of 7, and void around it where that is told."""
    pixels = np.zeros((HEIGHT, WIDTH), np.uint16 if kinds.get("deep") else np.uint8)
    pixels[1:8, 2:12] = 255 if kinds.get("void") else 0
    pixels[2:7, 3:11] = kinds.get("block", 7)
    file.parent.mkdir(parents=True)
    Image.fromarray(pixels).save(file)


@pytest.mark.parametrize(
    ("name", "file"), [("cityscapes", "gtFine/cat_gtFine_labelIds.png"), ("png", "semantic/cat.png")]
)
def test_255_is_void_and_no_class(name, file, make_project, tmp_path):
    project = make_project("cat.png")
    a_map(tmp_path / "in" / file, void=True)
    report = drained(format_named(name).import_file(project, tmp_path / "in"))
    [found] = project.annotation_table.all()
    assert (found.mask.area, report.annotations, report.categories) == (40, 1, 1)
    assert [line for line in report.remarks.lines() if line.endswith("void pixels (255) are of no object.")]
    a_map(tmp_path / "void" / file, block=255)
    if name == "png":
        (tmp_path / "void" / "classes.json").write_text('{"classes": [{"number": 7, "name": "cat"}]}')
    report = drained(format_named(name).import_file(project, tmp_path / "void"))
    assert (report.annotations, report.left_out) == (0, 1)
    assert "void (255): no object" in report.problems[0]


def test_255_is_a_class_where_the_folder_says_so_and_white_on_black_is_a_mask(make_project, tmp_path):
    project = make_project("cat.png")
    a_map(tmp_path / "in" / "semantic" / "cat.png", block=255)
    assert drained(PNG.import_file(project, tmp_path / "in")).annotations == 1
    project.undo()
    (tmp_path / "in" / "classes.json").write_text('{"classes": [{"number": 255, "name": "cat"}]}')
    assert drained(PNG.import_file(project, tmp_path / "in")).annotations == 1
    assert [each.name for each in project.categories()] == ["cat"]


# --- lists that are none, and numbers of two classes -----------------------------------------------------------------


@pytest.mark.parametrize(("name", "file"), [("cityscapes", "cat_gtFine_polygons.json"), ("png", "objects/cat.json")])
@pytest.mark.parametrize("objects", [{"1": {"label": "cat"}}, None, "x"])
def test_objects_that_are_no_list_are_no_empty_image(name, file, objects, project, tmp_path):
    path = tmp_path / "in" / file
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"imgHeight": HEIGHT, "imgWidth": WIDTH, "objects": objects}))
    report = drained(format_named(name).import_file(project, tmp_path / "in"))
    assert (report.images, report.left_out) == (0, 1)
    assert report.problems == [f"{path.name}: what it has as objects is no list."]


@pytest.mark.parametrize(
    ("name", "file", "listed", "key_name"),
    [("cityscapes", "cat_gtFine_labelIds.png", "labels", "id"), ("png", "semantic/cat.png", "classes", "number")],
)
def test_of_two_classes_of_one_number_the_first_is_taken_and_the_other_told(
    name, file, listed, key_name, project, tmp_path
):
    a_map(tmp_path / "in" / file)
    classes = [{key_name: 7, "name": "cat"}, {key_name: 7, "name": "dog"}, {key_name: 7, "name": "cat"}]
    own = {"png": "classes.json", "cityscapes": "labels.json"}[name]
    (tmp_path / "in" / own).write_text(json.dumps({listed: classes}))
    report = drained(format_named(name).import_file(project, tmp_path / "in"))
    assert [each for _, each, _ in content(project)] == ["cat"]
    assert report.problems == [
        "The class dog has the number 7 in the file, which cat has too: what has that number becomes cat."
    ]
