"""One step taken back in the middle: all is as if it had never been, or it is refused with a sentence."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from app.problem import Problem
from app.project.history import journal
from app.project.records import Category, ChangeSet
from app.project.steps import LongReplay
from app.project.store import Project
from app.work import Work
from tests.project.conftest import an_object, dot
from tests.project.test_store import fresh, rows

Act = Callable[[Project, journal.Step], None]


def did(project, *acts: Act, name: str = "Some step") -> int:
    with project.step(name) as step:
        for act in acts:
            act(project, step)
    assert step.id is not None
    return step.id


def add(number: int, category_id: int | None = None, image: int = 0) -> Act:
    return lambda p, s: (
        s.add_all([replace(an_object(p.images()[image].id, category_id, mask=dot(number % 8, image)), id=number)]),
        None,
    )[1]


def change(number: int, **values) -> Act:
    return lambda p, s: s.put(replace(_there(p.annotation(number)), **values))


def delete(number: int) -> Act:
    return lambda p, s: s.delete(_there(p.annotation(number)))


def add_class(number: int, name: str) -> Act:
    return lambda _, s: (s.add(Category(number, name, "#aabbcc")), None)[1]


def rename(number: int, name: str) -> Act:
    return lambda p, s: s.put(replace(_class(p, number), name=name))


def delete_class(number: int) -> Act:
    return lambda p, s: s.delete(_class(p, number))


def mark(image: int, status: str) -> Act:
    return lambda p, s: s.put(replace(p.images()[image], status=status))


def _there(record):
    if record is None:
        raise KeyError("It is not there.")
    return record


def _class(project, number):
    return _there(next((c for c in fresh_classes(project) if c.id == number), None))


# --- by dice -----------------------------------------------------------------------------------------------------


class ByDice:
    """Steps by dice. Each act changes something when it is first done, so that none is left out by chance."""

    def __init__(self, project, dice: random.Random) -> None:
        self.project, self.dice = project, dice
        self.next_id = 1
        self.steps: list[list[Act]] = []

    def run(self, steps: int) -> list[int]:
        return [self._step() for _ in range(steps)]

    def _step(self) -> int:
        acts: list[Act] = []
        self.steps.append(acts)
        with self.project.step(f"Step {len(self.steps)}") as step:
            for _ in range(self.dice.choice([1, 1, 2, 4])):
                act = self._act()
                act(self.project, step)
                acts.append(act)
        assert step.id is not None
        return step.id

    def _id(self) -> int:
        self.next_id += 1
        return self.next_id

    def _act(self) -> Act:
        objects = list(self.project.annotation_table.all())
        classes = [c.id for c in fresh_classes(self.project)]
        made = [
            lambda: add(self._id(), self.dice.choice([None, *classes]), self.dice.randrange(3)),
            lambda: add_class(self._id(), f"class {self.next_id}"),
        ]
        if objects:
            one = self.dice.choice(objects)
            others = [c for c in (None, *classes) if c != one.category_id]
            made += [
                lambda: change(one.id, hidden=not one.hidden),
                lambda: change(one.id, z_order=one.z_order + 1),
                lambda: change(one.id, mask=dot((one.mask.bbox[0] + 1) % 8, 4), clicks=one.clicks + 1),
                lambda: delete(one.id),
            ]
            if others:
                made.append(lambda: change(one.id, category_id=self.dice.choice(others)))
        if classes:
            made += [
                lambda: rename(self.dice.choice(classes), f"renamed {self._id()}"),
                lambda: delete_class(self.dice.choice(classes)),
            ]
        image = self.dice.randrange(3)
        status = self.dice.choice([s for s in ("open", "done", "review") if s != self._status(image)])
        made.append(lambda: mark(image, status))
        return self.dice.choice(made)()

    def _status(self, image: int) -> str:
        path = self.project.images()[image].path
        return self.project.file.db.execute("SELECT status FROM image WHERE path = ?", (path,)).fetchone()[0]


def fresh_classes(project) -> list[Category]:
    """Those of the file, in the middle of a step too."""
    project.category_table.forget()
    return project.categories()


@pytest.fixture
def without(folder):
    """The same images again, for what would be if a step had never been."""
    made = Project.create(folder.parent / "without.maskwright", folder)
    for _ in made.folder.scan():
        pass
    yield made
    made.close()


def told(project) -> dict[str, list]:
    project.refresh()
    return rows(project)


@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8, 150))])
def test_all_is_as_if_the_step_had_never_been_or_it_is_refused(project, without, seed):
    dice = random.Random(seed)
    work = ByDice(project, dice)
    ids = work.run(dice.randrange(2, 12))
    taken = dice.randrange(len(ids))
    before = rows(project)
    reason = project.steps.in_the_way(ids[taken])
    assert rows(project) == fresh(project) == before
    if reason:
        refusal(project, ids[taken])
        return
    project.steps.take_back(ids[taken])
    after = rows(project)
    for number, acts in enumerate(work.steps):
        if number != taken:
            did(without, *acts)
            without.refresh()
    assert after == fresh(project) == told(without)
    back, again = (project.redo, project.undo) if taken == len(ids) - 1 else (project.undo, project.redo)
    back()
    assert rows(project) == fresh(project) == before
    again()
    assert rows(project) == fresh(project) == after
    while project.undo() is not None:
        pass
    assert project.statistics.counts() == {"image": 3, "category": 0, "annotation": 0}


def test_dice_take_back_and_refuse_both(project):
    """Neither is so rare that the test above says nothing."""
    ids = ByDice(project, random.Random(4)).run(40)
    possible = sum(project.steps.in_the_way(step_id) == "" for step_id in ids)
    assert 5 <= possible <= 35


# --- one by one --------------------------------------------------------------------------------------------------


@pytest.fixture
def worked(project):
    """Two classes, and three objects of the first one."""
    did(project, add_class(1, "car"), add_class(2, "dog"))
    did(project, add(1, 1), add(2, 1), add(3, 1, image=1))
    return project


def refusal(project, step_id: int) -> str:
    before, label = rows(project), project.undo_label
    with pytest.raises(Problem) as problem:
        project.steps.take_back(step_id)
    assert rows(project) == fresh(project) == before
    assert project.undo_label == label
    assert str(problem.value) == f"Not taken back. {project.steps.in_the_way(step_id)}"
    return project.steps.in_the_way(step_id)


def test_a_deletion_in_the_middle_is_taken_back_and_what_came_later_stays(worked):
    deleted = did(worked, delete(1), name="Delete object")
    did(worked, add(7, 1), name="Accept mask")
    changes = worked.steps.take_back(deleted)
    assert [a.id for a in worked.annotation_table.all()] == [1, 2, 7, 3]
    assert changes.name == worked.undo_label == "Take back “Delete object”"
    assert [(c.before, c.after.id) for c in changes.changes] == [(None, 1)]
    worked.undo()
    assert [a.id for a in worked.annotation_table.all()] == [2, 7, 3]
    assert worked.undo_label == "Accept mask"


def test_the_last_step_is_undone_and_can_be_redone(worked):
    deleted = did(worked, delete(1), name="Delete object")
    worked.steps.take_back(deleted)
    assert worked.redo_label == "Delete object"
    assert worked.steps.name_of(deleted) is None


def test_the_last_step_in_force_is_undone_too(worked):
    deleted = did(worked, delete(1), name="Delete object")
    did(worked, add(7, 1), name="Accept mask")
    worked.undo()
    worked.steps.take_back(deleted)
    worked.redo()
    worked.redo()
    assert [a.id for a in worked.annotation_table.all()] == [2, 7, 3]


def test_a_step_is_taken_back_once(worked):
    deleted = did(worked, delete(1), name="Delete object")
    did(worked, add(7, 1))
    worked.steps.take_back(deleted)
    assert refusal(worked, deleted) == "“Take back “Delete object”” came later and changed the same object."
    worked.undo()
    assert worked.steps.in_the_way(deleted) == ""


def test_what_was_undone_cannot_be_taken_back(worked):
    deleted = did(worked, delete(1))
    worked.undo()
    with pytest.raises(Problem, match="taken back already"):
        worked.steps.take_back(deleted)
    assert worked.steps.in_the_way(deleted) == "That step was taken back already."
    did(worked, delete(2))  # clears it
    assert worked.steps.name_of(deleted) is None


def test_columns_that_were_not_touched_stay_as_they_became(worked):
    gone = did(worked, delete_class(1), name="Delete class")
    did(worked, change(1, hidden=True), name="Hide object")
    did(worked, change(2, mask=dot(5, 5)), name="Refine mask")
    worked.steps.take_back(gone)
    assert [(a.category_id, a.hidden) for a in worked.annotation_table.all()] == [(1, True), (1, False), (1, False)]
    assert worked.annotation(2).mask == dot(5, 5)


def test_what_changed_the_same_is_in_the_way_though_it_went_back(worked):
    changed = did(worked, change(1, category_id=2), name="Change class")
    did(worked, change(1, category_id=None), name="Delete class")
    did(worked, change(1, category_id=2))
    assert refusal(worked, changed) == "“Delete class” came later and changed the same object."


def test_a_mask_is_one_thing(worked):
    refined = did(worked, change(1, mask=dot(5, 5)), name="Refine mask")
    did(worked, change(1, clicks=9), name="Refine mask")
    assert "changed the same object" in refusal(worked, refined)


def test_what_was_changed_later_is_not_thrown_away(worked):
    made = did(worked, add(7, 1), add(8, 1), name="Accept 2 masks")
    did(worked, change(7, hidden=True), name="Hide object")
    assert refusal(worked, made) == "“Hide object” came later and changed the same object."


def test_a_class_in_use_stays(worked):
    made = did(worked, add_class(5, "cat"), add(7, 5), name="Accept mask")
    did(worked, add(8, 5), name="Accept mask")
    assert refusal(worked, made) == "Objects that came later have the class that it made."
    did(worked, delete(8))
    worked.steps.take_back(made)
    assert [c.id for c in worked.categories()] == [1, 2]


def test_an_object_does_not_come_back_without_its_class(worked):
    deleted = did(worked, delete(1), name="Delete object")
    did(worked, delete_class(1), name="Delete class")
    assert refusal(worked, deleted) == "The class of an object was deleted later."


def test_two_classes_do_not_get_one_name(worked):
    gone = did(worked, delete_class(1), name="Delete class")
    did(worked, add_class(9, "Car"), name="Add class")
    assert refusal(worked, gone) == "There is another class named car by now."
    renamed = did(worked, rename(9, "lorry"), name="Rename class")
    worked.steps.take_back(gone)
    assert refusal(worked, renamed) == "There is another class named Car by now."


def test_two_classes_that_had_one_name_may_have_it_again(worked):
    did(worked, add_class(9, "car"))
    gone = did(worked, delete_class(9))
    did(worked, add(7, 1))
    worked.steps.take_back(gone)
    assert [c.name for c in worked.categories()] == ["car", "dog", "car"]


def test_what_another_program_did_to_a_row_is_not_overwritten(worked):
    hidden = did(worked, change(1, hidden=True))
    did(worked, change(2, hidden=True))
    worked.file.db.execute("UPDATE annotation SET hidden = 0 WHERE id = 1")
    worked.refresh()
    with pytest.raises(Problem, match="not as it left it"):
        worked.steps.take_back(hidden)


def test_a_read_only_project_refuses(worked):
    deleted = did(worked, delete(1))
    reading = Project.sibling_of(worked.path, read_only=True)
    try:
        with pytest.raises(Problem, match="read"):
            reading.steps.take_back(deleted)
    finally:
        reading.close()


# --- long ones ---------------------------------------------------------------------------------------------------


@pytest.fixture
def short_is_long(monkeypatch):
    monkeypatch.setattr(journal, "_LONG", 4)
    monkeypatch.setattr(journal, "_HUGE", 4)


def much(project) -> int:
    return did(project, *(add(number, 2) for number in range(100, 350)), add_class(30, "x"), name="Much")


def taking_back(project, step_id: int) -> Work[None]:
    long = project.steps.long_taking_back(step_id)
    assert long == LongReplay(step_id, "Much", redo=False, is_taken_back=True, is_huge=True)
    return project.steps.replay(long)


def test_a_long_step_in_the_middle_is_taken_back_in_steps(worked, short_is_long):
    before = rows(worked)
    step_id = much(worked)
    did(worked, change(1, hidden=True))
    told: list[ChangeSet] = []
    worked.subscribe(told.append)
    assert len(list(taking_back(worked, step_id))) == 6
    assert told == [ChangeSet("Much")]
    worked.undo()
    worked.undo()
    worked.undo()
    assert rows(worked) == fresh(worked) == before


def test_a_long_step_that_is_the_last_one_is_undone(worked, short_is_long):
    step_id = much(worked)
    list(taking_back(worked, step_id))
    assert worked.redo_label == "Much"


def test_a_long_one_that_is_cancelled_or_refused_changes_nothing(worked, short_is_long):
    step_id = much(worked)
    did(worked, change(120, hidden=True), name="Hide object")
    before = rows(worked)
    under_way = taking_back(worked, step_id)
    next(under_way)
    next(under_way)
    under_way.close()
    assert rows(worked) == fresh(worked) == before
    assert worked.steps.in_the_way(step_id) == ""  # of a long one it is found out when it is done
    with pytest.raises(Problem, match="Hide object"):
        list(taking_back(worked, step_id))
    assert rows(worked) == fresh(worked) == before
    assert worked.undo_label == "Hide object"


def test_a_short_step_is_no_long_work(worked):
    assert worked.steps.long_taking_back(did(worked, delete(1))) is None
