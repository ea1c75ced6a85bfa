"""YOLO folders as they are found in the world, and what ours look like."""

import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.formats.kit.bridges import ring
from app.formats.kit.describe import describe
from app.formats.kit.yaml import names_in, quoted
from app.formats.registry import format_named
from app.masks.polygons import from_polygons
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

YOLO, BOXES = format_named("yolo-seg"), format_named("yolo")
SQUARE = "0 0.1 0.25 0.6 0.25 0.6 0.75 0.1 0.75\n"


@pytest.fixture
def folder(tmp_path):
    """These files, in a folder."""

    def make(**files):
        root = tmp_path / "in"
        for name, text in files.items():
            file = root / name.replace("__", "/").replace("_txt", ".txt").replace("_yaml", ".yaml")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return root

    return make


@pytest.mark.parametrize(
    "text",
    [
        "names: [cat, 'd og', \"c\\u00f6w\"]",
        "names:\n- cat\n- d og  # a comment\n- cöw\nnc: 3\n",
        "path: x\nnames:\n  0: cat\n  1: 'd og'\n\n  # comment\n  2: \"cöw\"\ntrain: y",
        "nc: 3\nnames: {0: cat, 1: 'd og', 2: cöw}\n",
        "names:\n  [\n    cat, # one\n    d og,\n    cöw,\n  ]\n",
        '{"x": 1}\n"names": ["cat", "d og", "cöw"]',
        "names: &all\n- cat\n- d\n  og\n- cöw\nval: *all\n",
        "names: !!python/tuple\n- &c cat\n- !!str d og\n- cöw\n",
        "names:\n- cat\n- 'd\n\n  og'\n- >-\n  cöw\n",
        "names: !x [cat, 'd og', cöw]",
    ],
)
def test_names_in_every_way_they_are_written(text):
    assert names_in(text) == {0: "cat", 1: "d og", 2: "cöw"}


def test_a_name_of_nothing_takes_its_number():
    assert names_in("names:\n- cat\n-\n- dog\n") == {0: "cat", 1: "", 2: "dog"}


@pytest.mark.parametrize(
    "text",
    ["", "names", "names: [cat", "names: [[cat]]", "names: {a", "names: [" + '"' * 99, "names:\n  ? 0\n  : cat\n",
     "names:\n  cat\n  dog\n", "names:\n- cat\n? 1\n: dog\n"],
)  # fmt: skip
def test_no_names_are_said(text):
    with pytest.raises(Problem):
        names_in(text)


def test_names_of_a_hostile_file_take_no_time():
    begin = time.monotonic()
    for evil in ("names: [" + " " * 10**6 + "x", "names: [" + "a:" * 10**6, "names:\n" + "'" * 10**6, "\n" * 10**6):
        with suppress(Problem):
            names_in(evil)
    assert time.monotonic() - begin < 3


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_can_be_quoted(name):
    assert names_in(f"names:\n  0: {quoted(name)}\n") == {0: name}
    assert names_in(f"names: [{quoted(name)}]\n") == {0: name}


@given(st.integers(1, 9), st.integers(1, 9), st.randoms())
def test_one_ring_says_holes_and_parts(height, width, chance):
    pixels = np.array([[chance.random() < 0.6 for _ in range(width)] for _ in range(height)])
    pixels[0, 0] = True
    polygon = ring(Mask.from_array(pixels))
    assert (from_polygons([polygon.reshape(-1).tolist()], (height, width)).to_array() == pixels).all()


def test_noise_of_many_parts_is_a_matter_of_seconds():
    pixels = np.random.default_rng(0).random((300, 400)) < 0.3
    begin = time.monotonic()
    polygon = ring(Mask.from_array(pixels))
    assert time.monotonic() - begin < 20
    assert (from_polygons([polygon.reshape(-1).tolist()], pixels.shape).to_array() == pixels).all()


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("cat.png", "labels/cat"),
        ("images/train/cat.png", "labels/train/cat"),
        ("train/cat.png", "labels/train/cat"),
        ("train/images/cat.png", "train/labels/cat"),
        ("other/cat.png", "cat"),
    ],
)
def test_the_image_of_a_label(make_project, folder, image, label):
    project = make_project(image, "dog.png")
    root = folder(**{label.replace("/", "__") + "_txt": SQUARE, "data_yaml": "names: [cat]"})
    report = drained(YOLO.import_file(project, root))
    assert (report.annotations, report.problems) == (1, [])
    (annotation,) = project.annotation_table.all()
    assert annotation.mask.bbox == (2, 3, 10, 6)


