"""An import takes the format that a file is of, or says what the file is."""

import json

import pytest

from app.formats.registry import format_named, format_of, reader_of
from app.problem import Problem
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_seems import COCO, CVAT, LABEL_STUDIO, LABELME, PANOPTIC, VOC, written

IMAGE = {"id": 1, "file_name": "cat.png", "width": WIDTH, "height": HEIGHT}
CAPTIONS = {"images": [IMAGE], "annotations": [{"id": 1, "image_id": 1, "caption": "a cat"}]}
KEYPOINTS = {"images": [IMAGE], "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "keypoints": [1, 2, 2]}]}
RESULT = {"image_id": 1, "category_id": 1, "score": 0.5}
VIA = {"cat.png123": {"filename": "cat.png", "size": 123, "regions": [], "file_attributes": {}}}
SUPERVISELY = {"description": "", "tags": [], "size": {}, "objects": [{"classTitle": "cat", "geometryType": "bitmap"}]}
KINDS = {
    "captions.json": (CAPTIONS, "a COCO captions file; it holds no masks."),
    "keypoints.json": (KEYPOINTS, "a COCO keypoints file; it holds neither masks nor boxes."),
    "images.json": ({"images": [IMAGE], "categories": []}, "a COCO list of images; it holds no annotations."),
    "captions_result.json": ([{"image_id": 1, "caption": "a cat"}], "a list of COCO caption results"),
    "keypoints_result.json": ([{**RESULT, "keypoints": [1, 2, 2]}], "a list of COCO keypoint results"),
    "bbox_result.json": ([{**RESULT, "bbox": [1, 2, 2, 2]}], "a list of COCO detection results"),
    "segm_result.json": ([{**RESULT, "segmentation": {"size": [1, 1], "counts": "a"}}], "a list of COCO detection"),
    "tasks.json": (LABEL_STUDIO, "an export of Label Studio"),
    "task.json": (LABEL_STUDIO[0], "an export of Label Studio"),
    "min.json": ([{"image": "a.png", "annotation_id": 1, "annotator": 1, "label": []}], "an export of Label Studio"),
    "via.json": (VIA, "annotations of the VGG Image Annotator (VIA)"),
    "via_project.json": ({"_via_settings": {}, "_via_img_metadata": VIA}, "a project of the VGG Image Annotator"),
    "cat.png.json": (SUPERVISELY, "a file of Supervisely"),
    "meta.json": ({"classes": [{"title": "cat", "shape": "bitmap"}], "tags": []}, "the classes of a Supervisely"),
    "datumaro.json": ({"info": {}, "categories": {"label": {}}, "items": []}, "a file of Datumaro"),
    "createml.json": ([{"image": "cat.png", "annotations": []}], "a file of Create ML"),
    "isat.json": ({"info": {}, "objects": [{"category": "cat", "segmentation": []}]}, "a file of ISAT"),
    "vott.json": ({"asset": {}, "regions": []}, "a file of VoTT"),
    "bdd.json": ([{"name": "cat.png", "labels": []}], "a file of Scalabel or BDD100K"),
    "map.json": ({"type": "FeatureCollection", "features": []}, "a map of GeoJSON"),
    "a.csv": ("ImageID,Source,LabelName\n1,2,3\n", "a table (CSV)"),
    "b.txt": ("filename,width,height,class,xmin\na.png,1,2,cat,3\n", "a table (CSV)"),
    "yolov8.yaml": ("nc: 80\nbackbone:\n  - [a]\nhead:\n  - [b]\n", "the description of a YOLO model"),
    "dlib.xml": ("<dataset><images/></dataset>", "an XML file of dlib's imglab"),
    "scope.xml": ("<Annotations><Annotation/></Annotations>", "an XML file of Aperio ImageScope"),
    "web.xml": (
        "<annotation><filename>a</filename><imagesize/><object/></annotation>", "an XML file of LabelMe's web tool"
    ),
    "a.zip": ("PK\x03\x04...", "a ZIP archive; unpack it"),
    "metadata.jsonl": ('{"file_name": "cat.png", "objects": {}}\n{}', "the list of a Hugging Face image folder"),
    "a.tfrecord": ("\1\0\0\0", "a TFRecord"),
    "a.pt": ("PK\x03\x04...", "a model"),
    "a.npy": ("\x93NUMPY", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_file_is_named_for_what_it_is(tmp_path, name):
    content, what = KINDS[name]
    file = written(tmp_path / name, content)
    if name == "a.npy":
        file.write_bytes(b"\x93NUMPY\1\0")
        what = "an array of NumPy"
    with pytest.raises(Problem) as told:
        format_of(file)
    assert str(told.value).startswith(f"{name} is {what}")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_mark_of_the_encoding_is_no_hindrance(tmp_path, encoding):
    text = json.dumps({**CAPTIONS, "a": "猫" * 100_000}, ensure_ascii=False)
    (tmp_path / "a.json").write_text(text, encoding=encoding)
    (tmp_path / "b.json").write_text(json.dumps(LABEL_STUDIO), encoding=encoding)
    (tmp_path / "c.csv").write_text("a,b,c\n1,2,3\n", encoding=encoding)
    for name, what in (("a.json", "a COCO captions"), ("b.json", "an export of Label Studio"), ("c.csv", "a table")):
        with pytest.raises(Problem, match=f"^{name} is {what}"):
            format_of(tmp_path / name)


@pytest.mark.parametrize("name", [name for name in KINDS if name.endswith(".json")])
def test_it_is_named_also_where_the_person_says_that_it_is_coco(tmp_path, name):
    content, what = KINDS[name]
    with pytest.raises(Problem) as told:
        reader_of(written(tmp_path / name, content), "coco")
    assert str(told.value).startswith(f"{name} is {what}")


@pytest.mark.parametrize(("content", "name"), [(COCO, "coco"), (PANOPTIC, "panoptic"), (CVAT, "cvat")])
def test_the_right_format_is_taken(tmp_path, content, name):
    file = written(tmp_path / "file.json", content)
    assert reader_of(file, None).name == name
    assert reader_of(file, name).name == name


@pytest.mark.parametrize(
    ("content", "chosen", "told"),
    [
        (PANOPTIC, "coco", "in.json is a file of COCO panoptic, not of COCO; the format panoptic reads it."),
        (COCO, "panoptic", "in.json is a file of COCO, not of COCO panoptic; the format coco reads it."),
        (CVAT, "coco", "in.json is a file of CVAT, not of COCO; the format cvat reads it."),
    ],
)
def test_a_file_of_another_format_than_the_person_says_is_told(tmp_path, content, chosen, told):
    with pytest.raises(Problem) as problem:
        reader_of(written(tmp_path / "in.json", content), chosen)
    assert str(problem.value) == told


def test_what_the_person_says_is_believed_where_nothing_speaks_against_it(tmp_path):
    assert reader_of(written(tmp_path / "in.json", {"images": [{}]}), "coco").name == "coco"
    assert reader_of(tmp_path, "yolo").name == "yolo"
    assert reader_of(tmp_path / "none.json", "coco").name == "coco"


def test_captions_behind_a_long_list_of_images_are_captions(tmp_path):
    images = [{**IMAGE, "id": number, "license": 3} for number in range(8000)]
    captions = [{"id": number, "image_id": number, "caption": "a cat"} for number in range(8000)]
    file = written(tmp_path / "captions.json", {"images": images, "annotations": captions})
    assert file.stat().st_size > 1 << 19
    with pytest.raises(Problem, match="a COCO captions file"):
        format_of(file)


def test_keypoints_with_masks_or_boxes_are_coco(tmp_path):
    for key, value in (("segmentation", [[1, 1, 5, 1, 5, 5]]), ("bbox", [1, 1, 4, 4])):
        annotation = {**KEYPOINTS["annotations"][0], key: value}
        assert format_of(written(tmp_path / f"{key}.json", {**KEYPOINTS, "annotations": [annotation]})).name == "coco"


@pytest.mark.parametrize(("name", "content", "title"), [("a.json", COCO, "COCO"), ("sub/a.xml", CVAT, "CVAT")])
def test_a_folder_that_holds_the_file_says_so(tmp_path, name, content, title):
    written(tmp_path / "data" / name, content)
    with pytest.raises(Problem) as told:
        format_of(tmp_path / "data")
    assert str(told.value) == f"data is a folder that holds {name}, a file of {title}: give that."


def test_single_files_of_folders_still_ask_for_the_folder(tmp_path):
    for name, content in (("a.json", LABELME), ("a.xml", VOC)):
        for find in (format_of, lambda file: reader_of(file, "coco")):
            with pytest.raises(Problem, match="which is read from a folder: give its folder"):
                find(written(tmp_path / name, content))


def test_lvis_names_its_images_by_addresses(project, tmp_path):
    image = {"id": 1, "coco_url": "http://images.cocodataset.org/train2017/cat.png", "width": WIDTH, "height": HEIGHT}
    file = written(tmp_path / "lvis.json", {**COCO, "images": [{**image, "not_exhaustive_category_ids": []}]})
    report = drained(reader_of(file, None).import_file(project, file))
    assert (report.annotations, report.problems) == (1, [])


def test_an_image_that_is_there_several_times_is_not_said_to_be_missing(make_project, write, tmp_path):
    project = make_project("a/cat.png", "b/cat.png", "c/cat.png")
    report = drained(format_named("coco").import_file(project, write()))
    told = "cat.png may mean 3 images of that name, as a/cat.png and b/cat.png, and nothing tells which."
    assert report.problems == [told]
    written(tmp_path / "yolo" / "labels" / "cat.txt", "0 0.5 0.5 0.5 0.5\n")
    report = drained(format_named("yolo").import_file(project, tmp_path / "yolo"))
    assert told.replace("cat.png may", "labels/cat may") in report.problems


def test_entries_of_one_name_are_not_said_to_be_missing(make_project, write):
    project = make_project("cat.png")
    images = [{**IMAGE, "id": number, "file_name": f"{number}/cat.png"} for number in (1, 2)]
    report = drained(format_named("coco").import_file(project, write(images=images)))
    assert report.problems == [
        f"{number}/cat.png is one of 2 entries of that name, and nothing tells which of them means cat.png."
        for number in (1, 2)
    ]


def test_an_entry_beside_one_that_means_the_image_is_said_to_be_missing(make_project, write, tmp_path):
    project = make_project("cat.png")
    images = [{**IMAGE, "id": number, "file_name": name} for number, name in ((1, "cat.png"), (2, "sub/cat.png"))]
    report = drained(format_named("coco").import_file(project, write(images=images)))
    assert report.problems == ["sub/cat.png is not among the images of the project."]
    for name in ("cat", "sub/cat"):
        written(tmp_path / "yolo" / "labels" / f"{name}.txt", "0 0.5 0.5 0.5 0.5\n")
    report = drained(format_named("yolo").import_file(project, tmp_path / "yolo"))
    assert report.problems[-1].endswith("sub/cat is not among the images of the project.")
