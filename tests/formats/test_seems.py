"""What a file or folder is of, by what is in it: never by its name, and never by reading all of it."""

import json
import os
import time
import tracemalloc
from pathlib import Path

import pytest

from app.formats import registry
from app.formats.kit import glance
from app.formats.kit.format import LIKELY, Format
from app.formats.registry import format_named, format_of, formats
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation, Category
from tests.conftest import drained
from tests.formats.test_every_format import fill, pixels_of

COCO = {
    "images": [{"id": 1, "file_name": "cat.png", "width": 20, "height": 12}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 5, 0, 5, 5]]}],
    "categories": [{"id": 1, "name": "cat"}],
}
PANOPTIC = {**COCO, "annotations": [{"image_id": 1, "file_name": "cat.png", "segments_info": [{"id": 1}]}]}
LABELME = {
    "version": "5.5.0",
    "flags": {},
    "shapes": [{"label": "cat", "points": [[0, 0], [5, 5]], "shape_type": "rectangle"}],
    "imagePath": "cat.png",
    "imageData": "QUJD" * 1000,
    "imageHeight": 12,
    "imageWidth": 20,
}
SA1B = {
    "image": {"image_id": 7, "width": 20, "height": 12, "file_name": "sa_7.jpg"},
    "annotations": [{"id": 1, "segmentation": {"size": [12, 20], "counts": "a"}, "bbox": [0, 0, 1, 1], "area": 1}],
}
PACKAGE = {"name": "x", "version": "1.0.0", "scripts": {"test": "jest"}, "dependencies": {"images": "^1"}}
LABEL_STUDIO = [
    {"id": 1, "annotations": [{"id": 1, "result": [{"type": "brushlabels"}]}], "data": {"image": "/data/cat.png"}}
]
CVAT = '<?xml version="1.0"?><annotations><version>1.1</version><meta/><image id="0" name="cat.png"/></annotations>'
VOC = "<annotation><filename>cat.png</filename><object><name>cat</name></object></annotation>"
NONE = {
    "random.json": json.dumps({"images": "none", "answer": 42}),
    "lists.json": json.dumps({"images": [1, 2], "titles": ["a"]}),
    "package.json": json.dumps(PACKAGE),
    "list.json": "[1, 2, 3]",
    "random.xml": "<html><body>annotations</body></html>",
    "feed.xml": "<rss><annotations><image/></annotations></rss>",
    "entities.xml": '<!DOCTYPE annotations [<!ENTITY a "b">]>' + CVAT[21:],
    "data.yaml": "version: 3\nservices:\n  names: [a]\n",
    "notes.txt": "0 0.5 0.5 0.1 0.1\n",
    "empty.json": "",
    "open.json": "{",
    "string.json": '{"images',
    "zeros.json": "\0" * 100,
    "deep.json": "{" * 10_000,
    "deeper.json": '{"a":' * 10_000,
}


def written(file: Path, content: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def grades(path: Path) -> dict[str, float]:
    return {each.name: grade for each in formats() if (grade := each.seems(path))}


@pytest.mark.parametrize("name", NONE)
def test_what_is_of_no_format_is_said_with_the_choices(tmp_path, name):
    file = written(tmp_path / name, NONE[name])
    assert grades(file) == {}
    with pytest.raises(Problem, match=r"does not look like any format that is known; say which it is by --format: ci"):
        format_of(file)


@pytest.mark.parametrize(
    ("content", "name"), [(COCO, "coco"), (PANOPTIC, "panoptic"), (CVAT, "cvat"), (json.dumps(COCO, indent=2), "coco")]
)
@pytest.mark.parametrize("ending", [".json", ".xml", "", ".JSON.txt"])
def test_a_file_is_known_by_what_is_in_it(tmp_path, content, name, ending):
    assert format_of(written(tmp_path / f"file{ending}", content)).name == name


@pytest.mark.parametrize(("content", "name"), [(LABELME, "labelme"), (SA1B, "sa1b"), (VOC, "voc")])
def test_one_file_of_a_folder_names_the_format_and_asks_for_the_folder(tmp_path, content, name):
    file = written(tmp_path / ("Annotations" if name == "voc" else "in") / "file", content)
    with pytest.raises(Problem, match=rf"^file looks like a part of {name}, which is read from a folder"):
        format_of(file)
    file.rename(file.with_suffix(".xml" if name == "voc" else ".json"))
    assert format_of(tmp_path if name == "voc" else file.parent).name == name


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
@pytest.mark.parametrize(("content", "name"), [(COCO, "coco"), (PANOPTIC, "panoptic"), (CVAT, "cvat")])
def test_what_is_cut_off_is_still_taken_for_what_it_was(tmp_path, content, name, share):
    text = content if isinstance(content, str) else json.dumps({"info": {"a": "b" * 20}, **content, "licenses": []})
    file = written(tmp_path / "file", text[: int(len(text) * share)])
    if name == "panoptic" and "segments_info" not in file.read_text():
        name = "coco"  # so far it is
    assert format_of(file).name == name


def test_a_byte_order_mark_and_another_encoding_are_no_hindrance(tmp_path):
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbf" + json.dumps(COCO).encode())
    (tmp_path / "b").write_bytes(CVAT.replace("?xml", '?xml encoding="utf-16"').encode("utf-16"))
    (tmp_path / "b").write_bytes(CVAT[CVAT.index("<ann") :].encode("utf-16"))
    assert [format_of(tmp_path / name).name for name in "ab"] == ["coco", "cvat"]


@pytest.mark.parametrize("each", formats(), ids=lambda each: each.name)
@pytest.mark.parametrize("is_empty", [False, True])
def test_what_a_format_wrote_is_taken_for_it_and_for_nothing_else(each, make_project, tmp_path, is_empty):
    project = make_project()
    if not is_empty:
        fill(project, [pixels_of("frame")])
    out = tmp_path / f"out{each.suffix}"
    drained(each.export_file(project, out))
    told = grades(out)
    if is_empty and not told:  # a folder with nothing in it that tells
        assert each.name in ("sa1b", "labelme", "cityscapes")
        return
    by_content = format_named("yolo-seg") if is_empty and each.name == "yolo" else each
    assert format_of(out) is by_content
    assert told.pop(each.name) >= LIKELY
    kin = {"yolo": "yolo-seg", "yolo-seg": "yolo"}.get(each.name)
    assert set(told) <= {kin}


def test_whole_lists_are_read_neither_of_a_huge_file_nor_of_a_huge_folder(tmp_path, monkeypatch):
    """The images fill more than is looked at: what the file is of stands far behind, and at its end."""
    monkeypatch.setattr(glance, "_MOST_ENTRIES", 50)
    image = json.dumps({"id": 1, "file_name": "cat.png"}).encode()
    for name, record in (("coco", COCO["annotations"][0]), ("panoptic", PANOPTIC["annotations"][0])):
        with (tmp_path / name).open("wb") as stream:
            stream.write(b'{"images": [' + image + b"," + image + b"," + b" " * (1 << 20))
            stream.seek(20 << 30)
            stream.write(b'],"annotations":[' + json.dumps(record).encode() + b"]}")
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number}.png").touch()
    written(folder / "deep" / "x.json", LABELME)
    began = time.perf_counter()
    tracemalloc.start()
    assert [format_of(tmp_path / name).name for name in ("coco", "panoptic")] == ["coco", "panoptic"]
    assert grades(folder) == {}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.perf_counter() - began < 10
    assert peak < 10 << 20


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in Windows' folders")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Problem, match="does not look like any format"):
        format_of(tmp_path / "pipe")


