"""What was done to an image, and its objects as they were then."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing

import pytest
from msgspec.structs import replace

from app.problem import Problem
from app.project.history.restore import bring_back, past_of
from app.project.records import Annotation, Category
from app.project.store import Project
from tests.project.conftest import an_object, dot


def _work(project: Project, chance: random.Random) -> None:
    """One random step, undo or redo."""
    images = [image.id for image in project.images()]
    objects = list(project.annotation_table.all())
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
    ids = [step.id for image in project.images() for step in project.history.steps_of(image.id)]
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
    in_force = {0} | {step.id for image in project.images() for step in project.history.steps_of(image.id)}
    assert len(in_force) > 5
    for step_id in in_force:
        then = {image.id: project.history.annotations_as_of(image.id, step_id) for image in project.images()}
        assert then == seen[step_id]


def test_steps_tell_what_they_did_the_newest_first_and_without_what_was_undone(project):
    first, second = (image.id for image in project.images()[:2])
    with project.step("Accept mask") as step:
        made = step.add(an_object(first))
    with project.step("Accept mask") as step:
        step.add(an_object(second))
    with project.step("Delete object") as step:
        step.delete(made)
    deleted, accepted = project.history.steps_of(first)
    assert (deleted.name, deleted.changes[0].before, deleted.changes[0].after) == ("Delete object", made, None)
    assert (accepted.name, accepted.changes[0].after, bool(accepted.author)) == ("Accept mask", made, True)
    project.undo()
    assert project.history.steps_of(first) == [accepted]


def test_a_damaged_journal_is_told_in_one_sentence(project):
    image = project.images()[0]
    with project.step("Accept mask") as step:
        step.add(an_object(image.id))
    with closing(sqlite3.connect(project.path)) as db:
        db.execute("UPDATE journal SET after = '{'")
        db.commit()
    with pytest.raises(Problem, match="damaged"):
        project.history.steps_of(image.id)


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
        project.history.steps_of(image.id)


def test_a_change_in_the_middle_of_reading_is_not_seen(project):
    """Another connection undoes between the reading of the objects and of the journal."""
    image = project.images()[0]
    with project.step("Accept mask") as step:
        step.add(an_object(image.id))
    with closing(Project.sibling_of(project.path, read_only=True)) as reader:
        once = iter([project.undo])
        reader.file.db.set_trace_callback(lambda sql: "FROM journal" in sql and [undo() for undo in once])
        assert reader.history.annotations_as_of(image.id, 0) == []
        reader.file.db.set_trace_callback(None)
    assert project.annotations(image.id) == []


# --- bringing back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_what_was_is_brought_back_in_one_step_and_can_be_undone(project, seed):
    chance = random.Random(seed)
    seen: dict[int, dict[int, list[Annotation]]] = {}
    for _ in range(40):
        _work(project, chance)
        seen[_last_step(project)] = _state(project)
    image_id = project.images()[0].id
    for step_id, then in seen.items():
        if step_id not in {step.id for step in project.history.steps_of(image_id)}:
            continue
        now = project.annotations(image_id)
        done = bring_back(project, past_of(project, image_id, step_id))
        assert project.annotations(image_id) == then[image_id]
        assert len(now) + done.came - done.went >= len(then[image_id])
        if done.changes.changes:
            assert project.undo_label == "Bring back the objects"
            project.undo()
        assert project.annotations(image_id) == now


def test_one_object_is_brought_back_and_the_others_stay(project):
    image = project.images()[0]
    with project.step("Accept mask") as step:
        first, second = step.add(an_object(image.id)), step.add(an_object(image.id))
    then = past_of(project, image.id, step.id)
    with project.step("Delete objects") as step:
        step.delete(first)
        step.delete(second)
    with project.step("Accept mask") as step:
        third = step.add(an_object(image.id))
    done = bring_back(project, then, only=[second.id])
    assert project.annotations(image.id) == [second, third]
    assert (str(done), project.undo_label) == ("Brought back 1 object.", "Bring back the object")
    assert str(bring_back(project, then)) == "Brought back 1 object, 1 object that came later went."
    assert str(bring_back(project, then)) == "Nothing is different from then."


@pytest.mark.parametrize("name", [None, "Cat"])
def test_a_deleted_class_comes_back_with_its_object_unless_one_has_its_name(project, name):
    image = project.images()[0]
    with project.step("Accept mask") as step:
        cat, dog = step.add(Category(0, "cat", "#ff0000")), step.add(Category(0, "dog", "#00ff00"))
        made = step.add(an_object(image.id, cat.id))
    then = past_of(project, image.id, step.id)
    for category in (cat, dog):
        with project.step("Delete class") as step:
            step.delete(category)
    others = []
    if name is not None:
        with project.step("Add class") as step:
            others = [step.add(Category(0, name, "#0000ff"))]
    assert past_of(project, image.id, then.step_id).categories == (cat, dog)
    bring_back(project, then)
    assert project.categories() == (others or [cat])
    assert project.annotations(image.id) == [replace(made, category_id=(others or [cat])[0].id)]


def test_who_made_an_object_is_told_also_when_it_is_gone(project):
    first, second = project.images()[:2]
    with project.step("Accept mask") as step:
        made = step.add(an_object(first.id))
    with project.step("Move") as step:
        step.put(replace(made, image_id=second.id))
    with project.step("Delete object") as step:
        step.delete(made)
    assert project.history.origins(first.id)[made.id].name == "Accept mask"
    project.undo()
    bring_back(project, past_of(project, first.id, 1))
    assert project.history.origins(first.id)[made.id].name == "Accept mask"


def test_history_of_one_image_does_not_read_the_whole_journal(project):
    """By an index: what the others have is not looked at."""
    first, second = project.images()[:2]
    with project.step("Import") as step:
        for _ in range(3000):
            step.add(an_object(second.id))
    with project.step("Accept mask") as step:
        step.add(an_object(first.id))
    operations = []
    project.file.db.set_progress_handler(lambda: operations.append(1), 100)
    assert len(project.history.steps_of(first.id)) == len(project.history.origins(first.id)) == 1
    assert len(project.history.touches_of(first.id)) == 1
    project.history.annotations_as_of(first.id, 1), project.history.categories_as_of(1)
    project.file.db.set_progress_handler(None, 0)
    assert len(operations) < 20
