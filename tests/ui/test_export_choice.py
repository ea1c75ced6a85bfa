"""What is clicked in the list of formats is what is chosen, also when that changes the room of the list."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.ui.dialogs.export import ExportDialog
from tests.bench.driver import wait


@pytest.fixture
def dialog(opened):
    project = opened.workspace.project
    dialog = ExportDialog(project.statistics.counts(), opened.exchange.try_export, opened)
    dialog.show()
    yield dialog
    dialog.reject()
    dialog.deleteLater()


def _mouse(kind, widget, at, button, down):
    event = QMouseEvent(
        kind, QPointF(at), QPointF(widget.mapToGlobal(at)), button, down, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(widget, event)


def _click(dialog, row, moved):
    """As a hand does: the button is down for a while, and the mouse is not quite still."""
    choices = dialog.list
    choices.scrollToItem(choices.item(row))
    wait(20)
    at, view = choices.visualItemRect(choices.item(row)).center(), choices.viewport()
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    _mouse(QEvent.Type.MouseButtonPress, view, at, left, left)
    wait(120)
    _mouse(QEvent.Type.MouseMove, view, at + moved, none, left)
    wait(20)
    _mouse(QEvent.Type.MouseButtonRelease, view, at + moved, left, none)
    wait(20)


def _row(dialog, name):
    rows = {dialog.list.item(row).data(Qt.ItemDataRole.UserRole).name: row for row in range(dialog.list.count())}
    return rows[name]


@pytest.mark.parametrize("moved", [QPoint(0, 0), QPoint(1, 0), QPoint(0, 3)])
def test_a_click_chooses_the_format_under_it(dialog, moved):
    QTest.keyClick(dialog.list, Qt.Key.Key_End)
    for name in ("voc", "yolo-seg", "coco", "yolo-seg", "voc", "png"):
        _click(dialog, _row(dialog, name), moved)
        assert dialog.chosen.name == name
        assert [item.data(Qt.ItemDataRole.UserRole).name for item in dialog.list.selectedItems()] == [name]
        assert dialog.trial is not None
        assert dialog.list.viewport().rect().intersects(dialog.list.visualItemRect(dialog.list.currentItem()))


def test_the_dialog_stays_as_wide_as_it_is_with_every_format_and_fits_a_small_screen_at_200_percent(dialog):
    before = dialog.width()
    for row in range(dialog.list.count()):
        dialog.list.setCurrentRow(row)
        wait(20)
        assert dialog.width() == before, dialog.chosen.name
        assert dialog.minimumSizeHint().width() <= 640
