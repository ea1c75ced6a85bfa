"""Formats through the terminal: options, what would be lost before anything is written, and diff of any two."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from app.formats.kit.programs import PROGRAMS
from app.formats.kit.selection import IMAGES
from app.formats.registry import format_of, formats
from app.formats.table import programs_table, table
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from app.project.store import Project

SIZE = (12, 20)
EACH = "--all tells each of them, and --list FILE keeps them in a file."


@pytest.fixture
def project(call, tmp_path):
    """Two images with an object each, which have an attribute and a key."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", SIZE[::-1]).save(folder / name)
    path = tmp_path / "p.maskwright"
    assert call("new", path, folder).code == 0
    opened = Project.open(path)
    with opened.step("Fill") as step:
        category = step.add(Category(0, "cat", "#123456"))
        for image in opened.images():
            step.add(Annotation(0, image.id, category.id, block(), attributes={"n": "1"}, extra={"score": 0.5}))
    opened.close()
    return path


def block(right=11):
    pixels = np.zeros(SIZE, bool)
    pixels[2:7, 3:right] = True
    return Mask.from_array(pixels)


def test_an_option_is_followed_and_a_wrong_one_is_one_sentence(call, project, tmp_path):
    out = tmp_path / "out.json"
    assert call("export", project, out, "--option", "masks=polygons").code == 0
    assert json.loads(out.read_text())["annotations"][0]["segmentation"] == [[3, 2, 11, 2, 11, 7, 3, 7]]
    for given, said in (
        ("masks=clay", "masks is one of rle, kept, polygons, not clay."),
        (
            "colour=red",
            f"COCO has no option colour. It has: masks=rle|kept|polygons, detail=exact|0.5|1|2, {IMAGES.usage}.",
        ),
        ("masks", "masks is no option: give NAME=VALUE."),
    ):
        outcome = call("export", project, tmp_path / "none.json", "--option", given)
        assert (outcome.code, outcome.err) == (1, said)
    refused = call("export", project, tmp_path / "x", "--format", "cityscapes", "--option", "a=b")
    assert refused.err.endswith("It has: detail=exact|0.5|1|2, images=all|labelled|done.")
    assert not (tmp_path / "none.json").exists()


@pytest.mark.parametrize("value", ["2", "-1", "nan", "x", ""])
def test_a_number_out_of_bounds_is_one_sentence(call, project, tmp_path, value):
    outcome = call("export", project, tmp_path / "out", "--format", "yolo", "--option", f"split={value}")
    assert (outcome.code, outcome.err) == (1, f"split is a number from 0 to 1, not {value}.")


def test_a_dry_run_writes_nothing_and_names_what_would_be_lost(call, project, tmp_path):
    out = tmp_path / "to" / "out"
    before = list(tmp_path.glob("[!p]*"))
    kinds = call("export", project, out, "--format", "yolo", "--dry-run").out.splitlines()
    assert kinds[0] == "Would export 2 objects, 1 class, 2 images."
    lost = (
        "2 times: its attributes cannot be kept in this format; nothing else in the file tells them. (a.png, object 1; "
    )
    assert kinds[1].startswith(lost)
    assert kinds[-2:] == ["class cat: its color cannot be kept in this format.", EACH]
    outcome = call("export", project, out, "--format", "yolo", "--dry-run", "--all")
    assert list(tmp_path.glob("[!p]*")) == before
    assert outcome.out.splitlines() == [
        "Would export 2 objects, 1 class, 2 images. "
        "The format cannot hold: attributes of 2 objects, other imported data of 2 objects, color of 1 class.",
        "a.png, object 1: its attributes cannot be kept in this format.",
        "b.png, object 2: its attributes cannot be kept in this format.",
        "a.png, object 1: its other imported data cannot be kept in this format.",
        "b.png, object 2: its other imported data cannot be kept in this format.",
        "class cat: its color cannot be kept in this format.",
    ]
    value = call("export", project, out, "--format", "yolo", "--dry-run", "--json").json
    assert value["losses"] == {"attributes": 2, "other imported data": 2}
    assert value["places"]["color"] == ["class cat"]
    assert (len(value["lost"]), len(value["lost_beside"])) == (4, 1)
    out.parent.mkdir()
    told = call("export", project, out, "--format", "yolo", "--all").out
    assert told == outcome.out.replace("Would export", "Exported")


@pytest.mark.parametrize("each", formats(), ids=lambda each: each.name)
def test_diff_reads_what_every_format_wrote_and_tells_the_lost_keys(call, project, tmp_path, each):
    out = tmp_path / f"out{each.suffix}"
    assert call("export", project, out, "--format", each.name).code == 0
    assert format_of(out).name == each.name
    for pair in ((project, out), (out, project)):
        value = call("diff", *pair, "--json").json
        mine = "keys_only_in_a" if pair[0] == project else "keys_only_in_b"
        assert value[mine] == ({} if "other imported data" in each.holds else {"score": 2})
        has_attributes = "attributes" in each.holds
        assert (value["same"], value["changed"], value["mean_iou"]) == ((2, 0, 1) if has_attributes else (0, 2, 1))
        assert (value["only_in_a"], value["only_in_b"]) == (0, 0)


