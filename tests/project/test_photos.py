"""A photo's identity: masks go with the bytes of their photo, and a photo that is another one is told until the person
says that it is right."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from contextlib import closing, contextmanager

import numpy as np
import pytest
import tifffile
from msgspec.structs import replace
from PIL import Image

from app.formats.registry import format_named, formats
from app.images.pages import split
from app.masks.rle import Mask
from app.project import folder_scan
from app.project.accepting import accept, named
from app.project.quality.checks import check
from app.project.records import Annotation
from app.project.store import Project
from app.work import run
from tests.conftest import drained

SIZE = 48, 64


def picture(number, size=SIZE):
    """A grey picture with a red block, at another place for each number."""
    height, width = size
    pixels = np.full((height, width, 3), (30 + 23 * number) % 200, np.uint8)
    pixels[block(number, size).to_array()] = (255, 0, 0)
    return pixels


def block(number, size=SIZE):
    pixels = np.zeros(size, bool)
    y, x = 2 + number * 5 % (size[0] - 8), 3 + number * 7 % (size[1] - 10)
    pixels[y : y + 5, x : x + 6] = True
    return Mask.from_array(pixels)


def save(path, number, size=SIZE):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture(number, size)).save(path)


def seen(project, record):
    file, page = split(str(project.image_path(record)))
    if file.endswith(".tif"):
        return tifffile.imread(file, key=page - 1)
    return np.asarray(Image.open(file))


def read(project):
    """Notes of all images what looking at them tells."""
    from app.images.reading import read_image

    for record in project.images():
        found = read_image(project.image_path(record))
        height, width = found.pixels.shape[:2]
        project.image_table.note(
            record.id, width=width, height=height, content_hash=found.content_hash,
            size_bytes=found.size_bytes, mtime_ns=found.mtime_ns,
        )  # fmt: skip


def sized(project):
    """Notes of all images what an import tells: their size."""
    project.image_table.note_sizes({record.id: SIZE for record in project.images()})


def labelled(folder, names, known=read, suffix=".png"):
    for number, name in enumerate(names):
        save(folder / f"{name}{suffix}", number)
    project = Project.create(folder / "p.maskwright", folder)
    run(project.folder.scan())
    known(project)
    with project.step("Accept mask") as step:
        for number, name in enumerate(names):
            step.add(Annotation(0, named(project, f"{name}{suffix}").id, None, block(number)))
    return project


def blocks_lie_right(project):
    """The paths of the images whose masks lie on the red block that they were made on; of those whose file is there."""
    there = [record for record in project.images() if project.folder.stamp_of(record)]
    right = [
        record.path
        for record in there
        if all(
            (seen(project, record)[each.mask.to_array()] == (255, 0, 0)).all()
            for each in project.annotations(record.id)
        )
    ]
    return right == [record.path for record in there]


def rename(folder, ways, suffix=".png"):
    """Renames many files at once, as {from: to}."""
    for old in ways:
        (folder / f"{old}{suffix}").rename(folder / f"{old}.on its way")
    for old, new in ways.items():
        (folder / f"{old}.on its way").rename(folder / f"{new}{suffix}")


KNOWN = pytest.mark.parametrize("known", [read, sized], ids=["seen", "imported"])
WAYS = {
    "swapped": {"f0": "f1", "f1": "f0"},
    "ring": {"f0": "f1", "f1": "f2", "f2": "f3", "f3": "f0"},
    "two rings": {"f0": "f1", "f1": "f0", "f2": "f3", "f3": "f2"},
    "shifted up": {"f3": "f4", "f2": "f3", "f1": "f2", "f0": "f1"},
    "shifted into a folder": {"f0": "f1", "f1": "f2", "f2": "f3", "f3": "sub"},
}


@KNOWN
@pytest.mark.parametrize("way", WAYS)
def test_masks_go_with_the_bytes_of_renamed_photos(tmp_path, way, known):
    names = ["f0", "f1", "f2", "f3"]
    with closing(labelled(tmp_path, names, known)) as project:
        ids = {record.id: seen(project, record).tobytes() for record in project.images()}
        rename(tmp_path, WAYS[way])
        run(project.folder.scan())
        assert {record.id: seen(project, record).tobytes() for record in project.images()} == ids
        assert blocks_lie_right(project)
        assert project.folder.scanned.moved
        assert project.folder.replaced_in_scan() == drained(project.folder.replaced()) == []
        assert [each for each in drained(check(project)) if each.kind == "replaced"] == []
        moved = project.images()
        run(project.folder.scan())
        assert project.images() == moved
        assert not project.folder.scanned.moved


@KNOWN
def test_frames_renumbered_after_the_first_was_deleted_keep_their_masks_and_its_own_are_kept(tmp_path, known):
    with closing(labelled(tmp_path, ["f0", "f1", "f2", "f3"], known)) as project:
        first = named(project, "f0.png").id
        (tmp_path / "f0.png").unlink()
        rename(tmp_path, {"f1": "f0", "f2": "f1", "f3": "f2"})
        run(project.folder.scan())
        assert blocks_lie_right(project)
        assert [record.path for record in project.images()] == ["f0 (missing).png", "f0.png", "f1.png", "f2.png"]
        assert project.image(first).path == "f0 (missing).png"
        assert project.folder.scanned.gone == {first: ("f0.png", "f0 (missing).png")}
        assert project.folder.missing_images() == ["f0 (missing).png"]
        assert len(project.annotations(first)) == 1
        save(tmp_path / "again.png", 0)  # the same bytes come back
        run(project.folder.scan())
        assert project.image(first).path == ("again.png" if known is read else "f0 (missing).png")


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_of_copies_without_their_times_is_found(tmp_path, order):
    """A tool that writes the files anew: only the bytes tell."""
    with closing(labelled(tmp_path, ["f0", "f1", "f2", "f3"])) as project:
        for place, number in enumerate(order):
            save(tmp_path / f"f{place}.png", number)
        run(project.folder.scan())
        assert blocks_lie_right(project)
        assert project.folder.replaced_in_scan() == []
        assert len(project.images()) == 4


def test_a_photo_whose_name_another_new_one_has_is_followed(tmp_path):
    with closing(labelled(tmp_path, ["a"])) as project:
        (tmp_path / "a.png").rename(tmp_path / "b.png")
        save(tmp_path / "a.png", 5)
        run(project.folder.scan())
        assert [(record.path, len(project.annotations(record.id))) for record in project.images()] == [
            ("a.png", 0),
            ("b.png", 1),
        ]
        assert project.folder.replaced_in_scan() == []


def test_photos_of_equal_bytes_are_not_taken_for_each_other(tmp_path):
    with closing(labelled(tmp_path, ["a", "b"])) as project:
        shutil.copy(tmp_path / "a.png", tmp_path / "copy.png")
        run(project.folder.scan())
        ids = {record.path: record.id for record in project.images()}
        rename(tmp_path, {"a": "copy", "copy": "a"})
        run(project.folder.scan())
        assert {record.path: record.id for record in project.images()} == ids
        (tmp_path / "b.png").unlink()
        rename(tmp_path, {"copy": "b"})
        run(project.folder.scan())
        assert project.image(ids["copy.png"]).path == "b.png"
        assert project.image(ids["b.png"]).path == "b (missing).png"
        assert project.image(ids["a.png"]).path == "a.png"


@KNOWN
def test_a_replaced_photo_is_told_with_both_sizes_until_the_person_says_it_is_right(tmp_path, known):
    with closing(labelled(tmp_path, ["a", "b"], known)) as project:
        before = named(project, "a.png")
        save(tmp_path / "a.png", 3, (30, 40))
        for _ in range(2):
            run(project.folder.scan())
            [told] = project.folder.replaced_in_scan()
            assert (told.path, told.was, told.now, told.is_certain) == ("a.png", "64 x 48", "40 x 30", True)
        assert named(project, "a.png") == before  # the old hash and the old size are kept
        [finding] = [each for each in drained(check(project)) if each.kind == "replaced"]
        assert finding.image == "a.png"
        assert "64 x 48" in finding.sentence
        assert "40 x 30" in finding.sentence
        accept(project, [before.id])
        run(project.folder.scan())
        assert project.folder.replaced_in_scan() == drained(project.folder.replaced()) == []
        now = named(project, "a.png")
        assert (now.width, now.height) == (40, 30)
        assert now.content_hash not in (None, before.content_hash)


@pytest.mark.parametrize("name", [each.name for each in formats()])
def test_every_export_tells_of_replaced_photos(tmp_path, name):
    photos = tmp_path / "photos"
    photos.mkdir()
    with closing(labelled(photos, ["a", "b", "c"])) as project:
        save(photos / "a.png", 3, (30, 40))
        save(photos / "b.png", 4)
        each = format_named(name)
        report = drained(each.export_file(project, tmp_path / f"out{each.suffix}"))
        told = [line for line in report.problems if "replaced after labelling" in line]
        assert len(told) == 1
        assert "a.png (64 x 48 then, 40 x 30 now)" in told[0]
        assert "b.png (64 x 48 then, 64 x 48 now)" in told[0]
        assert "c.png" not in told[0]
        assert report.annotations == 3


def test_masks_of_a_photo_that_was_made_smaller_are_scaled_when_it_is_right_and_undo_takes_that_back(tmp_path):
    with closing(labelled(tmp_path, ["a"])) as project:
        [image] = project.images()
        with project.step("Clicked") as step:
            [row] = project.annotations(image.id)
            clicked = {"points": [[10, 5], [20, 6]], "labels": [1, 0], "box": [4, 3, 30, 20]}
            step.put(replace(row, provenance={"prompt": clicked, "model": "some", "closeup": [0, 0, 9, 9]}))
        [before] = project.annotations(image.id)
        Image.fromarray(picture(0)).resize((128, 96), Image.Resampling.NEAREST).save(tmp_path / "a.png")
        run(project.folder.scan())
        assert accept(project, [image.id]) == 1
        [after] = project.annotations(image.id)
        assert after.mask.size == (96, 128)
        assert after.mask.area == 4 * before.mask.area
        moved = {"points": [[20, 10], [40, 12]], "labels": [1, 0], "box": [8, 6, 60, 40]}
        assert after.provenance == {"prompt": moved, "model": "some"}
        assert blocks_lie_right(project)
        project.undo()
        assert project.annotations(image.id) == [before]
        run(project.folder.scan())
        for [told] in (project.folder.replaced_in_scan(), drained(project.folder.replaced())):  # it is asked again
            assert (told.path, told.was, told.now, told.is_certain) == ("a.png", "64 x 48", "128 x 96", True)
        assert [each.kind for each in drained(check(project))] == ["replaced"], "no fault of its masks"
        assert accept(project, [image.id]) == 1
        assert project.annotations(image.id) == [after]
        run(project.folder.scan())
        assert project.folder.replaced_in_scan() == drained(project.folder.replaced()) == []


def test_masks_of_a_photo_of_another_shape_stay_as_they_are(tmp_path):
    with closing(labelled(tmp_path, ["a"])) as project:
        [image] = project.images()
        before = project.annotations(image.id)
        save(tmp_path / "a.png", 0, (64, 48))
        run(project.folder.scan())
        assert accept(project, [image.id]) == 0
        assert project.annotations(image.id) == before
        run(project.folder.scan())
        assert project.folder.replaced_in_scan() == drained(project.folder.replaced()) == []


@KNOWN
def test_a_photo_that_was_touched_or_came_from_an_archive_is_the_same(tmp_path, known):
    with closing(labelled(tmp_path, ["a", "b"], known)) as project:
        for name in ("a.png", "b.png"):
            whole = (tmp_path / name).stat().st_mtime_ns // 10**9 * 10**9
            os.utime(tmp_path / name, ns=(whole, whole))
        run(project.folder.scan())
        assert project.folder.replaced_in_scan() == []
        stamps = [(tmp_path / record.path).stat().st_mtime_ns for record in project.images()]
        assert [record.mtime_ns for record in project.images()] == stamps


def test_only_the_time_of_a_photo_that_nobody_saw_says_little_and_that_is_told(tmp_path):
    with closing(labelled(tmp_path, ["a"], sized, suffix=".bmp")) as project:
        save(tmp_path / "a.bmp", 1)
        os.utime(tmp_path / "a.bmp", ns=(1_700_000_000_123_456_789,) * 2)
        run(project.folder.scan())
        [told] = project.folder.replaced_in_scan()
        assert not told.is_certain
        accept(project, [told.image_id])
        run(project.folder.scan())
        assert project.folder.replaced_in_scan() == []


def test_a_replaced_photo_without_objects_is_not_told_and_its_next_objects_fit(tmp_path):
    save(tmp_path / "a.png", 0)
    with closing(Project.create(tmp_path / "p.maskwright", tmp_path)) as project:
        run(project.folder.scan())
        read(project)
        save(tmp_path / "a.png", 1, (30, 40))
        run(project.folder.scan())
        assert project.folder.replaced_in_scan() == []
        [image] = project.images()
        assert (image.content_hash, image.width) == (None, None)
        read(project)
        with project.step("Accept mask") as step:
            step.add(Annotation(0, image.id, None, block(1, (30, 40))))
        assert drained(project.folder.replaced()) == []


def test_objects_that_are_imported_for_a_photo_that_was_replaced_before_are_made_for_it(tmp_path):
    folder, coco = tmp_path / "photos", tmp_path / "labels.json"
    save(folder / "a.png", 0)
    with closing(Project.create(folder / "p.maskwright", folder)) as project:
        run(project.folder.scan())
        sized(project)
        save(folder / "a.png", 1, (30, 40))
        run(format_named("coco").import_file(project, _labels_of(coco, 1, (30, 40))))
        assert len(project.annotations(1)) == 1
        run(project.folder.scan())
        assert project.folder.replaced_in_scan() == run(project.folder.replaced()) == []
        assert (project.image(1).height, project.image(1).width) == (30, 40)


@pytest.mark.parametrize("way", ["coco", "labelme"])
def test_an_import_onto_a_photo_that_was_replaced_after_labelling_leaves_what_was_known_of_it(tmp_path, way):
    with closing(labelled(tmp_path, ["a"])) as project:
        before = named(project, "a.png")
        save(tmp_path / "a.png", 3, (30, 40))
        labels = tmp_path / "labels" / "a.json"
        labels.parent.mkdir()
        _labels_of(labels, 3, (30, 40))
        if way == "labelme":
            shape = {"label": "block", "shape_type": "rectangle", "points": [[5, 5], [9, 9]]}
            told = {"imagePath": "a.png", "imageData": None, "imageHeight": 30, "imageWidth": 40}
            labels.write_text(json.dumps({"version": "5.0.1", "shapes": [shape], **told}))
        report = run(format_named(way).import_file(project, labels if way == "coco" else labels.parent))
        assert report.annotations == 1
        project.deferred.save()
        project.refresh()
        assert replace(named(project, "a.png"), extra={}) == before
        [replaced] = run(project.folder.replaced())
        assert (replaced.was, replaced.now) == ("64 x 48", "40 x 30")


def _labels_of(file, number, size):
    """A COCO file with the block of one picture."""
    mask = block(number, size)
    value = {
        "images": [{"id": 1, "file_name": "a.png", "height": size[0], "width": size[1]}],
        "categories": [{"id": 1, "name": "block"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "segmentation": {"size": size, "counts": mask.counts}}
        ],
    }
    file.write_text(json.dumps(value))
    return file


def test_undo_and_redo_leave_photos_where_they_are(tmp_path):
    from msgspec.structs import replace

    with closing(labelled(tmp_path, ["a", "b"])) as project:
        ids = {record.path: record.id for record in project.images()}
        with project.step("Mark done") as step:
            step.put(replace(project.image(ids["a.png"]), status="done"))
        rename(tmp_path, {"a": "b", "b": "a"})
        run(project.folder.scan())
        for act, status in ((project.undo, "open"), (project.redo, "done")):
            act()
            project.refresh()
            assert (project.image(ids["a.png"]).path, project.image(ids["a.png"]).status) == ("b.png", status)
        assert blocks_lie_right(project)


@contextmanager
def labelled_stack(folder, pages):
    """A project of the pages of one file, each with its block."""
    pages[0].save(folder / "stack.tif", save_all=True, append_images=pages[1:])
    with closing(Project.create(folder / "p.maskwright", folder)) as project:
        run(project.folder.scan())
        read(project)
        with project.step("Accept mask") as step:
            for number, record in enumerate(project.images()):
                step.add(Annotation(0, record.id, None, block(number)))
        yield project


def test_pages_that_move_up_in_their_file_keep_their_masks(tmp_path):
    pages = [Image.fromarray(picture(number)) for number in range(4)]
    with labelled_stack(tmp_path, pages) as project:
        first, *others = [record.id for record in project.images()]
        pages[1].save(tmp_path / "stack.tif", save_all=True, append_images=pages[2:])
        run(project.folder.scan())
        paths = {record.id: record.path for record in project.images()}
        assert [paths[each] for each in others] == ["stack.tif", "stack.tif#page=2", "stack.tif#page=3"]
        assert paths[first] == "stack (missing).tif"
        assert project.folder.missing_images() == ["stack (missing).tif"]
        assert blocks_lie_right(project)
        assert len(paths) == 4


def test_a_page_that_is_gone_is_told(tmp_path):
    pages = [Image.fromarray(picture(number)) for number in range(3)]
    with labelled_stack(tmp_path, pages) as project:
        pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:2])
        run(project.folder.scan())
        for replaced in (project.folder.replaced_in_scan(), run(project.folder.replaced())):
            [told] = replaced
            assert (told.path, told.was, told.now) == ("stack.tif#page=3", "64 x 48", "unreadable")


def test_a_read_only_project_tells_and_is_not_changed(tmp_path):
    labelled(tmp_path, ["a", "b"]).close()
    rename(tmp_path, {"a": "b", "b": "a"})
    before = (tmp_path / "p.maskwright").read_bytes()
    with closing(Project.open(tmp_path / "p.maskwright", read_only=True)) as project:
        assert {each.path for each in drained(project.folder.replaced())} == {"a.png", "b.png"}
        assert len([each for each in drained(check(project)) if each.kind == "replaced"]) == 2
    assert (tmp_path / "p.maskwright").read_bytes() == before


def test_a_scan_that_is_ended_at_any_step_loses_no_mask(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_scan, "_STEP_S", 0.0)
    names = [f"f{number}" for number in range(5)]
    with closing(labelled(tmp_path, names)) as project:
        rename(tmp_path, {"f0": "f1", "f1": "f2", "f2": "new", "f3": "f4", "f4": "f3"})
        for steps in range(12):
            work = project.folder.scan()
            for _ in range(steps):
                if next(work, None) is None:
                    break
            work.close()
            project.refresh()
            assert len({record.path for record in project.images()}) == 5
        run(project.folder.scan())
        assert blocks_lie_right(project)


def test_an_unchanged_photo_is_never_read(tmp_path, monkeypatch):
    with closing(labelled(tmp_path, ["a", "b", "c"])) as project:

        def refuse(_path):
            raise AssertionError

        monkeypatch.setattr("app.project.identity.file_hash", refuse)
        monkeypatch.setattr("app.project.replaced.image_size", refuse)
        run(project.folder.scan())
        assert drained(project.folder.replaced()) == []


def test_nothing_outside_the_folder_is_looked_at(tmp_path):
    """A stranger's project names files elsewhere."""
    photos, secret = tmp_path / "photos", tmp_path / "secret.png"
    photos.mkdir()
    save(secret, 7)
    with closing(labelled(photos, ["a"])) as project:
        project.file.db.execute("UPDATE image SET path = '../secret.png'")
        project.refresh()
        save(photos / "a.png", 7)
        run(project.folder.scan())
        assert project.folder.replaced_in_scan() == drained(project.folder.replaced()) == []
        assert [record.path for record in project.images()] == ["../secret.png", "a.png"]
