"""Which files of a folder become images of the project."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.formats.registry import format_named
from app.images.reading import read_image
from app.masks.rle import Mask
from app.project.passed_over import PassedOver
from app.project.records import Annotation
from app.project.scan import image_files
from app.project.store import Project
from tests.conftest import drained


def paths(project: Project) -> list[str]:
    return [image.path for image in project.images()]


def scanned(path: Path, folder: Path) -> list[str]:
    project = Project.create(path, folder)
    list(project.folder.scan())
    found = paths(project)
    project.close()
    return found


def test_images_are_found_in_all_folders_in_the_order_people_count(tmp_path):
    names = ["img10.JPG", "img2.jpg", "Img1.png", "b/2.tif", "b/10.tiff", "b/c/猫 ü.webp", "a 9/x.bmp", "a 10/x.jpeg"]
    for name in [*names, "notes.txt", "img3.jpg.part", "jpg", "fake.jpg/inner.png"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert scanned(tmp_path / "p.maskwright", tmp_path) == [
        "a 9/x.bmp",
        "a 10/x.jpeg",
        "b/2.tif",
        "b/10.tiff",
        "b/c/猫 ü.webp",
        "fake.jpg/inner.png",
        "Img1.png",
        "img2.jpg",
        "img10.JPG",
    ]


def test_hidden_files_and_folders_are_passed_over(tmp_path):
    for name in (".thumbnails/a.jpg", "._a.jpg", "a.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert scanned(tmp_path / "p.maskwright", tmp_path) == ["a.jpg"]


@pytest.mark.skipif(os.name == "nt", reason="links take rights on Windows")
def test_links_that_lead_out_of_the_folder_or_round_in_circles_are_not_followed(tmp_path):
    images, outside = tmp_path / "images", tmp_path / "outside"
    images.mkdir()
    outside.mkdir()
    for file in (images / "real.png", outside / "secret.png"):
        Image.new("RGB", (2, 2)).save(file)
    (images / "inside.png").symlink_to("real.png")
    (images / "out.png").symlink_to(outside / "secret.png")
    (images / "broken.png").symlink_to("nothing.png")
    (images / "folder").symlink_to(outside, target_is_directory=True)
    (images / "circle").symlink_to(images, target_is_directory=True)
    (images / "notes.txt").symlink_to(outside / "notes.txt")
    assert scanned(tmp_path / "p.maskwright", images) == ["inside.png", "real.png"]
    passed_over = PassedOver(images)
    assert list(image_files(images, passed_over)) == [["inside.png", "real.png"]]
    assert passed_over.sentence.startswith("3 links lead out of the folder or to nothing and were not followed: ")
    assert sorted(passed_over.links.first) == ["broken.png", "folder", "out.png"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system allows only text")
def test_name_that_is_no_text_does_not_stop_the_scan(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/old\xff.jpg")).write_bytes(b"")
    (tmp_path / "new.jpg").write_bytes(b"")
    assert scanned(tmp_path / "p.maskwright", tmp_path) == ["new.jpg"]
    passed_over = PassedOver(tmp_path)
    list(image_files(tmp_path, passed_over))
    assert passed_over.sentence == "1 name is no text in UTF-8 and was passed over: old\ufffd.jpg."


def test_second_scan_adds_only_what_is_new_and_keeps_the_rest(project):
    before = project.images()
    assert list(project.folder.scan()) == []
    Image.new("RGB", (2, 2)).save(project.root / "img3.png")
    (project.root / "img2.png").unlink()
    assert list(project.folder.scan()) == [(1, 0)]
    assert paths(project) == ["img2.png", "img3.png", "img10.png", "more/one.png"]
    assert all(image in project.images() for image in before)
    assert project.undo_label is None


def test_empty_folder_has_no_images(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    assert scanned(tmp_path / "p.maskwright", folder) == []


def test_scan_that_is_stopped_keeps_what_it_found(tmp_path):
    for number in range(1200):
        (tmp_path / f"{number}.jpg").touch()
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    scan = project.folder.scan()
    first = next(scan)
    scan.close()
    assert project.statistics.counts()["image"] == len(project.images()) == first[0] < 1200
    list(project.folder.scan())
    assert len(project.images()) == 1200
    project.close()


def test_image_that_another_connection_added_meanwhile_is_not_added_twice(project):
    Image.new("RGB", (2, 2)).save(project.root / "img3.png")
    other = Project.sibling_of(project.path, read_only=False)
    scan = project.folder.scan()
    list(other.folder.scan())
    other.close()
    list(scan)
    assert len(paths(project)) == len(set(paths(project))) == 4


def test_5000_images_are_found_and_listed_in_a_moment(tmp_path):
    for number in range(5000):
        (tmp_path / f"IMG_{number}.jpg").touch()
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    start = time.perf_counter()
    list(project.folder.scan())
    assert [int(image.path[4:-4]) for image in project.images()] == list(range(5000))
    assert time.perf_counter() - start < 5
    project.close()


@pytest.mark.slow
def test_100_000_images_are_found_and_listed_in_seconds(tmp_path):
    for folder in range(100):
        (tmp_path / f"day {folder}").mkdir()
        for number in range(1000):
            (tmp_path / f"day {folder}" / f"IMG_{number}.jpg").touch()
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    start = time.perf_counter()
    slices = [time.perf_counter() for _ in project.folder.scan()]
    listed = time.perf_counter()
    assert len(project.images()) == 100_000
    end = time.perf_counter()
    pauses = [b - a for a, b in zip([start, *slices], slices, strict=False)]
    print(f"scan {listed - start:.1f} s, longest slice {max(pauses) * 1000:.0f} ms, list {end - listed:.2f} s")
    assert end - start < 60
    project.close()


def labelled(tmp_path, *names):
    """A project whose images were all looked at."""
    for number, name in enumerate(names):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 3), (number, 0, 0)).save(tmp_path / name)
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    list(project.folder.scan())
    for record in project.images():
        picture = read_image(project.image_path(record))
        project.image_table.note(record.id, content_hash=picture.content_hash, size_bytes=picture.size_bytes)
    return project


def test_a_moved_or_renamed_image_is_found_again_by_its_content(tmp_path):
    project = labelled(tmp_path, "a.png", "b.png", "c.png")
    ids = {record.path: record.id for record in project.images()}
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.png").rename(tmp_path / "deep" / "猫.png")
    (tmp_path / "b.png").rename(tmp_path / "z.png")
    Image.new("RGB", (4, 3), (9, 9, 9)).save(tmp_path / "new.png")
    list(project.folder.scan())
    now = {record.path: record.id for record in project.images()}
    assert now["deep/猫.png"] == ids["a.png"]
    assert now["z.png"] == ids["b.png"]
    assert now["c.png"] == ids["c.png"]
    assert now["new.png"] not in ids.values()
    project.close()


def test_a_copy_is_another_image_while_the_first_is_there(tmp_path):
    project = labelled(tmp_path, "a.png")
    shutil.copy(tmp_path / "a.png", tmp_path / "copy.png")
    list(project.folder.scan())
    assert paths(project) == ["a.png", "copy.png"]
    (tmp_path / "a.png").unlink()
    for name in ("one.png", "two.png"):
        shutil.copy(tmp_path / "copy.png", tmp_path / name)
    list(project.folder.scan())
    assert len(paths(project)) == 3  # one of them is a.png now
    project.close()


def timed(path, nanoseconds):
    os.utime(path, ns=(nanoseconds, nanoseconds))
    return path


def test_an_image_that_nobody_opened_is_found_again_by_size_and_time(tmp_path):
    for number, name in enumerate(("a.png", "b.png", "c.png")):
        Image.new("RGB", (4, 3), (number, 0, 0)).save(tmp_path / name)
    timed(tmp_path / "c.png", 1_700_000_000_000_000_000)  # whole seconds: hundreds of an archive may have them
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    list(project.folder.scan())
    ids = {record.path: record.id for record in project.images()}
    for name in ("b.png", "c.png"):
        (tmp_path / name).rename(tmp_path / f"new {name}")
    timed(tmp_path / "a.png", 1_700_000_001_123_456_789)
    (tmp_path / "a.png").rename(tmp_path / "new a.png")  # touched, too
    list(project.folder.scan())
    now = {record.path: record.id for record in project.images()}
    assert now["new b.png"] == ids["b.png"]
    assert not {now["new a.png"], now["new c.png"]} & set(ids.values())
    project.close()


def test_what_is_known_of_the_content_counts_more_than_the_time(tmp_path):
    for number, name in enumerate(("a.bmp", "b.bmp")):
        Image.new("RGB", (4, 3), (number, 0, 0)).save(tmp_path / name)
        timed(tmp_path / name, 1_700_000_001_123_456_789)
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    list(project.folder.scan())
    opened, _ = project.images()
    picture = read_image(project.image_path(opened))
    project.image_table.note(opened.id, content_hash=picture.content_hash)
    (tmp_path / "sub").mkdir()
    for name in ("a.bmp", "b.bmp"):
        (tmp_path / name).rename(tmp_path / "sub" / name)
    list(project.folder.scan())
    assert [(record.id, record.path) for record in project.images()] == [(1, "sub/a.bmp"), (2, "sub/b.bmp")]
    project.close()


def test_two_missing_images_of_one_size_and_time_are_not_guessed(tmp_path):
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4, 3)).save(tmp_path / name)
        timed(tmp_path / name, 1_700_000_001_123_456_789)
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    list(project.folder.scan())
    for name in ("a.png", "b.png"):
        (tmp_path / name).rename(tmp_path / f"new {name}")
    list(project.folder.scan())
    assert paths(project) == ["a.png", "b.png", "new a.png", "new b.png"]
    project.close()


def test_images_of_an_older_project_get_size_and_time(tmp_path):
    Image.new("RGB", (4, 3)).save(tmp_path / "a.png")
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    list(project.folder.scan())
    project.file.db.execute("UPDATE image SET size_bytes = NULL, mtime_ns = NULL")
    project.refresh()
    list(project.folder.scan())
    [record] = project.images()
    status = (tmp_path / "a.png").stat()
    assert (record.size_bytes, record.mtime_ns) == (status.st_size, status.st_mtime_ns)
    project.close()


def test_what_an_export_wrote_beside_the_photos_is_no_photo(tmp_path):
    Image.new("RGB", (4, 3)).save(tmp_path / "a.png")
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    list(project.folder.scan())
    with project.step("Accept mask") as step:
        step.add(Annotation(0, 1, None, Mask.from_array(np.ones((3, 4), bool))))
    for name in ("png", "voc"):
        drained(format_named(name).export_file(project, tmp_path / name))
    Image.new("RGB", (4, 3)).save(tmp_path / "png" / "mine.png")
    list(project.folder.scan())
    assert paths(project) == ["a.png", "png/mine.png"]
    [mask] = [path for path in (tmp_path / "png").rglob("*.png") if path.name != "mine.png"][:1]
    Image.new("RGB", (40, 30)).save(mask)  # a photo of that name
    list(project.folder.scan())
    assert mask.relative_to(tmp_path).as_posix() in paths(project)
    (tmp_path / "png" / ".maskwright.json").write_text("[")
    list(project.folder.scan())
    assert len(paths(project)) > 2
    project.close()
    # who opens the folder itself wants to see it
    assert scanned(tmp_path / "q.maskwright", tmp_path / "voc") != []
