"""A project that is compacted or renewed in the window: closed meanwhile, open again however it ended."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from app.labeling.commands import REGISTRY
from app.masks.rle import Mask
from app.problem import Problem
from app.project import schema
from app.project.records import Annotation
from app.project.safety.backup import backups_of
from app.project.safety.lock import take
from app.ui import compaction_flow, opening
from app.ui.dialogs.compaction import CompactDialog
from tests.ui.conftest import ANSWER_MS

SAMPLES = Path(__file__).parents[1] / "project" / "samples"


@pytest.fixture
def worked(opened):
    workspace = opened.workspace
    for _ in range(3):
        with workspace.project.step("Accept mask") as step:
            mask = Mask.from_array(np.ones((20, 20), bool))
            step.add(Annotation(0, workspace.project.images()[1].id, None, mask))
    workspace.session.navigation.open(workspace.project.images()[1].id)
    return opened


def _open_again(window, qtbot) -> None:
    assert window.workspace is None
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)


def test_the_project_is_closed_compacted_and_opened_again(worked, qtbot):
    path = worked.workspace.project.path

    def answer() -> None:
        dialog = worked.findChild(CompactDialog)
        assert dialog.before < datetime.now(UTC) - timedelta(days=29)
        dialog.days.setValue(0)
        dialog.accept()

    QTimer.singleShot(0, answer)
    REGISTRY.run("file.compact", worked)
    _open_again(worked, qtbot)
    project = worked.workspace.project
    assert (project.path, project.read_only, project.undo_label) == (path, False, None)
    assert project.history.begins is not None
    assert worked.workspace.session.image_id == project.images()[1].id
    assert len(project.history.origins(project.images()[1].id)) == project.statistics.counts()["annotation"] == 3
    assert worked.toast.text().startswith("Forgot 3 steps, freed ")


def test_it_is_opened_again_after_a_problem(worked, qtbot, monkeypatch):
    def refuse(*_: object) -> None:
        raise Problem("The disk is full.")

    monkeypatch.setattr(compaction_flow, "compact", refuse)
    compaction_flow.compact_project(worked, datetime.now(UTC))
    _open_again(worked, qtbot)
    assert worked.toast.text() == "The disk is full."
    assert worked.workspace.project.undo_label == "Accept mask"


def test_cancelled_it_is_opened_again_as_it_was(worked, qtbot, monkeypatch):
    def until_cancelled(_path, _before, tell) -> None:
        while True:
            tell(0.5)

    monkeypatch.setattr(compaction_flow, "compact", until_cancelled)
    compaction_flow.compact_project(worked, datetime.now(UTC))
    qtbot.waitUntil(worked.status.cancel.isVisible, timeout=ANSWER_MS)
    worked.status.cancel.click()
    _open_again(worked, qtbot)
    assert worked.workspace.project.undo_label == "Accept mask"


def test_nothing_happens_when_the_person_thinks_better_of_it(worked, qtbot):
    QTimer.singleShot(0, lambda: worked.findChild(CompactDialog).reject())
    REGISTRY.run("file.compact", worked)
    assert worked.workspace.project.undo_label == "Accept mask"


@pytest.fixture
def of_version_1(tmp_path):
    path = tmp_path / "old.maskwright"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((SAMPLES / "v1.sql").read_text(encoding="utf-8"))
    (tmp_path / "photos").mkdir()
    return path


def test_a_large_project_of_an_older_version_is_renewed_on_a_thread_and_opened(
    window, qtbot, monkeypatch, of_version_1
):
    monkeypatch.setattr(opening, "SLOW_BYTES", 0)
    window.open_path(of_version_1)
    assert window.workspace is None
    assert window.jobs.current.title == "Bringing old to this version"
    qtbot.waitUntil(lambda: window.workspace is not None, timeout=ANSWER_MS)
    project = window.workspace.project
    assert (project.file.schema_version, project.read_only, project.undo_label) == (schema.VERSION, False, "Mark done")
    assert len(backups_of(of_version_1)) == 1


def test_one_that_is_open_elsewhere_is_opened_to_be_read(window, qtbot, monkeypatch, of_version_1):
    lock, _ = take(of_version_1)
    assert lock is not None
    monkeypatch.setattr(opening, "SLOW_BYTES", 0)
    window.open_path(of_version_1)
    qtbot.waitUntil(lambda: window.workspace is not None, timeout=ANSWER_MS)
    assert window.workspace.project.read_only
    assert window.workspace.project.file.schema_version == 1
    lock.release()