def test_darknets_layout_with_its_list_of_names(project, folder):
    """As CVAT's YOLO 1.1: labels lie beside the images, the lists of images are no labels."""
    root = folder(train_txt="data/obj/cat.png\n", valid_txt="x.png\n", obj__cat_txt=SQUARE, **{"obj.names": "owl\n"})
    assert drained(YOLO.import_file(project, root)).problems == []
    assert [category.name for category in project.categories()] == ["owl"]


def test_the_one_of_two_is_not_guessed(make_project, folder):
    project = make_project("a/cat.png", "b/cat.png")
    report = drained(YOLO.import_file(project, folder(labels__cat_txt=SQUARE, data_yaml="names: [cat]")))
    assert (report.annotations, report.problem_count) == (0, 1)


def only_object(project):
    """The path of the image with the one object."""
    (annotation,) = project.annotation_table.all()
    return next(image.path for image in project.images() if image.id == annotation.image_id)


def test_two_readings_of_a_label_are_refused_where_nothing_decides(make_project, folder):
    project = make_project("images/cat.png", "cat.png")
    report = drained(YOLO.import_file(project, folder(labels__cat_txt=SQUARE, data_yaml="names: [cat]")))
    said = "labels/cat may mean images/cat.png or cat.png, and nothing tells which."
    assert (report.annotations, report.problems) == (0, [said])


def test_another_label_decides_between_two_readings(make_project, folder):
    project = make_project("images/cat.png", "cat.png")
    root = folder(labels__cat_txt=SQUARE, labels__images__cat_txt="", data_yaml="names: [cat]")
    assert drained(YOLO.import_file(project, root)).problems == []
    assert only_object(project) == "cat.png"


def test_labels_that_can_only_mean_one_image_by_two_readings_are_refused(make_project, folder):
    project = make_project("images/cat.png", "dog.png")
    root = folder(labels__cat_txt=SQUARE, labels__images__cat_txt=SQUARE, data_yaml="names: [cat]")
    report = drained(YOLO.import_file(project, root))
    assert report.annotations == 0
    assert report.problems == [
        f"{one} and {other} may both mean images/cat.png, and nothing tells which does."
        for one, other in (("labels/cat", "labels/images/cat"), ("labels/images/cat", "labels/cat"))
    ]


def test_labels_beside_the_images_of_the_project_are_read_as_yolo_does(make_project, tmp_path):
    project = make_project("images/cat.png", "cat.png")
    labels = tmp_path / "photos" / "labels"
    labels.mkdir()
    (labels / "cat.txt").write_text(SQUARE)
    assert drained(YOLO.import_file(project, tmp_path / "photos")).annotations == 1
    assert only_object(project) == "images/cat.png"


def test_a_list_tells_the_ending_of_the_image(make_project, folder):
    project = make_project("cat.jpg", "cat.png")
    root = folder(labels__cat_txt=SQUARE, data_yaml="names: [cat]", train_txt="./images/cat.png\n")
    assert drained(YOLO.import_file(project, root)).problems == []
    assert only_object(project) == "cat.png"


@pytest.mark.parametrize("split", [0, 0.5, 1])
@pytest.mark.parametrize("each", [YOLO, BOXES], ids=lambda each: each.name)
def test_a_split_of_images_in_a_folder_named_images_is_their_own(make_project, tmp_path, each, split):
    names = ["x.png", "images/x.png", "train/y.png", "images/train/y.png"]
    one, other = make_project(*names), make_project(*names, folder="copy")
    drained(each.export_file(one, tmp_path / "a", split=split, seed=2))
    assert drained(each.import_file(other, tmp_path / "a")).problems == []
    drained(each.export_file(other, tmp_path / "b"))
    for list_ in (tmp_path / "a").glob("*.txt"):
        assert (tmp_path / "b" / list_.name).read_bytes() == list_.read_bytes()


def test_a_list_of_names_among_the_labels_is_none(project, folder):
    root = folder(labels__cat_txt=SQUARE, labels__classes_txt="cat\ndog\n", data_yaml="names: [cat]")
    assert drained(YOLO.import_file(project, root)).problems == []


def test_classes_come_in_their_order_with_or_without_objects(project, folder):
    drained(YOLO.import_file(project, folder(labels__cat_txt=SQUARE, data_yaml="names: [z, y, x]") / "data.yaml"))
    assert [category.name for category in project.categories()] == ["z", "y", "x"]


