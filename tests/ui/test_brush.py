"""Brush and eraser through the real window: with the mouse, on the real canvas."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDoubleSpinBox, QPushButton

from app.labeling.policies import ALLOW, NEW_CUTS_OLD, OLD_CUTS_NEW
from app.labeling.tools.brushing import TIP
from app.labeling.tools.overlay import DiscShape, PaintingShape
from app.masks.rle import Mask
from app.masks.strokes import Stroke, rasterized

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def tip():
    before = TIP.size.value, TIP.shape.value, TIP.asks_model.value
    TIP.size.set(21), TIP.shape.set("round"), TIP.asks_model.set(False)
    yield TIP
    for option, value in zip((TIP.size, TIP.shape, TIP.asks_model), before, strict=True):
        option.set(value)


def image_place(canvas, point):
    """What lies under a point of the canvas."""
    ratio = canvas.devicePixelRatioF()
    x, y = canvas.viewport.to_image(point.x() * ratio, point.y() * ratio)
    return np.floor(x) + 0.5, np.floor(y) + 0.5


def drag(hand, *places, button=LEFT):
    points = [hand.at(*place) for place in places]
    QTest.mousePress(hand.canvas, button, NONE, points[0])
    for point in points[1:]:
        QTest.mouseMove(hand.canvas, point)
    QTest.mouseRelease(hand.canvas, button, NONE, points[-1])
    return [image_place(hand.canvas, point) for point in points]


def painted(path, size, radius=10.5, is_square=False):
    return Mask.from_region(rasterized(Stroke(tuple(path), radius, is_square=is_square), size)).to_array()


def color_at(canvas, x, y):
    at = canvas.viewport.to_view(x, y)
    return canvas.grab().toImage().pixelColor(round(at[0]), round(at[1])).getRgb()[:3]


def pixels_within(canvas, box):
    """What is seen of a part of the image."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    height, width = image.height(), image.width()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(height, width, 4)[..., :3].astype(int)
    (x0, y0), (x1, y1) = canvas.viewport.to_view(*box[:2]), canvas.viewport.to_view(*box[2:])
    return pixels[round(y0) : round(y1), round(x0) : round(x1)]


def test_a_stroke_of_the_mouse_is_painted_erased_and_accepted_to_the_pixel(hand):
    session, canvas = hand.session, hand.canvas
    size = session.place.image_size
    hand.key(Qt.Key.Key_B)
    assert hand.window.workspace.tool_column.findChild(object, "brush").isChecked()
    expected = painted(drag(hand, (60, 50), (160, 60), (150, 120)), size)
    hand.key(Qt.Key.Key_X)
    expected &= ~painted(drag(hand, (110, 30), (110, 90)), size)
    drag(hand, (5, 5), button=RIGHT)
    expected |= painted([image_place(canvas, hand.at(5, 5))], size)
    assert "pixels" in hand.window.workspace.tool_bar._readout.text()
    hand.key(Qt.Key.Key_Return)
    [saved] = session.objects.all()
    assert (saved.mask.to_array() == expected).all()
    assert saved.provenance["by"] == "brush, eraser"


def test_under_a_stroke_the_canvas_looks_as_it_will_be(hand):
    canvas = hand.canvas
    bare = [color_at(canvas, x, 100) for x in (100, 200)]
    hand.key(Qt.Key.Key_B)
    QTest.mousePress(canvas, LEFT, NONE, hand.at(100, 100))
    QTest.mouseMove(canvas, hand.at(200, 100))
    under_way = color_at(canvas, 150, 100)
    painting = canvas.marks.overlay[0]
    assert isinstance(painting, PaintingShape)
    assert not hand.session.editor.draft.is_live
    QTest.mouseRelease(canvas, LEFT, NONE, hand.at(200, 100))
    assert color_at(canvas, 150, 100) == pytest.approx(under_way, abs=3), "the stroke had the colour of the mask"
    QTest.mousePress(canvas, RIGHT, NONE, hand.at(100, 100))
    QTest.mouseMove(canvas, hand.at(120, 100))
    assert color_at(canvas, 100, 100) == bare[0], "what is erased shows the picture"
    assert color_at(canvas, 200, 100) != bare[1]
    hand.key(Qt.Key.Key_Escape)
    assert color_at(canvas, 100, 100) != bare[0], "Esc takes the stroke back"


