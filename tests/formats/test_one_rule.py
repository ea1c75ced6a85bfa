"""One rule for all readers: names with spaces, lists of names in other files, numbers as text, encodings, XML beside
the photos, boxes without masks."""

import json
import sys

import pytest

from app.formats.coco import import_coco
from app.formats.kit.coco.images import listed_images
from app.formats.kit.describe import describe
from app.formats.kit.report import BOX_ALONE
from app.formats.kit.values import ClassNames, decimal, key, numbered_names, whole
from app.formats.kit.yaml import value_of, whole_numbers_in
from app.formats.registry import format_named, format_of, formats
from app.project.records import Category
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_every_format import every, fill, pixels_of
from tests.formats.test_strangers import files_of

YOLO, VOC = format_named("yolo"), format_named("voc")
SQUARE = {"segmentation": [[2, 1, 12, 1, 12, 9, 2, 9]]}
LINE = "0.5 0.5 0.4 0.5\n"


def names_of(project):
    return sorted(category.name for category in project.categories())


def put(folder, **files):
    """Writes files of these names, in which __ is a slash and _ENDING the ending."""
    for name, content in files.items():
        file = folder / ".".join(name.replace("__", "/").rsplit("_", 1))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["cat \r\ndog\t\r\n\r\n", "\ufeffcat\n  dog", "cat\ndog\n\n\n", "cat\r\n\u00a0dog \n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_spaces_around_names_in_a_list_are_none_of_theirs(project, tmp_path, text, encoding):
    with project.step("Add") as step:
        step.add(Category(0, "cat", "#111111"))
    folder = put(tmp_path / "in", classes_txt=text.encode(encoding), cat_txt=f"0 {LINE}1 {LINE}")
    report = drained(YOLO.import_file(project, folder))
    assert (report.annotations, report.problems) == (2, [])
    assert names_of(project) == ["cat", "dog"]


@pytest.mark.parametrize(
    ("used", "expected"), [([0, 1], {0: "cat", 1: "dog"}), ([0, 2], {0: "cat", 2: "dog"}), ([0], {0: "cat", 2: "dog"})]
)
def test_an_empty_line_among_names_has_a_number_where_the_objects_need_it(project, tmp_path, used, expected):
    assert numbered_names("cat\n\ndog\n\n", lambda: used) == expected
    folder = put(tmp_path / "in", classes_txt="cat\n\ndog\n", cat_txt="".join(f"{n} {LINE}" for n in used))
    drained(YOLO.import_file(project, folder))
    assert names_of(project) == ["cat", "dog"]


def test_names_that_spaces_alone_tell_apart_stay_apart():
    assert ClassNames([], [" cat", "cat", "dog "]).of(" cat") == " cat"
    assert ClassNames([], [" cat", "cat", "dog "]).of("dog ") == "dog"
    assert ClassNames(["dog "], ["dog "]).of("dog ") == "dog "


def label(name):
    """Files of each format in which a class has that name."""
    box = "<bndbox><xmin>3</xmin><ymin>2</ymin><xmax>9</xmax><ymax>7</ymax></bndbox>"
    coco = {"images": [{"id": 1, "file_name": "cat.png"}], "categories": [{"id": 1, "name": name}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, **SQUARE}]}  # fmt: skip
    shape = {"label": name, "points": [[2, 1], [12, 9]], "shape_type": "rectangle"}
    sa1b = {"image": {"file_name": "cat.png"}, "annotations": [{**SQUARE, "category": name}]}
    return {
        "coco": {"in_json": json.dumps(coco)},
        "labelme": {"cat_json": json.dumps({"imagePath": "cat.png", "shapes": [shape]})},
        "sa1b": {"cat_json": json.dumps(sa1b)},
        "voc": {"Annotations__cat_xml": f"<annotation><object><name>{name}</name>{box}</object></annotation>"},
        "cvat": {"in_xml": f'<annotations><image name="cat.png" width="{WIDTH}" height="{HEIGHT}">'
                 f'<box label="{name}" xtl="2" ytl="1" xbr="12" ybr="9"/></image></annotations>'},
        "yolo": {"data_yaml": f'names: ["{name}"]', "cat_txt": f"0 {LINE}"},
    }  # fmt: skip


@pytest.mark.parametrize("name", label(""))
@pytest.mark.parametrize("written", ["cat ", "\u00a0cat", "\ufeffcat\ufeff"])
def test_spaces_around_a_name_make_no_other_class_in_any_format(project, tmp_path, name, written):
    with project.step("Add") as step:
        step.add(Category(0, "cat", "#111111"))
    folder = put(tmp_path / "in", **label(written)[name])
    file = next(folder.iterdir()) if format_named(name).suffix else folder
    assert drained(format_named(name).import_file(project, file)).annotations == 1
    assert names_of(project) == ["cat"]


