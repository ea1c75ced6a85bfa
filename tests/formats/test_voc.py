"""Pascal VOC as its authors, labelme and CVAT write it."""

import numpy as np
import pytest
from PIL import Image

from app.formats.registry import format_named
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH

VOC = format_named("voc")


def index(**boxes):
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    for number, (x0, y0, x1, y1) in boxes.items():
        pixels[y0:y1, x0:x1] = int(number[1:])
    return pixels


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "VOC"

    def make(objects=None, classes=None, boxes=None, names=None):
        for kind, pixels in (("SegmentationObject", objects), ("SegmentationClass", classes)):
            if pixels is not None:
                (root / kind).mkdir(parents=True)
                Image.fromarray(pixels).save(root / kind / "cat.png")
        if boxes is not None:
            (root / "Annotations").mkdir(parents=True)
            (root / "Annotations" / "cat.xml").write_text(f"<annotation>{boxes}</annotation>")
        if names is not None:
            (root / names[0]).write_text(names[1])
        return root

    return make


def boxed(name, x0, y0, x1, y1, more=""):
    corners = f"<xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
    return f"<object><name>{name}</name>{more}<bndbox>{corners}</bndbox></object>"


def content(project):
    names = {category.id: category.name for category in project.categories()}
    return [(names[a.category_id], a.mask.bbox) for a in project.annotation_table.all()]


def test_masks_of_the_authors_have_their_class_below_and_void_is_nothing(project, folder):
    root = folder(
        index(n1=(1, 1, 4, 4), n2=(6, 2, 9, 5), n255=(12, 0, 14, 9)), index(n12=(0, 0, 5, 5), n15=(5, 0, 9, 9))
    )
    report = drained(VOC.import_file(project, root))
    assert report.problems == []
    assert content(project) == [("dog", (1, 1, 3, 3)), ("person", (6, 2, 3, 3))]


def test_boxes_count_from_one_and_the_last_pixel_is_in(project, folder):
    size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height></size>"
    root = folder(boxes=size + boxed("cat", 1, 1, WIDTH, HEIGHT) + boxed("dog", 3, 2, 3, 2, "<difficult>1</difficult>"))
    assert drained(VOC.import_file(project, root)).problems == []
    assert content(project) == [("cat", (0, 0, WIDTH, HEIGHT)), ("dog", (2, 1, 1, 1))]
    assert [a.extra for a in project.annotation_table.all()] == [{}, {"difficult": "1"}]


def test_what_an_object_says_of_its_parts_is_counted_and_named(project, folder):
    part = "<part><name>head</name><bndbox/></part>"
    more = "<occluded>1</occluded><actions/>" + part
    root = folder(boxes=boxed("cat", 1, 1, 4, 3, part * 2) + boxed("cat", 5, 1, 9, 3, more))
    report = drained(VOC.import_file(project, root))
    assert report.annotations == 2
    assert "part has no place here and is left out (3)." in report.problems[0]
    assert "actions" in report.problems[1]
    assert [annotation.extra for annotation in project.annotation_table.all()] == [{}, {"occluded": "1"}]


@pytest.mark.parametrize(
    "names",
    [("class_names.txt", "__ignore__\n_background_\nowl\ntwo words\n"),
     ("labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\nowl:128,0,0::\ntwo words:0,128,0::\n")],
)  # fmt: skip
def test_areas_without_objects_are_one_object_a_class(project, folder, names):
    root = folder(classes=index(n1=(0, 0, 2, 2), n2=(4, 4, 6, 6), n9=(8, 8, 9, 9)), names=names)
    drained(VOC.import_file(project, root))
    assert [name for name, _ in content(project)] == ["owl", "two words", "class 9"]


