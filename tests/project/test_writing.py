"""Many writers of one project in this program, and many objects at once."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from statistics import median
from threading import Event, Thread

import pytest
from msgspec.structs import replace

from app.problem import Problem
from app.project import write_queue
from app.project.records import Annotation, Category, Change, ImageRecord
from app.project.rows import TABLES
from app.project.store import Project
from tests.project.conftest import an_object, dot

MANY = 300


@pytest.fixture
def importing(project):
    """Another thread that writes one transaction after the other. Counts them."""
    stop, begun, ends = Event(), Event(), []

    def work() -> None:
        with closing(Project.sibling_of(project.path, read_only=False)) as sibling, sibling.steps.in_bulk():
            into = None
            while not stop.is_set():
                with sibling.step("Import", into=into) as step:
                    step.add_all([an_object(sibling.images()[0].id) for _ in range(20)])
                into = step.id
                ends.append(1)
                begun.set()

    thread = Thread(target=work)
    thread.start()
    assert begun.wait(10)
    yield ends
    stop.set()
    thread.join()
    assert project.file.db.execute("PRAGMA integrity_check").fetchall()[0][0] == "ok"


@pytest.mark.serial
def test_who_waits_is_next(project, importing):
    """Not the one that has just had its turn: an accepted mask would wait for seconds beside an import."""
    image, passed = project.images()[0], []
    for _ in range(50):
        before = len(importing)
        with project.step("Accept mask") as step:
            passed.append(len(importing) - before)
            step.add(an_object(image.id))
    assert median(passed) <= 2  # the one of the moment, and one that ended as we asked
    assert len(importing) > 25  # nor is the import kept out


def test_log_is_left_to_the_import_and_stays_short(project, importing):
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    assert project.file.queue.in_bulk
    while len(importing) < 400:  # of 20 pages or more
        with project.step("Accept mask") as step:
            step.add(an_object(project.images()[0].id))
    log = project.path.with_name(project.path.name + "-wal")
    assert log.stat().st_size < 3 * write_queue._BULK_BYTES


def failing(project: Project) -> None:
    with project.step("Import") as step:
        step.add(an_object(project.images()[0].id))
    raise Problem("the file ends here")


def noting(project: Project, image: ImageRecord) -> None:
    project.image_table.note(image.id, width=7, height=9)
    project.set_setting("seen", 1)
    raise Problem("the file ends here")


def test_all_is_on_the_disk_when_the_import_has_ended(project):
    """SQLite waits for the disk when it writes; what was not different would write nothing."""
    log = project.path.with_name(project.path.name + "-wal")
    with closing(Project.sibling_of(project.path, read_only=True)) as reader:
        reader.file.db.execute("BEGIN")
        reader.statistics.counts()  # holds the log as it is
        with project.steps.in_bulk(), project.step("Import") as step:
            step.add(an_object(project.images()[0].id))
            inside = log.stat().st_size
        written = log.stat().st_size
        with project.file.writer.bulk():
            pass
        assert written > inside
        assert log.stat().st_size > written


@pytest.mark.slow
def test_log_stays_short_whatever_the_first_transactions_were(project):
    """They add a class, or note a size."""
    log, image = project.path.with_name(project.path.name + "-wal"), project.images()[0]
    with project.steps.in_bulk():
        for number in range(30):
            project.set_setting("seen", number)
        into = None
        for _ in range(60):
            with project.step("Import", into=into) as step:
                step.add_all([an_object(image.id, attributes={"text": "x" * 500}) for _ in range(1000)])
            into = step.id
    assert log.stat().st_size < 4 * write_queue._BULK_BYTES


def test_bulk_that_cannot_begin_leaves_nothing_behind(project):
    with pytest.raises(Problem), project.step("Import"):
        begun_inside(project)
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    assert not project.file.queue.in_bulk


def begun_inside(project: Project) -> None:
    with pytest.raises(sqlite3.OperationalError), project.steps.in_bulk():
        pass
    raise Problem("no")


def test_undo_inside_a_step_is_a_bug_that_is_told(project):
    with project.step("One") as step:
        step.add(an_object(project.images()[0].id))
    with project.step("Two") as step:
        step.add(an_object(project.images()[0].id))
        for replay in (project.undo, project.redo):
            with pytest.raises(RuntimeError, match="inside a step"):
                replay()
    assert project.statistics.counts()["annotation"] == 2


def test_interrupt_while_waiting_takes_nobody_s_turn(monkeypatch):
    class Interrupted:
        def acquire(self, timeout: float) -> bool:
            raise KeyboardInterrupt

    turns = write_queue.WriteQueue()
    now, turns._now = turns._now, Interrupted()
    with pytest.raises(KeyboardInterrupt), turns.taken():
        pass
    turns._now = now
    monkeypatch.setattr(write_queue, "_PATIENCE_S", 0.0)
    with turns.taken():
        assert turns._now.locked()


def test_after_the_import_all_is_as_before(project):
    settings = ("synchronous", "temp_store")
    with closing(Project.sibling_of(project.path, read_only=False)) as sibling:
        before = [sibling.file.db.execute(f"PRAGMA {name}").fetchone()[0] for name in settings]
        with pytest.raises(Problem), sibling.steps.in_bulk():
            failing(sibling)
        assert [sibling.file.db.execute(f"PRAGMA {name}").fetchone()[0] for name in settings] == before
        with project.step("Accept mask") as step:
            step.add(an_object(project.images()[0].id))
        assert not project.file.queue.in_bulk
        assert sibling.statistics.counts()["annotation"] == 2


def test_turn_that_never_ends_is_told_and_not_waited_for(project, monkeypatch):
    monkeypatch.setattr(write_queue, "_PATIENCE_S", 0.05)
    with closing(Project.sibling_of(project.path, read_only=False)) as sibling:
        sibling.file.db.execute("PRAGMA busy_timeout = 50")
        with project.step("Long"), pytest.raises(Problem, match="another program is writing"), sibling.step("Short"):
            pass
        with sibling.step("Short") as step:
            step.add(an_object(sibling.images()[0].id))


def test_projects_do_not_wait_for_each_other(project, tmp_path):
    (tmp_path / "others").mkdir()
    with closing(Project.create(tmp_path / "other.maskwright", tmp_path / "others")) as other:
        with project.step("One"), other.step("Two") as step:
            step.add(Category(0, "cat", "#123456"))
        assert other.statistics.counts()["category"] == 1


def test_what_is_noted_inside_a_step_goes_back_with_it(project):
    image = project.images()[0]
    with pytest.raises(Problem), project.step("Import"):
        noting(project, image)
    project.refresh()
    assert project.setting("seen") is None
    assert project.image(image.id).width is None


# --- many objects at once --------------------------------------------------------------------------------------------


def some_objects(project: Project, dice: random.Random) -> list[Annotation]:
    """Half of them with nothing but a mask, an image and perhaps a class; others with something else."""
    with project.step("Class") as step:
        cat = step.add(Category(0, "cat", "#123456"))
    ids = dice.sample(range(1, 10**6), MANY)
    return [
        Annotation(
            number, dice.choice(project.images()).id, dice.choice([None, cat.id]), dot(dice.randrange(8)),
            **dice.choice([
                {}, {}, {}, {"iscrowd": True}, {"z_order": -3}, {"hidden": True}, {"attributes": {"a": "'b\""}},
                {"provenance": {"model": "x"}}, {"clicks": 3}, {"milliseconds": 8}, {"extra": {"猫": [1, None]}},
            ]),
        )
        for number in ids
    ]  # fmt: skip


def test_many_at_once_are_as_one_after_the_other(project):
    objects = some_objects(project, random.Random(1))
    with project.step("Import") as step:
        step.add_all(objects)
    assert step.changes.changes == tuple(Change(None, each) for each in objects)
    expected = sorted(objects, key=lambda each: (each.image_id, each.id))
    assert list(project.annotation_table.all()) == expected
    project.undo()
    assert list(project.annotation_table.all()) == []
    project.redo()
    assert list(project.annotation_table.all()) == expected


def test_what_is_as_usual_is_not_journaled_and_known_all_the_same(project):
    objects = some_objects(project, random.Random(2))
    with project.step("Import") as step:
        step.add_all(objects)
    entries = [row[0] for row in project.file.db.execute("SELECT after FROM journal WHERE kind = 'annotation'")]
    assert 0 < sum("z_order" not in entry for entry in entries) < MANY
    changed = [replace(each, mask=dot(7), z_order=4) for each in objects[:50]]
    with project.step("Edit") as edit:
        for each in changed:
            edit.put(each)
    for image in project.images():
        there = sorted((each for each in objects if each.image_id == image.id), key=lambda each: each.id)
        assert project.history.annotations_as_of(image.id, step.id) == there
        assert {
            each.after.id for past in project.history.steps_of(image.id) if past.id == step.id for each in past.changes
        } == {each.id for each in there}
    project.undo()
    assert sorted(project.annotation_table.all(), key=lambda each: each.id) == sorted(objects, key=lambda each: each.id)


def test_usual_values_are_those_of_an_object_that_says_nothing():
    from app.project.rows import row_of

    table = TABLES["annotation"]
    row = row_of(an_object(1))
    assert {column: row[column] for column in table.usual} == table.usual


def test_id_that_is_taken_takes_all_of_them_back(project):
    image = project.images()[0]
    with project.step("Accept mask") as step:
        there = step.add(an_object(image.id))
    with pytest.raises(sqlite3.IntegrityError), project.step("Import") as step:
        step.add_all([replace(an_object(image.id), id=number) for number in (7, there.id, 9)])
    assert list(project.annotation_table.all()) == [there]
    assert project.undo_label == "Accept mask"
