"""What stands at the end of a row (a dot, an eye) is seen, however narrow the list and however long its names."""

from __future__ import annotations

import os

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.masks.rle import Mask
from app.project.records import Annotation
from app.ui import theme
from app.ui.image_model import NAME
from app.ui.widgets.image_delegate import shown_lines
from app.ui.widgets.rows import ICON_WIDTH
from tests.bench.driver import until, wait

LONG = "a_very_long_name_that_nobody_would_ever_read_to_its_end"


@pytest.fixture(params=["dark", "light"])
def many(request, window, tmp_path):
    """A window on forty images with long names in a folder with a long name, one of them with objects, all done."""
    folder = tmp_path / "photos"
    (folder / LONG).mkdir(parents=True)
    first = folder / LONG / f"{LONG}_00000.png"
    Image.new("RGB", (80, 60)).save(first)
    for number in range(1, 40):
        os.link(first, folder / LONG / f"{LONG}_{number:05}.png")
    window.preferences.choose_scheme(request.param)
    window.open_path(folder)
    until(lambda: window.workspace.images.rowCount() == 40 and window.workspace.canvas.has_image)
    project = window.workspace.project
    with project.step("Accept masks") as step:
        for record in project.images():
            step.put(replace(record, status="done"))
        for _ in range(30):
            step.add(Annotation(0, project.images()[0].id, None, Mask.from_array(np.ones((60, 80), bool))))
    for number in range(30):
        window.workspace.session.classes.add(f"{LONG} {number}")
    yield window
    window.preferences.choose_scheme("system")


def _narrow(window, width):
    workspace, docks = window.workspace, window.projects.docks._docks
    for id in ("images", "classes", "objects"):
        workspace.resizeDocks([docks[id]], [width], Qt.Orientation.Horizontal)
    wait(50)


@pytest.mark.parametrize("width", [1, 150, 300])
def test_no_row_is_wider_than_its_list(many, width):
    _narrow(many, width)
    panels = many.workspace.panels
    for view in (panels["images"].view, panels["classes"].list, panels["objects"].list):
        assert view.verticalScrollBar().isVisible()
        assert not view.horizontalScrollBar().isVisible()
        for row in range(view.model().rowCount()):
            rect = view.visualRect(view.model().index(row, 0))
            assert 0 <= rect.left() <= rect.right() <= view.viewport().width() - 1


@pytest.mark.parametrize("width", [1, 150, 300])
def test_the_dot_of_every_image_is_seen(many, width):
    _narrow(many, width)
    view = many.workspace.panels["images"].view
    QApplication.processEvents()
    picture = view.viewport().grab().toImage()
    good = QColor(theme.colors().good).rgb()
    ratio = picture.devicePixelRatio()
    for row in range(3):
        rect = view.visualRect(view.model().index(row, 0))
        found = [
            x
            for x in range(picture.width())
            for y in range(round(rect.top() * ratio), round(rect.bottom() * ratio))
            if picture.pixel(x, y) == good
        ]
        assert len(found) > 30 * ratio**2
        assert max(found) < picture.width() - 5


def test_a_click_on_the_eye_of_a_narrow_list_hides_the_object(many):
    _narrow(many, 1)
    view = many.workspace.panels["objects"].list
    rect = view.visualRect(view.model().index(0, 0))
    at = rect.center()
    at.setX(rect.right() - ICON_WIDTH // 2)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert sum(annotation.hidden for annotation in many.workspace.session.objects.all()) == 1


def test_names_that_differ_at_their_end_are_different_in_the_list(many):
    """And the whole name is in the tooltip and in the title of the window."""
    _narrow(many, 230)
    view = many.workspace.panels["images"].view
    metrics = view.fontMetrics()
    indices = [view.model().index(row, 0) for row in range(40)]
    shown = [i.data(NAME).shortened(lambda text: metrics.horizontalAdvance(text) <= 110) for i in indices]
    assert len(set(shown)) == 40
    assert all(name.endswith(f"{number:05}.png") for number, name in enumerate(shown))
    path = f"{LONG}/{LONG}_00000.png"
    assert path in indices[0].data(Qt.ItemDataRole.ToolTipRole)
    assert many.windowTitle() == f"photos - {path} - Maskwright"
    many.workspace.session.navigation.next()
    assert many.windowTitle() == f"photos - {LONG}/{LONG}_00001.png - Maskwright"
    many.leave_project()
    assert many.windowTitle() == "Maskwright"
    assert many.status._zoom.text() == ""


def test_a_long_name_is_seen_in_two_lines(window, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("Einkauf im März vor dem Haus.png", "b.png"):
        Image.new("RGB", (80, 60)).save(folder / name)
    window.open_path(folder)
    until(lambda: window.workspace.images.rowCount() == 2 and window.workspace.canvas.has_image)
    view = window.workspace.panels["images"].view
    metrics, index = view.fontMetrics(), view.model().index(1, 0)
    assert "Einkauf" in index.data(Qt.ItemDataRole.DisplayRole)
    lines = shown_lines(index, metrics, view.viewport().width() - 94)
    assert "".join(lines).replace(" ", "") == "EinkaufimMärzvordemHaus.png"
    assert len(lines) == 2
    assert 2 * metrics.height() <= view.visualRect(index).height()
