"""The overlap policy of a class: what accepting an object cuts, in the same step."""

from __future__ import annotations

import numpy as np
import pycocotools.mask
import pytest
from msgspec.structs import replace

from app.engine.values import AutoMask
from app.labeling.between import SUBTRACT
from app.labeling.cutting import cut_all
from app.labeling.events import Notice
from app.labeling.policies import ALLOW, NEW_CUTS_OLD, OLD_CUTS_NEW
from app.labeling.saving import Accepted, save_all, save_findings
from app.masks.rle import Mask
from app.problem import Problem
from app.project.quality.checks import check
from app.project.records import NUMBERS, OVERLAP, Annotation
from app.work import run
from tests.conftest import drained
from tests.labeling.test_between import SIZE, box, pixels, put


def draw(desk, mask: Mask):
    desk.session.editor.edit(mask, "brush")
    return desk.session.acceptance.accept()


def most_shared(desk) -> int:
    """The pixels that two objects have, as pycocotools counts them."""
    rles = [{"size": list(each.mask.size), "counts": each.mask.counts} for each in desk.saved()]
    return int(pycocotools.mask.decode(rles).sum(axis=2).max())  # pyright: ignore[reportArgumentType]


def test_objects_may_overlap_until_somebody_chooses_otherwise(desk):
    put(desk, box(10, 10))
    draw(desk, box(20, 20))
    assert desk.session.classes.policies.usual == ALLOW
    assert [each.mask for each in desk.saved()] == [box(10, 10), box(20, 20)]
    assert most_shared(desk) == 2


@pytest.mark.parametrize("policy", [NEW_CUTS_OLD, OLD_CUTS_NEW])
def test_the_policy_is_one_step_with_the_object(desk, policy):
    put(desk, box(10, 10), box(25, 5), box(50, 40, 5, 5))
    before = desk.saved()
    desk.session.classes.policies.choose(policy)
    changes = draw(desk, box(20, 15))
    *old, new = desk.saved()
    taken = pixels(box(10, 10)) | pixels(box(25, 5))
    drawn = pixels(box(20, 15))
    if policy == NEW_CUTS_OLD:
        assert new.mask == box(20, 15)
        assert new.provenance["by"] == "brush"
        assert (pixels(old[0].mask) == (pixels(box(10, 10)) & ~drawn)).all()
        assert old[0].provenance["by"] == "subtract"
        assert len(changes.changes) == 3
    else:
        assert (pixels(new.mask) == (drawn & ~taken)).all()
        assert new.provenance["by"] == "brush, subtract"
        assert old == before
    assert old[2] == before[2]
    assert {each.provenance.get("by") for each in old} <= {None, "subtract"}
    desk.session.undo_stack.undo()
    assert desk.saved() == before


def test_new_cuts_old_leaves_no_overlap_for_the_checks(desk):
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    for n in range(6):
        draw(desk, box(4 * n, 3 * n, 25, 25))
    assert len(desk.saved()) == 6
    assert most_shared(desk) == 1
    assert not [each for each in drained(check(desk.project, class_overlap=0.001)) if "overlap" in each.kind]


def test_an_object_that_is_covered_whole_is_deleted_in_the_same_step_and_told(desk):
    put(desk, box(12, 12, 4, 4))
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    changes = draw(desk, box(10, 10))
    assert len(desk.saved()) == 1
    assert desk.notices()[-1] == "Deleted 1 object that was covered whole."
    assert changes.step_id in {event.step_id for event in desk.events if isinstance(event, Notice)}
    desk.session.undo_stack.undo()
    assert [each.mask for each in desk.saved()] == [box(12, 12, 4, 4)]


def test_a_mask_of_which_nothing_would_be_left_stays_in_the_making(desk):
    put(desk, box(10, 10))
    desk.session.classes.policies.choose(OLD_CUTS_NEW)
    desk.session.editor.edit(box(12, 12, 4, 4), "brush")
    with pytest.raises(Problem, match="Nothing of the mask is left"):
        desk.session.acceptance.accept()
    assert desk.session.editor.draft.is_live
    assert len(desk.saved()) == 1


