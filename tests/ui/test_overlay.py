"""What a tool draws over the image: a table of painters, and pixels that are shown as the squares they are."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.labeling.tools.base import ToolCursor
from app.labeling.tools.overlay import (
    BoxShape,
    DiscShape,
    HandlesShape,
    OverlayShape,
    PaintingShape,
    PathShape,
    RasterShape,
    VerticesShape,
)
from app.ui.canvas.canvas import Canvas
from app.ui.canvas.cursors import SHAPES, cursor_of
from app.ui.canvas.overlay import PAINTERS, OverlayStyle, changed_area, paint_overlay
from app.ui.canvas.viewport import Viewport

RED = "#ff0000"


def painted(viewport: Viewport, *shapes: OverlayShape, unit: float = 1.0) -> np.ndarray:
    """(h, w, 4) B G R A of a bare view."""
    image = QImage(viewport.view_width, viewport.view_height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_overlay(painter, shapes, viewport, OverlayStyle(unit, QColor("#00ff00"), 1.0))
    painter.end()
    return pixels_of(image)


def pixels_of(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4).copy()


def view(scale: float, left: float = 7, top: float = 5) -> Viewport:
    return Viewport(400, 300, 40, 30, scale, left, top)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(1).random((12, 17)) < 0.5


@pytest.fixture
def canvas(dressed, qtbot) -> Canvas:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(400, 320)
    canvas.show_image([np.full((32, 40, 4), 255, np.uint8)], (32, 40))
    canvas.show()
    return canvas


def test_no_shape_is_without_a_painter():
    known = {shape for shape in OverlayShape.__subclasses__() if shape.__module__ == OverlayShape.__module__}
    assert known - set(PAINTERS) == set(), "a row in PAINTERS of app/ui/canvas/overlay.py is missing"


def test_each_shape_has_a_painter_that_paints_where_the_shape_says_it_lies():
    shapes = (
        BoxShape(2, 3, 20, 15), PathShape(((1, 1), (10, 20))), PathShape(((1, 1), (9, 9), (1, 9)), closed=True),
        DiscShape(10, 10, 5), HandlesShape(((3, 3), (9, 9)), chosen=1), RasterShape(1, 1, np.ones((3, 3), bool)),
        PaintingShape({(0, 0): np.ones((256, 256), np.uint8)}, (0, 0, 9, 9)),
            PathShape(((1, 1), (9, 9), (1, 9)), fill="more"), PathShape(((1, 1), (9, 9), (1, 9)), fill="less"),
            VerticesShape(np.array([(1.0, 1), (20, 2), (9, 18)]), np.array([1, 2, 0]), frozenset({1})),
    )  # fmt: skip
    assert {type(shape) for shape in shapes} == set(PAINTERS)
    for shape in shapes:
        seen = painted(view(4.0), shape)[..., 3] > 0
        assert seen.any(), shape
        area = changed_area((), (shape,), view(4.0), 1.0)
        top, left = max(area.top(), 0), max(area.left(), 0)
        seen[top : area.bottom() + 1, left : area.right() + 1] = False
        assert not seen.any(), f"painted beyond its extent: {shape}"
    assert not painted(view(4.0), PathShape(((1, 1),)))[..., 3].any()


def test_each_stretch_that_is_loose_is_dashed_and_no_other():
    corners = ((2, 2), (35, 2), (35, 28), (2, 28))
    firm, some, all_ = (painted(view(4.0), PathShape(corners, loose=loose)) for loose in ((), (0, 2), (0, 1, 2)))
    for number, place in enumerate((np.s_[:40, 40:120], np.s_[40:100, 130:170], np.s_[100:130, 40:120])):
        white = [(page[place][..., 1] > 120).sum() for page in (firm, some, all_)]
        assert 0.3 * white[0] < white[2] < 0.9 * white[0], number
        assert (white[1] < 0.9 * white[0]) == (number != 1), number


def test_a_wide_line_that_cuts_is_dark_and_fills_nothing_between_its_corners():
    corner = ((2, 2), (30, 2), (30, 25))
    adds, cuts = (painted(view(4.0), PathShape(corner, width=3, fill=fill)) for fill in ("", "less"))
    assert np.array_equal(adds[..., 3], cuts[..., 3])
    assert adds[..., 1].max() > 100
    on_line = cuts[5 + 2 * 4 + 5, 7 + 15 * 4]
    assert on_line[3] > 0
    assert on_line[1] == 0
    assert not cuts[5 + 12 * 4, 7 + 25 * 4].any(), "inside the angle"


def test_of_a_stroke_only_what_came_to_it_is_painted_again():
    tiles = {(0, 0): np.ones((256, 256), np.uint8)}
    ring = DiscShape(10, 10, 2)
    before = (PaintingShape(tiles, (0, 0, 9, 9)), ring)
    area = changed_area(before, (PaintingShape(tiles, (20, 20, 22, 22)), ring), view(4.0), 1.0)
    assert area.contains(7 + 21 * 4, 5 + 21 * 4)
    assert not area.contains(7 + 10 * 4, 5 + 10 * 4)
    assert changed_area(before, before[1:], view(4.0), 1.0).contains(7 + 200 * 4, 5 + 200 * 4), "it is gone"


@pytest.mark.parametrize("scale", [1, 2, 3, 8])
def test_each_set_pixel_is_a_square_of_the_screen_and_nothing_else_is(noise, scale):
    got = painted(view(float(scale)), RasterShape(4, 6, noise, RED))
    want = np.zeros((300, 400), bool)
    squares = np.kron(noise, np.ones((scale, scale), bool))
    y, x = 5 + 6 * scale, 7 + 4 * scale
    want[y : y + squares.shape[0], x : x + squares.shape[1]] = squares
    np.testing.assert_array_equal(got[..., 3] > 0, want)
    np.testing.assert_array_equal(got[want], np.broadcast_to([0, 0, 255, 255], (int(want.sum()), 4)))


def test_between_whole_scales_each_pixel_of_the_screen_shows_the_one_under_its_middle(noise):
    scale = 2.6
    got = painted(view(scale), RasterShape(4, 6, noise, RED))[..., 3] > 0
    for y, x in np.argwhere(noise):
        middle_x, middle_y = 7 + (4 + x + 0.5) * scale, 5 + (6 + y + 0.5) * scale
        assert got[int(middle_y), int(middle_x)]
    assert got.sum() == pytest.approx(noise.sum() * scale**2, rel=0.1)


def test_zoomed_out_it_lies_where_it_is():
    pixels = np.zeros((3000, 4000), bool)
    pixels[1000:2000, 1000:3000] = True
    got = painted(Viewport(400, 300, 4000, 3000, 0.1, 0, 0), RasterShape(0, 0, pixels, RED))[..., 3] > 0
    assert got[100:200, 100:300].all()
    assert got.sum() == 100 * 200


def test_what_lies_outside_the_view_or_the_image_is_not_painted():
    ones = np.ones((10, 10), bool)
    assert not painted(view(100.0, left=-3000), RasterShape(0, 0, ones))[..., 3].any()
    got = painted(view(4.0), RasterShape(-5, -5, ones, RED))[..., 3] > 0
    assert got.sum() == 20 * 20
    assert got[5:25, 7:27].all()


def test_a_stroke_is_seen_on_the_canvas_and_does_not_redraw_the_picture(canvas, noise):
    canvas.viewport.zoom_at(0, 0, 8.0)
    canvas.view_changed()
    before = pixels_of(canvas.grab().toImage())
    layers = [layer.drawn for layer in canvas._layers._layers]
    canvas.marks.show_overlay((RasterShape(4, 6, noise, RED),))
    after = pixels_of(canvas.grab().toImage())
    assert [layer.drawn for layer in canvas._layers._layers] == layers
    changed = (after != before).any(2)
    left, top = canvas.viewport.to_view(4, 6)
    squares = np.kron(noise, np.ones((8, 8), bool))
    seen = changed[int(top) : int(top) + squares.shape[0], int(left) : int(left) + squares.shape[1]]
    np.testing.assert_array_equal(seen, squares)
    assert changed.sum() == squares.sum()
    canvas.marks.show_overlay(())
    np.testing.assert_array_equal(pixels_of(canvas.grab().toImage()), before)


_ON_A_DENSE_SCREEN = """
import numpy as np
from PySide6.QtWidgets import QApplication
app = QApplication([])
from app.labeling.tools.overlay import RasterShape
from app.ui.canvas.canvas import Canvas
canvas = Canvas()
canvas.resize(400, 320)
canvas.show_image([np.full((32, 40, 4), 255, np.uint8)], (32, 40))
canvas.show()
canvas.viewport.zoom_at(0, 0, 3.0)
canvas.view_changed()
def seen():
    image = canvas.grab().toImage()
    assert image.devicePixelRatio() == 2, image.devicePixelRatio()
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4).copy()
before = seen()
noise = np.random.default_rng(1).random((12, 17)) < 0.5
canvas.marks.show_overlay((RasterShape(4, 6, noise, "#ff0000"),))
changed = (seen() != before).any(2)
left, top = map(int, canvas.viewport.to_view(4, 6))
squares = np.kron(noise, np.ones((3, 3), bool))
assert (changed[top : top + 36, left : left + 51] == squares).all() and changed.sum() == squares.sum()
"""


def test_on_a_dense_screen_the_squares_are_of_device_pixels():
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2"}
    done = subprocess.run(
        [sys.executable, "-c", _ON_A_DENSE_SCREEN], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_each_kind_of_cursor_has_a_shape(dressed):
    for kind, shape in SHAPES.items():
        assert cursor_of(ToolCursor(kind), 1.0).shape() == shape
    disc = cursor_of(ToolCursor("disc", 10), 2.0).pixmap()
    assert disc.devicePixelRatio() == 2
    assert disc.width() == 48
    assert cursor_of(ToolCursor("disc", 500), 1.0).shape() == SHAPES["cross"]
