"""The window around the canvas: themes, panels, keys, bridge."""

from __future__ import annotations

import gc
import sys
import threading

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QMenu

from app.engine.replies import ModelUnloaded
from app.formats.registry import formats
from app.labeling.commands import REGISTRY, Acting
from app.labeling.keymap import KEYMAP, Keymap
from app.masks.rle import Mask
from app.paths import resource
from app.project.records import Annotation
from app.sam.runtime import runtimes
from app.ui import theme
from app.ui.bridge import Bridge, GarbageCollector
from app.ui.dialogs.export import ExportDialog
from app.ui.dialogs.keys import KeysDialog
from app.ui.dialogs.report import ReportDialog
from app.ui.keymap import key_name
from app.ui.settings import Settings
from tests.ui.conftest import ANSWER_MS


def _luminance(color):
    parts = [c / 255 for c in QColor(color).getRgb()[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a, b):
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [theme.DARK, theme.LIGHT], ids=["dark", "light"])
def test_every_text_colour_is_readable(colors):
    for text in (colors.text, colors.muted, colors.good, colors.busy, colors.bad, colors.accent):
        for ground in (colors.window, colors.panel, colors.raised):
            assert _contrast(text, ground) >= 4.5, (text, ground)
    assert _contrast(colors.on_accent, colors.accent) >= 4.5


def test_the_theme_changes_while_a_project_is_open(opened):
    for scheme, colors in (("dark", theme.DARK), ("light", theme.LIGHT), ("dark", theme.DARK)):
        opened.preferences.choose_scheme(scheme)
        assert theme.colors() == colors
        opened.grab()
    opened.preferences.choose_scheme("system")


def test_no_key_means_two_things():
    of_window = {key for c in REGISTRY.commands.values() if c.on is not Acting for key in c.keys}
    of_labeling = {key for c in REGISTRY.commands.values() if c.on is Acting for key in c.keys}
    assert of_window
    assert not of_labeling & of_window
    assert not Keymap(REGISTRY).conflicts


@pytest.mark.parametrize(
    ("key", "modifiers", "text", "name"),
    [
        (Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a", "A"),
        (Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier, "A", "Shift+A"),
        (Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier, "", "Shift+Tab"),
        (Qt.Key.Key_Plus, Qt.KeyboardModifier.ShiftModifier, "+", "+"),
        (Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier, "?", "?"),
        (Qt.Key.Key_1, Qt.KeyboardModifier.KeypadModifier, "1", "1"),
        (Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier, "\r", "Enter"),
        (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier, "\x1a", "Ctrl+Z"),
        (Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", "Space"),
        (Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier, "", ""),
        (Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier, "[", "["),
        (Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier, "\u20ac", "\u20ac"),
        (Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier, "1", "Ctrl+Alt+1"),
    ],
)
@pytest.mark.skipif(sys.platform == "darwin", reason="Option writes signs there")
def test_keys_are_named_as_commands_name_them(key, modifiers, text, name):
    assert key_name(QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text)) == name


@pytest.mark.parametrize("key", REGISTRY.keys())
def test_every_key_of_a_command_is_named_as_it_arrives(key):
    assert QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) == key


def test_every_menu_has_a_letter_of_its_own(opened):
    titles = [action.text() for action in opened.menuBar().actions()]
    letters = [title[title.index("&") + 1] for title in titles]
    assert len(set(letters)) == len(titles) == 7


def test_delete_takes_away_the_selected_object(hand, opened):
    hand.click(250, 250)
    hand.wait_for_mask()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Delete):
        hand.key(key)
    assert opened.workspace.project.statistics.annotation_counts().total() == 0


def test_every_control_says_what_it_is(opened):
    for kind in (QAbstractButton, QLineEdit, QAbstractItemView):
        for control in opened.findChildren(kind):
            named = control.accessibleName() or (isinstance(control, QAbstractButton) and control.text())
            assert named or not control.isVisible(), control


def test_masks_are_hidden_while_w_is_held(hand):
    QTest.keyPress(hand.canvas, Qt.Key.Key_W)
    assert hand.canvas.marks.look.hidden
    QTest.keyRelease(hand.canvas, Qt.Key.Key_W)
    assert not hand.canvas.marks.look.hidden


