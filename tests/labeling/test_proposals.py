"""Proposals of everything mode stay until somebody decides about them, and what was decided stays decided."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.session import Session
from app.masks.rle import Mask
from app.masks.strokes import Stroke
from app.project.records import Annotation
from app.project.store import Project
from tests.labeling.test_without_a_click import found, press


def masks_of(findings) -> set[str]:
    return {finding.mask.counts for finding in findings}


@pytest.fixture
def everything(desk):
    found(desk)
    return desk.session.everything


@contextmanager
def read_again(desk):
    """The project as another connection sees it: what is on the disk."""
    desk.project.proposals.close()
    with_it = Project.open(desk.project.path, read_only=True)
    yield with_it
    with_it.close()


def on_disk(desk) -> dict[str, int]:
    with read_again(desk) as again:
        states = [each.state for each in again.proposals.of_image(again.images()[0].id)]
    return {state: states.count(state) for state in dict.fromkeys(states)}


def test_proposals_survive_leaving_the_image(desk, everything):
    before = everything.findings
    desk.open(1)
    assert not everything.findings
    desk.open(0)
    assert masks_of(everything.findings) == masks_of(before)
    assert not everything.is_running
    assert everything.findings[0].model_key == before[0].model_key
    desk.until(lambda: all(finding.outlines for finding in everything.findings))
    [taken, *_] = everything.at(*before[0].point)
    desk.session.editor.take(*before[0].point)
    assert desk.session.editor.proposal.outlines is taken.outlines


def test_proposals_are_on_the_disk_and_there_after_a_restart(desk, everything):
    before = masks_of(everything.findings)
    assert on_disk(desk) == {"proposed": len(before)}
    with read_again(desk) as again:
        session = Session(again, desk)
        session.navigation.open(again.images()[0].id)
        assert masks_of(session.everything.findings) == before


def test_the_past_has_no_proposals_and_now_has_them_again(desk, everything):
    before = masks_of(everything.findings)
    desk.accept_one()
    desk.session.review.look_back(0)
    assert not everything.findings
    desk.session.review.return_to_now()
    assert masks_of(everything.findings) <= before
    assert everything.findings


def accepted_one(desk):
    desk.session.editor.take(*desk.session.everything.findings[0].point)
    desk.session.acceptance.accept()
    return desk.saved()[0]


def test_an_accepted_proposal_is_accepted_in_the_same_step_and_undo_proposes_it_again(desk, everything):
    before = everything.findings
    accepted_one(desk)
    remaining = masks_of(everything.findings)
    assert remaining < masks_of(before)
    assert on_disk(desk)["accepted"] == len(before) - len(remaining)
    desk.session.undo_stack.undo()
    assert everything.findings == before
    assert on_disk(desk) == {"proposed": len(before)}
    desk.session.undo_stack.redo()
    assert masks_of(everything.findings) == remaining


@pytest.mark.parametrize("anew", ["here", "back again", "looked for again"])
def test_an_object_that_was_accepted_and_deleted_does_not_come_back_as_a_proposal(desk, everything, anew):
    saved = accepted_one(desk)
    remaining = masks_of(everything.findings)
    desk.session.objects.select(saved.id)
    desk.session.objects.delete_selected()
    if anew == "back again":
        desk.open(1)
        desk.open(0)
    if anew == "looked for again":
        everything.toggle()
        desk.until(lambda: not everything.is_running)
    assert masks_of(everything.findings) == remaining
    desk.session.undo_stack.undo()
    assert masks_of(everything.findings) == remaining
    desk.session.undo_stack.undo()
    assert saved.mask.counts in masks_of(everything.findings)


def test_what_an_import_said_and_the_person_deleted_is_not_proposed_either(desk, everything):
    before = everything.findings
    with desk.project.step("Import") as step:
        row = step.add(Annotation(0, desk.session.image_id, None, before[0].mask))
    assert before[0] not in everything.findings
    desk.session.objects.select(row.id)
    desk.session.objects.delete_selected()
    assert before[0] not in everything.findings
    desk.session.undo_stack.undo()
    desk.session.undo_stack.undo()
    assert before[0] in everything.findings


def test_all_that_was_found_is_rejected_in_one_step_that_can_be_undone(desk, acting, everything):
    before = everything.findings
    press(acting, "Ctrl+Shift+G")
    assert not everything.findings
    assert on_disk(desk) == {"rejected": len(before)}
    desk.open(1)
    desk.session.undo_stack.undo()
    desk.work_beside()
    assert desk.session.image_id == desk.project.images()[0].id
    assert masks_of(everything.findings) == masks_of(before)


def test_stopping_at_once_throws_nothing_away(desk, everything):
    before = masks_of(everything.findings)
    everything.toggle()
    everything.toggle()
    assert masks_of(everything.findings) == before
    assert on_disk(desk) == {"proposed": len(before)}


def test_leaving_while_it_looks_keeps_what_was_found_with_its_image(desk):
    desk.open()
    desk.session.everything.toggle()
    desk.until(lambda: desk.session.everything.findings)
    before = masks_of(desk.session.everything.findings)
    desk.open(1)
    assert not desk.session.everything.is_running
    assert not desk.project.proposals.of_image(desk.session.image_id)
    desk.open(0)
    assert before <= masks_of(desk.session.everything.findings)


def test_a_proposal_that_is_taken_while_it_still_looks_is_decided(desk):
    desk.open()
    desk.session.everything.toggle()
    desk.until(lambda: desk.session.everything.findings)
    saved = accepted_one(desk)
    desk.session.objects.select(saved.id)
    desk.session.objects.delete_selected()
    desk.until(lambda: not desk.session.everything.is_running)
    assert saved.mask.counts not in masks_of(desk.session.everything.findings)


def test_accepting_reads_and_writes_little_beside_hundreds_of_proposals(desk):
    """The step that accepts notes one verdict, and no mask a second time."""
    desk.open()
    pixels = np.zeros((48, 64), bool)
    pixels[10:30, 10:40] = True
    desk.session.editor.edit(Mask.from_array(pixels), "brush")
    journal = "SELECT coalesce(sum(length(after)), 0) FROM journal WHERE kind = 'proposal'"
    desk.session.acceptance.accept()
    assert desk.project.file.db.execute(journal).fetchone()[0] == 0


def test_taking_back_an_accept_that_is_not_the_last_step_proposes_it_again(desk, everything):
    before = everything.findings
    saved = accepted_one(desk)
    [step_id] = [touch.id for touch in desk.project.history.touches_of(desk.session.image_id)]
    desk.open(1)
    desk.session.navigation.set_status("done")
    desk.session.undo_stack.take_back(step_id)
    assert desk.session.image_id == desk.project.images()[0].id
    assert saved.mask.counts in masks_of(everything.findings)
    assert masks_of(everything.findings) == masks_of(before)


def test_one_that_was_taken_is_rejected_alone(desk, everything, acting):
    before = everything.findings
    desk.session.editor.take(*before[0].point)
    taken = desk.session.editor.proposal.region
    press(acting, "Del")
    assert not desk.session.editor.draft.is_live
    assert everything.like(taken) is None
    assert len(everything.findings) == len(before) - 1
    assert on_disk(desk)["rejected"] == 1
    desk.project.undo()
    assert masks_of(everything.findings) == masks_of(before)


def test_leaving_the_image_while_it_is_looked_through_is_told(desk, acting):
    press(acting, "G")
    assert desk.session.everything.is_running
    desk.open(1)
    assert desk.notices()[-1].startswith("Looking for everything was stopped")


def test_what_was_taken_and_not_changed_is_accepted_with_the_others_and_once(desk, acting, everything):
    session, before = desk.session, masks_of(everything.findings)
    x, y = everything.findings[0].point
    assert session.take(x, y)
    press(acting, "Shift+G")
    assert {each.mask.counts for each in desk.saved()} == before
    assert len(desk.saved()) == len(before)
    assert not session.editor.draft.is_live, "it is saved, and in the making no longer"
    session.undo_stack.undo()
    desk.work_beside()
    assert not desk.saved(), "undo takes back all of it"


def test_what_was_taken_and_changed_stays_in_the_making_and_is_left_out(desk, acting, everything):
    session, before = desk.session, masks_of(everything.findings)
    x, y = everything.findings[0].point
    assert session.take(x, y)
    taken = session.editor.proposal.mask.counts
    session.painter.stroke(Stroke(((5.0, 43.0), (12.0, 44.0)), 2))
    press(acting, "Shift+G")
    assert {each.mask.counts for each in desk.saved()} == before - {taken}
    assert session.editor.draft.is_live
    session.acceptance.accept()
    assert len(desk.saved()) == len(before)
