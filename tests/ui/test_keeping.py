"""Around an open project, in the real window: its file is moved, deleted or replaced, a backup is restored."""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from app.labeling.commands import REGISTRY
from app.masks.rle import Mask
from app.project.connection import connect_to_file_alone
from app.project.records import Annotation
from app.project.safety import keeper
from app.project.safety.backup import backups_of, told_backup
from app.project.safety.wal import has_log, marks_of_owner, owner_file
from app.project.store import Project
from app.ui.dialogs.restore import RestoreDialog
from tests.ui.conftest import ANSWER_MS


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(keeper, "IDLE_S", 0.2)
    monkeypatch.setattr(keeper, "LOOK_S", 0.05)


def accept(window) -> None:
    project = window.workspace.project
    with project.step("Accept mask") as step:
        step.add(Annotation(0, project.images()[0].id, None, Mask.from_array(np.ones((20, 20), bool))))


def objects_of(path: Path) -> int:
    with closing(Project.open(path)) as project:
        assert not project.read_only
        return project.statistics.counts()["annotation"]


def in_file_alone(path: Path) -> int:
    with closing(connect_to_file_alone(path)) as db:
        return db.execute("SELECT count(*) FROM annotation").fetchone()[0]


def lies_in_file(path: Path, objects: int) -> bool:
    """Whether they are in the file itself, and the keeper is done with it."""
    return in_file_alone(path) == objects and marks_of_owner(owner_file(path))[1:-1] == [] and not has_log(path)


def pull_the_drive(path: Path, drive: Path) -> None:
    """The very file goes, with all that was written to it until then: a copy made before would be an older one."""
    drive.hardlink_to(path)
    path.unlink()


def test_a_copy_of_the_file_is_whole_a_moment_after_an_accept(opened, qtbot):
    path = opened.workspace.project.path
    accept(opened)
    qtbot.waitUntil(lambda: in_file_alone(path) == 1)


def test_work_goes_on_in_a_renamed_file(opened, qtbot):
    path = opened.workspace.project.path
    accept(opened)
    new = path.rename(path.with_name("renamed.maskwright"))
    qtbot.waitUntil(lambda: opened.workspace.project.path == new, timeout=ANSWER_MS)
    assert opened.toast.text() == f"The project file was moved. The work goes on in {new}."
    assert opened.windowTitle().startswith("renamed")
    accept(opened)
    qtbot.waitUntil(lambda: in_file_alone(new) == 2, timeout=ANSWER_MS)
    opened.projects.close()
    assert objects_of(new) == 2
    assert {each.name for each in path.parent.glob("*-wal*")} == set()


def test_it_is_followed_only_when_the_job_that_has_it_open_is_done(opened, qtbot):
    path = opened.workspace.project.path
    accept(opened)
    held, has_it_open = [], []

    def steps():
        with closing(Project.sibling_of(path, read_only=True)) as sibling:
            while not held:
                has_it_open.append(bool(sibling.statistics.counts()))
                yield 0, 0

    opened.jobs.start("Reading", steps, lambda _: None)
    qtbot.waitUntil(lambda: bool(has_it_open), timeout=ANSWER_MS)
    new = path.rename(path.with_name("renamed.maskwright"))
    qtbot.wait(500)
    assert opened.workspace.project.path == path
    held.append(True)
    qtbot.waitUntil(lambda: opened.workspace.project.path == new, timeout=ANSWER_MS)


@pytest.mark.parametrize("kind", ["thread", "model"])
def test_it_is_followed_beside_long_work_that_does_not_have_it_open(opened, qtbot, kind):
    path, ended = opened.workspace.project.path, []

    def download(tell):
        while not ended:
            time.sleep(0.01)
            tell(0.5)

    def look(_model):
        while not ended:
            yield 0, 0

    if kind == "thread":
        opened.jobs.start_thread("Downloading", download, lambda _: None)
    else:
        opened.jobs.start("Looking for everything", look, lambda _: None, uses_model=True)
    new = path.rename(path.with_name("renamed.maskwright"))
    qtbot.waitUntil(lambda: opened.workspace.project.path == new, timeout=ANSWER_MS)
    assert opened.jobs.current is not None
    ended.append(True)
    qtbot.waitUntil(lambda: opened.jobs.current is None, timeout=ANSWER_MS)


