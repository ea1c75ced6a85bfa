"""The filter of the list of images: what it leaves is opened, marked and counted as it is."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractButton

from app.masks.rle import Mask
from app.project.records import ImageRecord
from app.ui.image_model import IS_SHOWN, RECORD, ImageModel
from app.ui.widgets.image_filter import ImageFilter
from tests.bench.driver import until
from tests.ui.conftest import Hand


@pytest.fixture
def panel(window, tmp_path):
    """The list of ten images, a0 to a4 and b0 to b4, the first one on the canvas."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in (f"{letter}{number}" for letter in "ab" for number in range(5)):
        Image.new("RGB", (8, 8)).save(folder / f"{name}.png")
    window.open_path(folder)
    until(lambda: window.workspace.images.rowCount() == 10 and window.workspace.canvas.has_image)
    return window.workspace.panels["images"]


def _name(panel):
    """Of the image on the canvas."""
    return panel._session.image.path


def _rows(panel):
    model = panel.view.model()
    return [model.index(row, 0) for row in range(model.rowCount())]


def _marked(panel):
    return [index.data(RECORD).path for index in _rows(panel) if index.data(IS_SHOWN)]


def _click(panel, row):
    at = panel.view.visualRect(panel.view.model().index(row, 0)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_an_image_that_is_filtered_out_is_not_marked_in_the_place_of_another(panel):
    panel.filter.setText("b")
    assert (_name(panel), _marked(panel)) == ("a0.png", [])
    assert not panel.view.currentIndex().isValid()
    assert not panel.view.selectionModel().selectedIndexes()
    panel.filter.setText("")
    assert (_name(panel), _marked(panel), panel.view.currentIndex().row()) == ("a0.png", ["a0.png"], 0)


@pytest.mark.parametrize("row", range(5))
def test_a_click_opens_each_image_that_the_filter_leaves(panel, row):
    panel.filter.setText("b")
    _click(panel, row)
    assert (_name(panel), _marked(panel)) == (f"b{row}.png", [f"b{row}.png"])


def test_views_are_told_of_each_change_in_its_order(qapp):
    images = ImageModel(qapp)
    model = ImageFilter(images, images)
    warn = QAbstractItemModelTester.FailureReportingMode.Warning  # which fails the test
    testers = [QAbstractItemModelTester(each, warn) for each in (images, model)]
    before = []
    model.modelAboutToBeReset.connect(lambda: before.append([model.index(row).data() for row in range(3)]))
    images.set_images([ImageRecord(id, f"{name}.png", 8, 8) for id, name in enumerate(("a1", "a2", "b1", "b2"), 1)], {})
    assert model.data(QModelIndex()) is None
    before.clear()
    model.set_text("b")
    model.set_text("B ")  # the same
    assert before == [["a1.png", "a2.png", "b1.png"]]
    for id, (text, name) in enumerate((("b", "b1x"), ("b", "a1x"), ("", "a3"), ("", "c")), 5):
        model.set_text(text)
        images.add_images([ImageRecord(id, f"{name}.png", 8, 8)])
    listed = [model.index(row).data() for row in range(model.rowCount())]
    assert listed == [record.path for record in images.records]
    del testers


def test_enter_in_the_filter_opens_the_first_image_that_it_leaves(panel):
    panel.filter.setFocus()
    QTest.keyClicks(panel.filter, "B2")
    QTest.keyClick(panel.filter, Qt.Key.Key_Return)
    assert (_name(panel), _marked(panel)) == ("b2.png", ["b2.png"])


def test_enter_in_the_filter_leads_back_to_the_canvas_unless_nothing_is_left(panel):
    canvas = panel.window().workspace.canvas
    panel.filter.setFocus()
    QTest.keyClicks(panel.filter, "none")
    QTest.keyClick(panel.filter, Qt.Key.Key_Return)
    assert panel.filter.hasFocus()
    panel.filter.setText("b3")
    QTest.keyClick(panel.filter, Qt.Key.Key_Return)
    assert canvas.hasFocus()
    assert _name(panel) == "b3.png"


def test_the_list_shows_the_image_on_the_canvas_once_the_filter_is_cleared(panel):
    panel.view.setFixedHeight(120)
    panel.filter.setFocus()
    QTest.keyClicks(panel.filter, "b4")
    QTest.keyClick(panel.filter, Qt.Key.Key_Return)
    panel.filter.findChild(QAbstractButton).click()
    assert panel.view.model().rowCount() == 10
    row = panel.view.visualRect(panel.view.currentIndex())
    assert panel.view.currentIndex().data(RECORD).path == "b4.png"
    assert panel.view.viewport().rect().contains(row)


def test_arrow_keys_walk_through_what_the_filter_leaves(panel):
    panel.filter.setFocus()
    QTest.keyClicks(panel.filter, "b")
    QTest.keyClick(panel.filter, Qt.Key.Key_Down)
    assert (_name(panel), panel.view.hasFocus()) == ("b0.png", True)
    for expected in ("b1.png", "b2.png"):
        QTest.keyClick(panel.view, Qt.Key.Key_Down)
        assert (_name(panel), _marked(panel)) == (expected, [expected])
    QTest.keyClick(panel.view, Qt.Key.Key_Up)
    assert _name(panel) == "b1.png"
    panel.filter.setText("a")
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    assert _name(panel) == "a0.png"


def test_enter_in_the_list_opens_the_image_under_the_cursor(panel):
    panel.filter.setText("b")
    panel.view.setFocus()
    panel._showing = True  # the cursor is put there, and nothing is opened by that
    panel.view.setCurrentIndex(panel.view.model().index(3, 0))
    panel._showing = False
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert (_name(panel), _marked(panel)) == ("b3.png", ["b3.png"])


def test_coming_to_the_list_with_tab_opens_nothing(panel):
    panel.filter.setText("b")
    panel.view.setFocus(Qt.FocusReason.TabFocusReason)
    assert (_name(panel), _marked(panel)) == ("a0.png", [])


def test_an_image_that_is_opened_otherwise_is_marked_only_where_it_is_listed(panel):
    session = panel._session
    panel.filter.setText("b")
    _click(panel, 0)
    session.navigation.open(session.project.images()[4].id)
    assert (_name(panel), _marked(panel)) == ("a4.png", [])
    session.navigation.next()
    assert (_name(panel), _marked(panel)) == ("b0.png", ["b0.png"])


def test_the_way_leads_through_what_the_filter_leaves(panel, window, qtbot):
    hand = Hand(window, qtbot)
    for record in panel._session.project.images()[:2]:
        panel._session.navigation.open(record.id)  # a0, then a1, which the filter hides
    panel.filter.setText("0")
    hand.key(Qt.Key.Key_D)
    assert _name(panel) == "b0.png"
    hand.key(Qt.Key.Key_D)
    assert _name(panel) == "b0.png"
    assert window.toast.text() == "The filter of the list lets no further image be seen."
    hand.key(Qt.Key.Key_A)
    assert _name(panel) == "a0.png"
    panel.filter.setText("")
    hand.key(Qt.Key.Key_D)
    assert _name(panel) == "a1.png"


def test_the_footer_counts_what_is_shown(panel):
    project, footer = panel._session.project, panel._summary
    assert footer.text() == "10 images, 0 done"
    panel.filter.setText("b1")
    assert footer.text() == "1 of 10 images, 0 done"
    with project.step("Mark done") as step:
        for record in project.images():
            if record.path in ("a1.png", "b1.png"):
                step.put(replace(record, status="done"))
    assert footer.text() == "1 of 10 images, 1 done"
    panel.filter.setText("nothing of the kind")
    assert footer.text() == "0 of 10 images, 0 done"
    panel.filter.setText(" ")
    assert footer.text() == "10 images, 2 done"


def test_escape_ends_the_search_and_leaves_the_field_and_what_is_in_the_making(panel, window):
    editor = window.workspace.session.editor
    pixels = np.zeros((8, 8), bool)
    pixels[2:5, 2:5] = True
    editor.edit(Mask.from_array(pixels), "brush")
    panel.filter.setFocus()
    QTest.keyClicks(panel.filter, "b")
    assert len(_rows(panel)) == 5
    QTest.keyClick(panel.filter, Qt.Key.Key_Escape)
    assert (panel.filter.text(), len(_rows(panel))) == ("", 10)
    assert editor.draft.is_live
    assert window.focusWidget() is window.workspace.canvas


def test_images_that_come_while_a_filter_is_on_are_listed_where_it_lets_them_be_seen(panel, window):
    folder, scanner = window.workspace.project.root, window.projects.scanning.scanner
    _click(panel, 3)
    panel.filter.setText("b")
    for name in ("a15", "b15", "a9", "b2x", "c"):
        Image.new("RGB", (8, 8)).save(folder / f"{name}.png")
    until(lambda: not scanner.is_active)
    window.projects.scanning.start()
    until(lambda: panel.model.rowCount() == 15)
    assert [index.data(RECORD).path for index in _rows(panel)] == [
        "b0.png", "b1.png", "b2.png", "b2x.png", "b3.png", "b4.png", "b15.png",
    ]  # fmt: skip
    panel.filter.setText("")
    listed = [index.data(RECORD).path for index in _rows(panel)]
    assert listed == [image.path for image in window.workspace.project.images()]
    assert (_marked(panel), panel.view.currentIndex().data(RECORD).path) == (["a3.png"], "a3.png")
    until(lambda: not scanner.is_active)
    Image.new("RGB", (8, 8)).save(folder / "a0x.png")
    window.projects.scanning.start()
    until(lambda: panel.model.rowCount() == 16)
    assert [index.data(RECORD).path for index in _rows(panel)][:3] == ["a0.png", "a0x.png", "a1.png"]
    assert panel.view.currentIndex().data(RECORD).path == "a3.png"
