"""The polygon tool: corners by clicks and freehand, closed in every way there is, and combined with the object."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.events import Changed
from app.labeling.tools.overlay import HandlesShape, PathShape
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.rle import Mask

SQUARE = ((10, 10), (30, 10), (30, 30), (10, 30))


@pytest.fixture
def hand(acting):
    tool = TOOLBOX.named("polygon")
    tool.how.set("add")
    acting.hand.take(tool)
    yield acting.hand
    acting.hand.cancel()
    tool.how.set("add")


def click(hand, x, y, button="left"):
    hand.press(PointerEvent(x, y, button))
    hand.release(PointerEvent(x, y, "none", down=False))
    hand.hover(PointerEvent(x, y, "none", down=False))


def corners(hand, *points, button="left"):
    for x, y in points:
        click(hand, x, y, button)


def pixels(desk):
    return Mask.from_region(desk.session.editor.proposal.region).to_array()


def box(x0, y0, x1, y1):
    result = np.zeros((48, 64), bool)
    result[y0:y1, x0:x1] = True
    return result


@pytest.mark.parametrize("how", ["first", "enter", "double"])
def test_a_polygon_is_closed_on_its_first_corner_by_enter_or_by_a_double_click(how, hand, desk, acting):
    corners(hand, *SQUARE)
    assert hand.is_busy
    assert not desk.session.editor.draft.is_live
    match how:
        case "first":
            click(hand, 12, 9)
        case "enter":
            REGISTRY.run("gesture.finish", acting)
        case "double":
            hand.double_click(PointerEvent(*SQUARE[-1]))
            hand.release(PointerEvent(*SQUARE[-1], "none", down=False))
    assert not hand.is_busy
    assert hand.overlay == ()
    assert np.array_equal(pixels(desk), box(10, 10, 30, 30))
    desk.session.acceptance.accept()
    assert desk.saved()[0].provenance["by"] == "polygon"


def test_what_is_set_is_shown_with_an_edge_that_follows_and_the_first_corner_lights_up(hand):
    corners(hand, *SQUARE[:3])
    hand.hover(PointerEvent(15, 40, "none", down=False))
    path, handles = hand.overlay
    assert path == PathShape((*SQUARE[:3], (15, 40)), fill="more")
    assert handles == HandlesShape(SQUARE[:3])
    hand.hover(PointerEvent(13, 12, "none", down=False))
    path, handles = hand.overlay
    assert path.points[-1] == SQUARE[0]
    assert handles.chosen == 0


def test_how_near_the_first_corner_is_near_is_a_matter_of_the_screen(hand, desk, acting):
    acting.view.scale = 8.0
    corners(hand, *SQUARE, (12, 12))
    assert hand.is_busy
    click(hand, 11, 10)
    assert not hand.is_busy


def test_backspace_takes_corners_back_until_nothing_is_left(hand, desk, acting):
    corners(hand, *SQUARE[:2])
    REGISTRY.run("gesture.back", acting)
    assert hand.overlay[1] == HandlesShape(SQUARE[:1])
    assert hand.readout() == "1 corner of a new object"
    REGISTRY.run("gesture.back", acting)
    assert not hand.is_busy
    assert hand.overlay == ()
    assert not desk.session.editor.draft.is_live
    assert desk.notices() == []


def test_the_corner_under_the_button_counts_and_what_ends_it_is_told_of_one_that_cuts(hand, desk):
    hand.press(PointerEvent(10, 10, "right"))
    assert hand.readout() == "1 corner, to be cut out"
    hand.move(PointerEvent(30, 12, "none"))
    assert hand.readout() == "1 corner, to be cut out"
    assert "Shift: along edges" in hand.hint()
    assert "no polygon" in hand.hint()


def test_undo_takes_a_corner_back_while_a_polygon_is_drawn(hand, desk, acting):
    corners(hand, *SQUARE)
    REGISTRY.run("edit.undo", acting)
    assert hand.overlay[1] == HandlesShape(SQUARE[:3])
    assert not desk.session.editor.draft.is_live


def test_too_few_corners_are_said_and_the_polygon_goes_on(hand, desk, acting):
    corners(hand, *SQUARE[:2])
    REGISTRY.run("gesture.finish", acting)
    assert "at least three" in desk.notices()[-1]
    assert hand.is_busy
    click(hand, 10, 10)
    assert hand.is_busy
    corners(hand, SQUARE[2])
    REGISTRY.run("gesture.finish", acting)
    assert pixels(desk).sum() == 190 + 20, "half of the square with its diagonal"


def test_escape_leaves_the_object_as_it_was(hand, desk, acting):
    desk.click()
    before = desk.session.editor.proposal
    corners(hand, *SQUARE)
    REGISTRY.run("mask.discard", acting)
    assert not hand.is_busy
    assert desk.session.editor.proposal is before


def test_a_polygon_adds_to_the_object_and_a_right_click_cuts_out(hand, desk, acting):
    corners(hand, *SQUARE, SQUARE[0])
    corners(hand, (20, 20), (40, 20), (40, 40), (20, 40))
    assert hand.readout() == "4 corners, to be added"
    corners(hand, (20, 20))
    both = box(10, 10, 30, 30) | box(20, 20, 40, 40)
    assert np.array_equal(pixels(desk), both)
    corners(hand, (15, 15), (25, 15), (25, 25), (15, 25))
    click(hand, 50, 5, "right")
    assert np.array_equal(pixels(desk), both & ~box(15, 15, 25, 25)), "where it is closed is no corner"
    desk.session.editor.back()
    assert np.array_equal(pixels(desk), both)


def test_begun_with_the_right_button_it_cuts_and_says_so(hand, desk, acting):
    corners(hand, *SQUARE, SQUARE[0])
    click(hand, 15, 15, "right")
    assert hand.overlay[0].fill == "less"
    assert hand.readout() == "1 corner, to be cut out"
    assert "cut it out" in hand.hint()
    corners(hand, (25, 15), (25, 25), (15, 25), button="right")
    REGISTRY.run("gesture.finish", acting)
    assert np.array_equal(pixels(desk), box(10, 10, 30, 30) & ~box(15, 15, 25, 25))


def test_a_selected_object_is_picked_up_and_added_to(hand, desk, acting):
    corners(hand, *SQUARE, SQUARE[0])
    saved = desk.session.acceptance.accept().changes[-1].after
    desk.session.objects.select(saved.id)
    corners(hand, (30, 10), (40, 10), (40, 30), (30, 30), (30, 10))
    assert desk.session.editor.draft.resumed.id == saved.id
    assert np.array_equal(pixels(desk), box(10, 10, 40, 30))


def test_cutting_from_nothing_says_so(hand, desk):
    hand.tool.how.set("cut")
    corners(hand, *SQUARE, SQUARE[0])
    assert "nothing to cut" in desk.notices()[-1]
    assert not desk.session.editor.draft.is_live


def test_a_new_object_each_time_accepts_the_one_before(hand, desk):
    hand.tool.how.set("new")
    corners(hand, *SQUARE, SQUARE[0])
    assert desk.saved() == []
    corners(hand, (40, 10), (50, 10), (50, 30), (40, 30), (40, 10))
    [first] = desk.saved()
    assert np.array_equal(first.mask.to_array(), box(10, 10, 30, 30))
    assert np.array_equal(pixels(desk), box(40, 10, 50, 30))
    desk.session.acceptance.accept()
    desk.session.objects.select(desk.saved()[0].id)
    corners(hand, *SQUARE, SQUARE[0])
    assert desk.session.editor.draft.resumed is None


def test_an_outline_that_crosses_itself_is_even_odd_and_told(hand, desk, acting):
    corners(hand, (10, 10), (30, 30), (30, 10), (10, 30))
    REGISTRY.run("gesture.finish", acting)
    assert "crosses itself" in desk.notices()[-1]
    mask = pixels(desk)
    assert mask[20, 12]
    assert mask[20, 28]
    assert not mask[12, 20]


def test_corners_outside_the_image_are_cut_at_its_border(hand, desk, acting):
    corners(hand, (-20, -30), (10, -30), (10, 100), (-20, 100))
    REGISTRY.run("gesture.finish", acting)
    assert np.array_equal(pixels(desk), box(0, 0, 10, 48))
    corners(hand, (-20, -30), (-10, -30), (-10, -20))
    REGISTRY.run("gesture.finish", acting)
    assert "covers no pixel" in desk.notices()[-1]
    assert np.array_equal(pixels(desk), box(0, 0, 10, 48))


def test_a_single_pixel(hand, desk, acting):
    acting.view.scale = 32.0
    corners(hand, (7, 5), (8, 5), (8, 6), (7, 6), (7, 5))
    assert np.array_equal(pixels(desk), box(7, 5, 8, 6))


def test_what_is_left_of_nothing_is_said(hand, desk, acting):
    corners(hand, *SQUARE, SQUARE[0])
    hand.tool.how.set("cut")
    corners(hand, (0, 0), (60, 0), (60, 40), (0, 40))
    REGISTRY.run("gesture.finish", acting)
    assert "Nothing is left" in desk.notices()[-1]


# --- freehand ----------------------------------------------------------------------------------------------------


def circle(turn=1.0, count=200):
    angles = np.linspace(0, 2 * np.pi * turn, count)
    return [(32 + 15 * np.cos(a), 24 + 15 * np.sin(a)) for a in angles]


def drag(hand, path, button="left"):
    hand.press(PointerEvent(*path[0], button))
    for x, y in path[1:]:
        hand.move(PointerEvent(x, y, "none"))
    hand.release(PointerEvent(*path[-1], "none", down=False))


def test_a_lasso_closes_where_it_began(hand, desk):
    drag(hand, circle())
    assert not hand.is_busy
    y, x = np.mgrid[:48, :64] + 0.5
    disc = np.hypot(x - 32, y - 24) < 15
    assert np.count_nonzero(pixels(desk) != disc) < 60, "within a pixel of the circle"


def test_freehand_mixes_with_clicks_is_thinned_and_taken_back_as_one(hand, desk, acting):
    click(hand, 5, 5)
    drag(hand, circle(0.5))
    assert hand.is_busy
    path, handles = hand.overlay
    assert len(path.points) < 40
    assert len(handles.points) == 2, "the corners of a stretch are no handles"
    click(hand, 5, 40)
    REGISTRY.run("gesture.back", acting)
    REGISTRY.run("gesture.back", acting)
    assert hand.overlay[1] == HandlesShape(((5, 5),))


def test_a_lasso_with_the_right_button_cuts(hand, desk):
    corners(hand, *SQUARE, SQUARE[0])
    drag(hand, circle(), "right")
    assert pixels(desk).sum() < 400
    assert not pixels(desk)[24, 28]


def test_a_shaking_hand_sets_one_corner(hand):
    drag(hand, [(10, 10), (11, 12), (12, 11)])
    assert hand.overlay[1] == HandlesShape(((10, 10),))


@pytest.mark.parametrize("key", ["gesture.back", "gesture.finish"])
def test_a_key_in_the_middle_of_a_drag_is_not_its_end(key, hand, acting):
    hand.press(PointerEvent(10, 10))
    hand.move(PointerEvent(30, 10, "none"))
    REGISTRY.run(key, acting)
    hand.look()  # as the window does after each command
    hand.move(PointerEvent(30, 30, "none"))
    hand.release(PointerEvent(30, 30, "none", down=False))
    assert hand.overlay[0].points[:3] == ((10, 10), (30, 10), (30, 30))
    assert hand.overlay[1] == HandlesShape(((10, 10), (30, 30))), "one stretch"


# --- along edges -------------------------------------------------------------------------------------------------

SHIFT = frozenset({"shift"})


@pytest.fixture
def picture(desk):
    """A bright square on the first image."""
    path = desk.project.image_path(desk.session.image)
    pixels = np.full((48, 64, 3), 20, np.uint8)
    pixels[10:38, 10:50] = 220
    Image.fromarray(pixels).save(path)
    desk.session.navigation.open(desk.project.images()[1].id)
    desk.open()
    return desk


def follow(hand, desk, *points):
    for x, y in points:
        hand.hover(PointerEvent(x, y, "none", SHIFT, down=False))
        desk.until(lambda: Changed("edges") in desk.events)
        desk.events.clear()
        hand.press(PointerEvent(x, y, "left", SHIFT))
        hand.release(PointerEvent(x, y, "none", SHIFT, down=False))


def test_with_shift_a_leg_follows_the_edges(picture, hand, acting):
    desk = picture
    acting.view.scale = 8.0
    click(hand, 10, 10)
    hand.hover(PointerEvent(49, 37, "none", SHIFT, down=False))
    assert len(hand.overlay[0].points) == 2, "straight until the edges are known"
    follow(hand, desk, (49, 11), (49, 37), (10, 37))
    assert len(hand.overlay[1].points) == 4
    hand.hover(PointerEvent(10, 10, "none", SHIFT, down=False))
    desk.until(lambda: Changed("edges") in desk.events)
    hand.press(PointerEvent(10, 10, "left", SHIFT))
    hand.release(PointerEvent(10, 10, "none", SHIFT, down=False))
    assert not hand.is_busy
    assert np.count_nonzero(pixels(desk) != box(10, 10, 50, 38)) < 150, "within a pixel or so all around"


def test_a_leg_along_edges_is_taken_back_as_one_and_is_straight_outside_the_image(picture, hand, acting):
    desk = picture
    acting.view.scale = 8.0
    click(hand, 10, 10)
    follow(hand, desk, (49, 37))
    assert len(hand.overlay[0].points) > 2, "around the corner"
    REGISTRY.run("gesture.back", acting)
    assert hand.overlay[1] == HandlesShape(((10, 10),))
    hand.hover(PointerEvent(-20, 5, "none", SHIFT, down=False))
    assert hand.overlay[0].points == ((10, 10), (-20, 5)), "outside the image it is straight"


def test_a_far_corner_is_reached_along_edges_too(picture, hand, acting, monkeypatch):
    monkeypatch.setattr("app.labeling.edges._REACH", 8)
    acting.view.scale = 8.0
    click(hand, 10, 10)
    hand.hover(PointerEvent(49, 37, "none", SHIFT, down=False))
    assert hand.overlay[0].loose == (0,), "it is seen that the way is not known yet"
    follow(hand, picture, (49, 37))
    assert len(hand.overlay[0].points) > 2, "around the corner"
    assert hand.overlay[0].loose == ()
    assert picture.notices() == []


def test_corners_that_are_set_before_the_edges_are_known_get_their_ways_as_soon_as_they_are(picture, hand, acting):
    acting.view.scale = 8.0
    click(hand, 10, 10)
    for x, y in ((49, 37), (10, 37)):
        hand.press(PointerEvent(x, y, "left", SHIFT))
        hand.release(PointerEvent(x, y, "none", SHIFT, down=False))
    assert hand.overlay[0].points[:3] == ((10, 10), (49, 37), (10, 37))
    hand.hover(PointerEvent(30, 30, "none", (), down=False))
    assert hand.overlay[0].loose == (0, 1), "both are dashed, and what follows the pointer is not"
    for _ in range(2):
        picture.until(lambda: Changed("edges") in picture.events)
        picture.events.clear()
        hand.look()
    points = hand.overlay[0].points
    assert hand.overlay[0].loose == (), "their ways are known"
    assert len(hand.overlay[1].points) == 3, "no corner more"
    assert points.index((49, 37)) > 1, "around the corner of the square"
    REGISTRY.run("gesture.back", acting)
    assert (10, 37) not in hand.overlay[0].points[:-1], "its leg is taken back as one"


@pytest.mark.parametrize("late_s", [3.0, -1.0])
def test_closed_before_the_edges_are_known_it_says_so_and_gets_their_ways_when_it_is_open_again(
    late_s, picture, hand, acting, monkeypatch
):
    monkeypatch.setattr("app.labeling.tools.edge_following._LATE_S", late_s)
    acting.view.scale = 8.0
    click(hand, 10, 10)
    for x, y in ((49, 37), (10, 37), (10, 10)):
        hand.press(PointerEvent(x, y, "left", SHIFT))
        hand.release(PointerEvent(x, y, "none", SHIFT, down=False))
    assert not hand.is_busy
    assert "not known yet for 3 sides" in picture.notices()[-1]
    monkeypatch.undo()
    REGISTRY.run("prompt.back", acting)
    for _ in range(2):
        hand.look()
        picture.until(lambda: Changed("edges") in picture.events)
        picture.events.clear()
    hand.look()
    assert hand.overlay[0].points.index((49, 37)) > 1, "around the corner of the square"
    REGISTRY.run("gesture.finish", acting)
    assert not any("not known yet" in each for each in picture.notices())


def test_a_corner_that_is_too_far_to_follow_edges_to_is_told_once_and_dashed(picture, hand, acting, monkeypatch):
    monkeypatch.setattr("app.labeling.edges._REACH", 2)
    monkeypatch.setattr("app.labeling.edges._MOST_CELLS", 30)
    acting.view.scale = 8.0
    click(hand, 10, 10)
    for x, y in ((49, 37), (48, 37)):
        hand.hover(PointerEvent(x, y, "none", SHIFT, down=False))
        assert hand.overlay[0] == PathShape(((10, 10), (x, y)), fill="more", loose=(0,))
    assert len(picture.notices()) == 1
    assert "too far" in picture.notices()[0]


def test_beyond_the_border_a_leg_goes_on_from_where_the_edges_end(picture, hand, acting):
    acting.view.scale = 8.0
    click(hand, 49, 37)
    hand.hover(PointerEvent(10, 200, "none", SHIFT, down=False))
    picture.until(lambda: Changed("edges") in picture.events)
    hand.look()
    *_, (x, y), end = hand.overlay[0].points
    assert end == (10, 200)
    assert abs(x - 10) < 2, "along the square down to the border"
    assert y > 40


def test_a_button_held_after_a_refused_close_sets_no_corner(hand):
    click(hand, 10, 10)
    hand.press(PointerEvent(30, 10, "right"))
    hand.move(PointerEvent(31, 10, "none"))
    hand.move(PointerEvent(40, 10, "none", down=False))
    assert hand.overlay[1] == HandlesShape(((10, 10),))
