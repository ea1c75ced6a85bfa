"""The Undo in a message, undo where there is nothing, and what Ctrl+S and a digit without a class say."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QProgressDialog, QToolButton

from app.project.history import taking_back
from app.project.records import Annotation
from app.project.store import Project
from tests.ui.conftest import ANSWER_MS
from tests.ui.test_history import square

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def two(hand, opened):
    """Two objects of a class; the canvas has the keyboard."""
    workspace = opened.workspace
    category = workspace.session.classes.add("car")
    for at in (20, 90):
        with workspace.project.step("Accept mask") as step:
            step.add(Annotation(0, workspace.session.image_id, category.id, square(workspace, at)))
    return hand


def objects(hand) -> list[int]:
    return [each.id for each in hand.session.objects.all()]


def delete_first(hand) -> None:
    hand.session.objects.select(1)
    hand.key(Qt.Key.Key_Delete)
    assert hand.window.toast.text() == "Deleted 1 object: car."


def accept_another(hand) -> None:
    hand.click(250, 250)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)


def press_undo(hand) -> None:
    QTest.mouseClick(hand.window.toast.button, Qt.MouseButton.LeftButton)


def test_undo_of_a_deletion_takes_back_the_deletion_though_a_mask_was_accepted_since(two, opened):
    delete_first(two)
    accept_another(two)
    assert objects(two) == [2, 3]
    press_undo(two)
    assert objects(two) == [1, 2, 3]
    assert opened.toast.text() == "Taken back: Delete object"
    opened.menus.refresh()
    entry = next(action for action, _ in opened.menus._actions if action.objectName() == "edit.undo")
    assert entry.text() == "Undo Take back “Delete object”\tCtrl+Z"
    two.key(Qt.Key.Key_Z, CTRL)
    assert objects(two) == [2, 3]
    two.key(Qt.Key.Key_Z, CTRL)
    assert objects(two) == [2]


def test_a_click_on_an_object_in_the_making_is_not_what_it_takes_back(two):
    delete_first(two)
    two.click(250, 250)
    two.wait_for_mask()
    press_undo(two)
    assert objects(two) == [1, 2]
    assert len(two.session.editor.draft.revisions) == 1


def test_it_is_grey_with_the_reason_while_something_depends_on_it(two, opened, qtbot):
    classes = two.session.classes
    classes.delete(1)
    toast = opened.toast
    assert toast.text() == "Deleted class car. Objects without a class now: 2."
    dog = classes.add("dog")
    two.session.objects.select(2)
    two.session.objects.set_category(dog.id)
    qtbot.waitUntil(lambda: not toast._button.isEnabled())
    assert toast._why.text() == "“Change class” came later and changed the same object."
    assert toast._why.isVisible()
    QTest.mouseClick(toast._button, Qt.MouseButton.LeftButton)
    assert [each.category_id for each in two.session.objects.all()] == [None, dog.id]
    two.key(Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: toast._button.isEnabled())
    press_undo(two)
    assert [each.category_id for each in two.session.objects.all()] == [1, 1]


def test_the_message_goes_when_its_step_is_undone(two, opened, qtbot):
    delete_first(two)
    two.key(Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: not opened.toast.isVisible(), timeout=1000)
    assert objects(two) == [1, 2]


def test_a_kill_after_it_was_taken_back_loses_nothing(two, opened):
    delete_first(two)
    accept_another(two)
    press_undo(two)
    other = Project.sibling_of(opened.workspace.project.path, read_only=True)  # what is in the file
    assert [each.id for each in other.annotation_table.all()] == [1, 2, 3]
    assert other.undo_label == "Take back “Delete object”"
    other.close()


MANY = 3000


@pytest.fixture
def much(hand, opened, monkeypatch):
    """Many objects were deleted, which is long work to take back, and a class was added since."""
    workspace = opened.workspace
    mask = square(workspace, 10)
    with workspace.project.step("Import COCO") as step:
        step.add_all([Annotation(number, workspace.session.image_id, None, mask) for number in range(1, MANY + 1)])
    monkeypatch.setattr("app.project.history.journal._LONG", 1000)
    monkeypatch.setattr("app.project.history.journal._HUGE", 1000)
    hand.session.objects.select(*range(1, MANY + 1))
    hand.session.objects.delete_selected()
    workspace.session.classes.add("dog")
    return hand


@pytest.fixture
def slow(monkeypatch):
    """Each look at how far it is takes a while, so that what happens in the middle does on any computer."""
    long = taking_back.taking_back

    def slowly(*args):
        for progress in long(*args):
            yield progress
            time.sleep(0.005)

    monkeypatch.setattr(taking_back, "taking_back", slowly)


def count(window) -> int:
    return window.workspace.project.statistics.counts()["annotation"]


def dialogs(window) -> list[QProgressDialog]:
    return [dialog for dialog in window.findChildren(QProgressDialog) if dialog.isVisible()]


def test_a_long_step_in_the_middle_is_taken_back_behind_a_dialog(much, slow, opened):
    seen: list[tuple[str, int]] = []
    watch = QTimer(opened, interval=5)
    watch.timeout.connect(lambda: seen.extend((d.labelText(), d.value()) for d in dialogs(opened)))
    watch.start()
    press_undo(much)
    assert count(opened) == MANY
    assert {label for label, _ in seen} == {f"Taking back: Delete {MANY} objects"}
    assert len({value for _, value in seen}) > 3
    assert opened.toast.text() == f"Taken back: Delete {MANY} objects"
    assert opened.workspace.project.undo_label == f"Take back “Delete {MANY} objects”"
    much.key(Qt.Key.Key_Z, CTRL)
    assert count(opened) == 0
    assert not dialogs(opened)


def test_a_long_one_that_is_cancelled_leaves_everything_as_it_was(much, slow, opened):
    QTimer.singleShot(60, lambda: QTest.keyClick(dialogs(opened)[0], Qt.Key.Key_Escape))
    press_undo(much)
    assert count(opened) == 0
    assert opened.toast.text() == "Cancelled."
    assert opened.workspace.project.undo_label == "Add class"


def test_a_long_one_that_something_depends_on_is_refused_with_the_reason(much, opened):
    with opened.workspace.project.step("Accept mask") as step:
        step.add(Annotation(MANY, much.session.image_id, None, square(opened.workspace, 10)))
    press_undo(much)
    assert opened.toast.text() == "Not taken back. “Accept mask” came later and changed the same object."
    assert count(opened) == 1
    assert opened.workspace.project.undo_label == "Accept mask"


def test_undo_of_a_class_on_many_images_stays_where_one_is(two, opened, qtbot):
    workspace = opened.workspace
    first, second, third = [image.id for image in workspace.project.images()][:3]
    with workspace.project.step("Accept mask") as step:
        step.add(Annotation(0, third, 1, square(workspace, 20)))
    for here in (first, second):
        workspace.session.navigation.open(here)
        qtbot.waitUntil(lambda: workspace.canvas.has_image, timeout=ANSWER_MS)
        workspace.panels["classes"].deleted.emit(1)
        two.key(Qt.Key.Key_Z, CTRL)
        assert workspace.session.image_id == here
        two.key(Qt.Key.Key_Y, CTRL)
        assert workspace.session.image_id == here
        two.key(Qt.Key.Key_Z, CTRL)
    assert all(each.category_id == 1 for each in workspace.project.annotation_table.all())


# --- when there is nothing to undo -------------------------------------------------------------------------------


def buttons(window) -> tuple[bool, bool]:
    """Whether undo and redo can be pressed in the tool bar."""
    bar = window.workspace.tool_bar
    return tuple(bar.findChild(QToolButton, name).isEnabled() for name in ("undo", "redo"))


def test_undo_and_redo_in_the_tool_bar_are_grey_while_there_is_nothing(hand, opened, qtbot):
    undo = opened.workspace.tool_bar.findChild(QToolButton, "undo")
    assert buttons(opened) == (False, False)
    assert undo.toolTip() == "Undo (Ctrl+Z)"
    hand.click(250, 250)
    hand.wait_for_mask()
    qtbot.waitUntil(lambda: buttons(opened) == (True, False))
    assert undo.toolTip() == "Undo the last click (Ctrl+Z)"
    hand.key(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: undo.toolTip() == "Undo Accept mask (Ctrl+Z)")
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: buttons(opened) == (False, True))
    opened.workspace.project.redo()
    qtbot.waitUntil(lambda: buttons(opened) == (True, False))


def test_a_project_that_has_steps_can_be_undone_as_soon_as_it_is_opened(two, opened, photos, qtbot):
    opened.projects.close()
    opened.open_path(photos)
    assert buttons(opened) == (True, False)


# --- keys that answer --------------------------------------------------------------------------------------------


def test_ctrl_s_says_that_all_is_saved_when_and_where(hand, opened):
    path = opened.workspace.project.path
    hand.key(Qt.Key.Key_S, CTRL)
    assert opened.toast.text() == f"Nothing was changed yet. Each change is saved at once, in {path}."
    accept_another(hand)
    hand.key(Qt.Key.Key_S, CTRL)
    assert opened.toast.text().startswith("Everything is saved, the last change today ")
    assert opened.toast.text().endswith(f", in {path}.")
    hand.click(100, 100)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_S, CTRL)
    assert opened.toast.text().endswith(f" in {path}. The mask in the making is not yet: Enter accepts it.")


def test_ctrl_s_says_what_is_not_saved_yet(hand, opened, qtbot):
    hand.click(250, 250)
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_S, CTRL)
    assert opened.toast.text().startswith("Not yet: 1 mask that was accepted is still being made")
    qtbot.waitUntil(lambda: hand.session.acceptance.pending == 0, timeout=ANSWER_MS)


def test_a_digit_without_a_class_says_so(hand, opened):
    hand.key(Qt.Key.Key_3)
    assert opened.toast.text().startswith("There are no classes yet:")
    hand.session.classes.add("car")
    hand.key(Qt.Key.Key_7)
    assert opened.toast.text() == "There is no class 7: the project has 1 class."
    hand.session.classes.add("dog")
    hand.key(Qt.Key.Key_9)
    assert opened.toast.text() == "There is no class 9: the project has 2 classes."
    hand.key(Qt.Key.Key_2)
    assert hand.session.classes.current.name == "dog"
