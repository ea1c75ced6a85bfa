"""The overlap policy of what is pasted, duplicated, split and repaired: one step with it, and told."""

from __future__ import annotations

import numpy as np
import pytest

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling.commands import REGISTRY
from app.labeling.policies import ALLOW, NEW_CUTS_OLD, OLD_CUTS_NEW
from app.masks.combining import subtract
from app.masks.morphology import grow
from app.masks.rle import Mask, Region
from app.problem import Problem
from tests.labeling.test_between import SIZE, box, pixels, put
from tests.labeling.test_overlap_policy import most_shared


def press(acting, key):
    command = REGISTRY.for_key(key, acting)
    assert command is not None, f"{key} does nothing here"
    command.run(acting)


def pasted_onto(desk, acting, *there: Mask, policy: str):
    """Two squares that share pixels, copied from the first image to the second, where these objects are."""
    ids = put(desk, box(10, 10), box(20, 20))
    desk.session.objects.select(*ids)
    press(acting, "Ctrl+C")
    desk.open(1)
    put(desk, *there)
    desk.session.classes.policies.choose(policy)
    press(acting, "Ctrl+V")
    return desk.saved(1)


def shared_on(desk, number: int) -> int:
    return int(sum(pixels(each.mask).astype(int) for each in desk.saved(number)).max())


def test_what_is_pasted_cuts_what_lies_there_in_the_same_step(desk, acting):
    old, *new = pasted_onto(desk, acting, box(15, 15), policy=NEW_CUTS_OLD)
    assert shared_on(desk, 1) == 1
    assert new[1].mask == box(20, 20), "the upper one is whole"
    assert (pixels(new[0].mask) == (pixels(box(10, 10)) & ~pixels(box(20, 20)))).all()
    assert new[0].provenance["by"] == "paste, subtract"
    assert old.provenance["by"] == "subtract"
    assert desk.notices()[-1] == "Pasted 2 objects. Cut 1 object that lay there."
    press(acting, "Ctrl+Z")
    assert [each.mask for each in desk.saved(1)] == [box(15, 15)]


def test_what_is_pasted_gives_way_where_old_objects_cut_new_ones(desk, acting):
    old, new = pasted_onto(desk, acting, box(8, 8, 24, 24), policy=OLD_CUTS_NEW)
    assert old.mask == box(8, 8, 24, 24)
    assert (pixels(new.mask) == (pixels(box(20, 20)) & ~pixels(old.mask))).all()
    assert desk.notices()[-1] == "Pasted 1 object. 1 object is covered whole and left out."
    assert desk.session.objects.selection == (new.id,)


def test_nothing_is_pasted_of_which_nothing_would_be_left(desk, acting):
    with pytest.raises(Problem, match="Nothing of the mask is left"):
        pasted_onto(desk, acting, box(0, 0, 64, 48), policy=OLD_CUTS_NEW)
    assert [each.mask for each in desk.saved(1)] == [box(0, 0, 64, 48)]


def test_a_covered_object_is_deleted_and_told(desk, acting):
    saved = pasted_onto(desk, acting, box(12, 12, 4, 4), policy=NEW_CUTS_OLD)
    assert len(saved) == 2
    assert desk.notices()[-1] == "Pasted 2 objects. Deleted 1 object that was covered whole."


@pytest.mark.parametrize("policy", [ALLOW, NEW_CUTS_OLD, OLD_CUTS_NEW])
def test_a_duplicate_never_cuts_what_it_is_a_copy_of(desk, acting, policy):
    [first] = put(desk, box(10, 10))
    desk.session.classes.policies.choose(policy)
    desk.session.objects.select(first)
    press(acting, "Ctrl+D")
    old, new = desk.saved()
    assert old.mask == box(10, 10)
    assert most_shared(desk) == (2 if policy == ALLOW else 1)
    assert new.mask.area == 400 if policy == ALLOW else 0 < new.mask.area < 400


@pytest.mark.parametrize("policy", [ALLOW, NEW_CUTS_OLD, OLD_CUTS_NEW])
def test_the_parts_of_a_split_object_follow_the_policy(desk, acting, policy):
    two = np.zeros(SIZE, np.bool_)
    two[5:15, 5:15] = two[5:15, 30:50] = True
    whole, other = put(desk, Mask.from_region(Region(0, 0, two, SIZE)), box(10, 10, 10, 10))
    desk.session.classes.policies.choose(policy)
    desk.session.objects.select(whole)
    press(acting, "Shift+X")
    saved = {each.id: each for each in desk.saved()}
    assert len(saved) == 3
    assert most_shared(desk) == (2 if policy == ALLOW else 1)
    small = next(each for each in saved.values() if each.id not in (whole, other))
    assert small.mask.area == (75 if policy == OLD_CUTS_NEW else 100)
    assert saved[other].mask.area == (75 if policy == NEW_CUTS_OLD else 100)
    press(acting, "Ctrl+Z")
    assert [each.mask.area for each in desk.saved()] == [300, 100]


