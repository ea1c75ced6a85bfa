"""The crosshair of those who use no mouse: it shows what a click would give, and goes as far at every zoom."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import ANSWER_MS

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def wait_for_preview(hand, *, is_there):
    hand.qtbot.waitUntil(lambda: (hand.canvas.marks.preview is not None) == is_there, timeout=ANSWER_MS)


def test_the_mask_under_the_crosshair_is_shown_before_a_click(hand):
    hand.key(Qt.Key.Key_Right)
    wait_for_preview(hand, is_there=True)
    at = hand.session.crosshair.at
    first = hand.canvas.marks.preview
    assert first.at(1).contains(type(first.at(1).currentPosition())(*at))
    hand.key(Qt.Key.Key_Right, SHIFT)
    hand.qtbot.waitUntil(lambda: hand.canvas.marks.preview not in (None, first), timeout=ANSWER_MS)
    hand.key(Qt.Key.Key_Period)
    hand.wait_for_mask()
    assert hand.canvas.marks.preview is None


def test_no_preview_while_a_box_is_spanned_or_when_it_is_switched_off(hand):
    hand.key(Qt.Key.Key_Right)
    wait_for_preview(hand, is_there=True)
    hand.key(Qt.Key.Key_Slash)
    hand.key(Qt.Key.Key_Right)
    assert hand.canvas.marks.preview is None
    hand.key(Qt.Key.Key_Escape)
    wait_for_preview(hand, is_there=True)
    hand.window.settings.preview = False
    assert hand.canvas.marks.preview is None
    hand.key(Qt.Key.Key_Right)
    hand.qtbot.wait(300)
    assert hand.canvas.marks.preview is None


@pytest.mark.parametrize("zoom", [-3, 0, 4, 10])
def test_a_step_is_as_long_on_the_screen_at_every_zoom(hand, zoom):
    hand.canvas.zoom(zoom)
    hand.key(Qt.Key.Key_Right)
    scale = hand.window.workspace.view.scale

    def step(*keys):
        before = hand.session.crosshair.at[0]
        hand.key(*keys)
        return hand.session.crosshair.at[0] - before

    half_a_pixel = 0.5 * scale if scale > 1 else 1e-6
    for points, keys in ((-8, (Qt.Key.Key_Left,)), (64, (Qt.Key.Key_Right, SHIFT))):
        assert step(*keys) * scale == pytest.approx(points, abs=half_a_pixel)
    assert step(Qt.Key.Key_Left, CTRL) == pytest.approx(-max(1, 1 / scale))


def test_esc_puts_it_away_when_there_is_nothing_else_to_do(hand):
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Period)
    hand.wait_for_mask()
    hand.key(Qt.Key.Key_Escape)
    assert (hand.session.editor.draft.is_live, hand.session.crosshair.at is not None) == (False, True)
    hand.key(Qt.Key.Key_Escape)
    assert hand.session.crosshair.at is None


@pytest.mark.parametrize("key", [Qt.Key.Key_Period, Qt.Key.Key_Comma, Qt.Key.Key_Return])
def test_a_corner_is_none_of_the_next_object(hand, key):
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Slash)
    assert hand.canvas.marks.overlay, "it is seen at once"
    assert "other corner" in hand.window.status._hint.text()
    hand.key(key)
    assert hand.session.crosshair.anchor is None


def test_a_click_of_the_mouse_puts_the_crosshair_away(hand):
    hand.key(Qt.Key.Key_Right)
    assert hand.session.crosshair.at is not None
    hand.click(200, 150)
    assert hand.session.crosshair.at is None
    hand.wait_for_mask()
    assert hand.session.editor.draft.is_live