def test_colours_are_numbers_by_the_list_of_cvat(project, folder):
    """Whatever the order: black is nothing. Void stays void, and objects have VOC's colours."""
    objects, classes = (np.zeros((HEIGHT, WIDTH, 3), np.uint8) for _ in range(2))
    objects[1:4, 1:4], objects[2:5, 6:9], objects[0, 12:14] = (128, 0, 0), (0, 128, 0), (224, 224, 192)
    classes[1:4, 1:4], classes[2:5, 6:9] = (1, 2, 3), (0, 0, 128)
    root = folder(objects, classes, names=("labelmap.txt", "owl:1,2,3::\nbackground:0,0,0::\ntwo words:0,0,128::\n"))
    assert drained(VOC.import_file(project, root)).problems == []
    assert content(project) == [("owl", (1, 1, 3, 3)), ("two words", (6, 2, 3, 3))]


@pytest.mark.parametrize(
    ("names", "expected"), [(("class_names.txt", "_background_\nowl\nhen\n"), "owl"), (None, "hen")]
)
def test_the_class_below_an_object_is_its_class_where_a_list_tells_it(project, folder, names, expected):
    """datumaro's XML lists boxes, which may be of other objects. Without a list the numbers say nothing."""
    pixels = index(n1=(1, 1, 4, 4))
    root = folder(pixels, pixels, boxed("hen", 7, 7, 9, 9, "<difficult>1</difficult>"), names)
    assert drained(VOC.import_file(project, root)).problems == []
    assert content(project) == [(expected, (1, 1, 3, 3))]


@pytest.mark.parametrize(
    "boxes",
    [
        "<object/>",
        "<object><name>cat</name></object>",
        boxed("", 1, 1, 2, 2),
        boxed("cat", "nan", 1, 2, 2),
        boxed("cat", "x", 1, 2, 2),
        boxed("cat", "1e400", 1, 2, 2),
    ],
)
def test_a_broken_object_is_skipped(project, folder, boxes):
    report = drained(VOC.import_file(project, folder(boxes=boxes + boxed("cat", 1, 1, 3, 3))))
    assert (report.annotations, report.skipped, report.problem_count) == (1, 1, 1)


@pytest.mark.parametrize(
    "boxes",
    ["<size><width>5</width><height>5</height></size>" + boxed("cat", 1, 1, 3, 3), "<object>",
     "<filename>../../etc/passwd.png</filename><size><width>99999999999999999</width><height>1</height></size><a>"],
)  # fmt: skip
def test_a_broken_file_is_one_sentence(project, folder, boxes):
    report = drained(VOC.import_file(project, folder(boxes=boxes)))
    assert (report.annotations, report.problem_count) == (0, 1)


@pytest.fixture
def xml_of(tmp_path):
    """Annotations/FILE.xml, of an object on an image of that name."""

    def write(file, name):
        path = tmp_path / "VOC" / "Annotations" / f"{file}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<annotation><filename>{name}</filename>{boxed('cat', 1, 1, 3, 3)}</annotation>")
        return tmp_path / "VOC"

    return write


def images_with_objects(project):
    return [project.image(annotation.image_id).path for annotation in project.annotation_table.all()]


@pytest.mark.parametrize("name", ["../../x.png", "..\\x.png", "b/../../x.png"])
def test_a_name_that_leads_out_of_the_images_is_refused_and_the_others_go_on(make_project, xml_of, name):
    project = make_project("a/x.png", "a/x_y.png", "x.png")
    xml_of("a/x_y", name)
    report = drained(VOC.import_file(project, xml_of("x", "x.png")))
    assert images_with_objects(project) == ["x.png"]
    told = name
    assert report.problems == [
        f"Annotations/a/x_y.xml: {told}, a path that leads out of the folder of the images, is refused."
    ]


