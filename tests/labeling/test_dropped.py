"""Esc drops what is in the making; undo brings it back, and takes back nothing that was accepted."""

from __future__ import annotations

import pytest

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.strokes import Stroke
from tests.labeling.test_carrying import press

STROKE = Stroke(((5.0, 43.0), (12.0, 44.0)), 2)
CORNERS = (5, 5), (40, 5), (40, 30)


def undo_says(acting) -> str:
    return str(REGISTRY.commands["edit.undo"].label(acting))


def clicked(acting, *corners):
    for x, y in corners:
        acting.hand.press(PointerEvent(x, y, "left"))
        acting.hand.release(PointerEvent(x, y, "none", down=False))


def test_undo_brings_back_what_esc_dropped_with_all_its_states(desk, acting):
    saved = desk.accept_one()
    desk.click(40, 30)
    desk.session.painter.stroke(STROKE)
    draft = desk.session.editor.draft
    press(acting, "Esc")
    assert not desk.session.editor.draft.is_live
    assert undo_says(acting) == "Undo the discarding"
    press(acting, "Ctrl+Z")
    assert desk.session.editor.draft is draft
    assert [each.id for each in desk.saved()] == [saved]
    press(acting, "Ctrl+Z")
    press(acting, "Ctrl+Z")
    assert not desk.session.editor.draft.is_live
    assert undo_says(acting) == "Undo Accept mask", "it was taken back click by click"
    press(acting, "Ctrl+Z")
    assert not desk.saved()


def test_what_was_brought_back_and_dropped_again_is_meant_to_go(desk, acting):
    desk.accept_one()
    desk.click(40, 30)
    for key in ("Esc", "Ctrl+Z", "Esc"):
        press(acting, key)
    assert undo_says(acting) == "Undo Accept mask"
    press(acting, "Ctrl+Z")
    assert not desk.saved()
    assert not desk.session.editor.draft.is_live


def test_what_was_done_since_is_undone_first_and_alone(desk, acting):
    desk.click(40, 30)
    press(acting, "Esc")
    desk.accept_one()
    press(acting, "Ctrl+Z")
    assert not desk.saved()
    assert not desk.session.editor.draft.is_live
    desk.click(40, 30)
    press(acting, "Esc")
    desk.open(1)
    assert not desk.session.undo_stack.can_restore
    desk.open(0)
    assert desk.session.undo_stack.can_restore


def test_a_saved_object_in_refinement_is_in_refinement_again(desk, acting):
    object_id = desk.accept_one()
    desk.session.editor.resume(object_id)
    press(acting, "Esc")
    assert not desk.session.undo_stack.can_restore, "nothing was done to it"
    desk.session.editor.resume(object_id)
    desk.session.painter.stroke(STROKE)
    press(acting, "Esc")
    press(acting, "Ctrl+Z")
    assert desk.session.editor.draft.resumed.id == object_id
    assert not desk.session.editor.draft.is_unchanged


@pytest.mark.parametrize(("tool", "least"), [("polygon", 3), ("line", 2)])
@pytest.mark.parametrize("key", ["Ctrl+Z", "Backspace"])
def test_corners_that_esc_took_back_are_there_again(desk, acting, tool, least, key):
    desk.accept_one()
    acting.hand.take(TOOLBOX.named(tool))
    clicked(acting, *CORNERS[:least])
    press(acting, "Esc")
    assert not acting.hand.is_busy
    assert undo_says(acting) == "Undo the discarding"
    if key == "Ctrl+Z":
        press(acting, key)
    else:
        assert acting.hand.reopen()
    assert acting.hand.is_staying
    acting.hand.press_key("finish")
    assert desk.session.editor.draft.is_live
    assert len(desk.saved()) == 1
    press(acting, "Esc")
    acting.hand.take(TOOLBOX.named(tool))
    clicked(acting, *CORNERS[:least])
    press(acting, "Esc")
    desk.open(1)
    assert not acting.hand.tool.has_dropped(acting)
    desk.open(0)
    desk.accept_one()
    press(acting, "Ctrl+Z")
    assert not acting.hand.is_busy, "something was done since: that is undone"
    assert len(desk.saved()) == 1
