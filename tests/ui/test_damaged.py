"""A damaged project in the window: each time its own sentence, and the window stays of use."""

from __future__ import annotations

import random
import shutil
import sys

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.labeling.events import Notice
from app.masks.rle import Mask
from app.problem import Problem
from app.project.image_folder import ImageFolder
from app.project.records import Annotation, Category
from app.project.safety import backup
from app.project.safety.backup import back_up, backups_folder
from app.project.store import Project
from app.support.log import kept_log, log_file
from app.ui.dialogs.export import ExportDialog
from app.ui.start import _report_bugs_to
from tests.project.conftest import an_object
from tests.ui.conftest import ANSWER_MS, Hand

PAGE = 4096
DAMAGED = "photos.maskwright: the file is damaged. The command maskwright repair saves what can be read."
MIDDLE = (250, 250)


@pytest.fixture
def used(photos):
    """A project with work in it, closed."""
    project = Project.create(photos / "photos.maskwright", photos)
    list(project.folder.scan())
    with project.step("Add a class") as step:
        category = step.add(Category(0, "cat", "#ff0000"))
    pixels = np.zeros((400, 400), bool)
    for n in range(300):
        pixels[n : n + 40, n // 3 : n // 3 + 60] ^= True
        image = project.images()[n % 4]
        with project.step("Accept mask") as step:
            step.add(Annotation(0, image.id, category.id, Mask.from_array(pixels)))
    project.close()
    return project.path


def damage(path, share, seed=1):
    """Random bytes in place of some of the pages after the first one."""
    dice, data = random.Random(seed), bytearray(path.read_bytes())
    pages = range(1, len(data) // PAGE)
    for page in dice.sample(pages, max(1, round(len(pages) * share))):
        data[page * PAGE : (page + 1) * PAGE] = dice.randbytes(PAGE)
    path.write_bytes(data)


def lose(path, table):
    """The pages with its rows are damaged; those of other tables and of their indexes are not."""
    data = bytearray(path.read_bytes())
    project = Project.open(path, read_only=True)
    query = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'"
    pages = [row[0] for row in project.file.db.execute(query, (table,))]
    project.close()
    for page in pages:
        data[(page - 1) * PAGE : page * PAGE] = b"\xaa" * PAGE
    path.write_bytes(data)


def test_so_much_is_damaged_that_there_is_nothing_to_show(window, used, photos, tmp_path, qtbot):
    shutil.copytree(photos, tmp_path / "good")
    window.open_path(tmp_path / "good" / used.name)
    before = window.workspace
    lose(used, "image")
    window.open_path(used)
    assert window.toast.text() == DAMAGED
    assert window.workspace is before
    window.projects.close()
    window.open_path(used)
    assert window.toast.text() == DAMAGED
    assert window.workspace is None
    qtbot.wait(10)
    window.preferences.choose_scheme("dark")
    window.preferences.choose_scheme("system")
    project = Project.open(photos.parent / "good" / used.name)
    assert not project.read_only  # nothing holds it
    project.close()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))])
@pytest.mark.parametrize("share", [0.03, 0.3])
def test_whatever_page_is_damaged_the_window_is_walked_through(window, used, share, seed, qtbot):
    damage(used, share, seed)
    window.open_path(used)
    if window.workspace is None:
        assert window.toast.text() == DAMAGED
    else:
        walk_through(window, qtbot)
    window.projects.close()


def walk_through(window, qtbot):
    """Whatever escapes fails the test."""
    workspace = window.workspace
    workspace.canvas.setFocus()
    hand = Hand(window, qtbot)
    for key in (Qt.Key.Key_D, Qt.Key.Key_D, Qt.Key.Key_H, Qt.Key.Key_Z, Qt.Key.Key_A):
        hand.key(key)
        qtbot.wait(50)
    hand.key(Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: workspace.canvas.has_image, timeout=ANSWER_MS)
    hand.click(*MIDDLE)
    hand.key(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not hand.session.acceptance.pending, timeout=ANSWER_MS)
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    window.projects.scanning.start()
    window.preferences.choose_scheme("dark")
    window.preferences.choose_scheme("system")