def test_the_class_of_the_new_object_decides_before_the_project(desk):
    put(desk, box(10, 10))
    policies, classes = desk.session.classes.policies, desk.session.classes
    road = classes.add("road")
    policies.choose(NEW_CUTS_OLD)
    desk.session.classes.choose(road.id)
    policies.choose_for(road.id, OLD_CUTS_NEW)
    draw(desk, box(20, 10))
    assert [each.mask for each in desk.saved()] == [box(10, 10), box(30, 10, 10)]
    policies.choose_for(road.id, None)
    draw(desk, box(25, 10, 3, 20))
    assert desk.saved()[0].mask.area == 400 - 3 * 20


def test_the_policy_of_a_class_is_undone_and_belongs_to_no_file(desk):
    [category] = list(desk.session.classes.all()) or [desk.session.classes.add("cat")]
    desk.session.classes.policies.choose_for(category.id, OLD_CUTS_NEW)
    [kept] = desk.session.classes.all()
    assert kept.extra == {OVERLAP: OLD_CUTS_NEW}
    assert NUMBERS not in kept.extra
    desk.session.undo_stack.undo()
    assert desk.session.classes.policies.own(desk.session.classes.all()[0]) is None


def test_what_a_file_says_instead_of_a_policy_is_none(desk):
    category = desk.session.classes.add("cat")
    for nonsense in ("cut", ["allow"], {"a": 1}, None, 7):
        desk.project.set_setting("overlap_policy", nonsense)
        with desk.project.step("Change") as step:
            step.put(type(category)(category.id, "cat", "#112233", extra={OVERLAP: nonsense}))
        assert desk.session.classes.policies.of(desk.session.classes.all()[0]) == ALLOW


def test_hidden_and_damaged_objects_take_no_part(desk):
    put(desk, box(10, 10), hidden=True)
    put(desk, Mask(SIZE, "///", (10, 10, 20, 20), 400))
    put(desk, box(10, 10, size=(40, 40)))
    before = desk.saved()
    for policy in (NEW_CUTS_OLD, OLD_CUTS_NEW):
        desk.session.classes.policies.choose(policy)
        draw(desk, box(12, 12))
        assert desk.saved()[:-1] == before
        assert desk.saved()[-1].mask == box(12, 12)
        desk.session.undo_stack.undo()


def test_a_damaged_object_under_a_mask_that_covers_it_stays(desk):
    damaged = Mask(SIZE, "///", (10, 10, 5, 5), 25)
    put(desk, damaged)
    put(desk, box(12, 12, 4, 4))
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    draw(desk, box(5, 5, 20, 20))
    assert [each.mask for each in desk.saved()] == [damaged, box(5, 5, 20, 20)]


def test_of_what_a_mask_covers_whole_no_pixel_is_made(desk, monkeypatch):
    put(desk, *(box(x, 8, 3, 3) for x in range(8, 22, 4)), box(23, 10, 4, 4))
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    windows, window = [], Mask.window
    monkeypatch.setattr(Mask, "window", lambda mask, *at: (windows.append(at), window(mask, *at))[1])
    changes = draw(desk, box(5, 5, 20, 20))
    assert windows == [(23, 10, 2, 4)], "of the one that is cut at its side"
    assert [each.mask.area for each in desk.saved()] == [8, 400]
    assert len(changes.changes) == 6


def test_a_refined_object_cuts_the_others_and_not_itself(desk):
    [one, other] = put(desk, box(10, 10), box(30, 10))
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    desk.session.editor.resume(one)
    assert desk.session.acceptance.to_be_cut() is None
    desk.session.editor.edit(box(15, 10), "brush")
    assert [each.id for each, _ in desk.session.acceptance.to_be_cut().taken] == [other]
    desk.session.acceptance.accept()
    assert [each.mask for each in desk.saved()] == [box(15, 10), box(35, 10, 15)]


