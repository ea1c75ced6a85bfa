"""Of a closed project nothing stays in memory, whatever was done in it."""

from __future__ import annotations

import gc
import shutil
import sqlite3
import sys
import time
import weakref

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.labeling.commands import REGISTRY
from app.ui.bridge import GarbageCollector
from app.ui.dialogs.export import ExportDialog
from app.ui.panels.classes import ClassesView
from app.ui.panels.history import HistoryView
from app.ui.panels.objects import ObjectsView
from app.ui.start import _report_bugs_to
from tests.bench.driver import until, wait
from tests.ui.conftest import Hand, frozen_in_truth

PROJECTS = 5


@pytest.fixture
def collector(dressed, qapp, monkeypatch):
    """As the program has one. Nothing is frozen but by it; the tests after this one find frozen what they expect."""
    monkeypatch.setattr(gc, "get_freeze_count", frozen_in_truth)
    gc.unfreeze()
    gc.collect()
    collector = GarbageCollector(qapp)
    yield collector
    collector.deleteLater()
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.fixture
def folders(tmp_path, photos):
    for number in range(PROJECTS):
        shutil.copytree(photos, tmp_path / f"photos {number}")
    return [tmp_path / f"photos {number}" for number in range(PROJECTS)]


def _open(window, folder):
    window.open_path(folder)
    until(lambda: window.workspace is not None and window.workspace.project.root == folder)
    until(lambda: window.workspace.canvas.has_image and window.workspace.session.place.is_encoded)


def _parts(window):
    """All that makes an open project, and must not be left of it."""
    workspace = window.workspace
    project, session = workspace.project, workspace.session
    plain = [project, session, session.objects, session.everything, workspace.presenter, workspace.hand]
    widgets = [workspace, *workspace.findChildren(QObject)]
    return [weakref.ref(part) for part in (*plain, *_views(), *widgets)]


def _views():
    """Those that fill the panels; only closures hold them."""
    return [each for each in gc.get_objects() if type(each) in (ClassesView, ObjectsView, HistoryView)]


def _left(parts):
    """By the real event loop, in the moment it takes to look up. What is to be deleted goes whatever loop was running
    when that was asked for: that of a test before this one may have ended since."""
    wait(100)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    wait(200)
    left = [type(part).__name__ for ref in parts if (part := ref()) is not None]
    gc.unfreeze()  # what is frozen is not listed
    return sorted({*left, *(type(each).__name__ for each in gc.get_objects() if type(each) is sqlite3.Connection)})


def _work(window, qtbot):
    """A bit of everything."""
    hand = Hand(window, qtbot)
    hand.canvas.setFocus()
    QTest.mouseMove(hand.canvas, hand.at(240, 240))
    hand.click(250, 250)
    until(
        lambda: (
            hand.session.editor.proposal is not None
            and not hand.session.editor.is_waiting
            and hand.session.editor.ring.is_whole
        )
    )
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_W, Qt.Key.Key_Plus, Qt.Key.Key_O):
        hand.key(key)
    hand.key(Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hand.key(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    hand.key(Qt.Key.Key_G)
    until(lambda: hand.session.everything.findings)
    hand.session.review.look_back(0)
    hand.key(Qt.Key.Key_Escape)
    window.workspace.panels["classes"].added.emit("thing")
    window.grab()


def _try_export(window):
    dialog = ExportDialog(window.workspace.project.statistics.counts(), window.exchange.try_export, window)
    told = []
    dialog.tried.connect(lambda: told.append(True))
    dialog.show()
    until(lambda: told)
    dialog.reject()
    dialog.deleteLater()


def _check_and_export(window, tmp_path):
    REGISTRY.run("file.check", window)
    panel = window.workspace.panels["findings"]
    until(lambda: panel.isVisible() and panel.summary.text() != "Nothing was checked yet.")
    REGISTRY.run("finding.next", window)
    window.exchange.export_file(tmp_path / f"{window.workspace.project.root.name}.json", "coco")
    until(lambda: window.jobs.current is None)
    window.exchange.reports.show_last()


@pytest.mark.slow
def test_nothing_of_a_closed_project_lives(window, collector, folders, tmp_path, qtbot):
    """The first ones are worked with while they come and go, the last one is left in the middle of a click."""
    window.models.state.loaded.connect(collector.freeze)
    window.models.choose_runtime("")  # the model is loaded while the first one is open: that freezes it
    parts = []
    for folder in folders:
        _open(window, folder)
        if folder is not folders[-1]:
            _work(window, qtbot)
            _try_export(window)
            _check_and_export(window, tmp_path)
        parts.append(_parts(window))
    Hand(window, qtbot).click(250, 250)
    window.projects.close()
    assert [_left(each) for each in parts] == [[]] * PROJECTS


def test_a_project_that_was_open_while_a_model_was_loaded_is_not_kept(window, collector, photos, qtbot):
    window.models.state.loaded.connect(collector.freeze)
    _open(window, photos)
    model = window.models.state.model
    window.models.choose_runtime("cpu")
    until(lambda: window.models.state.model is not model and window.workspace.session.place.is_encoded)
    assert gc.get_freeze_count() > 0
    parts = _parts(window)
    window.projects.close()
    assert _left(parts) == []


def test_what_is_under_way_keeps_no_closed_project(window, collector, photos, tmp_path, qtbot):
    """Nor does it tell anything to widgets that are gone."""
    _open(window, photos)
    parts = _parts(window)
    REGISTRY.commands["file.check"].run(window)
    window.exchange.export_file(tmp_path / "out", "png")
    window.projects.close()
    assert _left(parts) == []
    until(lambda: window.jobs.current is None)
    assert window.exchange.reports.last is None


def test_a_result_that_comes_after_the_project_was_closed_is_told_to_nobody(window, photos, tmp_path):
    _open(window, photos)
    window.exchange.export_file(tmp_path / "out.json", "coco")
    patience = time.monotonic() + 10
    while not (tmp_path / "out.json").exists() and time.monotonic() < patience:
        time.sleep(0.1)  # it is written meanwhile, and nothing is heard of it yet
    time.sleep(0.3)
    window.projects.close()
    wait(100)
    assert window.jobs.current is None
    assert window.exchange.reports.last is None


def test_an_unexpected_error_keeps_no_closed_project(window, collector, photos, monkeypatch, capsys):
    """Python remembers the last one, with all that was at hand where it was raised."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    _open(window, photos)
    _report_bugs_to(window)

    def fail(_position):
        workspace = window.workspace
        raise RuntimeError(workspace.project.path)

    window.workspace.position_changed.connect(fail)
    QApplication.sendEvent(window.workspace.canvas, QEvent(QEvent.Type.Leave))
    assert "RuntimeError" in capsys.readouterr().err
    parts = _parts(window)
    window.projects.close()
    assert _left(parts) == []