def test_where_the_objects_are_lost_the_images_are_shown_without_them(window, used, qtbot):
    """Also none of another image."""
    lose(used, "annotation")
    window.open_path(used)
    workspace = window.workspace
    qtbot.waitUntil(lambda: workspace.canvas.has_image, timeout=ANSWER_MS)
    assert window.toast.text() in (DAMAGED, f"No backup of photos.maskwright was made: {DAMAGED}")
    assert window.status._image.text() == "1/4"
    window.toast.show_text("")
    workspace.canvas.setFocus()
    Hand(window, qtbot).key(Qt.Key.Key_D)
    assert window.toast.text() == DAMAGED
    assert window.status._image.text() == "2/4"
    assert workspace.panels["images"].view.currentIndex().row() == 1
    assert workspace.panels["objects"].list.count() == 0
    qtbot.waitUntil(lambda: workspace.canvas.has_image, timeout=ANSWER_MS)


def test_what_an_export_would_lose_cannot_be_told_and_the_dialog_says_why(window, used, qtbot):
    lose(used, "annotation")
    window.open_path(used)
    dialog = ExportDialog({"annotation": 300, "image": 4, "category": 1}, window.exchange.try_export, window)
    qtbot.addWidget(dialog)
    qtbot.waitSignal(dialog.tried, timeout=ANSWER_MS).wait()
    assert dialog.told.toPlainText() == DAMAGED


def test_a_look_for_images_that_fails_leaves_no_number_of_those_it_found(window, used, monkeypatch, qtbot):
    def scan(_project, _tell, *, first):
        for _ in range(20):
            yield 0, 0
        raise Problem(DAMAGED)

    monkeypatch.setattr(ImageFolder, "scan", scan)
    window.open_path(used)
    qtbot.waitUntil(lambda: window.toast.text() == DAMAGED)
    assert window.status._image.text() == "1/4"
    assert window.status._pace.text() == "300 masks"


def test_the_sentence_names_the_backups_there_are(window, used):
    back_up(used)
    damage(used, 1)
    window.open_path(used)
    assert window.toast.text() == f"{DAMAGED} Its backups are in {backups_folder(used)}."


def test_a_damaged_first_page_may_be_repaired(window, used):
    data = bytearray(used.read_bytes())
    data[:PAGE] = bytes(PAGE)
    used.write_bytes(data)
    window.open_path(used)
    assert "this is not a Maskwright project. If it was one, the command maskwright repair may" in window.toast.text()


def test_a_backup_that_cannot_be_made_is_told(window, used, monkeypatch, qtbot):
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(1, 1, 0))
    window.open_path(used)
    told = f"No backup of photos.maskwright was made: {backups_folder(used)}: too little room on the disk."
    qtbot.waitUntil(lambda: window.toast.text() == told)


def test_a_problem_that_nobody_caught_is_a_sentence_and_no_bug(window, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    _report_bugs_to(window)
    with kept_log():
        sys.excepthook(Problem, Problem(DAMAGED), None)
        assert window.toast.text() == DAMAGED
        assert "Error" not in log_file().read_text()
        sys.excepthook(ValueError, ValueError("a bug"), None)
    assert window.toast.text().startswith("Something went wrong")
    assert window.toast.action is not None
    assert 'ValueError:\t["a bug"]' in log_file().read_text()


def test_what_was_said_of_an_image_goes_with_it(opened):
    session = opened.workspace.session
    session.tell(Notice("astronaut.png: it cannot be read.", problem=True))
    session.navigation.open(session.image_id)
    assert opened.toast.isVisible()
    session.navigation.next()
    assert not opened.toast.isVisible()


def test_what_was_not_saved_is_not_said_any_more_when_it_was(opened):
    project = opened.workspace.project
    opened.attempt(lambda: (_ for _ in ()).throw(Problem("The disk is full. The change was not saved.")))
    assert opened.toast.isVisible()
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    assert not opened.toast.isVisible()
    opened.toast.show_text("Exported.")
    opened.workspace.session.navigation.next()
    assert opened.toast.isVisible()
