"""A report of nothing has a reason: what was passed over is counted and named, in every format."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.formats.kit.describe import describe
from app.formats.registry import format_named, formats
from app.problem import Problem
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, WIDTH
from tests.formats.test_every_format import every, fill, pixels_of
from tests.formats.test_strangers import exported

__all__ = ["exported"]

links = pytest.mark.skipif(sys.platform == "win32", reason="making a link takes rights there")
FOLDERS = [each for each in formats() if not each.suffix]


def reasons(report):
    """All that is told beside the sums."""
    told = describe(report)
    return [*filter(None, [report.nothing]), *told.kinds]


@every(formats())
def test_an_import_of_no_objects_says_so(each, make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    out = tmp_path / f"out{each.suffix}"
    drained(each.export_file(one, out))
    report = drained(each.import_file(other, out))
    assert (report.annotations, report.is_partial) == (0, False)
    assert out.name in report.nothing
    assert report.nothing in describe(report).summary[0]


@every(formats())
def test_an_import_of_objects_on_images_that_are_not_there_names_them(each, exported, make_project):
    out, _ = exported(each)
    report = drained(each.import_file(make_project("other.png", folder="third"), out))
    assert (report.annotations, report.is_partial) == (0, False)
    assert any("cat" in line for line in reasons(report))


@every(formats())
def test_an_import_of_what_is_there_already_needs_no_reason(each, exported):
    out, project = exported(each)
    for _ in range(2):
        report = drained(each.import_file(project, out))
    assert (report.annotations, report.unchanged, report.nothing) == (0, 2, "")


@links
@every(FOLDERS)
def test_files_that_are_links_out_of_the_folder_are_told(each, exported, tmp_path):
    out, project = exported(each)
    (tmp_path / "elsewhere").mkdir()
    for number, path in enumerate(sorted(p for p in out.rglob("*") if p.is_file() and not p.name.startswith("."))):
        moved = path.rename(tmp_path / "elsewhere" / f"{number}{path.suffix}")
        path.symlink_to(moved)
    assert "link" in told_of_nothing(each, project, out)


@links
@every(FOLDERS)
def test_folders_that_are_links_out_of_the_folder_are_told(each, exported, tmp_path):
    out, project = exported(each)
    folders = [path for path in out.iterdir() if path.is_dir()]
    if not folders:  # all lies in the folder itself: one below it
        (out / "train").mkdir()
        for path in [path for path in out.iterdir() if path.is_file() and not path.name.startswith(".")]:
            path.rename(out / "train" / path.name)
        folders = [out / "train"]
    for path in folders:
        moved = path.rename(tmp_path / f"moved {path.name}")
        path.symlink_to(moved, target_is_directory=True)
    assert "link" in told_of_nothing(each, project, out)


def told_of_nothing(each, project, out):
    """What is said where nothing came in: a refusal, or the reasons of a report that says so in the exit status too."""
    try:
        report = drained(each.import_file(project, out))
    except Problem as problem:
        return str(problem)
    assert (report.annotations, report.is_partial) == (0, True)
    return " ".join(reasons(report))


@links
def test_a_link_to_a_hidden_folder_of_labels_is_told_and_one_to_a_seen_one_is_not(project, tmp_path):
    text(tmp_path / "in", ".cache/labels/cat.txt", "0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "in" / "labels").symlink_to(".cache/labels", target_is_directory=True)
    text(tmp_path / "in", "data.yaml", "names: [cat]")
    assert "labels: a link" in told_of_nothing(format_named("yolo"), project, tmp_path / "in")
    (tmp_path / "in" / ".cache").rename(tmp_path / "in" / "cache")
    (tmp_path / "in" / "labels").unlink()
    (tmp_path / "in" / "labels").symlink_to("cache/labels", target_is_directory=True)
    report = drained(format_named("yolo").import_file(project, tmp_path / "in"))
    assert (report.annotations, report.problems) == (1, [])


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system allows only text")
@every([each for each in FOLDERS if each.name != "panoptic"])
def test_files_with_names_that_are_no_text_are_told(each, exported):
    out, project = exported(each)
    for path in [path for path in out.rglob("*") if path.is_file() and path.name.startswith("cat")]:
        path.rename(Path(os.fsdecode(os.fsencode(path.parent) + b"/\xff" + os.fsencode(path.name))))
    assert "no text" in told_of_nothing(each, project, out)


def text(folder, name, content):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return file


NOWHERE = "<mask label='cat' rle='80' left='0' top='0' width='8' height='10' z_order='0'/>"
OUTSIDE = {
    "yolo": [("labels/cat.txt", "0 1.5 1.5 0.1 0.1\n0 0.5 0.5 0 0.2\n"), ("data.yaml", "names: [cat]")],
    "yolo-seg": [("labels/cat.txt", "0 1.1 1.1 1.2 1.1 1.2 1.2\n0 0.5 0.5 0.5 0.5 0.5 0.5\n"),
                 ("data.yaml", "names: [cat]")],
    "labelme": [("cat.json", json.dumps({"imagePath": "cat.png", "shapes": [
        {"label": "cat", "shape_type": "rectangle", "points": [[3, 3], [3, 9]]},
        {"label": "cat", "shape_type": "polygon", "points": [[90, 90], [99, 90], [99, 99]]}]}))],
    "coco": [("in.json", json.dumps({"images": [{"id": 1, "file_name": "cat.png"}], "categories": [], "annotations": [
        {"id": 1, "image_id": 1, "segmentation": [[90, 90, 99, 90, 99, 99]], "bbox": [90, 90, 9, 9]},
        {"id": 2, "image_id": 1, "segmentation": [], "bbox": [90, 90, 9, 9]}]}))],
    "cvat": [("in.xml", f"<annotations><image name='cat.png' width='20' height='12'>{NOWHERE}"
              "<box label='cat' xtl='50' ytl='50' xbr='60' ybr='60'/></image></annotations>")],
    "voc": [("Annotations/cat.xml", "<annotation>" + 2 * ("<object><name>cat</name><bndbox><xmin>90</xmin>"
             "<ymin>90</ymin><xmax>99</xmax><ymax>99</ymax></bndbox></object>") + "</annotation>")],
    "sa1b": [("cat.json", json.dumps({"image": {"file_name": "cat.png"}, "annotations": [
        {"segmentation": {"size": [HEIGHT, WIDTH], "counts": [HEIGHT * WIDTH]}},
        {"segmentation": [[90, 90, 99, 90, 99, 99]]}]}))],
}  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_objects_that_cover_no_pixel_are_left_out_and_told(name, project, tmp_path):
    for file, content in OUTSIDE[name]:
        made = text(tmp_path / "in", file, content)
    report = drained(format_named(name).import_file(project, made if name in ("coco", "cvat") else tmp_path / "in"))
    assert (report.annotations, report.skipped, report.nowhere) == (0, 2, sum("pixel" in p for p in report.problems))
    assert all("pixel" in line or "no width" in line for line in report.problems)


def test_a_segment_of_which_no_pixel_is_there_is_told(make_project, tmp_path):
    one, other = make_project("cat.png"), make_project("cat.png", folder="copy")
    fill(one, [pixels_of("block")])
    panoptic = format_named("panoptic")
    drained(panoptic.export_file(one, tmp_path / "out"))
    file = tmp_path / "out" / "panoptic.json"
    content = json.loads(file.read_text())
    content["annotations"][0]["segments_info"].append({"id": 9, "category_id": 1})
    file.write_text(json.dumps(content))
    report = drained(panoptic.import_file(other, tmp_path / "out"))
    assert (report.annotations, report.skipped) == (1, 1)
    assert describe(report).kinds == ["cat.png, segment 9: it covers no pixel."]


@pytest.mark.parametrize("kind", ["SegmentationClass", "SegmentationObject"])
def test_void_is_told_and_is_a_reason_where_there_is_nothing_else(kind, project, tmp_path):
    voc, folder = format_named("voc"), tmp_path / "in"
    (folder / kind).mkdir(parents=True)
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[2:5, 3:9] = 255
    Image.fromarray(pixels).save(folder / kind / "cat.png")
    report = drained(voc.import_file(project, folder))
    assert (report.annotations, report.left_out) == (0, 1)
    assert report.problems == [f"{kind}/cat.png: all that is painted there is void (255): no object."]
    pixels[7:9, 3:9] = 1
    Image.fromarray(pixels).save(folder / kind / "cat.png")
    report = drained(voc.import_file(project, folder))
    assert f"{kind}/cat.png: void pixels (255) are of no object." in describe(report).kinds


def test_boxes_beside_masks_are_told_where_they_are_not_taken(project, tmp_path):
    box = "<object><name>dog</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>3</xmax><ymax>3</ymax></bndbox></object>"
    text(tmp_path / "in", "Annotations/cat.xml", f"<annotation>{box * 3}</annotation>")
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[7:9, 3:9] = 1
    (tmp_path / "in" / "SegmentationClass").mkdir()
    Image.fromarray(pixels).save(tmp_path / "in" / "SegmentationClass" / "cat.png")
    report = drained(format_named("voc").import_file(project, tmp_path / "in"))
    assert (report.annotations, report.problems) == (1, [])
    [line] = describe(report).kinds
    assert line.startswith("3 times: a box beside masks")
    assert line.endswith("(Annotations/cat.xml)")
