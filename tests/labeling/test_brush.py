"""Brush and eraser without a window: what strokes make of the object in the making."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.tools.brushing import TIP
from app.labeling.tools.overlay import DiscShape, PaintingShape, PathShape
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.combining import subtract, union
from app.masks.rle import Mask, Region
from app.masks.strokes import Stroke, rasterized

SIZE = (48, 64)
SHIFT = frozenset({"shift"})


@pytest.fixture(autouse=True)
def tip():
    before = TIP.size.value, TIP.shape.value, TIP.asks_model.value
    TIP.size.set(5), TIP.shape.set("round"), TIP.asks_model.set(False)
    yield TIP
    for option, value in zip((TIP.size, TIP.shape, TIP.asks_model), before, strict=True):
        option.set(value)


@pytest.fixture
def hand(acting):
    acting.hand.take(TOOLBOX.named("brush"))
    return acting.hand


def stroke(hand, *places, button="left", modifiers=frozenset(), pressure=1.0):
    hand.press(PointerEvent(*places[0], button, modifiers, pressure=pressure))
    for x, y in places[1:]:
        hand.move(PointerEvent(x, y, "none", modifiers, pressure=pressure))
    hand.release(PointerEvent(*places[-1], "none", modifiers, down=False, pressure=0.0))


def pixels(desk):
    return desk.session.editor.proposal.mask.to_array()


def drawn(*path, radius=2.5, is_square=False):
    return Mask.from_region(rasterized(Stroke(tuple(path), radius, is_square=is_square), SIZE)).to_array()


def test_a_stroke_begins_an_object_that_is_accepted_with_its_provenance(desk, hand):
    stroke(hand, (10.2, 10.9), (40, 10), (40, 30))
    assert (pixels(desk) == drawn((10.5, 10.5), (40.5, 10.5), (40.5, 30.5))).all(), "without a gap"
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.provenance["by"] == "brush"
    assert saved.clicks == 1


def test_a_tip_of_one_pixel_paints_the_one_under_the_pointer_and_no_other(desk, hand, acting, tip):
    tip.size.set(1)
    for x, y in ((7.01, 9.99), (7.99, 9.01)):
        [ring] = hand.tool.hover(acting, PointerEvent(x, y))
        assert ring == DiscShape(7.5, 9.5, 0.5)
        stroke(hand, (x, y))
        assert np.argwhere(pixels(desk)).tolist() == [[9, 7]]


@pytest.mark.parametrize("width", [1, 2, 3, 4, 7, 8, 24])
@pytest.mark.parametrize("shape", ["round", "square"])
def test_a_tip_is_as_wide_as_it_says(desk, hand, tip, width, shape):
    tip.size.set(width), tip.shape.set(shape)
    stroke(hand, (30.3, 20.7))
    assert desk.session.editor.proposal.region.bbox[2:] == (width, width)


def test_undo_says_that_it_takes_back_an_edit(desk, hand, acting):
    stroke(hand, (10, 10))
    undo, redo = REGISTRY.commands["edit.undo"], REGISTRY.commands["edit.redo"]
    assert undo.text_now(acting) == "Undo the last edit"
    REGISTRY.run("edit.undo", acting)
    assert redo.text_now(acting) == "Redo the edit"


def test_the_right_button_erases_and_paints_with_the_eraser(desk, hand):
    stroke(hand, (10, 10), (50, 10))
    stroke(hand, (30, 4), (30, 20), button="right")
    assert not pixels(desk)[10, 30]
    assert pixels(desk)[10, 20]
    hand.take(TOOLBOX.named("eraser"))
    stroke(hand, (20, 10))
    assert not pixels(desk)[10, 20]
    stroke(hand, (20, 10), button="right")
    assert pixels(desk)[10, 20]
    desk.session.acceptance.accept()
    assert desk.saved()[0].provenance["by"] == "brush, eraser"


def test_a_stroke_under_way_is_shown_and_escape_takes_it_back(desk, hand, acting):
    stroke(hand, (10, 10))
    before = desk.session.editor.draft
    hand.press(PointerEvent(20, 20))
    hand.move(PointerEvent(30, 20, "none"))
    painting, ring = hand.overlay
    assert isinstance(painting, PaintingShape)
    assert not painting.erases
    assert painting.tiles[0, 0][20, 25]
    assert isinstance(ring, DiscShape)
    REGISTRY.run("mask.discard", acting)
    assert hand.overlay == ()
    assert desk.session.editor.draft is before
    hand.release(PointerEvent(30, 20, "none", down=False))
    assert desk.session.editor.draft is before


def test_another_image_takes_the_stroke_back(desk, hand):
    hand.press(PointerEvent(20, 20))
    hand.cancel()
    assert not desk.session.editor.draft.is_live


def test_with_shift_a_straight_line_from_the_end_of_the_last_stroke_is_shown_and_drawn(desk, hand):
    stroke(hand, (10.5, 10.5))
    hand.hover(PointerEvent(40.5, 30.5, "none", SHIFT, down=False))
    assert hand.overlay[0] == PathShape(((10.5, 10.5), (40.5, 30.5)))
    stroke(hand, (40.5, 30.5), modifiers=SHIFT)
    assert (pixels(desk) == drawn((10.5, 10.5), (40.5, 30.5))).all()
    stroke(hand, (20.5, 40.5), (50.5, 40.5), modifiers=SHIFT)
    assert (pixels(desk) == drawn((10.5, 10.5), (40.5, 30.5), (50.5, 40.5))).all(), "the end follows the pointer"
    desk.session.acceptance.accept()
    stroke(hand, (5.5, 5.5), modifiers=SHIFT)
    assert (pixels(desk) == drawn((5.5, 5.5))).all(), "not from another object"


def test_the_pressure_of_a_pen_scales_the_tip(desk, hand, tip):
    tip.size.set(20)
    stroke(hand, (30, 20), pressure=0.5)
    assert desk.session.editor.proposal.region.bbox == (25, 15, 10, 10)
    stroke(hand, (30, 20), pressure=0.0)
    assert desk.session.editor.proposal.region.bbox == (25, 15, 10, 10), "at least a pixel"


def test_a_selected_object_is_gone_on_with(desk, hand):
    object_id = desk.accept_one()
    desk.session.objects.select(object_id)
    stroke(hand, (5, 5))
    assert desk.session.editor.draft.resumed.id == object_id
    desk.session.acceptance.accept()
    assert [a.id for a in desk.saved()] == [object_id]
    assert desk.saved()[0].mask.covers(5, 5)


def test_to_erase_picks_up_what_is_under_the_pointer(desk, hand):
    object_id = desk.accept_one()
    x, y, width, height = desk.saved()[0].mask.bbox
    stroke(hand, (x + width / 2, y + height / 2), button="right")
    assert desk.session.editor.draft.resumed.id == object_id


def test_to_erase_where_nothing_is_says_so(desk, hand):
    stroke(hand, (60, 2), button="right")
    assert not desk.session.editor.draft.is_live
    assert desk.notices()[-1].startswith("There is nothing to erase")


def test_a_stroke_beside_the_image_says_so_and_one_that_comes_in_counts(desk, hand):
    stroke(hand, (-20, -20), (-15, 90))
    assert desk.notices()[-1] == "That covers no pixel of the image."
    assert not desk.session.editor.draft.is_live
    stroke(hand, (-20.5, 10.5), (4.5, 10.5))
    assert (pixels(desk) == drawn((-20.5, 10.5), (4.5, 10.5))).all()


def test_what_changes_no_pixel_is_no_state(desk, hand):
    stroke(hand, (10, 10), (50, 10))
    before = desk.session.editor.draft
    stroke(hand, (20, 10))
    stroke(hand, (20, 40), button="right")
    assert desk.session.editor.draft is before


def test_an_object_of_one_pixel_is_erased_and_the_mask_is_empty(desk, hand, tip):
    tip.size.set(1)
    stroke(hand, (7.5, 9.5))
    stroke(hand, (7.5, 9.5), button="right")
    assert desk.session.editor.proposal.is_empty
    assert hand.readout() == "The mask is empty"
    stroke(hand, (8.5, 9.5))
    assert hand.readout() == "1 pixel"


def test_x_is_lent_while_it_is_held_and_stays_after_a_tap(desk, acting):
    hand, now = acting.hand, [0.0]
    hand._clock = lambda: now[0]
    brush, eraser = TOOLBOX.named("brush"), TOOLBOX.named("eraser")
    x = REGISTRY.commands["tool.eraser"]
    hand.take(brush)
    x.run(acting)
    now[0] += 0.1
    x.release(acting)
    assert hand.tool is eraser, "a tap"
    hand.take(brush)
    x.run(acting)
    assert hand.tool is eraser
    now[0] += 2
    x.release(acting)
    assert hand.tool is brush, "it was held"
    stroke(hand, (10, 10), (40, 10))
    x.run(acting)
    stroke(hand, (20, 10))
    x.release(acting)
    assert hand.tool is brush, "it was used"
    assert not pixels(desk)[10, 20]


def test_x_in_a_stroke_leaves_that_stroke_alone(desk, hand, acting):
    x = REGISTRY.commands["tool.eraser"]
    hand.press(PointerEvent(10.5, 10.5))
    x.run(acting)
    hand.move(PointerEvent(40.5, 10.5, "none"))
    x.release(acting)
    hand.release(PointerEvent(40.5, 10.5, "none", down=False))
    assert (pixels(desk) == drawn((10.5, 10.5), (40.5, 10.5))).all()


def test_the_size_changes_by_shares_of_it_and_with_the_wheel(hand, acting, tip):
    REGISTRY.run("tool.larger", acting)
    assert tip.size.value == 6
    tip.size.set(100)
    REGISTRY.run("tool.smaller", acting)
    assert tip.size.value == 85
    assert hand.wheel(PointerEvent(0, 0, "none", down=False), 2.0)
    assert tip.size.value == 113
    for _ in range(50):
        REGISTRY.run("tool.smaller", acting)
    assert tip.size.value == 1
    acting.hand.take(TOOLBOX.named("smart"))
    assert REGISTRY.for_key("[", acting) is None


def test_shift_b_lets_the_brush_ask_the_model(hand, acting, tip):
    assert REGISTRY.for_key("Shift+B", acting).id == "brush.asks_model"
    REGISTRY.run("brush.asks_model", acting)
    assert tip.asks_model.value
    assert REGISTRY.commands["brush.asks_model"].is_checked(acting)


def test_an_eraser_takes_what_it_passes_over_until_it_is_told_to_ask(desk, acting, tip):
    """It is what an eraser does everywhere else; Shift+B is for the tool in the hand."""
    hand = acting.hand
    hand.take(TOOLBOX.named("eraser"))
    assert not REGISTRY.commands["brush.asks_model"].is_checked(acting)
    hand.take(TOOLBOX.named("brush"))
    tip.asks_model.set(True)
    stroke(hand, (20, 20), (40, 20), button="right")
    assert not desk.session.editor.draft.is_live, "there was nothing to erase"
    desk.session.painter.stroke(Stroke(((10.0, 20.0), (50.0, 20.0)), 8))
    stroke(hand, (20, 20), (40, 20), button="right")
    assert not desk.session.editor.draft.is_sharpening
    hand.take(TOOLBOX.named("eraser"))
    REGISTRY.run("brush.asks_model", acting)
    assert REGISTRY.commands["brush.asks_model"].is_checked(acting)
    stroke(hand, (20, 28), (40, 28))
    assert desk.session.editor.draft.is_sharpening
    tip.erases_with_model.set(False)
    assert tip.asks_model.value


def test_a_stroke_that_erases_may_begin_beside_the_object(desk, acting):
    """Of two objects it is for the one of which it takes most."""
    for path in (((10.0, 10.0), (50.0, 10.0)), ((10.0, 30.0), (50.0, 30.0))):
        desk.session.painter.stroke(Stroke(path, 3))
        desk.session.acceptance.accept()
    above, below = desk.saved()
    acting.hand.take(TOOLBOX.named("eraser"))
    stroke(acting.hand, (20.5, 11.5), (20.5, 20), (20.5, 40))
    assert desk.session.editor.draft.resumed.id == above.id, "the one under the pointer, where there is one"
    desk.session.discard()
    stroke(acting.hand, (30.5, 12.5), (30.5, 20), (30.5, 40))
    desk.session.discard()
    stroke(acting.hand, (30.5, 20), (30.5, 40))
    assert desk.session.editor.draft.resumed.id == below.id
    assert desk.session.editor.proposal.mask.area < below.mask.area
    desk.session.discard()
    stroke(acting.hand, (2, 20), (2, 22))
    assert not desk.session.editor.draft.is_live


def test_the_model_is_not_asked_what_lies_under_a_brush(desk, hand):
    before = len(desk.requests)
    hand.hover(PointerEvent(30, 20, "none", down=False))
    assert len(desk.requests) == before


@pytest.fixture
def huge(monkeypatch):
    """An image of 48 x 64 is one of which no more than 600 pixels are worked on."""
    monkeypatch.setattr("app.masks.rle.MAX_PIXELS", 600)
    monkeypatch.setattr("app.masks.rle._MOST_OF_HUGE", 600)
    monkeypatch.setattr("app.masks.painting.TILE_PX", 8)


def refusals(desk) -> list[str]:
    return [told for told in desk.notices() if "that can be worked on at once" in told]


def way(*path) -> Mask:
    return Mask.from_region(rasterized(Stroke(tuple(path), 2.5), SIZE))


@pytest.mark.usefixtures("huge")
@pytest.mark.parametrize("button", ["left", "right"])
def test_a_stroke_stops_where_it_would_reach_over_too_much_of_a_huge_image(desk, hand, button):
    if button == "right":
        stroke(hand, (4, 4), (60, 4))
        stroke(hand, (4, 4), (4, 12), button="right")
        before = desk.session.editor.proposal.mask
    stroke(hand, (10, 4), (20, 4), (20, 46), (50, 46), (30, 4), button=button)
    assert len(refusals(desk)) == 1
    drawn = way((10.5, 4.5), (20.5, 4.5), (30.5, 4.5))
    assert desk.session.editor.proposal.mask == (drawn if button == "left" else subtract(before, [drawn]))
    stroke(hand, (40, 4), button=button)
    assert len(refusals(desk)) == 1
    assert len(desk.session.editor.draft.revisions) == (2 if button == "left" else 4)


@pytest.mark.usefixtures("huge")
def test_a_stroke_too_far_from_its_object_is_refused_before_it_is_drawn(desk, hand):
    stroke(hand, (4, 4), (12, 4))
    before = desk.session.editor.proposal.mask
    stroke(hand, (60, 44))
    stroke(hand, (60, 44), modifiers=SHIFT)
    assert len(refusals(desk)) == 2
    stroke(hand, (10, 4), (20, 4), (60, 44), modifiers=SHIFT)
    assert len(refusals(desk)) == 3
    assert desk.session.editor.proposal.mask == union([before, way((12.5, 4.5), (20.5, 4.5))]), "as far as it could be"


def test_of_an_older_stroke_its_end_is_kept_and_that_it_was_one(desk):
    for n in range(6):
        desk.session.painter.stroke(Stroke(((5.0, 5.0 + 6 * n), (20.0, 5.0 + 6 * n)), 2))
    ways = [revision.stroke.path for revision in desk.session.editor.draft.revisions]
    assert [len(way) for way in ways] == [1, 1, 1, 2, 2, 2]
    assert ways[0] == ((20.0, 5.0),)


@pytest.mark.slow
def test_thousands_of_strokes_take_the_memory_of_their_rle(desk):
    """With its pixels and outlines a state of this mask would be ten times as large, and so would the way of each
    stroke, of 250 places."""
    editor = desk.session.editor
    ragged = np.zeros(SIZE, bool)
    ragged[::8, ::8] = True
    tracemalloc.start()
    for n in range(5000):
        pixels = ragged.copy()
        pixels[n % 48, n % 63 | 1] = True
        path = tuple((n % 63 + step / 256, n % 48 + step / 512) for step in range(250))
        editor.edit(Region(0, 0, pixels, SIZE), "brush", stroke=Stroke(path, 2), painted=50)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    length = len(editor.proposal.mask.counts)
    assert used / 5000 < length + 2500, f"{used / 5000:.0f} bytes a state, of which the RLE is {length}"
    assert (editor.draft.strokes, editor.draft.painted) == (5000, 250_000)
    assert len(editor.draft.top.stroke.path) == 250, "the model may be asked about it"
    shown = editor.proposal.mask
    assert editor.draft.revisions[10].ring.current.region.pixels.any(), "who asks for an old state gets its pixels"
    for _ in range(100):
        editor.back()
    assert editor.proposal.mask.to_array()[4899 % 48, 4899 % 63 | 1]
    for _ in range(100):
        editor.forward()
    assert editor.proposal.mask == shown
    assert [o.shape[1] for o in editor.proposal.outlines][:1] == [2]


def test_it_is_told_when_a_stroke_would_change_an_object_that_is_only_selected(desk, hand):
    saved = desk.accept_one()
    assert "selected" not in str(hand.hint())
    desk.session.objects.select(saved)
    assert str(hand.hint()).startswith("This paints on the object that is selected.")
    stroke(hand, (5, 40), (12, 40))
    assert str(hand.readout()).startswith("A saved object: ")
    desk.session.discard()
    stroke(hand, (5, 40), (12, 40))
    assert "saved" not in str(hand.readout())
    desk.session.discard()
    desk.session.objects.select(saved)
    hand.take(TOOLBOX.named("polygon"))
    hand.press(PointerEvent(5, 40, "left"))
    assert str(hand.readout()) == "1 corner, to be added to the object that is selected"
    hand.cancel()


def test_to_erase_another_object_than_the_one_in_the_making_says_what_comes_first(desk, hand):
    for path in (((10.0, 10.0), (50.0, 10.0)), ((10.0, 30.0), (50.0, 30.0))):
        desk.session.painter.stroke(Stroke(path, 3))
        desk.session.acceptance.accept()
    above, below = desk.saved()
    stroke(hand, (20, 10), button="right")
    draft = desk.session.editor.draft
    assert draft.resumed.id == above.id
    told = len(desk.notices())
    stroke(hand, (20, 10), button="right")
    stroke(hand, (20, 20), button="right")
    assert len(desk.notices()) == told, "nothing else is there"
    stroke(hand, (20, 30), button="right")
    assert desk.session.editor.draft is draft
    assert desk.notices()[told:] == ["Accept the mask first: mask.accept. Then another object can be erased."]
    desk.session.acceptance.accept()
    stroke(hand, (20, 30), button="right")
    assert desk.session.editor.draft.resumed.id == below.id


def test_a_straight_line_begins_at_the_last_stroke_that_was_not_taken_back(desk, hand, acting):
    stroke(hand, (10.5, 10.5))
    stroke(hand, (40.5, 10.5))
    desk.click(50, 40)
    REGISTRY.run("prompt.back", acting)
    hand.hover(PointerEvent(10.5, 30.5, "none", SHIFT, down=False))
    assert hand.overlay[0] == PathShape(((40.5, 10.5), (10.5, 30.5)))
    REGISTRY.run("prompt.back", acting)
    hand.hover(PointerEvent(10.5, 30.5, "none", SHIFT, down=False))
    assert hand.overlay[0] == PathShape(((10.5, 10.5), (10.5, 30.5)))
    stroke(hand, (10.5, 30.5), modifiers=SHIFT)
    assert (pixels(desk) == drawn((10.5, 10.5), (10.5, 30.5))).all()
    for _ in range(2):
        REGISTRY.run("prompt.back", acting)
    stroke(hand, (50.5, 30.5), modifiers=SHIFT)
    assert (pixels(desk) == drawn((50.5, 30.5))).all(), "no stroke is left"


def test_a_click_into_the_mask_is_where_a_straight_line_begins(desk, hand):
    desk.session.painter.stroke(Stroke(((10.0, 10.0), (50.0, 10.0)), 5))
    stroke(hand, (20.5, 10.5))
    hand.hover(PointerEvent(30.5, 30.5, "none", SHIFT, down=False))
    assert hand.overlay[0] == PathShape(((20.5, 10.5), (30.5, 30.5)))
    desk.session.acceptance.accept()
    hand.hover(PointerEvent(31.5, 30.5, "none", SHIFT, down=False))
    assert isinstance(hand.overlay[0], DiscShape)
    desk.session.objects.select(desk.saved()[0].id)
    stroke(hand, (40.5, 10.5))
    assert not desk.session.editor.draft.is_live
    hand.hover(PointerEvent(30.5, 30.5, "none", SHIFT, down=False))
    assert hand.overlay[0] == PathShape(((40.5, 10.5), (30.5, 30.5)))
    before = desk.saved()[0].mask.to_array()
    stroke(hand, (30.5, 30.5), modifiers=SHIFT)
    assert (pixels(desk) == before | drawn((40.5, 10.5), (30.5, 30.5))).all()
