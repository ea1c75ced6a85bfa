"""Repair in one key: of the mask in the making, and of selected objects as one step that can be taken back."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

import app.labeling.actions  # noqa: F401 - it registers the commands
from app.labeling.commands import REGISTRY
from app.labeling.events import LongWork
from app.labeling.policies import NEW_CUTS_OLD
from app.labeling.tools.pointer import PointerEvent
from app.labeling.tools.registry import TOOLBOX
from app.masks.geometry import Geometry, Shape
from app.masks.morphology import grow
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from app.project.store import Project
from app.work import WorkStopped, run

SIZE = (48, 64)
ON_KEYS = ["}", "{", "S", "Shift+F", "Shift+I", "Shift+K", "Shift+H"]


def pixels(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Boxes of x, y, width, height; one with a negative width is cut out."""
    result = np.zeros(SIZE, bool)
    for x, y, width, height in boxes:
        result[y : y + height, x : x + abs(width)] = width > 0
    return result


def rough() -> np.ndarray:
    """A square with a notch, a spike and a hole of 4 pixels, and an island of 9."""
    return pixels((10, 10, 20, 20), (-20, 10, 0, 0), (14, 14, -2, 2), (22, 9, 1, 1), (18, 10, -1, 2), (40, 30, 3, 3))


@pytest.fixture(autouse=True)
def _hand(desk, acting) -> None:
    desk.acting = acting


def press(desk, key: str) -> None:
    command = REGISTRY.for_key(key, desk.acting)
    assert command is not None
    command.run(desk.acting)


def save(desk, *masks: np.ndarray, **keys) -> list[int]:
    """Saves objects and selects them."""
    image = desk.project.images()[0].id
    with desk.project.step("draw") as step:
        cats = desk.project.categories()
        cat = cats[0] if cats else step.add(Category(0, "cat", "#ff0000"))
        rows = [step.add(Annotation(0, image, cat.id, Mask.from_array(m), **keys)) for m in masks]
    desk.session.objects.select(*(row.id for row in rows))
    return [row.id for row in rows]


def shown(desk) -> np.ndarray:
    return Mask.from_region(desk.session.editor.proposal.region).to_array()


def mask_of(desk, number: int = 0) -> np.ndarray:
    return desk.saved()[number].mask.to_array()


# --- the mask in the making --------------------------------------------------------------------------------------


def test_a_key_repairs_the_draft_and_backspace_takes_it_back(desk):
    desk.session.editor.edit(Mask.from_array(rough()), "brush")
    press(desk, "Shift+F")
    assert shown(desk)[14, 14]
    press(desk, "Shift+I")
    assert not shown(desk)[31, 41]
    press(desk, "S")
    press(desk, "}")
    assert shown(desk)[20, 9]
    desk.session.acceptance.accept()
    [saved] = desk.saved()
    assert saved.provenance["by"] == "brush, fill holes, drop islands, smooth, grow"
    assert saved.clicks == 5


def test_each_repair_of_a_draft_is_a_state_of_its_own(desk):
    desk.session.editor.edit(Mask.from_array(rough()), "brush")
    for key in ON_KEYS:
        before = shown(desk)
        press(desk, key)
        if not np.array_equal(shown(desk), before):
            desk.session.editor.back()
        assert np.array_equal(shown(desk), before)


def test_a_draft_that_becomes_empty_says_so_and_is_there_again_with_a_step_back(desk):
    desk.session.editor.edit(Mask.from_array(pixels((5, 5, 1, 1))), "brush")
    press(desk, "{")
    assert desk.notices()[-1].startswith("Nothing is left of the mask.")
    assert shown(desk).sum() == 0
    desk.session.editor.back()
    assert shown(desk).sum() == 1


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("Shift+F", "There is no hole in the mask."),
        ("Shift+I", "The mask has no islands: it is in one part."),
        ("Shift+H", "The mask is convex already."),
        ("Shift+X", "There is nothing to split: the mask is in one part."),
        ("Shift+K", "Point at the part that is to stay."),
    ],
)
def test_a_key_that_changes_nothing_says_why(desk, key, sentence):
    desk.session.editor.edit(Mask.from_array(pixels((5, 5, 8, 8))), "brush")
    press(desk, key)
    assert desk.notices()[-1].startswith(sentence)
    assert len(desk.session.editor.draft.revisions) == 1


