"""Messages over the canvas: how long they stay, and that they cover nothing that is worked on."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.ui.widgets import toast as toasts
from app.ui.widgets.placement import covered, free_place, near
from tests.ui.conftest import ANSWER_MS
from tests.ui.test_undo_offer import accept_another, delete_first, objects, two

__all__ = ["two"]


@pytest.fixture
def quick(monkeypatch):
    """A twentieth of the time."""
    monkeypatch.setattr(toasts, "SHORT_MS", 200)
    monkeypatch.setattr(toasts, "LONG_MS", 450)
    monkeypatch.setattr(toasts, "_MS_PER_LETTER", 3)


def place(hand) -> QRect:
    """Of the message, in points of the canvas."""
    toast = hand.window.toast
    return QRect(hand.canvas.mapFrom(toast.parentWidget(), toast.pos()), toast.size())


def seen(hand, box) -> QRect:
    x, y, width, height = box
    return QRect(hand.at(x, y), hand.at(x + width, y + height))


def enter(toast) -> None:
    at = QPointF(toast.rect().center())
    toast.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    QApplication.sendEvent(toast, QEnterEvent(at, at, QPointF(toast.mapToGlobal(at))))


def leave(toast) -> None:
    toast.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))


def test_a_message_stays_four_seconds_with_an_undo_too():
    assert toasts.SHORT_MS == 4000


def test_it_goes_by_itself(two, opened, quick, qtbot):
    delete_first(two)
    qtbot.waitUntil(lambda: not opened.toast.isVisible(), timeout=1500)


def test_bad_news_stays_as_long_as_it_takes_to_read(opened, quick):
    opened.toast.show_text("Short.", bad=True)
    assert opened.toast._timer.interval() == 200
    opened.toast.show_text("Long " * 100, bad=True)
    assert opened.toast._timer.interval() == 450
    opened.toast.dismiss()
    opened.toast.show_text("Long " * 100)
    assert opened.toast._timer.interval() == 200


def test_with_an_undo_it_stays_while_the_mouse_or_the_keyboard_is_at_it(two, opened, quick, qtbot):
    toast = opened.toast
    delete_first(two)
    enter(toast)
    qtbot.wait(500)
    assert toast.isVisible()
    leave(toast)
    qtbot.waitUntil(lambda: not toast.isVisible(), timeout=1500)
    two.session.objects.select(2)
    two.key(Qt.Key.Key_Delete)
    two.key(Qt.Key.Key_F6)
    assert toast.button.hasFocus()
    qtbot.wait(500)
    assert toast.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_it_is_reached_and_pressed_by_keyboard(two, opened, key):
    delete_first(two)
    accept_another(two)
    two.key(Qt.Key.Key_F6)
    assert opened.toast.button.hasFocus()
    QTest.keyClick(opened.toast.button, key)
    assert objects(two) == [1, 2, 3]
    assert two.canvas.hasFocus()


def test_escape_leads_back_to_the_canvas_and_changes_nothing(two, opened):
    two.session.objects.select(2)
    delete_first(two)
    two.session.objects.select(2)
    two.key(Qt.Key.Key_F6)
    assert opened.toast.button.hasFocus()
    QTest.keyClick(opened.toast.button, Qt.Key.Key_Escape)
    assert not opened.toast.isVisible()
    assert two.canvas.hasFocus()
    assert two.session.objects.selection == (2,)


def test_it_does_not_cover_the_object_in_the_making(hand, opened, qtbot):
    hand.canvas.fit_box((0, 0, 300, 300))
    hand.click(250, 250)
    hand.wait_for_mask()
    opened.toast.show_text("Something happened.")
    assert not place(hand).intersects(seen(hand, hand.session.editor.proposal.region.bbox))
    assert not place(hand).intersects(QRect(hand.at(250, 250) - QPoint(8, 8), QSize(16, 16)))


def test_it_does_not_cover_the_candidates(hand, opened, qtbot):
    opened.resize(900, 620)
    opened.toast.show_text("Something happened that takes some words to be told. " * 2)
    hand.click(250, 250)
    hand.wait_for_mask()
    strip = opened.workspace.strip
    qtbot.waitUntil(lambda: strip.isVisible() and not place(hand).intersects(strip.geometry()), timeout=1000)


def test_where_all_of_the_canvas_is_worked_on_it_lies_in_the_strip_above(two, opened):
    two.session.objects.select(1)
    two.canvas.fit_box((39, 39, 2, 2))
    two.canvas.viewport.zoom_at(400, 300, 60)
    two.canvas.view_changed()
    opened.toast.show_text("Something happened.")
    assert not place(two).intersects(two.canvas.rect())
    assert opened.workspace.rect().contains(opened.toast.geometry())


def test_it_makes_way_when_what_is_worked_on_comes_to_lie_below(two, opened):
    opened.toast.show_text("Something happened.")
    before = place(two)
    viewport = two.canvas.viewport
    two.canvas.fit_box((20, 20, 40, 40))
    box = two.session.project.annotation(1).mask.bbox
    left, top = viewport.to_view(*box[:2])
    viewport.pan(before.x() - left, before.y() - top)
    two.canvas.view_changed()
    assert place(two) == before
    two.session.objects.select(1)
    assert place(two) != before
    assert not place(two).intersects(seen(two, box))
    now = place(two)
    viewport.pan(now.x() - before.x(), now.y() - before.y())
    two.canvas.view_changed()
    assert not place(two).intersects(seen(two, box))


def test_it_does_not_lie_under_the_crosshair(hand, opened):
    opened.toast.show_text("Something happened.")
    at = place(hand).center()
    x, y = hand.canvas.viewport.to_image(at.x(), at.y())
    hand.session.crosshair.move(1, 1)
    now_x, now_y = hand.session.crosshair.at
    hand.session.crosshair.move(x - now_x, y - now_y)
    assert not place(hand).contains(hand.at(*hand.session.crosshair.at))


def test_it_goes_out_of_the_way_of_the_mouse(hand, opened):
    opened.toast.show_text("Something happened.")
    for _ in range(4):
        at = place(hand).center()
        QTest.mouseMove(hand.canvas, at)
        assert not place(hand).intersects(near(at))


def test_it_does_not_appear_under_the_mouse(hand, opened):
    opened.toast.show_text("Something happened.")
    at = place(hand).center()
    opened.toast.dismiss()
    QTest.mouseMove(hand.canvas, at)
    opened.toast.show_text("Something else happened.")
    assert not place(hand).contains(at)


def test_one_with_an_undo_lets_the_mouse_come_but_makes_way_for_a_box(two, opened):
    delete_first(two)
    before = place(two)
    QTest.mouseMove(two.canvas, before.center() - QPoint(0, before.height()))
    assert place(two) == before
    start = before.center() - QPoint(0, 200)
    QTest.mousePress(two.canvas, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 11):
        QTest.mouseMove(two.canvas, start + QPoint(0, 20 * step))
    assert not place(two).contains(before.center())
    QTest.mouseRelease(two.canvas, Qt.MouseButton.LeftButton, pos=before.center())
    assert two.session.editor.draft.is_live


def test_a_click_beside_its_button_puts_it_away(two, opened):
    delete_first(two)
    QTest.mouseClick(opened.toast, Qt.MouseButton.LeftButton, pos=QPoint(6, 6))
    assert not opened.toast.isVisible()
    assert objects(two) == [2]


def test_it_follows_the_size_of_the_window(two, opened, qtbot):
    delete_first(two)
    opened.resize(1000, 640)
    qtbot.waitUntil(lambda: two.canvas.rect().contains(place(two)), timeout=ANSWER_MS)


@pytest.mark.parametrize("words", [1, 8, 40, 90])
def test_its_words_are_whole_whatever_it_said_before(opened, words):
    toast = opened.toast
    for number in (60, words):
        toast.show_text("word " * number + "/a/long/path/to/the/project.maskwright", action=lambda: None)
        toast.refuse("It cannot be done, because something came later. " * (words // 8))
        for label in (toast._label, *([toast._why] if words >= 8 else [])):
            assert label.height() >= label.heightForWidth(label.width())
            assert toast.rect().contains(label.geometry())
        assert toast.rect().contains(toast._button.geometry())


def test_on_the_first_page_it_lies_below_in_the_middle(window):
    window.toast.show_text("Something happened.")
    page = window.first_page.rect()
    assert page.contains(window.toast.geometry())
    assert abs(window.toast.geometry().center().x() - page.center().x()) <= 1


def test_free_places():
    size, room = QSize(200, 40), QRect(0, 50, 1000, 600)
    below = free_place(size, room, [], None)
    assert (below.center().x(), below.bottom()) == (room.center().x(), room.bottom() - 18)
    above = free_place(size, room, [below], None)
    assert above.top() == room.top() + 18
    taken = [QRect(0, 50, 1000, 600)]
    strip = free_place(size, room, taken, None)
    assert covered(strip, taken) == 0
    assert strip.bottom() < room.top()
    high = free_place(QSize(200, 60), room, taken, None)
    assert (high.top(), high.bottom()) == (0, 59)
    inside = free_place(size, room, taken, strip.center())
    assert room.contains(inside)
    assert not inside.intersects(near(strip.center()))


def test_bad_news_stays_above_what_is_told_in_the_same_moment(hand):
    toast = hand.window.toast
    toast.show_text("out.json: the file cannot be written.", bad=True)
    toast.show_text("The project file was moved.")
    assert toast.text() == "out.json: the file cannot be written.\nThe project file was moved."
    toast.show_text("The disk is full.", bad=True)
    assert toast.text() == "The disk is full."
    QTest.qWait(toasts._UNREAD_MS + 50)
    toast.show_text("This is the last image.")
    assert toast.text() == "This is the last image."
