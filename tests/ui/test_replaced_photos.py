"""Photos that were renamed, replaced or resized between two openings, or under the open window."""

from __future__ import annotations

import os
from contextlib import closing

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.labeling.commands import REGISTRY
from app.project.store import Project
from app.work import run
from tests.project.test_photos import SIZE, block, labelled, named, picture, rename, save
from tests.ui.conftest import ANSWER_MS

COLOURS = np.array([picture(number)[0, 0] for number in range(4)])


def opened_with(window, qtbot, path):
    window.open_path(path)
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: not window.projects.scanning.scanner.is_active, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: window.workspace.canvas.has_image, timeout=ANSWER_MS)
    return window.workspace


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def shown_colour(window, qtbot):
    """That of the upper left corner of the picture on the canvas."""
    canvas = window.workspace.canvas
    canvas.fit_box((0, 0, SIZE[1], SIZE[0]))
    qtbot.wait(50)
    x, y = canvas.viewport.to_view(60.5, 46.5)
    ratio = canvas.devicePixelRatioF()
    return canvas.grab().toImage().pixelColor(round(x / ratio), round(y / ratio)).red()


def test_renumbered_frames_are_shown_with_their_own_masks(window, tmp_path, qtbot):
    folder = tmp_path / "photos"
    labelled(folder, ["f0", "f1", "f2"]).close()
    rename(folder, {"f0": "f1", "f1": "f2", "f2": "f0"})
    workspace = opened_with(window, qtbot, folder / "p.maskwright")
    for number in range(3):
        image = named(workspace.project, f"f{(number + 1) % 3}.png")
        [annotation] = workspace.project.annotations(image.id)
        assert annotation.mask == block(number)
        workspace.session.navigation.open(image.id)
        qtbot.waitUntil(lambda: workspace.canvas.has_image, timeout=ANSWER_MS)
        assert abs(shown_colour(window, qtbot) - COLOURS[number, 0]) <= 2
    assert not workspace.replaced_bar.isVisible()
    assert [workspace.images.data(workspace.images.index(row)) for row in range(3)] == ["f0.png", "f1.png", "f2.png"]


def test_a_resized_photo_is_told_at_opening_until_the_person_says_it_is_right(window, tmp_path, qtbot):
    folder = tmp_path / "photos"
    labelled(folder, ["a", "b"]).close()
    Image.fromarray(picture(1)).resize((32, 24), Image.Resampling.NEAREST).save(folder / "b.png")
    workspace = opened_with(window, qtbot, folder / "p.maskwright")
    bar, project = workspace.replaced_bar, workspace.project
    assert bar.isVisible()
    assert "b.png (64 x 48 then, 32 x 24 now)" in bar.accessibleName()
    if os.environ.get("MASKWRIGHT_SHOTS"):
        window.grab().save(f"{os.environ['MASKWRIGHT_SHOTS']}/replaced.png")
    click(bar.show_next)
    image = named(project, "b.png")
    qtbot.waitUntil(lambda: workspace.session.image_id == image.id and workspace.canvas.has_image, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: workspace.session.place.image_size == (24, 32), timeout=ANSWER_MS)
    with closing(Project.open(project.path, read_only=True)) as other:  # to look at it says nothing
        assert [each.path for each in run(other.folder.replaced())] == ["b.png"]
    click(bar.right)
    assert not bar.isVisible()
    assert "1 photo is right as it is." in workspace.toast.text()
    [annotation] = project.annotations(image.id)
    assert annotation.mask.size == (24, 32)
    assert run(project.folder.replaced()) == []
    window.projects.scanning.start()
    qtbot.waitUntil(lambda: not window.projects.scanning.scanner.is_active, timeout=ANSWER_MS)
    assert not bar.isVisible()


def test_a_photo_that_is_replaced_while_the_window_is_open_is_told_when_it_is_looked_at(window, tmp_path, qtbot):
    folder = tmp_path / "photos"
    labelled(folder, ["a", "b"]).close()
    workspace = opened_with(window, qtbot, folder / "p.maskwright")
    assert not workspace.replaced_bar.isVisible()
    save(folder / "b.png", 3)
    workspace.session.navigation.open(named(workspace.project, "b.png").id)
    qtbot.waitUntil(lambda: workspace.replaced_bar.isVisible(), timeout=ANSWER_MS)
    assert "b.png" in workspace.replaced_bar.accessibleName()
    assert "was replaced after 1 mask" in workspace.toast.text()


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
def test_the_list_of_findings_leads_to_replaced_photos_and_hears_that_they_are_right(window, tmp_path, qtbot, names):
    folder = tmp_path / "photos"
    labelled(folder, [*names, "same"]).close()
    for name in names:
        save(folder / f"{name}.png", 3)
    workspace = opened_with(window, qtbot, folder / "p.maskwright")
    REGISTRY.run("file.check", window)
    panel = workspace.panels["findings"]
    qtbot.waitUntil(lambda: window.jobs.current is None, timeout=ANSWER_MS)
    replaced = [n for n, each in enumerate(panel.model.findings) if each.kind == "replaced"]
    assert [panel.model.findings[n].image for n in replaced] == [f"{name}.png" for name in names]
    panel.chosen.emit(replaced[0])
    assert workspace.session.image.path == "a.png"
    workspace.finding_decided.emit("fine")
    assert [panel.model.findings[n].state for n in replaced] == ["mended", "open"][: len(names)]
    assert workspace.replaced_bar.isVisible() == (len(names) > 1)
    assert [each.path for each in run(workspace.project.folder.replaced())] == ["b.png"][: len(names) - 1]
