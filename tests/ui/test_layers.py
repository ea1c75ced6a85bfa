"""The canvas draws again only what is different, and looks as if all had been drawn."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from app.engine.pyramid import pyramid
from app.masks.outlines import outlines
from app.masks.regions import removed
from app.masks.rle import Region
from app.masks.strokes import Stroke, rasterized
from app.ui.canvas import crowd, shapes
from app.ui.canvas.canvas import Canvas
from app.ui.canvas.layers import CanvasScene, Layers, PictureLayer
from app.ui.canvas.marks import LIVE
from app.ui.canvas.outline import Outline
from app.ui.canvas.shapes import Drawn, Live
from tests.bench.driver import wait
from tests.ui.test_crowd import some

SIZE = (600, 800)
"""(height, width)"""
SCALES = [0.5, 0.8, 1.0, 2**1.25]


def pixels_of(image):
    image = image.convertToFormat(image.Format.Format_RGB32)
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)[..., :3].astype(int)


@pytest.fixture
def canvas(qapp, qtbot, request, monkeypatch):
    """An image with 20 objects, as few or as many are drawn, seen through a small window."""
    if getattr(request, "param", "few") == "many":
        monkeypatch.setattr(crowd, "_MANY", 0)
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(320, 240)
    noise = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    canvas.show_image(pyramid(noise), SIZE)
    canvas.marks.show_objects(some(20))
    canvas.show()
    return canvas


def seen(canvas):
    """When all is sharp."""
    page = pixels_of(canvas.grab().toImage())
    while not canvas.marks.crowd.is_sharp:
        wait(5)
        page = pixels_of(canvas.grab().toImage())
    return page


def anew(canvas):
    canvas._layers.forget()
    return seen(canvas)


def painted(canvas, monkeypatch):
    """The areas that the objects are painted in from now on, as (width, height)."""
    areas, paint = [], canvas.marks.crowd.paint

    def note(painter, *rest):
        box = painter.clipBoundingRect()
        areas.append((box.width(), box.height()))
        paint(painter, *rest)

    monkeypatch.setattr(canvas.marks.crowd, "paint", note)
    return areas


@pytest.mark.parametrize("canvas", ["few", "many"], indirect=True)
@pytest.mark.parametrize("scale", SCALES)
def test_wherever_it_is_panned_it_looks_as_if_drawn_anew(canvas, scale):
    dice = random.Random(0)
    canvas.viewport.zoom_at(100.3, 70.7, scale)
    canvas.view_changed()
    canvas.marks.show_selection({2, 5, 8, 11})
    seen(canvas)
    for _ in range(8):
        canvas.viewport.pan(dice.randint(-90, 60), dice.randint(-70, 40))
        canvas.view_changed()
        moved = seen(canvas)
        difference = np.abs(moved - anew(canvas)).max(axis=2)
        assert (difference > 12).mean() < 0.005  # a column of squares may be a pixel beside where it was


@pytest.mark.parametrize("canvas", ["few", "many"], indirect=True)
@pytest.mark.parametrize("scale", SCALES)
def test_a_changed_object_is_drawn_where_it_is_and_nowhere_else(canvas, monkeypatch, scale):
    canvas.viewport.zoom_at(0, 0, scale)
    canvas.viewport.pan(-canvas.viewport.left, -canvas.viewport.top)
    canvas.view_changed()
    seen(canvas)
    objects = list(canvas.marks.objects)
    areas = painted(canvas, monkeypatch)
    first = objects[0]
    changes = {
        "recoloured": [Drawn(first.id, first.outline, first.bounds, QColor("#ffffff")), *objects[1:]],
        "gone": objects[1:],
        "back": objects,
        "one more": [*objects, Drawn(99, objects[3].outline, objects[3].bounds, QColor("#00ffff"))],
        "nothing": [*objects, Drawn(99, objects[3].outline, objects[3].bounds, QColor("#00ffff"))][:-1],
    }
    for name, now in changes.items():
        areas.clear()
        canvas.marks.show_objects(now)
        changed = seen(canvas)
        assert len(areas) <= 1, name
        assert all(width < 320 or scale > 2 for width, _ in areas), name
        difference = np.abs(changed - anew(canvas)).max(axis=2)
        assert (difference > 12).mean() < 0.0005, name


def test_while_it_is_panned_only_what_comes_into_view_is_painted(canvas, monkeypatch):
    canvas.viewport.zoom_at(0, 0, 2.5)
    canvas.view_changed()
    seen(canvas)
    areas = painted(canvas, monkeypatch)
    for dx, dy in ((-7, 0), (0, -5), (-3, -2)):
        canvas.viewport.pan(dx, dy)
        canvas.view_changed()
        canvas.grab()
    assert areas == [(7, 240), (320, 5), (3, 240), (320, 2)]
    canvas.zoom(1)
    canvas.grab()
    assert areas[-1] == (320, 240)


def test_the_mouse_pans_by_whole_pixels_and_loses_none(canvas):
    canvas.viewport.zoom_at(0, 0, 0.7)
    canvas.view_changed()
    left = canvas.viewport.left
    for _ in range(10):
        canvas.pointer._pan(type(canvas.pointer._rest)(0.3, 0))
        assert abs((canvas.viewport.left - left) % 1) < 1e-6 or abs((canvas.viewport.left - left) % 1 - 1) < 1e-6
    assert canvas.viewport.left - left == pytest.approx(3)


def test_an_object_in_the_making_moves_along(canvas):
    canvas.viewport.zoom_at(0, 0, 0.8)
    canvas.view_changed()
    drawn = canvas.marks.objects[0]
    canvas.marks.show_live(Live(drawn.outline, QColor("#ff00ff")))
    seen(canvas)
    canvas.viewport.pan(-20, -9)
    canvas.view_changed()
    difference = np.abs(seen(canvas) - anew(canvas)).max(axis=2)
    assert (difference > 12).mean() < 0.001


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_of_a_mask_in_the_making_only_what_a_stroke_changed_is_drawn(canvas, monkeypatch, scale):
    canvas.viewport.show_middle(400, 300, scale)
    canvas.view_changed()
    disc, dot = (rasterized(Stroke(((x, 300.0),), radius), SIZE) for x, radius in ((400.0, 200), (390.0, 20)))
    drawn = []
    paint = canvas._layers._layers[LIVE].paint

    def note(painter, ratio):
        drawn.append(painter.clipBoundingRect())
        paint(painter, ratio)

    monkeypatch.setattr(canvas._layers._layers[LIVE], "paint", note)
    magenta = QColor("#ff00ff")
    for number, mask in enumerate((disc, removed(disc, dot), disc)):
        drawn.clear()
        canvas.marks.show_live(Live(Outline(outlines(mask)), magenta))
        after = seen(canvas)
        assert (drawn[-1].width() < 20 + 60 * scale) == (number > 0)
        difference = np.abs(after - anew(canvas)).max(axis=2)
        assert (difference > 12).mean() < 0.01, "dashes begin elsewhere"
    drawn.clear()
    canvas.marks.show_live(Live(Outline(outlines(disc)), magenta))
    canvas.grab()
    assert not drawn, "the same again"
    canvas.marks.show_live(Live(Outline(outlines(disc)), QColor("#00ff00")))
    canvas.grab()
    assert drawn[-1].width() == 320, "another colour"


def test_two_corners_at_one_place_are_another_mask_than_one():
    pixels = np.array([[1, 0], [0, 0]], np.bool_)
    both = pixels | np.array([[0, 0], [0, 1]], np.bool_)
    one, other = (Outline(outlines(Region(5, 5, each, (20, 20)))) for each in (pixels, both))
    assert other.changed_from(one) == one.changed_from(other) == (6, 6, 7, 7)
    assert one.changed_from(one) is None
    assert one.changed_from(Outline([])) == (5, 5, 6, 6)


# --- the layers themselves -------------------------------------------------------------------------------------------


def test_layers_above_are_drawn_again_with_what_is_below():
    calls = []

    def layer(name, color):
        def paint(painter, ratio):
            box = painter.clipBoundingRect().toRect()
            calls.append((name, box.x(), box.y(), box.width(), box.height()))
            painter.fillRect(10, 10, 20, 20, QColor(color))

        return PictureLayer(paint)

    layers = Layers(layer("below", "#ff0000"), layer("above", "#0000ff"))
    scene = CanvasScene(QSize(100, 80), 1.0, "#000000")
    layers.all(scene)
    assert calls == [("below", 0, 0, 100, 80), ("above", 0, 0, 100, 80)]
    calls.clear()
    layers.all(scene)
    assert calls == []
    layers.forget(0, [QRect(5, 5, 10, 10), QRect(90, 70, 50, 50)])
    layers.all(scene)
    assert calls == [
        ("below", 5, 5, 10, 10), ("below", 90, 70, 10, 10), ("above", 5, 5, 10, 10), ("above", 90, 70, 10, 10),
    ]  # fmt: skip
    calls.clear()
    layers.forget(1, [QRect(n, n, 2, 2) for n in range(0, 40, 3)])
    layers.all(scene)
    assert calls == [("above", 0, 0, 41, 41)]


def test_a_layer_that_was_not_there_is_drawn_where_the_view_is_now():
    is_there = False
    layers = Layers(
        PictureLayer(lambda painter, ratio: painter.fillRect(painter.clipBoundingRect(), QColor("#ff0000"))),
        PictureLayer(lambda painter, ratio: painter.fillRect(0, 0, 5, 5, QColor("#0000ff")), lambda: is_there),
    )
    scene = CanvasScene(QSize(50, 50), 1.0, "#000000")
    layers.all(scene)
    layers.all(CanvasScene(QSize(50, 50), 1.0, "#000000", left=10.0))
    is_there = True
    image = layers.all(CanvasScene(QSize(50, 50), 1.0, "#000000", left=20.0)).toImage()
    assert image.pixelColor(2, 2) == QColor("#0000ff")
    assert image.pixelColor(40, 40) == QColor("#ff0000")


@pytest.mark.parametrize("paint", ["objects", "selected", "live"])
def test_lines_are_as_thick_on_a_screen_of_200_percent(qapp, paint):
    """Drawn on it, in points; and in its pixels, twice as thick, on one of 100 %."""
    pages = []
    for ratio in (1, 2):
        page = QImage(200, 160, QImage.Format.Format_ARGB32_Premultiplied)
        page.fill(0)
        page.setDevicePixelRatio(ratio)
        painter = QPainter(page)
        painter.scale(1 / ratio, 1 / ratio)
        painter.scale(2, 2)
        outline = Outline([np.array([[20, 20], [70, 20], [70, 60], [20, 60]], np.float32)])
        drawn = [Drawn(1, outline, (20, 20, 50, 40), QColor("#0000aa"))]
        if paint == "objects":
            shapes.paint_objects(painter, drawn, 2, 2, shapes.Look())
        elif paint == "selected":
            shapes.paint_selected(painter, drawn, 2, 2)
        else:
            shapes.paint_live_mask(painter, Live(outline, hatched=((outline, QColor("#00aa00")),)), 2, 2, shapes.Look())
        painter.end()
        page.setDevicePixelRatio(1)
        pages.append(pixels_of(page))
    assert pages[0].any()
    assert np.array_equal(*pages)
