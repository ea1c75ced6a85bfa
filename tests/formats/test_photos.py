"""The image files beside an export: copied, linked or left; nothing of anybody is written over."""

import json
import os

import numpy as np
import pytest
import tifffile
from PIL import Image

from app.formats.kit import photos
from app.formats.kit.describe import describe
from app.formats.kit.format import try_export
from app.formats.registry import format_named, formats
from app.problem import Problem
from app.project.store import Project
from tests.conftest import drained
from tests.formats.conftest import HEIGHT, NAMES, WIDTH
from tests.formats.test_every_format import fill, pixels_of

WITH_PHOTOS = [each for each in formats() if each.photos is not None]
every = pytest.mark.parametrize("each", WITH_PHOTOS, ids=lambda each: each.name)


@every
@pytest.mark.parametrize("files", ["copy", "link"])
def test_the_images_lie_where_the_reader_looks(each, files, project, tmp_path):
    fill(project, [pixels_of("block")] * 3)
    report = drained(each.export_file(project, tmp_path / "out", files=files))
    assert (report.files, report.is_partial) == (3, False)
    for record in project.images():
        there, photo = tmp_path / "out" / each.photos / record.path, project.root / record.path
        assert there.read_bytes() == photo.read_bytes()
        assert there.samefile(photo) == (files == "link")
        assert int(there.stat().st_mtime) == int(photo.stat().st_mtime)
    assert report.file_bytes == (sum((project.root / name).stat().st_size for name in NAMES) if files == "copy" else 0)
    again = drained(each.export_file(project, tmp_path / "out", files="leave"))
    assert again.files == 0
    assert not any((tmp_path / "out" / each.photos / record.path).exists() for record in project.images())
    assert all((project.root / name).exists() for name in NAMES)


@every
def test_they_come_back_without_a_word_on_the_images(each, make_project, tmp_path):
    one, other = make_project(), make_project(folder="copy")
    fill(one, [pixels_of("block")] * 3)
    drained(each.export_file(one, tmp_path / "out", files="copy"))
    report = drained(each.import_file(other, tmp_path / "out"))
    assert (report.annotations, report.problems) == (3, [])


def test_labelme_finds_the_photo_beside_and_yolo_is_told_of_no_folder_to_fill(project, tmp_path):
    drained(format_named("labelme").export_file(project, tmp_path / "out", files="copy"))
    written = json.loads((tmp_path / "out" / "sub" / "猫と犬.json").read_text(encoding="utf-8"))
    assert written["imagePath"] == "猫と犬.png"
    drained(format_named("yolo").export_file(project, tmp_path / "yolo", files="copy"))
    assert "Put the images" not in (tmp_path / "yolo" / "data.yaml").read_text()


def test_a_photo_that_is_gone_is_told_and_its_masks_are_written(project, tmp_path):
    fill(project, [pixels_of("block")] * 3)
    (project.root / "cat.png").unlink()
    report = drained(format_named("voc").export_file(project, tmp_path / "out", files="copy"))
    assert (report.annotations, report.files, report.left_out, report.is_partial) == (3, 2, 1, True)
    [told] = report.problems
    assert told.startswith("cat.png: its file cannot be copied: No such file")


def test_of_a_photo_that_breaks_off_nothing_is_left_and_another_s_file_stays(tmp_path):
    resource = pytest.importorskip("resource")  # not on Windows
    source, out = tmp_path / "photo.png", tmp_path / "out.png"
    source.write_bytes(bytes(3 << 20))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            list(photos._copy(source, out))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not out.exists()
    out.write_text("mine")
    with pytest.raises(FileExistsError):
        list(photos._copy(source, out))
    assert out.read_text() == "mine"


def test_a_page_of_a_stack_is_no_file_to_copy(tmp_path):
    root = tmp_path / "photos"
    root.mkdir()
    tifffile.imwrite(root / "stack.tif", np.zeros((2, HEIGHT, WIDTH), np.uint8), photometric="minisblack")
    project = Project.create(tmp_path / "p.maskwright", root)
    for _ in project.folder.scan():
        pass
    report = drained(format_named("labelme").export_file(project, tmp_path / "out", files="copy"))
    assert report.files == 1
    assert report.problems == ["stack.tif, page 2: it is a page of a file, which is not copied."]
    project.close()


def test_where_there_are_no_hard_links_there_is_another_kind_or_a_copy(project, tmp_path, monkeypatch):
    def refused(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refused)
    drained(format_named("yolo").export_file(project, tmp_path / "out", files="link"))
    assert (tmp_path / "out" / "images" / "cat.png").is_symlink()
    monkeypatch.setattr(os, "symlink", refused)
    report = drained(format_named("yolo").export_file(project, tmp_path / "out", files="link"))
    assert not (tmp_path / "out" / "images" / "cat.png").is_symlink()
    assert report.file_bytes > 0


def test_nothing_of_a_stranger_is_written_over(project, tmp_path):
    out = tmp_path / "out"
    (out / "images").mkdir(parents=True)
    (out / "images" / "cat.png").write_text("mine")
    with pytest.raises(Problem, match=r"images/cat\.png"):
        drained(format_named("yolo").export_file(project, out, files="copy"))
    assert (out / "images" / "cat.png").read_text() == "mine"


def test_a_large_photo_is_copied_in_pieces_and_a_cancel_leaves_nothing(make_project, tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "_PIECE", 100)
    project = make_project("noise.png")
    pixels = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    Image.fromarray(pixels).save(project.root / "noise.png", compress_level=0)
    steps = format_named("yolo").export_file(project, tmp_path / "to" / "out", files="copy")
    (tmp_path / "to").mkdir()
    seen = [next(steps) for _ in range(4)]
    assert seen[1:] == [(0, 1)] * 3
    steps.close()
    assert not list((tmp_path / "to").iterdir())
    drained(format_named("yolo").export_file(project, tmp_path / "to" / "out", files="copy"))
    assert (tmp_path / "to" / "out" / "images" / "noise.png").read_bytes() == (project.root / "noise.png").read_bytes()


@every
def test_a_trial_copies_nothing_and_tells_how_much_it_would(each, project, tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "_copy", None)
    report = drained(try_export(project, each, files="copy"))
    size = sum((project.root / name).stat().st_size for name in NAMES)
    assert (report.files, report.file_bytes) == (3, size)
    assert "3 image files beside (0.1 MB)." in describe(report).summary[0]
    assert drained(try_export(project, each, files="link")).file_bytes == 0
    with pytest.raises(Problem, match="files is one of"):
        drained(try_export(project, each, files="move"))


def test_a_link_that_leads_out_of_the_folder_is_not_copied(project, tmp_path, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.png"
    Image.new("RGB", (WIDTH, HEIGHT)).save(secret)
    (project.root / "cat.png").unlink()
    (project.root / "cat.png").symlink_to(secret)
    report = drained(format_named("yolo").export_file(project, tmp_path / "out", files="copy"))
    assert not (tmp_path / "out" / "images" / "cat.png").exists()
    assert report.left_out == 1
