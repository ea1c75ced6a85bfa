"""A huge image in the real window: its overview, sharper tiles on it, a click in a view."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt

from app.engine.requests import Sharpen
from app.images import overview, tiled_tiff
from app.ui.canvas import tiles
from tests.ui.conftest import ANSWER_MS, Hand

WIDTH, HEIGHT = 3000, 2000
CARD = (1500, 900, 1660, 1060)


@pytest.fixture
def pixels() -> np.ndarray:
    """A light card on a dark ground with a fine pattern, which an overview smears."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    ground = np.where((x // 2 + y // 2) % 2, 30, 70)
    found = np.stack([ground, ground + 10, ground + 20], -1).astype(np.uint8)
    x0, y0, x1, y1 = CARD
    found[y0:y1, x0:x1] = (240, 230, 90)
    return found


@pytest.fixture
def opened(window, qtbot, tmp_path, pixels, monkeypatch):
    monkeypatch.setattr(tiled_tiff, "TILED_FROM_PIXELS", 1_000_000)
    monkeypatch.setattr(overview, "OVERVIEW_PIXELS", 500_000)
    folder = tmp_path / "huge"
    folder.mkdir()
    tifffile.imwrite(folder / "a.tif", pixels, tile=(128, 128), compression="zlib", photometric="rgb")
    window.open_path(folder)
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
    return window


@pytest.fixture
def hand(opened, qtbot):
    return Hand(opened, qtbot)


