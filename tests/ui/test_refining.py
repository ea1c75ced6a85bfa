"""A mask that is there already, imported or saved, is picked up and clicked: what is right of it stays."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.learning.clicks import next_click
from app.learning.truths import draw
from app.masks.metrics import interior_point, iou
from app.masks.rle import Mask
from app.paths import resource
from tests.labeling.wrong_masks import KINDS
from tests.ui.conftest import ANSWER_MS

SAMPLES = Path(__file__).parents[1] / "data" / "samples.json"


def shown(hand) -> np.ndarray:
    region = hand.session.editor.proposal.region
    return Mask.from_region(region).to_array()


@pytest.fixture
def truth(opened) -> np.ndarray:
    """A thing on the photo that is shown."""
    drawn = draw(resource("samples"), SAMPLES, limit=None, seed=0)
    [masks] = [masks for path, masks in drawn.items() if path.name == opened.workspace.session.image.path]
    return max((mask for mask in masks if mask.area < 30_000), key=lambda mask: mask.area).to_array()


def imported(hand, opened, qtbot, tmp_path, wrong: np.ndarray):
    """The saved object, brought by a COCO file without any prompt."""
    image, height, width = hand.session.image, *wrong.shape
    mask = Mask.from_array(wrong)
    row = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": mask.area, "bbox": list(mask.bbox)}
    row["segmentation"] = {"size": [height, width], "counts": mask.counts}
    file = tmp_path / "wrong.json"
    images = [{"id": 1, "file_name": image.path, "width": width, "height": height}]
    categories = [{"id": 1, "name": "thing"}]
    file.write_text(json.dumps({"images": images, "annotations": [row], "categories": categories}), encoding="utf-8")
    opened.exchange.import_file(file, "coco")
    project = opened.workspace.project
    qtbot.waitUntil(lambda: len(project.annotations(image.id)) == 1, timeout=ANSWER_MS)
    return project.annotations(image.id)[0]


@pytest.mark.parametrize("kind", ["missing", "leaking"])
def test_one_click_on_what_is_wrong_of_an_imported_mask_keeps_the_rest(hand, opened, qtbot, tmp_path, truth, kind):
    wrong = KINDS[kind](truth, np.random.default_rng(1))
    saved = imported(hand, opened, qtbot, tmp_path, wrong)
    hand.session.editor.resume(saved.id)
    click = next_click(truth, wrong, [])
    hand.click(
        click.x + 0.5, click.y + 0.5, Qt.MouseButton.LeftButton if click.positive else Qt.MouseButton.RightButton
    )
    hand.wait_for_mask()
    after = shown(hand)
    changed = wrong ^ after
    assert changed.any()
    assert not (changed & (wrong if click.positive else ~wrong)).any(), "it only adds, or only removes"
    assert cv2.connectedComponents(changed.astype(np.uint8))[0] == 2, "in one place"
    assert iou(truth, after) > iou(truth, wrong) - 0.02
    masks = [Mask.from_region(p.region) for p in hand.session.editor.ring.proposals]
    assert len(masks) > 1, "what the model says is there too"
    hand.key(Qt.Key.Key_Tab)
    assert Mask.from_array(shown(hand)) == masks[1]
    hand.key(Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    hand.key(Qt.Key.Key_Return)
    [row] = opened.workspace.project.annotations(hand.session.image_id)
    assert (row.id, row.mask) == (saved.id, Mask.from_array(after))


def test_backspace_takes_back_the_clicks_that_were_saved_with_an_object(hand, opened, truth):
    x, y = interior_point(truth)
    hand.click(x, y)
    hand.wait_for_mask()
    for side in (-30, 30):
        hand.click(x + side, y)
        hand.wait_for_mask()
    hand.key(Qt.Key.Key_Return)
    [saved] = opened.workspace.project.annotations(hand.session.image_id)
    hand.session.editor.resume(saved.id)
    for left in (2, 1, 1):
        hand.key(Qt.Key.Key_Backspace)
        hand.wait_for_mask()
        assert hand.session.editor.draft.resumed.id == saved.id
        assert len(hand.session.editor.prompt.points) == left
    for _ in range(2):
        hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert Mask.from_array(shown(hand)) == saved.mask
    hand.key(Qt.Key.Key_Escape)
    assert not hand.session.editor.draft.is_live
    assert opened.workspace.project.annotations(hand.session.image_id) == [saved]
