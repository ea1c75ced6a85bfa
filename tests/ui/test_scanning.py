"""Looking for image files goes on beside the window, on a connection of its own."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from threading import current_thread, main_thread

import numpy as np
import pytest
from PIL import Image

from app.labeling.keymap import KEYMAP
from app.masks.rle import Mask
from app.project.mask_folders import ALL_IMAGES
from app.project.records import Annotation
from app.project.store import Project
from app.ui import labels_beside
from tests.bench.scan import moved_folder
from tests.ui.test_busy import heartbeat

LARGE_BYTES = 64 << 20


@pytest.mark.serial
def test_the_window_lives_while_the_files_of_a_moved_folder_are_read(window, tmp_path, qtbot):
    path = moved_folder(tmp_path / "photos", 10, LARGE_BYTES)
    window.open_path(path)  # making the window is another thing
    project = window.workspace.project
    with heartbeat() as longest:
        qtbot.waitUntil(lambda: not window.projects.scanning.scanner.is_active, timeout=150_000)
    assert [record.path for record in project.images()] == [f"after/{number}.png" for number in range(10)]
    assert longest[0] < 0.6  # all is read in one step, which takes a second or two


def test_a_scan_that_is_stopped_writes_nothing_any_more(window, tmp_path, qtbot):
    path = moved_folder(tmp_path / "photos", 8, LARGE_BYTES)
    window.open_path(path)
    thread = window.projects.scanning.scanner._scan.thread
    window.projects.close()
    assert thread.is_over
    with closing(Project.open(path)) as project:
        assert {record.path.split("/")[0] for record in project.images()} == {"before"}


def test_what_another_connection_found_is_listed_once(window, tmp_path, qtbot):
    """The window may have read the images again before it hears of new ones."""
    path = moved_folder(tmp_path / "photos", 4, 100)
    with closing(Project.open(path)) as project:
        before = project.images()
        project.image_table.note(before[0].id, width=7, height=5)
        project.image_table.include(before)
        assert len(project.images()) == 4
        assert project.image(before[0].id).width == 7


def test_masks_beside_the_photos_are_told_once_and_can_be_shown(window, photos, tmp_path, qtbot):
    root = tmp_path / "data"
    shutil.copytree(photos, root / "JPEGImages")
    for folder, mode in (("SegmentationClass", "P"), ("SegmentationObject", "L")):
        (root / folder).mkdir()
        for file in (root / "JPEGImages").iterdir():
            Image.new(mode, (64, 48)).save(root / folder / f"{file.stem}.png")
    scanning = window.projects.scanning

    def look(start):
        start()
        qtbot.waitUntil(lambda: not scanning.scanner.is_active, timeout=20_000)

    look(lambda: window.open_path(root))
    project, number = window.workspace.project, len(list((root / "JPEGImages").iterdir()))
    assert len(project.images()) == number
    assert window.toast.text() == "Masks, not photos, were left out: SegmentationClass; SegmentationObject."
    command = KEYMAP.registry.commands["file.all_images"]
    assert command.is_enabled(window)
    take_all = window.toast.action
    window.toast.dismiss()
    look(scanning.start)
    assert not window.toast.isVisible()  # it was told
    look(take_all)
    assert len(project.images()) == 3 * number
    assert not command.is_enabled(window)
    assert project.setting(ALL_IMAGES) is True


def test_files_of_labelme_beside_the_photos_are_told_once_and_can_be_imported(window, photos, qtbot):
    """Who comes from there would take them for lost."""
    photo = next(file for file in sorted(photos.iterdir()) if file.suffix == ".png")
    with Image.open(photo) as image:
        width, height = image.size
    shape = {"label": "cat", "points": [[10, 10], [60, 10], [60, 40]], "shape_type": "polygon"}
    content = {"version": "5.4.1", "shapes": [shape], "imagePath": photo.name, "imageHeight": height}
    photo.with_suffix(".json").write_text(json.dumps(content | {"imageWidth": width, "imageData": None}))

    def look(start):
        start()
        qtbot.waitUntil(lambda: not window.projects.scanning.scanner.is_active, timeout=20_000)

    look(lambda: window.open_path(photos))
    qtbot.waitUntil(lambda: "Files of labelme lie beside the images." in window.toast.text(), timeout=20_000)
    take = window.toast.action
    window.toast.dismiss()
    look(window.projects.scanning.start)
    assert not window.toast.isVisible()
    take()
    project = window.workspace.project
    qtbot.waitUntil(lambda: project.statistics.annotation_counts().total() == 1, timeout=20_000)
    assert [category.name for category in project.categories()] == ["cat"]


def test_nothing_is_told_of_other_files_beside_the_photos(window, photos, qtbot):
    (photos / "notes.json").write_text('{"cats": 3}')
    window.open_path(photos)
    beside = window.exchange.labels_beside
    qtbot.waitUntil(lambda: beside._thread is not None and beside._thread.is_over, timeout=20_000)
    qtbot.wait(20)
    assert "labelme" not in window.toast.text()


def test_the_formats_are_loaded_beside_the_window_for_a_project_with_objects_too(window, photos, qtbot, monkeypatch):
    threads = []
    monkeypatch.setattr(labels_beside, "formats", lambda: threads.append(current_thread()))
    window.open_path(photos)
    qtbot.waitUntil(lambda: window.workspace is not None and not window.projects.scanning.scanner.is_active)
    workspace = window.workspace
    with workspace.project.step("Draw") as step:
        step.add(Annotation(0, workspace.session.image_id, None, Mask.from_array(np.ones((8, 8), bool))))
    window.projects.scanning.start()
    qtbot.waitUntil(lambda: bool(threads), timeout=20_000)
    assert main_thread() not in threads
