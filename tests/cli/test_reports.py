"""What the terminal tells of many objects is a line for each kind; --all tells each of them."""

from __future__ import annotations

import json
from contextlib import closing

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from app.formats.kit.describe import describe, save_list
from app.formats.kit.report import MAX_PLACES, Report
from app.masks.rle import Mask
from app.project.records import Annotation
from app.project.store import Project


@pytest.fixture
def project(call, tmp_path):
    """Ten images, thirty empty masks."""
    folder, path = tmp_path / "images", tmp_path / "p.maskwright"
    folder.mkdir()
    for number in range(10):
        Image.new("RGB", (40, 30), (number, 0, 0)).save(folder / f"{number}.png")
    assert call("new", path, folder).code == 0
    opened = Project.open(path)
    with opened.step("Accept masks") as step:
        for image in opened.images():
            for _ in range(3):
                step.add(Annotation(0, image.id, None, Mask.from_array(np.zeros((30, 40), bool))))
    opened.close()
    return path


def test_check_tells_a_line_for_each_kind(call, project):
    assert call("check", project).out.splitlines() == [
        "30 times: The mask is empty. (0.png: object 1; 0.png: object 2; 0.png: object 3; …)",
        "30 findings in 30 objects.",
    ]
    each = call("check", project, "--all").out.splitlines()
    assert len(each) == 31
    assert each[0] == "0.png: object 1: The mask is empty."
    assert len(call("check", project, "--json").json["findings"]) == 30


def test_scan_tells_a_line_for_missing_images(call, project):
    for number in range(4):
        (project.parent / "images" / f"{number}.png").unlink()
    said = call("scan", project).out.splitlines()
    assert said[1:] == ["4 images are missing: 0.png; 1.png; 2.png; …"]
    each = call("scan", project, "--all").out.splitlines()
    assert each[1:] == [f"{number}.png is missing." for number in range(4)]


def test_an_export_tells_a_line_for_each_kind(call, project, tmp_path):
    said = call("export", project, tmp_path / "out", "--format", "yolo").out.splitlines()
    assert said[-1] == "--all tells each of them, and --list FILE keeps them in a file."
    assert said[1].startswith("30 times: its mask is empty. (0.png, object 1; ")
    assert len(said) == 3
    each = call("export", project, tmp_path / "again", "--format", "yolo", "--all").out.splitlines()
    assert len([line for line in each if line.endswith("its mask is empty.")]) == 30


def test_an_import_tells_a_line_for_each_kind(call, project, tmp_path):
    file = tmp_path / "coco.json"
    images = [{"id": 1, "file_name": "0.png", "width": 40, "height": 30}]
    annotations = [{"id": id, "image_id": 1, "category_id": 1, "segmentation": []} for id in range(1, 20)]
    categories = [{"id": 1, "name": "cat"}]
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    said = call("import", project, file).out.splitlines()
    assert len(said) == 3
    assert said[1].startswith("19 times: ") or " 18 more are like this: " in said[1]
    assert len(call("import", project, file, "--all").out.splitlines()) == 20
    assert len(call("import", project, file, "--json").json["tally"]) == 1


def test_losses_are_a_line_for_each_kind():
    report = Report("Exported", annotations=50, images=1)
    for number in range(50):
        report.lose("outline", f"cat.png, object {number}")
    assert describe(report).summary[1:] == [
        "50 times: its outline cannot be kept in this format; a box is all that is left of the mask. "
        "(cat.png, object 0; cat.png, object 1; cat.png, object 2; …)"
    ]
    one = Report("Exported", annotations=1, images=1)
    one.lose("outline", "cat.png, object 0")
    assert describe(one).kinds == ["cat.png, object 0: its outline cannot be kept in this format."]


def test_nobody_misses_the_number_of_an_image(call, project, tmp_path):
    """In a format without such numbers its loss is none; what else came with the image is."""
    with closing(Project.open(project)) as opened, opened.step("Import") as step:
        first, second = opened.images()[:2]
        step.put(replace(first, extra={"id": 7}))
        step.put(replace(second, extra={"id": 8, "license": 1}))
    told = call("export", project, tmp_path / "out", "--format", "yolo-seg", "--details").out
    assert "0.png: its other imported image data" not in told
    assert "1.png: its other imported image data cannot be kept in this format." in told