def test_a_hole_that_is_too_large_is_told_with_its_size(desk):
    desk.session.editor.edit(Mask.from_array(pixels((5, 5, 30, 30), (10, 10, -10, 10))), "brush")
    press(desk, "Shift+F")
    assert desk.notices()[-1].startswith("Holes of up to 16 pixels are filled, and the smallest has 100")
    REGISTRY.run("repair.fill_holes", desk.acting, up_to=100)
    assert shown(desk).sum() == 900


def test_the_part_under_the_mouse_stays_else_the_one_that_was_clicked(desk):
    two = pixels((5, 5, 8, 8), (20, 5, 8, 8))
    desk.session.editor.edit(Mask.from_array(two), "brush")
    desk.acting.hand.hover(PointerEvent(22.5, 7.5))
    press(desk, "Shift+K")
    assert np.array_equal(shown(desk), pixels((20, 5, 8, 8)))
    desk.session.editor.back()
    desk.acting.hand.leave()
    press(desk, "Shift+K")
    assert desk.notices()[-1] == "Point at the part that is to stay."
    desk.session.discard()
    desk.click(6, 6)
    desk.session.editor.edit(Mask.from_array(two), "brush")
    press(desk, "Shift+K")
    assert np.array_equal(shown(desk), pixels((5, 5, 8, 8)))


# --- selected objects --------------------------------------------------------------------------------------------


def test_selected_objects_are_repaired_as_one_step_with_an_undo(desk):
    outline = Geometry((Shape("polygon", "5,5,13,5,13,13,5,13"),))
    save(desk, pixels((5, 5, 8, 8)), pixels((30, 20, 8, 8)), geometry=outline, provenance={"by": "everything mode"})
    before = desk.saved()
    press(desk, "}")
    assert [a.mask for a in desk.saved()] == [grow(a.mask) for a in before]
    assert {a.provenance["by"] for a in desk.saved()} == {"grow"}
    assert {a.geometry for a in desk.saved()} == {None}
    assert desk.notices()[-1] == "Grew 2 objects."
    desk.session.undo_stack.undo()
    assert desk.saved() == before


def test_what_would_become_empty_is_left_out_and_told(desk):
    save(desk, pixels((5, 5, 1, 1)), pixels((30, 20, 8, 8)))
    press(desk, "{")
    assert [a.mask.area for a in desk.saved()] == [1, 36]
    assert desk.notices()[-1] == "Shrank 1 object. 1 object would have no pixel left and stays as it is."
    desk.session.objects.select(desk.saved()[0].id)
    press(desk, "{")
    assert desk.notices()[-1] == "1 object would have no pixel left and stays as it is."


def test_clicks_that_the_new_mask_contradicts_are_forgotten_and_so_are_the_scores(desk):
    id = desk.accept_one(30, 20)
    saved = desk.saved()[0]
    with desk.project.step("move") as step:
        step.put(type(saved)(**{f: getattr(saved, f) for f in saved.__struct_fields__} | {
            "mask": Mask.from_array(pixels((2, 2, 9, 9), (28, 18, 3, 3))),
        }))  # fmt: skip
    desk.session.objects.select(id)
    press(desk, "Shift+I")
    [after] = desk.saved()
    assert after.provenance["prompt"]["points"] == []
    assert after.provenance["predicted_iou"] is None
    assert after.provenance["model"] == saved.provenance["model"]


def test_splitting_keeps_the_id_for_the_largest_part_and_selects_all(desk):
    parts = pixels((5, 5, 4, 4), (20, 5, 8, 8), (40, 5, 2, 2))
    ids = save(desk, parts, pixels((5, 30, 8, 8)), attributes={"tone": "dark"}, clicks=3)
    press(desk, "Shift+X")
    saved = desk.saved()
    assert [a.mask.area for a in saved] == [64, 64, 16, 4]
    assert [a.clicks for a in saved] == [3, 3, 0, 0]
    assert {a.category_id for a in saved} == {saved[0].category_id}
    assert [a.attributes for a in saved] == [{"tone": "dark"}] * 4
    assert saved[0].id == ids[0]
    assert sorted(desk.session.objects.selection) == [a.id for a in saved]
    assert desk.notices()[-1] == "1 object is now 3."
    desk.session.undo_stack.undo()
    assert len(desk.saved()) == 2
    assert np.array_equal(mask_of(desk), parts)


