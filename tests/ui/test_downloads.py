"""A download in the window, from a real server on this computer that is slow."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from app.paths import models_dir
from app.sam.catalog import find
from app.ui.dialogs.download import DownloadDialog
from tests.http_server import serving

MODEL = find("mobile_sam")


@pytest.fixture
def server(monkeypatch):
    with serving() as state:
        monkeypatch.setenv("MASKWRIGHT_MIRROR", state.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        state.content = bytes(MODEL.bytes)
        yield state


def test_a_slow_download_shows_its_progress_and_is_cancelled_within_a_second(window, server, qtbot):
    server.drip = (500, 0.01)
    window.models.download(MODEL)
    qtbot.waitUntil(lambda: 0 < window.jobs.current.fraction < 0.005, timeout=10_000)
    window.jobs.cancel_all()
    qtbot.waitUntil(lambda: window.jobs.current is None, timeout=1000)
    assert (models_dir() / f"{MODEL.file}.part").stat().st_size > 0


def test_a_download_that_nobody_answers_is_cancelled_within_a_second(window, server, qtbot):
    server.is_silent = True
    window.models.download(MODEL)
    qtbot.waitUntil(lambda: bool(server.paths), timeout=10_000)
    window.jobs.cancel_all()
    qtbot.waitUntil(lambda: window.jobs.current is None, timeout=1000)


def test_a_mirror_that_is_no_address_is_a_sentence(window, qtbot, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_MIRROR", "http://[::1")
    window.models.download(MODEL)
    qtbot.waitUntil(lambda: "MASKWRIGHT_MIRROR is http://[::1" in window.toast.text(), timeout=10_000)
    assert window.jobs.current is None


def test_a_failed_download_keeps_address_folder_and_name_to_be_copied(window, qtbot, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_MIRROR", "http://127.0.0.1:9")  # nobody listens there
    window.models.download(MODEL)
    qtbot.waitUntil(lambda: window.findChild(DownloadDialog) is not None, timeout=60_000)
    dialog = window.findChild(DownloadDialog)
    assert dialog.isVisible()
    assert dialog.sentence.text() == window.toast.text()
    assert window.jobs.current is None
    assert "choose Import" in dialog.sentence.text()
    assert "models" in dialog.sentence.text()
    copied = []
    for field, button in zip(dialog.fields, _copy_buttons(dialog), strict=True):
        assert field.isReadOnly()
        QTest.keySequence(field, QKeySequence.StandardKey.SelectAll)
        assert field.selectedText() == field.text()
        button.click()
        copied.append(QApplication.clipboard().text())
    assert copied == [f"http://127.0.0.1:9/{MODEL.sha256}", str(models_dir()), MODEL.file]
    assert copied == [field.text() for field in dialog.fields]
    window.toast.hide()
    assert dialog.isVisible()
    dialog.close()


def test_it_is_tried_again_from_there(window, server, qtbot, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_MIRROR", "http://127.0.0.1:9")
    window.models.download(MODEL)
    qtbot.waitUntil(lambda: window.findChild(DownloadDialog) is not None, timeout=60_000)
    monkeypatch.setenv("MASKWRIGHT_MIRROR", server.url)
    server.drip = (500, 0.01)
    window.findChild(DownloadDialog).again_wanted.emit()
    qtbot.waitUntil(lambda: bool(server.paths), timeout=10_000)
    window.jobs.cancel_all()
    qtbot.waitUntil(lambda: window.jobs.current is None, timeout=5000)


def test_a_cancelled_download_has_no_dialog(window, server, qtbot):
    server.is_silent = True
    window.models.download(MODEL)
    qtbot.waitUntil(lambda: bool(server.paths), timeout=10_000)
    window.jobs.cancel_all()
    qtbot.waitUntil(lambda: window.jobs.current is None, timeout=5000)
    assert window.findChild(DownloadDialog) is None


def test_without_an_address_there_are_the_folder_and_the_name(window, qtbot, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_MIRROR", "http://[::1")
    dialog = DownloadDialog(MODEL, "Download failed.", window)
    qtbot.addWidget(dialog)
    assert [field.text() for field in dialog.fields] == [str(models_dir()), MODEL.file]


def _copy_buttons(dialog):
    return [button for button in dialog.findChildren(QAbstractButton) if button.text() == "Copy"]