@pytest.mark.parametrize("policy", [NEW_CUTS_OLD, OLD_CUTS_NEW])
def test_what_a_stroke_takes_from_others_or_leaves_to_them_is_hatched_while_it_is_drawn(policy, hand, qtbot):
    canvas, session = hand.canvas, hand.session
    session.editor.edit(rasterized(Stroke(((120.0, 60.0), (120.0, 160.0)), 40), session.place.image_size), "brush")
    hand.key(Qt.Key.Key_Return)
    session.objects.select(None)
    hand.key(Qt.Key.Key_B)
    TIP.size.set(61)
    seen = {}
    for each in (ALLOW, policy):
        session.classes.policies.choose(each)
        QTest.mousePress(canvas, LEFT, NONE, hand.at(60, 110))
        QTest.mouseMove(canvas, hand.at(240, 110))
        seen[each] = pixels_within(canvas, (95, 98, 145, 122)), pixels_within(canvas, (180, 98, 230, 122))
        if each == ALLOW:
            hand.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, NONE, hand.at(240, 110))
    QApplication.processEvents()
    over, beside = (pixels_within(canvas, box) for box in ((95, 98, 145, 122), (180, 98, 230, 122)))
    assert (np.abs(seen[policy][0] - seen[ALLOW][0]).max(axis=2) > 20).mean() > 0.2, "it is hatched"
    assert np.abs(seen[policy][1] - seen[ALLOW][1]).max() <= 2, "nobody loses anything there"
    assert np.abs(over - seen[policy][0]).mean() < 3, "as when it is finished"
    assert np.abs(beside - seen[policy][1]).mean() < 3


def test_only_what_a_segment_changes_is_painted_again(hand):
    canvas = hand.canvas
    hand.key(Qt.Key.Key_B)
    QTest.mousePress(canvas, LEFT, NONE, hand.at(60, 60))
    for x in range(64, 140, 4):
        QTest.mouseMove(canvas, hand.at(x, 60))
    QApplication.processEvents()
    seen = []
    canvas.paintEvent, real = lambda event: (seen.append(event.rect()), real(event)), canvas.paintEvent
    QTest.mouseMove(canvas, hand.at(150, 64))
    QApplication.processEvents()
    del canvas.paintEvent
    assert seen
    assert all(area.width() < canvas.width() / 4 for area in seen)
    hand.key(Qt.Key.Key_Escape)


def test_zooming_and_panning_in_a_stroke_do_not_break_it(hand):
    canvas, session = hand.canvas, hand.session
    size = session.place.image_size
    hand.key(Qt.Key.Key_B)
    path = [image_place(canvas, hand.at(60, 60))]
    QTest.mousePress(canvas, LEFT, NONE, hand.at(60, 60))
    canvas.zoom(+2)
    point = hand.at(100, 60)
    QTest.mousePress(canvas, MIDDLE, NONE, point)
    QTest.mouseMove(canvas, point + QPointF(15, 10).toPoint())
    QTest.mouseRelease(canvas, MIDDLE, NONE, point + QPointF(15, 10).toPoint())
    assert hand.window.workspace.hand.is_busy, "the other button is still down"
    path.append(image_place(canvas, hand.at(100, 60)))
    QTest.mouseMove(canvas, hand.at(100, 60))
    QTest.mouseRelease(canvas, LEFT, NONE, hand.at(100, 60))
    assert (session.editor.proposal.mask.to_array() == painted(path, size)).all()


def test_x_held_erases_for_as_long_with_the_brush_in_the_hand(hand, qtbot):
    workspace = hand.window.workspace
    hand.key(Qt.Key.Key_B)
    drag(hand, (60, 60), (160, 60))
    QTest.keyPress(hand.canvas, Qt.Key.Key_X)
    drag(hand, (100, 40), (100, 80))
    assert workspace.hand.tool.id == "eraser"
    QTest.keyRelease(hand.canvas, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: workspace.hand.tool.id == "brush")
    assert workspace.tool_column.findChild(object, "brush").isChecked(), "the column shows it"
    assert not hand.session.editor.proposal.mask.covers(100, 60)
    QTest.keyPress(hand.canvas, Qt.Key.Key_X)
    drag(hand, (80, 40), (80, 80))
    hand.window.shortcuts.release_all()
    assert workspace.hand.tool.id == "brush", "the window lost the keyboard"


