"""What was done to an image, and its objects as they were then."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from app.problem import Problem
from app.project.records import Annotation
from app.project.store import Project
from tests.project.conftest import an_object, dot


def _work(project: Project, chance: random.Random) -> None:
    """One random step, undo or redo."""
    images = [image.id for image in project.images()]
    objects = list(project.iter_annotations())
    what = chance.choice(["add", "add", "import", "change", "change", "move", "delete", "undo", "redo"])
    if what == "undo":
        project.undo()
    elif what == "redo":
        project.redo()
    elif what in ("add", "import") or not objects:
        with project.step(what) as step:
            for _ in range(5 if what == "import" else 1):
                step.add(an_object(chance.choice(images), mask=dot(chance.randrange(8))))
    else:
        with project.step(what) as step:
            _change(step, what, chance.choice(objects), chance.choice(images), chance)


def _change(step, what: str, an_object: Annotation, image_id: int, chance: random.Random) -> None:
    if what == "delete":
        step.delete(an_object)
    elif what == "move":
        step.put(replace(an_object, image_id=image_id))
    else:
        step.put(replace(an_object, mask=dot(chance.randrange(8)), clicks=chance.randrange(9)))


def _last_step(project: Project) -> int:
    ids = [step.id for image in project.images() for step in project.steps_of(image.id)]
    return max(ids, default=0)


def _state(project: Project) -> dict[int, list[Annotation]]:
    return {image.id: project.annotations(image.id) for image in project.images()}


@pytest.mark.parametrize("seed", range(10))
def test_the_objects_as_of_a_step_are_those_that_were_there_after_it(project, seed):
    chance = random.Random(seed)
    seen = {0: _state(project)}
    for _ in range(60):
        _work(project, chance)
        seen[_last_step(project)] = _state(project)
    in_force = {0} | {step.id for image in project.images() for step in project.steps_of(image.id)}
    assert len(in_force) > 5
    for step_id in in_force:
        then = {image.id: project.annotations_as_of(image.id, step_id) for image in project.images()}
        assert then == seen[step_id]


def test_steps_tell_what_they_did_the_newest_first_and_without_what_was_undone(project):
    first, second = (image.id for image in project.images()[:2])
    with project.step("Accept mask") as step:
        made = step.add(an_object(first))
    with project.step("Accept mask") as step:
        step.add(an_object(second))
    with project.step("Delete object") as step:
        step.delete(made)
    deleted, accepted = project.steps_of(first)
    assert (deleted.name, deleted.changes[0].before, deleted.changes[0].after) == ("Delete object", made, None)
    assert (accepted.name, accepted.changes[0].after, bool(accepted.author)) == ("Accept mask", made, True)
    project.undo()
    assert project.steps_of(first) == [accepted]


def test_a_damaged_journal_is_told_in_one_sentence(project):
    image = project.images()[0]
    with project.step("Accept mask") as step:
        step.add(an_object(image.id))
    with closing(sqlite3.connect(project.path)) as db:
        db.execute("UPDATE journal SET after = '{'")
        db.commit()
    with pytest.raises(Problem, match="damaged"):
        project.steps_of(image.id)


@pytest.mark.parametrize(
    "time", ["never", "", "2026-11-24T01:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
)
def test_a_step_of_no_time_is_told_in_one_sentence(project, time):
    image = project.images()[0]
    with project.step("Accept mask") as step:
        step.add(an_object(image.id))
    with closing(sqlite3.connect(project.path)) as db:
        db.execute("UPDATE step SET time = ?", (time,))
        db.commit()
    with pytest.raises(Problem, match="damaged"):
        project.steps_of(image.id)


def test_a_change_in_the_middle_of_reading_is_not_seen(project):
    """Another connection undoes between the reading of the objects and of the journal."""
    image = project.images()[0]
    with project.step("Accept mask") as step:
        step.add(an_object(image.id))
    with closing(Project.sibling_of(project.path, read_only=True)) as reader:
        once = iter([project.undo])
        reader._db.set_trace_callback(lambda sql: "FROM journal" in sql and [undo() for undo in once])
        assert reader.annotations_as_of(image.id, 0) == []
        reader._db.set_trace_callback(None)
    assert project.annotations(image.id) == []
