"""The export dialog tells what readers will see of the outlines, for the format and the detail that are chosen."""

import re

import cv2
import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox

from app.formats.registry import formats
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from app.ui.dialogs.export import ExportDialog
from tests.ui.conftest import ANSWER_MS


@pytest.fixture
def dialog(opened, qtbot):
    """On a project with round objects."""
    project, image = opened.workspace.project, opened.workspace.session.image
    with project.step("Accept masks") as step:
        category = step.add(Category(0, "cat", "#777777"))
        for number in range(1, 6):
            pixels = np.zeros((image.height, image.width), np.uint8)
            cv2.circle(pixels, (60, 60), 8 * number, 1, -1)
            step.add(Annotation(0, image.id, category.id, Mask.from_array(pixels.astype(bool))))
    dialog = ExportDialog(project.statistics.counts(), opened.exchange.try_export, opened)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    dialog.reject()


def choose(dialog, name):
    dialog.list.setCurrentRow([each.name for each in formats()].index(name))


def field(dialog, name):
    (box,) = [box for box in dialog.form.findChildren(QComboBox) if box.findData(name) >= 0]
    return box


def figures(dialog, qtbot):
    """IoU on average, and points an object."""
    qtbot.waitUntil(lambda: "IoU" in dialog.outlines.text(), timeout=ANSWER_MS)
    points, iou = re.search(r"5 objects: (\d+) points each, IoU ([\d.]+) in", dialog.outlines.text()).groups()
    return float(iou), int(points)


def test_less_detail_shows_fewer_points_and_what_they_cost(dialog, qtbot):
    choose(dialog, "yolo-seg")
    assert figures(dialog, qtbot)[0] == 1
    assert "Ultralytics" in dialog.outlines.text()
    exact = figures(dialog, qtbot)
    box = field(dialog, "exact")
    box.setCurrentIndex(box.findData("2"))
    assert "IoU" not in dialog.outlines.text()
    rough = figures(dialog, qtbot)
    assert rough[1] < exact[1] / 3
    assert 0.8 < rough[0] < 1


def test_nothing_is_told_of_outlines_where_none_are_written(dialog, qtbot):
    choose(dialog, "coco")
    assert not dialog.outlines.isVisible()
    assert not field(dialog, "exact").isEnabled()
    box = field(dialog, "polygons")
    box.setCurrentIndex(box.findData("polygons"))
    assert dialog.outlines.isVisible()
    assert field(dialog, "exact").isEnabled()
    assert figures(dialog, qtbot)[0] == 1
    choose(dialog, "voc")
    assert not dialog.outlines.isVisible()


def test_the_figures_do_not_wait_for_the_trial(dialog, qtbot, monkeypatch):
    def endless(_project, _each, **_options):
        while True:
            yield 1, 4

    monkeypatch.setattr("app.ui.jobs.try_export", endless)
    choose(dialog, "cityscapes")
    assert figures(dialog, qtbot)[0] == 1
    assert dialog.progress.isVisible()


def test_who_will_read_it_marks_format_and_options(dialog, qtbot):
    box = dialog.program
    assert box.currentData() is None
    for row in range(1, box.count()):
        box.setCurrentIndex(row)
        box.activated.emit(row)
        program = box.itemData(row)
        assert dialog.chosen.name == program.format_name
        assert program.options.items() <= dialog.options.items()
        assert box.toolTip()