def on_screen(canvas) -> np.ndarray:
    """(h, w, 3) RGB of what the canvas shows."""
    shot = canvas.grab().toImage().convertToFormat(tiles.QImage.Format.Format_RGB32)
    data = np.frombuffer(shot.constBits(), np.uint8).reshape(shot.height(), shot.bytesPerLine() // 4, 4)
    return data[:, : shot.width(), 2::-1].copy()


def at_full_size(hand, x, y):
    viewport = hand.canvas.viewport
    viewport.zoom_at(0, 0, 1.0)
    viewport.pan(-x - viewport.left, -y - viewport.top)
    hand.canvas.view_changed()
    hand.qtbot.waitUntil(lambda: hand.canvas.tiles.is_sharp, timeout=ANSWER_MS)


def test_a_view_at_100_percent_shows_the_very_pixels(hand, pixels):
    at_full_size(hand, 1400, 800)
    shown = on_screen(hand.canvas)
    left, top = round(-hand.canvas.viewport.left), round(-hand.canvas.viewport.top)
    assert np.array_equal(shown, pixels[top : top + shown.shape[0], left : left + shown.shape[1]])


def test_fitted_it_is_the_picture_made_small_and_asks_for_what_the_screen_can_show(hand, pixels):
    hand.qtbot.waitUntil(lambda: hand.canvas.tiles.is_sharp, timeout=ANSWER_MS)
    viewport = hand.canvas.viewport
    assert viewport.image_width == WIDTH
    assert viewport.fitted
    places = ((1580, 980, (240, 230, 90)), (200, 200, (50, 60, 70)), (2900, 1900, (50, 60, 70)))

    def is_right() -> bool:
        shown = on_screen(hand.canvas)
        at = [tuple(map(int, viewport.to_view(x, y))) for x, y, _ in places]
        wrong = [np.abs(shown[y, x].astype(int) - places[n][2]).max() for n, (x, y) in enumerate(at)]
        return max(wrong) <= 12

    hand.qtbot.waitUntil(is_right, timeout=ANSWER_MS)  # it is read in parts, the first ones all over it


def test_what_is_out_of_view_again_is_not_asked_for_and_what_is_there_not_twice(hand):
    asked: list[Sharpen] = []
    hand.canvas.tiles.wanted.connect(lambda shrink, places: asked.append((shrink, places)))
    at_full_size(hand, 0, 0)
    count = len(asked)
    hand.canvas.view_changed()
    assert len(asked) <= count + 1
    assert all(not places for _, places in asked[count:])
    hand.canvas.viewport.pan(-1200, -600)
    hand.canvas.view_changed()
    shrink, places = asked[-1]
    assert shrink == 1
    assert len(places) <= 20
    assert (0, 0) not in places


def test_where_the_crosshair_takes_the_view_along_it_becomes_sharp(hand):
    at_full_size(hand, 0, 0)
    hand.key(Qt.Key.Key_Right)
    left = hand.canvas.viewport.left
    for _ in range(60):
        hand.key(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert hand.canvas.viewport.left < left - 256
    hand.qtbot.waitUntil(lambda: hand.canvas.tiles.is_sharp, timeout=ANSWER_MS)


def test_click_in_a_view_gives_a_mask_in_pixels_of_the_image(hand, opened):
    at_full_size(hand, 1300, 750)
    hand.click((CARD[0] + CARD[2]) / 2, (CARD[1] + CARD[3]) / 2)
    hand.wait_for_mask()
    assert hand.session.editor.proposal.closeup is not None
    hand.key(Qt.Key.Key_Return)
    [saved] = opened.workspace.project.annotations(hand.session.image_id)
    assert saved.mask.size == (HEIGHT, WIDTH)
    x, y, width, height = saved.mask.bbox
    assert np.abs(np.array([x, y, x + width, y + height]) - CARD).max() < 30
    assert hand.session.objects.at(CARD[0] + 80, CARD[1] + 80) == saved
    assert hand.session.objects.at(CARD[0] - 80, CARD[1] - 80) is None


def test_thing_larger_than_the_view_is_looked_at_in_a_wider_one(hand):
    viewport = hand.canvas.viewport
    hand.canvas.fit_box((CARD[0] + 20, CARD[1] + 20, 100, 100))
    hand.click((CARD[0] + CARD[2]) / 2, (CARD[1] + CARD[3]) / 2)
    hand.wait_for_mask()
    assert viewport.scale > 2
    _, _, width, height = hand.session.editor.proposal.region.bbox
    assert min(width, height) > 120


def test_tiles_are_bounded_in_bytes(hand, monkeypatch):
    monkeypatch.setattr(tiles, "BUDGET_BYTES", 4 << 20)
    at_full_size(hand, 0, 0)
    for _ in range(5):
        hand.canvas.viewport.pan(-400, 0)
        hand.canvas.view_changed()
        hand.qtbot.wait(20)
    kept = hand.canvas.tiles._kept
    assert sum(pixels.nbytes for pixels in kept.values()) <= 4 << 20
    hand.qtbot.waitUntil(lambda: hand.canvas.tiles.is_sharp, timeout=ANSWER_MS)


def test_damaged_tile_is_told_once_and_the_rest_is_sharp(hand, opened, tmp_path, pixels, qtbot):
    path = tmp_path / "huge" / "a.tif"
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        offset, length = page.dataoffsets[0], page.databytecounts[0]
    opened.leave_project()
    with path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(bytes(length))
    opened.open_path(path.parent)
    qtbot.waitUntil(lambda: opened.workspace is not None and opened.workspace.canvas.has_image, timeout=ANSWER_MS)
    at_full_size(hand, 0, 0)
    assert "damaged" in opened.workspace.toast.text()

    def is_sharp():
        left, top = round(-hand.canvas.viewport.left), round(-hand.canvas.viewport.top)
        part = pixels[top + 100 : top + 200, left + 520 : left + 600]
        return np.array_equal(on_screen(hand.canvas)[100:200, 520:600], part)

    qtbot.waitUntil(is_sharp, timeout=ANSWER_MS)  # the tile beside comes when it comes


def test_next_image_has_no_tiles_of_this_one(hand, opened):
    at_full_size(hand, 0, 0)
    assert hand.canvas.tiles._kept
    hand.canvas.show_message("Reading")
    assert not hand.canvas.tiles._kept
    hand.canvas.tiles.show(1, (0, 0), np.zeros((512, 512, 4), np.uint8))
    assert not hand.canvas.tiles._kept
