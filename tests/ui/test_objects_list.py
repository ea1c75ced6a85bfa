"""The list of objects: it tells what is different, and makes the rows that are seen."""

from __future__ import annotations

import random

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from app.masks.rle import Mask
from app.project.records import Annotation, Category
from app.ui.panels.objects import ObjectModel
from app.ui.widgets.rows import ICON_WIDTH, ROW
from tests.bench.driver import wait
from tests.ui.list_menus import open_menu

MASK = Mask.from_array(np.ones((4, 5), bool))
CLASSES = {1: Category(1, "cat", "#aa0000"), 2: Category(2, "dog", "#00aa00")}


def objects(*ids):
    return [Annotation(id, 1, 1 + id % 2, MASK) for id in ids]


@pytest.fixture
def model(qapp):
    """Looked at by Qt's own tester, and by a list that believes what it is told."""
    model = ObjectModel(qapp)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield model
    tester.deleteLater()
    model.deleteLater()


def test_after_any_change_the_rows_are_those_of_the_objects(model):
    dice, shown = random.Random(3), objects(*range(10))
    number = 10
    for _ in range(200):
        match dice.choice(("top", "insert", "remove", "change", "remove some", "all")):
            case "top":
                shown = [*objects(number), *shown]
                number += 1
            case "insert":
                shown.insert(dice.randint(0, len(shown)), *objects(number))
                number += 1
            case "remove" if shown:
                shown.pop(dice.randrange(len(shown)))
            case "change" if shown:
                place = dice.randrange(len(shown))
                shown[place] = replace(shown[place], hidden=not shown[place].hidden)
            case "remove some":
                shown = [each for each in shown if dice.random() < 0.8]
            case "all" if dice.random() < 0.1:
                shown = []
            case _:
                pass
        model.show(list(shown), CLASSES)
        assert [model.index(row).data(ROW).id for row in range(model.rowCount())] == [each.id for each in shown]
        assert [model.row(row).muted for row in range(model.rowCount())] == [each.hidden for each in shown]


def test_only_what_is_different_is_told(model):
    told = []
    model.dataChanged.connect(lambda first, last, _roles: told.append(("changed", first.row(), last.row())))
    model.rowsInserted.connect(lambda _parent, first, last: told.append(("new", first, last)))
    model.rowsRemoved.connect(lambda _parent, first, last: told.append(("gone", first, last)))
    model.modelReset.connect(lambda: told.append("all anew"))
    shown = objects(*range(3000))
    model.show(shown, CLASSES)
    model.show([*objects(3000), *shown], CLASSES)
    model.show(shown, CLASSES)
    model.select([7])
    model.select([8])
    model.select([])
    recolored = {**CLASSES, 1: replace(CLASSES[1], color="#0000aa")}
    model.show(shown, recolored)
    assert told == [
        ("new", 0, 2999), ("changed", 0, 2999), ("new", 0, 0), ("gone", 0, 0),
        ("changed", 7, 7), *told[5:7], ("changed", 8, 8), ("changed", 0, 2999),
    ]  # fmt: skip
    assert sorted(told[5:7]) == [("changed", 7, 7), ("changed", 8, 8)]
    assert model.row(1).color == CLASSES[2].color
    assert model.row(0).color == "#0000aa"


def test_a_row_shows_what_the_model_said_and_tells_the_area_as_well(model):
    by_hand, by_model = objects(1, 2)
    model.show([by_hand, replace(by_model, provenance={"predicted_iou": 0.934})], CLASSES)
    assert [model.row(row).detail for row in range(2)] == ["–", "0.93"]
    told = [model.index(row).data(Qt.ItemDataRole.ToolTipRole) for row in range(2)]
    assert f"{by_hand.mask.area} px" in told[0]
    assert "predicted IoU" not in told[0]
    assert "predicted IoU 0.93" in told[1]
    assert f"{by_model.mask.area} px" in told[1]


@pytest.fixture
def listed(hand, opened):
    """Thirty objects, more than there is room for."""
    workspace = opened.workspace
    image = workspace.session.image
    pixels = np.zeros((image.height, image.width), bool)
    with workspace.project.step("Fill") as step:
        for number in range(30):
            pixels[:] = False
            pixels[10 * number : 10 * number + 8, 10:200] = True
            step.add(Annotation(0, image.id, None, Mask.from_array(pixels)))
    wait(50)
    return workspace


CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def click(view, row, x=40, act=QTest.mouseClick, held=Qt.KeyboardModifier.NoModifier):
    place = view.visualRect(view.model().index(row, 0))
    act(view.viewport(), Qt.MouseButton.LeftButton, held, QPoint(x, place.center().y()))