@pytest.mark.parametrize("is_new", [True, False])
def test_what_is_in_the_making_is_accepted_and_split_in_one_key(desk, is_new):
    if is_new:
        save(desk, pixels((5, 30, 8, 8)))
        desk.session.objects.select()
    else:
        [id] = save(desk, pixels((5, 5, 4, 4)), attributes={"tone": "dark"})
        desk.session.editor.resume(id)
    parts = pixels((5, 5, 4, 4), (20, 5, 8, 8), (40, 5, 2, 2))
    desk.session.editor.edit(Mask.from_array(parts), "brush")
    assert REGISTRY.commands["repair.split"].text_now(desk.acting) == "Accept and split into parts"
    press(desk, "Shift+X")
    assert not desk.session.editor.draft.is_live
    made = [a for a in desk.saved() if a.id in desk.session.objects.selection]
    assert sorted(a.mask.area for a in made) == [4, 16, 64]
    assert len(desk.saved()) == (4 if is_new else 3)
    assert desk.notices()[-1] == "1 object is now 3."
    desk.session.undo_stack.undo()
    assert np.array_equal(mask_of(desk, -1), parts), "one undo: it is one object again, and it is saved"


def test_a_stroke_under_way_is_part_of_what_is_accepted_and_split(desk):
    desk.session.editor.edit(Mask.from_array(pixels((5, 5, 8, 8))), "brush")
    hand = desk.acting.hand
    hand.take(TOOLBOX.named("brush"))
    hand.press(PointerEvent(50, 35))
    hand.move(PointerEvent(51, 35, "none"))
    press(desk, "Shift+X")
    assert not hand.is_busy
    assert len(desk.saved()) == 2
    assert sum(a.mask.to_array()[35, 50] for a in desk.saved()) == 1


def test_nothing_to_split_is_told_and_so_is_far_too_much(desk):
    save(desk, pixels((5, 5, 4, 4)))
    press(desk, "Shift+X")
    assert desk.notices()[-1] == "There is nothing to split: each selected object is in one part."
    dots = np.zeros(SIZE, bool)
    dots[::2, ::2] = True
    save(desk, dots)
    press(desk, "Shift+X")
    assert desk.notices()[-1].startswith("An object has 768 parts: drop the small ones first (")


def test_the_part_at_the_crosshair_stays_of_the_objects_that_have_it(desk):
    save(desk, pixels((5, 5, 8, 8), (20, 5, 8, 8)), pixels((5, 30, 4, 4), (20, 30, 4, 4)))
    desk.session.crosshair.move(0, 0)
    x, y = desk.session.crosshair.at
    desk.session.crosshair.move(6.5 - x, 6.5 - y)
    press(desk, "Shift+K")
    assert [a.mask.area for a in desk.saved()] == [64, 32]


def test_without_a_mask_the_key_says_so(desk):
    assert REGISTRY.for_key("}", desk.acting) is None
    command = REGISTRY.commands["repair.grow"]
    assert command.why_not_now(desk.acting) == "There is nothing to repair: make a mask, or select objects."


# --- hundreds at once ----------------------------------------------------------------------------------------------


def hundreds(desk, key: str) -> LongWork:
    save(desk, *(pixels((n, 10, 8, 8)) for n in range(40)))
    before = desk.session.project.history.last
    press(desk, key)
    assert desk.session.project.history.last == before, "nothing is changed on this thread"
    assert isinstance(desk.events[-1], LongWork)
    return desk.events[-1]


def beside(desk, work, on_progress=lambda _progress: None):
    sibling = Project.sibling_of(desk.project.path, read_only=False)
    try:
        return run(work.work(sibling), on_progress)
    finally:
        sibling.close()


