"""A photo that one points at (in the terminal, by dropping it on the window) is the image that is shown."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.project.records import Category
from app.project.store import Project
from app.ui import opening
from app.ui.opening import open_path
from tests.bench.driver import until


def _shows(window, path):
    workspace = window.workspace
    return workspace is not None and workspace.session.image is not None and workspace.session.image.path == path


def _drop(window, file):
    """As from a file manager."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    over: QWidget = QApplication.widgetAt(window.mapToGlobal(window.rect().center())) or window
    while not over.acceptDrops():
        over = over.parentWidget() or window
    action, left, no_keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(over, QDragEnterEvent(QPoint(9, 9), action, data, left, no_keys))
    QApplication.sendEvent(over, QDropEvent(QPointF(9, 9), action, data, left, no_keys))


def test_the_photo_is_shown_of_a_folder_that_was_never_opened(window, photos):
    window.open_path(photos / "coffee.png")
    until(lambda: _shows(window, "coffee.png") and window.workspace.canvas.has_image)
    until(lambda: not window.projects.scanning.scanner.is_active)
    assert window.workspace.project.root == photos
    assert len(window.workspace.project.images()) == 4
    assert _shows(window, "coffee.png")


def test_no_other_image_is_shown_before_it(window, photos):
    for number in range(300):
        os.link(photos / "coffee.png", photos / f"a{number}.png")
    seen = set()
    window.projects.opened.connect(
        lambda workspace: workspace.session.on("image", do=lambda: seen.add(workspace.session.image.path))
    )
    window.open_path(photos / "rocket.jpg")
    until(lambda: seen)
    until(lambda: window.workspace.images.rowCount() == 304)
    assert seen == {"rocket.jpg"}


def test_the_photo_is_shown_and_not_that_where_the_work_was(window, photos):
    project = open_path(photos)
    for _ in project.folder.scan():
        pass
    project.set_setting("last_image", project.images()[0].id)
    project.close()
    window.open_path(photos / "rocket.jpg")
    until(lambda: _shows(window, "rocket.jpg"))


@pytest.mark.parametrize("start", ["with a project", "on the first page"])
def test_a_photo_that_is_dropped_on_the_window_is_shown(window, photos, tmp_path, start):
    if start == "with a project":
        other = tmp_path / "other"
        other.mkdir()
        shutil.copy(photos / "coffee.png", other)
        window.open_path(other)
        until(lambda: _shows(window, "coffee.png"))
    _drop(window, photos / "rocket.jpg")
    until(lambda: _shows(window, "rocket.jpg"))
    assert window.workspace.project.root == photos


def test_a_photo_of_the_open_project_is_shown_also_a_new_one(opened, photos):
    workspace = opened.workspace
    opened.open_path(photos / "rocket.jpg")
    until(lambda: _shows(opened, "rocket.jpg"))
    Image.new("RGB", (60, 40)).save(photos / "new.png")
    _drop(opened, photos / "new.png")
    until(lambda: _shows(opened, "new.png"))
    assert opened.workspace is workspace
    assert [record.path for record in workspace.project.images()].count("new.png") == 1


@pytest.mark.parametrize("way", ["link to the folder", "link to the file", "dots", "relative"])
@pytest.mark.parametrize("size", ["small", "large"])
def test_the_open_project_by_another_spelling_of_its_path_is_the_open_one(opened, tmp_path, monkeypatch, way, size):
    monkeypatch.setattr(opening, "SLOW_BYTES", 30_000_000 if size == "small" else 0)
    made_ready = []
    monkeypatch.setattr(opening, "make_ready", lambda *_: made_ready.append(True) or ())
    workspace, file = opened.workspace, opened.workspace.project.path
    if way == "link to the folder":
        (tmp_path / "link").symlink_to(file.parent)
        spelled = tmp_path / "link" / file.name
    elif way == "link to the file":
        spelled = tmp_path / f"link{file.suffix}"
        spelled.symlink_to(file)
    elif way == "dots":
        spelled = file.parent / ".." / file.parent.name / file.name
    else:
        monkeypatch.chdir(file.parent)
        spelled = Path(file.name)
    opened.open_path(spelled)
    assert not made_ready  # it is open: nobody has to look through it
    assert opened.workspace is workspace
    assert not workspace.project.read_only
    with workspace.project.step("Add class") as step:
        step.add(Category(0, "one more", "#123456"))


def test_a_photo_of_the_open_project_is_shown_by_another_spelling_of_its_path(opened, photos, tmp_path):
    (tmp_path / "link").symlink_to(photos)
    workspace = opened.workspace
    opened.open_path(tmp_path / "link" / "rocket.jpg")
    until(lambda: _shows(opened, "rocket.jpg"))
    assert opened.workspace is workspace


def test_a_photo_by_another_spelling_of_its_name_is_shown_where_the_disk_opens_it_so(opened, photos, monkeypatch):
    opened.projects.scanning.show(photos / "ROCKET.jpg")
    until(lambda: "ROCKET.jpg is none of the images" in opened.toast.text())  # it may be another one
    assert not _shows(opened, "rocket.jpg")
    monkeypatch.setattr("app.ui.scanning.is_one_file", lambda one, other: one.name.lower() == other.name.lower())
    opened.projects.scanning.show(photos / "ROCKET.jpg")
    until(lambda: _shows(opened, "rocket.jpg"))


def test_what_is_no_image_is_told_and_its_folder_is_shown(window, photos):
    (photos / "notes.txt").write_text("hello")
    window.open_path(photos / "notes.txt")
    until(lambda: "notes.txt is none of the images" in window.toast.text())
    until(lambda: window.workspace.session.image is not None)


def test_a_photo_behind_a_link_is_shown(window, photos, tmp_path):
    (tmp_path / "link").symlink_to(photos)
    project = Project.create(photos / "p.maskwright", photos)
    project.close()
    window.open_path(tmp_path / "link" / "." / "rocket.jpg")
    until(lambda: _shows(window, "rocket.jpg"))


def test_the_terminal_opens_a_path_without_a_command(monkeypatch, photos):
    from typer.testing import CliRunner

    from app.cli.program import program

    opened = []
    monkeypatch.setattr("app.ui.start.run", lambda path, *, sample=False, new_window=False: opened.append(path) or 0)
    for arguments in ((photos / "rocket.jpg",), ("open", photos / "rocket.jpg"), (photos,)):
        assert CliRunner().invoke(program, [str(each) for each in arguments]).exit_code == 0
    assert opened == [photos / "rocket.jpg", photos / "rocket.jpg", photos]
    result = CliRunner().invoke(program, ["dgo.jpg"])
    assert str(result.exception) == "dgo.jpg does not exist."
    assert CliRunner().invoke(program, ["dgo"]).exit_code == 2