@pytest.mark.parametrize(
    ("file", "name", "expected"),
    [
        ("a/x_y", "x.png", "a/x.png"),
        ("a/x_y", "a/x.png", "a/x.png"),
        ("a/x_y", "/home/me/a/x.png", "a/x.png"),
        ("a/x_y", "b/x.png", "b/x.png"),
        ("a/x_y", "c/x.png", "a/x_y.png"),
        ("a/x_y", "", "a/x_y.png"),
        ("a/x_y", ".", "a/x_y.png"),
        ("other", "b/x.png", "b/x.png"),
        ("other", "C:\\JPEGImages\\x.png", "x.png"),
    ],
)
def test_an_object_lies_on_the_image_that_is_named_or_on_that_of_the_file(make_project, xml_of, file, name, expected):
    project = make_project("a/x.png", "a/x_y.png", "b/x.png", "x.png")
    assert drained(VOC.import_file(project, xml_of(file, name))).problems == []
    assert images_with_objects(project) == [expected]


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((900, 900), np.uint8), np.full((HEIGHT, WIDTH, 3), 7, np.uint8), np.zeros((HEIGHT, WIDTH, 4), np.uint8)],
)
def test_a_png_of_another_kind_is_one_sentence(project, folder, pixels):
    report = drained(VOC.import_file(project, folder(objects=pixels)))
    assert (report.annotations, report.problem_count) == (0, 1)


def test_the_palette_is_that_of_voc_and_boxes_are_of_the_whole_object(project, tmp_path):
    with project.step("Add") as step:
        category = step.add(Category(0, "cat & dog", "#000000"))
        for pixels in (index(n1=(2, 1, 12, 9)), index(n1=(2, 1, 7, 9))):
            step.add(Annotation(0, 1, category.id, Mask.from_array(pixels > 0)))
    path = project.image(1).path.removesuffix(".png")
    report = drained(VOC.export_file(project, tmp_path / "out"))
    assert report.losses == {"covered pixels": 1}
    with Image.open(tmp_path / "out" / "SegmentationObject" / f"{path}.png") as image:
        assert image.mode == "P"
        colors = np.array(image.getpalette()).reshape(-1, 3)
        assert (np.asarray(image) == index(n1=(2, 1, 12, 9)) + index(n1=(2, 1, 7, 9))).all()
    known = {0: (0, 0, 0), 1: (128, 0, 0), 2: (0, 128, 0), 3: (128, 128, 0), 8: (64, 0, 0), 255: (224, 224, 192)}
    assert {number: tuple(colors[number]) for number in known} == known
    described = (tmp_path / "out" / "Annotations" / f"{path}.xml").read_text()
    assert described.count("<xmin>3</xmin><ymin>2</ymin><xmax>12</xmax><ymax>9</ymax>") == 1


def test_the_lists_are_those_of_the_authors_and_of_cvat(project, tmp_path):
    with project.step("Add") as step:
        for name in ("two words", "a:b", "# 猫"):
            step.add(Category(0, name, "#000000"))
    drained(VOC.export_file(project, tmp_path / "out"))
    assert (tmp_path / "out" / "labelmap.txt").read_text(encoding="utf-8").splitlines()[1:] == [
        "_background_:0,0,0::", "two words:128,0,0::", "a b:0,128,0::", "猫:128,128,0::",
    ]  # fmt: skip
    one, other = ((tmp_path / "out" / "ImageSets" / kind / "trainval.txt").read_text(encoding="utf-8")
                  for kind in ("Main", "Segmentation"))  # fmt: skip
    assert sorted(one.splitlines()) == ["100% sure #1", "cat", "sub/猫と犬"]
    assert one == other


AWKWARD = ["#no", "__ignore__", "no", "a:b", "a b", "__ignore__ me", "_background_", "__background_", "# :",
           "two\nlines", "two lines", " cat", "cat", "last"]  # fmt: skip


def one_of_each(project, names):
    """An object of each class, in columns."""
    with project.step("Add") as step:
        for x, name in enumerate(names):
            category = step.add(Category(0, name, "#000000"))
            step.add(Annotation(0, 1, category.id, Mask.from_array(index(n1=(x, 0, x + 1, 9)) > 0)))


