"""Strokes in the window, with the starter: the model is asked beside them, and Backspace leads back through them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt

from app.engine.values import Proposal
from app.labeling.candidates import Ring
from app.labeling.draft import Draft, Edited, Revision
from app.masks.regions import cut
from app.masks.rle import Mask, Region
from app.masks.strokes import Stroke, rasterized
from app.sam.types import Prompt
from app.ui.candidate_words import words_of
from tests.ui.conftest import ANSWER_MS

ANGLE = Stroke(((100.0, 100.0), (160.0, 100.0), (160.0, 150.0)), 8)


def shown(hand) -> Mask:
    return Mask.from_region(hand.session.editor.proposal.region)


def drawn(hand) -> np.ndarray:
    height, width = hand.session.place.image_size
    return cut(rasterized(ANGLE, (height, width)), (0, 0, width, height))


def stroke(hand, qtbot, each: Stroke) -> None:
    """A stroke that asks, with its answer."""
    hand.session.painter.stroke(each, ask_model=True)
    qtbot.waitUntil(lambda: not hand.session.editor.draft.is_sharpening, timeout=ANSWER_MS)


def test_a_stroke_is_painted_at_once_and_tab_turns_to_it_as_it_was_drawn(hand, opened, qtbot):
    hand.session.painter.stroke(ANGLE, ask_model=True)
    assert (shown(hand).to_array() == drawn(hand)).all()
    assert opened.workspace.canvas.marks.live.outline is not None
    assert hand.session.editor.draft.is_sharpening
    qtbot.waitUntil(lambda: len(hand.session.editor.ring) == 2, timeout=ANSWER_MS)
    found = shown(hand).to_array()
    assert (found >= drawn(hand)).all(), "what the hand painted holds"
    assert 0 < (found & ~drawn(hand)).sum() < drawn(hand).sum() / 5, "the inner corner, and little else"
    hand.key(Qt.Key.Key_Tab)
    assert (shown(hand).to_array() == drawn(hand)).all()
    hand.key(Qt.Key.Key_Return)
    [saved] = hand.session.objects.all()
    assert (saved.mask.to_array() == drawn(hand)).all()
    assert (saved.provenance["by"], saved.provenance["strokes"]) == ("brush", 1)
    assert saved.provenance["painted"] == drawn(hand).sum()


def test_the_brush_in_the_hand_asks_from_the_start(hand, qtbot):
    hand.key(Qt.Key.Key_B)
    hand.drag(120, 120, 220, 120)
    qtbot.waitUntil(lambda: not hand.session.editor.draft.is_sharpening, timeout=ANSWER_MS)
    hand.drag(220, 120, 220, 200)
    assert hand.session.editor.draft.is_sharpening
    qtbot.waitUntil(lambda: len(hand.session.editor.ring) == 2, timeout=ANSWER_MS)
    first = shown(hand)
    hand.key(Qt.Key.Key_Tab)
    assert shown(hand).area < first.area
    hand.key(Qt.Key.Key_Return)
    [saved] = hand.session.objects.all()
    assert saved.provenance["strokes"] == 2


def test_clicks_strokes_and_boxes_mix_and_backspace_leads_back_after_the_object_was_saved(hand, opened, qtbot):
    editor, states = hand.session.editor, []
    hand.click(220, 140)
    hand.wait_for_mask()
    states.append(shown(hand))
    stroke(hand, qtbot, ANGLE)
    states.append(shown(hand))
    stroke(hand, qtbot, Stroke(((200.0, 120.0), (240.0, 120.0)), 6, positive=False))
    states.append(shown(hand))
    hand.click(300, 200)
    hand.wait_for_mask()
    states.append(shown(hand))
    hand.drag(120, 60, 330, 260)
    hand.wait_for_mask()
    states.append(shown(hand))
    hand.key(Qt.Key.Key_Return)
    [saved] = hand.session.objects.all()
    path = opened.workspace.project.path
    opened.projects.close()
    opened.open_path(path)
    qtbot.waitUntil(lambda: opened.workspace.canvas.has_image, timeout=ANSWER_MS)
    qtbot.waitUntil(lambda: opened.workspace.session.place.is_encoded, timeout=ANSWER_MS)
    hand.canvas.setFocus()
    editor = hand.session.editor
    editor.resume(saved.id)
    assert shown(hand) == states[-1]
    for state in states[-2::-1]:
        hand.key(Qt.Key.Key_Backspace)
        assert not editor.is_waiting
        assert shown(hand) == state
    for state in states[1:]:
        hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        assert shown(hand) == state
    hand.key(Qt.Key.Key_Backspace)
    hand.key(Qt.Key.Key_Return)
    [after] = hand.session.objects.all()
    assert (after.id, after.mask) == (saved.id, states[-2])


def test_the_strip_tells_the_finished_stroke_from_the_drawn_one():
    region = Region(5, 5, np.ones((4, 4), bool), (40, 60))
    shown = Proposal(region, [], None, None, None)
    source = Edited(Prompt(), "brush", Stroke(((6.0, 6.0),), 2), 16)
    draft = Draft(revisions=(Revision(1, source, Ring((shown, shown))),))
    assert [words_of(number, shown, draft, None, "").label for number in (1, 2)] == ["finished", "as drawn"]
    alone = Draft(revisions=(Revision(1, source, Ring((shown,))),))
    assert words_of(1, shown, alone, None, "").label == "by hand"
