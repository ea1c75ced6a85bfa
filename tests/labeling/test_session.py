"""The path of one click without a window: session, engine threads and project file are real."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from app.engine.replies import Decoded
from app.engine.requests import Decode, Encode, LoadModel, RegionView
from app.labeling.events import Changed, Notice
from app.labeling.session import Session
from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Annotation


def test_a_session_is_made_of_parts_and_inherits_nothing():
    assert Session.__mro__ == (Session, object)


def test_click_tab_enter_is_a_row_and_undo_takes_it_back(desk):
    desk.click()
    assert [p.predicted_iou for p in desk.session.editor.ring.proposals] == pytest.approx([0.96, 0.92, 0.84])
    desk.session.editor.next_candidate()
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.mask.area == pytest.approx(16 * 16, rel=0.1)
    assert saved.provenance["predicted_iou"] == pytest.approx(0.92)
    assert saved.provenance["model"] == "first"
    assert saved.provenance["prompt"] == {"points": [[30, 20]], "labels": [1], "box": None}
    assert saved.clicks == 1
    assert not desk.session.editor.draft.is_live
    desk.session.undo_stack.undo()
    assert desk.saved() == []
    desk.session.undo_stack.redo()
    assert desk.saved() == [saved]


def test_nothing_to_accept_creates_nothing_and_says_so(desk):
    assert desk.session.acceptance.accept() is None
    assert desk.saved() == []
    assert "Nothing to accept" in desk.notices()[-1]


def test_accept_before_the_answer_saves_the_newest_prompts_mask_when_it_lands(desk):
    desk.click()
    first = desk.session.editor.proposal
    desk.session.editor.point(10, 40)
    desk.session.acceptance.accept()
    assert desk.saved() == []
    assert desk.session.acceptance.pending == 1
    desk.until(desk.saved)
    [saved] = desk.saved()
    assert saved.provenance["prompt"]["points"] == [[30, 20], [10, 40]]
    assert saved.mask.area > first.region.pixels.sum()
    assert desk.session.acceptance.pending == 0


def test_several_objects_can_be_clicked_and_accepted_while_the_image_is_encoded(desk):
    desk.predictor().hold()
    desk.session.navigation.next()
    desk.until(lambda: desk.session.image.width)
    for x in (10, 30, 50):
        desk.session.editor.point(x, 20)
        desk.session.acceptance.accept()
    desk.session.editor.point(20, 40)
    desk.predictor().release()
    desk.until(lambda: len(desk.saved(1)) == 3)
    desk.until_answered()
    assert [a.provenance["prompt"]["points"] for a in desk.saved(1)] == [[[10, 20]], [[30, 20]], [[50, 20]]]
    assert desk.session.editor.proposal is not None
    assert len(desk.session.editor.prompt.points) == 1


def test_accept_and_next_before_the_answer_moves_on_and_loses_nothing(desk):
    first = desk.session.image_id
    desk.session.editor.point(30, 20)
    desk.session.navigation.accept_and_next()
    assert desk.session.image_id != first
    desk.until(desk.saved)
    assert desk.saved(1) == []


def test_an_object_accepted_in_advance_without_a_mask_is_in_the_making_again(desk):
    desk.session.editor.point(30, 20, positive=False)
    desk.session.acceptance.accept()
    with pytest.raises(Problem, match="found nothing"):
        desk.until(lambda: desk.session.acceptance.pending == 0)
    assert desk.saved() == []
    assert desk.session.editor.draft.is_live


def test_objects_given_back_wait_until_the_one_in_the_making_is_finished(desk):
    for x in (10, 20):
        desk.session.editor.point(x, 20, positive=False)
        desk.session.acceptance.accept()
    desk.session.editor.point(40, 20)
    while desk.session.acceptance.pending or desk.session.editor.is_waiting:
        with suppress(Problem):
            desk.until(lambda: not desk.session.acceptance.pending and not desk.session.editor.is_waiting)
    desk.session.acceptance.accept()
    assert desk.session.editor.draft.is_live
    assert desk.session.editor.proposal is None
    desk.session.discard()
    assert desk.session.editor.draft.is_live
    desk.session.discard()
    assert not desk.session.editor.draft.is_live
    assert len(desk.saved()) == 1


def test_an_object_that_is_given_back_leaves_what_is_in_hand_kept(desk):
    """Its row on the disk is written anew: who keeps what is in hand hears that it is to be done again."""
    desk.session.editor.point(10, 20, positive=False)
    desk.session.acceptance.accept()
    desk.session.editor.edit(Mask.from_array(np.ones((48, 64), bool)), "brush")
    desk.session.navigation.keep()
    heard = []
    desk.session.on("proposal", do=lambda: heard.append(True))
    with pytest.raises(Problem, match="found nothing"):
        desk.until(lambda: desk.session.acceptance.pending == 0)
    assert heard
    desk.session.navigation.keep()
    rows = desk.project.setting(f"unfinished on image {desk.session.image_id}")
    assert [row["told"]["by"] for row in rows] == ["brush"]


def test_backspace_restores_candidates_choice_and_logits_without_asking_again(desk):
    desk.click()
    desk.session.editor.choose_candidate(2)
    chosen = desk.session.editor.proposal
    desk.click(40, 30)
    decodes = len(desk.predictor().prompts)
    desk.session.editor.back()
    assert desk.session.editor.proposal is chosen
    assert not desk.session.editor.is_waiting
    desk.click(20, 20)
    assert len(desk.predictor().prompts) == decodes + 1
    np.testing.assert_array_equal(desk.predictor().prompts[-1].logits, chosen.candidate.logits)


def test_backspace_while_waiting_asks_for_the_answer_that_was_skipped(desk):
    desk.predictor().hold()
    desk.session.navigation.next()
    desk.until(lambda: desk.session.image.width)
    desk.session.editor.point(30, 20)
    desk.session.editor.point(40, 20)
    desk.session.editor.back()
    desk.predictor().release()
    desk.until_answered()
    assert desk.session.editor.proposal is not None
    assert desk.session.editor.prompt.points.tolist() == [[30, 20]]


def test_backspace_to_the_end_leaves_nothing_and_redo_brings_the_click_back(desk):
    desk.click()
    proposal = desk.session.editor.proposal
    desk.session.editor.back()
    assert not desk.session.editor.draft.is_live
    assert desk.session.editor.proposal is None
    desk.session.editor.back()
    desk.session.undo_stack.redo()
    assert desk.session.editor.proposal is proposal


def test_undo_takes_back_the_last_click_while_an_object_is_in_the_making(desk):
    desk.accept_one()
    desk.click(10, 10)
    desk.session.undo_stack.undo()
    assert not desk.session.editor.draft.is_live
    assert len(desk.saved()) == 1
    desk.session.undo_stack.undo()
    assert desk.saved() == []


def test_the_chosen_candidates_logits_go_back_only_while_the_prompt_is_extended(desk):
    desk.session.editor.box(5, 5, 40, 40)
    desk.until_answered()
    desk.click()
    prompts = desk.predictor().prompts
    assert prompts[0].logits is None
    assert prompts[1].logits is not None
    desk.session.editor.box(1, 1, 60, 40)
    desk.until_answered()
    assert prompts[2].logits is None, "another box does not extend the first"
    desk.session.discard()
    desk.click()
    assert prompts[3].logits is None


def test_a_stale_reply_is_dropped(desk):
    desk.click()
    before = desk.session.editor.draft
    [request] = [r for r in desk.requests if isinstance(r, Decode)]
    made = (before.ring.proposals[0],)
    desk.session.receive(Decoded(request.image, "first", 999, made, 1.0))
    desk.session.receive(Decoded(request.image, "first", request.revision, made, 1.0))
    desk.session.receive(Decoded(desk_image(desk, 1), "first", request.revision, made, 1.0))
    assert desk.session.editor.draft is before


def desk_image(desk, number):
    from app.engine.values import ImageRef

    record = desk.project.images()[number]
    return ImageRef(record.id, desk.project.image_path(record))


def test_a_reply_to_a_project_that_was_closed_is_dropped(desk):
    from app.engine.replies import Viewed
    from app.engine.values import ImageRef

    desk.session.editor.point(30, 20)
    [request] = [r for r in desk.requests if isinstance(r, Decode)]
    stranger = ImageRef(request.image.image_id, request.image.path.with_name("stranger.png"))
    desk.session.receive(Decoded(stranger, "first", request.revision, (), 1.0))
    assert desk.session.editor.is_waiting
    desk.session.receive(Viewed(stranger, (7, 7), "hash", 1, 1, ()))
    assert desk.session.image.width == 64


def test_a_reply_of_another_model_is_dropped(desk):
    desk.predictor().hold()
    desk.session.navigation.next()
    desk.until(lambda: desk.session.image.width)
    desk.session.editor.point(30, 20)
    request = next(r for r in desk.requests if isinstance(r, Decode))
    desk.session.receive(Decoded(request.image, "other", request.revision, (), 1.0))
    assert desk.session.editor.is_waiting


def test_a_new_model_is_asked_again_without_the_old_ones_logits(desk):
    desk.click()
    desk.click(40, 20)
    desk.submit(LoadModel("second"))
    desk.until(lambda: desk.session.place.model.model_key == "second" and not desk.session.editor.is_waiting)
    assert desk.predictor("second").prompts[-1].logits is None
    assert desk.session.editor.prompt.points.tolist() == [[30, 20], [40, 20]]
    desk.session.acceptance.accept()
    assert desk.saved()[0].provenance["model"] == "second"


def test_a_click_before_any_model_is_loaded_is_answered(empty_desk):
    desk = empty_desk
    desk.session.navigation.open(desk.project.images()[0].id)
    desk.until(lambda: desk.session.image.width)
    desk.session.editor.point(30, 20)
    desk.submit(LoadModel("first"))
    desk.until_answered()
    assert desk.session.editor.proposal is not None


def test_a_box_of_no_area_is_a_positive_click(desk):
    desk.session.editor.box(30, 20, 30, 20)
    assert desk.session.editor.prompt.box is None
    assert desk.session.editor.prompt.points.tolist() == [[30, 20]]
    assert desk.session.editor.prompt.labels.tolist() == [1]


def test_a_box_drawn_backwards_and_over_the_border_is_cut_at_the_border(desk):
    desk.session.editor.box(80, 60, -10, -5)
    assert desk.session.editor.prompt.box.tolist() == [0, 0, 64, 48]


@pytest.mark.parametrize("at", [(-1, 20), (64, 20), (30, 48), (30, -0.1)])
def test_a_click_outside_the_image_is_ignored_with_a_word(desk, at):
    desk.session.editor.point(*at)
    assert not desk.session.editor.draft.is_live
    assert desk.notices()[-1] == "That is outside the image."


def test_a_click_on_an_unreadable_image_says_why_and_the_next_image_works(empty_desk):
    desk = empty_desk
    image = desk.project.images()[0]
    desk.project.image_path(image).write_bytes(b"broken")
    desk.submit(LoadModel("first"))
    desk.session.navigation.open(image.id)
    desk.until(lambda: desk.session.place.unreadable and desk.session.place.failure)
    assert len(desk.notices()) <= 1, "one trouble is told once"
    desk.session.editor.point(3, 3)
    assert not desk.session.editor.draft.is_live
    assert "0.png" in desk.notices()[-1]
    desk.session.navigation.next()
    desk.until(lambda: desk.session.place.is_encoded and desk.session.image.width)
    assert desk.session.place.failure is None
    assert not desk.session.place.unreadable
    desk.click()
    assert desk.session.editor.proposal is not None


def test_a_decoder_that_fails_leaves_the_click_and_says_so(desk, monkeypatch):
    def fail(*arguments):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(desk.predictor(), "decode", fail)
        desk.click()
    assert desk.session.editor.draft.is_live
    assert desk.session.editor.proposal is None
    assert desk.session.acceptance.accept() is None
    notice = next(e for e in desk.events if isinstance(e, Notice) and e.problem)
    assert notice.details
    desk.click(31, 21)
    assert desk.session.editor.proposal is not None


def test_nothing_found_is_said_and_cannot_be_accepted(desk):
    desk.click(positive=False)
    assert "found nothing" in desk.notices()[-1]
    assert desk.session.acceptance.accept() is None
    assert desk.saved() == []


def test_a_class_changed_elsewhere_while_an_object_is_refined_is_not_lost(desk):
    object_id = desk.accept_one()
    desk.session.editor.resume(object_id)
    desk.click(10, 40)
    desk.session.objects.toggle_hidden(object_id)
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.hidden
    assert saved.clicks == 2


def test_a_project_that_cannot_be_written_keeps_the_mask_in_the_making(desk, monkeypatch):
    desk.click()
    monkeypatch.setattr(desk.project.file, "read_only_reason", "It is open in another window.")
    with pytest.raises(Problem, match="read-only"):
        desk.session.acceptance.accept()
    assert desk.session.editor.proposal is not None
    desk.click(40, 20)
    desk.session.editor.point(20, 20)
    with pytest.raises(Problem, match="read-only"):
        desk.session.acceptance.accept() or desk.until(lambda: not desk.session.acceptance.pending)
    assert desk.session.editor.draft.is_live
    monkeypatch.undo()
    desk.session.acceptance.accept()
    assert len(desk.saved()) == 1


# --- images ------------------------------------------------------------------------------------------------------


def test_opening_an_image_views_it_and_encodes_ahead_in_the_direction_of_travel(desk):
    names = lambda refs: [ref.path.name for ref in refs]  # noqa: E731
    desk.open(3)
    assert isinstance(desk.requests[-2], RegionView)
    assert isinstance(desk.requests[-1], Encode)
    assert names(desk.requests[-1].ahead) == ["4.png"]
    desk.session.navigation.next(-1)
    assert desk.requests[-1].image.path.name == "2.png"
    assert names(desk.requests[-1].ahead) == ["1.png", "0.png"]


def test_at_the_last_image_it_says_so(desk):
    desk.session.navigation.next(-1)
    assert desk.notices()[-1] == "This is the first image."
    desk.open(4)
    desk.session.navigation.next()
    assert desk.notices()[-1] == "This is the last image."


def test_unfinished_images_are_found_in_both_directions(desk):
    desk.open(1)
    desk.session.navigation.set_status("done")
    desk.open(2)
    desk.session.navigation.set_status("done")
    desk.session.navigation.next(-1, unfinished=True)
    assert desk.session.image.path == "0.png"
    desk.session.navigation.next(unfinished=True)
    assert desk.session.image.path == "3.png"


def test_mark_done_and_next_is_one_undoable_step_and_undo_shows_that_image(desk):
    done = desk.session.image
    desk.session.navigation.mark_done_and_next()
    assert desk.project.image(done.id).status == "done"
    assert desk.session.image_id != done.id
    desk.session.undo_stack.undo()
    assert desk.session.image_id == done.id
    assert desk.session.image.status == "open"


def test_an_image_that_cannot_be_shown_is_not_marked_done(empty_desk):
    desk = empty_desk
    image = desk.project.images()[0]
    desk.project.image_path(image).write_bytes(b"broken")
    desk.session.navigation.open(image.id)
    desk.until(lambda: desk.session.place.unreadable)
    with pytest.raises(Problem, match="cannot be shown, so that it is not marked done"):
        desk.session.navigation.mark_done_and_next()
    assert desk.session.image_id == image.id
    assert desk.session.image.status == "open"
    with desk.project.step("Mark done") as step:
        step.put_only(replace(desk.session.image, status="done"), "status")
    desk.session.navigation.set_status("open")
    assert desk.session.image.status == "open"


def test_at_the_end_it_is_told_how_many_images_elsewhere_are_not_done(desk):
    images = desk.project.images()
    desk.open(len(images) - 1)
    desk.session.navigation.mark_done_and_next()
    assert desk.notices()[-1].startswith("No image after this one is unfinished, 4 before it are")
    for number in range(len(images) - 1):
        desk.open(number)
        desk.session.navigation.set_status("done")
    desk.session.navigation.next(unfinished=True)
    assert desk.notices()[-1] == "All images are done."
    desk.open(1)
    desk.session.navigation.set_status("open")
    desk.open(0)
    desk.session.navigation.next(-1, unfinished=True)
    assert desk.notices()[-1].startswith("No image before this one is unfinished, 1 after it is")


def test_undo_of_a_change_on_another_image_opens_that_image(desk):
    desk.accept_one()
    desk.open(2)
    desk.session.undo_stack.undo()
    assert desk.session.image.path == "0.png"
    assert desk.saved() == []
    desk.open(2)
    desk.session.undo_stack.redo()
    assert desk.session.image.path == "0.png"
    assert len(desk.saved()) == 1


def test_a_mask_not_accepted_waits_on_its_image(desk):
    desk.click()
    proposal = desk.session.editor.proposal
    desk.session.navigation.next()
    assert not desk.session.editor.draft.is_live
    assert "not accepted" in desk.notices()[-1]
    desk.session.navigation.next(-1)
    assert desk.session.editor.proposal is proposal
    desk.session.acceptance.accept()
    assert len(desk.saved()) == 1


def test_an_object_picked_up_leaves_what_is_in_the_making_to_wait(desk):
    desk.click()
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    desk.click(40, 30)
    proposal = desk.session.editor.proposal
    for _ in range(2):  # the second time it was taken up again just before, as a double click does
        desk.session.editor.resume(saved.id)
        assert desk.session.editor.draft.resumed == saved
        assert "not accepted" in desk.notices()[-1]
        desk.session.discard()
        assert desk.session.editor.proposal is proposal
    desk.session.editor.resume(saved.id)
    desk.session.acceptance.accept()
    assert desk.session.editor.proposal is proposal
    desk.session.acceptance.accept()
    assert len(desk.saved()) == 2


def test_an_object_that_is_in_hand_already_keeps_what_was_done_to_it(desk):
    desk.click()
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    desk.session.editor.resume(saved.id)
    desk.click(40, 30)
    proposal = desk.session.editor.proposal
    desk.session.editor.resume(saved.id)
    assert desk.session.editor.proposal is proposal
    desk.session.discard()
    assert not desk.session.editor.draft.is_live


def test_what_waited_without_an_answer_is_answered_when_it_is_taken_up(desk):
    desk.click()
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    desk.session.editor.point(40, 30)
    desk.session.editor.resume(saved.id)
    desk.until_answered()
    desk.session.discard()
    desk.until_answered()
    assert not desk.session.editor.is_waiting
    assert desk.session.editor.proposal is not None


def test_a_click_not_answered_before_leaving_is_answered_on_return(desk):
    desk.predictor().hold()
    desk.session.navigation.open(desk.project.images()[3].id)
    desk.until(lambda: desk.session.image.width)
    desk.session.editor.point(30, 20)
    desk.session.navigation.next()
    desk.session.navigation.next(-1)
    desk.predictor().release()
    desk.until_answered()
    assert desk.session.editor.proposal is not None


# --- saved objects -----------------------------------------------------------------------------------------------


def test_a_saved_object_is_picked_up_refined_and_replaced_in_one_step(desk):
    object_id = desk.accept_one()
    [before] = desk.saved()
    desk.session.editor.resume(object_id)
    assert desk.session.editor.proposal.candidate is None
    assert desk.session.editor.proposal.region.pixels.sum() == before.mask.area
    assert desk.session.editor.prompt.points.tolist() == [[30, 20]]
    desk.click(10, 40)
    asked = desk.predictor().prompts[-1]
    assert asked.points.tolist() == [[30, 20], [10, 40]]
    assert asked.logits is not None, "its mask became the previous logits"
    desk.session.acceptance.accept()
    [after] = desk.saved()
    assert after.id == object_id
    assert after.mask != before.mask
    assert after.clicks == 2
    assert after.category_id == before.category_id
    desk.session.undo_stack.undo()
    assert desk.saved() == [before]


def test_an_imported_mask_without_prompts_can_be_refined(desk):
    from msgspec.structs import replace

    object_id = desk.accept_one()
    with desk.project.step("Import") as step:
        step.put(replace(desk.saved()[0], provenance={}))
    desk.session.editor.resume(object_id)
    assert desk.session.editor.prompt.is_empty
    desk.click(10, 40)
    assert desk.predictor().prompts[-1].logits is not None


def test_a_resumed_object_left_alone_is_unchanged(desk):
    object_id = desk.accept_one()
    before = desk.saved()
    for end in (desk.session.acceptance.accept, desk.session.discard):
        desk.session.editor.resume(object_id)
        end()
        assert not desk.session.editor.draft.is_live
        assert desk.saved() == before


def test_backspace_on_a_picked_up_object_does_not_end_its_refinement(desk):
    object_id = desk.accept_one()
    before = desk.saved()
    desk.session.editor.resume(object_id)
    desk.session.editor.back()
    assert desk.session.editor.draft.is_unchanged
    assert desk.notices()[-1].startswith("No click is left that could be taken back.")
    desk.session.acceptance.accept()
    assert desk.saved() == before


def test_backspace_on_a_picked_up_object_takes_back_its_stored_clicks_one_by_one(desk):
    desk.click(20, 20)
    desk.click(40, 20)
    desk.click(20, 34)
    object_id = desk.session.acceptance.accept().changes[-1].after.id
    saved = desk.saved()[0].mask
    desk.session.editor.resume(object_id)
    areas = []
    for left in (2, 1):
        desk.session.editor.back()
        desk.until_answered()
        assert len(desk.session.editor.prompt.points) == left
        areas.append(Mask.from_region(desk.session.editor.proposal.region).area)
    assert saved.area > areas[0] > areas[1]
    assert desk.session.editor.draft.resumed.id == object_id
    desk.session.editor.back()
    assert len(desk.session.editor.prompt.points) == 1, "one is left: without it there is no object"
    desk.session.undo_stack.redo()
    assert Mask.from_region(desk.session.editor.proposal.region).area == areas[0]
    desk.session.undo_stack.redo()
    assert Mask.from_region(desk.session.editor.proposal.region) == saved
    assert len(desk.session.editor.prompt.points) == 3
    desk.session.undo_stack.undo()
    desk.until_answered()
    desk.session.acceptance.accept()
    assert len(desk.saved()[0].provenance["prompt"]["points"]) == 2
    assert desk.saved()[0].mask.area == areas[0]


def test_new_clicks_on_a_picked_up_object_go_before_those_that_were_stored(desk):
    desk.click(20, 20)
    desk.click(40, 20)
    object_id = desk.session.acceptance.accept().changes[-1].after.id
    desk.session.editor.resume(object_id)
    desk.click(20, 34)
    for left in (2, 1):
        desk.session.editor.back()
        desk.until_answered()
        assert len(desk.session.editor.prompt.points) == left
    for there in (2, 3):
        desk.session.undo_stack.redo()
        assert len(desk.session.editor.prompt.points) == there


def test_backspace_of_the_first_refinement_shows_the_saved_mask_again(desk):
    object_id = desk.accept_one()
    area = desk.saved()[0].mask.area
    desk.session.editor.resume(object_id)
    desk.click(10, 40)
    desk.session.editor.back()
    assert desk.session.editor.proposal.region.pixels.sum() == area
    assert desk.session.editor.draft.resumed.id == object_id


def test_an_object_deleted_while_it_is_refined_is_there_again_once_it_is_accepted(desk):
    object_id = desk.accept_one()
    desk.session.editor.resume(object_id)
    desk.click(10, 40)
    desk.project.undo()
    assert desk.saved() == []
    desk.session.acceptance.accept()
    assert len(desk.saved()) == 1


def test_delete_takes_all_selected_in_one_step(desk):
    ids = [desk.accept_one(x) for x in (10, 30, 50)]
    desk.session.objects.select(*ids[:2])
    desk.session.objects.delete_selected()
    assert [a.id for a in desk.saved()] == ids[2:]
    assert desk.session.objects.selection == ()
    told = desk.events[-1]
    assert isinstance(told, Notice)
    assert told.sentence == "Deleted 2 objects."
    assert desk.project.steps.name_of(told.step_id) == "Delete 2 objects"
    desk.session.undo_stack.undo()
    assert [a.id for a in desk.saved()] == ids
    assert desk.session.objects.delete_selected() is None


def test_objects_are_selected_one_after_the_other_and_round(desk):
    ids = [desk.accept_one(x) for x in (10, 30, 50)]
    objects = desk.session.objects
    chosen = []
    for step in (+1, +1, +1, +1, -1):
        objects.select_neighbour(step)
        chosen.extend(objects.selection)
    assert chosen == [ids[0], ids[1], ids[2], ids[0], ids[2]]


def test_the_topmost_visible_object_is_found_under_the_cursor(desk):
    lower, upper = desk.accept_one(30, 20), desk.accept_one(32, 22)
    objects = desk.session.objects
    assert objects.at(31, 21).id == upper
    objects.toggle_hidden(upper)
    assert objects.at(31, 21).id == lower
    assert objects.at(1, 47) is None
    assert objects.at(-5, 900) is None
    desk.session.undo_stack.undo()
    assert objects.at(31, 21).id == upper


# --- classes -----------------------------------------------------------------------------------------------------


def test_a_project_without_classes_gets_one_with_its_first_mask_in_the_same_step(desk):
    desk.accept_one()
    [category] = desk.project.categories()
    assert (category.name, desk.saved()[0].category_id) == ("object", category.id)
    desk.accept_one(10, 10)
    assert len(desk.project.categories()) == 1
    desk.session.undo_stack.undo()
    desk.session.undo_stack.undo()
    assert desk.project.categories() == []


def test_the_class_goes_to_the_proposal_else_to_the_selection_else_to_the_next_object(desk):
    cat, dog = (desk.session.classes.add(name) for name in ("cat", "dog"))
    assert desk.session.editor.category == cat
    desk.click()
    desk.session.set_category(dog.id)
    desk.session.acceptance.accept()
    [first] = desk.saved()
    assert first.category_id == dog.id
    desk.session.objects.select(first.id)
    desk.session.set_category(cat.id)
    assert desk.saved()[0].category_id == cat.id
    assert desk.session.editor.category == dog, "the next object keeps its class"
    desk.session.undo_stack.undo()
    assert desk.saved()[0].category_id == dog.id
    desk.session.objects.select(None)
    desk.session.set_category(cat.id)
    second = desk.accept_one(10, 10)
    assert next(a for a in desk.saved() if a.id == second).category_id == cat.id


def test_the_class_of_a_resumed_object_changes_when_it_is_accepted_and_the_current_class_stays(desk):
    cat, dog = (desk.session.classes.add(name) for name in ("cat", "dog"))
    object_id = desk.accept_one()
    desk.session.editor.resume(object_id)
    desk.session.set_category(dog.id)
    assert desk.session.editor.category == dog
    desk.session.acceptance.accept()
    assert desk.saved()[0].category_id == dog.id
    assert desk.session.editor.category == cat


def test_the_class_chosen_when_accepting_in_advance_is_the_one_that_counts(desk):
    cat, dog = (desk.session.classes.add(name) for name in ("cat", "dog"))
    desk.session.editor.point(30, 20)
    desk.session.acceptance.accept()
    desk.session.set_category(dog.id)
    desk.until(desk.saved)
    assert desk.saved()[0].category_id == cat.id


def test_a_class_with_the_same_name_is_that_class(desk):
    cat = desk.session.classes.add("cat")
    assert desk.session.classes.add(" Cat ") == cat
    desk.session.classes.add("dog")
    with pytest.raises(Problem, match="named dog already"):
        desk.session.classes.rename(cat.id, "dog")
    with pytest.raises(Problem, match="needs a name"):
        desk.session.classes.add("  ")


def test_deleting_a_class_keeps_its_objects_and_can_be_undone(desk):
    cat = desk.session.classes.add("cat")
    desk.accept_one()
    desk.session.classes.delete(cat.id)
    assert desk.project.categories() == []
    assert desk.saved()[0].category_id is None
    assert desk.notices()[-1] == "Deleted class cat. Objects without a class now: 1."
    desk.session.undo_stack.undo()
    assert desk.saved()[0].category_id == cat.id


# --- effort and events -------------------------------------------------------------------------------------------


def test_effort_counts_all_clicks_and_active_time_without_pauses(desk):
    desk.now_s += 2
    desk.click()
    desk.now_s += 1
    desk.click(40, 20)
    desk.session.editor.back()
    desk.now_s += 3600
    desk.session.editor.next_candidate()
    desk.now_s += 3
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert (saved.clicks, saved.milliseconds) == (2, 6000)
    desk.now_s += 1
    desk.accept_one(10, 10)
    assert desk.saved()[1].milliseconds == 1000


def test_the_window_is_told_what_changed(desk):
    desk.events.clear()
    desk.session.editor.point(30, 20)
    assert Changed("proposal") in desk.events
    desk.until_answered()
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    desk.events.clear()
    desk.session.objects.select(saved.id)
    assert desk.events == [Changed("selection")]


def test_every_saved_row_is_an_annotation_of_the_open_image(desk):
    desk.accept_one()
    [saved] = desk.saved()
    assert isinstance(saved, Annotation)
    assert saved.image_id == desk.session.image_id
    assert saved.mask.size == (48, 64)


def test_a_picture_that_was_replaced_before_anybody_opened_it_is_told(empty_desk):
    desk = empty_desk
    image = desk.project.images()[0]
    with desk.project.step("Import COCO") as step:
        step.add(Annotation(0, image.id, None, Mask.from_array(np.ones((48, 64), bool))))
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)).save(
        desk.project.image_path(image)
    )
    desk.submit(LoadModel("first"))
    desk.open()
    desk.until(lambda: any("was replaced after 1 mask had been made on it" in notice for notice in desk.notices()))


def test_a_picture_that_was_replaced_under_its_masks_is_told(desk):
    desk.open()
    desk.accept_one()
    path = desk.project.image_path(desk.session.image)
    desk.open(1)
    Image.fromarray(np.full((48, 64, 3), 77, np.uint8)).save(path)
    desk.open(0)
    desk.until(lambda: any("was replaced after 1 mask had been made on it" in notice for notice in desk.notices()))
    desk.events.clear()
    desk.open(1)
    desk.open(0)
    desk.click()  # answered after the picture was read again
    assert not any("replaced" in notice for notice in desk.notices())
