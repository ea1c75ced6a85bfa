"""Hostile images in the real window: each is a sentence, none holds it up, and large real ones are sharp where one
looks."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QTimer

from app.engine import images as engine_images
from app.images import overview
from tests.project import hostile
from tests.ui.conftest import ANSWER_MS, Hand
from tests.ui.test_huge import at_full_size, on_screen

NAMES = ("four components.jp2", "screen.gif", "scans.jpg", "flat.webp", "progressive ink.jpg")
MOST_MS = 1000
"""Between two beats of the window's heart: the machine that tests is shared. It was half a minute."""


@pytest.fixture
def beats(qtbot):
    """Of a timer on the window's thread, in seconds."""
    found = [time.perf_counter()]
    timer = QTimer(interval=10)
    timer.timeout.connect(lambda: found.append(time.perf_counter()))
    timer.start()
    yield found
    timer.stop()


@pytest.mark.serial
def test_hostile_images_are_sentences_and_the_window_goes_on(window, qtbot, tmp_path, beats):
    folder = tmp_path / "strange"
    folder.mkdir()
    writes = dict(hostile.files())
    for name in NAMES:
        writes[name](folder / name)
    Image.new("RGB", (64, 48), "red").save(folder / "z.png")
    window.open_path(folder)
    qtbot.waitUntil(
        lambda: window.workspace is not None and bool(window.workspace.canvas.message[1]), timeout=ANSWER_MS
    )
    qtbot.waitUntil(lambda: len(window.workspace.project.images()) == len(NAMES) + 1, timeout=ANSWER_MS)
    session, canvas = window.workspace.session, window.workspace.canvas
    told = {}
    beats[:] = [time.perf_counter()]
    for _ in range(len(NAMES) + 1):
        qtbot.waitUntil(lambda: canvas.has_image or bool(canvas.message[1]), timeout=ANSWER_MS)
        told[window.workspace.project.image(session.image_id).path] = canvas.message[1]
        session.navigation.next(+1)
    assert told.pop("z.png") == ""
    assert set(told) == set(NAMES)
    for name, sentence in told.items():
        assert sentence.startswith(f"{name}: "), sentence
        assert "memory" in sentence or "minutes" in sentence
    assert np.diff(beats).max() * 1000 < MOST_MS


def test_large_picture_that_is_no_tiff_is_sharp_where_one_looks(window, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(engine_images, "IN_PARTS_PIXELS", 1_000_000)
    monkeypatch.setattr(overview, "OVERVIEW_PIXELS", 500_000)
    y, x = np.mgrid[:2000, :3000]
    fine = np.where((x + y) % 2, 20, 220).astype(np.uint8)
    folder = tmp_path / "large"
    folder.mkdir()
    Image.fromarray(np.dstack([fine] * 3)).save(folder / "a.png")
    window.open_path(folder)
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
    assert np.ptp(on_screen(window.workspace.canvas)[200:300, 400:500]) < 20, "as a whole it is grey"
    hand = Hand(window, qtbot)
    at_full_size(hand, 1500, 1000)
    qtbot.waitUntil(lambda: np.ptp(on_screen(window.workspace.canvas)[200:300, 400:500]) > 150, timeout=ANSWER_MS)