def test_the_ring_follows_the_size_at_once(hand, tip):
    canvas = hand.canvas
    QTest.mouseMove(canvas, hand.at(70, 70))
    hand.key(Qt.Key.Key_B)
    [ring] = canvas.marks.overlay
    assert ring.radius == 10.5
    hand.key(Qt.Key.Key_BracketRight)
    assert canvas.marks.overlay[0].radius == 12
    hand.key(Qt.Key.Key_Q)
    assert canvas.marks.overlay == ()


def test_a_button_that_comes_up_over_another_window_ends_the_stroke(hand):
    canvas = hand.canvas
    hand.key(Qt.Key.Key_B)
    QTest.mousePress(canvas, LEFT, NONE, hand.at(60, 60))
    QTest.mouseMove(canvas, hand.at(100, 60))
    at = QPointF(hand.at(150, 60))
    move, up = QMouseEvent.Type.MouseMove, Qt.MouseButton.NoButton
    QApplication.sendEvent(canvas, QMouseEvent(move, at, canvas.mapToGlobal(at), up, up, NONE))
    assert not hand.window.workspace.hand.is_busy
    assert hand.session.editor.proposal.mask.covers(100, 60)
    assert not hand.session.editor.proposal.mask.covers(150, 60)
    QTest.mouseRelease(canvas, LEFT, NONE, hand.at(150, 60))


def test_options_are_in_the_bar_and_remembered_between_starts(hand, photos, tip):
    window = hand.window
    hand.key(Qt.Key.Key_B)
    bar = window.workspace.tool_bar
    bar.findChild(QComboBox, "shape").setCurrentIndex(1)
    hand.key(Qt.Key.Key_BracketRight)
    assert bar.findChild(QDoubleSpinBox, "size").value() == tip.size.value == 24
    for place in ((60, 60), (70, 70)):  # the mouse may have been left there, and does not move then
        QTest.mouseMove(hand.canvas, hand.at(*place))
    assert hand.canvas.marks.overlay[-1].is_square
    expected = painted(
        [tuple(round(v) for v in hand.canvas.viewport.to_image(*hand.canvas.viewport.to_view(70, 70)))],
        hand.session.place.image_size,
        12,
        is_square=True,
    )
    drag(hand, (70, 70))
    assert hand.session.editor.proposal.mask.area == expected.sum() == 24 * 24
    hand.key(Qt.Key.Key_Escape)
    path = window.workspace.project.path
    window.projects.close()
    tip.size.set(3), tip.shape.set("round")
    window.open_path(path)
    assert (tip.size.value, tip.shape.value) == (24, "square")


def test_a_pen_presses_and_nothing_is_drawn_twice(hand, tip):
    pen = QPointingDevice(
        "pen",
        7,
        QPointingDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Pen,
        QPointingDevice.Capability.Position | QPointingDevice.Capability.Pressure,
        1,
        1,
    )
    hand.key(Qt.Key.Key_B)
    at = QPointF(hand.at(80, 80))
    tablet = QTabletEvent(QTabletEvent.Type.TabletPress, pen, at, at, 0.5, 0, 0, 0, 0, 0, NONE, LEFT, LEFT)
    QApplication.sendEvent(hand.canvas, tablet)
    assert not tablet.isAccepted(), "Qt makes the mouse event of it"
    assert not hand.window.workspace.hand.is_busy
    for kind, buttons in (
        (QMouseEvent.Type.MouseButtonPress, LEFT),
        (QMouseEvent.Type.MouseButtonRelease, Qt.NoButton),
    ):
        QApplication.sendEvent(hand.canvas, QMouseEvent(kind, at, at, at, LEFT, buttons, NONE, pen))
    assert hand.session.editor.proposal.region.bbox[2:] == (10, 10)
    hand.key(Qt.Key.Key_Escape)
    drag(hand, (80, 80))
    assert hand.session.editor.proposal.region.bbox[2:] == (21, 21), "a mouse presses with all it has"


