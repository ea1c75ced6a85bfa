"""The undo of thousands of changes, in steps."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from app.problem import Problem
from app.project.history import journal
from app.project.records import Category, ChangeSet
from app.work import Work
from tests.project.conftest import an_object, dot
from tests.project.test_store import fresh, rows


@pytest.fixture
def short_is_long(monkeypatch):
    monkeypatch.setattr(journal, "_LONG", 4)
    monkeypatch.setattr(journal, "_HUGE", 4)
    monkeypatch.setattr(journal, "_AT_ONCE", 3)


def work(project, dice: random.Random, changes: int = 40) -> None:
    """One step that adds, changes and deletes, the same rows several times."""
    image = project.images()[0]
    with project.step("Much") as step:
        category = step.add(Category(0, f"class {dice.random()}", "#aabbcc"))
        there = [step.add(an_object(image.id, category.id)) for _ in range(5)]
        for _ in range(changes):
            what = dice.randrange(4)
            if what == 0 or not there:
                there.append(step.add(an_object(image.id, category.id, mask=dot(dice.randrange(8), 2))))
            elif what == 1:
                step.delete(there.pop(dice.randrange(len(there))))
            elif what == 2:
                there[0] = replace(there[0], z_order=dice.randrange(100))
                step.put(there[0])
            else:
                step.put(replace(image, status=dice.choice(["open", "done", "review"])))


def steps_of(project, *, redo: bool = False) -> Work[None]:
    long = project.steps.long_replay(redo=redo)
    assert long is not None
    return project.steps.replay(long)


def run(project, *, redo: bool = False) -> list[tuple[int, int]]:
    return list(steps_of(project, redo=redo))


@pytest.mark.parametrize("seed", range(8))
def test_steps_do_what_undo_and_redo_do_at_once(project, short_is_long, seed):
    dice = random.Random(seed)
    states = [rows(project)]
    for _ in range(3):
        work(project, dice)
        states.append(rows(project))
    for expected in reversed(states[:-1]):
        told = run(project)
        assert rows(project) == fresh(project) == expected
        assert told[0][0] == 0
        assert all(done < total for done, total in told)
        assert len(told) > 3
    assert project.steps.long_replay() is None
    assert project.undo() is None
    for number, expected in enumerate(states[1:]):
        if number % 2:
            run(project, redo=True)
        else:
            assert project.redo() is not None
        assert rows(project) == fresh(project) == expected
    for expected in reversed(states[:-1]):
        assert project.undo() is not None
        assert rows(project) == expected


def test_closed_before_its_end_it_changes_nothing(project, short_is_long):
    work(project, random.Random(1))
    before = rows(project)
    for taken in (0, 1, 4):
        steps = steps_of(project)
        for _ in range(taken):
            next(steps)
        steps.close()
        assert rows(project) == fresh(project) == before
        assert project.undo_label == "Much"
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    assert project.undo() is not None
    run(project)


def test_a_short_step_is_no_long_work(project):
    work(project, random.Random(1))
    assert project.steps.long_replay() is None
    assert project.steps.long_replay(redo=True) is None


def test_it_is_told_to_those_who_listen(project, short_is_long):
    work(project, random.Random(1))
    told: list[ChangeSet] = []
    project.subscribe(told.append)
    counts = project.statistics.annotation_counts()
    assert sum(counts.values())
    long = project.steps.long_replay()
    assert (long.name, long.redo) == ("Much", False)
    run(project)
    assert told == [ChangeSet("Much")]
    assert not sum(project.statistics.annotation_counts().values())


def test_what_reading_an_image_tells_is_kept_with_it(project, short_is_long):
    work(project, random.Random(1))
    image = project.images()[0]
    steps = steps_of(project)
    next(steps)
    project.image_table.note(image.id, width=8, height=6)
    list(steps)
    assert (project.image(image.id).width, fresh(project)["images"][0].width) == (8, 8)


def test_nobody_changes_anything_in_the_middle(project, short_is_long):
    work(project, random.Random(1))
    steps = steps_of(project)
    next(steps)
    with pytest.raises(RuntimeError, match="inside another step"), project.step("Accept mask"):
        pass
    list(steps)


def test_a_damaged_journal_is_one_sentence_and_changes_nothing(project, short_is_long):
    work(project, random.Random(1))
    project.file.db.execute("UPDATE journal SET before = '{\"id\": 1}' WHERE id = (SELECT min(id) FROM journal)")
    before = rows(project)
    with pytest.raises(Problem, match="damaged"):
        run(project)
    assert rows(project) == fresh(project) == before


@pytest.mark.parametrize("redo", [False, True])
def test_what_is_not_the_last_step_any_more_is_left_alone(project, short_is_long, redo):
    work(project, random.Random(1))
    if redo:
        run(project)
    long = project.steps.long_replay(redo=redo)
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    before = rows(project)
    with pytest.raises(Problem, match="changed meanwhile"):
        list(project.steps.replay(long))
    assert rows(project) == fresh(project) == before
    assert project.undo_label == "Accept mask"
