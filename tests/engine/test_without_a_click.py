"""What the engine does before anybody clicks: the mask under the mouse, and everything mode."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic, sleep

import numpy as np
import pytest

from app.engine.replies import Decoded, Encoded, Failed, FirstCandidate, Hovered, ModelLoaded, Proposed
from app.engine.requests import Decode, DecodeHover, Encode, LoadModel, Propose, StopProposing
from app.engine.worker import REST_S
from app.masks.rle import Mask
from app.sam.types import Prompt
from tests.engine.stepwise import StepwisePredictor


def click(image, revision):
    return Decode(image, revision, Prompt().with_point(30, 20))


def encoded(engine, inbox, images, *ahead):
    engine.submit(Encode(images[0], tuple(ahead)))
    inbox.wait(Encoded)


def test_the_mask_under_the_mouse_is_told(engine, inbox, images):
    encoded(engine, inbox, images)
    engine.submit(DecodeHover(images[0], 5, 30, 20))
    [hovered] = inbox.wait(Hovered)
    assert (hovered.image, hovered.revision, hovered.model_key) == (images[0], 5, "stepwise")
    region = hovered.proposal.region
    assert region.x <= 30 < region.x + region.pixels.shape[1]
    assert hovered.proposal.outlines


def test_hovering_over_an_image_that_is_not_encoded_is_nothing(engine, inbox, images):
    engine.submit(DecodeHover(images[0], 1, 30, 20))
    encoded(engine, inbox, images)
    engine.submit(click(images[0], 2))
    inbox.wait(Decoded)
    assert not inbox.of(Hovered)


def test_a_click_comes_before_the_mouse_and_of_the_mouse_only_the_newest_counts(engine, predictor, inbox, images):
    encoded(engine, inbox, images)
    predictor.hold()
    engine.submit(Encode(images[1]))
    predictor.wait_until_held()
    for revision in range(1, 50):
        engine.submit(DecodeHover(images[0], revision, 30, 20))
    engine.submit(Encode(images[0]))
    engine.submit(DecodeHover(images[0], 50, 30, 20))
    engine.submit(click(images[0], 51))
    predictor.release()
    inbox.wait(Hovered)
    order = [type(r) for r in inbox.replies if isinstance(r, (Decoded, Hovered))]
    assert order == [Decoded, Hovered]
    assert inbox.of(Hovered)[0].revision == 50


def test_a_click_where_the_mouse_rests_takes_the_answer_that_is_there(engine, predictor, inbox, images):
    encoded(engine, inbox, images)
    engine.submit(DecodeHover(images[0], 1, 30, 20))
    [hovered] = inbox.wait(Hovered)
    engine.submit(click(images[0], 2))
    [decoded] = inbox.wait(Decoded)
    assert len(predictor.prompts) == 1
    assert decoded.proposals[0] is hovered.proposal
    assert len(decoded.proposals) == 3
    [first] = inbox.of(FirstCandidate)
    assert (first.proposal, first.revision) == (hovered.proposal, 2)


def test_the_other_candidates_are_made_ready_while_the_mouse_rests(engine, inbox, images):
    """The click finds all of them there: none is made while the window paints the first."""
    encoded(engine, inbox, images)
    engine.submit(DecodeHover(images[0], 1, 30, 20))
    inbox.wait(Hovered)
    deadline = monotonic() + 10
    while engine._context.has_preview_to_finish() and monotonic() < deadline:
        sleep(REST_S / 5)
    while len(engine._context.preview.made) < 3 and monotonic() < deadline:  # the last one is just being made
        sleep(REST_S / 5)
    made = engine._context.preview.made
    engine.submit(click(images[0], 2))
    [decoded] = inbox.wait(Decoded)
    assert len(made) == 3
    assert all(proposal is before for proposal, before in zip(decoded.proposals, made, strict=True))
    assert not inbox.of(FirstCandidate)


def test_a_bug_while_they_are_made_ready_costs_nothing(engine, predictor, inbox, images):
    encoded(engine, inbox, images)
    good = predictor.decode

    def decode(*arguments):
        best, *_ = good(*arguments)
        return [best, replace(best, frame=None)]  # no candidate: what makes pixels of it fails

    predictor.decode = decode
    engine.submit(DecodeHover(images[0], 1, 30, 20))
    inbox.wait(Hovered)
    deadline = monotonic() + 10
    while engine._context.preview is not None and monotonic() < deadline:
        sleep(REST_S / 5)
    predictor.decode = good
    engine.submit(click(images[0], 2))
    [decoded] = inbox.wait(Decoded)
    assert len(decoded.proposals) == 3


@pytest.mark.parametrize("other", ["beside", "outside", "refined", "another image", "another model"])
def test_any_other_click_is_asked_for(make_engine, predictor, inbox, images, other):
    engine = make_engine(lambda name, on_progress: StepwisePredictor(name) if name == "other" else predictor)
    engine.submit(LoadModel("stepwise"))
    encoded(engine, inbox, images)
    engine.submit(DecodeHover(images[0], 1, 30, 20))
    [hovered] = inbox.wait(Hovered)
    request = click(images[0], 2)
    if other == "beside":
        request = Decode(images[0], 2, Prompt().with_point(30.5, 20))
    elif other == "outside":
        request = Decode(images[0], 2, Prompt().with_point(30, 20, positive=False))
    elif other == "refined":
        request = Decode(images[0], 2, request.prompt, Mask.from_array(np.ones((48, 64), bool)))
    elif other == "another image":
        engine.submit(Encode(images[1]))
        request = click(images[1], 2)
    else:
        engine.submit(LoadModel("other"))
        inbox.wait(ModelLoaded, 2)
    engine.submit(request)
    [decoded] = inbox.wait(Decoded)
    assert all(proposal is not hovered.proposal for proposal in decoded.proposals)


def test_a_click_does_not_wait_for_the_outlines_of_what_was_under_the_mouse(engine, predictor, inbox, images):
    encoded(engine, inbox, images)
    original = predictor.decode

    def decode(*arguments):
        if not predictor.prompts:
            engine.submit(click(images[0], 2))  # it comes while the model is asked for the mouse
        return original(*arguments)

    predictor.decode = decode
    engine.submit(DecodeHover(images[0], 1, 30, 20))
    inbox.wait(Decoded)
    assert len(predictor.prompts) == 1
    assert not inbox.of(Hovered)


def test_the_mouse_is_answered_while_another_image_is_encoded_ahead(engine, predictor, inbox, images):
    encoded(engine, inbox, images)
    predictor.hold()
    engine.submit(Encode(images[0], (images[1],)))
    predictor.wait_until_held()
    engine.submit(DecodeHover(images[0], 1, 30, 20))
    predictor.release()
    inbox.wait(Hovered)
    inbox.wait(Encoded, 3)  # the first image once more, from the cache
    kinds = [type(r) for r in inbox.replies if isinstance(r, (Encoded, Hovered))]
    assert kinds[-2:] == [Hovered, Encoded]


def test_everything_is_found_step_by_step(engine, inbox, images):
    encoded(engine, inbox, images)
    engine.submit(Propose(images[0]))
    said = until_done(inbox)
    assert said[-1].fraction == 1
    assert [p.fraction for p in said] == sorted(p.fraction for p in said)
    assert len(said[-1].findings) > 3
    for finding in said[-1].findings:
        assert finding.outlines
        x, y = (int(at) for at in finding.point)
        assert finding.mask.to_array()[y, x]


def until_done(inbox):
    count = 0
    while not any(p.fraction == 1 for p in inbox.of(Proposed)):
        count += 1
        inbox.wait(Proposed, count)
    return inbox.of(Proposed)


def test_everything_mode_waits_for_the_embedding(engine, predictor, inbox, images):
    predictor.hold()
    engine.submit(Encode(images[0]))
    predictor.wait_until_held()
    engine.submit(Propose(images[0]))
    predictor.release()
    until_done(inbox)
    assert inbox.of(Encoded)


def test_clicks_and_the_mouse_are_answered_between_its_steps(engine, inbox, images):
    encoded(engine, inbox, images)
    engine.submit(Propose(images[0]))
    inbox.wait(Proposed)
    engine.submit(click(images[0], 1))
    engine.submit(DecodeHover(images[0], 2, 30, 20))
    inbox.wait(Decoded)
    inbox.wait(Hovered)
    until_done(inbox)


@pytest.mark.parametrize("why", ["stopped", "another image", "another model"])
def test_it_ends_when_it_is_not_wanted(make_engine, inbox, images, predictor, why):
    engine = make_engine(lambda name, on_progress: predictor)
    engine.submit(LoadModel("stepwise"))
    encoded(engine, inbox, images)
    original, held = predictor.decode_clicks, []

    def decode_clicks(*arguments):
        if not held:
            held.append(True)
            predictor._held.set()
            assert predictor._free.wait(20)
        return original(*arguments)

    predictor.decode_clicks = decode_clicks
    predictor.hold()
    engine.submit(Propose(images[0]))
    predictor.wait_until_held()
    if why == "stopped":
        engine.submit(StopProposing())
    elif why == "another image":
        engine.submit(Encode(images[1]))
    else:
        engine.submit(StopProposing())
        engine.submit(LoadModel("stepwise"))
    predictor.release()
    engine.submit(click(images[1], 9))
    inbox.wait(Decoded)
    if why == "another model":
        inbox.wait(ModelLoaded, 2)
    assert all(p.fraction < 1 for p in inbox.of(Proposed))


def test_an_image_that_cannot_be_encoded_tells_it(engine, inbox, images):
    images[0].path.write_bytes(b"no picture")
    engine.submit(Encode(images[0]))
    engine.submit(Propose(images[0]))
    inbox.wait(Failed)
    engine.submit(Encode(images[1]))
    engine.submit(Propose(images[1]))
    until_done(inbox)


def test_a_bug_in_it_is_a_reply_and_the_engine_lives_on(engine, predictor, inbox, images):
    encoded(engine, inbox, images)
    good = predictor.decode_clicks

    def fails(*_arguments):
        raise RuntimeError("boom")

    predictor.decode_clicks = fails
    engine.submit(Propose(images[0]))
    [failure] = inbox.wait(Failed)
    assert failure.request == Propose(images[0])
    predictor.decode_clicks = good
    engine.submit(Propose(images[0]))
    until_done(inbox)
