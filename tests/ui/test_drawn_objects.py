"""What is drawn of the saved objects: each is made when its outline is here, and the others are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from app.masks.outlines import outlines
from app.masks.rle import Mask
from app.project.records import Annotation, Category
from app.ui.drawn_objects import DrawnObjects
from app.ui.outline_store import OutlineStore

MASK = Mask.from_array(np.ones((4, 5), bool))
POLYGONS = outlines(MASK.region())
CLASSES = {1: Category(1, "cat", "#aa0000"), 2: Category(2, "dog", "#00aa00")}


@pytest.fixture
def store(qapp, monkeypatch):
    """It notes in `asked` which outlines were asked for."""
    store = OutlineStore()
    store.asked = []
    get = store.get
    monkeypatch.setattr(store, "get", lambda each: store.asked.append(each.id) or get(each))
    return store


def objects(count):
    return [Annotation(id, 1, 1 + id % 2, MASK) for id in range(1, count + 1)]


def ids(drawn):
    return [each.id for each in drawn]


def test_of_thousands_without_an_outline_each_is_looked_at_once_until_it_comes(store):
    drawn, there = DrawnObjects(store), objects(2000)
    drawn.show([], CLASSES, None)
    assert drawn.show(there, CLASSES, None) == []
    assert len(store.asked) == 2000
    asked = drawn.missing()
    assert len(asked) == 2000
    store.asked.clear()
    assert drawn.show(there, CLASSES, None) == []
    assert store.asked == []
    for id in (7, 1900):
        store.put(id, MASK, POLYGONS)
    assert ids(drawn.show(there, CLASSES, None)) == [7, 1900]
    assert sorted(store.asked) == [7, 1900]
    assert drawn.missing() == {}, "they were asked for already"


def test_when_one_changes_while_its_outline_is_on_its_way_the_new_one_is_waited_for(store):
    drawn, [one, two] = DrawnObjects(store), objects(2)
    drawn.show([one, two], CLASSES, None)
    drawn.missing()
    other = replace(one, mask=Mask.from_array(np.eye(4, 5, dtype=bool)))
    store.put(1, MASK, POLYGONS)
    assert ids(drawn.show([other, two], CLASSES, None)) == []
    assert drawn.missing() == {1: other.mask}
    store.put(1, other.mask, outlines(other.mask.region()))
    assert ids(drawn.show([other, two], CLASSES, None)) == [1]


def test_one_that_is_refined_or_gets_another_class_is_made_anew_and_no_other(store):
    drawn, there = DrawnObjects(store), objects(300)
    drawn.show(there, CLASSES, None)
    for each in there:
        store.put(each.id, MASK, POLYGONS)
    before = drawn.show(there, CLASSES, None)
    assert ids(before) == [each.id for each in there]
    refined = drawn.show(there, CLASSES, 5)
    assert ids(refined) == [each.id for each in there if each.id != 5]
    there = [*there[:9], replace(there[9], category_id=2), *there[10:]]
    after = drawn.show(there, CLASSES, None)
    assert [i for i in range(300) if after[i] is not before[i]] == [4, 9]
    recolored = drawn.show(there, {**CLASSES, 1: replace(CLASSES[1], color="#0000aa")}, None)
    assert {each.id for each, was in zip(recolored, after, strict=True) if each is not was} == {
        each.id for each in there if each.category_id == 1
    }
