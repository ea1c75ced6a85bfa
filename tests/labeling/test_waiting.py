"""What is in the making when a project is closed, or the program killed, is in the making again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from app.labeling import actions as _registered  # noqa: F401  the commands
from app.labeling import waiting
from app.labeling.waiting import _MOST
from app.masks.rle import Mask, Region
from app.masks.strokes import Stroke
from app.project.store import Project
from tests.labeling.conftest import Desk
from tests.labeling.test_carrying import press, three, until_heard  # noqa: F401  a fixture

STROKE = Stroke(((5.0, 43.0), (12.0, 44.0)), 2)
OFF = Stroke(((28.0, 18.0),), 2, positive=False)


class Desks:
    def __init__(self) -> None:
        self.there: list[Desk] = []

    def again(self, desk: Desk, number: int = 0) -> Desk:
        """Another one at what is on the disk right now, as after a kill: nothing was closed before."""
        path = desk.project.path.with_name(f"again{len(self.there)}.maskwright")
        with closing(sqlite3.connect(desk.project.path)) as there, closing(sqlite3.connect(path)) as copy:
            there.backup(copy)
        self.there.append(Desk(Project.open(path)))
        self.there[-1].engine.start()
        self.there[-1].open_unencoded(number)
        return self.there[-1]


@pytest.fixture
def desks() -> Iterator[Desks]:
    desks = Desks()
    yield desks
    for desk in desks.there:
        assert desk.engine.stop()
        desk.project.close()


def shown(desk: Desk) -> Mask:
    return Mask.from_region(desk.session.editor.proposal.region)


def made(desk: Desk) -> None:
    desk.click()
    desk.session.painter.stroke(STROKE)
    desk.session.painter.stroke(OFF)


def test_a_mask_that_waits_is_there_when_the_project_is_opened_again(desk, desks):
    made(desk)
    mask, before = shown(desk), desk.session.editor.draft
    desk.session.navigation.next()
    again = desks.again(desk)
    editor = again.session.editor
    assert shown(again) == mask
    told = "waits here that was not accepted"
    assert told in again.notices()[-1]
    again.session.navigation.next(), again.session.navigation.next(-1)
    assert shown(again) == mask
    assert sum(told in each for each in again.notices()) == 1
    editor.back()
    assert shown(again).area > mask.area, "the last stroke is taken back"
    editor.forward()
    assert shown(again) == mask
    again.session.acceptance.accept()
    [saved] = again.saved()
    assert saved.mask == mask
    assert saved.provenance["by"] == "brush, eraser"
    assert (saved.provenance["strokes"], saved.clicks) == (2, before.clicks) == (2, 3)
    assert saved.provenance["prompt"]["points"] == before.prompt.points.tolist()
    assert not editor.draft.is_live
    assert not desks.again(again).session.editor.draft.is_live


def test_the_images_are_known_on_which_one_waits(desk, desks):
    """Whatever keys a stranger's file has, and before an answer is there that could be kept on the disk."""
    db = desk.project.path
    first, second = (image.id for image in desk.project.images()[:2])
    made(desk)
    assert desk.session.navigation.waiting() == set(), "it is in the hand"
    desk.session.navigation.next()
    assert desk.session.navigation.waiting() == {first}
    desk.until(lambda: desk.session.place.size() is not None)
    desk.session.editor.point(3, 3)  # no answer is waited for
    desk.session.navigation.next(-1)
    assert desk.session.navigation.waiting() == {second}
    with closing(sqlite3.connect(db)) as file, file:
        for key in (
            "'unfinished on image x'",
            "'unfinished on image 9e9'",
            "CAST(x'756e66696e6973686564206f6e20696d61676520ff' AS TEXT)",
        ):
            file.execute(f"INSERT INTO setting VALUES ({key}, '1')")  # noqa: S608
    assert desk.session.navigation.waiting() == {second}
    assert desks.again(desk, 1).session.navigation.waiting() >= {first}


def test_a_mask_that_waits_keeps_the_class_that_it_was_made_for(desk, desks):
    session = desk.session
    cat, person = session.classes.add("cat"), session.classes.add("person")
    session.set_category(cat.id)
    made(desk)
    session.navigation.next()
    session.set_category(person.id)
    again = desks.again(desk)
    assert again.session.editor.category == cat
    again.session.acceptance.accept()
    assert again.saved()[0].category_id == cat.id
    assert again.session.editor.category == person, "the next object is of the class that was chosen"
    session.navigation.next(-1)
    assert session.editor.category == cat
    session.classes.delete(cat.id)
    assert session.editor.category == person
    session.acceptance.accept()
    assert desk.saved()[0].category_id == person.id


def test_what_is_discarded_or_taken_back_stays_away(desk, desks):
    made(desk)
    desk.session.navigation.next()
    again = desks.again(desk)
    again.session.discard()
    assert not desks.again(again).session.editor.draft.is_live
    desk.open(1)
    desk.click()
    desk.session.navigation.next(-1), desk.session.navigation.next()
    desk.session.undo_stack.undo()
    assert not desk.session.editor.draft.is_live
    desk.session.navigation.leave()
    assert not desks.again(desk, 1).session.editor.draft.is_live


def test_what_is_in_the_hand_is_kept_when_the_hand_pauses_and_outlives_a_kill(desk, desks):
    made(desk)
    mask = shown(desk)
    desk.session.navigation.keep()
    again = desks.again(desk)
    assert shown(again) == mask
    again.session.acceptance.accept()
    assert not desks.again(again).session.editor.draft.is_live


