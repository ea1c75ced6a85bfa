"""Between objects: Boolean operations of the selection, and what nobody has."""

from __future__ import annotations

import numpy as np
import pytest

from app.labeling.between import EXCLUSIVE_OR, INTERSECT, SUBTRACT, UNION
from app.labeling.events import Notice
from app.masks.rle import MAX_PIXELS, Mask, Region
from app.problem import Problem
from app.project.records import Annotation

SIZE = (48, 64)


def box(x: int, y: int, width: int = 20, height: int = 20, size: tuple[int, int] = SIZE) -> Mask:
    return Mask.from_region(Region(x, y, np.ones((height, width), bool), size))


def put(desk, *masks: Mask, **more) -> list[int]:
    """The ids of new objects, each of a class of its own."""
    classes = desk.session.classes
    categories = [classes.add(f"class {n}").id for n in range(len(masks))]
    with desk.project.step("Import") as step:
        rows = [
            step.add(Annotation(0, desk.session.image_id, c, mask, **more))
            for c, mask in zip(categories, masks, strict=True)
        ]
    return [row.id for row in rows]


def pixels(mask: Mask) -> np.ndarray:
    return mask.to_array()


@pytest.mark.parametrize(
    ("operation", "expected", "left"),
    [
        (UNION, lambda a, b: a | b, 1),
        (SUBTRACT, lambda a, b: a & ~b, 2),
        (INTERSECT, lambda a, b: a & b, 1),
        (EXCLUSIVE_OR, lambda a, b: a ^ b, 1),
    ],
)
def test_the_one_selected_first_stays_and_one_undo_takes_all_back(desk, operation, expected, left):
    first, second = put(desk, box(10, 10), box(20, 15), attributes={"kept": 1}, clicks=2, milliseconds=100)
    before = desk.saved()
    desk.session.objects.select(second, first)  # not the lowest: the one that was selected first
    changes = desk.session.between.combine(operation)
    saved = {each.id: each for each in desk.saved()}
    assert len(saved) == left
    assert second in saved
    assert (pixels(saved[second].mask) == expected(pixels(box(20, 15)), pixels(box(10, 10)))).all()
    assert saved[second].category_id == before[1].category_id
    assert saved[second].attributes == {"kept": 1}
    assert saved[second].provenance["by"] == operation.by
    assert saved[second].clicks == (4 if left == 1 else 2), "what was spent on the others still counts"
    assert desk.session.objects.selection == (second,)
    notice = next(e for e in reversed(desk.events) if isinstance(e, Notice))
    assert notice.step_id == changes.step_id
    assert "selected first (class 1)" in notice.sentence
    desk.session.undo_stack.undo()
    assert desk.saved() == before


def test_one_of_which_nothing_is_left_is_deleted_and_told(desk):
    inner, outer = put(desk, box(15, 15, 5, 5), box(10, 10))
    desk.session.objects.select(inner, outer)
    desk.session.between.combine(SUBTRACT)
    assert [each.id for each in desk.saved()] == [outer]
    assert "nothing of it was left" in desk.notices()[-1]
    desk.session.undo_stack.undo()
    assert len(desk.saved()) == 2


def test_what_makes_no_sense_changes_nothing_and_says_why(desk):
    one, other = put(desk, box(0, 0, 5, 5), box(30, 30, 5, 5))
    step = desk.project.undo_label
    for chosen, operation, why in (
        ((one,), UNION, "two objects"),
        ((one, other), SUBTRACT, "shares no pixel"),
        ((one, other), INTERSECT, "Nothing would be left"),
    ):
        desk.session.objects.select(*chosen)
        with pytest.raises(Problem, match=why):
            desk.session.between.combine(operation)
    assert desk.project.undo_label == step
    assert len(desk.saved()) == 2


def test_a_mask_of_another_size_cannot_be_combined(desk):
    one, other = put(desk, box(0, 0), box(0, 0, size=(40, 40)))
    desk.session.objects.select(one, other)
    with pytest.raises(Problem, match="sizes"):
        desk.session.between.combine(UNION)
    assert len(desk.saved()) == 2


