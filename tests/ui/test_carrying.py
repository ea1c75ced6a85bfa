"""Two frames made of one photo, the real starter, the keys of the window: objects are carried from one to the next."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.learning.truths import draw
from app.masks.metrics import iou
from app.masks.rle import Mask, Region
from app.paths import resource
from app.project.records import Annotation
from tests.ui.conftest import ANSWER_MS, Hand

SAMPLES = Path(__file__).parents[1] / "data" / "samples.json"
SHOTS = os.environ.get("MASKWRIGHT_SHOTS")
SHIFT = (21, 13)
"""So many pixels do things move to the left and up between the frames."""


@pytest.fixture
def truths():
    """The path of a photo and some things on it, (H, W) bool each."""
    drawn = draw(resource("samples"), SAMPLES, limit=None, seed=0)
    path, masks = max(drawn.items(), key=lambda each: len(each[1]))
    chosen = sorted((mask for mask in masks if mask.area > 2000), key=lambda mask: mask.area)[:3]
    return path, [mask.to_array() for mask in chosen]


@pytest.fixture
def frames(window, tmp_path, truths, qtbot):
    """The window with the first of two frames; on it are the things, as objects of three classes."""
    path, masks = truths
    image = cv2.imread(str(path))
    (dx, dy), folder = SHIFT, tmp_path / "series"
    folder.mkdir()
    cv2.imwrite(str(folder / "1.png"), image[:-dy, :-dx])
    cv2.imwrite(str(folder / "2.png"), image[dy:, dx:])
    window.open_path(folder)
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
    session = window.workspace.session
    qtbot.waitUntil(lambda: session.place.is_encoded, timeout=ANSWER_MS)
    categories = [session.classes.add(name) for name in ("one", "two", "three")]
    with session.project.step("Made") as step:
        for mask, category in zip(masks, categories, strict=False):
            pixels = mask[:-dy, :-dx]
            step.add(Annotation(0, session.image_id, category.id, Mask.from_array(pixels)))
    window.workspace.canvas.setFocus()
    return Hand(window, qtbot)


def shot(hand, name):
    if SHOTS:
        hand.window.grab().save(str(Path(SHOTS) / f"{name}.png"))


def test_objects_follow_what_moved_to_the_next_frame(frames, truths, qtbot):
    hand, (dx, dy) = frames, SHIFT
    session = hand.session
    hand.key(Qt.Key.Key_N)
    qtbot.waitUntil(lambda: session.editor.draft.is_offer and not session.carrying.is_looking, timeout=ANSWER_MS)
    assert session.image.path == "2.png"
    qtbot.waitUntil(lambda: hand.canvas.has_image, timeout=ANSWER_MS)
    assert len(hand.canvas.marks.findings) == len(truths[1]) - 1, "the others are seen, in their colours"
    assert hand.canvas.marks.findings[0].color.name() == session.classes.all()[1].color.lower()
    shot(hand, "carry")
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    rows = session.project.annotations(session.image_id)
    assert [row.category_id for row in rows] == [c.id for c in session.classes.all()[: len(rows)]]
    for row, mask in zip(rows, truths[1], strict=True):
        truth, unmoved = mask[dy:, dx:], mask[:-dy, :-dx]
        assert iou(row.mask.to_array(), truth) > max(0.8, iou(unmoved, truth))
    assert not hand.canvas.marks.findings
    shot(hand, "carried")


def test_a_click_takes_what_was_carried_and_further_clicks_correct_it(frames, truths, qtbot):
    hand, session = frames, frames.session
    hand.key(Qt.Key.Key_N)
    qtbot.waitUntil(lambda: session.editor.draft.is_offer and not session.carrying.is_looking, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: hand.canvas.has_image, timeout=ANSWER_MS)
    hand.key(Qt.Key.Key_Escape)
    second = session.carrying.waiting[1].ring.current.region
    at = _inside(second)
    hand.click(*at)
    assert session.editor.draft.carried.source.category_id == session.classes.all()[1].id
    before = session.editor.proposal
    hand.click(*at, Qt.MouseButton.RightButton)
    hand.wait_for_mask()
    assert session.editor.proposal is not before
    assert not _has(session.editor.proposal.region, at)
    hand.key(Qt.Key.Key_Return)
    [row] = session.project.annotations(session.image_id)
    assert (row.provenance["by"], row.provenance["from"]) == ("carry", "1.png")


def _inside(region: Region) -> tuple[float, float]:
    distance = cv2.distanceTransform(np.pad(region.pixels, 1).view(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(distance.argmax()), distance.shape)
    return region.x + int(x) + 0.5, region.y + int(y) + 0.5


def _has(region: Region, at: tuple[float, float]) -> bool:
    return bool(Mask.from_region(region).covers(int(at[0]), int(at[1])))
