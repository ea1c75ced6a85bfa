"""Selecting on the canvas: with Ctrl, with a rubber band, and what is selected is seen at a glance."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from app.masks.rle import Mask, Region
from app.project.records import Annotation
from tests.ui.conftest import ANSWER_MS, Hand

SHOTS = os.environ.get("MASKWRIGHT_SHOTS")
"""A folder to keep pictures of what the test saw, for human eyes."""
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def nuclei(hand):
    """Fifty nuclei in ten columns on the first image, and the select tool in the hand."""
    session = hand.session
    height, width = session.place.image_size
    step_x, step_y = width // 10, height // 5
    y, x = np.ogrid[:step_y, :step_x]
    disc = (x - step_x / 2) ** 2 + (y - step_y / 2) ** 2 < (0.36 * min(step_x, step_y)) ** 2
    category = session.classes.add("nucleus")
    with session.project.step("Import") as step:
        for n in range(50):
            region = Region((n % 10) * step_x, (n // 10) * step_y, disc, (height, width))
            step.add(Annotation(0, session.image_id, category.id, Mask.from_region(region)))
    hand.key(Qt.Key.Key_V)
    return hand


def middle(hand, n):
    x, y, width, height = hand.session.objects.all()[n].mask.bbox
    return x + width / 2, y + height / 2


def selected(hand):
    """Their numbers."""
    ids = [each.id for each in hand.session.objects.all()]
    return [ids.index(each) for each in hand.session.objects.selection]


@pytest.mark.parametrize("modifier", [CTRL, SHIFT])
def test_ctrl_and_shift_take_objects_in_and_out(nuclei, modifier):
    nuclei.click(*middle(nuclei, 3))
    nuclei.click(*middle(nuclei, 17), modifiers=modifier)
    assert selected(nuclei) == [3, 17]
    nuclei.click(*middle(nuclei, 3), modifiers=modifier)
    assert selected(nuclei) == [17]
    nuclei.click(1, 1, modifiers=modifier)
    assert selected(nuclei) == [17]


def band(hand: Hand, start, end, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, modifiers, hand.at(*start))
    QTest.mouseMove(hand.canvas, hand.at(*end))
    assert hand.canvas.marks.overlay
    QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, modifiers, hand.at(*end))
    assert not hand.canvas.marks.overlay


def test_a_rubber_band_selects_what_it_touches_in_any_direction(nuclei):
    before = nuclei.canvas.viewport.left
    for corners in ((0, 12), (12, 0)):
        band(nuclei, *(middle(nuclei, n) for n in corners))
        assert selected(nuclei) == [0, 1, 2, 10, 11, 12]
    band(nuclei, middle(nuclei, 24), middle(nuclei, 25), CTRL)
    band(nuclei, middle(nuclei, 34), middle(nuclei, 35), SHIFT)
    assert selected(nuclei) == [0, 1, 2, 10, 11, 12, 24, 25, 34, 35]
    assert nuclei.canvas.viewport.left == before, "Ctrl is the tool's: it does not pan"
    x, y, *_ = nuclei.session.objects.all()[44].mask.bbox
    band(nuclei, (x - 6, y - 6), (x + 1, y + 1))
    assert selected(nuclei) == [], "it touches the box of an object and none of its pixels"


def test_a_rubber_band_is_taken_back_by_escape(nuclei):
    nuclei.click(*middle(nuclei, 3))
    QTest.mousePress(nuclei.canvas, Qt.MouseButton.LeftButton, pos=nuclei.at(*middle(nuclei, 11)))
    QTest.mouseMove(nuclei.canvas, nuclei.at(*middle(nuclei, 33)))
    nuclei.key(Qt.Key.Key_Escape)
    assert not nuclei.canvas.marks.overlay
    QTest.mouseRelease(nuclei.canvas, Qt.MouseButton.LeftButton, pos=nuclei.at(*middle(nuclei, 33)))
    assert selected(nuclei) == [3]


def test_what_is_hidden_is_not_selected_by_a_rubber_band(nuclei):
    nuclei.session.objects.toggle_hidden(nuclei.session.objects.all()[1].id)
    band(nuclei, middle(nuclei, 0), middle(nuclei, 2))
    assert selected(nuclei) == [0, 2]


def test_ctrl_with_another_tool_pans(nuclei):
    nuclei.key(Qt.Key.Key_Q)
    nuclei.canvas.zoom(+6)
    before = nuclei.canvas.viewport.left
    at = nuclei.canvas.rect().center()
    QTest.mousePress(nuclei.canvas, Qt.MouseButton.LeftButton, CTRL, at)
    QTest.mouseMove(nuclei.canvas, at + type(at)(20, 0))
    QTest.mouseRelease(nuclei.canvas, Qt.MouseButton.LeftButton, CTRL, at + type(at)(20, 0))
    assert nuclei.canvas.viewport.left == before + 20


# --- what is selected is seen ------------------------------------------------------------------------------------


def grey(hand, name=""):
    """(h, w) of the canvas in shades of grey."""
    image = hand.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    if SHOTS and name:
        image.save(str(Path(SHOTS) / f"{name}.png"))
        image.convertToFormat(QImage.Format.Format_Grayscale8).save(str(Path(SHOTS) / f"{name} grey.png"))
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return cv2.cvtColor(pixels[:, : image.width(), :3].copy(), cv2.COLOR_BGR2GRAY).astype(int)


def ringed(page, hand, n):
    """How many shades lie between the lightest and the darkest pixel beside the border of a nucleus, on the median of
    rays to all sides."""
    x, y, width, height = hand.session.objects.all()[n].mask.bbox
    cx, cy = hand.canvas.viewport.to_view(x + width / 2, y + height / 2)
    radius = width / 2 * hand.canvas.viewport.scale
    spans = []
    for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False):
        distances = np.arange(radius - 7, radius + 8)
        columns = np.clip(np.rint(cx + np.cos(angle) * distances), 0, page.shape[1] - 1).astype(int)
        rows = np.clip(np.rint(cy + np.sin(angle) * distances), 0, page.shape[0] - 1).astype(int)
        along = page[rows, columns]
        spans.append(along.max() - along.min())
    return np.median(spans)


@pytest.mark.parametrize("opacity", [0.2, 0.65])
def test_selected_among_fifty_nuclei_are_told_apart_in_grey(nuclei, opacity, qtbot):
    nuclei.canvas.marks.set_look(replace(nuclei.canvas.marks.look, opacity=opacity))
    qtbot.waitUntil(lambda: len(nuclei.canvas.marks.objects) == 50, timeout=ANSWER_MS)
    bare = grey(nuclei)
    qtbot.waitUntil(lambda: nuclei.canvas.marks.crowd.is_sharp, timeout=ANSWER_MS)
    chosen = (7, 13, 26, 31, 48)
    nuclei.session.objects.select(*(nuclei.session.objects.all()[n].id for n in chosen))
    page = grey(nuclei, f"nuclei {opacity}")
    spans = [ringed(page, nuclei, n) for n in range(50)]
    others = [span for n, span in enumerate(spans) if n not in chosen]
    assert min(spans[n] for n in chosen) > 205, "from black to white"
    assert max(others) < 190
    for n in chosen:
        assert ringed(page, nuclei, n) > ringed(bare, nuclei, n) + 60


def test_the_status_line_tells_what_the_tool_in_the_hand_does(hand):
    told = []
    hand.window.workspace.hinted.connect(told.append)
    hand.key(Qt.Key.Key_V)
    assert "Double click: refine it" in told[-1]
    assert "Right click: not this" not in told[-1]
    hand.key(Qt.Key.Key_Q)
    assert "Right click: not this" in told[-1]


def test_clicks_refine_an_object_that_was_picked_up_by_a_double_click(nuclei, qtbot):
    """They did nothing: one had to know that another tool is wanted now."""
    at = middle(nuclei, 3)
    QTest.mouseDClick(nuclei.canvas, Qt.MouseButton.LeftButton, pos=nuclei.at(*at))
    draft = nuclei.session.editor.draft
    assert draft.resumed is not None
    nuclei.click(at[0] + 4, at[1], button=Qt.MouseButton.RightButton)
    assert list(nuclei.session.editor.prompt.labels) == [0]
    nuclei.wait_for_mask()
    nuclei.key(Qt.Key.Key_Return)
    nuclei.click(*middle(nuclei, 17))
    assert selected(nuclei) == [17], "it selects again"


def test_what_everything_mode_found_is_taken_with_the_tool_that_selects(hand, qtbot):
    session = hand.session
    hand.key(Qt.Key.Key_V)
    hand.key(Qt.Key.Key_G)
    qtbot.waitUntil(lambda: bool(session.everything.findings) and not session.everything.is_running, timeout=60_000)
    assert hand.window.workspace.hand.tool.id == "select"
    y, x = np.argwhere(session.everything.findings[0].mask.to_array())[0]
    hand.click(x + 0.5, y + 0.5)
    assert session.editor.draft.is_live


def test_looking_for_everything_takes_a_tool_whose_clicks_take_what_is_found(hand):
    hand.key(Qt.Key.Key_B)
    hand.key(Qt.Key.Key_G)
    assert hand.window.workspace.hand.tool.id == "smart"