def test_the_mask_in_the_making_is_edited_and_the_objects_stay(desk):
    [hole] = put(desk, box(20, 20, 5, 5))
    desk.session.editor.edit(box(10, 10), "brush")
    desk.session.objects.select(hole)
    desk.session.between.combine(SUBTRACT)
    shown = Mask.from_region(desk.session.editor.proposal.region)
    assert (pixels(shown) == (pixels(box(10, 10)) & ~pixels(box(20, 20, 5, 5)))).all()
    assert len(desk.saved()) == 1
    desk.session.editor.back()
    assert Mask.from_region(desk.session.editor.proposal.region) == box(10, 10)
    with pytest.raises(Problem, match="Select the objects first"):
        desk.session.between.combine(UNION)


def test_a_live_mask_keeps_only_what_nobody_has(desk):
    put(desk, box(20, 20, 5, 5))
    put(desk, box(0, 0, 15, 15), hidden=True)
    desk.session.editor.edit(box(10, 10), "brush")
    desk.session.between.fill_under()
    shown = Mask.from_region(desk.session.editor.proposal.region)
    assert (pixels(shown) == (pixels(box(10, 10)) & ~pixels(box(20, 20, 5, 5)))).all(), "hidden ones have nothing"
    with pytest.raises(Problem, match="no pixel that an object has"):
        desk.session.between.fill_under()


def test_the_rest_of_the_image_becomes_a_mask_with_exact_holes(desk):
    put(desk, box(10, 10), box(25, 20, 30, 5), box(3, 3, 1, 1))
    desk.session.between.fill_under()
    taken = pixels(box(10, 10)) | pixels(box(25, 20, 30, 5)) | pixels(box(3, 3, 1, 1))
    assert (pixels(Mask.from_region(desk.session.editor.proposal.region)) == ~taken).all()
    desk.session.acceptance.accept()
    rest = desk.saved()[-1]
    assert rest.provenance["by"] == "fill under"
    assert rest.mask.area == 48 * 64 - taken.sum()
    with pytest.raises(Problem, match="Every pixel"):
        desk.session.between.fill_under()


def test_the_rest_of_a_huge_image_is_saved_as_runs(desk):
    height, width = 20_000, MAX_PIXELS // 20_000 + 5_000
    image = desk.session.image
    desk.project.image_table.note(image.id, height=height, width=width)
    put(desk, box(100, 100, size=(height, width)))
    changes = desk.session.between.fill_under()
    assert changes is not None
    saved = desk.saved()[-1]
    assert saved.mask.area == height * width - 400
    assert len(saved.mask.counts) < 500
    assert "too large" in desk.notices()[-1]
    desk.session.undo_stack.undo()
    assert len(desk.saved()) == 1


def test_a_damaged_object_has_no_pixels(desk):
    [sound] = put(desk, box(10, 10))
    damaged = Mask(SIZE, "///", (0, 0, 40, 40), 1600)
    put(desk, damaged)
    desk.session.between.fill_under()
    assert desk.session.editor.proposal.region.pixels.sum() == 48 * 64 - 400
    assert sound in [each.id for each in desk.saved()]


def test_objects_are_cut_by_the_visible_ones_above_them_in_one_step(desk):
    low, high, small, hidden, top = put(desk, box(0, 0), box(10, 10), box(12, 12, 3, 3), box(0, 0, 5, 5), box(20, 20))
    desk.session.objects.select(hidden)
    desk.session.objects.toggle_hidden(hidden)
    before = desk.saved()
    desk.session.objects.select(small, low, top)
    changes = desk.session.between.cut_by_above()
    saved = {each.id: each.mask for each in desk.saved()}
    assert (pixels(saved[low]) == pixels(box(0, 0)) & ~pixels(box(10, 10))).all()
    assert saved[high] == box(10, 10)
    assert saved[small] == box(12, 12, 3, 3)  # nothing lies above it
    assert saved[top] == box(20, 20)
    notice = next(e for e in reversed(desk.events) if isinstance(e, Notice))
    assert (notice.step_id, notice.sentence) == (changes.step_id, "Cut 1 object by what lies above it.")
    desk.session.undo_stack.undo()
    assert desk.saved() == before
    desk.session.objects.select(top)
    with pytest.raises(Problem, match="Nothing lies above"):
        desk.session.between.cut_by_above()


def test_one_that_others_cover_whole_is_deleted_and_told(desk):
    low, _ = put(desk, box(12, 12, 3, 3), box(10, 10))
    desk.session.objects.select(low)
    desk.session.between.cut_by_above()
    assert low not in {each.id for each in desk.saved()}
    assert desk.notices()[-1] == "Deleted 1 object that was covered whole."
