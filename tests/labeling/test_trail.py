"""A saved object comes back with the states it went through: prompts, strokes, masks."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

import app.labeling.actions  # noqa: F401 - it registers the commands
from app.engine.requests import Decode
from app.formats.registry import format_named
from app.labeling import trail
from app.labeling.commands import REGISTRY
from app.labeling.policies import NEW_CUTS_OLD, OLD_CUTS_NEW
from app.labeling.saving import Accepted, save_all
from app.labeling.trail import Before, earlier, followed, stepped, without_trail
from app.masks.combining import subtract
from app.masks.regions import difference, empty
from app.masks.rle import Mask, Region
from app.masks.strokes import Stroke
from app.problem import Problem
from app.project.records import TRAIL, Annotation
from app.project.store import Project
from app.work import run

SIZE = (48, 64)
BESIDE = Stroke(((5.0, 43.0), (12.0, 44.0)), 2)
"""On none of the masks."""
STROKES = tuple(Stroke(((10.0 + 8 * n, 30.0), (14.0 + 8 * n, 32.0)), 3) for n in range(4))


def shown(desk) -> Mask:
    return Mask.from_region(desk.session.editor.proposal.region)


def decodes(desk) -> int:
    return sum(isinstance(r, Decode) for r in desk.requests)


def made(desk) -> tuple[int, list[tuple[Mask, list]]]:
    """An object made of a click, two strokes and a box; and its states, the newest first, with their points."""
    editor, states = desk.session.editor, []

    def note() -> None:
        desk.until_answered()
        states.insert(0, (shown(desk), editor.prompt.points.tolist()))

    desk.click()
    note()
    desk.session.painter.stroke(STROKES[0])
    note()
    desk.session.painter.stroke(Stroke(((28.0, 18.0),), 2, positive=False))
    note()
    editor.box(20, 10, 50, 40)
    note()
    return desk.session.acceptance.accept().changes[-1].after.id, states


def walked_back(desk, states) -> None:
    editor = desk.session.editor
    assert (shown(desk), editor.prompt.points.tolist()) == states[0]
    for state in states[1:]:
        editor.back()
        assert not editor.is_waiting
        assert (shown(desk), editor.prompt.points.tolist()) == state


def test_backspace_walks_back_through_prompts_and_strokes_without_asking(desk):
    object_id, states = made(desk)
    asked = decodes(desk)
    desk.session.editor.resume(object_id)
    walked_back(desk, states)
    assert decodes(desk) == asked
    before = desk.session.editor.draft
    desk.session.editor.back()
    assert desk.session.editor.draft is before, "the first click stays: nothing would be left"
    assert desk.notices()[-1].startswith("No click is left")
    for mask, _ in reversed(states[:-1]):
        desk.session.editor.forward()
        assert shown(desk) == mask
    assert desk.session.editor.draft.is_unchanged


def test_it_is_there_after_the_project_was_opened_anew(desk):
    _, states = made(desk)
    desk.project.close()
    again = Project.open(desk.project.path)
    try:
        [saved] = again.annotations(again.images()[0].id)
        mask, told = saved.mask, saved.provenance
        for expected, points in states[1:]:
            found = earlier(mask, told)
            assert found is not None
            mask, told = found
            assert mask == expected
            assert told["prompt"]["points"] == points
        assert earlier(mask, told) is None
    finally:
        again.close()


def test_what_is_done_to_it_later_goes_on_from_there(desk):
    object_id, states = made(desk)
    editor = desk.session.editor
    editor.resume(object_id)
    desk.session.painter.stroke(BESIDE)
    states.insert(0, (shown(desk), editor.prompt.points.tolist()))
    desk.session.acceptance.accept()
    editor.resume(object_id)
    walked_back(desk, states)


def test_going_on_from_an_earlier_state_leaves_out_what_came_after_it(desk):
    object_id, states = made(desk)
    editor = desk.session.editor
    editor.resume(object_id)
    editor.back()
    editor.back()
    desk.session.painter.stroke(BESIDE)
    kept = [(shown(desk), editor.prompt.points.tolist()), *states[2:]]
    desk.session.acceptance.accept()
    editor.resume(object_id)
    walked_back(desk, kept)


def test_an_earlier_state_can_be_accepted_as_it_is(desk):
    object_id, states = made(desk)
    desk.session.editor.resume(object_id)
    desk.session.editor.back()
    desk.session.acceptance.accept()
    assert desk.saved()[0].mask == states[1][0]
    assert desk.saved()[0].provenance["by"] == "brush, eraser"
    desk.session.editor.resume(object_id)
    walked_back(desk, states[1:])
    for _ in range(2):  # the first undo brings back what was discarded
        desk.session.discard()
        desk.session.undo_stack.undo()
    assert desk.saved()[0].mask == states[0][0]
    desk.session.editor.resume(object_id)
    walked_back(desk, states)


def test_a_mask_that_was_changed_otherwise_has_no_trail(desk):
    object_id, _ = made(desk)
    other = Mask.from_region(Region(3, 3, np.ones((5, 5), bool), SIZE))
    with desk.project.step("Repair") as step:
        step.put(replace(desk.saved()[0], mask=other))
    assert earlier(other, desk.saved()[0].provenance) is None
    desk.session.editor.resume(object_id)
    desk.session.editor.back()
    desk.until_answered()
    assert desk.session.editor.proposal is not None


@pytest.mark.parametrize("at_once", [False, True])
def test_what_a_policy_cuts_off_is_one_more_state(desk, at_once):
    object_id, states = made(desk)
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    corner = [Mask.from_region(Region(x, 12, np.ones((4, 4), bool), SIZE)) for x in (18, 24, 30)]
    drafts = []
    for mask in corner:
        desk.session.editor.edit(mask, "brush")
        if at_once:
            drafts.append(Accepted(desk.session.image_id, desk.session.editor.draft, None, 0))
            desk.session.editor.discard()
        else:
            desk.session.acceptance.accept()
            states.insert(0, (desk.saved()[0].mask, desk.saved()[0].provenance["prompt"]["points"]))
    if at_once:
        run(save_all(desk.project, desk.session.classes, drafts))
    left = subtract(states[-4][0] if not at_once else states[0][0], corner)
    assert desk.saved()[0].mask == left
    desk.session.editor.resume(object_id)
    if not at_once:
        walked_back(desk, states)
        return
    for expected in [subtract(states[0][0], corner[:2]), subtract(states[0][0], corner[:1]), *(m for m, _ in states)]:
        desk.session.editor.back()
        assert not desk.session.editor.is_waiting
        assert shown(desk) == expected


def test_a_new_mask_that_others_cut_has_the_states_before(desk):
    desk.session.editor.edit(Mask.from_region(Region(30, 10, np.ones((8, 8), bool), SIZE)), "brush")
    desk.session.acceptance.accept()
    desk.session.classes.policies.choose(OLD_CUTS_NEW)
    desk.click()
    desk.session.painter.stroke(BESIDE)
    states = [Mask.from_region(each.shown.region) for each in desk.session.editor.draft.revisions][::-1]
    object_id = desk.session.acceptance.accept().changes[-1].after.id
    assert desk.saved()[-1].mask.area < states[0].area
    desk.session.editor.resume(object_id)
    for expected in states:
        desk.session.editor.back()
        assert not desk.session.editor.is_waiting
        assert shown(desk) == expected


REPAIRS = ("}", "}", "{")


def repaired_by_keys(desk, acting, object_id, states) -> None:
    """Presses each of the keys with the object selected, and notes the masks."""
    desk.session.objects.select(object_id)
    for key in REPAIRS:
        REGISTRY.for_key(key, acting).run(acting)
        [saved] = (each for each in desk.saved() if each.id == object_id)
        assert saved.mask != states[0][0], key
        states.insert(0, (saved.mask, saved.provenance.get("prompt", {"points": []})["points"]))


def test_repairs_by_key_are_states_too_also_after_the_project_was_opened_anew(desk, acting):
    object_id, states = made(desk)
    repaired_by_keys(desk, acting, object_id, states)
    asked = decodes(desk)
    desk.session.editor.resume(object_id)
    walked_back(desk, states)
    assert decodes(desk) == asked
    desk.project.close()
    again = Project.open(desk.project.path)
    try:
        [saved] = again.annotations(again.images()[0].id)
        found = saved.mask, saved.provenance
        for expected, _ in states[1:]:
            found = earlier(*found)
            assert found[0] == expected
        assert saved.provenance["by"] == "brush, eraser, grow, shrink"
    finally:
        again.close()


def test_a_repair_begins_the_trail_of_one_that_had_none(desk, acting):
    notched = np.zeros(SIZE, bool)
    notched[10:30, 10:30] = True
    notched[10, 18:20] = False
    notched[20:30, 10:20] = False
    with desk.project.step("Import") as step:
        object_id = step.add(Annotation(0, desk.session.image_id, None, Mask.from_array(notched))).id
    states = [(desk.saved()[0].mask, [])]
    repaired_by_keys(desk, acting, object_id, states)
    desk.session.editor.resume(object_id)
    walked_back(desk, states)


def test_no_part_of_what_is_split_leads_back_to_the_whole_which_would_lie_on_the_others(desk):
    desk.click()
    desk.session.painter.stroke(BESIDE)
    object_id = desk.session.acceptance.accept().changes[-1].after.id
    whole = desk.saved()[0].mask
    desk.session.objects.select(object_id)
    desk.session.repairs.split_selected()
    first, other = desk.saved()
    assert [TRAIL in each.provenance for each in (first, other)] == [False, False]
    desk.session.editor.resume(object_id)
    desk.session.editor.back()
    assert shown(desk) != whole
    desk.session.editor.discard()
    desk.session.undo_stack.undo()
    assert [each.mask for each in desk.saved()] == [whole]


def test_one_that_had_no_states_before_gets_none_by_a_cut(desk):
    desk.click()
    desk.session.acceptance.accept()
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    desk.session.editor.edit(Mask.from_region(Region(30, 10, np.ones((8, 8), bool), SIZE)), "brush")
    desk.session.acceptance.accept()
    assert TRAIL not in desk.saved()[0].provenance


def test_strokes_are_counted_with_the_pixels_under_them_also_over_two_visits(desk):
    editor = desk.session.editor
    for stroke in STROKES[:3]:
        desk.session.painter.stroke(stroke)
    editor.back()
    object_id = desk.session.acceptance.accept().changes[-1].after.id
    [saved] = desk.saved()
    assert (saved.clicks, saved.provenance["strokes"]) == (3, 3)
    assert saved.provenance["painted"] > saved.mask.area
    editor.resume(object_id)
    desk.session.painter.stroke(STROKES[3])
    desk.session.acceptance.accept()
    assert desk.saved()[0].provenance["strokes"] == 4
    desk.click()
    desk.session.acceptance.accept()
    assert "strokes" not in desk.saved()[-1].provenance


def test_another_model_does_not_answer_instead_of_an_earlier_state(desk):
    from app.engine.requests import LoadModel

    object_id, states = made(desk)
    desk.session.editor.resume(object_id)
    desk.session.editor.back()
    desk.submit(LoadModel("second"))
    desk.until(lambda: desk.session.place.model.model_key == "second")
    assert shown(desk) == states[1][0]


@pytest.mark.parametrize("name", ["coco", "sa1b"])
def test_an_export_is_as_small_as_without_it(desk, tmp_path, name):
    made(desk)
    out = tmp_path / ("out.json" if name == "coco" else "out")
    for _ in format_named(name).export_file(desk.project, out):
        pass
    files = [out] if out.is_file() else [path for path in out.rglob("*.json") if path.is_file()]
    texts = [path.read_text(encoding="utf-8") for path in files]
    assert any('"provenance"' in text for text in texts)
    assert not any('"trail"' in text for text in texts)


# --- bounds --------------------------------------------------------------------------------------------------------


def regions(count: int, side: int = 40) -> list[Region]:
    rng = np.random.default_rng(1)
    return [Region(0, 0, rng.random((side, side)) > 0.5, (side, side)) for _ in range(count)]


def kept(states: list[Region], older=None):
    def before(one: Region, later: Region, told) -> Before:
        return Before(one.pixels.size, lambda: Mask.from_region(difference(one, later)), told)

    pairs = [before(one, later, {"by": str(n)}) for n, (one, later) in enumerate(pairwise(states))]
    mask = Mask.from_region(states[-1])
    return mask, followed(mask, {"model": "m"}, reversed(pairs), older or {})


def test_the_last_twenty_states_are_kept():
    states = regions(30, side=6)
    mask, told = kept(states)
    assert len(told[TRAIL]["states"]) == 20
    for expected in states[-2:-22:-1]:
        mask, told = earlier(mask, told)
        assert mask == Mask.from_region(expected)
    assert earlier(mask, told) is None


def test_it_is_bounded_in_bytes_also_over_many_visits():
    told = {}
    for _ in range(4):
        mask, told = kept(regions(12, side=120), told)
        assert len(msgspec.json.encode(told)) < 34_000
        assert told["model"] == "m"
    assert earlier(mask, told) is not None


def test_a_step_of_thousands_makes_their_trails_no_longer_than_some_states():
    masks = [Mask.from_region(each) for each in regions(30)]
    short, long = {}, kept(regions(30))[1]
    for before, after in pairwise(masks):
        short = stepped(before, short, after, {}, of_many=5000)
        assert len(msgspec.json.encode(short)) < 4_500
    assert len(short[TRAIL]["states"]) > 1
    again = stepped(masks[-1], long, masks[0], {}, of_many=5000)
    assert abs(len(again[TRAIL]["states"]) - len(long[TRAIL]["states"])) <= 1, "what there is is not thrown away"


def test_what_takes_too_long_to_compare_is_left_out(monkeypatch):
    monkeypatch.setattr(trail, "_MOST_PIXELS", 5000)
    _, told = kept(regions(12))
    assert len(told[TRAIL]["states"]) == 3


@pytest.mark.parametrize(
    "damage",
    [
        1, "x", [], {"of": 1}, {"of": "a", "states": []}, {"of": 0, "states": [{"change": "??", "told": {}}]},
        {"of": None, "states": [{"change": "", "told": {}}]}, {"of": None, "states": [{"change": "ZZZZ", "told": 3}]},
        {"of": None, "states": [{"change": "0", "told": {}}]},
    ],
)  # fmt: skip
def test_what_a_stranger_wrote_there_is_passed_over(damage):
    mask, told = kept(regions(2))
    if isinstance(damage, dict) and damage.get("of", 0) is None:
        damage = {**damage, "of": told[TRAIL]["of"]}
    assert earlier(mask, {**told, TRAIL: damage}) is None
    assert without_trail(told) == {"model": "m"}


def test_pixels_that_differ_turn_one_mask_into_the_other():
    one, other = regions(2)
    change = Mask.from_region(difference(one, other))
    assert Mask.from_region(one).toggled(change) == Mask.from_region(other)
    assert Mask.from_region(other).toggled(change) == Mask.from_region(one)
    assert not difference(one, one).pixels.any()
    assert Mask.from_region(difference(empty((40, 40)), one)) == Mask.from_region(one)
    apart = [Region(x, 4, np.ones((5, 5), bool), SIZE) for x in (2, 30)]
    assert difference(*apart).bbox == (2, 4, 33, 5)
    with pytest.raises(Problem):
        Mask.from_region(one).toggled(Mask.from_region(apart[0]))


def test_states_whose_pixels_are_not_at_hand_are_not_decoded_to_be_kept(desk, monkeypatch):
    """Of an object of 24 megapixels each took 100 ms of the window, at every accept and in every pause of the hand."""
    for n in range(8):
        desk.session.painter.stroke(Stroke(((5.0, 3.0 + 4 * n), (50.0, 3.0 + 4 * n)), 2))
    assert desk.session.editor.draft.revisions[0].ring.is_packed
    decoded = []
    region = Mask.region
    monkeypatch.setattr(Mask, "region", lambda mask: (decoded.append(mask), region(mask))[1])
    desk.session.navigation.keep()
    assert not decoded
    assert desk.session.acceptance.accept()
    assert len(desk.saved()[0].provenance[TRAIL]["states"]) == 7
