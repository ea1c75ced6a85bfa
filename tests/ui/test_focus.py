"""Who has the keyboard: text fields keep it until Esc or a click elsewhere, and everything leads back to the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QLineEdit, QTreeWidget, QWidget

from app.labeling.keymap import KEYMAP
from app.ui.dialogs.keys import KeysDialog
from app.ui.dialogs.settings import SettingsDialog
from app.ui.widgets.fields import takes_text, text_of
from tests.labeling import extra_tools


def focused():
    return QApplication.focusWidget()


def press(*keys, modifiers=Qt.KeyboardModifier.NoModifier):
    """On the widget that has the keyboard, as a keyboard does."""
    for key in keys:
        QTest.keyClick(focused(), key, modifiers)


def write(text):
    """Letter by letter, each where the keyboard is then."""
    for letter in text:
        QTest.keyClick(focused(), letter)


def names(hand):
    return [category.name for category in hand.window.workspace.project.categories()]


@pytest.fixture
def panels(hand):
    return hand.window.workspace.panels


def test_one_class_after_the_other_is_entered_without_a_hand_on_the_mouse(hand, panels):
    panels["classes"].new_name.setFocus()
    for name in ("car", "person"):
        write(name)
        press(Qt.Key.Key_Return)
    assert names(hand) == ["car", "person"]
    assert focused() is panels["classes"].new_name
    press(Qt.Key.Key_Escape)
    assert focused() is hand.canvas


def test_enter_in_a_text_field_accepts_no_mask(hand, panels):
    hand.click(250, 250)
    hand.wait_for_mask()
    panels["classes"].new_name.setFocus()
    write("car")
    press(Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Up)
    assert hand.session.editor.draft.is_live
    assert hand.session.objects.count == 0
    assert hand.session.crosshair.at is None


def test_after_a_click_on_a_row_letters_are_commands_again(hand, panels):
    images = panels["images"]
    field = images.findChild(QLineEdit)
    field.setFocus()
    write("a")
    row = images.view.model().index(0, 0)
    QTest.mouseClick(images.view.viewport(), Qt.MouseButton.LeftButton, pos=images.view.visualRect(row).center())
    assert focused() is hand.canvas
    write("v")
    assert field.text() == "a"
    assert hand.window.workspace.hand.tool.id == "select"


def test_a_click_on_what_takes_no_keyboard_leaves_a_text_field(hand, panels):
    field = panels["images"].findChild(QLineEdit)
    for elsewhere in (hand.window.status, hand.window.workspace.tool_bar, panels["objects"], hand.canvas):
        field.setFocus()
        QTest.mouseClick(elsewhere, Qt.MouseButton.LeftButton, pos=QPoint(elsewhere.width() // 2, 2))
        assert focused() is hand.canvas, elsewhere


def test_a_click_into_another_text_field_goes_there(hand, panels):
    panels["images"].findChild(QLineEdit).setFocus()
    QTest.mouseClick(panels["classes"].new_name, Qt.MouseButton.LeftButton)
    assert focused() is panels["classes"].new_name


def test_esc_does_one_thing_at_a_time_and_ends_on_the_canvas(hand, panels, qtbot):
    hand.key(Qt.Key.Key_G)
    qtbot.waitUntil(lambda: not hand.session.everything.is_running, timeout=60_000)
    findings = hand.session.everything.findings
    assert findings
    hand.click(*findings[0].point)
    hand.wait_for_mask()
    QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, pos=hand.at(20, 20))
    QTest.mouseMove(hand.canvas, hand.at(90, 90))
    assert hand.canvas.marks.overlay
    panels["classes"].new_name.setFocus()

    press(Qt.Key.Key_Escape)  # the field
    assert focused() is hand.canvas
    assert hand.window.workspace.hand.is_busy
    press(Qt.Key.Key_Escape)  # the gesture
    assert not hand.window.workspace.hand.is_busy
    assert hand.session.editor.draft.is_live
    QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, pos=hand.at(90, 90))
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Tab)
    hand.click(*hand.session.everything.findings[0].point)
    saved = hand.session.objects.all()[0].id
    hand.session.objects.select(saved)
    press(Qt.Key.Key_Escape)  # the object in the making
    assert not hand.session.editor.draft.is_live
    assert hand.session.objects.selection == (saved,)
    press(Qt.Key.Key_Escape)  # the selection
    assert hand.session.objects.selection == ()
    left = hand.session.everything.findings
    assert left
    press(Qt.Key.Key_Escape)
    assert hand.session.everything.findings == left
    assert hand.session.objects.count == 1


def test_esc_in_a_list_leads_to_the_canvas(hand, panels):
    for view in (panels["images"].view, panels["classes"].list, panels["objects"].list, panels["history"].view):
        view.setVisible(True)
        view.setFocus()
        QTest.keyClick(view, Qt.Key.Key_Escape)
        assert focused() is hand.canvas


def test_esc_in_a_list_drops_nothing(hand, panels):
    hand.click(250, 250)
    hand.wait_for_mask()
    press(Qt.Key.Key_F6)
    assert focused() is panels["images"].view
    press(Qt.Key.Key_Escape)
    assert focused() is hand.canvas
    assert hand.session.editor.draft.is_live
    press(Qt.Key.Key_Escape)
    assert not hand.session.editor.draft.is_live


def test_letters_in_a_list_are_commands(hand, panels):
    panels["classes"].added.emit("vase")
    for view in (panels["images"].view, panels["classes"].list):
        hand.key(Qt.Key.Key_Q)
        view.setFocus()
        write("v")
        assert hand.window.workspace.hand.tool.id == "select", view


def test_tab_with_nothing_to_turn_stays_on_the_canvas(hand):
    for modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
        press(Qt.Key.Key_Backtab if modifiers else Qt.Key.Key_Tab, modifiers=modifiers)
        assert focused() is hand.canvas


def test_undo_in_an_empty_field_is_that_of_the_program(hand, panels):
    field = panels["classes"].new_name
    field.setFocus()
    for name in ("car", "person"):
        write(name)
        press(Qt.Key.Key_Return)
    QTest.keySequence(field, QKeySequence.StandardKey.Undo)
    assert (names(hand), field.text()) == (["car"], "")
    QTest.keySequence(field, QKeySequence.StandardKey.Redo)
    assert (names(hand), field.text()) == (["car", "person"], "")
    write("vn")
    QTest.keySequence(field, QKeySequence.StandardKey.Undo)
    assert names(hand) == ["car", "person"], "what was typed is taken back, and no class"
    assert field.text() == ""
    assert focused() is field


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_when_a_class_was_renamed_the_canvas_has_the_keyboard(hand, panels, key, qtbot):
    panels["classes"].added.emit("sut")
    hand.canvas.setFocus()
    list_ = panels["classes"].list
    list_.editItem(list_.item(0))
    write("suit")
    press(key)
    qtbot.waitUntil(lambda: focused() is hand.canvas, timeout=5000)
    assert names(hand) == ["suit" if key == Qt.Key.Key_Return else "sut"]


def test_when_the_last_object_goes_the_keyboard_does_not_land_in_a_text_field(hand, panels):
    hand.click(250, 250)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    panels["objects"].list.setFocus()
    press(Qt.Key.Key_Down, Qt.Key.Key_Delete)
    assert hand.session.objects.count == 0
    assert not panels["objects"].list.isVisible()
    assert focused() is hand.canvas


# --- every text field there is -----------------------------------------------------------------------------------


@pytest.fixture
def dot():
    """A tool with an option, before the window is made."""
    with extra_tools.dot() as tool:
        yield tool


def text_fields(window):
    """Those that are seen. What is inside another one is none of its own: a spin box has a line to type in."""
    fields = [each for each in window.findChildren(QWidget) if each.isVisible() and takes_text(each)]
    return [each for each in fields if not any(other is not each and other.isAncestorOf(each) for other in fields)]


def test_every_text_field_of_the_window_follows_the_rule(dot, hand, panels, qtbot):
    workspace = hand.window.workspace
    panels["classes"].added.emit("car")
    hand.click(250, 250)
    for dock in workspace.findChildren(QDockWidget):
        dock.show()
    workspace.input.take(dot)
    qtbot.waitUntil(lambda: len(text_fields(hand.window)) >= 3, timeout=5000)  # the filter, a new class, an option
    image, step = hand.session.image_id, workspace.project.undo_label
    for field in text_fields(hand.window):
        _walk(hand, field)
        assert hand.session.editor.draft.is_live, field
        assert (hand.session.image_id, hand.session.crosshair.at) == (image, None), field
        assert workspace.project.undo_label == step, field


def _walk(hand, field):
    about = f"{type(field).__name__} {field.accessibleName()}"
    field.setFocus()
    write("d7")
    press(Qt.Key.Key_Up, Qt.Key.Key_PageDown)
    assert focused() is field, about
    press(Qt.Key.Key_Escape)
    assert focused() is hand.canvas, about
    field.setFocus()
    QTest.mouseClick(hand.window.status, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert focused() is hand.canvas, about
    field.setFocus()
    if isinstance(field, QLineEdit):
        field.clear()
        press(Qt.Key.Key_Return)
        assert focused() is field, about
    press(Qt.Key.Key_Escape)


def test_a_text_field_of_a_panel_outside_the_window_leads_back_to_the_canvas(hand, panels, qtbot):
    dock = hand.window.workspace.findChild(QDockWidget, "classes")
    dock.setFloating(True)
    dock.activateWindow()
    panels["classes"].new_name.setFocus()
    qtbot.waitUntil(lambda: focused() is panels["classes"].new_name, timeout=5000)
    write("car")
    press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: focused() is hand.canvas, timeout=5000)
    assert panels["classes"].new_name.text() == "car"


def test_esc_in_a_field_of_the_settings_takes_back_what_is_half_typed_and_then_closes(hand, qtbot):
    settings = hand.window.settings
    dialog = SettingsDialog(settings, hand.window)
    qtbot.addWidget(dialog)
    fields = [row.field for row in dialog.rows.values() if takes_text(row.field)]
    assert len(fields) > 3
    for field in fields:
        dialog.show()
        dialog.activateWindow()
        field.setFocus()
        qtbot.waitUntil(field.hasFocus, timeout=5000)
        before, written = text_of(field), {setting.name: settings.value(setting.name) for setting in settings.all()}
        field.selectAll()
        write("7")
        assert text_of(field) != before
        press(Qt.Key.Key_Escape)
        assert text_of(field) == before
        assert dialog.isVisible()
        press(Qt.Key.Key_Escape)
        assert not dialog.isVisible()
        hand.window.activateWindow()
        qtbot.waitUntil(lambda: focused() is hand.canvas, timeout=5000)
        assert {setting.name: settings.value(setting.name) for setting in settings.all()} == written


def test_esc_in_the_field_of_another_dialog_closes_it(hand, qtbot):
    dialog = KeysDialog(KEYMAP, hand.window.targets(), hand.window)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    field = dialog.findChild(QLineEdit)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus, timeout=5000)
    write("acc")
    press(Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    hand.window.activateWindow()
    qtbot.waitUntil(lambda: focused() is hand.canvas, timeout=5000)


def test_the_list_of_keys_is_read_and_filtered_without_the_mouse(hand):
    dialog = KeysDialog(KEYMAP, hand.window.targets(), hand.window)
    dialog.show()
    field, tree = dialog.findChild(QLineEdit), dialog.findChild(QTreeWidget)
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_Down):
        before = tree.verticalScrollBar().value()
        QTest.keyClick(field, key)
        assert tree.verticalScrollBar().value() > before
    QTest.keyClicks(field, "crosshair")
    assert field.text() == "crosshair"
    shown = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]
    assert [item.text(0) for item in shown if not item.isHidden()] == ["Only by key"], (
        "headings without a row are no help"
    )
    dialog.close()