@pytest.mark.parametrize("policy", [NEW_CUTS_OLD, OLD_CUTS_NEW])
def test_what_a_refined_object_had_and_shared_stays_shared(desk, policy):
    """A person with a tie on top, from a file, and a shoe beside: one stroke at the foot is about the foot."""
    [person, tie, shoe] = put(desk, box(10, 5, 10, 20), box(12, 8, 2, 6), box(10, 24, 4, 10))
    before = {each.id: each for each in desk.saved()}
    desk.session.classes.policies.choose(policy)
    desk.session.editor.resume(person)
    whole = pixels(box(10, 5, 10, 20)) | pixels(box(10, 25, 10, 5))
    desk.session.editor.edit(Mask.from_array(whole), "brush")
    shown = desk.session.acceptance.to_be_cut()
    desk.session.acceptance.accept()
    after = {each.id: each for each in desk.saved()}
    gained = pixels(box(10, 25, 10, 5))
    common = gained & pixels(box(10, 24, 4, 10))
    assert after[tie] == before[tie]
    if policy == NEW_CUTS_OLD:
        assert (pixels(after[person].mask) == whole).all()
        assert (pixels(after[shoe].mask) == pixels(before[shoe].mask) & ~gained).all()
        [(old, taken)] = shown.taken
        assert (old.id, shown.covered, shown.lost) == (shoe, (), None)
        assert (pixels(Mask.from_region(taken)) == common).all()
    else:
        assert (pixels(after[person].mask) == whole & ~common).all()
        assert after[shoe] == before[shoe]
        assert (pixels(Mask.from_region(shown.lost)) == common).all()
        assert shown.taken == shown.covered == ()
    assert Mask.from_region(shown.region) == after[person].mask


@pytest.mark.parametrize("policy", [NEW_CUTS_OLD, OLD_CUTS_NEW])
def test_a_refined_object_that_gains_nothing_cuts_nothing(desk, policy):
    [person, tie] = put(desk, box(10, 5, 10, 20), box(12, 8, 2, 6))
    before = desk.saved()
    desk.session.classes.policies.choose(policy)
    desk.session.editor.resume(person)
    desk.session.editor.edit(box(10, 5, 10, 15), "eraser")
    shown = desk.session.acceptance.to_be_cut()
    assert shown.lost is None
    assert not list(shown.losses())
    desk.session.acceptance.accept()
    assert desk.saved()[0].mask == box(10, 5, 10, 15)
    assert [each for each in desk.saved() if each.id == tie] == before[1:]


def test_what_was_cut_off_while_it_waited_is_gained_again(desk):
    [one] = put(desk, box(10, 10, 10, 10))
    desk.session.editor.resume(one)
    desk.session.editor.edit(box(10, 10, 12, 10), "brush")
    waiting = desk.session.editor.draft
    desk.session.drafts.put_by()
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    draw(desk, box(15, 10, 5, 10))
    assert desk.saved()[0].mask == box(10, 10, 5, 10)
    assert desk.session.editor.draft.resumed.id == waiting.resumed.id, "it is taken up"
    desk.session.acceptance.accept()
    assert [each.mask for each in desk.saved()] == [box(10, 10, 12, 10)]
    assert desk.notices()[-1] == "Deleted 1 object that was covered whole."


def clicked(mask: Mask, *points: tuple[float, float], labels: list[int]) -> dict:
    prompt = {"points": [list(point) for point in points], "labels": labels, "box": [0.0, 0.0, 9.0, 9.0]}
    return {"prompt": prompt, "model": "m", "predicted_iou": 0.9, "stability_score": 0.8, "of": mask.area}


def test_what_was_cut_keeps_no_click_that_its_mask_contradicts(desk):
    [old] = put(desk, box(10, 10))
    told = clicked(box(10, 10), (12.5, 12.5), (25.5, 25.5), (40.5, 40.5), labels=[1, 1, 0])
    with desk.project.step("Clicks") as step:
        step.put(replace(desk.saved()[0], provenance=told))
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    draw(desk, box(20, 20))
    [left] = [each for each in desk.saved() if each.id == old]
    assert left.provenance["prompt"] == {"points": [[12.5, 12.5], [40.5, 40.5]], "labels": [1, 0], "box": None}
    assert left.provenance["by"] == "subtract"
    assert left.provenance["predicted_iou"] is left.provenance["stability_score"] is None
    assert left.provenance["model"] == "m"


def test_a_new_mask_that_others_cut_keeps_no_click_on_what_it_lost(desk):
    desk.click(30, 20)
    lost = desk.session.editor.proposal.mask
    x, y = (int(each) for each in (30, 20))
    desk.session.editor.discard()
    put(desk, box(x - 2, y - 2, 4, 4))
    desk.session.classes.policies.choose(OLD_CUTS_NEW)
    desk.click(30, 20)
    desk.session.acceptance.accept()
    new = desk.saved()[-1]
    assert lost.covers(x, y)
    assert not new.mask.covers(x, y)
    assert new.provenance["prompt"]["points"] == []
    assert new.provenance["by"] == "subtract"