def test_the_exit_status_tells_all_from_some(call, project, tmp_path):
    """0: all came in; 3: something was left out, which is told; 1: nothing could be read."""
    labels = tmp_path / "in" / "labels"
    labels.mkdir(parents=True)
    (tmp_path / "in" / "data.yaml").write_text("names: [cat]")
    (labels / "0.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    whole = call("import", project, tmp_path / "in", "--format", "yolo", "--json")
    assert (whole.code, whole.json["partial"]) == (0, False)
    assert whole.json["remarks"] == ["labels/0.txt: it is a box without a mask; its mask is the rectangle."]
    (labels / "1.txt").write_text("0 0.5 0.5 0.2 0.2\n0 x\n")
    (labels / "none.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (labels / "2.txt").write_text("0 3.5 3.5 0.2 0.2\n0 1.5 1.5 0.2 0.2\n")
    some = call("import", project, tmp_path / "in", "--format", "yolo", "--json")
    assert (some.code, some.json["partial"]) == (3, True)
    assert (some.json["annotations"], some.json["skipped"], some.json["left_out"], some.json["nowhere"]) == (1, 3, 1, 2)
    assert call("import", project, tmp_path / "nowhere", "--format", "yolo").code == 1
    assert call("export", project, tmp_path / "out", "--format", "voc").code == 3  # thirty empty masks
    assert "Exit status" in call("import", "--help").out


def test_new_and_scan_tell_of_links_that_are_not_followed(call, tmp_path):
    real, folder = tmp_path / "real", tmp_path / "view"
    for each in (real, folder):
        each.mkdir()
    Image.new("RGB", (4, 3)).save(real / "a.png")
    try:
        (folder / "a.png").symlink_to(real / "a.png")
        (folder / "train").symlink_to(real, target_is_directory=True)
    except OSError:
        pytest.skip("making a link takes rights there")
    said = call("new", tmp_path / "v.maskwright", folder).out.splitlines()
    assert said[1].startswith("2 links lead out of the folder or to nothing and were not followed: a.png; train.")
    assert "2 links" in call("scan", tmp_path / "v.maskwright").out


def test_the_full_list_is_a_file_however_long_it_is(call, project, tmp_path):
    """Of the 600 objects a report keeps only the first 500 sentences in memory."""
    opened = Project.open(project)
    empty = Mask.from_array(np.zeros((30, 40), bool))
    with opened.step("Fill") as step:
        for _ in range(570):
            step.add(Annotation(0, opened.images()[0].id, None, empty))
    opened.close()
    file = tmp_path / "list.txt"
    assert call("export", project, tmp_path / "out", "--format", "yolo", "--list", file).code == 3
    lines = file.read_text().splitlines()
    assert len({line for line in lines if line.endswith("its mask is empty.")}) == 600
    assert not any("more problem" in line for line in lines)
    again = call("export", project, tmp_path / "again", "--format", "yolo", "--dry-run", "--list", file)
    assert again.code == 3  # a list may be written over
    refused = call("export", project, tmp_path / "third", "--format", "yolo", "--list", project)
    assert (refused.code, "would take the place of a project" in refused.err) == (1, True)
    photo = tmp_path / "images" / "0.png"
    assert call("export", project, tmp_path / "third", "--format", "yolo", "--list", photo).code == 1
    assert not (tmp_path / "third").exists()


def test_losses_beyond_what_is_kept_in_memory_are_in_the_list(tmp_path):
    report, part = Report("Exported"), Report("Exported")
    for number in range(MAX_PLACES + 5):
        report.lose("attributes", f"a.png, object {number}")
    for number in range(700):
        part.leave_out(f"b.png, object {number}: no.")
    report.join(part)
    save_list(report, tmp_path / "list.txt", "head")
    lines = (tmp_path / "list.txt").read_text().splitlines()
    assert lines[0] == "head"
    assert len([line for line in lines if "its attributes cannot be kept" in line]) == MAX_PLACES + 5
    assert len([line for line in lines if line.startswith("b.png")]) == 700
