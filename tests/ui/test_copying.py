"""Copy and paste with the keys of the real window, by the clipboard of the system."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.labeling.clip import MIME
from tests.ui.conftest import ANSWER_MS
from tests.ui.list_menus import open_menu

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def accepted(hand):
    """An object that was clicked and accepted on the first photo; it is selected."""
    height, width = hand.session.place.image_size
    hand.click(width * 0.5, height * 0.5)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    [row] = hand.session.objects.all()
    hand.session.objects.select(row.id)
    return row


def test_an_object_goes_to_the_next_photo_and_back_is_one_undo(hand, opened, qtbot, accepted):
    hand.key(Qt.Key.Key_C, CTRL)
    clipboard = QGuiApplication.clipboard().mimeData()
    assert clipboard.hasFormat(MIME)
    assert clipboard.text().startswith("1 object of ")
    hand.key(Qt.Key.Key_D)
    qtbot.waitUntil(lambda: bool(hand.session.image.width) and hand.canvas.has_image, timeout=ANSWER_MS)
    hand.key(Qt.Key.Key_V, CTRL)
    [pasted] = hand.session.objects.all()
    assert pasted.image_id != accepted.image_id
    assert hand.session.objects.selection == (pasted.id,)
    toast = opened.toast
    assert toast.isVisible()
    assert "Pasted 1 object." in toast.text()
    hand.key(Qt.Key.Key_Z, CTRL)
    assert not hand.session.objects.all()


def test_the_keys_mean_text_in_a_text_field_and_objects_in_the_list(hand, opened, accepted):
    field = next(each for each in opened.workspace.findChildren(QLineEdit) if each.isVisible())
    field.setFocus()
    field.setText("words")
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "words"
    QTest.keyClick(field, Qt.Key.Key_X, CTRL)
    QTest.keyClick(field, Qt.Key.Key_V, CTRL)
    assert field.text() == "words"
    assert len(hand.session.objects.all()) == 1
    objects = opened.workspace.panels["objects"].list
    objects.setFocus()
    QTest.keyClick(objects, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().mimeData().hasFormat(MIME)
    QTest.keyClick(objects, Qt.Key.Key_D, CTRL)
    assert len(hand.session.objects.all()) == 2


def test_what_another_program_left_there_is_refused_in_a_sentence(hand, opened):
    mime = QMimeData()
    mime.setData(MIME, b'{"version": 1, "image": 7}')
    QGuiApplication.clipboard().setMimeData(mime)
    hand.key(Qt.Key.Key_V, CTRL)
    assert "damaged: copy them again" in opened.toast.text()
    QGuiApplication.clipboard().setText("only words")
    hand.key(Qt.Key.Key_V, CTRL)
    assert "There are no objects to paste: Ctrl+C" in opened.toast.text()


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_paste_is_grey_while_the_clipboard_has_no_objects(hand, opened, accepted):
    def is_offered(row=0):
        menu = open_menu(opened.workspace.panels["images"].view, row)
        entry = next(each for each in menu.actions() if each.objectName() == "edit.paste")
        enabled = entry.isEnabled()
        menu.close()
        return enabled

    assert not is_offered()
    QGuiApplication.clipboard().setText("only words")
    assert not is_offered()
    hand.key(Qt.Key.Key_C, CTRL)
    assert is_offered()
    hand.session.review.look_back(0)
    assert not is_offered(), "the past cannot be changed"
    hand.session.review.return_to_now()
    assert is_offered()
    QGuiApplication.clipboard().clear()
    assert not is_offered()
