"""Repair in one key through the real window: on the mask in the making, and on what is selected."""

from __future__ import annotations

from threading import get_ident
from time import perf_counter, sleep

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QProgressDialog

from app.labeling.actions import repairing
from app.masks.morphology import grow, smooth
from app.masks.rle import Mask, Region
from app.project.records import Annotation
from tests.ui.conftest import ANSWER_MS

SHIFT = Qt.KeyboardModifier.ShiftModifier


def frame(x: int, y: int, image_size: tuple[int, int]) -> Mask:
    """A square of 60 pixels with a hole of 5."""
    pixels = np.ones((60, 60), np.bool_)
    pixels[20:25, 20:25] = False
    return Mask.from_region(Region(x, y, pixels, image_size))


def write(hand, sign: str) -> None:
    """As a keyboard does: } is Shift+] there, and elsewhere another key."""
    QTest.keyClick(hand.canvas, sign, SHIFT)


def shown(hand) -> Mask:
    return Mask.from_region(hand.session.editor.proposal.region)


def test_keys_repair_the_mask_in_the_making_and_backspace_takes_it_back(hand):
    start = frame(50, 40, hand.session.place.image_size)
    hand.session.editor.edit(start, "brush")
    hand.key(Qt.Key.Key_F, SHIFT)
    assert shown(hand).area == 3600
    write(hand, "}")
    assert shown(hand).area == 3600 + 4 * 60
    write(hand, "{")
    assert shown(hand).area == 3600
    hand.key(Qt.Key.Key_S)
    assert shown(hand).area < 3600
    assert hand.canvas.marks.live.outline is not None
    for _ in range(4):
        hand.key(Qt.Key.Key_Backspace)
    assert shown(hand) == start


def test_keys_repair_all_that_is_selected_and_the_menu_names_them(hand, qtbot):
    session = hand.session
    with session.project.step("draw") as step:
        masks = [frame(x, 40, session.place.image_size) for x in (20, 120)]
        rows = [step.add(Annotation(0, session.image_id, None, mask)) for mask in masks]
    session.objects.select(*(row.id for row in rows))
    write(hand, "}")
    assert [a.mask for a in session.objects.all()] == [grow(row.mask) for row in rows]
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [a.mask for a in session.objects.all()] == [row.mask for row in rows]
    hand.key(Qt.Key.Key_S)
    assert [a.mask for a in session.objects.all()] == [smooth(row.mask) for row in rows]
    hand.key(Qt.Key.Key_S, SHIFT)
    qtbot.waitUntil(lambda: not session.snapping.is_running, timeout=ANSWER_MS)
    menu = next(a.menu() for a in hand.window.menuBar().actions() if a.text().replace("&", "") == "Object")
    texts = [action.text().split("\t")[0] for action in menu.actions()]
    assert {"Grow by a pixel", "Snap to image edges", "Split into parts", "Convex hull"} <= set(texts)


@pytest.mark.serial
def test_a_press_on_a_usual_object_is_painted_at_once(hand):
    hand.session.editor.edit(frame(50, 40, hand.session.place.image_size), "brush")
    times: list[float] = []
    for _ in range(9):
        began = perf_counter()
        write(hand, "}")
        hand.canvas.grab()
        times.append((perf_counter() - began) * 1000)
    assert sorted(times)[4] < 60


# --- hundreds at once ----------------------------------------------------------------------------------------------


@pytest.fixture
def many(hand):
    """More objects than are repaired within a blink, all selected."""
    session = hand.session
    with session.project.step("draw") as step:
        masks = [frame(8 * n, 40, session.place.image_size) for n in range(40)]
        rows = [step.add(Annotation(0, session.image_id, None, mask)) for mask in masks]
    session.objects.select(*(row.id for row in rows))
    return rows


def test_hundreds_are_repaired_beside_the_window_as_one_step(hand, many, monkeypatch):
    threads = set()
    monkeypatch.setattr(repairing, "grow", lambda mask, by: (threads.add(get_ident()), grow(mask, by))[1])
    write(hand, "}")
    assert [a.mask for a in hand.session.objects.all()] == [grow(row.mask) for row in many]
    assert threads
    assert get_ident() not in threads
    assert hand.session.objects.selection == tuple(row.id for row in many)
    assert hand.window.toast.text().startswith("Grew 40 objects.")
    assert hand.window.toast.action is not None
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [a.mask for a in hand.session.objects.all()] == [row.mask for row in many]
    hand.key(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert [a.mask for a in hand.session.objects.all()] == [grow(row.mask) for row in many]


def test_what_takes_long_shows_how_far_it_is_and_esc_leaves_all_as_it_was(hand, many, monkeypatch):
    seen = []

    def slowly(mask, by):
        sleep(0.05)
        return grow(mask, by)

    def cancel() -> None:
        [dialog] = [each for each in hand.window.findChildren(QProgressDialog) if each.isVisible()]
        seen.append((dialog.labelText(), dialog.value(), dialog.maximum()))
        QTest.keyClick(dialog, Qt.Key.Key_Escape)

    monkeypatch.setattr(repairing, "grow", slowly)
    QTimer.singleShot(600, cancel)
    write(hand, "}")
    [(label, value, maximum)] = seen
    assert label == "Grow 40 objects"
    assert 0 < value < maximum
    assert [a.mask for a in hand.session.objects.all()] == [row.mask for row in many]
    assert hand.session.project.undo_label == "draw"
    assert hand.window.toast.text() == "Cancelled."


def test_thousands_are_hidden_and_shown_again_by_undo_while_the_window_answers(hand):
    session = hand.session
    with session.project.step("draw") as step:
        masks = [frame(8 * (n % 50), 40, session.place.image_size) for n in range(50)]
        rows = [step.add(Annotation(0, session.image_id, None, masks[n % 50])) for n in range(2000)]
    session.objects.select(*(row.id for row in rows))
    beats: list[int] = []
    timer = QTimer(interval=10)
    timer.timeout.connect(lambda: beats.append(1))
    timer.start()
    session.objects.toggle_hidden(*session.objects.selection)
    assert len(beats) > 3, "events were answered meanwhile"
    assert all(each.hidden for each in session.objects.all())
    assert session.objects.selection == tuple(row.id for row in rows)
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.objects.all() == rows
