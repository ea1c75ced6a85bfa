"""A stroke that asks the model: shown at once, and a moment later with what it left undone."""

from __future__ import annotations

import pytest

from app.engine.requests import Decode
from app.masks.fitting import fitted
from app.masks.regions import added, empty
from app.masks.rle import Mask
from app.masks.strokes import Stroke, rasterized

SIZE = (48, 64)
CORNER = Stroke(((20.0, 20.0), (30.0, 20.0), (30.0, 30.0)), 3)
"""The inner corner of it is left undone."""


def drawn(*strokes: Stroke, before=None) -> Mask:
    region = before or empty(SIZE)
    for stroke in strokes:
        region = added(region, rasterized(stroke, SIZE))
    return Mask.from_region(region)


def shown(desk) -> Mask:
    return Mask.from_region(desk.session.editor.proposal.region)


def asked(desk) -> list[Decode]:
    return [r for r in desk.requests if isinstance(r, Decode) and r.start is not None and r.start.stroke is not None]


@pytest.fixture
def editor(desk):
    return desk.session.editor


def test_the_stroke_is_there_at_once_and_then_the_model_has_its_say(desk, editor):
    desk.session.painter.stroke(CORNER, ask_model=True)
    assert shown(desk) == drawn(CORNER)
    assert not editor.is_waiting
    desk.until(lambda: len(editor.ring) == 2)
    by_hand, found = drawn(CORNER).to_array(), shown(desk).to_array()
    beside = Mask.from_region(fitted(drawn(CORNER).region(), CORNER)).to_array()
    assert (found >= beside).all(), "the model adds to what lies beside the stroke anyway"
    assert (beside >= by_hand).all()
    assert found.sum() > by_hand.sum()
    editor.next_candidate()
    assert shown(desk) == drawn(CORNER), "Tab turns to the stroke as it was drawn"
    editor.next_candidate()
    assert shown(desk) != drawn(CORNER)
    assert not editor.draft.is_sharpening


@pytest.mark.parametrize(("steps", "is_as_drawn"), [((1,), True), ((1, 1), False), ((-1,), True), ((1, 1, 1), True)])
def test_tab_before_the_answer_counts_from_the_answer(desk, editor, steps, is_as_drawn):
    desk.session.painter.stroke(CORNER, ask_model=True)
    for step in steps:
        editor.next_candidate(step)
        assert shown(desk) == drawn(CORNER), "nothing else is there yet"
    desk.until(lambda: len(editor.ring) == 2)
    assert (shown(desk) == drawn(CORNER)) == is_as_drawn
    editor.next_candidate()
    assert (shown(desk) == drawn(CORNER)) != is_as_drawn


def test_the_model_gets_points_along_the_stroke_and_the_mask(desk, editor):
    desk.session.painter.stroke(CORNER, ask_model=True)
    desk.until(lambda: not editor.draft.is_sharpening)
    prompt = desk.predictor().prompts[-1]
    assert len(prompt.points) == 3
    assert prompt.labels.tolist() == [1, 1, 1]
    assert prompt.logits is not None
    assert editor.prompt.is_empty, "the points are no clicks"


def test_a_plain_stroke_asks_nobody(desk, editor):
    desk.session.painter.stroke(CORNER)
    assert not asked(desk)
    assert not editor.draft.is_sharpening


def test_without_a_model_or_before_the_image_is_encoded_the_stroke_is_plain(empty_desk):
    desk = empty_desk
    desk.session.navigation.open(desk.project.images()[0].id)
    desk.until(lambda: desk.session.image.width)
    desk.session.painter.stroke(CORNER, ask_model=True)
    assert shown(desk) == drawn(CORNER)
    assert not asked(desk)


def test_the_next_stroke_goes_on_from_what_is_shown_and_is_never_overwritten(desk, editor):
    second = Stroke(((40.0, 10.0), (45.0, 10.0)), 2)
    desk.session.painter.stroke(CORNER, ask_model=True)
    desk.session.painter.stroke(second)  # before the answer
    assert shown(desk) == drawn(CORNER, second)
    desk.until(lambda: len(editor.draft.revisions[0].ring) == 2)
    assert shown(desk) == drawn(CORNER, second)
    editor.back()
    assert shown(desk) == drawn(CORNER), "what the second stroke was made on"
    editor.next_candidate()
    assert shown(desk) != drawn(CORNER)


def test_after_the_answer_the_next_stroke_goes_on_from_that(desk, editor):
    desk.session.painter.stroke(CORNER, ask_model=True)
    desk.until(lambda: len(editor.ring) == 2)
    fitted_mask = editor.proposal.region
    second = Stroke(((40.0, 10.0), (45.0, 10.0)), 2)
    desk.session.painter.stroke(second)
    assert shown(desk) == drawn(second, before=fitted_mask)


def test_a_stroke_that_was_skipped_is_asked_about_when_it_is_the_newest_again(desk, editor):
    desk.session.painter.stroke(CORNER, ask_model=True)
    editor.back()
    desk.pump()
    editor.forward()
    desk.until(lambda: len(editor.ring) == 2)
    assert len(asked(desk)) == 2


def test_what_is_shown_is_what_is_accepted(desk, editor):
    desk.session.painter.stroke(CORNER, ask_model=True)
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.mask == drawn(CORNER)
    desk.session.navigation.next()
    desk.until(lambda: desk.session.place.is_encoded)
    assert desk.saved()[0].mask == drawn(CORNER)


def test_erasing_and_a_stroke_on_a_saved_object_ask_too(desk, editor):
    object_id = desk.accept_one()
    desk.session.objects.select(object_id)
    desk.session.painter.stroke(Stroke(((24.0, 15.0), (30.0, 15.0)), 3, positive=False), ask_model=True)
    assert asked(desk)
    assert editor.draft.resumed.id == object_id
    desk.until(lambda: not editor.draft.is_sharpening)


def test_a_stroke_that_fails_stays_as_it_was_drawn(desk, editor, monkeypatch):
    def fail(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(desk.predictor(), "decode", fail)
    desk.session.painter.stroke(CORNER, ask_model=True)
    desk.until(lambda: not editor.draft.is_sharpening)
    assert shown(desk) == drawn(CORNER)
    assert len(editor.ring) == 1