def test_commands_work_while_a_panel_has_the_keyboard(hand, opened):
    hand.click(250, 250)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    opened.workspace.panels["objects"].list.setFocus()
    QTest.keyClick(opened.workspace.panels["objects"].list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.workspace.project.statistics.annotation_counts().total() == 0


def test_typing_a_class_name_is_no_command(hand, opened):
    image = hand.session.image_id
    field = opened.workspace.panels["classes"].new_name
    field.setFocus()
    QTest.keyClicks(field, "dad")
    assert field.text() == "dad"
    assert hand.session.image_id == image
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert [c.name for c in opened.workspace.project.categories()] == ["dad"]


def test_f6_walks_through_the_panes(hand, opened):
    seen = set()
    for _ in range(4):
        QTest.keyClick(opened.focusWidget(), Qt.Key.Key_F6)
        seen.add(opened.focusWidget())
    assert len(seen) >= 3


def test_the_cheat_sheet_lists_every_key(opened, qtbot):
    dialog = KeysDialog(KEYMAP, opened.targets(), opened)
    qtbot.addWidget(dialog)
    assert len(dialog._items) == sum(bool(command.keys) for command in REGISTRY.commands.values())


def entries(window):
    """By the ids of their commands, as an opened menu shows them."""
    window.menus.refresh()
    return {action.objectName(): action for action, _ in window.menus._actions}


def test_the_edit_menu_and_the_cheat_sheet_say_what_undo_would_do(opened, qtbot):
    def shown():
        undo, redo = entries(opened)["edit.undo"], entries(opened)["edit.redo"]
        dialog = KeysDialog(KEYMAP, opened.targets(), opened)
        qtbot.addWidget(dialog)
        listed = {item.text(0) for item in dialog._items}
        assert {action.text().split("\t")[0].replace("&&", "&") for action in (undo, redo)} <= listed
        return [(undo.text(), undo.isEnabled()), (redo.text(), redo.isEnabled())]

    assert shown() == [("Undo\tCtrl+Z", False), ("Redo\tCtrl+Shift+Z", False)]
    with opened.workspace.project.step("Rename this & that") as step:
        step.put(replace(opened.workspace.session.image, status="done"))
    assert shown()[0] == ("Undo Rename this && that\tCtrl+Z", True)
    entries(opened)["edit.undo"].trigger()
    assert shown() == [("Undo\tCtrl+Z", False), ("Redo Rename this && that\tCtrl+Shift+Z", True)]
    QTest.keyClick(opened.workspace.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.toast.text() == "Nothing to undo."


def test_a_command_says_in_which_menu_it_is_or_in_none(opened):
    listed = {
        action.objectName(): menu.title().replace("&", "")
        for menu in opened.menuBar().findChildren(QMenu)
        for action in menu.actions()
        if action.objectName() in REGISTRY.commands
    }
    of_panels = {command.id for command in REGISTRY.commands.values() if command.id.startswith("panel.")}
    menus = {command.id: command.menu for command in REGISTRY.commands.values() if command.menu is not None}
    assert listed == {id: menu for id, menu in menus.items() if id not in of_panels}
    assert {menus[id] for id in of_panels} == {"View"}  # which lists them while a project is open


def test_entries_of_menus_have_check_marks(opened):
    names = ("view.preview", "view.closeups", "view.contour_only", "image.history", "view.system")

    def marked():
        return {name: entries(opened)[name].isChecked() for name in names}

    assert all(entries(opened)[name].isCheckable() for name in names)
    before = marked()
    assert before == dict(zip(names, (True, True, False, False, True), strict=True))
    for name in names[:-1]:
        opened.run_command(name)
    assert marked() == {name: (name == "view.system") or not mark for name, mark in before.items()}


def test_what_cannot_be_run_is_a_sentence(opened):
    opened.run_command("everything.accept")
    assert opened.toast.text() == "Accept all that was found: this cannot be done right now."
    opened.run_command("view.pan_left", share="much")
    assert opened.toast.text() == "share is a number, not much."
    opened.run_command("nothing.at_all")
    assert opened.toast.text() == "There is no command nothing.at_all."


def test_the_bridge_carries_five_thousand_replies(qtbot):
    """PySide6 6.12.0 loses a reference of True per emit and dies after some hundreds."""
    bridge, heard = Bridge(), []
    bridge.arrived.connect(heard.append)
    thread = threading.Thread(target=lambda: [bridge.deliver(ModelUnloaded()) for _ in range(5000)])
    thread.start()
    qtbot.waitUntil(lambda: len(heard) == 5000, timeout=20_000)
    thread.join()


def test_garbage_is_collected_on_the_gui_thread_only(qtbot):
    gc.enable()
    collector = GarbageCollector()
    assert not gc.isenabled()
    collected_on = []
    gc.callbacks.append(lambda phase, info: collected_on.append(threading.current_thread()))
    heap = [[] for _ in range(100_000)]
    for item in heap:
        item.append(item)
    del heap, item
    thread = threading.Thread(target=lambda: [[i] for i in range(200_000)])
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(collected_on), timeout=10_000)
    gc.callbacks.pop()
    assert set(collected_on) == {threading.main_thread()}
    collector.deleteLater()


def test_a_model_file_is_imported_and_used(window, tmp_path, qtbot):
    file = tmp_path / "mine.safetensors"
    *starter, last = resource("models/starter.safetensors").read_bytes()
    file.write_bytes(bytes([*starter, last ^ 1]))  # another file of that family
    window.models.import_file(file)
    qtbot.waitUntil(lambda: window.models.state.name == "mine", timeout=30_000)


def test_a_text_file_is_no_model_and_the_old_one_stays(window, tmp_path, qtbot):
    qtbot.waitUntil(lambda: window.models.state.name == "starter", timeout=30_000)
    file = tmp_path / "page.pth"
    file.write_text("<html>not found</html>")
    window.models.import_file(file)
    qtbot.waitUntil(lambda: "page.pth" in window.toast.text(), timeout=30_000)
    assert window.models.state.name == "starter"


def test_a_class_is_renamed_in_the_list(hand, opened):
    opened.workspace.panels["classes"].added.emit("sut")
    item = opened.workspace.panels["classes"].list.item(0)
    item.setText("suit")  # what the editor does when it closes
    assert [c.name for c in opened.workspace.project.categories()] == ["suit"]
    item.setText(" ")  # no name: the sentence, and the old name again
    assert "needs a name" in opened.workspace.toast.text()
    assert opened.workspace.panels["classes"].list.item(0).text() == "suit"


@pytest.mark.parametrize("is_selected", [True, False])
def test_a_double_click_on_a_class_renames_it_and_changes_no_object(hand, opened, qtbot, is_selected):
    classes, session = opened.workspace.panels["classes"], hand.session
    for name in ("dog", "cat"):
        classes.added.emit(name)
    hand.click(250, 250)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    [saved] = session.objects.all()
    dog, cat = session.classes.all()
    session.objects.select(saved.id if is_selected else None)
    at = classes.list.visualItemRect(classes.list.item(0)).center()
    QTest.mouseClick(classes.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert session.objects.all()[0].category_id == (dog.id if is_selected else cat.id)
    QTest.mouseDClick(classes.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert session.objects.all()[0].category_id == cat.id
    assert session.classes.current == cat, "the next object's is another one neither"
    editor = classes.list.findChild(QLineEdit)
    editor.setText("hound")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [c.name for c in session.classes.all()] == ["hound", "cat"])
    assert session.objects.all()[0].category_id == cat.id


def test_a_mask_that_arrives_does_not_close_the_editor_one_is_typing_in(hand, opened):
    classes = opened.workspace.panels["classes"]
    classes.added.emit("suit")
    hand.click(250, 250)
    classes.list.editItem(classes.list.item(0))
    editor = classes.list.findChild(QLineEdit)
    assert editor is not None
    hand.wait_for_mask()
    assert classes.list.findChild(QLineEdit) is editor
    assert classes.list.state() == QAbstractItemView.State.EditingState


def test_another_runtime_is_chosen_in_the_menu_remembered_and_used(opened, qtbot):
    def loaded_after(earlier):
        qtbot.waitUntil(
            lambda: opened.models.state.model is not None and opened.models.state.model is not earlier,
            timeout=ANSWER_MS,
        )
        return opened.models.state.model

    best = opened.models.state.model
    opened.models.choose_runtime("cpu")
    exact = loaded_after(best)
    assert (exact.device, Settings().runtime) == ("CPU", "cpu")
    opened.models.choose_runtime("steam")  # of another machine: the best of this one is taken
    assert loaded_after(exact).device == best.device


def test_the_model_menu_lists_the_runtimes_of_this_machine(opened):
    menu = opened.models._menu
    menu._fill()
    shown = [action.text() for action in menu._runtimes.actions()]
    assert len(shown) == 1 + len(runtimes())
    assert shown[-1].startswith("cpu:")


def test_every_format_can_be_chosen_and_tells_what_it_would_lose(opened, qtbot):
    workspace = opened.workspace
    pixels = np.zeros((workspace.session.image.height, workspace.session.image.width), bool)
    pixels[10:60, 10:60] = True
    pixels[20:30, 20:30] = False
    with workspace.project.step("Accept mask") as step:
        step.add(Annotation(0, workspace.session.image_id, None, Mask.from_array(pixels)))
    dialog = ExportDialog(workspace.project.statistics.counts(), opened.exchange.try_export, opened)
    qtbot.addWidget(dialog)
    assert dialog.chosen.name == "coco"
    assert dialog.list.count() == len(formats())
    for row, each in [*enumerate(formats()), (0, formats()[0])]:
        with qtbot.waitSignal(dialog.tried, timeout=ANSWER_MS):
            dialog.list.setCurrentRow(row)
        told = dialog.told.toPlainText()
        assert told.endswith("\nNothing is left out or lost.") or not each.lossless, each.name
        assert "The format cannot hold: outline of 1 object." in told or each.name != "yolo"
    assert [path.suffix for path in workspace.project.path.parent.glob("*out*")] == []


def test_the_options_of_a_format_are_a_form_and_are_followed(opened, qtbot, tmp_path):
    workspace = opened.workspace
    pixels = np.zeros((workspace.session.image.height, workspace.session.image.width), bool)
    pixels[10:60, 10:60] = True
    with workspace.project.step("Accept mask") as step:
        for _ in range(2):
            step.add(Annotation(0, workspace.session.image_id, None, Mask.from_array(pixels)))
    dialog = ExportDialog(workspace.project.statistics.counts(), opened.exchange.try_export, opened)
    qtbot.addWidget(dialog)
    dialog.show()
    for row, each in enumerate(formats()):
        dialog.list.setCurrentRow(row)
        assert dialog.form.values == {option.name: option.default for option in each.options}
        fields = [f for kind in (QComboBox, QAbstractSpinBox) for f in dialog.form.findChildren(kind) if f.isVisible()]
        assert [f.accessibleName() for f in fields] == [str(option.text) for option in each.options]
        assert all(f.focusPolicy() & Qt.FocusPolicy.TabFocus for f in fields)
    dialog.list.setCurrentRow(next(row for row, each in enumerate(formats()) if each.name == "png"))
    kind, _files = dialog.form.findChildren(QComboBox)
    qtbot.waitSignal(dialog.tried, timeout=ANSWER_MS).wait()
    assert dialog.told.toPlainText().endswith("Nothing is left out or lost.")
    with qtbot.waitSignal(dialog.tried, timeout=ANSWER_MS):
        kind.setCurrentIndex(kind.findData("semantic"))
        assert "Nothing" not in dialog.told.toPlainText()
    assert "covered pixels of 1 object" in dialog.told.toPlainText()
    opened.exchange.export_file(tmp_path / "out", "png", dialog.form.values)
    qtbot.waitUntil(lambda: (tmp_path / "out").exists(), timeout=ANSWER_MS)
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir()) == ["semantic"]
    qtbot.waitUntil(lambda: opened.jobs.current is None, timeout=ANSWER_MS)


def test_after_an_export_the_window_names_what_was_lost(opened, qtbot, tmp_path):
    workspace = opened.workspace
    image = workspace.session.image
    pixels = np.zeros((image.height, image.width), bool)
    pixels[10:60, 10:60] = True
    pixels[20:30, 20:30] = False
    with workspace.project.step("Accept mask") as step:
        added = step.add(Annotation(0, image.id, None, Mask.from_array(pixels), attributes={"a": "b"}))
    opened.exchange.export_file(tmp_path / "out", "yolo")
    qtbot.waitUntil(lambda: "cannot hold" in opened.toast.text(), timeout=ANSWER_MS)
    assert opened.toast.text().endswith("The format cannot hold: attributes of 1 object, outline of 1 object.")
    (button,) = opened.toast.findChildren(QAbstractButton)
    assert (button.isVisible(), button.text()) == (True, "Details…")
    button.click()
    dialog = opened.findChild(ReportDialog)
    told = dialog.told.toPlainText().splitlines()
    assert f"{image.path}, object {added.id}: its outline cannot be kept in this format." in told
    dialog.close()
    opened.exchange.export_file(tmp_path / "out.json", "coco")
    qtbot.waitUntil(lambda: "cannot hold" not in opened.toast.text(), timeout=ANSWER_MS)
    assert not button.isVisible()
