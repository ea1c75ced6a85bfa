from __future__ import annotations

import numpy as np
import pytest

from app.labeling.commands import REGISTRY
from app.labeling.tools.hand import Hand
from app.labeling.tools.options import ToolOption
from app.labeling.tools.overlay import BoxShape, DiscShape, PathShape, RasterShape
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX, discovered
from app.labeling.tools.smart import LASSO_POINTS
from app.masks.rle import Mask
from app.project.records import Annotation
from tests.labeling import extra_tools


@pytest.fixture
def hand(acting) -> Hand:
    return acting.hand


@pytest.fixture
def select(hand) -> Hand:
    hand.take(TOOLBOX.named("select"))
    return hand


def drag(hand: Hand, *path: tuple[float, float], **options) -> None:
    hand.press(PointerEvent(*path[0], **options))
    for x, y in path[1:]:
        hand.move(PointerEvent(x, y, "none"))
    hand.release(PointerEvent(*path[-1], "none", down=False))


def click(hand: Hand, x: float, y: float, **options) -> None:
    drag(hand, (x, y), **options)


def test_left_is_part_of_it_and_right_or_shift_is_not(desk, hand):
    click(hand, 30, 20)
    click(hand, 40, 20, button="right")
    click(hand, 10, 10, modifiers=frozenset({"shift"}))
    assert desk.session.editor.prompt.points.tolist() == [[30, 20], [40, 20], [10, 10]]
    assert desk.session.editor.prompt.labels.tolist() == [1, 0, 0]


def test_a_drag_is_a_box_and_mixes_with_clicks(desk, hand):
    click(hand, 30, 20)
    drag(hand, (40, 30), (20, 10), (10, 5))
    assert desk.session.editor.prompt.box.tolist() == [10, 5, 40, 30]
    assert len(desk.session.editor.prompt.points) == 1


def test_a_shaking_hand_clicks_and_a_zoomed_in_one_too(desk, hand, acting):
    acting.view.scale = 8.0
    drag(hand, (30, 20), (30.5, 20.4))
    assert desk.session.editor.prompt.box is None
    acting.view.scale = 0.5
    drag(hand, (30, 20), (37, 26))
    assert desk.session.editor.prompt.box is None
    acting.view.scale = 8.0
    drag(hand, (30, 20), (37, 26))
    assert desk.session.editor.prompt.box is not None


def test_a_drag_that_returns_is_still_a_box_and_no_click(desk, hand):
    drag(hand, (30, 20), (50, 40), (34, 24))
    assert desk.session.editor.prompt.box.tolist() == [30, 20, 34, 24]


def test_the_box_is_shown_while_it_is_dragged(hand):
    hand.press(PointerEvent(10, 10))
    assert hand.overlay == ()
    hand.move(PointerEvent(40, 30))
    assert hand.overlay == (BoxShape(10, 10, 40, 30),)
    hand.release(PointerEvent(40, 30, down=False))
    assert hand.overlay == ()


def test_escape_takes_the_gesture_back(desk, hand):
    hand.press(PointerEvent(10, 10))
    hand.move(PointerEvent(40, 30))
    assert hand.cancel()
    hand.release(PointerEvent(40, 30, down=False))
    assert not desk.session.editor.draft.is_live
    assert not hand.cancel()


def test_alt_drag_is_one_prompt_of_positive_points(desk, hand):
    hand.press(PointerEvent(5, 5, modifiers=frozenset({"alt"})))
    for x in range(6, 60):
        hand.move(PointerEvent(x, 20))
    assert isinstance(hand.overlay[0], PathShape)
    hand.release(PointerEvent(60, 40, down=False))
    prompt = desk.session.editor.prompt
    assert len(prompt.points) == LASSO_POINTS
    assert prompt.labels.tolist() == [1] * LASSO_POINTS
    assert prompt.points[0].tolist() == [5, 5]
    assert prompt.points[-1].tolist() == [60, 40]
    desk.session.editor.back()
    assert not desk.session.editor.draft.is_live


def test_double_click_with_the_smart_tool_picks_a_saved_object_up(desk, hand):
    object_id = desk.accept_one(30, 20)
    click(hand, 30, 20)
    hand.double_click(PointerEvent(30, 20))
    hand.release(PointerEvent(30, 20, down=False))
    assert desk.session.editor.draft.resumed.id == object_id
    assert len(desk.session.editor.draft.revisions) == 1