def test_of_hundreds_what_was_changed_meanwhile_stays_as_it_is(desk):
    work, [first, second, *_] = hundreds(desk, "}"), desk.saved()
    with desk.project.step("Meanwhile") as step:
        step.put(replace(first, mask=Mask.from_array(pixels((40, 30, 3, 3)))))
        step.delete(second)
    outcome = beside(desk, work)
    work.done(outcome)
    saved = desk.saved()
    assert saved[0].mask == Mask.from_array(pixels((40, 30, 3, 3)))
    assert len(saved) == 39
    assert saved[1].mask == grow(Mask.from_array(pixels((2, 10, 8, 8))))
    assert desk.notices()[-1] == "Grew 38 objects."
    desk.session.undo_stack.undo()
    assert desk.saved()[1].mask == Mask.from_array(pixels((2, 10, 8, 8)))


def test_where_all_of_them_were_changed_meanwhile_that_is_told(desk):
    work = hundreds(desk, "S")
    with desk.project.step("Meanwhile") as step:
        for each in desk.saved():
            step.put(replace(each, mask=Mask.from_array(pixels((40, 30, 3, 3)))))
    work.done(beside(desk, work))
    assert desk.notices()[-1] == "40 objects were changed meanwhile and stay as they are."


def test_what_is_gained_is_cut_from_what_another_became_while_the_masks_were_made(desk):
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    [beside_it] = save(desk, pixels((28, 5, 8, 8)))
    ids = save(desk, pixels((20, 5, 8, 8)), *(pixels((3 * n, 30, 2, 2)) for n in range(20)))
    press(desk, "}")
    work, rows = desk.events[-1], {each.id: each for each in desk.saved()}

    def change(progress) -> None:
        if (progress.done, progress.total) == (20, 42):
            with desk.project.step("Meanwhile") as step:
                step.put(replace(rows[beside_it], mask=Mask.from_array(pixels((28, 5, 12, 8)))))
                step.delete(rows[ids[-1]])

    work.done(beside(desk, work, change))
    saved = {each.id: each.mask for each in desk.saved()}
    assert np.array_equal(saved[beside_it].to_array(), pixels((29, 5, 11, 8)))
    assert saved[ids[0]] == grow(Mask.from_array(pixels((20, 5, 8, 8))))
    assert desk.notices()[-1] == "Grew 20 objects. Cut 1 object that lay there."


def test_what_was_changed_between_the_end_beside_and_its_telling_stays_as_it_is(desk):
    work = hundreds(desk, "}")
    outcome = beside(desk, work)
    desk.project.refresh()
    first, mask = desk.saved()[0], Mask.from_array(pixels((40, 30, 3, 3)))
    with desk.project.step("Meanwhile") as step:
        step.put(replace(first, mask=mask))
    assert desk.saved()[0].mask == mask
    work.done(outcome)
    assert desk.saved()[0].mask == mask


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_ended_before_its_end_it_changes_nothing(desk, share):
    work, before = hundreds(desk, "}"), desk.saved()

    def stop(progress) -> None:
        if progress.done > share * progress.total:
            raise WorkStopped

    with pytest.raises(WorkStopped):
        beside(desk, work, stop)
    desk.project.refresh()
    assert desk.saved() == before
    assert desk.project.undo_label == "draw"


@pytest.mark.parametrize("at", [0, 30])
def test_of_hundreds_that_are_split_what_was_changed_meanwhile_stays_as_it_is(desk, at):
    ids = save(desk, *(pixels((n, 10, 3, 3), (n, 30, 2, 2)) for n in range(30)))
    press(desk, "Shift+X")
    work, rows, other = desk.events[-1], desk.saved(), Mask.from_array(pixels((40, 40, 3, 3)))

    def change(progress) -> None:
        if progress.done == min(at, 29) and len(desk.saved()) == 30:
            with desk.project.step("Meanwhile") as step:
                step.put(replace(rows[0], mask=other))
                step.delete(rows[1])

    assert isinstance(work, LongWork)
    work.done(beside(desk, work, change))
    saved = {each.id: each.mask for each in desk.saved()}
    assert saved[ids[0]] == other
    assert ids[1] not in saved
    assert len(saved) == 1 + 2 * 28
    assert desk.notices()[-1] == "28 objects are now 56."
