"""The check of the project in the window: what it found stays beside the canvas."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.images.reading import image_size
from app.labeling.commands import REGISTRY
from app.masks.rle import Mask
from app.project.records import Annotation
from app.ui import theme
from tests.ui.conftest import ANSWER_MS, Hand

NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
SHOTS = os.environ.get("MASKWRIGHT_SHOTS")
"""A folder to keep pictures of what the test saw, for human eyes."""


def checked(window, qtbot):
    before = window.workspace.panels["findings"].model.findings
    REGISTRY.run("file.check", window)
    assert window.jobs.current is not None
    panel = window.workspace.panels["findings"]
    qtbot.waitUntil(lambda: window.jobs.current is None, timeout=ANSWER_MS)
    assert panel.isVisible()
    assert panel.model.findings is not before
    return panel


def mask_of(window, *squares, holes=(), image: int = -1) -> Mask:
    """Squares of (y, x, side) on an image."""
    project = window.workspace.project
    width, height = image_size(project.image_path(project.images()[image]))
    pixels = np.zeros((height, width), bool)
    for y, x, side in squares:
        pixels[y : y + side, x : x + side] = True
    for y, x, side in holes:
        pixels[y : y + side, x : x + side] = False
    return Mask.from_array(pixels)


def add(window, *masks, image: int = -1, category_id=None) -> list[int]:
    image_id = window.workspace.project.images()[image].id
    with window.workspace.project.step("Accept mask") as step:
        return [step.add(Annotation(0, image_id, category_id, mask)).id for mask in masks]


def states(panel) -> list[str]:
    return [each.state for each in panel.model.findings]


@pytest.fixture
def doubled(opened):
    """The same square twice on the last image, while the first one is shown."""
    workspace = opened.workspace
    assert workspace.project.images()[-1].id != workspace.session.image_id
    add(opened, *[mask_of(opened, (10, 10, 50))] * 2)
    return opened


@pytest.fixture
def faulty(opened):
    """Islands, holes and an empty mask on two images."""
    island = mask_of(opened, (10, 10, 50), (200, 200, 2), image=0)
    add(opened, island, mask_of(opened, image=0), image=0)
    add(
        opened,
        mask_of(opened, (100, 100, 40), holes=[(110, 110, 3)]),
        mask_of(opened, (300, 10, 40), (90, 300, 3)),
        image=-1,
    )
    return opened


def test_a_sound_project_has_no_findings(opened, qtbot):
    panel = checked(opened, qtbot)
    assert panel.summary.text() == "Nothing found."
    assert not panel.model.findings
    assert not panel.view.isVisible()


def test_enter_leads_to_the_objects_and_a_deleted_one_is_mended(doubled, qtbot):
    workspace = doubled.workspace
    panel = checked(doubled, qtbot)
    assert panel.kinds.itemText(1) == "Duplicates (1)"
    panel.view.setCurrentIndex(panel.model.index(0))
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
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
    qtbot.waitUntil(lambda: states(panel) == ["mended"])
    assert panel.summary.text() == "0 open, 1 mended"
    workspace.session.undo_stack.undo()
    qtbot.waitUntil(lambda: states(panel) == ["open"])


def test_f8_leads_from_one_open_finding_to_the_next_image_by_image_and_back(faulty, qtbot):
    workspace, hand = faulty.workspace, Hand(faulty, qtbot)
    panel = checked(faulty, qtbot)
    first, last = workspace.project.images()[0].id, workspace.project.images()[-1].id
    assert [each.kind for each in panel.model.findings] == ["island", "empty", "pinhole", "island"]
    workspace.canvas.setFocus()
    seen = []
    for _ in range(5):
        hand.key(Qt.Key.Key_F8)
        seen.append((workspace.session.image_id, workspace.session.objects.selection))
    assert seen == [(first, (1,)), (first, (2,)), (last, (3,)), (last, (4,)), (first, (1,))]
    hand.key(Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    assert workspace.session.objects.selection == (4,)
    assert workspace.canvas.hasFocus()
    hand.key(Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    QTest.mouseClick(panel.fine, Qt.MouseButton.LeftButton)
    hand.key(Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    hand.key(Qt.Key.Key_F8)
    assert workspace.session.objects.selection == (4,)  # past the one that is fine
    assert states(panel) == ["open", "open", "fine", "open"]


def test_from_the_past_no_finding_is_gone_to(faulty, qtbot):
    """It shows other objects than those that were found; Ctrl+B would bring back the selected ones alone."""
    session, hand = faulty.workspace.session, Hand(faulty, qtbot)
    panel = checked(faulty, qtbot)
    session.review.look_back(0)
    [image_menu] = [each for each in faulty.menuBar().findChildren(QMenu) if each.title() == "&Image"]
    for key, modifiers in ((Qt.Key.Key_F8, NONE), (Qt.Key.Key_F8, SHIFT), (Qt.Key.Key_F8, CTRL)):
        faulty.toast.show_text("")
        hand.key(key, modifiers)
        assert faulty.toast.text().startswith("This is how the image was.")
    faulty.toast.show_text("")
    panel.view.clicked.emit(panel.model.index(0))
    assert faulty.toast.text().startswith("This is how the image was.")
    image_menu.aboutToShow.emit()
    of_findings = [each for each in image_menu.actions() if each.objectName().startswith("finding.")]
    assert [each.isEnabled() for each in of_findings] == [False] * 4
    assert session.place.past is not None
    assert not session.objects.selection
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_F8)
    assert session.objects.selection == (1,)


def test_the_mark_of_the_chosen_finding_is_seen_on_its_row(faulty, qtbot):
    """Orange on turquoise is not."""
    panel = checked(faulty, qtbot)
    faulty.run_command("finding.next")
    row = panel.view.visualRect(panel.view.currentIndex())
    shown = panel.view.viewport().grab(row).toImage()
    colors = [shown.pixelColor(x, shown.height() // 2).name() for x in range(shown.width() // 4)]
    assert theme.colors().on_accent in colors
    assert theme.colors().busy not in colors


def test_f8_says_when_there_is_nothing_to_go_to(opened, qtbot):
    opened.workspace.canvas.setFocus()
    Hand(opened, qtbot).key(Qt.Key.Key_F8)
    assert "Nothing was checked yet" in opened.toast.text()
    checked(opened, qtbot)
    Hand(opened, qtbot).key(Qt.Key.Key_F8)
    assert "No finding is open." in opened.toast.text()


def test_a_mended_finding_is_one_step_and_undo_opens_it_again(faulty, qtbot):
    workspace, hand = faulty.workspace, Hand(faulty, qtbot)
    panel = checked(faulty, qtbot)
    workspace.canvas.setFocus()
    hand.key(Qt.Key.Key_F8)
    assert panel.mend.text() == "Drop islands"
    QTest.mouseClick(panel.mend, Qt.MouseButton.LeftButton)
    assert workspace.project.annotation(1).mask == mask_of(faulty, (10, 10, 50), image=0)
    qtbot.waitUntil(lambda: states(panel)[0] == "mended")
    assert not panel.mend.isEnabled()
    assert "1 finding is mended" in faulty.toast.text()
    middle = panel.mend.grab().toImage().pixelColor(6, panel.mend.height() // 2)
    assert middle != QColor(theme.colors().accent), "it must not look as what can be pressed"
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: states(panel) == ["open"] * 4)
    assert workspace.project.annotation(1).mask.area == 2504
    assert panel.mend.isEnabled()
    assert panel.mend_all.text() == "All 2"
    QTest.mouseClick(panel.mend_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: states(panel) == ["mended", "open", "open", "mended"])
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: states(panel) == ["open"] * 4)


def test_what_was_said_is_remembered_in_the_project(faulty, qtbot):
    window, path = faulty, faulty.workspace.project.path
    checked(window, qtbot)
    window.workspace.canvas.setFocus()
    hand = Hand(window, qtbot)
    hand.key(Qt.Key.Key_F8)
    hand.key(Qt.Key.Key_F8, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    hand.key(Qt.Key.Key_F8)
    hand.key(Qt.Key.Key_F8, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: states(window.workspace.panels["findings"]) == ["fine", "mended", "open", "open"])
    window.leave_project()
    qtbot.waitUntil(lambda: window.workspace is None)
    window.open_path(path)
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
    panel = window.workspace.panels["findings"]
    assert panel.summary.text() == "2 open, 1 mended, 1 fine"
    assert states(checked(window, qtbot)) == ["fine", "open", "open"]
    with window.workspace.project.step("Refine mask") as step:
        row = window.workspace.project.annotation(1)
        step.put(Annotation(row.id, row.image_id, None, mask_of(window, (10, 10, 60), (200, 200, 3), image=0)))
    qtbot.waitUntil(lambda: states(panel) == ["open"] * 3)


def test_one_kind_is_walked_through_at_a_time(faulty, qtbot):
    panel = checked(faulty, qtbot)
    faulty.workspace.canvas.setFocus()
    QTest.keyClick(panel.kinds, Qt.Key.Key_Down)
    panel.kinds.setCurrentIndex(panel.kinds.findData("island"))
    panel.kinds.activated.emit(panel.kinds.currentIndex())
    assert panel.model.rowCount() == 2
    for expected in (1, 4, 1):
        REGISTRY.run("finding.next", faulty)
        assert faulty.workspace.session.objects.selection == (expected,)


def test_a_project_that_is_only_read_shows_its_findings_and_offers_nothing(faulty, qtbot, monkeypatch):
    monkeypatch.setattr(faulty.workspace.project, "read_only_reason", "It is on a DVD.")
    panel = checked(faulty, qtbot)
    REGISTRY.run("finding.next", faulty)
    assert not panel.mend.isEnabled()
    assert not panel.fine.isEnabled()
    assert not panel.mend_all.isEnabled()


def drawn(canvas) -> bool:
    """True if there are proposals, and their outlines."""
    return bool(canvas.marks.findings) and all(each.outline.corners for each in canvas.marks.findings)


def test_proposals_are_seen_again_on_coming_back_and_after_a_restart(opened, qtbot):
    """Of everything mode: they survive Esc, leaving the image and the project."""
    window, hand = opened, Hand(opened, qtbot)
    window.workspace.canvas.setFocus()
    hand.key(Qt.Key.Key_G)
    session = window.workspace.session
    qtbot.waitUntil(
        lambda: bool(session.everything.findings) and not session.everything.is_running, timeout=5 * ANSWER_MS
    )
    found = {each.mask.counts for each in session.everything.findings}
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Escape)
    assert len(hand.canvas.marks.findings) == len(found)
    path, image_id = window.workspace.project.path, session.image_id
    session.navigation.next()
    assert not hand.canvas.marks.findings
    session.navigation.open(image_id)
    qtbot.waitUntil(lambda: drawn(hand.canvas), timeout=ANSWER_MS)
    window.leave_project()
    qtbot.waitUntil(lambda: window.workspace is None)
    window.open_path(path)
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
    window.workspace.session.navigation.open(image_id)
    assert {each.mask.counts for each in window.workspace.session.everything.findings} == found
    canvas = window.workspace.canvas
    qtbot.waitUntil(
        lambda: bool(canvas.marks.findings) and canvas.marks.findings[0].outline.corners > 0, timeout=ANSWER_MS
    )


def test_the_panel_has_room_for_all_that_it_says(faulty, qtbot):
    """In a window of the usual size, also when a finding that can be mended is chosen."""
    faulty.run_command("file.check")
    panel = faulty.workspace.panels["findings"]
    qtbot.waitUntil(lambda: bool(panel.model.findings), timeout=ANSWER_MS)

    def fits():
        rows = (panel.check, panel.about, panel.mend, panel.mend_all, panel.fine)
        whole = all(row.isHidden() or row.height() >= row.minimumSizeHint().height() for row in rows)
        return whole and not panel.view.geometry().intersects(panel.about.geometry())

    for _ in panel.model.findings:
        faulty.run_command("finding.next")
        qtbot.waitUntil(fits, timeout=ANSWER_MS)


def test_the_panel_opens_with_its_part_of_the_column(faulty, qtbot):
    """It opened two rows high: a keyhole, with hundreds of findings."""
    panel = checked(faulty, qtbot)
    qtbot.waitUntil(lambda: panel.height() > 0.4 * faulty.workspace.height(), timeout=ANSWER_MS)
    assert faulty.workspace.panels["images"].height() > 0.25 * faulty.workspace.height()


def test_panels_without_room_for_their_texts_lie_behind_each_other(faulty, qtbot):
    """At 200 % on a screen of 1440 x 900 the texts of findings and history lay over the rows of their lists."""
    faulty.resize(720, 430)
    checked(faulty, qtbot)
    faulty.run_command("image.history")
    faulty.run_command("finding.next")
    for name in ("findings", "history", "findings"):
        faulty.projects.docks.reveal(name)
        panel = faulty.workspace.panels[name]
        qtbot.waitUntil(lambda panel=panel: panel.isVisible() and parted(panel), timeout=ANSWER_MS)
        if SHOTS:
            faulty.grab().save(str(Path(SHOTS) / f"{name} on a small screen.png"))
    faulty.projects.docks.reveal("images")
    assert faulty.workspace.panels["images"].view.height() > 40


def parted(panel):
    return not panel.view.geometry().intersects(panel.about.geometry())