def test_diff_of_two_folders_wants_the_images(call, project, tmp_path):
    pair = tmp_path / "one", tmp_path / "two"
    assert call("export", project, pair[0], "--format", "yolo-seg").code == 0
    assert call("export", project, pair[1], "--format", "voc").code == 0
    assert "--images" in call("diff", *pair).err
    outcome = call("diff", *pair, "--images", tmp_path / "photos")
    assert (
        outcome.out
        == "Objects: 2 the same, 0 changed, 0 only in A, 0 only in B. Mean IoU of the objects in both: 1.000.\n"
    )
    assert call("export", project, tmp_path / "out.json").code == 0
    value = call("diff", pair[0], tmp_path / "out.json", "--json").json
    assert (value["changed"], value["mean_iou"], value["keys_only_in_b"]) == (2, 1, {"score": 2})
    assert "there are no JSON files" in call("diff", *pair, "--images", tmp_path / "photos", "--format-b", "sa1b").err


def test_diff_names_what_is_different(call, project, tmp_path):
    call("export", project, tmp_path / "out.json")
    opened = Project.open(project)
    first, second = opened.annotation_table.all()
    with opened.step("Change") as step:
        step.put(replace(first, mask=block(7), extra={"score": 0.75}))
        step.put(replace(second, z_order=2, extra={}, provenance={"model": "x"}))
        image = opened.images()[0]
        step.put(replace(image, status="done", extra={"license": 4}))
    opened.close()
    assert call("diff", project, tmp_path / "out.json").out.splitlines() == [
        "a.png: object 1 -> 1: IoU 0.500, key score 0.75 -> 0.5.",
        "b.png: object 2 -> 2: only in A: provenance, z_order, only in B: score.",
        "a.png: license 4 -> None, status 'done' -> None.",
        "Known in A only: provenance of 1 object, z_order of 1 object.",
        "Known in B only: score of 1 object.",
        "Objects: 1 the same, 1 changed, 0 only in A, 0 only in B. Mean IoU of the objects in both: 0.750.",
    ]


@pytest.mark.parametrize("content", [None, "", "hello", '{"name": "no COCO"}', "<html/>"])
def test_diff_of_nothing_that_is_known_is_one_sentence(call, project, tmp_path, content):
    if content is not None:
        (tmp_path / "what").write_text(content)
    outcome = call("diff", project, tmp_path / "what")
    assert (outcome.code, outcome.out) == (2, "")
    assert "what" in outcome.err
    assert ("say which it is by --format-b: cityscapes, coco" in outcome.err) == (content is not None)


def test_the_exit_status_of_diff_tells_the_same_from_the_different(call, run, project, tmp_path):
    assert call("export", project, tmp_path / "out.json").code == 0
    assert call("diff", project, tmp_path / "out.json").code == 0
    opened = Project.open(project)
    with opened.step("Delete") as step:
        step.delete(next(opened.annotation_table.all()))
    opened.close()
    told = call("diff", project, tmp_path / "out.json", "--json")
    assert (told.code, told.json["only_in_b"]) == (1, 1)
    assert run("diff", project, tmp_path / "out.json").code == 1
    assert run("diff", project, tmp_path / "none.json").code == 2


def test_the_readme_says_what_the_registry_says(call):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert table() in readme
    assert programs_table() in readme
    assert call("formats").out == f"{table()}\n\n{programs_table()}\n"
    listed = call("formats", "--json").json["formats"]
    assert [each["name"] for each in listed] == [each.name for each in formats()]
    assert set(re.findall(r"^\| ([\w-]+) ", table(), re.MULTILINE)) == {each.name for each in formats()} | {"---"}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda each: each.name)
def test_who_will_read_it_chooses_format_and_options(call, project, tmp_path, program):
    told = call("export", project, tmp_path / "for", "--for", program.name)
    by_hand = [word for name, value in program.options.items() for word in ("--option", f"{name}={value}")]
    call("export", project, tmp_path / "hand", "--format", program.format_name, *by_hand)
    assert told.code in (0, 3)
    assert files_of(tmp_path / "for") == files_of(tmp_path / "hand")


def files_of(top):
    """What was written, without the note of when."""
    files = [top] if top.is_file() else [path for path in top.rglob("[!.]*") if path.is_file()]
    return {path.relative_to(top): path.read_bytes() for path in files}


def test_what_the_person_says_counts_more_than_the_program(call, project, tmp_path):
    out = tmp_path / "out.json"
    call("export", project, out, "--for", "sahi", "--option", "masks=rle")
    assert '"counts"' in out.read_text()
    refused = call("export", project, out, "--for", "sahi", "--format", "voc")
    assert (refused.code, refused.err) == (1, "--for sahi writes coco: leave --format out, or give only that.")
    unknown = call("export", project, out, "--for", "nobody")
    assert unknown.err.startswith("There is no program nobody here. Choose one of: detectron2, ")
