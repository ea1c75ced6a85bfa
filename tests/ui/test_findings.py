"""The check of the project in the window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.labeling.commands import REGISTRY
from app.masks.rle import Mask
from app.project.records import Annotation
from app.ui.dialogs.findings import findings_of
from tests.ui.conftest import ANSWER_MS


def _checked(window, qtbot):
    REGISTRY.run("file.check", window)
    assert window.jobs.current is not None
    dialog = findings_of(window.workspace)
    qtbot.waitUntil(dialog.isVisible, timeout=ANSWER_MS)
    return dialog


@pytest.fixture
def doubled(opened):
    """The same square twice on the last image, while the first one is shown."""
    workspace = opened.workspace
    pixels = np.zeros((workspace.session.image.height, workspace.session.image.width), bool)
    pixels[10:60, 10:60] = True
    image_id = workspace.project.images()[-1].id
    assert image_id != workspace.session.image_id
    with workspace.project.step("Accept mask") as step:
        for _ in range(2):
            step.add(Annotation(0, image_id, None, Mask.from_array(pixels)))
    return opened


def test_a_sound_project_has_no_findings(opened, qtbot):
    dialog = _checked(opened, qtbot)
    assert dialog.summary.text() == "Nothing found."
    assert not dialog.groups()


def test_enter_leads_to_the_objects_and_a_deleted_one_has_no_finding(doubled, qtbot):
    workspace = doubled.workspace
    dialog = _checked(doubled, qtbot)
    (group,) = [group for group in dialog.groups() if group.text(0) == "Duplicates (1)"]
    dialog.tree.setCurrentItem(group)
    QTest.keyClick(dialog.tree, Qt.Key.Key_Down)
    QTest.keyClick(dialog.tree, Qt.Key.Key_Return)
    image = workspace.project.images()[-1]
    ids = tuple(a.id for a in workspace.project.annotations(image.id))
    assert workspace.session.image_id == image.id
    assert workspace.session.objects.selection == ids
    qtbot.waitUntil(lambda: workspace.canvas.has_image, timeout=ANSWER_MS)
    x, y, width, height = workspace.canvas.viewport.visible()
    whole = workspace.canvas.viewport.image_width * workspace.canvas.viewport.image_height
    assert max(x, y) <= 10
    assert width * height < whole
    workspace.session.objects.delete_selected()
    assert dialog.summary.text() == "Nothing found."