def test_double_click_beside_objects_is_two_clicks(desk, hand):
    desk.accept_one(30, 20)
    click(hand, 2, 45)
    hand.double_click(PointerEvent(3, 45))
    hand.release(PointerEvent(3, 45, down=False))
    assert desk.session.editor.prompt.points.tolist() == [[2, 45], [3, 45]]


def test_double_click_in_the_middle_of_an_object_is_two_clicks(desk, hand):
    desk.accept_one(30, 20)
    for x in (20, 30):
        click(hand, x, 20)
    hand.double_click(PointerEvent(30, 20))
    hand.release(PointerEvent(30, 20, down=False))
    assert desk.session.editor.draft.resumed is None
    assert len(desk.session.editor.prompt.points) == 3


def test_select_tool_selects_adds_and_clears(desk, select):
    left, right = desk.accept_one(15, 20), desk.accept_one(45, 20)
    click(select, 15, 20)
    assert desk.session.objects.selection == (left,)
    click(select, 45, 20, modifiers=frozenset({"shift"}))
    assert desk.session.objects.selection == (left, right)
    click(select, 15, 20, modifiers=frozenset({"ctrl"}))
    assert desk.session.objects.selection == (right,)
    click(select, 1, 47)
    assert desk.session.objects.selection == ()
    select.double_click(PointerEvent(15, 20))
    assert desk.session.editor.draft.resumed.id == left


def test_a_band_selects_what_has_a_pixel_in_it_and_adds_with_shift_or_ctrl(desk, select):
    size = desk.session.place.image_size
    pixels = np.zeros(size, bool)
    pixels[10:30, 10] = pixels[29, 10:30] = True  # an angle: most of its box is empty
    masks = [Mask.from_array(mask) for mask in (pixels, np.roll(pixels, 25, axis=1))]
    with desk.session.project.step("Import") as step:
        ids = [step.add(Annotation(0, desk.session.image_id, None, mask)).id for mask in masks]
    bands = [((15, 12), (33, 25)), ((33, 31), (12, 29.5)), ((10.5, 5), (2, 40)), ((34, 9), (36, 60))]
    reached = [(), (ids[0],), (ids[0],), (ids[1],)]
    for band, wanted in zip(bands, reached, strict=True):
        drag(select, *band)
        assert desk.session.objects.selection == wanted, band
    for modifier in ("ctrl", "shift"):
        drag(select, *bands[1], modifiers=frozenset({modifier}))
        assert desk.session.objects.selection == (ids[1], ids[0])


def test_every_tool_has_a_name_and_a_key_of_its_own():
    tools = TOOLBOX.all()
    assert [tool.id for tool in tools][:2] == ["smart", "select"]
    assert len({tool.id for tool in tools}) == len({key for tool in tools for key in tool.keys}) == len(tools)
    assert all(tool.text for tool in tools)


def test_a_tool_is_found_by_its_file():
    with extra_tools.found():
        assert "dot" in {tool.id for tool in discovered().all()}
    assert "dot" not in {tool.id for tool in discovered().all()}


def test_two_tools_of_one_key_are_refused():
    with extra_tools.dot() as tool:
        with pytest.raises(ValueError, match="in common"):
            TOOLBOX.add(tool)
        assert REGISTRY.commands["tool.dot"].keys == ("F7",)
    with pytest.raises(KeyError):
        TOOLBOX.named("dot")


def test_a_stroke_is_raster_while_it_is_under_way_and_a_mask_when_it_ends(desk, hand):
    with extra_tools.dot() as tool:
        hand.take(tool)
        hand.hover(PointerEvent(10, 10, "none", down=False))
        assert hand.overlay == (DiscShape(10, 10, 6),)
        hand.press(PointerEvent(20, 20))
        hand.move(PointerEvent(30, 20, "none"))
        raster = hand.overlay[0]
        assert isinstance(raster, RasterShape)
        assert raster.pixels.sum() == 22 * 12
        assert not desk.session.editor.draft.is_live
        hand.release(PointerEvent(30, 20, "none", down=False))
        assert hand.overlay == ()
        assert desk.session.editor.proposal.region.bbox == (14, 14, 22, 12)
        hand.press(PointerEvent(5, 5))
        assert hand.cancel()
        assert len(desk.session.editor.draft.revisions) == 1


def test_an_option_is_cut_to_what_is_allowed():
    option = ToolOption("size", "Size", 6, 1, 50)
    option.set(100)
    assert option.value == 50
    option.set(0)
    assert option.value == 1