def grown_beside(desk, acting, *there: Mask, policy: str, chosen: int = 1):
    """These objects, of which the first ones are selected and grown by a pixel in one step."""
    ids = put(desk, *there)
    desk.session.classes.policies.choose(policy)
    desk.session.objects.select(*ids[:chosen])
    press(acting, "}")
    return desk.saved()


def test_what_a_repaired_object_gains_is_cut_from_those_that_have_it(desk, acting):
    mine, other = grown_beside(desk, acting, box(10, 10, 10, 10), box(20, 8, 10, 20), policy=NEW_CUTS_OLD)
    assert mine.mask == grow(box(10, 10, 10, 10), 1)
    assert (pixels(other.mask) == (pixels(box(20, 8, 10, 20)) & ~pixels(mine.mask))).all()
    assert (mine.provenance["by"], other.provenance["by"]) == ("grow", "subtract")
    assert desk.notices()[-1] == "Grew 1 object. Cut 1 object that lay there."
    press(acting, "Ctrl+Z")
    assert [each.mask for each in desk.saved()] == [box(10, 10, 10, 10), box(20, 8, 10, 20)]


def test_a_repaired_object_gains_only_what_nobody_has_where_old_objects_cut_new_ones(desk, acting):
    mine, other = grown_beside(desk, acting, box(10, 10, 10, 10), box(20, 8, 10, 20), policy=OLD_CUTS_NEW)
    assert mine.mask == subtract(grow(box(10, 10, 10, 10), 1), [other.mask])
    assert mine.provenance["by"] == "grow, subtract"
    assert other.mask == box(20, 8, 10, 20)
    assert desk.notices()[-1] == "Grew 1 object."


def test_a_repaired_object_without_any_room_stays_and_that_is_told(desk, acting):
    around = pixels(box(5, 5)) & ~pixels(box(10, 10, 10, 10))
    ring = Mask.from_region(Region(0, 0, around, SIZE))
    mine, _ = grown_beside(desk, acting, box(10, 10, 10, 10), ring, policy=OLD_CUTS_NEW)
    assert mine.mask == box(10, 10, 10, 10)
    assert mine.provenance == {}
    assert desk.notices()[-1] == "Nothing is changed: other objects have the pixels around."


@pytest.mark.parametrize(("policy", "area"), [(ALLOW, 140), (NEW_CUTS_OLD, 120), (OLD_CUTS_NEW, 130)])
def test_neighbours_that_are_repaired_at_once_follow_the_policy_among_each_other(desk, acting, policy, area):
    lower, upper = grown_beside(desk, acting, box(10, 10, 10, 10), box(20, 10, 10, 10), policy=policy, chosen=2)
    assert most_shared(desk) == (2 if policy == ALLOW else 1)
    assert lower.mask.area == area
    assert upper.mask.area == (130 if policy == OLD_CUTS_NEW else 140)


@pytest.mark.parametrize("policy", [NEW_CUTS_OLD, OLD_CUTS_NEW])
def test_what_a_repaired_object_shared_before_stays_shared(desk, acting, policy):
    first, _ = put(desk, box(10, 10), box(20, 20))
    desk.session.classes.policies.choose(policy)
    desk.session.objects.select(first)
    press(acting, "{")
    mine, untouched = desk.saved()
    assert (mine.mask, untouched.mask) == (box(11, 11, 18, 18), box(20, 20))


def test_a_repaired_object_that_covers_another_whole_deletes_it_which_is_told(desk, acting):
    hole = pixels(box(5, 5, 30, 30)) & ~pixels(box(15, 15, 2, 2))
    [mine, inside] = put(desk, Mask.from_region(Region(0, 0, hole, SIZE)), box(15, 15, 1, 1))
    desk.session.classes.policies.choose(NEW_CUTS_OLD)
    desk.session.objects.select(mine)
    press(acting, "Shift+F")
    assert [each.id for each in desk.saved()] == [mine]
    assert desk.notices()[-1] == "Filled holes of 1 object. Deleted 1 object that was covered whole."
    press(acting, "Ctrl+Z")
    assert [each.id for each in desk.saved()] == [mine, inside]
