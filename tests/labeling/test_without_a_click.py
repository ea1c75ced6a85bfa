"""Proposals of everything mode and the mask under the mouse, as the person meets them."""

from __future__ import annotations

import numpy as np

from app.engine.requests import DecodeHover, Propose, StopProposing
from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY


def found(desk):
    """Everything on the first image."""
    desk.open()
    desk.session.everything.toggle()
    desk.until(lambda: not desk.session.everything.is_running)
    return desk.session.everything.findings


def press(acting, key):
    command = REGISTRY.for_key(key, acting)
    assert command is not None, f"{key} does nothing here"
    command.run(acting)


def test_g_finds_everything_and_shift_g_accepts_it_as_one_step(desk, acting):
    desk.open()
    press(acting, "G")
    desk.until(lambda: not desk.session.everything.is_running)
    count = len(desk.session.everything.findings)
    assert count > 3
    press(acting, "Shift+G")
    assert len(desk.saved()) == count
    assert f"Accepted {count} objects." in desk.notices()
    assert not desk.session.everything.findings
    row = desk.saved()[0]
    assert row.provenance["by"] == "everything mode"
    assert row.provenance["prompt"]["points"]
    assert row.category_id is not None
    desk.session.undo_stack.undo()
    desk.work_beside()
    assert not desk.saved()
    assert len(desk.session.everything.findings) == count


def test_a_click_takes_what_was_found_there_and_asks_no_model(desk):
    findings = found(desk)
    x, y = findings[0].point
    requests = len(desk.requests)
    assert desk.session.editor.take(x, y)
    assert len(desk.requests) == requests
    assert not desk.session.editor.is_waiting
    assert desk.session.editor.proposal.region.pixels.any()
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.clicks == 1
    assert all(f.mask.bbox != saved.mask.bbox for f in desk.session.everything.findings)


def test_what_was_taken_is_refined_by_further_clicks(desk):
    x, y = found(desk)[0].point
    desk.session.editor.take(x, y)
    desk.click(50, 40)
    assert len(desk.session.editor.prompt.points) == 2
    assert desk.session.editor.proposal is not None


def test_a_click_beside_everything_found_asks_the_model(desk):
    found(desk)
    desk.session.everything.reject()
    assert not desk.session.editor.take(30, 20)


def test_all_that_lies_under_a_click_can_be_cycled_the_smallest_first(desk):
    findings = found(desk)
    x, y = findings[0].point
    under = desk.session.everything.at(x, y)
    desk.session.editor.take(x, y)
    areas = [int(p.region.pixels.sum()) for p in desk.session.editor.ring.proposals]
    assert areas == sorted(areas)
    assert len(areas) == len(under)


def test_escape_drops_the_draft_and_never_what_was_found(desk, acting):
    findings = found(desk)
    desk.session.editor.take(*findings[0].point)
    for _ in range(5):
        press(acting, "Esc")
        assert not desk.session.editor.draft.is_live
        assert desk.session.everything.findings == findings


def test_escape_stops_looking_for_everything_and_keeps_what_was_found_so_far(desk, acting):
    desk.open()
    desk.session.everything.toggle()
    desk.until(lambda: desk.session.everything.findings)
    press(acting, "Esc")
    assert not desk.session.everything.is_running
    assert desk.session.everything.findings


def test_g_again_stops_and_keeps_what_was_found(desk):
    desk.open()
    desk.session.everything.toggle()
    assert any(isinstance(r, Propose) for r in desk.requests)
    desk.session.everything.toggle()
    assert isinstance(desk.requests[-1], StopProposing)
    assert not desk.session.everything.is_running


def test_another_image_has_proposals_of_its_own(desk):
    found(desk)
    desk.open(1)
    assert not desk.session.everything.findings


def test_the_mouse_shows_what_a_click_would_give(desk):
    desk.open()
    desk.session.hover.move(30, 20)
    desk.until(lambda: len(desk.session.hover.outlines))
    points = np.concatenate(desk.session.hover.outlines)
    assert points[:, 0].min() <= 30 <= points[:, 0].max()
    desk.session.hover.move(-5, 3)
    assert not desk.session.hover.outlines


def test_a_click_where_the_mouse_rests_shows_that_mask_at_once_and_the_others_when_they_come(desk):
    desk.open()
    desk.session.hover.move(30, 20)
    desk.until(lambda: len(desk.session.hover.outlines))
    shown = desk.session.hover.outlines
    desk.session.editor.point(30, 20)
    assert desk.session.editor.proposal.outlines is shown
    assert not desk.session.editor.is_waiting
    assert not desk.session.editor.ring.is_whole
    desk.until(lambda: desk.session.editor.ring.is_whole)
    assert len(desk.session.editor.ring.proposals) == 3
    assert desk.session.editor.proposal.outlines is shown


def test_a_click_beside_where_the_mouse_was_waits_for_its_own_answer(desk):
    desk.open()
    desk.session.hover.move(30, 20)
    desk.until(lambda: len(desk.session.hover.outlines))
    desk.session.editor.point(31, 20)
    assert desk.session.editor.is_waiting
    desk.until(lambda: not desk.session.editor.is_waiting)
    desk.session.editor.point(30, 20)  # not the first click any more
    assert desk.session.editor.is_waiting


def test_no_preview_while_an_object_is_in_the_making_or_when_it_is_switched_off(desk):
    desk.open()
    desk.click()
    desk.session.hover.move(40, 30)
    desk.session.discard()
    desk.session.hover.enabled = False
    desk.session.hover.move(40, 30)
    assert not any(isinstance(r, DecodeHover) for r in desk.requests)


def test_an_answer_after_the_mouse_has_left_is_dropped(desk):
    desk.open()
    desk.session.hover.move(30, 20)
    desk.session.hover.leave()
    desk.click()
    desk.session.discard()
    assert not desk.session.hover.outlines


def test_over_a_proposal_the_mouse_shows_it_without_the_model(desk):
    finding = found(desk)[0]
    under = desk.session.everything.at(*finding.point)[0]
    desk.session.hover.move(*finding.point)
    assert desk.session.hover.outlines is under.outlines
    assert not any(isinstance(r, DecodeHover) for r in desk.requests)


def glimpsed(desk):
    """The best candidate is there, the others are not yet."""
    desk.session.editor.point(30, 20)
    desk.until(lambda: not desk.session.editor.is_waiting)
    assert not desk.session.editor.ring.is_whole


def test_the_best_candidate_is_there_before_the_others_and_stays(desk):
    desk.open()
    glimpsed(desk)
    best = desk.session.editor.proposal
    desk.until(lambda: desk.session.editor.ring.is_whole)
    assert len(desk.session.editor.ring) == 3
    assert desk.session.editor.proposal is best


def test_a_tab_at_the_first_glimpse_is_not_lost(desk):
    desk.open()
    glimpsed(desk)
    desk.session.editor.next_candidate(+1)
    desk.until(lambda: desk.session.editor.ring.is_whole)
    assert desk.session.editor.ring.index == 1


def test_what_is_glimpsed_can_be_accepted_at_once(desk):
    desk.open()
    glimpsed(desk)
    desk.session.acceptance.accept()
    assert len(desk.saved()) == 1
    desk.click(50, 40)
    assert len(desk.session.editor.prompt.points) == 1
