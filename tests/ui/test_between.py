"""Between objects, through the window: what is drawn is what is saved, and the keys of the commands."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pycocotools.mask
import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.labeling.policies import ALLOW, NEW_CUTS_OLD, OLD_CUTS_NEW
from app.masks.rle import Mask
from app.project.records import Annotation
from tests.ui.conftest import ANSWER_MS

SHOTS = os.environ.get("MASKWRIGHT_SHOTS")
"""A folder to keep pictures of what the test saw, for human eyes."""
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def shot(hand, name: str) -> None:
    if SHOTS:
        QApplication.processEvents()
        hand.window.grab().save(str(Path(SHOTS) / f"{name}.png"))


def disc(hand, x: float, y: float, radius: float) -> Mask:
    """x, y and radius: shares of the image's width."""
    height, width = hand.session.place.image_size
    rows, columns = np.ogrid[:height, :width]
    return Mask.from_array((columns - x * width) ** 2 + (rows - y * width) ** 2 < (radius * width) ** 2)


@pytest.fixture
def discs(hand):
    """Two discs that overlap, of two classes; the select tool in the hand."""
    session = hand.session
    classes = [session.classes.add("plate"), session.classes.add("cup")]
    with session.project.step("Import") as step:
        for category, x in zip(classes, (0.35, 0.5), strict=True):
            step.add(Annotation(0, session.image_id, category.id, disc(hand, x, 0.3, 0.14)))
    hand.key(Qt.Key.Key_V)
    hand.qtbot.waitUntil(lambda: len(hand.canvas.marks.objects) == 2, timeout=ANSWER_MS)
    return hand


def middle(hand, mask: Mask) -> tuple[float, float]:
    x, y, width, height = mask.bbox
    return x + width / 2, y + height / 2


def saved(hand) -> list[Annotation]:
    return hand.session.objects.all()


def most_shared(hand) -> int:
    rles = [{"size": list(each.mask.size), "counts": each.mask.counts} for each in saved(hand)]
    return int(pycocotools.mask.decode(rles).sum(axis=2).max())  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("policy", [NEW_CUTS_OLD, OLD_CUTS_NEW])
def test_what_is_drawn_is_what_is_saved(discs, policy):
    hand, session = discs, discs.session
    hand.window.run_command(f"overlap.{policy.replace(' ', '_')}")
    session.classes.choose(session.classes.add("spoon").id)
    session.editor.edit(disc(hand, 0.42, 0.42, 0.16), "brush")
    live = hand.canvas.marks.live
    assert len(live.hatched) == (2 if policy == NEW_CUTS_OLD else 1)
    shot(hand, f"overlap-{policy.replace(' ', '-')}")
    shown = live.outline
    hand.canvas.setFocus()
    hand.key(Qt.Key.Key_Return)
    assert len(saved(hand)) == 3
    assert most_shared(hand) == 2, "the plate and the cup overlap as before, or did before they were cut"
    new = saved(hand)[-1]
    drawn = {each.id: each.outline for each in hand.canvas.marks.objects}
    assert drawn.get(new.id) is shown, "nothing flickers"
    for old in saved(hand)[:-1]:
        assert not (old.mask.to_array() & new.mask.to_array()).any()
    assert not hand.canvas.marks.live.hatched


def test_an_object_that_comes_or_goes_is_seen_in_the_live_mask(discs):
    hand, session = discs, discs.session
    session.classes.policies.choose(OLD_CUTS_NEW)
    session.editor.edit(disc(hand, 0.5, 0.3, 0.1), "brush")
    assert hand.canvas.marks.live.hatched
    before = hand.canvas.marks.live.outline
    session.objects.toggle_hidden(*(each.id for each in saved(hand)))
    assert not hand.canvas.marks.live.hatched
    assert hand.canvas.marks.live.outline is not before


def test_the_keys_unite_and_stack_what_was_clicked_and_undo_takes_it_back(discs):
    hand = discs
    before = saved(hand)
    plate, cup = before
    left, right = (disc(hand, x, 0.3, 0.02) for x in (0.26, 0.6))
    hand.click(*middle(hand, left))
    QTest.keyClick(hand.canvas, Qt.Key.Key_BracketRight, CTRL)
    assert [each.id for each in saved(hand)] == [cup.id, plate.id]
    QTest.keyClick(hand.canvas, Qt.Key.Key_BracketLeft, CTRL | SHIFT)
    assert [each.id for each in saved(hand)] == [plate.id, cup.id]
    QTest.keyClick(hand.canvas, Qt.Key.Key_BraceRight, CTRL | SHIFT)
    assert [each.id for each in saved(hand)] == [cup.id, plate.id]
    hand.click(*middle(hand, right), modifiers=CTRL)
    hand.key(Qt.Key.Key_U)
    [united] = saved(hand)
    assert united.id == plate.id
    assert (united.mask.to_array() == plate.mask.to_array() | cup.mask.to_array()).all()
    assert "selected first (plate)" in hand.window.workspace.toast.text()
    for _ in range(4):
        QTest.keyClick(hand.canvas, Qt.Key.Key_Z, CTRL)
    assert saved(hand) == before


def test_fill_under_is_the_rest_of_the_image(discs):
    hand = discs
    taken = saved(hand)[0].mask.to_array() | saved(hand)[1].mask.to_array()
    QTest.keyClick(hand.canvas, Qt.Key.Key_F, CTRL)
    shot(hand, "fill-under")
    hand.key(Qt.Key.Key_Return)
    assert (saved(hand)[-1].mask.to_array() == ~taken).all()


def test_a_class_gets_its_policy_from_the_menu_of_its_row(discs):
    hand, panel = discs, discs.window.workspace.panels["classes"]
    menu = panel.menu_of(panel.list.item(1))
    overlaps = menu.findChild(QMenu)
    [as_project, *others] = overlaps.actions()
    assert as_project.isChecked()
    if SHOTS:
        overlaps.grab().save(str(Path(SHOTS) / "policy-menu.png"))
    next(each for each in others if each.text() == "Old objects cut new ones").trigger()
    policies, [_, cup, *_] = hand.session.classes.policies, hand.session.classes.all()
    assert (policies.own(cup), policies.usual) == (OLD_CUTS_NEW, ALLOW)
    assert "Old objects cut new ones" in panel.list.item(1).data(Qt.ItemDataRole.AccessibleTextRole)
    shot(hand, "policy-row")


def test_an_object_that_was_cut_does_not_vanish_until_its_outline_is_traced(discs):
    canvas, project = discs.canvas, discs.session.project
    first = saved(discs)[0]
    with project.step("Cut") as step:
        step.put(structs.replace(first, mask=disc(discs, 0.35, 0.3, 0.1)))
    assert [each.id for each in canvas.marks.objects] == [each.id for each in saved(discs)]
    before = next(each for each in canvas.marks.objects if each.id == first.id)

    def is_new() -> bool:
        return next(each for each in canvas.marks.objects if each.id == first.id).bounds != before.bounds

    discs.qtbot.waitUntil(is_new, timeout=ANSWER_MS)
