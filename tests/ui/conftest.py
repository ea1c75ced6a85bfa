"""The real window over a real project, engine and starter, offscreen."""

from __future__ import annotations

import gc
import hashlib
import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.sam.families import FAMILIES
from app.sam.predictor import Predictor
from app.sam.types import Embedding, no_progress
from app.ui import opener, theme
from app.ui.settings import Settings
from app.ui.start import assembled

ANSWER_MS = 20_000
frozen_in_truth = gc.get_freeze_count


@pytest.fixture(scope="session")
def dressed(qapp):
    """The look of the program, once. A closed project is followed by a full collection, in every test: what stays for
    good (torch, the tests themselves) is not looked at each time, which was more than half of what a test took. Only
    the tests of the collector see that something is frozen: the program would look at it again."""
    import app.sam.load  # noqa: F401  brings torch, which most tests do without

    theme.apply(qapp)
    gc.collect()
    gc.freeze()
    with pytest.MonkeyPatch.context() as patch:  # pytest-qt lets events run when the fixtures of a test have ended
        patch.setattr(gc, "get_freeze_count", lambda: 0)
        yield


_ENCODING_ITSELF = {"test_ready_dots", "test_disk", "test_budget", "test_closing", "test_model_changes", "test_busy"}
_encoded: dict[tuple[str, bytes], Embedding] = {}


@pytest.fixture(autouse=True)
def photos_are_encoded_once(request, monkeypatch):
    """Beside the tests of encoding itself. Each home is new, and each window would encode the same photos again, which
    was a third of what a test took."""
    if request.path.stem in _ENCODING_ITSELF:
        return

    def encode(predictor, image, on_progress=no_progress):
        key = (predictor.model_key, hashlib.blake2b(image.tobytes() + repr(image.shape).encode()).digest())
        if key not in _encoded:
            _encoded[key] = real(predictor, image, on_progress)
        on_progress(1.0)
        return _encoded[key]

    real = Predictor.encode
    monkeypatch.setattr(Predictor, "encode", encode)


@pytest.fixture(autouse=True)
def everything_is_few_clicks(request, monkeypatch):
    """Beside the test of the main path. What it finds is all the same to the others, which wait for its end."""
    if request.path.stem != "test_main_path":
        starter = FAMILIES["starter"]
        quick = replace(starter.presets.quick, points_per_side=(8,))
        monkeypatch.setitem(FAMILIES, "starter", replace(starter, presets=replace(starter.presets, quick=quick)))


@pytest.fixture(autouse=True)
def projects_are_waited_for(monkeypatch):
    """What is opened is there when open_path returns, on a busy machine too. test_opening sees to those that take
    longer."""
    monkeypatch.setattr(opener, "PATIENCE_S", 20.0)


@pytest.fixture(autouse=True)
def clipboard_is_empty(qapp):
    """It is the process's: the next test finds it as a program that starts."""
    yield
    QApplication.clipboard().clear()


@pytest.fixture(autouse=True)
def no_button_is_down(qapp):
    """Qt remembers for the process which are: one that a test leaves down would drag through the next one."""
    yield
    if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
        elsewhere = QWidget()
        for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
            if QGuiApplication.mouseButtons() & button:
                QTest.mouseRelease(elsewhere, button)


@pytest.fixture
def window(dressed, qtbot):
    """The window as the program builds it, with nothing open."""
    with assembled(Settings()) as window:
        qtbot.addWidget(window)
        window.resize(1280, 800)
        window.show()
        yield window
        window.close()
        # whatever loop was running when that was asked for: the next test would see windows of this one
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not {thread.name for thread in threading.enumerate()} & {"engine", "reader"}


@pytest.fixture
def opened(window, photos, qtbot):
    """The window with the photos open, the first one on the canvas and encoded."""
    window.open_path(photos)
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: window.workspace.session.place.is_encoded, timeout=ANSWER_MS)
    return window


class Hand:
    """Real mouse and key events on the canvas, in image coordinates."""

    def __init__(self, window, qtbot):
        self.window, self.qtbot = window, qtbot

    @property
    def canvas(self):
        return self.window.workspace.canvas

    @property
    def session(self):
        return self.window.workspace.session

    def at(self, x, y):
        view_x, view_y = self.canvas.viewport.to_view(x, y)
        ratio = self.canvas.devicePixelRatioF()
        return QPoint(round(view_x / ratio), round(view_y / ratio))

    def click(self, x, y, button=Qt.MouseButton.LeftButton, modifiers=Qt.KeyboardModifier.NoModifier):
        QTest.mouseClick(self.canvas, button, modifiers, self.at(x, y))

    def drag(self, x0, y0, x1, y1):
        QTest.mousePress(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.at(x0, y0))
        for step in range(1, 6):
            QTest.mouseMove(self.canvas, self.at(x0 + (x1 - x0) * step / 5, y0 + (y1 - y0) * step / 5))
        QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.at(x1, y1))

    def key(self, key, modifiers=Qt.KeyboardModifier.NoModifier):
        QTest.keyClick(self.canvas, key, modifiers)

    def wait_for_mask(self):
        self.qtbot.waitUntil(
            lambda: (
                self.session.editor.proposal is not None
                and not self.session.editor.is_waiting
                and self.session.editor.ring.is_whole
            ),
            timeout=ANSWER_MS,
        )


@pytest.fixture
def hand(opened, qtbot):
    opened.workspace.canvas.setFocus()
    return Hand(opened, qtbot)
