"""The mathematics of zoom and pan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.canvas.viewport import MAX_SCALE, MIN_SCALE, Viewport

sizes = st.integers(1, 30_000)
places = st.floats(0, 1000)


def _viewport(width, height):
    viewport = Viewport()
    viewport.resize(1000, 800)
    viewport.show(width, height)
    return viewport


@given(sizes, sizes, places, places, st.floats(MIN_SCALE, MAX_SCALE))
def test_the_way_to_the_view_and_back_is_the_identity(width, height, x, y, scale):
    viewport = _viewport(width, height)
    viewport.zoom_at(x, y, scale)
    assert viewport.to_image(*viewport.to_view(x, y)) == pytest.approx((x, y), abs=1e-6)


def test_zooming_keeps_the_point_under_the_mouse():
    viewport = _viewport(6000, 4000)
    before = viewport.to_image(300, 200)
    viewport.zoom_at(300, 200, 0.9)
    assert viewport.to_image(300, 200) == pytest.approx(before)


def test_the_wheel_meets_a_hundred_percent():
    viewport = _viewport(6000, 4000)
    scales = []
    for _ in range(40):
        viewport.zoom_middle(+1)
        scales.append(viewport.scale)
    assert 1.0 in scales
    assert 2.0 in scales
    assert scales[-1] == MAX_SCALE


@given(sizes, sizes, st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), max_size=5))
def test_the_image_is_never_lost_out_of_sight(width, height, pans):
    viewport = _viewport(width, height)
    for pan in pans:
        viewport.pan(*pan)
    x0, y0, x1, y1 = viewport.visible()
    assert x0 < x1
    assert y0 < y1


def test_a_panorama_fits():
    viewport = _viewport(30_000, 200)
    assert viewport.visible() == (0, 0, 30_000, 200)


def test_resizing_the_window_keeps_the_middle():
    viewport = _viewport(6000, 4000)
    viewport.zoom_at(500, 400, 1.0)
    before = viewport.to_image(500, 400)
    viewport.resize(1400, 900)
    assert viewport.to_image(700, 450) == pytest.approx(before, abs=1)


def test_revealing_pans_just_far_enough():
    viewport = _viewport(6000, 4000)
    viewport.zoom_at(500, 400, 2.0)
    viewport.reveal(10, 10)
    x, y = viewport.to_view(10, 10)
    assert 0 <= x <= 1000
    assert 0 <= y <= 800