def test_a_deleted_file_is_told_and_kept(opened, qtbot):
    path = opened.workspace.project.path
    accept(opened)
    qtbot.waitUntil(lambda: in_file_alone(path) == 1)
    before = set(backups_of(path))
    path.unlink()
    qtbot.waitUntil(lambda: "is not there any more" in opened.toast.text(), timeout=ANSWER_MS)
    [kept] = set(backups_of(path)) - before
    assert str(kept) in opened.toast.text()
    shutil.copyfile(kept, path)
    opened.projects.close()
    assert objects_of(path) == 1


def test_work_goes_on_when_the_drive_is_there_again(opened, qtbot, tmp_path):
    path = opened.workspace.project.path
    accept(opened)
    qtbot.waitUntil(lambda: lies_in_file(path, 1), timeout=ANSWER_MS)
    pull_the_drive(path, tmp_path / "drive")
    qtbot.waitUntil(lambda: "is not there any more" in opened.toast.text(), timeout=ANSWER_MS)
    shutil.copyfile(tmp_path / "drive", path)
    qtbot.waitUntil(lambda: "the work goes on" in opened.toast.text(), timeout=ANSWER_MS)
    accept(opened)
    qtbot.waitUntil(lambda: in_file_alone(path) == 2, timeout=ANSWER_MS)
    opened.projects.close()
    assert objects_of(path) == 2


def test_one_look_that_failed_is_not_the_last(opened, qtbot, tmp_path, monkeypatch):
    """As when the drive goes while it is looked at."""

    def fails(*_arguments):
        raise OSError("the drive is gone")

    path = opened.workspace.project.path
    accept(opened)
    qtbot.waitUntil(lambda: lies_in_file(path, 1), timeout=ANSWER_MS)
    monkeypatch.setattr(keeper, "rescue", fails)
    pull_the_drive(path, tmp_path / "drive")
    qtbot.waitUntil(lambda: "is not there any more" in opened.toast.text(), timeout=ANSWER_MS)
    shutil.copyfile(tmp_path / "drive", path)
    qtbot.waitUntil(lambda: "the work goes on" in opened.toast.text(), timeout=ANSWER_MS)


def test_a_crash_with_a_backup_put_back_is_told_at_opening(opened, qtbot, photos):
    path = opened.workspace.project.path
    accept(opened)
    backup = told_backup(path)
    opened.projects.close()
    shutil.copyfile(backup, path)
    path.with_name(path.name + "-wal").write_bytes(b"\x37\x7f\x06\x83" + bytes(5000))
    path.with_name(path.name + "-wal-owner").write_text('["open 1", "open 2"]')
    opened.open_path(path)
    qtbot.waitUntil(lambda: opened.workspace is not None)
    assert "was another file's. It is kept as" in opened.toast.text()
    assert not opened.workspace.project.read_only


def test_a_backup_is_restored_from_the_menu(opened, qtbot):
    path = opened.workspace.project.path
    accept(opened)
    assert told_backup(path)
    for _ in range(3):
        accept(opened)

    def choose() -> None:
        dialog = opened.findChild(RestoreDialog)
        if dialog is None:
            QTimer.singleShot(50, choose)
            return
        texts = [dialog.table.item(dialog.table.rowCount() - 1, column).text() for column in (1, 2)]
        told.extend(texts)
        dialog.table.selectRow(dialog.table.rowCount() - 1)
        dialog.accept()

    told: list[str] = []
    QTimer.singleShot(50, choose)
    REGISTRY.run("file.restore", opened)
    qtbot.waitUntil(lambda: bool(told), timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: opened.workspace is None, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: opened.workspace is not None and opened.workspace.canvas.has_image, timeout=ANSWER_MS)
    assert told == ["1", "Loses 3 steps: 3 new objects."]
    assert opened.workspace.project.statistics.counts()["annotation"] == 1
    assert "What was there is kept" in opened.toast.text()
    QTest.qWait(0)
