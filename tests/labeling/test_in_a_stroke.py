"""What keys do while the button of a stroke is down, and what is left of a stroke that came to nothing."""

from __future__ import annotations

import pytest

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.strokes import Stroke
from tests.labeling.test_carrying import press

STROKE = Stroke(((5.0, 43.0), (12.0, 44.0)), 2)
SHIFT = frozenset({"shift"})


def begin(hand, x=10.0, y=10.0, button="left", modifiers=frozenset()):
    hand.press(PointerEvent(x, y, button, modifiers))
    hand.move(PointerEvent(x + 12, y, "none", modifiers))


def end(hand, x=22.0, y=10.0):
    hand.release(PointerEvent(x, y, "none", down=False))


@pytest.mark.parametrize("key", ["Ctrl+Z", "Backspace"])
@pytest.mark.parametrize("tool", ["brush", "eraser", "smart", "wand"])
def test_undo_and_backspace_give_up_a_stroke_under_way_and_nothing_else(desk, acting, tool, key):
    desk.accept_one()
    desk.session.painter.stroke(STROKE)
    draft = desk.session.editor.draft
    acting.hand.take(TOOLBOX.named(tool))
    begin(acting.hand)
    assert str(REGISTRY.commands["edit.undo"].label(acting)) == "Undo what is under way"
    press(acting, key)
    assert not acting.hand.is_busy
    end(acting.hand)
    assert desk.session.editor.draft is draft
    assert len(desk.saved()) == 1
    press(acting, key)
    assert not desk.session.editor.draft.is_live, "the next one is for the stroke before"


def test_undo_gives_up_the_first_stroke_and_leaves_what_is_saved_alone(desk, acting):
    desk.accept_one()
    acting.hand.take(TOOLBOX.named("brush"))
    begin(acting.hand)
    press(acting, "Ctrl+Z")
    end(acting.hand)
    assert not acting.hand.is_busy
    assert not desk.session.editor.draft.is_live
    assert len(desk.saved()) == 1


@pytest.mark.parametrize("tool", ["brush", "polygon"])
def test_redo_waits_until_what_is_drawn_is_done(desk, acting, tool):
    desk.session.painter.stroke(STROKE)
    press(acting, "Ctrl+Z")
    acting.hand.take(TOOLBOX.named(tool))
    begin(acting.hand)
    assert not REGISTRY.commands["edit.redo"].is_enabled(acting)
    press(acting, "Ctrl+Shift+Z")
    assert not desk.session.editor.draft.is_live
    assert acting.hand.is_busy
    acting.hand.cancel()
    press(acting, "Ctrl+Shift+Z")
    assert desk.session.editor.draft.is_live
