"""Rectangle, ellipse, line, wand and fill: objects made by hand, without the model."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.events import Changed
from app.labeling.tools.overlay import CUT_COLOR, PathShape, RasterShape
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.rle import Mask, Region
from app.masks.shapes import TurnedBox, ellipse, rectangle
from app.masks.strokes import Stroke, rasterized

SIZE = (48, 64)


@pytest.fixture
def take(acting):
    def named(id):
        tool = TOOLBOX.named(id)
        for option in tool.options:
            option.set({"turned": False, "size": 6, "tolerance": 10, "contiguous": True, "specks": 1}[option.id])
        acting.hand.take(tool)
        return tool

    return named


def drag(hand, *path, **options):
    hand.press(PointerEvent(*path[0], **options))
    for x, y in path[1:]:
        hand.move(PointerEvent(x, y, "none", options.get("modifiers", frozenset())))
    hand.release(PointerEvent(*path[-1], "none", options.get("modifiers", frozenset()), down=False))


def shown(desk):
    return Mask.from_region(desk.session.editor.proposal.region)


def test_a_rectangle_is_an_object_and_the_right_button_cuts(desk, acting, take):
    take("rectangle")
    drag(acting.hand, (10, 8), (20, 30), (40, 28))
    assert shown(desk) == Mask.from_region(rectangle(TurnedBox((10, 8), (30, 0), (0, 20)), SIZE))
    take("ellipse")
    drag(acting.hand, (30, 10), (20, 20), button="right")
    assert shown(desk).area == 600 - int(ellipse(TurnedBox((20, 10), (10, 0), (0, 10)), SIZE).pixels.sum())
    desk.session.acceptance.accept()
    assert desk.saved()[0].provenance["by"] == "rectangle, ellipse"


@pytest.mark.parametrize("id", ["rectangle", "ellipse", "line"])
@pytest.mark.parametrize(("button", "fill"), [("left", "more"), ("right", "less")])
def test_what_will_be_cut_looks_unlike_what_will_be_added(desk, acting, take, id, button, fill):
    take(id)
    acting.hand.press(PointerEvent(10, 8, button))
    acting.hand.move(PointerEvent(40, 28, "none"))
    [path] = acting.hand.overlay
    assert path.fill == ("" if (id, button) == ("line", "left") else fill)


def test_keys_while_a_box_is_dragged_never_make_it(desk, acting, take):
    take("rectangle")
    acting.hand.press(PointerEvent(10, 8))
    acting.hand.move(PointerEvent(40, 28, "none"))
    acting.hand.press_key("finish")
    assert acting.hand.is_busy
    acting.hand.press_key("back")
    assert not acting.hand.is_busy
    acting.hand.release(PointerEvent(40, 28, "none", down=False))
    assert desk.session.editor.proposal is None


def test_shift_keeps_it_as_high_as_wide(desk, acting, take):
    take("rectangle")
    drag(acting.hand, (10, 10), (30, 15), modifiers=frozenset({"shift"}))
    assert desk.session.editor.proposal.region.bbox == (10, 10, 20, 20)


def test_a_turned_one_is_a_side_and_a_click(desk, acting, take):
    tool, hand = take("rectangle"), acting.hand
    tool.turned.set(True)
    drag(hand, (10, 10), (30, 20))
    hand.hover(PointerEvent(20, 30, "none", down=False))
    [outline] = hand.overlay
    assert outline.closed
    assert hand.is_busy
    hand.press(PointerEvent(20, 30))
    hand.release(PointerEvent(20, 30, "none", down=False))
    assert not hand.is_busy
    assert shown(desk).area == pytest.approx(22.36 * 13.42, rel=0.04)


def test_a_click_without_a_drag_makes_nothing(desk, acting, take):
    take("rectangle")
    drag(acting.hand, (10, 10))
    assert not desk.session.editor.draft.is_live
    assert not acting.hand.is_busy


def test_a_line_has_a_width_and_its_last_corner_can_go(desk, acting, take):
    take("line")
    hand = acting.hand
    for corner in ((5, 5), (30, 5), (60, 40)):
        drag(hand, corner)
    REGISTRY.run("gesture.back", acting)
    hand.hover(PointerEvent(31, 30, "none", down=False))
    assert hand.overlay == (PathShape(((5, 5), (30, 5), (31, 30)), width=6),)
    drag(hand, (30, 30))
    REGISTRY.run("gesture.finish", acting)
    assert shown(desk) == Mask.from_region(rasterized(Stroke(((5, 5), (30, 5), (30, 30)), 3), SIZE))
    desk.session.acceptance.accept()
    assert desk.saved()[0].provenance["by"] == "line"


def test_a_line_is_drawn_freehand_while_it_is_dragged(desk, acting, take):
    take("line")
    drag(acting.hand, (5, 5), (7, 5), (15, 9), (25, 20))
    acting.hand.press_key("finish")
    assert shown(desk) == Mask.from_region(rasterized(Stroke(((5, 5), (15, 9), (25, 20)), 3), SIZE))


@pytest.fixture
def colourful(desk):
    """A photo with a red square and a red spot on grey."""
    path = desk.project.image_path(desk.session.image)
    pixels = np.full((*SIZE, 3), 120, np.uint8)
    pixels[10:20, 10:30] = (200, 30, 30)
    pixels[40:44, 50:54] = (202, 30, 30)
    Image.fromarray(pixels).save(path)
    desk.session.closeups.visible = lambda: (0, 0, SIZE[1], SIZE[0])
    return desk


def test_the_wand_takes_a_colour_and_dragging_takes_more(colourful, acting, take):
    desk, hand = colourful, acting.hand
    tool = take("wand")
    hand.hover(PointerEvent(15, 15, "none", down=False))
    desk.until(lambda: Changed("pixels") in desk.events)
    drag(hand, (15, 15))
    assert shown(desk).area == 200
    desk.session.editor.discard()
    tool.contiguous.set(False)
    drag(hand, (15, 15))
    assert shown(desk).area == 216
    hand.press(PointerEvent(2, 2, "right"))
    hand.move(PointerEvent(900, 2, "none"))
    assert isinstance(hand.overlay[0], RasterShape)
    assert hand.overlay[0].pixels.all()
    assert hand.overlay[0].color == CUT_COLOR
    assert tool.tolerance.value == 100
    hand.cancel()
    assert shown(desk).area == 216
    assert tool.tolerance.value == 10, "nothing has happened"


def test_a_press_of_the_wand_waits_for_the_colours(colourful, acting, take):
    take("wand")
    drag(acting.hand, (15, 15))
    assert not colourful.session.editor.draft.is_live
    colourful.until(lambda: colourful.session.editor.draft.is_live)
    assert shown(colourful).area == 200
    assert colourful.notices() == []


def test_the_wand_tells_how_coarse_it_is_in_a_large_view(desk, acting, take, monkeypatch):
    take("wand")
    seen = [None, (-5, -5, 70, 50), (0, 0, 10, 10)]
    monkeypatch.setattr(desk.session.closeups, "visible", lambda: seen[0])
    assert acting.hand.readout() == ""
    monkeypatch.setattr("app.labeling.pixels.MOST_PIXELS", 48 * 64)
    seen.pop(0)
    assert acting.hand.readout() == ""
    monkeypatch.setattr("app.labeling.pixels.MOST_PIXELS", 48 * 64 // 4 - 1)
    assert acting.hand.readout() == "It takes blocks of 4 × 4 pixels: zoom in for single ones"
    seen.pop(0)
    assert acting.hand.readout() == ""


def test_the_wand_says_that_it_is_outside_the_image(colourful, acting, take):
    take("wand")
    drag(acting.hand, (-5, 15))
    assert "outside" in colourful.notices()[-1]


def test_a_hole_is_filled_and_a_part_goes(desk, acting, take):
    pixels = np.ones((9, 9), bool)
    pixels[2:5, 2:5] = False
    desk.session.editor.edit(Region(10, 20, pixels, SIZE), "brush")
    take("fill")
    drag(acting.hand, (13, 23))
    assert shown(desk).area == 81
    drag(acting.hand, (40, 10))
    assert "No hole" in desk.notices()[-1]
    desk.session.painter.combine(Region(40, 5, np.ones((3, 3), bool), SIZE), "brush")
    drag(acting.hand, (41, 6), button="right")
    assert shown(desk).area == 81


def test_fill_works_on_a_selected_object_and_says_when_there_is_none(desk, acting, take):
    take("fill")
    drag(acting.hand, (13, 23))
    assert "nothing to fill" in desk.notices()[-1]
    pixels = np.ones((9, 9), bool)
    pixels[2:5, 2:5] = False
    desk.session.editor.edit(Region(10, 20, pixels, SIZE), "brush")
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    desk.session.objects.select(saved.id)
    drag(acting.hand, (13, 23))
    assert desk.session.editor.draft.resumed.id == saved.id
    desk.session.acceptance.accept()
    assert desk.saved()[0].mask.area == 81


@pytest.mark.parametrize("id", ["rectangle", "ellipse"])
def test_of_a_turned_one_it_is_told_that_a_click_follows(acting, take, id):
    tool = take(id)
    assert "Shift" in acting.hand.hint()
    tool.turned.set(True)
    assert "Shift" not in acting.hand.hint(), "which means nothing then"
    assert "Then click: how wide it is" in acting.hand.hint()


def test_the_width_of_a_line_is_shown_at_once_while_it_is_drawn(desk, acting, take):
    tool = take("line")
    acting.hand.press(PointerEvent(10, 10))
    acting.hand.move(PointerEvent(30, 10, "none"))
    [before] = acting.hand.overlay
    REGISTRY.run("tool.larger", acting)
    acting.hand.look()
    [path] = acting.hand.overlay
    assert (path.points, path.width) == (before.points, tool.size.value)
    assert path.width > before.width
    acting.hand.move(PointerEvent(30, 20, "none"))
    assert acting.hand.overlay[0].points == ((10, 10), (30, 10), (30, 20), (30, 20)), "it is drawn freehand still"
    acting.hand.release(PointerEvent(30, 20, "none", down=False))
    acting.hand.press_key("back")
    acting.hand.look()
    assert len(acting.hand.overlay[0].points) == 3, "looking takes no corner back"
    acting.hand.cancel()