def test_the_line_of_status_and_the_ring_tell_of_the_brush(hand):
    told = []
    hand.window.workspace.hinted.connect(told.append)
    hand.key(Qt.Key.Key_B)
    assert "Drag: paint" in told[-1]
    for place in ((60, 60), (70, 70)):  # the mouse may have been left there, and does not move then
        QTest.mouseMove(hand.canvas, hand.at(*place))
    [ring] = hand.canvas.marks.overlay
    assert isinstance(ring, DiscShape)
    assert ring.radius == 10.5
    assert hand.session.hover.outlines == ()
    drag(hand, (70, 70))
    drag(hand, (70, 70), button=RIGHT)
    assert "The mask is empty" in told[-1]
    hand.key(Qt.Key.Key_Q)
    assert "Drag: paint" not in told[-1]


def test_a_saved_object_that_is_erased_whole_is_deleted_and_the_toast_brings_it_back(hand, tip):
    toast = hand.window.toast
    hand.key(Qt.Key.Key_B)
    drag(hand, (60, 60), (120, 60))
    hand.key(Qt.Key.Key_Return)
    [saved] = hand.session.objects.all()
    hand.session.objects.select(saved.id)
    tip.size.set(61)
    hand.key(Qt.Key.Key_X)
    drag(hand, (50, 60), (130, 60))
    assert hand.session.objects.all() == [saved], "not before it is accepted"
    hand.qtbot.wait(60)  # a key that comes again at once is taken for one that is held
    hand.key(Qt.Key.Key_Return)
    assert hand.session.objects.all() == []
    assert "Nothing was left of the object: it is deleted." in toast.text()
    [undo] = [button for button in toast.findChildren(QPushButton) if button.isVisible()]
    undo.click()
    assert hand.session.objects.all() == [saved]


ERASER_END = QPointingDevice(
    "pen", 8, QPointingDevice.DeviceType.Stylus, QPointingDevice.PointerType.Eraser,
    QPointingDevice.Capability.Position, 1, 1,
)  # fmt: skip
PRESS, DOUBLE, MOVE, RELEASE = (
    QMouseEvent.Type.MouseButtonPress, QMouseEvent.Type.MouseButtonDblClick, QMouseEvent.Type.MouseMove,
    QMouseEvent.Type.MouseButtonRelease,
)  # fmt: skip


def turned_pen(hand, *kinds, x=90, y=60):
    """The other end of the pen goes down there, and up again."""
    at = QPointF(hand.at(x, y))
    for kind in kinds:
        buttons = Qt.MouseButton.NoButton if kind == RELEASE else LEFT
        event = QMouseEvent(kind, at, hand.canvas.mapToGlobal(at), LEFT, buttons, NONE, ERASER_END)
        QApplication.sendEvent(hand.canvas, event)


@pytest.mark.parametrize("tool", [Qt.Key.Key_B, Qt.Key.Key_X])
@pytest.mark.parametrize("kinds", [(PRESS, RELEASE), (DOUBLE, RELEASE)])
def test_the_other_end_of_a_pen_erases_whatever_brush_is_in_the_hand(hand, tool, kinds):
    hand.key(Qt.Key.Key_B)
    drag(hand, (60, 60), (120, 60))
    hand.key(tool)
    turned_pen(hand, *kinds)
    assert not hand.session.editor.proposal.mask.covers(90, 60)
    assert hand.session.editor.proposal.mask.covers(60, 60)
    turned_pen(hand, *kinds, x=90, y=100)
    assert not hand.session.editor.proposal.mask.covers(90, 100), "it paints nowhere"


def test_a_double_click_with_ctrl_pans_as_each_of_the_two_clicks(hand):
    drawn, at = hand.session.editor.draft, hand.at(90, 60)
    QTest.mouseDClick(hand.canvas, LEFT, Qt.KeyboardModifier.ControlModifier, at)
    assert hand.session.editor.draft is drawn
    assert not hand.window.workspace.hand.is_busy