@pytest.mark.parametrize(
    "names", ["classes.txt", "'./classes.txt'", "C:\\data\\classes.txt", "/nowhere/at/classes.txt  # x"]
)
def test_data_yaml_may_name_the_list_of_names(project, tmp_path, names):
    folder = put(tmp_path / "in", data_yaml=f"names: {names}\n", classes_txt="owl \nhen\n", cat_txt=f"1 {LINE}")
    assert drained(YOLO.import_file(project, folder)).problems == []
    assert names_of(project) == ["hen", "owl"]


@pytest.mark.parametrize("name", ["birds_yaml", "birds_names"])
def test_a_list_of_names_of_another_name_is_found_where_it_is_the_only_one(project, tmp_path, name):
    content = "nc: 2\nnames: [owl, hen]\n" if name.endswith("yaml") else "owl\nhen\n"
    folder = put(tmp_path / "in", **{name: content, "cat_txt": f"1 {LINE}", "dvc_yaml": "stages: 1\n"})
    assert drained(YOLO.import_file(project, folder)).problems == []
    assert names_of(project) == ["hen", "owl"]


@pytest.mark.parametrize("names", ["../secret.txt", "none.txt", "/etc/passwd"])
def test_a_list_of_names_that_is_not_in_the_folder_is_told_and_not_looked_for(project, tmp_path, names):
    (tmp_path / "secret.txt").write_text("secret")
    folder = put(tmp_path / "in", data_yaml=f"names: {names}\n", cat_txt=f"1 {LINE}")
    report = drained(YOLO.import_file(project, folder))
    assert names in report.problems[0]
    assert names_of(project) == ["class 1"]


def test_what_stands_in_a_yaml_beside_the_names():
    assert value_of("nc: 2\nnames: 'a b.txt' # x\n", "names") == "a b.txt"
    assert [value_of(text, "names") for text in ("names: [a]", "names:\n- a", "names: # b\n- a", "nc: 1")] == [""] * 4
    assert whole_numbers_in("kpt_shape: [17, 3]\n", "kpt_shape") == [17, 3]
    assert whole_numbers_in("kpt_shape:\n  - 17\n  - 3\nx: 1", "kpt_shape") == [17, 3]
    assert whole_numbers_in("names: [a]", "kpt_shape") == []


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_numbers_as_they_are_written():
    assert [whole(value) for value in (7, 7.0, "7", "7.0", "-7")] == [7, 7, 7, 7, -7]
    assert [whole(value) for value in (True, None, "", "x", 7.5, "1_0", 1e300, [7])] == [None] * 8
    assert [decimal(value) for value in ("0.5", 5, "1e3", "nan", "inf", 10**400, False)] == [0.5, 5, 1000, *[None] * 4]
    assert [key(value) for value in ("7", 7, "07", "a", 7.0, None, [7])] == [7, 7, "07", "a", 7.0, None, None]


