"""A mask made by hand is one more state of the object in the making, like an answered prompt."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.requests import Decode
from app.formats.registry import format_named
from app.labeling.draft import Edited, Prompted
from app.labeling.events import Notice
from app.masks.rle import Mask, Region
from app.masks.strokes import Stroke, rasterized
from app.problem import Problem
from app.project.store import Project

SIZE = (48, 64)


def square(x: int, y: int, side: int = 10) -> Region:
    return Region(x, y, np.ones((side, side), bool), SIZE)


def shown(desk) -> Mask:
    return Mask.from_region(desk.session.editor.proposal.region)


def test_a_painted_mask_is_accepted_without_the_model(desk):
    desk.session.editor.edit(square(20, 10), "brush")
    assert not desk.session.editor.is_waiting
    assert len(desk.session.editor.ring) == 1
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.mask == Mask.from_region(square(20, 10))
    assert saved.provenance["by"] == "brush"
    assert saved.provenance["model"] == ""
    assert saved.provenance["predicted_iou"] is None
    assert saved.clicks == 1
    assert not [r for r in desk.requests if isinstance(r, Decode)]


def test_a_region_that_is_wider_than_what_is_set_in_it_is_cut(desk):
    pixels = np.zeros((30, 40), bool)
    pixels[5:8, 6:9] = True
    desk.session.editor.edit(Region(3, 2, pixels, SIZE), "brush")
    assert desk.session.editor.proposal.region.bbox == (9, 7, 3, 3)
    assert [o.tolist() for o in desk.session.editor.proposal.outlines] == [[[9, 7], [12, 7], [12, 10], [9, 10]]]


def test_a_mask_works_as_well_as_a_region(desk):
    desk.session.editor.edit(Mask.from_region(square(1, 2)), "boolean")
    assert desk.session.editor.proposal.region.bbox == (1, 2, 10, 10)


def test_back_and_redo_go_through_an_edit_without_asking_again(desk):
    desk.click()
    answered = desk.session.editor.proposal
    desk.session.editor.edit(square(20, 10), "brush")
    painted = desk.session.editor.proposal
    decodes = len(desk.predictor().prompts)
    desk.session.editor.back()
    assert desk.session.editor.proposal is answered
    desk.session.undo_stack.redo()
    assert desk.session.editor.proposal is painted
    desk.session.undo_stack.undo()
    assert desk.session.editor.proposal is answered
    assert len(desk.predictor().prompts) == decodes
    assert desk.saved() == []


def test_candidates_of_before_are_there_again_after_a_step_back(desk):
    desk.click()
    desk.session.editor.next_candidate()
    chosen = desk.session.editor.ring.index
    desk.session.editor.edit(square(20, 10), "brush")
    desk.session.editor.next_candidate()
    assert shown(desk) == Mask.from_region(square(20, 10)), "there is one candidate: Tab turns to itself"
    desk.session.editor.back()
    assert desk.session.editor.ring.index == chosen
    assert len(desk.session.editor.ring) == 3


def test_the_next_click_goes_on_from_the_edited_mask(desk):
    desk.click()
    desk.session.editor.edit(square(25, 15), "brush")
    desk.click(40, 30)
    request = [r for r in desk.requests if isinstance(r, Decode)][-1]
    assert request.seed == Mask.from_region(square(25, 15))
    assert request.prompt.logits is None
    assert desk.predictor().prompts[-1].logits is not None, "the engine makes logits of the mask"
    assert request.prompt.points.tolist() == [[30, 20], [40, 30]]
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.provenance["model"] == "first"
    assert saved.provenance["by"] == "brush"
    assert saved.clicks == 3


def test_a_painted_mask_is_refined_by_the_model(desk):
    desk.session.editor.edit(square(25, 15), "polygon")
    desk.click(30, 20)
    assert [type(r.source) for r in desk.session.editor.draft.revisions] == [Edited, Prompted]
    assert [r for r in desk.requests if isinstance(r, Decode)][-1].seed == Mask.from_region(square(25, 15))
    assert len(desk.session.editor.ring) > 1
    desk.session.editor.back()
    assert shown(desk) == Mask.from_region(square(25, 15))


def test_points_and_boxes_that_the_edited_mask_contradicts_are_left_out(desk):
    desk.session.editor.box(5, 5, 40, 40)
    desk.session.editor.point(30, 20)
    desk.session.editor.point(10, 10)
    desk.session.editor.point(28, 18, positive=False)
    desk.session.editor.point(60, 40, positive=False)
    desk.until_answered()
    desk.session.editor.edit(square(25, 15), "brush")
    prompt = desk.session.editor.prompt
    assert prompt.points.tolist() == [[30, 20], [60, 40]]
    assert prompt.labels.tolist() == [1, 0]
    assert prompt.box is None


def test_an_edit_while_an_answer_is_awaited_stays_on_top(desk):
    desk.predictor().hold()
    desk.session.navigation.next()
    desk.until(lambda: desk.session.image.width)
    desk.session.editor.point(30, 20)
    desk.session.editor.edit(square(20, 10), "brush")
    assert not desk.session.editor.is_waiting
    painted = desk.session.editor.proposal
    desk.predictor().release()
    desk.until(lambda: desk.session.editor.draft.revisions[0].ring is not None)
    assert desk.session.editor.proposal is painted
    desk.session.editor.back()
    desk.until_answered()
    assert desk.session.editor.proposal is not painted
    assert desk.session.editor.proposal is not None


def test_another_model_does_not_answer_instead_of_the_hand(desk):
    from app.engine.requests import LoadModel

    desk.click()
    desk.session.editor.edit(square(20, 10), "brush")
    desk.submit(LoadModel("second"))
    desk.until(lambda: desk.session.place.model.model_key == "second")
    assert shown(desk) == Mask.from_region(square(20, 10))
    assert not desk.session.editor.is_waiting


def test_an_edited_mask_waits_on_its_image_and_is_accepted_there(desk):
    desk.session.editor.edit(square(20, 10), "brush")
    desk.session.navigation.next()
    assert not desk.session.editor.draft.is_live
    desk.session.navigation.next(-1)
    desk.session.acceptance.accept()
    assert desk.saved()[0].mask == Mask.from_region(square(20, 10))


def test_a_saved_object_edited_by_hand_replaces_it(desk):
    object_id = desk.accept_one()
    desk.session.editor.resume(object_id)
    desk.session.editor.edit(square(20, 10), "grow")
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.id == object_id
    assert saved.mask == Mask.from_region(square(20, 10))
    assert saved.provenance["model"] == "first"
    assert saved.provenance["by"] == "grow"
    desk.session.undo_stack.undo()
    assert desk.saved()[0].provenance["predicted_iou"] is not None


def test_each_hand_is_named_once_in_the_order_of_the_edits_also_over_two_visits(desk):
    for word in ("brush", "polygon", "brush"):
        desk.session.editor.edit(square(20, 10), word)
    object_id = desk.session.acceptance.accept().changes[-1].after.id
    assert desk.saved()[0].provenance["by"] == "brush, polygon"
    desk.session.editor.resume(object_id)
    desk.click(25, 12)
    desk.session.editor.edit(square(22, 12), "boolean")
    desk.session.acceptance.accept()
    assert desk.saved()[0].provenance["by"] == "brush, polygon, boolean"
    assert desk.saved()[0].provenance["model"] == "first"


def test_a_resumed_object_whose_class_alone_changed_keeps_how_it_came_about(desk):
    desk.session.editor.edit(square(20, 10), "brush")
    object_id = desk.session.acceptance.accept().changes[-1].after.id
    before = desk.saved()[0].provenance
    other = desk.session.classes.add("other")
    desk.session.editor.resume(object_id)
    desk.session.set_category(other.id)
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert (saved.category_id, saved.provenance) == (other.id, before)


NOTHING = Region(0, 0, np.zeros((4, 4), bool), SIZE)


def test_an_empty_mask_is_a_state_that_is_told_and_cannot_be_accepted(desk):
    desk.click()
    before = desk.session.editor.proposal
    desk.session.editor.edit(NOTHING, "eraser")
    assert desk.session.editor.proposal.is_empty
    assert desk.notices()[-1].startswith("Nothing is left of the mask.")
    assert desk.session.acceptance.accept() is None
    assert desk.notices()[-1].startswith("The mask is empty")
    assert desk.saved() == []
    desk.session.editor.back()
    assert desk.session.editor.proposal is before


def test_a_click_on_an_empty_mask_begins_anew(desk):
    desk.click()
    desk.session.editor.edit(NOTHING, "eraser")
    desk.click(40, 30)
    request = [r for r in desk.requests if isinstance(r, Decode)][-1]
    assert (request.seed, request.start, request.prompt.logits) == (None, None, None)
    assert not desk.session.editor.proposal.is_empty


def test_a_saved_object_of_which_nothing_is_left_is_deleted_and_undo_brings_it_back(desk):
    object_id = desk.accept_one()
    desk.session.editor.resume(object_id)
    desk.session.editor.edit(NOTHING, "eraser")
    assert desk.saved(), "not before it is accepted"
    desk.session.acceptance.accept()
    assert desk.saved() == []
    assert not desk.session.editor.draft.is_live
    notice = [e for e in desk.events if isinstance(e, Notice)][-1]
    assert notice.step_id is not None, "the toast has an Undo"
    desk.session.undo_stack.undo()
    assert [a.id for a in desk.saved()] == [object_id]


def test_nothing_made_of_nothing_is_no_state(desk):
    desk.session.editor.edit(NOTHING, "eraser")
    assert not desk.session.editor.draft.is_live


def test_a_mask_of_another_size_is_a_bug_of_the_tool(desk):
    with pytest.raises(ValueError, match="image of"):
        desk.session.editor.edit(Region(0, 0, np.ones((4, 4), bool), (10, 10)), "brush")


def test_the_past_is_not_edited(desk):
    desk.accept_one()
    desk.session.review.look_back(0)
    desk.session.editor.edit(square(20, 10), "brush")
    assert not desk.session.editor.draft.is_live
    with pytest.raises(Problem, match="Nothing can be changed"):
        desk.session.writable()


def test_it_is_there_again_when_the_project_is_opened_anew(desk, tmp_path):
    desk.session.editor.edit(square(20, 10), "brush")
    desk.session.acceptance.accept()
    path = desk.project.path
    desk.project.close()
    again = Project.open(path)
    try:
        [saved] = again.annotations(again.images()[0].id)
        assert saved.mask == Mask.from_region(square(20, 10))
        assert saved.provenance["by"] == "brush"
        out = tmp_path / "out.json"
        for _ in format_named("coco").export_file(again, out):
            pass
        assert '"by":"brush"' in out.read_text(encoding="utf-8").replace('": "', '":"')
    finally:
        again.close()


def test_a_stroke_begins_an_object_and_further_ones_change_it(desk):
    editor = desk.session.editor
    desk.session.painter.stroke(Stroke(((10.0, 10.0), (20.0, 10.0)), 2))
    assert shown(desk) == Mask.from_region(rasterized(Stroke(((10.0, 10.0), (20.0, 10.0)), 2), SIZE))
    desk.session.painter.stroke(Stroke(((30.0, 30.0),), 3))
    both = shown(desk).area
    desk.session.painter.stroke(Stroke(((30.0, 30.0),), 3, positive=False))
    assert shown(desk).area < both
    editor.back()
    assert shown(desk).area == both
    desk.session.acceptance.accept()
    assert desk.saved()[0].provenance["by"] == "brush"


def test_a_stroke_works_on_the_selected_object(desk):
    desk.session.editor.edit(square(20, 10), "brush")
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    desk.session.objects.select(saved.id)
    desk.session.painter.stroke(Stroke(((25.0, 15.0),), 2, positive=False))
    assert desk.session.editor.draft.resumed.id == saved.id
    desk.session.acceptance.accept()
    [changed] = desk.saved()
    assert changed.id == saved.id
    assert changed.mask.area == 100 - 12


def test_nothing_can_be_erased_where_nothing_is(desk):
    desk.session.painter.stroke(Stroke(((25.0, 15.0),), 2, positive=False))
    assert not desk.session.editor.draft.is_live
    assert "nothing to erase" in desk.notices()[-1]


def test_parts_are_added_and_cut_by_hand(desk):
    painter = desk.session.painter
    painter.combine(square(20, 10), "rectangle")
    painter.combine(square(25, 15), "rectangle")
    assert shown(desk).area == 175
    painter.combine(square(20, 10), "ellipse", adds=False)
    assert shown(desk).area == 75
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.provenance["by"] == "rectangle, ellipse"
    desk.session.objects.select(saved.id)
    painter.combine(square(25, 20, 5), "wand", adds=False)
    assert desk.session.editor.draft.resumed.id == saved.id


def test_a_cut_takes_from_the_object_below_or_says_in_a_sentence_why_it_takes_nothing(desk):
    painter, objects = desk.session.painter, desk.session.objects
    for left in (5, 30):
        painter.combine(square(left, 10), "polygon")
        desk.session.acceptance.accept()
    _, second = desk.saved()
    painter.combine(square(30, 10, 5), "polygon", adds=False)
    draft = desk.session.editor.draft
    assert (draft.resumed.id, shown(desk).area) == (second.id, 75)
    painter.combine(square(5, 10, 5), "polygon", adds=False)
    assert desk.session.editor.draft is draft
    assert desk.notices()[-1] == (
        "Nothing is cut: that is another object than the one in the making. Accept it first: mask.accept."
    )
    painter.combine(square(18, 10, 5), "polygon", adds=False)
    assert desk.session.editor.draft is draft
    assert desk.notices()[-1] == "Nothing is cut: the mask has no pixel there."
    desk.session.acceptance.accept()
    objects.select(second.id)
    painter.combine(square(5, 10, 5), "polygon", adds=False)
    assert not desk.session.editor.draft.is_live
    assert objects.selection == (second.id,)
    assert "another object is selected" in desk.notices()[-1]


def test_a_part_beside_the_image_and_a_cut_of_nothing_say_so(desk):
    desk.session.painter.combine(Region(0, 0, np.zeros((0, 0), bool), SIZE), "polygon")
    assert "no pixel" in desk.notices()[-1]
    desk.session.painter.combine(square(5, 5), "polygon", adds=False)
    assert "nothing to cut from" in desk.notices()[-1]
    assert not desk.session.editor.draft.is_live
