"""What strangers and other programs do to the tables of a project, in the window: sentences, and it stays of use."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from PySide6.QtCore import Qt

from app.project.store import Project
from app.project.whereabouts import own_folder
from tests.project.conftest import an_object
from tests.ui.conftest import ANSWER_MS, Hand

DAMAGED = "photos.maskwright: the file is damaged. The command maskwright repair saves what can be read."
MIDDLE = (250, 250)


@pytest.fixture
def worked(opened):
    """With an object on each image."""
    project = opened.workspace.project
    for image in project.images():
        with project.step("Accept mask") as step:
            step.add(an_object(image.id))
    return opened


def change(path, sql):
    with closing(sqlite3.connect(path)) as db:
        db.executescript(sql)


@pytest.mark.parametrize("table", ["image", "category", "annotation", "step", "journal", "setting"])
def test_table_that_goes_while_it_is_open_is_told(worked, hand, table, tmp_path, qtbot):
    workspace, path = worked.workspace, worked.workspace.project.path
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    change(path, f"DROP TABLE {table}")
    worked.toast.show_text("")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_D, Qt.Key.Key_H, Qt.Key.Key_A, Qt.Key.Key_F5, Qt.Key.Key_Delete):
        hand.key(key)
        qtbot.wait(30)
    for key in (Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_H, Qt.Key.Key_B):
        hand.key(key, Qt.KeyboardModifier.ControlModifier)
        qtbot.wait(30)
    workspace.panels["classes"].added.emit("dog")
    workspace.changing(workspace.session.navigation.set_status)("done")
    worked.exchange.export_file(tmp_path / "out.json", "coco")
    worked.exchange.import_file(tmp_path / "out.json", "coco")
    worked.jobs.check(workspace.project, 0.2, "Checking", lambda _found: None)
    worked.attempt(worked.projects.reload)
    qtbot.waitUntil(lambda: worked.jobs.current is None, timeout=ANSWER_MS)
    assert worked.toast.text()
    worked.projects.close()
    worked.open_path(path)
    assert worked.toast.text().startswith(DAMAGED)
    assert worked.workspace is None


def test_what_a_stranger_put_into_it_makes_it_read_only(window, photos, qtbot):
    path = photos / "photos.maskwright"
    project = Project.create(path, photos)
    list(project.folder.scan())
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    project.close()
    change(path, "CREATE TRIGGER spy AFTER INSERT ON annotation BEGIN DELETE FROM image; END")
    window.open_path(path)
    told = "Read-only. It is not as Maskwright makes it: the trigger spy was added. "
    assert window.toast.text() == f"{told}The command maskwright repair makes a clean copy."
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    assert window.workspace.panels["objects"].list.count() == 1
    hand = Hand(window, qtbot)
    hand.click(*MIDDLE)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    assert "is read-only" in window.toast.text()
    assert own_folder(path) == photos