@pytest.mark.parametrize("as_text", ["images", "annotations", "categories"])
def test_ids_may_be_numbers_or_text(project, tmp_path, as_text):
    content = {
        "images": [{"id": 10, "file_name": "cat.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 3, "name": "cat"}],
        "annotations": [{"id": 5, "image_id": 10, "category_id": 3, **SQUARE}],
    }
    for item in content[as_text]:
        item.update({name: str(value) for name, value in item.items() if isinstance(value, int)})
    file = tmp_path / "in.json"
    file.write_text(json.dumps(content))
    report = drained(import_coco(project, file))
    assert (report.annotations, report.problems) == (1, [])
    assert names_of(project) == ["cat"]
    assert [a.id for a in project.annotation_table.all()] == [5]
    assert [(image.width, image.height) for image in listed_images(file)] == [(WIDTH, HEIGHT)]


# --- encodings -------------------------------------------------------------------------------------------------------


@every(formats())
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"])
def test_every_format_is_read_and_recognized_in_other_encodings(each, encoding, make_project, tmp_path):
    one, other = make_project("猫.png"), make_project("猫.png", folder="copy")
    fill(one, [pixels_of("block"), pixels_of("below")], ["Eulen-Größe", "猫"])
    out = tmp_path / f"out{each.suffix}"
    drained(each.export_file(one, out))
    for file in files_of(out):
        if file.suffix in (".json", ".xml", ".yaml", ".txt") and not file.name.startswith("."):
            file.write_bytes(file.read_bytes().decode().encode(encoding))
    assert format_of(out).name == each.name
    report = drained(each.import_file(other, out))
    assert (report.annotations, report.problems) == (2, [])
    assert names_of(other) == names_of(one)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_that_declares_another_encoding_than_it_is_in(project, tmp_path, encoding):
    declared = "utf-16" if encoding == "utf-8" else "utf-8"
    text = f"<?xml version='1.0' encoding='{declared}'?>" + label("猫")["voc"]["Annotations__cat_xml"]
    folder = put(tmp_path / "in", Annotations__cat_xml=text.encode(encoding))
    assert drained(VOC.import_file(project, folder)).problems == []
    assert names_of(project) == ["猫"]


def test_the_copy_of_a_file_in_utf_16_is_gone_after_the_import(project, tmp_path, monkeypatch):
    places = tmp_path / "temporary"
    places.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(places))
    file = tmp_path / "in.json"
    file.write_text(label("cat")["coco"]["in_json"], encoding="utf-16")
    steps = import_coco(project, file)
    next(steps)
    assert list(places.iterdir())
    steps.close()
    assert list(places.iterdir()) == []
    file.write_bytes(file.read_bytes()[:-1])  # half a letter
    with pytest.raises(Exception, match=r"in\.json: the file is cut off"):
        drained(import_coco(project, file))
    assert list(places.iterdir()) == []


# --- XML beside the photos, boxes ------------------------------------------------------------------------------------


def test_xml_lies_beside_the_photos_as_labelimg_and_roboflow_write_it(make_project, tmp_path):
    project = make_project("cat.png", "train/dog.png")
    root = project.root
    xml = label("cat")["voc"]["Annotations__cat_xml"]
    (root / "cat.xml").write_text(xml.replace("<object>", "<path>C:\\x\\cat.png</path><object>", 1))
    (root / "train" / "dog.XML").write_text(xml.replace("<object>", "<filename>dog.png</filename><object>", 1))
    assert format_of(root).name == "voc"
    report = drained(VOC.import_file(project, root))
    assert (report.annotations, report.problems) == (2, [])
    assert [project.image(a.image_id).path for a in project.annotation_table.all()] == ["cat.png", "train/dog.png"]


@pytest.mark.parametrize("name", [name for name in label("") if name != "sa1b"])
def test_a_box_is_told_as_the_mask_that_it_became(project, tmp_path, name):
    content = label("cat")[name]
    if name == "coco":
        content = {
            key: text.replace(json.dumps(SQUARE)[1:-1], '"bbox": [2, 1, 10, 8]') for key, text in content.items()
        }
    folder = put(tmp_path / "in", **content)
    report = drained(
        format_named(name).import_file(project, next(folder.iterdir()) if format_named(name).suffix else folder)
    )
    assert (report.annotations, report.problems, report.is_partial) == (1, [], False)
    [line] = describe(report).kinds
    assert line.endswith(BOX_ALONE)


# --- names of images -------------------------------------------------------------------------------------------------


@every(formats())
def test_an_image_is_found_by_its_name_in_other_capitals_where_that_is_certain(each, make_project, tmp_path):
    """As Windows and cameras spell it: nobody has two such images, but if somebody has, none is taken for the other."""
    one = make_project("sub/my photo.png")
    fill(one, [pixels_of("block")])
    drained(each.export_file(one, tmp_path / "out"))
    other = make_project("Sub/My Photo.PNG", folder="copy")
    report = drained(each.import_file(other, tmp_path / "out"))
    assert (report.annotations, report.problems) == (1, [])
    if sys.platform == "linux":
        both = make_project("Sub/My Photo.PNG", "sub/My photo.png", folder="both")
        report = drained(each.import_file(both, tmp_path / "out"))
        assert (report.annotations, report.problem_count) == (0, 1)


def test_a_name_as_the_web_writes_it_is_found(make_project, tmp_path):
    project = make_project("my photo.png", "100%.png")
    images = [{"id": n, "file_name": name, "width": WIDTH, "height": HEIGHT}
              for n, name in enumerate(["my%20photo.png", "100%.png"])]  # fmt: skip
    annotations = [{"id": n + 1, "image_id": n, "category_id": 1, **SQUARE} for n in range(2)]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cat"}]}
    (tmp_path / "in.json").write_text(json.dumps(content))
    report = drained(import_coco(project, tmp_path / "in.json"))
    assert (report.annotations, report.problems) == (2, [])
