"""What keys do while the button of a stroke is down, and what is left of a stroke that came to nothing."""

from __future__ import annotations

import pytest

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.tools.brushing import TIP
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.strokes import Stroke
from tests.labeling.test_carrying import press

STROKE = Stroke(((5.0, 43.0), (12.0, 44.0)), 2)
SHIFT = frozenset({"shift"})


@pytest.fixture(autouse=True)
def tip():
    before = TIP.size.value, TIP.asks_model.value
    TIP.size.set(4), TIP.asks_model.set(False)
    yield
    TIP.size.set(before[0]), TIP.asks_model.set(before[1])


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


def two_saved(desk):
    for path in (((10.0, 10.0), (50.0, 10.0)), ((10.0, 30.0), (50.0, 30.0))):
        desk.session.painter.stroke(Stroke(path, 3))
        desk.session.acceptance.accept()
    return desk.saved()


@pytest.mark.parametrize(
    ("tool", "is_selected", "modifiers"),
    [("brush", True, SHIFT), ("eraser", True, frozenset()), ("eraser", False, frozenset())],
)
@pytest.mark.parametrize("key", ["Esc", "Ctrl+Z", "P", "D"])
def test_a_stroke_that_is_given_up_leaves_the_object_as_it_was_chosen(desk, acting, tool, is_selected, modifiers, key):
    above, _ = two_saved(desk)
    chosen = (above.id,) if is_selected else ()
    desk.session.objects.select(*chosen)
    acting.hand.take(TOOLBOX.named(tool))
    begin(acting.hand, modifiers=modifiers)
    assert desk.session.editor.draft.resumed.id == above.id
    press(acting, key)
    if key == "D":
        press(acting, "A")
        chosen = ()
    assert not acting.hand.is_busy
    assert not desk.session.editor.draft.is_live
    assert desk.session.objects.selection == chosen
    end(acting.hand)


def test_an_eraser_that_takes_nothing_leaves_the_object_only_selected(desk, acting):
    above, below = two_saved(desk)
    desk.session.objects.select(above.id)
    acting.hand.take(TOOLBOX.named("eraser"))
    for y in (20, 30):
        begin(acting.hand, y=y)
        end(acting.hand, y=y)
        assert not desk.session.editor.draft.is_live
        assert desk.session.objects.selection == (above.id,)
    assert desk.notices()[-1] == "Another object is selected. mask.discard: select none, then any can be erased."
    press(acting, "Esc")
    begin(acting.hand, y=30)
    end(acting.hand, y=30)
    assert desk.session.editor.draft.resumed.id == below.id
    assert not desk.session.editor.draft.is_unchanged


def test_what_was_taken_back_before_a_stroke_that_came_to_nothing_is_there_for_redo(desk, acting):
    two_saved(desk)
    desk.session.painter.stroke(STROKE)
    press(acting, "Ctrl+Z")
    acting.hand.take(TOOLBOX.named("eraser"))
    begin(acting.hand)
    press(acting, "Esc")
    press(acting, "Ctrl+Shift+Z")
    assert desk.session.editor.draft.is_live
    assert desk.session.editor.draft.resumed is None


def test_a_stroke_on_an_object_that_was_picked_up_leaves_it_so(desk, acting):
    above, _ = two_saved(desk)
    desk.session.editor.resume(above.id)
    acting.hand.take(TOOLBOX.named("brush"))
    begin(acting.hand)
    press(acting, "Esc")
    assert desk.session.editor.draft.resumed.id == above.id
    begin(acting.hand, x=12)
    end(acting.hand, x=24)
    assert desk.session.editor.draft.resumed.id == above.id
    assert desk.session.editor.draft.is_unchanged


@pytest.mark.parametrize("tool", ["polygon", "brush"])
def test_what_is_drawn_stays_for_what_was_selected_when_it_was_begun(desk, acting, tool):
    above, below = two_saved(desk)
    desk.session.objects.select(below.id)
    acting.hand.take(TOOLBOX.named(tool))
    if tool == "brush":
        desk.session.objects.select(None)
    selection = desk.session.objects.selection
    begin(acting.hand, y=40)
    for key in ("Tab", "Shift+Tab", "Ctrl+A"):
        assert REGISTRY.for_key(key, acting) is None
        told = [str(command.why_not_now(acting)) for command in REGISTRY.of_key(key)]
        assert [each[:12] for each in told if each] == ["Finish what " if tool == "polygon" else "Let go of th"]
        assert desk.session.objects.selection == selection
    press(acting, "Esc")
    end(acting.hand)
    press(acting, "Ctrl+A")
    assert set(desk.session.objects.selection) == {above.id, below.id}