@pytest.mark.parametrize(
    ("without", "names"),
    [
        ((), AWKWARD),
        (("Annotations",), AWKWARD),
        (("Annotations", "class_names.txt", "labelmap.txt"), AWKWARD),
        (("Annotations", "dataset_meta.json"), ["#no", "__ignore__", "no", "a:b", "a b", "last"]),
        (("Annotations", "dataset_meta.json", "labelmap.txt"), ["#no", "__ignore__", "no", "last"]),
        (("Annotations", "dataset_meta.json", "class_names.txt"), ["__ignore__", "a b", "last"]),
    ],
)
def test_classes_of_any_name_come_back_by_their_numbers(make_project, tmp_path, without, names):
    """With what is left of our own files."""
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    one_of_each(one, names)
    drained(VOC.export_file(one, tmp_path / "out"))
    for name in without:
        left_out = tmp_path / "out" / name
        left_out.rename(tmp_path / name) if left_out.exists() else None
    assert drained(VOC.import_file(other, tmp_path / "out")).problems == []
    assert content(other) == content(one)


def test_a_name_that_a_list_cannot_hold_shifts_no_other(make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    one_of_each(one, ["#no", "a:b", "last"])
    drained(VOC.export_file(one, tmp_path / "out"))
    for name in ("Annotations", "dataset_meta.json", "class_names.txt"):
        (tmp_path / "out" / name).rename(tmp_path / name)
    drained(VOC.import_file(other, tmp_path / "out"))
    assert [name for name, _ in content(other)] == ["no", "a b", "last"]


def test_names_that_a_line_holds_need_no_third_list(project, tmp_path):
    one_of_each(project, ["cat", "100% #1", "__ignore__"])
    drained(VOC.export_file(project, tmp_path / "out"))
    assert not (tmp_path / "out" / "dataset_meta.json").exists()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("# of mine\n__ignore__\n_background_\nowl\n#hen\n", ["owl", "#hen"]),
        ("# of mine\nbackground\n# birds\nowl\n__ignore__\nhen\n", ["owl", "hen"]),
    ],
)
def test_comments_are_no_classes_where_no_background_of_labelme_begins_the_list(project, folder, names, expected):
    root = folder(classes=index(n1=(0, 0, 2, 2), n2=(4, 4, 6, 6)), names=("class_names.txt", names))
    drained(VOC.import_file(project, root))
    assert [name for name, _ in content(project)] == expected


@pytest.mark.parametrize("meta", ['{"labels": 5}', "{}", '{"labels": ["x"], "segmentation_colors": [[1, 2, 999]]}'])
def test_a_file_of_another_program_in_the_place_of_datumaro_s_tells_nothing(project, folder, meta):
    root = folder(classes=index(n1=(0, 0, 2, 2)), names=("class_names.txt", "_background_\nowl\n"))
    (root / "dataset_meta.json").write_text(meta)
    drained(VOC.import_file(project, root))
    assert [name for name, _ in content(project)] == ["owl"]


def test_a_class_that_the_boxes_tell_otherwise_is_not_overruled_silently(project, folder):
    """Where the box may be that of the object."""
    pixels, names = index(n1=(1, 1, 4, 4)), ("class_names.txt", "_background_\nowl\nhen\n")
    root = folder(pixels, pixels, boxed("hen", 2, 2, 4, 4), names)
    assert drained(VOC.import_file(project, root)).problems == [
        "cat, object 1: its class is hen in Annotations, but owl in SegmentationClass, which was taken."
    ]
    assert content(project) == [("owl", (1, 1, 3, 3))]


def test_more_objects_than_numbers_are_named(make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    Image.new("RGB", (300, 2)).save(one.root / "cat.png")
    Image.new("RGB", (300, 2)).save(other.root / "cat.png")
    with one.step("Add") as step:
        category = step.add(Category(0, "cat", "#000000"))
        for x in range(256):
            pixels = np.zeros((2, 300), bool)
            pixels[0, x] = True
            step.add(Annotation(0, 1, category.id, Mask.from_array(pixels)))
    report = drained(VOC.export_file(one, tmp_path / "out"))
    assert (report.annotations, report.skipped) == (254, 2)
    assert report.problems[0] == "cat.png, object 255: the format holds 254 objects an image."
    assert drained(VOC.import_file(other, tmp_path / "out")).annotations == 254