def test_two_that_are_as_likely_are_both_named(tmp_path, monkeypatch):
    coco = format_named("coco")
    twin = Format("twin", "Twin", coco.reader, coco.writer, coco.seems, coco.holds)
    monkeypatch.setattr(registry, "formats", lambda: (coco, twin))
    file = written(tmp_path / "a.json", COCO)
    with pytest.raises(Problem, match=r"^a.json may be coco or twin; say which it is by --format-b\.$"):
        format_of(file, "--format-b")


def test_what_may_be_a_format_is_taken_for_it_only_when_the_person_says_so(tmp_path):
    file = written(tmp_path / "a.json", {"images": [{"url": "a"}], "annotations": [{"text": "b"}]})
    assert grades(file) == {"coco": 0.3}
    with pytest.raises(Problem, match=r"^a.json may be coco; say which it is by --format\.$"):
        format_of(file)


def test_boxes_are_told_from_polygons_and_labels_from_texts(tmp_path):
    written(tmp_path / "a" / "labels" / "cat.txt", "0 0.5 0.5 0.2 0.2\n")
    written(tmp_path / "b" / "labels" / "cat.txt", "0 0.5 0.5 0.2 0.2\n1 0 0 0.5 0 0.5 5e-1\n")
    written(tmp_path / "c" / "cat.txt", "1 2 3 4 5\n")
    written(tmp_path / "d" / "data.yaml", "train: images\nnames:\n  0: cat\n")
    assert [format_of(tmp_path / name).name for name in "ab"] == ["yolo", "yolo-seg"]
    assert grades(tmp_path / "c") == {}
    assert format_of(tmp_path / "d").name == format_of(tmp_path / "d" / "data.yaml").name == "yolo-seg"


def test_a_folder_of_photos_and_documents_is_of_no_format(project, tmp_path):
    written(tmp_path / "photos" / "Annotations" / "notes.xml", "<html/>")
    written(tmp_path / "photos" / "package.json", PACKAGE)
    written(tmp_path / "photos" / "instances.json", COCO)
    written(tmp_path / "photos" / "README.txt", "hello\n")
    assert grades(tmp_path / "photos") == {}


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    file = written(tmp_path / "a.json", COCO)
    file.chmod(0)
    if os.access(file, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(Problem, match="cannot be read"):
        format_of(file)


def test_only_formats_whose_files_list_all_images_say_so(make_project, tmp_path):
    project = make_project()
    with project.step("Fill") as step:
        category = step.add(Category(0, "cat", "#000000"))
        step.add(Annotation(0, project.images()[0].id, category.id, Mask.from_array(pixels_of("block"))))
    for each in formats():
        out = tmp_path / f"out-{each.name}{each.suffix}"
        drained(each.export_file(project, out))
        assert each.lists_images == (each.images is not None)
        if each.images is not None:
            listed = [(record.path, record.width, record.height) for record in each.images(out)]
            assert listed == [(record.path, 20, 12) for record in project.images()]
    assert {each.name for each in formats() if each.lists_images} == {"coco", "panoptic"}
