"""What is different between two lists: applied to the one, it makes the other."""

from __future__ import annotations

import random

import numpy as np
import pytest

from app.ui.splices import spliced, splices


def applied(before, changes):
    after = list(before)
    for change in reversed(changes):
        assert after[change.at : change.at + len(change.gone)] == list(change.gone)
        after[change.at : change.at + len(change.gone)] = change.new
    return after


@pytest.mark.parametrize("seed", range(20))
def test_what_is_different_makes_the_one_list_of_the_other(seed):
    dice = random.Random(seed)
    before = [object() for _ in range(dice.randint(0, 30))]
    after = [each for each in before if dice.random() < dice.choice((0.0, 0.5, 0.9, 1.0))]
    for _ in range(dice.randint(0, 5)):
        after.insert(dice.randint(0, len(after)), object())
    if dice.random() < 0.3:
        dice.shuffle(after)
    changes = splices(before, after)
    assert applied(before, changes) == after
    assert all(change.gone or change.new for change in changes)
    known = np.array([id(each) for each in before], np.int64)
    assert spliced(known, changes, [id(each) for change in changes for each in change.new]).tolist() == [
        *map(id, after)
    ]


def test_only_what_is_different_is_told():
    things = [object() for _ in range(100)]
    new, other = object(), object()
    assert splices(things, list(things)) == []
    assert splices(things, [*things, new]) == [(100, [], [new])]
    assert splices(things, [new, *things]) == [(0, [], [new])]
    assert splices(things, things[:50] + things[51:]) == [(50, [things[50]], [])]
    changed = [*things[:3], new, *things[4:90], other, *things[91:]]
    assert splices(things, changed) == [(3, [things[3]], [new]), (90, [things[90]], [other])]


@pytest.mark.parametrize("covered", [False, True])
def test_of_thousands_only_those_that_are_different_are_gone_through(covered):
    """Seen by what is told; one that is gone moves all that lie above it."""
    things = [object() for _ in range(5000)]
    after = [*things, object()]
    places = range(10, 4000, 70)
    for place in places:
        after[place] = object()
    if covered:
        del after[2000]
    changes = splices(things, after)
    assert applied(things, changes) == after
    assert len(changes) == len(places) + 1 + covered
    assert sum(len(change.gone) for change in changes) == len(places) + covered


def test_two_that_look_the_same_are_two():
    assert splices([[1]], [[1]]) == [(0, [[1]], [[1]])]