@pytest.mark.parametrize(
    "line",
    ["0 0.1 0.2 0.3", "0 a b c d e f", "x 0.1 0.1 0.2 0.2 0.3 0.3", "0 nan nan nan nan nan nan", "0 inf 1 1 1",
     "0", "-1 0.1 0.1 0.2 0.2 0.3 0.3", "9999999999 0.1 0.1 0.2 0.2 0.3 0.3", "0 1e308 1e308 1e308 1e308 1e308 0"],
)  # fmt: skip
def test_a_broken_line_is_skipped(project, folder, line):
    report = drained(YOLO.import_file(project, folder(labels__cat_txt=f"{line}\n{SQUARE}", data_yaml="names: [cat]")))
    assert (report.annotations, report.skipped) == (1, 1)
    assert "line 1" in report.problems[0]


def test_lines_far_outside_and_classes_nobody_named(project, folder):
    lines = "7 -1e9 -1e9 1e9 -1e9 1e9 1e9 -1e9 1e9\n" + "7 0.5 0.5 1 1\n"
    report = drained(YOLO.import_file(project, folder(labels__cat_txt=lines)))
    assert [annotation.mask.area for annotation in project.annotation_table.all()] == [WIDTH * HEIGHT] * 2
    assert [category.name for category in project.categories()] == ["class 7"]
    assert report.problem_count == 1


def test_an_empty_file_tells_the_split_of_its_image_if_there_is_one(project, folder):
    root = folder(labels__val__cat_txt="\n", labels__val__none_txt="", labels__lone_txt="", data_yaml="names: [cat]")
    assert drained(YOLO.import_file(project, root)).problems == []
    assert {image.path: image.extra for image in project.images() if image.extra} == {"cat.png": {"split": "val"}}


def test_a_polygon_that_no_import_would_read_is_named(make_project, tmp_path, monkeypatch):
    project = make_project("cat.png")
    with project.step("Add") as step:
        mask = Mask.from_array(np.indices((HEIGHT, WIDTH)).sum(axis=0) % 2 == 0)
        step.add(Annotation(0, 1, None, mask))
    assert drained(YOLO.export_file(project, tmp_path / "out")).losses == {}
    monkeypatch.setattr("app.formats.kit.yolo_files.MAX_PERIMETER_PX", 100)
    assert drained(YOLO.export_file(project, tmp_path / "out")).places == {"outline": ["cat.png, object 1"]}


def split_of(project, out, **options):
    """What the lists say after an export."""
    report = drained(YOLO.export_file(project, out, **options))
    assert report.image_losses == {}
    return {name: (out / f"{name}.txt").read_text(encoding="utf-8").splitlines() for name in ("train", "val")}


def test_a_seed_deals_the_images_out_the_same_way_everywhere(make_project, tmp_path):
    names = [f"{n}.png" for n in range(19)] + ["sub/猫 #1.png"]
    one = make_project(*names)
    split = split_of(one, tmp_path / "a", split=0.25, seed=3)
    assert {name: len(lines) for name, lines in split.items()} == {"train": 15, "val": 5}
    assert sorted(split["train"] + split["val"]) == sorted(f"./images/{name}" for name in names)
    assert split["val"] == [f"./images/{n}.png" for n in (5, 8, 11, 12, 15)]  # on any machine
    assert split_of(make_project(*names, folder="copy"), tmp_path / "b", split=0.25, seed=3) == split
    assert split_of(one, tmp_path / "c", split=0.25, seed=4) != split
    assert split_of(one, tmp_path / "d", split=1)["train"] == []
    assert "train: train.txt\nval: val.txt\n" in (tmp_path / "a" / "data.yaml").read_text()
    drained(YOLO.export_file(one, tmp_path / "e"))
    assert "train: images\nval: images\n" in (tmp_path / "e" / "data.yaml").read_text()
    assert not (tmp_path / "e" / "val.txt").exists()


@pytest.mark.parametrize("each", [YOLO, BOXES], ids=lambda each: each.name)
def test_a_split_is_read_back_and_kept(make_project, tmp_path, each):
    names = ["a.png", "b.png", "twin.jpg", "twin.png", "sub/c.png"]
    one, other = make_project(*names), make_project(*names, folder="copy")
    drained(each.export_file(one, tmp_path / "a", split=0.4, seed=1))
    report = drained(each.import_file(other, tmp_path / "a"))
    assert (report.images, report.problems) == (5, [])
    listed = (tmp_path / "a" / "val.txt").read_text().splitlines()
    assert [f"./images/{i.path}" for i in other.images() if i.extra == {"split": "val"}] == listed
    assert len(listed) == 2
    drained(each.export_file(other, tmp_path / "b"))
    for name in ("train.txt", "val.txt", "data.yaml"):
        assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "a" / name).read_bytes()


