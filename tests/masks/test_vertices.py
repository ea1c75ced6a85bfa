"""Vertices of an outline: what is not touched stays as it is to the pixel, whatever the detail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.masks.evenodd import around, inside
from app.masks.outlines import outlines
from app.masks.regions import bounds, cut
from app.masks.rle import Mask, Region
from app.masks.vertices import Edit, VertexOutline, vertices_from, vertices_of
from tests.masks.shapes import flower, masks


def region_of(pixels):
    return Mask.from_array(pixels).region()


def whole(region):
    height, width = region.image_size
    return cut(region, (0, 0, width, height)) if region.pixels.size else np.zeros(region.image_size, bool)


def filled(edges, size):
    return inside(edges, (0, 0, size[1], size[0]), size)


def check(outline: VertexOutline, region: Region):
    """The ways from vertex to vertex are the mask."""
    assert np.array_equal(filled(outline.ways(), region.image_size), whole(region))


details = st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0])


@given(masks(), details)
def test_the_ways_between_vertices_are_the_mask_at_every_detail(pixels, detail):
    region = region_of(pixels)
    outline = vertices_of(outlines(region), detail)
    check(outline, region)
    assert outline.fit(region).vertices == len(outline)
    if pixels.any():
        polygon = inside(outline.edges(), bounds(region), region.image_size)
        assert outline.fit(region).iou == (polygon & region.pixels).sum() / (polygon | region.pixels).sum()
    if not detail:
        assert outline.fit(region)[1:] == (1.0, 0.0)


@given(masks(16), details, st.data())
def test_a_row_of_edits_changes_only_what_lies_between_the_neighbours(pixels, detail, data):
    region = region_of(pixels)
    outline = vertices_of(outlines(region), detail)
    for _ in range(4):
        if not len(outline):
            break
        before, edit = region, some_edit(outline, data)
        region = edit.applied(region)
        check(edit.outline, region)
        different = whole(before) != whole(region)
        if len(edit.toggled):
            x0, y0, x1, y1 = around(edit.toggled)
            different[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = False
        assert not different.any()
        outline = edit.outline


def some_edit(outline, data) -> Edit:
    vertex = st.integers(0, len(outline) - 1)
    kind = data.draw(st.sampled_from(["move", "insert", "delete"]))
    if kind == "insert":
        x, y = outline.points[data.draw(vertex)] + 1
        return outline.inserted(data.draw(vertex), x, y)
    chosen = data.draw(st.sets(vertex, min_size=1, max_size=4))
    if kind == "delete":
        return outline.without(chosen)
    offset = st.floats(-8, 8, allow_nan=False).map(lambda v: round(v * 4) / 4)
    return outline.moved(chosen, data.draw(offset), data.draw(offset))


def blob():
    """An object with two holes and an island, and an island in a hole."""
    pixels = np.zeros((200, 220), bool)
    pixels[:160, :160] = flower(160)
    pixels[60:100, 60:100] = False
    pixels[75:85, 75:85] = True
    pixels[110:120, 70:85] = False
    pixels[170:190, 180:210] = True
    return pixels


def test_holes_and_islands_have_vertices_of_their_own():
    outline = vertices_of(outlines(region_of(blob())), 1.0)
    assert len(outline.rings) == 5
    assert sorted(len(ring) for ring in outline.rings)[:4] == [4, 4, 4, 4]


def test_more_detail_fits_better_with_more_vertices():
    region = region_of(blob())
    fits = [vertices_of(outlines(region), detail).fit(region) for detail in (0.5, 1, 2, 4)]
    assert [f.vertices for f in fits] == sorted((f.vertices for f in fits), reverse=True)
    assert [f.iou for f in fits] == sorted((f.iou for f in fits), reverse=True)
    for fit, detail in zip(fits, (0.5, 1, 2, 4), strict=True):
        assert fit.deviation <= detail + 0.51, "the corners of the pixels lie half a pixel beside their middles"


def test_less_detail_leaves_small_parts_no_more_vertices():
    y, x = np.mgrid[:40, :40]
    small = Region(5, 5, (x - 20) ** 2 + (y - 20) ** 2 < 12**2, (60, 60))
    counts = [len(vertices_of(outlines(small), detail)) for detail in (1, 2, 5, 10, 20)]
    assert counts == sorted(counts, reverse=True)


def test_to_insert_changes_nothing_and_the_new_vertex_lies_on_the_outline():
    region = region_of(blob())
    outline = vertices_of(outlines(region), 3.0)
    edit = outline.inserted(4, 30.0, 30.0)
    assert edit.applied(region) is region
    assert len(edit.outline) == len(outline) + 1
    check(edit.outline, region)


def test_what_is_moved_and_moved_back_leaves_straight_edges():
    region = region_of(blob())
    outline = vertices_of(outlines(region), 3.0)
    there = outline.moved([3], 7, -4)
    back = there.outline.moved([3], -7, 4)
    result = back.applied(there.applied(region))
    check(back.outline, result)
    assert np.count_nonzero(whole(result) != whole(region)) < 120


def test_a_polygon_of_three_goes_with_one_of_them():
    pixels = np.zeros((40, 40), bool)
    pixels[5:30, 5:30] = True
    pixels[10:20, 10:20] = False
    region = region_of(pixels)
    outline = vertices_of(outlines(region), 1.0)
    hole = [i for i, (x, y) in enumerate(outline.points) if 9 < x < 21 and 9 < y < 21]
    assert len(hole) == 4
    edit = outline.without(hole[:2])
    assert len(edit.outline) == 4
    filled_up = edit.applied(region)
    assert whole(filled_up)[5:30, 5:30].all()
    check(edit.outline, filled_up)
    nothing = edit.outline.without(range(4))
    assert not nothing.applied(filled_up).pixels.any()
    assert len(nothing.outline) == 0


def test_vertices_of_one_pixel_can_be_dragged_out_of_the_image():
    pixels = np.zeros((8, 9), bool)
    pixels[0, 8] = True
    region = region_of(pixels)
    outline = vertices_of(outlines(region), 1.0)
    assert len(outline) == 4
    right = [i for i, (x, _) in enumerate(outline.points) if x == 9]
    edit = outline.moved(right, 50, 0)
    assert np.array_equal(whole(edit.applied(region)), pixels), "there is no image"
    edit = edit.outline.moved(range(4), -4, 3)
    moved = np.zeros_like(pixels)
    moved[3, 4:] = True
    assert np.array_equal(whole(edit.applied(region)), moved)


def test_what_is_near_is_found():
    outline = vertices_of(outlines(region_of(blob())), 1.0)
    x, y = outline.points[5]
    assert outline.vertex_at(x + 2, y - 1, 3) == 5
    assert outline.vertex_at(-50, -50, 3) is None
    edge, on_x, on_y = outline.edge_at(195, 168, 3)
    assert (on_x, on_y) == (195, 170)
    assert outline.edge_at(195, 160, 3) is None
    island = outline.within(215, 195, 175, 165)
    assert len(island) == 4
    assert edge in island
    nothing = vertices_of([], 1.0)
    assert nothing.vertex_at(1, 1, 5) is None
    assert nothing.edge_at(1, 1, 5) is None


# --- from points that somebody else set --------------------------------------------------------------------------


def test_the_points_of_a_file_are_the_vertices_and_the_mask_stays_as_it_was_read():
    from app.masks.polygons import from_polygons

    ring = np.array([(20.3, 11.7), (90.2, 14.1), (101.6, 70.4), (55.5, 92.9), (12.4, 60.8)])
    region = from_polygons([ring.reshape(-1).tolist()], (120, 130)).region()
    for points in (ring, ring[::-1]):
        outline = vertices_from([points], outlines(region))
        assert outline is not None
        assert sorted(map(tuple, outline.points)) == sorted(map(tuple, ring))
        check(outline, region)
        edit = outline.moved([2], 6, 5)
        check(edit.outline, edit.applied(region))


def test_the_points_of_a_file_are_left_alone_when_they_are_of_another_mask():
    square = np.array([(10, 10), (50, 10), (50, 50), (10, 50)], float)
    pixels = np.zeros((80, 80), bool)
    pixels[10:50, 10:50] = True
    exact = outlines(region_of(pixels))
    assert vertices_from([square + 5], exact) is None
    assert vertices_from([square, square + 20], exact) is None
    assert vertices_from([square[[0, 2, 1, 3]]], exact) is None


@pytest.mark.parametrize("detail", [0.0, 1.0])
def test_edits_of_a_thousand_vertices_are_a_matter_of_milliseconds(detail):
    import time

    pixels = np.kron(np.random.default_rng(0).random((60, 60)) < 0.6, np.ones((12, 12), bool))
    region = region_of(pixels)
    outline = vertices_of(outlines(region), detail)
    assert len(outline) > 1000
    began = time.process_time()
    edit = outline.moved([500], 3.0, 2.0)
    edit.applied(region)
    assert time.process_time() - began < 0.1