def test_a_saved_object_in_refinement_is_refined_on(desk, desks):
    object_id = desk.accept_one()
    [before] = desk.saved()
    desk.session.editor.resume(object_id)
    desk.session.navigation.leave()
    assert not desks.again(desk).session.editor.draft.is_live, "nothing was done to it"
    desk.session.editor.resume(object_id)
    desk.session.painter.stroke(STROKE)
    mask = shown(desk)
    desk.session.navigation.leave()
    again = desks.again(desk)
    draft = again.session.editor.draft
    assert draft.resumed.id == object_id
    assert not draft.is_unchanged
    assert shown(again) == mask
    again.session.editor.back()
    assert shown(again) == before.mask, "Backspace leads to the mask that was saved"
    again.session.editor.forward()
    again.session.acceptance.accept()
    [saved] = again.saved()
    assert (saved.id, saved.mask, saved.clicks) == (object_id, mask, before.clicks + 1)


def test_a_carried_object_that_was_corrected_is_offered_as_it_was_left(desk, acting, three, desks):  # noqa: F811
    press(acting, "N")
    until_heard(desk)
    desk.session.painter.stroke(STROKE)
    mask = shown(desk)
    desk.session.navigation.leave()
    again = desks.again(desk, 1)
    draft = again.session.editor.draft
    assert draft.carried is not None
    assert not draft.is_offer
    assert shown(again) == mask
    assert len(again.session.carrying.waiting) == 1, "the other one"
    again.session.acceptance.accept()
    [saved] = again.saved(1)
    assert saved.mask == mask
    assert saved.attributes == {"track": 0}


def test_an_object_that_is_gone_meanwhile_comes_back_as_a_new_one(desk, desks):
    object_id = desk.accept_one()
    desk.session.editor.resume(object_id)
    desk.session.painter.stroke(STROKE)
    desk.session.navigation.leave()
    with desk.project.step("Delete") as step:
        step.delete(desk.project.annotation(object_id))
    again = desks.again(desk)
    assert again.session.editor.draft.resumed is None
    again.session.acceptance.accept()
    assert [each.id != object_id for each in again.saved()] == [True]


def test_a_click_that_was_not_answered_is_not_kept_and_the_mask_before_it_is(desk, desks):
    desk.session.painter.stroke(STROKE)
    mask = shown(desk)
    desk.predictor().hold()
    desk.session.editor.point(40, 30)
    desk.session.navigation.leave()
    desk.predictor().release()
    again = desks.again(desk)
    assert shown(again) == mask
    assert not again.session.editor.is_waiting


@pytest.mark.parametrize("kept", [
    "nonsense", 7, {"size": 3}, [[[[[]]]]], [{"size": [48, 64], "counts": "x", "told": {}}],
    [{"size": [48, 64], "counts": "\x00\x7f", "told": {}}], [{"size": [8, 8], "counts": "0`0", "told": {}}],
    [{"size": [10**9, 10**9], "counts": "0`0", "told": {"prompt": 3}, "resumed": -4}],
])  # fmt: skip
def test_what_a_stranger_wrote_there_is_no_trouble(desk, desks, kept):
    image_id = desk.project.images()[0].id
    desk.project.set_setting(f"unfinished on image {image_id}", kept)
    again = desks.again(desk)
    assert not again.session.editor.draft.is_live
    again.session.painter.stroke(STROKE)
    again.session.navigation.leave()
    assert shown(desks.again(again)).area


def test_of_another_photo_of_that_name_nothing_is_taken_up(desk, desks):
    made(desk)
    desk.session.navigation.next()
    key = f"unfinished on image {desk.project.images()[0].id}"
    [row] = desk.project.setting(key)
    other = Mask.from_region(Region(2, 2, np.ones((4, 4), np.bool_), (10, 10)))
    desk.project.set_setting(key, [{**row, "size": [10, 10], "counts": other.counts}])
    assert not desks.again(desk).session.editor.draft.is_live


def test_a_click_on_another_photo_of_that_name_is_left_out_and_told(desk, desks):
    """It would lie elsewhere, or outside."""
    desk.predictor().hold()
    desk.session.editor.point(40, 30)
    assert desk.session.editor.is_waiting
    desk.session.navigation.leave()
    desk.predictor().release()
    [key] = desk.project.settings.keys(waiting._SETTING)
    [row] = desk.project.setting(key)
    assert not row["counts"]
    assert desks.again(desk).session.editor.draft.is_live
    desk.project.set_setting(key, [{**row, "size": [480, 640]}])
    again = desks.again(desk)
    assert not again.session.editor.draft.is_live
    assert "What waited here is left out: the image has another size now." in again.notices()


def test_no_more_are_kept_than_anybody_finishes(desk):
    for number in range(_MOST + 5):
        desk.session.painter.stroke(Stroke(((5.0 + number % 50, 20.0),), 2))
        desk.session.navigation.leave()
    assert len(desk.project.setting(f"unfinished on image {desk.project.images()[0].id}")) == _MOST


def test_of_what_waits_on_images_left_long_ago_only_what_is_on_the_disk_is_kept(desk, monkeypatch):
    monkeypatch.setattr(waiting, "_AT_HAND", 2)
    masks = []
    for number in range(4):
        desk.open(number)
        desk.click(30 + number, 20)
        masks.append(desk.session.editor.proposal.mask)
    desk.open(4)
    at_hand = desk.session.drafts._waiting._waiting.values()
    assert [type(each).__name__ for [each] in (there for there in at_hand if there)] == [
        "_Row",
        "_Row",
        "Draft",
        "Draft",
    ]
    for number in range(4):
        desk.open(number)
        assert desk.session.editor.proposal.mask == masks[number]
    assert any("A mask waits here" in each for each in desk.notices())