def test_a_split_by_folders_or_by_lists_of_other_machines(make_project, folder):
    project = make_project("images/train/cat.png", "images/val/dog.png", "cow.png")
    root = folder(
        labels__train__cat_txt=SQUARE, labels__val__dog_txt="", labels__cow_txt=SQUARE, data_yaml="names: [cat]",
        test_txt="C:\\data\\images\\cow.jpg\n\n/nowhere/x.jpg\n",
    )  # fmt: skip
    assert drained(YOLO.import_file(project, root)).problems == []
    assert [image.extra.get("split") for image in project.images()] == ["test", "train", "val"]


def test_a_list_that_cannot_be_read_is_said(project, folder):
    root = folder(labels__cat_txt=SQUARE, data_yaml="names: [cat]")
    (root / "train.txt").write_bytes(b"\xfa\xfe")
    report = drained(YOLO.import_file(project, root))
    assert (report.annotations, report.problem_count) == (1, 1)
    assert "train.txt" in report.problems[0]


def test_images_whose_labels_yolo_would_look_for_in_one_file_are_named(make_project, tmp_path):
    report = drained(YOLO.export_file(make_project("twin.jpg", "twin.png"), tmp_path / "out"))
    assert [problem.split(":")[0] for problem in report.problems] == ["twin.jpg", "twin.png"]


def test_an_image_without_objects_has_an_empty_file(project, tmp_path):
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[3:9, 2:12] = pixels[3, 2:13] = True
    image = next(record.id for record in project.images() if record.path == "cat.png")
    with project.step("Add") as step:
        category = step.add(Category(0, "cat", "#000000"))
        step.add(Annotation(0, image, category.id, Mask.from_array(pixels)))
    report = drained(BOXES.export_file(project, tmp_path / "out"))
    labels = tmp_path / "out" / "labels"
    assert (labels / "sub" / "猫と犬.txt").read_bytes() == b""
    assert (labels / "cat.txt").read_text() == "0 0.37500000 0.50000000 0.55000000 0.50000000\n"
    assert report.losses == {"outline": 1}
    assert describe(report).lost == ["cat.png, object 1: its outline cannot be kept in this format."]
    assert describe(report).lost_beside == ["class cat: its color cannot be kept in this format."]


@pytest.mark.parametrize(
    ("image", "labels"),
    [
        ("cat.png", "labels/cat.txt"),
        ("a/cat.png", "labels/a/cat.txt"),
        ("images/cat.png", "images/labels/cat.txt"),
        ("train/images/cat.png", "images/train/labels/cat.txt"),
        ("images/a/images/b/cat.png", "images/images/a/labels/b/cat.txt"),
    ],
)
def test_labels_lie_where_ultralytics_looks_for_them_and_are_found_again(make_project, tmp_path, image, labels):
    """It puts labels in the place of the last folder called images: ultralytics.data.utils.img2label_paths."""
    one = make_project(image)
    with one.step("Add") as step:
        cat = step.add(Category(0, "cat", "#111111"))
        mask = from_polygons([[2, 1, 12, 1, 12, 9, 2, 9]], (HEIGHT, WIDTH))
        step.add(Annotation(0, one.images()[0].id, cat.id, mask))
    drained(YOLO.export_file(one, tmp_path / "out"))
    assert (tmp_path / "out" / labels).is_file()
    before, _, after = f"/images/{image}".rpartition("/images/")
    assert f"{before}/labels/{after}".removesuffix(".png") + ".txt" == f"/{labels}"
    other = make_project(image, folder="others")
    assert drained(YOLO.import_file(other, tmp_path / "out")).problems == []
    assert [each.mask for each in other.annotation_table.all()] == [mask]


def test_validation_photos_of_other_programs_stay_validation_photos(make_project, folder, tmp_path):
    project = make_project("train/images/a.png", "valid/images/b.png", "val2017/c.png")
    root = folder(train__labels__a_txt=SQUARE, valid__labels__b_txt=SQUARE, labels__val2017__c_txt=SQUARE)
    drained(YOLO.import_file(project, root))
    assert {image.path: image.extra.get("split") for image in project.images()} == {
        "train/images/a.png": "train", "valid/images/b.png": "val", "val2017/c.png": "val",
    }  # fmt: skip


