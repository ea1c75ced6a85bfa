"""Objects are carried to the next image, offered there one after the other, and decided about."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from app.engine.requests import Carry, LoadModel
from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.events import LongWork
from app.masks.rle import Mask, Region
from app.problem import Problem
from app.project.records import Annotation
from app.project.store import Project
from tests.labeling.conftest import Desk


def square(x, y, side=10, size=(48, 64)) -> Mask:
    return Mask.from_region(Region(x, y, np.ones((side, side), np.bool_), size))


def press(acting, key):
    command = REGISTRY.for_key(key, acting)
    assert command is not None, f"{key} does nothing here"
    command.run(acting)


@pytest.fixture
def three(desk):
    """Objects of two classes on the first image; the last one is hidden."""
    session = desk.session
    cat, dog = session.classes.add("cat"), session.classes.add("dog")
    masks = [square(4, 4), square(24, 20), square(44, 30)]
    with session.project.step("Made") as step:
        for number, (mask, category) in enumerate(zip(masks, (cat, dog, cat), strict=True)):
            row = Annotation(
                0, session.image_id, category.id, mask, hidden=number == 2, attributes={"track": number}, z_order=number
            )
            step.add(row)
    return masks


def until_heard(desk):
    desk.until(lambda: not desk.session.carrying.is_looking)


def names(desk, rows):
    known = {c.id: c.name for c in desk.session.classes.all()}
    return [known[row.category_id] for row in rows]


def test_n_offers_all_that_is_visible_and_enter_accepts_one_after_the_other(desk, acting, three):
    press(acting, "N")
    session = desk.session
    assert session.image.path == "1.png"
    until_heard(desk)
    assert "Carried 2 objects." in desk.notices()[-1]
    assert not desk.saved(1), "nothing is changed unasked"
    assert session.editor.draft.is_offer
    assert session.editor.category.name == "cat"
    assert len(session.carrying.waiting) == 1
    press(acting, "Return")
    assert session.editor.category.name == "dog"
    press(acting, "Return")
    assert not session.editor.draft.is_live
    assert not session.carrying.waiting
    rows = desk.saved(1)
    assert names(desk, rows) == ["cat", "dog"]
    assert [row.attributes["track"] for row in rows] == [0, 1]
    assert [row.z_order for row in rows] == [0, 1]
    assert all((row.provenance["by"], row.provenance["from"]) == ("carry", "0.png") for row in rows)
    assert all(row.mask.size == (48, 64) for row in rows)


def test_only_what_is_selected_is_carried(desk, acting, three):
    desk.session.objects.select(desk.saved()[1].id)
    press(acting, "N")
    until_heard(desk)
    assert desk.session.editor.category.name == "dog"
    assert not desk.session.carrying.waiting


def test_the_model_is_asked_with_the_mask_and_its_box(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    prompts = desk.predictor().prompts[-2:]
    assert [[round(float(v)) for v in prompt.box] for prompt in prompts] == [[4, 4, 14, 14], [24, 20, 34, 30]]
    assert all((prompt.logits > 0).any() for prompt in prompts)
    ring = desk.session.editor.ring
    assert len(ring) == 2
    assert Mask.from_region(ring.proposals[1].region) == three[0], "the mask as it was is the other candidate"


def test_an_answer_that_is_too_unlike_comes_second(desk, acting, three):
    predictor = desk.predictor()
    decode = predictor.decode
    predictor.decode = lambda embedding, prompt: decode(embedding, prompt.with_box(0, 0, 60, 40))
    press(acting, "N")
    until_heard(desk)
    assert Mask.from_region(desk.session.editor.proposal.region) == three[0]
    press(acting, "Return")
    assert not desk.saved(1)[0].provenance["model"], "no model had a part in it"
    press(acting, "Tab")
    assert Mask.from_region(desk.session.editor.proposal.region) != three[1]


def test_shift_g_accepts_all_in_one_step_and_undo_offers_them_again(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    press(acting, "Shift+G")
    assert len(desk.saved(1)) == 2
    assert "Accepted 2 objects." in desk.notices()[-1]
    assert not desk.session.editor.draft.is_live
    press(acting, "Ctrl+Z")
    assert not desk.saved(1)
    assert desk.session.editor.draft.is_offer
    assert len(desk.session.carrying.waiting) == 1
    press(acting, "Ctrl+Shift+Z")
    assert len(desk.saved(1)) == 2
    assert not desk.session.editor.draft.is_live
    assert not desk.session.carrying.waiting


def test_del_leaves_one_out_and_undo_brings_it_back(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    press(acting, "Del")
    assert desk.session.editor.category.name == "dog"
    assert not desk.session.carrying.waiting
    press(acting, "Ctrl+Z")
    assert desk.session.editor.category.name == "cat"
    assert len(desk.session.carrying.waiting) == 1
    press(acting, "Del")
    press(acting, "Return")
    assert names(desk, desk.saved(1)) == ["dog"]
    press(acting, "Ctrl+Z")
    assert not desk.saved(1), "the acceptance was later than the leaving out"
    assert desk.session.editor.category.name == "dog"


def test_clicks_correct_an_offer_and_leave_the_rest_of_it(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    before = desk.session.editor.proposal.region
    desk.click(12, 13, positive=False)
    after = desk.session.editor.proposal.region
    assert 0 < np.count_nonzero(after.pixels) < np.count_nonzero(before.pixels)
    assert not desk.session.editor.draft.is_offer
    press(acting, "Ctrl+Z")
    assert desk.session.editor.draft.is_offer
    press(acting, "Backspace")
    assert "no click to take back" in desk.notices()[-1]
    desk.click(12, 13, positive=False)
    press(acting, "Return")
    row = desk.saved(1)[0]
    assert row.clicks == 2, "the one that was taken back counts too"
    assert row.provenance["by"] == "carry"
    assert row.provenance["model"] == "first"


def test_escape_lets_them_wait_and_enter_or_a_click_takes_them_up(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    press(acting, "Esc")
    session = desk.session
    assert not session.editor.draft.is_live
    assert len(session.carrying.waiting) == 2
    assert session.take(28, 24)
    assert session.editor.category.name == "dog"
    press(acting, "Esc")
    assert not session.take(60, 44)
    desk.accept_one(50, 10)
    assert not session.editor.draft.is_live, "who put them back works on something else"
    press(acting, "Return")
    assert session.editor.category.name == "cat"


def test_what_is_carried_waits_on_its_image(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    press(acting, "Return")
    press(acting, "D")
    assert not desk.session.editor.draft.is_live
    press(acting, "A")
    assert desk.session.editor.category.name == "dog"
    desk.session.review.look_back(0)
    assert not desk.session.carrying.waiting
    assert not desk.session.editor.draft.is_live
    with pytest.raises(Problem):
        desk.session.carrying.accept_all()
    desk.session.review.return_to_now()
    assert desk.session.editor.category.name == "dog"


def test_a_series_is_carried_on_and_on_and_what_is_there_is_not_proposed_again(desk, acting, three):
    for number in range(1, 5):
        press(acting, "N")
        until_heard(desk)
        press(acting, "Shift+G")
        assert len(desk.saved(number)) == 2
    press(acting, "N")
    assert desk.notices()[-1] == "This is the last image."
    assert desk.session.image.path == "4.png"
    press(acting, "A")
    press(acting, "N")
    until_heard(desk)
    assert not desk.session.editor.draft.is_live
    assert not desk.session.carrying.waiting


@pytest.mark.parametrize("key", ["V", "B"])
def test_whatever_tool_is_in_the_hand_the_keys_for_an_offer_are_told(desk, acting, three, key):
    press(acting, key)
    press(acting, "N")
    until_heard(desk)
    hint = acting.hand.hint()
    assert hint.index(": leave out") < hint.index(": accept all")
    assert "back" not in hint, "there is nothing to go back to"
    assert str(acting.hand.tool.hint)[:5] in hint, "and what the mouse does"


def test_another_class_is_chosen_for_an_offer(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    press(acting, "2")
    press(acting, "Return")
    assert names(desk, desk.saved(1)) == ["dog"]
    assert desk.session.classes.current.name == "cat"


def test_n_says_why_it_cannot_carry(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    assert REGISTRY.for_key("N", acting) is None
    assert "Decide about what was carried here first" in REGISTRY.of_key("N")[0].why_not_now(acting)
    desk.open(3)
    press(acting, "N")
    assert "nothing to carry" in desk.notices()[-1]
    assert desk.session.image.path == "3.png"
    desk.click()
    assert "Accept the mask first" in REGISTRY.of_key("N")[0].why_not_now(acting)


def test_nothing_waits_for_the_encoding(desk, acting, three):
    desk.until(lambda: ("end", 20) in desk.predictor().log)
    desk.predictor().hold()
    desk.open(2)
    desk.predictor().wait_until_held()
    with desk.project.step("Made") as step:
        step.add(Annotation(0, desk.session.image_id, None, square(4, 4)))
    press(acting, "N")
    desk.pump()
    assert desk.session.carrying.is_looking
    press(acting, "Shift+G")
    assert "still looks" in desk.notices()[-1]
    assert not desk.saved(3)
    press(acting, "A")
    assert desk.session.image.path == "2.png"
    press(acting, "D")
    desk.predictor().release()
    until_heard(desk)
    assert desk.session.editor.draft.is_offer, "the question was asked again"


def test_without_a_model_the_masks_are_proposed_as_they_are(empty_desk):
    desk = empty_desk
    desk.session.navigation.open(1)
    desk.until(lambda: desk.session.image.width)
    with desk.project.step("Made") as step:
        step.add(Annotation(0, 1, None, square(4, 4)))
    desk.session.carry()
    desk.until(lambda: desk.session.editor.draft.is_offer)
    assert Mask.from_region(desk.session.editor.proposal.region) == square(4, 4)
    assert not any(isinstance(each, Carry) for each in desk.requests)


def of_sizes(tmp_path, *sizes: tuple[int, int]) -> Desk:
    """A desk on images of these (width, height), at the first of them."""
    folder = tmp_path / "sizes"
    folder.mkdir()
    for name, size in zip("abc", sizes, strict=False):
        Image.new("RGB", size, (90, 20, 20)).save(folder / f"{name}.png")
    project = Project.create(tmp_path / "sizes.maskwright", folder)
    for _ in project.folder.scan():
        pass
    desk = Desk(project)
    desk.engine.start()
    desk.submit(LoadModel("first"))
    desk.open(0)
    return desk


def test_an_image_of_another_size_gets_fitted_masks_also_when_it_was_never_read(tmp_path):
    desk = of_sizes(tmp_path, (64, 48), (128, 96), (30, 40))
    project = desk.project
    with project.step("Made") as step:
        step.add(Annotation(0, desk.session.image_id, None, square(10, 10)))
    for number, size in ((1, (96, 128)), (2, (40, 30))):
        desk.session.carry()
        until_heard(desk)
        assert any("Fitted: this image has another size." in notice for notice in desk.notices()[-2:])
        assert desk.session.editor.proposal.region.image_size == size
        desk.session.carrying.accept_all()
        assert desk.saved(number)[0].mask.size == size
    assert desk.saved(1)[0].mask.bbox[:2] in {(20, 20), (19, 19)}
    assert desk.engine.stop()
    project.close()


def test_many_are_fitted_and_accepted_beside_the_window(tmp_path, monkeypatch):
    monkeypatch.setattr("app.labeling.carrying.takes_long", lambda _masks: True)
    monkeypatch.setattr("app.labeling.carrying.MANY", 1)
    desk = of_sizes(tmp_path, (64, 48), (128, 96))
    project = desk.project
    with project.step("Made") as step:
        for x in (4, 30):
            step.add(Annotation(0, desk.session.image_id, None, square(x, 10)))
    desk.session.carry()
    desk.until(lambda: any(isinstance(event, LongWork) for event in desk.events))
    assert not desk.session.carrying.waiting, "nothing is fitted on this thread"
    desk.work_beside()
    until_heard(desk)
    assert desk.session.editor.proposal.region.image_size == (96, 128)
    assert desk.session.carrying.accept_all() is None
    assert not desk.saved(1)
    desk.work_beside()
    assert [each.mask.size for each in desk.saved(1)] == [(96, 128)] * 2
    assert desk.notices()[-1] == "Accepted 2 objects."
    assert not desk.session.carrying.waiting
    assert not desk.session.editor.draft.is_live
    assert desk.engine.stop()
    project.close()


def reopened(desk) -> Desk:
    """Another program has the project: nothing is left of the memory of the first."""
    again = Desk(Project.open(desk.project.path))
    again.engine.start()
    again.submit(LoadModel("first"))
    again.open(1)
    return again


def closed(again) -> None:
    assert again.engine.stop()
    again.project.close()


def test_what_is_not_decided_is_offered_again_after_a_restart(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    press(acting, "Return")
    desk.project.close()
    again = reopened(desk)
    session = again.session
    again.until(lambda: session.editor.draft.is_offer and session.editor.draft.carried.made_by)
    assert session.editor.category.name == "dog"
    assert not session.carrying.waiting
    assert len(session.editor.ring) == 2, "the model was asked again"
    session.acceptance.accept()
    [_, row] = again.saved(1)
    assert row.attributes == {"track": 1}
    assert row.z_order == 1
    assert row.provenance["from"] == "0.png"
    assert not again.project.setting("carried objects"), "nothing waits any more"
    closed(again)


def test_an_offer_is_not_made_again_of_what_was_accepted_just_before_a_kill(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    kept = desk.project.setting("carried objects")
    press(acting, "Shift+G")
    desk.project.set_setting("carried objects", kept)  # the step was written, what waits was not
    desk.project.close()
    again = reopened(desk)
    until_heard(again)
    assert not again.session.editor.draft.is_live
    assert not again.session.carrying.waiting
    closed(again)


@pytest.mark.parametrize(
    "kept",
    [
        3, "x", [], {"a": []}, {"2": 5}, {"2": [{}]}, {"2": [{"size": [48, 64], "counts": "\ud800", "origin": ""}]},
        {"2": [{"size": [4, 4], "counts": square(0, 0, 2, (4, 4)).counts, "origin": "0.png", "origin_id": 99}]},
        {"2": [{"size": [48, 64], "counts": square(4, 4).counts, "origin": "0.png", "class": "cat"}]},
        {"999": [{"size": [48, 64], "counts": square(4, 4).counts, "origin": "0.png"}]},
    ],
)  # fmt: skip
def test_what_a_stranger_wrote_there_is_not_believed(project, kept):
    if "\\ud800" not in repr(kept):
        project.set_setting("carried objects", kept)
    desk = Desk(project)
    desk.engine.start()
    desk.submit(LoadModel("first"))
    desk.open(1)
    until_heard(desk)
    assert not desk.session.editor.draft.is_live
    desk.open(0)
    assert desk.engine.stop()


def test_the_parts_of_a_carried_object_are_not_offered_when_the_split_is_undone(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    press(acting, "Return")
    [row] = desk.saved(1)
    two = np.zeros((48, 64), np.bool_)
    two[0:4, 0:4] = two[20:30, 20:30] = True
    with desk.project.step("Edited") as step:
        step.put(replace(row, mask=Mask.from_array(two)))
    press(acting, "Return")
    desk.session.objects.select(row.id)
    press(acting, "Shift+X")
    assert len(desk.saved(1)) == 3
    press(acting, "Ctrl+Z")
    assert len(desk.saved(1)) == 2
    assert not desk.session.carrying.waiting
    assert not desk.session.editor.draft.is_live


def test_the_redo_of_a_deletion_does_not_offer_the_object_again(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    press(acting, "Shift+G")
    desk.session.objects.select(desk.saved(1)[0].id)
    press(acting, "Del")
    press(acting, "Ctrl+Z")
    assert len(desk.saved(1)) == 2
    press(acting, "Ctrl+Shift+Z")
    assert len(desk.saved(1)) == 1
    assert not desk.session.carrying.waiting
    assert not desk.session.editor.draft.is_live
    press(acting, "Ctrl+Z")
    press(acting, "Ctrl+Z")
    assert not desk.saved(1), "the acceptance is undone"
    assert desk.session.editor.draft.is_offer
    assert len(desk.session.carrying.waiting) == 1


@pytest.mark.parametrize("key", ["Esc", "Del"])
def test_undo_brings_back_the_corrections_of_one_that_was_put_back_or_left_out(desk, acting, three, key):
    press(acting, "N")
    until_heard(desk)
    session = desk.session
    desk.click(12, 13, positive=False)
    press(acting, "2")
    corrected = session.editor.draft
    press(acting, key)
    assert session.editor.draft is not corrected
    press(acting, "Ctrl+Z")
    assert session.editor.draft is corrected
    assert session.editor.category.name == "dog"
    assert len(session.carrying.waiting) == 1
    press(acting, "Return")
    assert names(desk, desk.saved(1)) == ["dog"]
    assert session.editor.draft.is_offer, "the next one is offered"
    assert not session.carrying.waiting


def test_what_was_left_out_comes_back_one_after_the_other_as_it_was(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    session = desk.session
    desk.click(12, 13, positive=False)
    corrected = session.editor.draft
    press(acting, "Del")
    offer = session.editor.draft
    press(acting, "Del")
    assert not session.editor.draft.is_live
    assert str(REGISTRY.commands["edit.undo"].label(acting)) == "Undo the leaving out"
    press(acting, "Ctrl+Z")
    assert session.editor.draft is offer
    press(acting, "Ctrl+Z")
    assert session.editor.draft is corrected
    assert len(session.carrying.waiting) == 1


def test_of_those_left_out_long_ago_no_pixels_are_kept_and_they_come_back_as_they_were(
    desk, acting, three, monkeypatch
):
    monkeypatch.setattr("app.labeling.carrying._WHOLE_LEFT_OUT", 1)
    press(acting, "N")
    until_heard(desk)
    session = desk.session
    desk.click(12, 13, positive=False)
    corrected, shown = session.editor.draft, session.editor.proposal
    press(acting, "Del")
    press(acting, "Del")
    press(acting, "Ctrl+Z")
    assert session.carrying.left_out.draft.ring.is_packed
    press(acting, "Ctrl+Z")
    assert not session.editor.ring.is_packed
    assert session.editor.proposal.mask == shown.mask
    assert session.editor.draft.prompt.points.tolist() == corrected.prompt.points.tolist()
    press(acting, "Esc")
    assert all(not each.ring.is_packed for each in session.carrying.waiting)


def test_an_offer_that_was_left_out_comes_back_before_what_was_dropped_earlier(desk, acting, three):
    press(acting, "N")
    until_heard(desk)
    session = desk.session
    desk.click(12, 13, positive=False)
    corrected = session.editor.draft
    press(acting, "Esc")
    press(acting, "Return")
    offer = session.editor.draft
    assert offer.is_offer
    press(acting, "Del")
    press(acting, "Ctrl+Z")
    assert session.editor.draft is offer
    press(acting, "Ctrl+Z")
    assert session.editor.draft is corrected
    assert len(session.carrying.waiting) == 1, "it is the same object"


def test_what_was_dropped_long_ago_is_not_held_by_what_was_left_out_since(desk, acting, three, monkeypatch):
    monkeypatch.setattr("app.labeling.drafts._MOST_DROPPED", 2)
    press(acting, "N")
    until_heard(desk)
    session = desk.session
    desk.click(12, 13, positive=False)
    dropped = weakref.ref(session.editor.draft)
    press(acting, "Esc")
    press(acting, "Return")
    press(acting, "Del")
    for _ in range(2):
        desk.click()
        press(acting, "Esc")
    gc.collect()
    assert dropped() is None


def test_an_undo_of_many_that_were_accepted_is_kept_once(desk, acting, monkeypatch):
    masks = [square(4 * n, 4, 3) for n in range(10)]
    with desk.session.project.step("Made") as step:
        for mask in masks:
            step.add(Annotation(0, desk.session.image_id, None, mask))
    press(acting, "N")
    until_heard(desk)
    desk.session.carrying.accept_all()
    kept: list[object] = []
    monkeypatch.setattr(desk.session.carrying._items, "_keep", kept.append)
    desk.session.undo_stack.undo()
    assert len(kept) == 1
    assert len(desk.session.carrying._items.of(desk.session.image_id)) == 10
    desk.session.drafts.begin()
    kept.clear()
    desk.session.undo_stack.redo()
    assert len(kept) == 1
    assert not desk.session.carrying._items.of(desk.session.image_id)
