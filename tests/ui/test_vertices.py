"""Vertices through the real window: dragged, inserted, chosen, deleted with the mouse and the keyboard."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.labeling.tools.overlay import HandlesShape, VerticesShape
from app.labeling.tools.registry import TOOLBOX
from app.masks.rle import Mask
from app.ui.widgets.number_slider import NumberSlider
from tests.masks.shapes import flower

SHOTS = os.environ.get("MASKWRIGHT_SHOTS")
"""A folder to keep pictures of what the test saw, for human eyes."""


@pytest.fixture
def vertices(hand):
    """A flower with a hole is in the making, and the vertex tool in the hand."""
    TOOLBOX.named("vertices").detail.set(1)
    height, width = hand.session.place.image_size
    pixels = np.zeros((height, width), bool)
    pixels[40:290, 60:310] = flower(250)
    pixels[140:190, 160:210] = False
    hand.session.editor.edit(Mask.from_array(pixels), "brush")
    hand.key(Qt.Key.Key_E)
    return hand


def shot(hand, name):
    if SHOTS:
        hand.window.grab().save(str(Path(SHOTS) / f"{name}.png"))


def pixels(hand):
    return Mask.from_region(hand.session.editor.proposal.region).to_array()


def test_vertices_are_shown_at_once_and_dragged(vertices):
    [shape] = vertices.canvas.marks.overlay
    assert isinstance(shape, VerticesShape)
    shot(vertices, "vertices")
    before = pixels(vertices)
    x, y = shape.points[np.argmin(shape.points[:, 0])]
    QTest.mouseMove(vertices.canvas, vertices.at(x, y))
    assert isinstance(vertices.canvas.marks.overlay[-1], HandlesShape)
    QTest.mousePress(vertices.canvas, Qt.MouseButton.LeftButton, pos=vertices.at(x, y))
    QTest.mouseMove(vertices.canvas, vertices.at(x - 20, y + 10))
    QTest.mouseMove(vertices.canvas, vertices.at(x - 40, y + 10))
    shot(vertices, "vertices drag")
    assert np.array_equal(pixels(vertices), before)
    QTest.mouseRelease(vertices.canvas, Qt.MouseButton.LeftButton, pos=vertices.at(x - 40, y + 10))
    changed = pixels(vertices) != before
    assert changed.any()
    assert not changed[:, 120:].any()
    vertices.key(Qt.Key.Key_Backspace)
    assert np.array_equal(pixels(vertices), before)
    assert np.array_equal(vertices.canvas.marks.overlay[0].points, shape.points)


def test_the_detail_is_set_in_the_bar_and_read_out_there(vertices):
    bar = vertices.window.workspace.tool_bar
    text = bar._readout.text()
    assert "vertices" in text
    bar.findChild(NumberSlider, "detail").set_number(4)
    assert bar._readout.text() != text
    shape = vertices.canvas.marks.overlay[0]
    assert int(bar._readout.text().split()[0]) == len(shape.points)


def test_the_detail_is_slid_by_mouse_and_keyboard_and_has_a_name(vertices):
    bar = vertices.window.workspace.tool_bar
    slider = bar.findChild(NumberSlider, "detail")
    assert slider.accessibleName() == "Detail"
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    assert not slider.hasFocus(), "keys still move the vertices"
    detail, text = TOOLBOX.named("vertices").detail, bar._readout.text()
    detail.set(1)
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    assert detail.value > 1
    assert slider.accessibleDescription() == f"{detail.value:.1f} px"
    assert bar._readout.text() != text
    vertices.canvas.setFocus()
    before = detail.value
    vertices.key(Qt.Key.Key_BracketLeft)
    assert detail.value < before
    assert slider.number() == detail.value


def test_a_rubber_band_and_the_keyboard(vertices):
    QTest.mousePress(vertices.canvas, Qt.MouseButton.LeftButton, pos=vertices.at(150, 130))
    QTest.mouseMove(vertices.canvas, vertices.at(180, 180))
    QTest.mouseMove(vertices.canvas, vertices.at(220, 200))
    QTest.mouseRelease(vertices.canvas, Qt.MouseButton.LeftButton, pos=vertices.at(220, 200))
    assert len(vertices.canvas.marks.overlay[0].chosen) == 4, "those of the hole"
    shot(vertices, "vertices chosen")
    vertices.key(Qt.Key.Key_Right)
    assert pixels(vertices)[150, 160]
    assert not pixels(vertices)[150, 210]
    vertices.key(Qt.Key.Key_Delete)
    assert pixels(vertices)[140:190, 160:212].all()
    vertices.key(Qt.Key.Key_Return)
    [saved] = vertices.session.objects.all()
    assert saved.provenance["by"] == "brush, vertices"
    assert vertices.canvas.marks.overlay == ()


def test_another_tool_has_no_vertices(vertices):
    vertices.key(Qt.Key.Key_Q)
    assert vertices.canvas.marks.overlay == ()


def test_nothing_is_left_of_the_vertices_of_an_object_that_was_accepted(vertices):
    [shape] = vertices.canvas.marks.overlay
    x, y = shape.points[np.argmin(shape.points[:, 0])]
    QTest.mouseMove(vertices.canvas, vertices.at(x + 50, y))  # the mouse may have been left there
    QTest.mouseMove(vertices.canvas, vertices.at(x, y))
    assert isinstance(vertices.canvas.marks.overlay[-1], HandlesShape)
    vertices.key(Qt.Key.Key_Return)
    assert vertices.session.objects.count == 1
    assert vertices.canvas.marks.overlay == ()


def test_a_selected_object_has_no_rings_under_its_vertices_and_has_them_again_without(hand):
    height, width = hand.session.place.image_size
    pixels = np.zeros((height, width), bool)
    pixels[40:290, 60:310] = flower(250)
    hand.session.editor.edit(Mask.from_array(pixels), "brush")
    changes = hand.session.acceptance.accept()
    plain = hand.canvas.grab().toImage()
    hand.session.objects.select(changes.changes[-1].after.id)
    ringed = hand.canvas.grab().toImage()
    assert ringed != plain
    hand.key(Qt.Key.Key_E)
    assert any(isinstance(shape, VerticesShape) for shape in hand.canvas.marks.overlay)
    assert not hand.canvas.marks.has_selected()
    hand.session.objects.select(None)
    hand.session.objects.select(changes.changes[-1].after.id)
    hand.key(Qt.Key.Key_V)
    assert hand.canvas.marks.has_selected()
    assert hand.canvas.grab().toImage() == ringed