def test_combined_objects_keep_no_click_that_the_mask_contradicts(desk):
    ids = put(desk, box(10, 10), box(20, 20))
    told = clicked(box(10, 10), (12.5, 12.5), (25.5, 25.5), labels=[1, 1])
    with desk.project.step("Clicks") as step:
        step.put(replace(desk.saved()[0], provenance=told))
    desk.session.objects.select(*ids)
    desk.session.between.combine(SUBTRACT)
    assert desk.saved()[0].provenance["prompt"]["points"] == [[12.5, 12.5]]


def test_a_mask_that_is_accepted_in_advance_cuts_too(desk):
    desk.click(30, 20)
    answer = Mask.from_region(desk.session.editor.proposal.region)
    desk.session.editor.discard()
    put(desk, answer)
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    desk.session.editor.point(30, 20)
    assert desk.session.acceptance.accept() is None
    desk.until(lambda: not desk.session.acceptance.pending)
    assert [each.mask for each in desk.saved()] == [answer]
    assert "covered whole" in desk.notices()[-1]


def test_drafts_that_are_accepted_at_once_cut_one_after_the_other(desk):
    [old] = put(desk, box(0, 0, 20, 20))
    category = desk.session.classes.all()[0].id
    drafts = []
    for mask in (box(10, 10, 20, 20), box(25, 10, 10, 10), box(26, 11, 2, 2)):
        desk.session.editor.edit(mask, "brush")
        drafts.append(Accepted(desk.session.image_id, desk.session.editor.draft, category, 0))
        desk.session.editor.discard()
    for policy, areas in ((NEW_CUTS_OLD, [300, 350, 96, 4]), (OLD_CUTS_NEW, [400, 300, 50])):
        desk.session.classes.policies.choose(policy)
        run(save_all(desk.project, desk.session.classes, drafts))
        assert [each.mask.area for each in desk.saved()] == areas
        assert most_shared(desk) == 1
        desk.session.undo_stack.undo()
        assert [each.id for each in desk.saved()] == [old]


def finding(mask: Mask) -> AutoMask:
    x, y, width, height = mask.bbox
    return AutoMask(mask, [], 0.9, 0.9, (x + width / 2, y + height / 2))


@pytest.mark.parametrize("policy", [NEW_CUTS_OLD, OLD_CUTS_NEW])
def test_all_that_everything_mode_found_keeps_its_parts(desk, policy):
    put(desk, box(0, 0, 10, 10), box(21, 21, 2, 2))
    desk.session.classes.policies.choose(policy)
    found = [finding(each) for each in (box(5, 5, 30, 30), box(20, 20, 5, 5), box(40, 40, 5, 5))]
    changes = save_findings(desk.project, desk.session.classes, desk.session.image_id, found, None, "model")
    assert most_shared(desk) == 1
    areas = [each.mask.area for each in desk.saved()]
    if policy == NEW_CUTS_OLD:
        assert areas == [75, 900 - 25, 25, 25], "the old one that lay in a part is gone"
    else:
        assert areas == [100, 4, 900 - 25 - 25, 25 - 4, 25]
    assert changes.step_id
    desk.session.undo_stack.undo()
    assert [each.mask.area for each in desk.saved()] == [100, 4]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("policy", [NEW_CUTS_OLD, OLD_CUTS_NEW])
def test_what_is_accepted_at_once_is_as_pixels_say(policy, seed):
    dice = np.random.default_rng(seed)

    def some(n: int) -> list[Mask]:
        corners = dice.integers(0, 30, (n, 4))
        return [box(int(x), int(y), int(w) % 15 + 1, int(h) % 15 + 1) for x, y, w, h in corners]

    new, old = sorted(some(8), key=lambda each: -each.area), some(8)
    others = [Annotation(n, 1, None, mask) for n, mask in enumerate(old, 1)]
    left, changed = cut_all(new, [policy] * len(new), others)
    top = np.zeros(SIZE, int)
    for n, mask in enumerate(new, 1):
        top[pixels(mask)] = n
    any_old = np.any([pixels(each) for each in old], axis=0)
    for n, mask in enumerate(left, 1):
        expected = (top == n) & (~any_old if policy == OLD_CUTS_NEW else True)
        assert (pixels(mask) == expected).all()
    after = {each.id: mask for each, mask in changed}
    for each in others:
        expected = pixels(each.mask) & (top == 0) if policy == NEW_CUTS_OLD else pixels(each.mask)
        assert (pixels(after.get(each.id, each.mask)) == expected).all()