def test_a_photo_may_be_called_train(make_project, folder):
    project = make_project("train.png", "classes.png")
    root = folder(train_txt=SQUARE, classes_txt=SQUARE, data_yaml="names: [cat]")
    assert drained(YOLO.import_file(project, root)).annotations == 2


CORNERS = "0.1 0.25 0.6 0.25 0.6 0.75 0.1 0.75"


@pytest.mark.parametrize("track", [1, 2, 3, 17])
@pytest.mark.parametrize("confidence", ["", " 0.875"])
def test_a_polygon_of_a_track_is_the_polygon(make_project, folder, track, confidence):
    project = make_project("a.png", "b.png")
    line, other = (f"0 {CORNERS}{confidence} {number}\n" for number in (track, track + 1))
    drained(YOLO.import_file(project, folder(labels__a_txt=line + other, labels__b_txt=f"0 {CORNERS}\n")))
    one, two, plain = project.annotation_table.all()
    assert one.mask == two.mask == plain.mask
    assert (one.attributes, two.attributes, plain.attributes) == ({"track_id": track}, {"track_id": track + 1}, {})
    assert one.extra == two.extra == ({"score": 0.875} if confidence else {})


def test_a_corner_on_the_border_is_no_track(make_project, folder):
    """Nothing else in the file tells of tracks."""
    project = make_project("a.png")
    drained(YOLO.import_file(project, folder(labels__a_txt="0 0 0 1 0 1 0.5 0.5 1\n")))
    [found] = project.annotation_table.all()
    assert found.attributes == {}
    assert found.mask.to_array()[-1].any()


def test_a_box_of_a_track_without_a_confidence_has_none(make_project, folder):
    project = make_project("a.png")
    drained(BOXES.import_file(project, folder(labels__a_txt="0 0.5 0.5 0.25 0.5 7\n")))
    [found] = project.annotation_table.all()
    assert (found.attributes, found.extra) == ({"track_id": 7}, {})


@pytest.mark.parametrize("path", ["path: .\n", "path: ./\n", "path: ''\n", ""])
def test_a_path_of_a_dot_is_the_folder_of_data_yaml(make_project, folder, monkeypatch, tmp_path, path):
    project = make_project("a.png")
    root = folder(labels__a_txt=SQUARE, data_yaml=f"{path}train: images\nval: images\nnames: [cat]\n")
    (tmp_path / "elsewhere" / "labels").mkdir(parents=True)
    (tmp_path / "elsewhere" / "labels" / "a.txt").write_text(SQUARE * 2)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert drained(YOLO.import_file(project, root / "data.yaml")).annotations == 1


def test_readers_look_for_the_images_beside_our_data_yaml(project, tmp_path):
    """With a path of "." Ultralytics would look in the folder that it is started in."""
    drained(YOLO.export_file(project, tmp_path / "out", split=0.5))
    lines = (tmp_path / "out" / "data.yaml").read_text(encoding="utf-8").splitlines()
    assert not any(line.startswith("path:") for line in lines)
    assert "train: train.txt" in lines


def test_the_box_of_the_first_track_is_a_box(make_project, folder):
    project = make_project("a.png")
    drained(BOXES.import_file(project, folder(labels__a_txt="0 0.5 0.5 0.25 0.5 0.9 1\n")))
    [found] = project.annotation_table.all()
    assert found.mask.area == WIDTH // 4 * HEIGHT // 2


def test_a_box_beside_outlines_is_an_outline_too(make_project, folder, tmp_path):
    """Ultralytics takes every line of a file for an outline where one has more than six words (verify_image_label)."""
    project = make_project("a.png", "b.png")
    box, outline = "0 0.75 0.75 0.25 0.25\n", "0 0.125 0.125 0.375 0.125 0.375 0.375 0.125 0.375\n"
    drained(BOXES.import_file(project, folder(labels__a_txt=box + outline, labels__b_txt=box)))
    with project.step("Draw") as step:
        [_, drawn, _] = project.annotation_table.all()
        step.put(replace(drawn, geometry=None))
    before = [each.mask for each in project.annotation_table.all()]
    report = drained(YOLO.export_file(project, tmp_path / "out"))
    mixed = (tmp_path / "out/labels/a.txt").read_text().splitlines()
    assert all(len(line.split()) > 6 for line in mixed)
    assert (tmp_path / "out/labels/b.txt").read_text() == box
    assert report.losses  # that it came as a box
    again = make_project("a.png", "b.png", folder="again")
    drained(YOLO.import_file(again, tmp_path / "out"))
    assert [each.mask for each in again.annotation_table.all()] == before
