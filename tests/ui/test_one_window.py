"""What is opened while the program runs is opened by the window that runs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication, QDialog

from app.ui import one_window
from app.ui.one_window import OneWindow, _name
from tests.ui.conftest import ANSWER_MS

HANDING = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.ui.one_window import hand_over
app = QCoreApplication([])
sys.exit(0 if hand_over(Path(sys.argv[1]) if len(sys.argv) > 1 else None) else 1)
"""


@pytest.fixture
def listening(window):
    one = OneWindow(window)
    yield window
    one.close()


def hand(*arguments) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", HANDING, *map(str, arguments)])


def ended(process, qtbot) -> int:
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=ANSWER_MS)
    return process.returncode


def test_the_one_that_runs_opens_it(listening, photos, qtbot):
    assert ended(hand(photos), qtbot) == 0
    qtbot.waitUntil(lambda: listening.workspace is not None, timeout=ANSWER_MS)
    assert listening.workspace.project.path.parent == photos


def test_without_a_path_it_comes_to_the_front(listening, qtbot):
    listening.showMinimized()
    assert ended(hand(), qtbot) == 0
    assert not listening.isMinimized()
    assert listening.workspace is None


def test_where_none_runs_nobody_takes_it(window, qtbot):
    assert ended(hand(), qtbot) == 1


def test_the_place_of_one_that_was_killed_is_taken(window, qtbot):
    dying = "import os; from PySide6.QtCore import QCoreApplication; from PySide6.QtNetwork import QLocalServer; "
    dying += "from app.ui.one_window import _name; a = QCoreApplication([]); s = QLocalServer(); "
    dying += "assert s.listen(_name()), s.errorString(); os._exit(0)"
    subprocess.run([sys.executable, "-c", dying], check=True, timeout=60)
    one = OneWindow(window)
    assert ended(hand(), qtbot) == 0
    one.close()


def test_a_dialog_that_is_open_is_ended_first(listening, photos, qtbot):
    dialog = QDialog(listening)
    seen = []

    def hand_and_close():
        process = hand(photos)
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=ANSWER_MS)
        qtbot.wait(500)
        seen.append(listening.workspace)
        dialog.close()

    QTimer.singleShot(0, hand_and_close)
    dialog.exec()
    assert seen == [None]
    qtbot.waitUntil(lambda: listening.workspace is not None, timeout=ANSWER_MS)


@pytest.mark.parametrize("said", [b"nonsense\n", b'{"show": 1}\n', b'{"open": 7}\n', b"[]\n", b"x" * 200_000 + b"\n"])
def test_what_is_no_such_message_is_not_taken(said, listening, qtbot):
    socket = QLocalSocket()
    socket.connectToServer(_name())
    socket.write(said)
    qtbot.waitUntil(lambda: socket.state() == socket.LocalSocketState.UnconnectedState, timeout=ANSWER_MS)
    assert b"taken" not in bytes(socket.readAll().data())
    assert listening.workspace is None


def test_a_path_that_is_not_there_is_one_sentence(listening, tmp_path, qtbot):
    socket = QLocalSocket()
    socket.connectToServer(_name())
    socket.write(json.dumps({"open": str(tmp_path / "gone.maskwright")}).encode() + b"\n")
    qtbot.waitUntil(lambda: listening.toast.isVisible(), timeout=ANSWER_MS)
    assert "gone.maskwright" in listening.toast.text()


def test_a_file_that_the_system_sends_is_opened(window, photos, qtbot, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    one = OneWindow(window)
    QApplication.sendEvent(QApplication.instance(), QFileOpenEvent(QUrl.fromLocalFile(str(photos))))
    qtbot.waitUntil(lambda: window.workspace is not None, timeout=ANSWER_MS)
    one.close()


def test_the_path_of_the_socket_is_short_enough(monkeypatch, tmp_path):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / ("long" * 40)))
    assert len(_name()) < one_window._MOST_SOCKET + 10
