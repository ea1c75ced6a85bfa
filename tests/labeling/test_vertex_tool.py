"""The vertex tool: what it does to the object in the making and to a selected one, state by state."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.tools.overlay import BoxShape, HandlesShape, VerticesShape
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.geometry import Geometry, Shape, numbers_text
from app.masks.polygons import from_polygons
from app.masks.rle import Mask
from app.project.records import TRAIL, Annotation
from tests.labeling.test_dropped import undo_says


@pytest.fixture
def hand(acting):
    tool = TOOLBOX.named("vertices")
    tool.detail.set(1.0)
    acting.view.scale = 4.0
    acting.hand.take(tool)
    yield acting.hand
    acting.hand.cancel()
    tool.detail.set(1.0)


@pytest.fixture
def square(hand, desk):
    """A square with a hole is in the making."""
    desk.session.editor.edit(Mask.from_array(box(10, 10, 40, 40) & ~box(20, 20, 30, 30)), "brush")
    return hand


def box(x0, y0, x1, y1):
    result = np.zeros((48, 64), bool)
    result[max(y0, 0) : y1, max(x0, 0) : x1] = True
    return result


def pixels(desk):
    return Mask.from_region(desk.session.editor.proposal.region).to_array()


def drag(hand, *path, button="left", **options):
    hand.press(PointerEvent(*path[0], button, **options))
    for x, y in path[1:]:
        hand.move(PointerEvent(x, y, "none", **options))
    hand.release(PointerEvent(*path[-1], "none", down=False, **options))


def points(hand, acting):
    outline = hand.tool.outline(acting)
    return sorted(map(tuple, outline.points.tolist()))


CORNERS = [(10, 10), (10, 40), (20, 20), (20, 30), (30, 20), (30, 30), (40, 10), (40, 40)]


def test_the_corners_of_object_and_hole_are_shown_wherever_the_pointer_is(square, acting, desk):
    [shape] = square.overlay
    assert isinstance(shape, VerticesShape)
    assert points(square, acting) == CORNERS
    assert square.readout() == "8 vertices    IoU 1.0000    at most 0.0 px off"
    square.hover(PointerEvent(40.5, 39.5, "none", down=False))
    assert square.overlay[1] == HandlesShape(((40, 40),), 0)
    square.hover(PointerEvent(25, 10.5, "none", down=False))
    assert square.overlay[1] == HandlesShape(((25, 10),)), "here one more would be set"
    square.leave()
    assert square.overlay == (shape,)


def test_a_vertex_is_dragged_and_the_far_side_stays(square, acting, desk):
    drag(square, (40, 40), (45, 44), (50, 46))
    mask = pixels(desk)
    assert mask[42, 45]
    assert np.array_equal(mask[:40, :40], (box(10, 10, 40, 40) & ~box(20, 20, 30, 30))[:40, :40])
    assert (50, 46) in points(square, acting)
    assert desk.session.editor.draft.top.source.by == "vertices"
    desk.session.editor.back()
    assert points(square, acting) == CORNERS
    desk.session.editor.forward()
    assert (50, 46) in points(square, acting)


def test_the_hole_has_vertices_too(square, acting, desk):
    drag(square, (30, 30), (36, 30))
    assert not pixels(desk)[28, 32]
    assert pixels(desk)[45:, :].sum() == 0


def test_what_is_dragged_is_seen_before_it_is_let_go(square, acting, desk):
    before = desk.session.editor.proposal
    square.press(PointerEvent(40, 40))
    square.move(PointerEvent(45, 44, "none"))
    [shape] = square.overlay
    assert (45, 44) in map(tuple, shape.points.tolist())
    assert desk.session.editor.proposal is before
    REGISTRY.run("mask.discard", acting)
    assert points(square, acting) == CORNERS
    assert desk.session.editor.proposal is before


def test_a_click_on_an_edge_sets_a_vertex_and_drags_it(square, acting, desk):
    before = desk.session.editor.proposal
    drag(square, (25, 10))
    assert (25, 10) in points(square, acting)
    assert desk.session.editor.proposal is before, "the mask is the same"
    assert square.tool.chosen(acting)
    drag(square, (40, 25), (50, 25))
    assert pixels(desk)[25, 46]
    assert len(points(square, acting)) == 10


@pytest.mark.parametrize("undo", ["edit.undo", "prompt.back"])
def test_undo_takes_back_a_vertex_that_was_set_on_an_edge_before_the_drag_that_came_before(square, acting, desk, undo):
    states = [CORNERS]

    def note():
        states.append(points(square, acting))

    drag(square, (40, 40), (50, 46))
    note()
    drag(square, (25, 10))
    note()
    drag(square, (10, 25))
    note()
    drag(square, (25, 10), (25, 5))
    note()
    drag(square, (10, 25), modifiers=frozenset({"alt"}))
    note()
    kept = len(desk.session.editor.draft.revisions)
    assert kept == 3, "a vertex on an edge is no state of the mask, nor is one taken from it"
    for expected in states[-2::-1]:
        REGISTRY.run(undo, acting)
        assert points(square, acting) == expected
    assert len(desk.session.editor.draft.revisions) == 1
    for expected in states[1:]:
        assert REGISTRY.for_key("Ctrl+Y", acting).id == "edit.redo"
        REGISTRY.run("edit.redo", acting)
        assert points(square, acting) == expected
    assert len(desk.session.editor.draft.revisions) == kept
    desk.session.acceptance.accept()
    assert len(desk.saved()[0].provenance[TRAIL]["states"]) == kept - 1


def test_a_vertex_that_was_taken_back_does_not_come_back_after_something_else_was_done(square, acting, desk):
    drag(square, (25, 10))
    REGISTRY.run("edit.undo", acting)
    drag(square, (40, 40), (50, 46))
    REGISTRY.run("edit.undo", acting)
    assert points(square, acting) == CORNERS
    REGISTRY.run("edit.redo", acting)
    assert (50, 46) in points(square, acting)
    assert (25, 10) not in points(square, acting)


def test_undo_says_what_becomes_of_a_vertex_on_an_edge_and_other_tools_leave_it(hand, acting, desk):
    desk.click()
    assert undo_says(acting) == "Undo the last click"
    outline = hand.tool.outline(acting)
    longest = outline.edges()[np.argmax(np.abs(outline.edges()[:, :2] - outline.edges()[:, 2:]).max(axis=1))]
    drag(hand, tuple(((longest[:2] + longest[2:]) / 2).tolist()))
    assert len(hand.tool.outline(acting)) == len(outline) + 1
    assert undo_says(acting) == "Undo the last edit"
    hand.take(TOOLBOX.named("brush"))
    assert undo_says(acting) == "Undo the last click"


def test_alt_right_and_delete_take_a_vertex_away(square, acting, desk):
    drag(square, (40, 40), modifiers=frozenset({"alt"}))
    assert not pixels(desk)[38, 38]
    assert not desk.session.editor.draft.undone
    desk.session.editor.back()
    drag(square, (40, 40), button="right")
    assert not pixels(desk)[38, 38]
    desk.session.editor.back()
    drag(square, (40, 40))
    assert REGISTRY.for_key("Del", acting).id == "vertices.delete"
    REGISTRY.run("vertices.delete", acting)
    assert not pixels(desk)[38, 38]
    assert len(points(square, acting)) == 7


def test_a_rubber_band_chooses_several_which_move_as_one(square, acting, desk):
    square.press(PointerEvent(55, 5))
    square.move(PointerEvent(35, 45, "none"))
    assert isinstance(square.overlay[-1], BoxShape)
    square.release(PointerEvent(35, 45, "none", down=False))
    assert len(square.tool.chosen(acting)) == 2
    drag(square, (40, 40), (44, 40))
    assert np.array_equal(pixels(desk), box(10, 10, 44, 40) & ~box(20, 20, 30, 30))
    assert len(square.tool.chosen(acting)) == 2, "they stay chosen"
    for key, right in (("Right", 45), ("Left", 44), ("Shift+Right", 54)):
        REGISTRY.run(REGISTRY.for_key(key, acting).id, acting)
        assert np.flatnonzero(pixels(desk)[15])[-1] == right - 1
    REGISTRY.run("mask.discard", acting)
    assert desk.session.editor.draft.is_live, "Esc lets go of them first"
    assert REGISTRY.for_key("Right", acting).id == "crosshair.right"


def test_shift_takes_vertices_in_and_out(square, acting):
    drag(square, (40, 40))
    drag(square, (10, 10), modifiers=frozenset({"shift"}))
    assert len(square.tool.chosen(acting)) == 2
    drag(square, (40, 40), modifiers=frozenset({"shift"}))
    assert len(square.tool.chosen(acting)) == 1


def test_vertices_outside_the_image_and_an_object_that_vanishes(square, acting, desk):
    drag(square, (5, 5), (60, 47))
    drag(square, (40, 40), (40, 400))
    assert square.tool.chosen(acting)
    assert "Nothing is left" in desk.notices()[-1]
    assert desk.session.editor.proposal.is_empty
    desk.session.editor.back()
    assert np.array_equal(pixels(desk), box(10, 10, 40, 40) & ~box(20, 20, 30, 30))
    assert points(square, acting) == CORNERS


def test_an_outline_that_comes_to_cross_itself_is_told_once(square, acting, desk):
    drag(square, (40, 40), (25, 5))
    assert [n for n in desk.notices() if "crosses itself" in n]
    count = len(desk.notices())
    drag(square, (25, 5), (24, 5))
    assert len(desk.notices()) == count


def test_another_detail_makes_other_vertices_of_the_mask_as_it_is(square, acting, desk):
    y, x = np.mgrid[:48, :64]
    desk.session.editor.edit(Mask.from_array((x - 30) ** 2 + (y - 24) ** 2 < 400), "brush")
    square.tool.detail.set(0)
    many = len(points(square, acting))
    square.tool.wheel(acting, PointerEvent(1, 1), 6)
    assert square.tool.detail.value == 3
    assert len(points(square, acting)) < many
    before = pixels(desk)
    left = min(points(square, acting))
    drag(square, left, (left[0] - 6, left[1]))
    changed = pixels(desk) != before
    assert changed.any()
    assert not changed[:, 30:].any()


def test_a_selected_object_is_picked_up_by_the_first_change(hand, acting, desk):
    desk.session.editor.edit(Mask.from_array(box(10, 10, 30, 30)), "brush")
    saved = desk.session.acceptance.accept().changes[-1].after
    assert hand.overlay == ()
    drag(hand, (20, 20))
    assert desk.session.editor.draft.resumed.id == saved.id, "a click picks up what lies there"
    desk.session.editor.discard()
    desk.session.objects.select(saved.id)
    assert len(hand.overlay[0].points) == 4
    assert hand.readout().startswith("4 vertices")
    drag(hand, (30, 30), (36, 36))
    assert desk.session.editor.draft.resumed.id == saved.id
    desk.session.acceptance.accept()
    [row] = desk.saved()
    assert row.mask.area > 400
    assert row.provenance["by"] == "brush, vertices"


def test_the_points_of_a_file_are_the_first_vertices(hand, acting, desk):
    ring = [(10.3, 8.7), (50.2, 9.1), (51.6, 30.4), (30.5, 40.9), (12.4, 30.8)]
    flat = [v for point in ring for v in point]
    mask = from_polygons([flat], (48, 64))
    geometry = Geometry((Shape("polygon", numbers_text(flat)),))
    with desk.project.step("Import") as step:
        step.add(replace(Annotation(0, desk.session.image_id, None, mask), geometry=geometry))
    desk.session.objects.select(desk.saved()[0].id)
    assert points(hand, acting) == sorted(ring)
    drag(hand, ring[2], (56, 33))
    assert len(points(hand, acting)) == 5
    desk.session.editor.back()
    assert points(hand, acting) == sorted(ring)
    hand.tool.detail.set(2)
    assert points(hand, acting) != sorted(ring)
    hand.tool.detail.set(1)


def test_nothing_is_edited_in_an_empty_place_or_of_several(hand, acting, desk):
    drag(hand, (20, 20))
    assert not desk.session.editor.draft.is_live
    assert hand.overlay == ()
    assert hand.readout() == ""
    assert "Click an object" in hand.hint()


def test_a_click_on_another_object_than_the_one_that_was_edited_says_what_comes_first(square, acting, desk):
    with desk.project.step("Made") as step:
        step.add(Annotation(0, desk.session.image_id, None, Mask.from_array(box(12, 12, 60, 46)), z_order=1))
    draft = desk.session.editor.draft
    drag(square, (15, 25))
    assert not desk.notices(), "the click was into the object in the making"
    drag(square, (50, 44))
    assert desk.session.editor.draft is draft
    assert desk.notices() == ["Accept the mask first: mask.accept. Then another object can be edited."]
    desk.session.acceptance.accept()
    drag(square, (50, 44))
    assert desk.session.editor.draft.resumed is not None