def test_a_click_selects_its_eye_hides_and_a_double_click_refines(listed):
    view, session = listed.panels["objects"].list, listed.session
    ids = [annotation.id for annotation in session.objects.all()][::-1]
    click(view, 2)
    assert session.objects.selection == (ids[2],)
    assert [view.model().index(row, 0).data(ROW).selected for row in (1, 2, 3)] == [False, True, False]
    click(view, 1, view.viewport().width() - ICON_WIDTH // 2)
    assert [a.id for a in session.objects.all() if a.hidden] == [ids[1]]
    assert session.objects.selection == (ids[2],)
    assert view.model().index(1, 0).data(ROW).icon == "eye-off"
    click(view, 3)
    click(view, 3, act=QTest.mouseDClick)
    assert session.editor.draft.resumed.id == ids[3]


def test_ctrl_adds_and_removes_a_row_and_shift_selects_the_rows_between(listed, hand):
    view, session = listed.panels["objects"].list, listed.session
    ids = [annotation.id for annotation in session.objects.all()][::-1]

    def after(row, held):
        """The rows that are selected; list and canvas show the same."""
        click(view, row, held=held)
        rows = [ids.index(each) for each in session.objects.selection]
        assert [n for n in range(len(ids)) if view.model().index(n, 0).data(ROW).selected] == sorted(rows)
        assert sorted(hand.canvas.marks.selection) == sorted(session.objects.selection)
        assert view.currentIndex().row() == row
        return rows

    click(view, 1)
    assert after(3, CTRL) == [1, 3]
    assert after(1, CTRL) == [3]
    assert after(5, CTRL) == [3, 5]
    assert after(3, SHIFT) == [5, 4, 3]
    assert after(6, SHIFT) == [5, 6], "from where the last click without Shift was"
    assert after(0, CTRL) == [5, 6, 0]
    assert after(2, CTRL | SHIFT) == [5, 6, 0, 1, 2]
    session.objects.select(ids[4])
    assert after(6, SHIFT) == [4, 5, 6], "from what was selected elsewhere"
    click(view, 2)
    assert session.objects.selection == (ids[2],)
    assert after(4, SHIFT) == [2, 3, 4]
    hand.key(Qt.Key.Key_Delete)
    assert [each.id for each in session.objects.all()][::-1] == ids[:2] + ids[5:]
    assert session.objects.selection == ()
    click(view, 1, held=SHIFT)
    assert session.objects.selection == (ids[1],)


def test_two_quick_clicks_with_ctrl_add_and_remove_and_open_nothing(listed):
    view, session = listed.panels["objects"].list, listed.session
    click(view, 1)
    before = session.objects.selection
    click(view, 3, held=CTRL)
    assert len(session.objects.selection) == 2
    click(view, 3, act=QTest.mouseDClick, held=CTRL)
    click(view, 3, act=QTest.mouseRelease, held=CTRL)
    assert session.objects.selection == before
    assert not session.editor.draft.is_live


def test_shift_keeps_the_place_that_one_has_scrolled_to(listed):
    view, session = listed.panels["objects"].list, listed.session
    session.objects.select(session.objects.all()[0].id)  # the lowest row, out of view at the top
    view.scrollToTop()
    view.verticalScrollBar().setValue(20)
    click(view, 2, held=SHIFT)
    assert len(session.objects.selection) == 28
    assert view.verticalScrollBar().value() == 20


def test_the_arrow_keys_walk_and_delete_deletes(listed):
    view, session = listed.panels["objects"].list, listed.session
    ids = [annotation.id for annotation in session.objects.all()][::-1]
    click(view, 0)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert session.objects.selection == (ids[2],)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert len(session.objects.all()) == 29
    assert view.count() == 29


def test_tab_scrolls_to_what_it_selects_and_a_new_object_does_not_scroll(listed, hand):
    view, session = listed.panels["objects"].list, listed.session
    for _ in range(3):
        hand.key(Qt.Key.Key_Tab)  # the lowest ones, at the end of the list
    wait(20)
    assert view.currentIndex().row() == 27
    assert view.viewport().rect().contains(view.visualRect(view.currentIndex()))
    hand.key(Qt.Key.Key_Escape)
    assert not view.currentIndex().isValid()
    offset = view.verticalScrollBar().value()
    assert offset > 0
    session.objects.toggle_hidden(session.objects.all()[0].id)
    wait(20)
    assert view.verticalScrollBar().value() == offset


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_a_right_click_opens_a_menu_for_what_is_selected(listed):
    view, session = listed.panels["objects"].list, listed.session
    ids = [annotation.id for annotation in session.objects.all()][::-1]
    session.classes.add("cat")
    click(view, 1)
    click(view, 2, held=CTRL)
    menu = open_menu(view, 2)
    assert session.objects.selection == (ids[1], ids[2])
    entries = {action.objectName() or action.text(): action for action in menu.actions()}
    classes = entries["Class"].menu()
    classes.aboutToShow.emit()
    classes.actions()[0].trigger()
    assert {a.id for a in session.objects.all() if a.category_id} == {ids[1], ids[2]}
    entries["object.delete"].trigger()
    menu.close()
    assert not {ids[1], ids[2]} & {a.id for a in session.objects.all()}
    open_menu(view, 4, view.viewport().width() - ICON_WIDTH // 2).close()  # on the eye, which it leaves as it is
    assert session.objects.selection == (ids[6],)
    assert not any(a.hidden for a in session.objects.all())


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_the_menu_changes_no_class_while_a_mask_is_in_the_making(listed):
    view, session = listed.panels["objects"].list, listed.session
    session.classes.add("cat")
    session.editor.edit(session.objects.all()[0].mask, "brush")
    menu = open_menu(view, 4)
    [classes] = [action for action in menu.actions() if action.text() == "Class"]
    assert not classes.isEnabled()
    menu.close()
