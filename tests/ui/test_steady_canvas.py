"""The canvas stays as large as it is, and the image on it where it is, whatever the program does meanwhile."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtWidgets import QApplication

from app.ui.widgets.candidates import CORNERS, clear_corner
from tests.labeling import extra_tools
from tests.ui.conftest import ANSWER_MS


@pytest.fixture
def dot():
    """A tool with an option, before the window is made."""
    with extra_tools.dot() as tool:
        yield tool


def place(hand):
    """Where the canvas is, and how the image lies in it."""
    hand.qtbot.wait(30)  # what was shown or hidden is laid out
    view = hand.canvas.viewport
    return hand.canvas.geometry(), view.scale, view.left, view.top


@pytest.mark.parametrize("width", [1280, 0])
def test_a_job_that_starts_and_ends_moves_nothing(hand, qtbot, width):
    """0: as narrow as the window can be."""
    hand.window.resize(width, 800)
    place(hand)
    before, may_end = place(hand), threading.Event()
    hand.window.jobs.start_thread(
        "A job with a title that is longer than the window is wide: " + 40 * "and longer ",
        lambda tell: may_end.wait(30), lambda _result: None,
    )  # fmt: skip
    assert hand.window.status.cancel.isVisible()
    assert place(hand) == before
    may_end.set()
    qtbot.waitUntil(lambda: hand.window.jobs.current is None, timeout=ANSWER_MS)
    assert not hand.window.status.cancel.isVisible()
    assert place(hand) == before


def test_looking_for_everything_moves_nothing(hand, qtbot):
    before = place(hand)
    hand.key(Qt.Key.Key_G)
    assert place(hand) == before
    qtbot.waitUntil(lambda: not hand.session.everything.is_running, timeout=60_000)
    assert place(hand) == before


def test_the_strip_comes_and_goes_and_takes_no_room(hand):
    before, strip = place(hand), hand.window.workspace.strip
    assert not strip.isVisible()
    hand.click(250, 250)
    hand.wait_for_mask()
    assert strip.isVisible()
    assert place(hand) == before
    assert hand.canvas.rect().contains(strip.geometry())
    hand.key(Qt.Key.Key_Return)
    assert not strip.isVisible()
    assert place(hand) == before


def test_a_tool_with_options_moves_nothing(dot, hand):
    before = place(hand)
    hand.window.workspace.input.take(dot)
    assert place(hand) == before


def test_the_status_row_tells_what_can_be_done_in_one_line(hand):
    hint = hand.window.status._hint
    assert hint.text().startswith("Click a thing in the image.")
    hand.click(250, 250)
    hand.wait_for_mask()
    assert "accept" in hint.text()
    assert "\n" not in hint.text()


def test_hints_without_room_are_left_out_whole(hand):
    hint = hand.window.status._hint
    shown, whole = set(), hint.text().split("    ")
    for width in range(40, hint.fontMetrics().horizontalAdvance(hint.text()) + 20, 10):
        hint.resize(width, hint.height())
        shown.add(hint._shown())
    parted = [text.split("    ") for text in shown if "    " in text]
    assert len(parted) == len(whole)
    assert all(parts == whole or parts == [*whole[: len(parts) - 1], "…"] for parts in parted)


def test_the_strip_moves_to_another_corner_rather_than_cover_the_mask(hand):
    strip, corners = hand.window.workspace.strip, set()
    width, height = hand.canvas.viewport.image_width, hand.canvas.viewport.image_height
    for x, y in ((0.1, 0.93), (0.9, 0.93), (0.5, 0.4), (0.1, 0.1), (0.3, 0.05)):
        hand.click(x * width, y * height)
        hand.wait_for_mask()
        place(hand)
        left, top, w, h = hand.session.editor.proposal.region.bbox
        mask = QRect(hand.at(left, top), hand.at(left + w, top + h))
        assert not strip.geometry().intersects(mask)
        corners.add(strip.geometry().topLeft().toTuple())
        hand.key(Qt.Key.Key_Escape)
    assert len(corners) > 1


@pytest.mark.parametrize("corner", CORNERS)
def test_the_strip_keeps_clear_of_what_is_worked_on(corner):
    room, size = QRect(12, 12, 800, 600), QRect(0, 0, 370, 108).size()
    half = {
        Qt.AlignmentFlag.AlignLeft: room.adjusted(0, 0, -400, 0),
        Qt.AlignmentFlag.AlignRight: room.adjusted(400, 0, 0, 0),
    }
    for side, area in half.items():
        found = clear_corner(size, room, area, corner)
        assert not found & side
        assert found == corner or corner & side, "it moves only where it is in the way"
    assert clear_corner(size, room, room, corner) == corner


def test_on_a_screen_of_another_scale_the_canvas_is_whole_and_the_image_as_large(opened, monkeypatch):
    canvas = opened.workspace.canvas
    viewport = canvas.viewport
    x, y = viewport.middle
    viewport.show_middle(x, y, 2.0)
    monkeypatch.setattr(canvas, "devicePixelRatioF", lambda: 2.0)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.DevicePixelRatioChange))
    assert (viewport.view_width, viewport.view_height) == (2 * canvas.width(), 2 * canvas.height())
    assert viewport.scale == 4.0
    assert viewport.middle == pytest.approx((x, y), abs=1)
    viewport.fit()
    monkeypatch.setattr(canvas, "devicePixelRatioF", lambda: 1.0)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.DevicePixelRatioChange))
    assert viewport.fitted
    assert (viewport.view_width, viewport.view_height) == (canvas.width(), canvas.height())
