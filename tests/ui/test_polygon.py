"""Polygons through the real window: the mouse sets each corner once, keys close and take back, the mask is painted."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.labeling.tools.overlay import HandlesShape
from app.labeling.tools.registry import TOOLBOX
from app.masks.rle import Mask, Region
from tests.bench.driver import until
from tests.ui.conftest import ANSWER_MS

SHOTS = os.environ.get("MASKWRIGHT_SHOTS")
"""A folder to keep pictures of what the test saw, for human eyes."""


@pytest.fixture
def polygon(hand):
    TOOLBOX.named("polygon").how.set("add")
    hand.key(Qt.Key.Key_P)
    assert hand.window.workspace.hand.tool.id == "polygon"
    return hand


def shot(hand, name):
    if SHOTS:
        hand.window.grab().save(str(Path(SHOTS) / f"{name}.png"))


def test_clicks_set_corners_and_enter_closes(polygon):
    for x, y in ((60, 50), (200, 60), (220, 180), (80, 200)):
        polygon.click(x, y)
    QTest.mouseMove(polygon.canvas, polygon.at(50, 120))
    path, handles = polygon.canvas.marks.overlay
    assert isinstance(handles, HandlesShape)
    assert len(handles.points) == 4, "each press is one corner"
    assert len(path.points) == 5
    shot(polygon, "polygon")
    polygon.key(Qt.Key.Key_Backspace)
    assert len(polygon.canvas.marks.overlay[1].points) == 3
    polygon.click(80, 200)
    polygon.key(Qt.Key.Key_Return)
    assert polygon.canvas.marks.overlay == ()
    assert polygon.canvas.marks.live.outline is not None
    polygon.qtbot.wait(60)  # where the machine is slow, a key that comes again at once is taken for one that is held
    polygon.key(Qt.Key.Key_Return)
    [saved] = polygon.session.objects.all()
    assert saved.provenance["by"] == "polygon"
    assert saved.mask.covers(140, 120)


def test_a_double_click_closes_and_a_right_click_cuts(polygon):
    for x, y in ((60, 50), (200, 60), (220, 180)):
        polygon.click(x, y)
    polygon.click(80, 200)
    QTest.mouseDClick(polygon.canvas, Qt.MouseButton.LeftButton, pos=polygon.at(80, 200))
    area = Mask.from_region(polygon.session.editor.proposal.region).area
    assert not polygon.window.workspace.hand.is_busy
    for x, y in ((100, 100), (160, 100), (160, 150)):
        polygon.click(x, y)
    polygon.click(20, 20, Qt.MouseButton.RightButton)
    mask = Mask.from_region(polygon.session.editor.proposal.region)
    assert area - mask.area == pytest.approx(60 * 50 / 2, rel=0.1)
    assert not mask.covers(150, 110)


def test_a_lasso_is_painted_while_it_is_drawn(polygon):
    angles = np.linspace(0, 2 * np.pi, 60)
    path = [(150 + 70 * np.cos(a), 120 + 60 * np.sin(a)) for a in angles]
    QTest.mousePress(polygon.canvas, Qt.MouseButton.LeftButton, pos=polygon.at(*path[0]))
    for x, y in path[1:45]:
        QTest.mouseMove(polygon.canvas, polygon.at(x, y))
    shot(polygon, "lasso")
    assert polygon.canvas.marks.overlay
    for x, y in path[45:]:
        QTest.mouseMove(polygon.canvas, polygon.at(x, y))
    QTest.mouseRelease(polygon.canvas, Qt.MouseButton.LeftButton, pos=polygon.at(*path[-1]))
    mask = Mask.from_region(polygon.session.editor.proposal.region)
    assert mask.area == pytest.approx(np.pi * 70 * 60, rel=0.05)


def test_another_image_ends_a_polygon(polygon):
    polygon.click(60, 50)
    polygon.session.navigation.next()
    assert polygon.canvas.marks.overlay == ()
    assert not polygon.window.workspace.hand.is_busy


@pytest.mark.parametrize("tool", ["smart", "vertices", "polygon"])
def test_another_tool_loses_no_corner(polygon, tool):
    """An unfinished polygon becomes the mask in the making; its own key goes on with it."""
    for x, y in ((60, 50), (200, 60), (220, 180), (80, 200)):
        polygon.click(x, y)
    polygon.window.workspace.do(f"tool.{tool}")
    if tool == "polygon":
        assert polygon.window.workspace.hand.is_staying
        polygon.key(Qt.Key.Key_Return)
    mask = Mask.from_region(polygon.session.editor.proposal.region)
    assert mask.covers(140, 120)
    assert not polygon.window.workspace.hand.is_busy


def test_a_polygon_that_is_not_closed_waits_on_its_image(polygon):
    for x, y in ((60, 50), (200, 60), (220, 180), (80, 200)):
        polygon.click(x, y)
    polygon.key(Qt.Key.Key_D)
    assert not polygon.session.editor.draft.is_live
    assert polygon.canvas.marks.overlay == ()
    polygon.key(Qt.Key.Key_A)
    assert Mask.from_region(polygon.session.editor.proposal.region).covers(140, 120)


def test_a_polygon_that_is_not_closed_is_accepted_on_the_way_to_the_next_image(polygon):
    for x, y in ((60, 50), (200, 60), (220, 180), (80, 200)):
        polygon.click(x, y)
    first = polygon.session.image_id
    polygon.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert polygon.session.image_id != first
    [saved] = polygon.session.project.annotations(first)
    assert saved.mask.covers(140, 120)


@pytest.mark.parametrize("key", ["Backspace", "Ctrl+Z"])
def test_a_closed_polygon_is_open_again_with_all_its_corners(polygon, key):
    for x, y in ((60, 50), (200, 60), (220, 180), (80, 200)):
        polygon.click(x, y)
    polygon.key(Qt.Key.Key_Return)
    back = (Qt.Key.Key_Backspace,) if key == "Backspace" else (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    polygon.key(*back)
    assert len(polygon.canvas.marks.overlay[1].points) == 4
    assert not polygon.session.editor.draft.is_live
    polygon.qtbot.wait(60)
    polygon.key(*back)
    assert len(polygon.canvas.marks.overlay[1].points) == 3
    polygon.click(80, 210)
    polygon.key(Qt.Key.Key_Return)
    assert Mask.from_region(polygon.session.editor.proposal.region).covers(140, 120)


def test_what_was_done_after_a_polygon_is_taken_back_before_it(polygon):
    for x, y in ((60, 50), (200, 60), (220, 180), (80, 200)):
        polygon.click(x, y)
    polygon.key(Qt.Key.Key_Return)
    polygon.key(Qt.Key.Key_BraceRight)
    assert len(polygon.session.editor.draft.revisions) == 2
    polygon.key(Qt.Key.Key_Backspace)
    assert len(polygon.session.editor.draft.revisions) == 1
    assert not polygon.window.workspace.hand.is_busy


def test_a_double_click_on_the_first_corner_sets_no_new_one(polygon):
    for x, y in ((60, 50), (200, 60), (220, 180)):
        polygon.click(x, y)
    polygon.click(60, 50)
    QTest.mouseDClick(polygon.canvas, Qt.MouseButton.LeftButton, pos=polygon.at(60, 50))
    assert not polygon.window.workspace.hand.is_busy
    assert polygon.session.editor.draft.is_live


def test_a_line_is_not_lost_and_is_open_again(polygon):
    polygon.key(Qt.Key.Key_I)
    for x, y in ((60, 50), (200, 60), (220, 180)):
        polygon.click(x, y)
    polygon.key(Qt.Key.Key_Q)
    assert Mask.from_region(polygon.session.editor.proposal.region).covers(130, 55)
    polygon.key(Qt.Key.Key_I)
    polygon.key(Qt.Key.Key_Backspace)
    assert polygon.window.workspace.hand.is_staying
    assert not polygon.session.editor.draft.is_live


def test_with_shift_the_outline_follows_the_edges_of_the_photo(polygon, qtbot):
    polygon.click(318, 320)
    far = polygon.at(330, 445)
    QTest.mouseMove(polygon.canvas, far)

    def with_shift(kind, at, buttons=Qt.MouseButton.NoButton):
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        shift = Qt.KeyboardModifier.ShiftModifier
        place = polygon.canvas.mapToGlobal(at)
        QApplication.sendEvent(polygon.canvas, QMouseEvent(kind, QPointF(at), QPointF(place), button, buttons, shift))

    def follows():
        with_shift(QEvent.Type.MouseMove, far)
        return len(polygon.canvas.marks.overlay[0].points) > 4

    qtbot.waitUntil(follows, timeout=ANSWER_MS)
    shot(polygon, "edges")
    with_shift(QEvent.Type.MouseButtonPress, far, Qt.MouseButton.LeftButton)
    with_shift(QEvent.Type.MouseButtonRelease, far)
    assert len(polygon.canvas.marks.overlay[1].points) == 2


def test_what_was_begun_in_a_project_is_nothing_to_the_next_one(polygon, photos):
    """Tools outlive a project, and states are numbered anew in each."""
    for x, y in ((60, 50), (200, 60), (220, 180), (60, 50)):
        polygon.click(x, y)
    assert polygon.session.editor.draft.is_live, "one was closed"
    tool = TOOLBOX.named("polygon")
    polygon.key(Qt.Key.Key_I)
    polygon.click(300, 300)
    window = polygon.window
    window.projects.close()
    assert TOOLBOX.named("line")._begun is None
    window.open_path(photos)
    until(lambda: window.workspace is not None and window.workspace.canvas.has_image)
    session, tool = window.workspace.session, TOOLBOX.named("polygon")
    session.painter.combine(Region(10, 10, np.ones((20, 20), bool), session.place.image_size), "brush", adds=True)
    number = session.editor.draft.top.number
    assert tool._ended._last is not None
    tool._ended._last = replace(tool._ended._last, newest=number)
    assert tool.reopen(window.workspace.hand._context) is None
    assert session.editor.draft.is_live, "nothing was taken back"
