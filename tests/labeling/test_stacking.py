"""The order in which objects lie on each other."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from app.labeling.stacking import raised, renumbered
from app.project.recent import STACKED
from app.project.records import Annotation
from tests.labeling.test_between import box, put


def order(desk) -> list[int]:
    return [each.id for each in desk.session.objects.all()]


def test_front_and_back_keep_the_order_among_the_chosen_in_one_step(desk):
    a, b, c, d = put(desk, *[box(5 * n, 5 * n) for n in range(4)])
    desk.session.objects.select(c, a)
    changes = desk.session.stacking.to_front()
    assert order(desk) == [b, d, a, c]
    assert len(changes.changes) == 2, "the others are left as they are"
    desk.session.stacking.to_back()
    assert order(desk) == [a, c, b, d]
    assert desk.session.stacking.to_back() is None
    desk.session.undo_stack.undo()
    desk.session.undo_stack.undo()
    assert order(desk) == [a, b, c, d]
    assert all(each.z_order == 0 for each in desk.saved())


def test_one_up_goes_over_the_next_that_shares_pixels(desk):
    a, far, b, c = put(desk, box(0, 0), box(40, 30, 5, 5), box(10, 0), box(15, 0))
    desk.session.objects.select(a)
    desk.session.stacking.up()
    assert order(desk) == [far, b, a, c]
    desk.session.stacking.up()
    assert order(desk) == [far, b, c, a]
    assert desk.session.stacking.up() is None
    assert "nothing" in desk.notices()[-1]
    desk.session.stacking.down()
    assert order(desk) == [far, b, a, c]
    desk.session.stacking.down()
    assert order(desk) == [far, a, b, c]


def test_several_go_up_without_passing_each_other(desk):
    a, b, c = put(desk, box(0, 0), box(2, 0), box(4, 0))
    desk.session.objects.select(a, b)
    desk.session.stacking.up()
    assert order(desk) == [c, a, b]
    desk.session.objects.select(b, c)
    desk.session.stacking.down()
    assert order(desk) == [c, b, a]


def test_what_is_accepted_lies_on_top(desk):
    first, second = put(desk, box(0, 0), box(10, 0))
    desk.session.objects.select(first)
    desk.session.stacking.to_front()
    desk.session.editor.edit(box(5, 5), "brush")
    new = desk.session.acceptance.accept().changes[-1].after.id
    assert order(desk) == [second, first, new]


@pytest.mark.parametrize("seed", range(30))
def test_any_order_can_be_had(seed):
    dice = random.Random(seed)
    there = [Annotation(n, 1, None, box(0, 0), z_order=dice.choice([0, 0, 0, 1, -2, 7])) for n in range(1, 13)]
    there.sort(key=STACKED)
    moved = dice.sample(there, 3)
    wanted = [each for each in there if each not in moved]
    for each in moved:
        wanted.insert(dice.randrange(len(wanted) + 1), each)
    numbers = renumbered(wanted, frozenset(each.id for each in moved))
    after = sorted((replace(each, z_order=numbers.get(each.id, each.z_order)) for each in there), key=STACKED)
    assert [each.id for each in after] == [each.id for each in wanted]
    assert raised(after, frozenset())[:] == after
