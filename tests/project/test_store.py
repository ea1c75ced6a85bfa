"""Steps, undo and redo on real files."""

from __future__ import annotations

import random
import sqlite3
import threading
from contextlib import closing

import pytest
from msgspec.structs import replace

from app.problem import Problem
from app.project.records import Category, ImageRecord
from app.project.store import Project
from tests.project.conftest import an_object, dot


def rows(project: Project) -> dict[str, list]:
    return {
        "images": sorted(project.images(), key=lambda image: image.id),
        "categories": project.categories(),
        "annotations": list(project.annotation_table.all()),
    }


def fresh(project: Project) -> dict[str, list]:
    """As another connection sees it: nothing remembered."""
    other = Project.sibling_of(project.path, read_only=True)
    try:
        return rows(other)
    finally:
        other.close()


def test_everything_of_an_annotation_comes_back_as_it_was_saved(project):
    image = project.images()[0]
    with project.step("Accept mask") as step:
        category = step.add(Category(0, "Katze 猫", "#aabbcc", "animal", {"keypoints": ["ear"]}))
        saved = step.add(
            an_object(
                image.id,
                category.id,
                mask=dot(3, 2),
                iscrowd=True,
                z_order=-2,
                hidden=True,
                attributes={"occluded": True},
                provenance={"points": [[1.5, 2.5]], "predicted_iou": 0.9},
                clicks=3,
                milliseconds=1234,
                extra={"score": 1},
            )
        )
    assert project.annotation(saved.id) == saved
    assert project.annotations(image.id) == [saved]
    assert fresh(project)["annotations"] == [saved]
    assert fresh(project)["categories"] == [category]


def test_new_class_and_its_first_object_may_come_in_any_order(project):
    """Foreign keys are checked at the end of the step."""
    with project.step("Import") as step:
        step.add(an_object(project.images()[0].id, 77))
        step.add(Category(77, "late", "#000000"))
    assert project.statistics.category_counts()[77] == 1


def test_object_of_an_image_or_class_that_does_not_exist_is_not_saved(project):
    for image_id, category_id in ((999, None), (project.images()[0].id, 999)):
        with pytest.raises(sqlite3.IntegrityError), project.step("Accept mask") as step:
            step.add(an_object(image_id, category_id))
    assert project.statistics.counts()["annotation"] == 0
    assert project.undo_label is None


def test_step_that_fails_leaves_nothing(project):
    before = rows(project)

    def fail() -> None:
        with project.step("Accept mask") as step:
            step.add(an_object(project.images()[0].id))
            step.delete(project.images()[1])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert rows(project) == fresh(project) == before
    assert project.undo_label is None
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))


def test_gesture_that_is_closed_in_the_middle_leaves_nothing(project):
    def gesture():
        with project.step("Brush") as step:
            step.add(an_object(project.images()[0].id))
            yield

    stroke = gesture()
    next(stroke)
    stroke.close()
    assert project.statistics.counts()["annotation"] == 0


def test_step_inside_a_step_is_our_bug_and_both_are_taken_back(project):

    def nest() -> None:
        with project.step("outer") as step:
            step.add(an_object(project.images()[0].id))
            with project.step("inner"):
                pass

    with pytest.raises(RuntimeError, match="inside another"):
        nest()
    assert project.statistics.counts()["annotation"] == 0


def test_step_without_a_change_cannot_be_undone_and_nobody_hears_of_it(project):
    heard = []
    project.subscribe(heard.append)
    with project.step("Accept mask") as step:
        saved = step.add(an_object(project.images()[0].id))
    with project.step("Change class") as step:
        step.put(saved)
        step.delete(replace(saved, id=999))
    assert [changes.name for changes in heard] == ["Accept mask"]
    assert project.undo_label == "Accept mask"


def test_listeners_hear_of_step_undo_and_redo_when_it_is_on_the_disk(project):
    heard = []
    project.subscribe(lambda changes: heard.append((changes, len(fresh(project)["annotations"]))))
    with project.step("Accept mask") as step:
        saved = step.add(an_object(project.images()[0].id))
    project.undo()
    project.redo()
    assert [(c.name, c.changes[0].before, c.changes[0].after, count) for c, count in heard] == [
        ("Accept mask", None, saved, 1),
        ("Accept mask", saved, None, 0),
        ("Accept mask", None, saved, 1),
    ]


def test_labels_of_undo_and_redo_say_what_they_would_do(project):
    assert (project.undo_label, project.redo_label, project.undo(), project.redo()) == (None, None, None, None)
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    assert (project.undo_label, project.redo_label) == ("Accept mask", None)
    project.undo()
    assert (project.undo_label, project.redo_label) == (None, "Accept mask")


def test_new_step_clears_what_was_undone(project):
    image = project.images()[0]
    for name in ("first", "second"):
        with project.step(name) as step:
            undone = step.add(an_object(image.id))
    project.undo()
    with project.step("third") as step:
        third = step.add(an_object(image.id))
    assert (project.undo_label, project.redo_label, project.redo()) == ("third", None, None)
    assert third.id > undone.id


def test_id_of_a_deleted_object_is_never_used_again(project):
    image = project.images()[0]
    with project.step("Accept mask") as step:
        first = step.add(an_object(image.id))
    with project.step("Delete object") as step:
        step.delete(first)
    project.close()
    again = Project.open(project.path)
    with again.step("Accept mask") as step:
        assert step.add(an_object(image.id)).id > first.id
    again.close()


def test_objects_of_a_deleted_class_have_none_until_it_is_undone(project):
    image = project.images()[0]
    with project.step("Accept mask") as step:
        category = step.add(Category(0, "cat", "#ff0000"))
        saved = [step.add(an_object(image.id, category.id)) for _ in range(3)]
    with project.step("Delete class") as step:
        step.delete(category)
    assert project.categories() == []
    assert [a.category_id for a in project.annotations(image.id)] == [None] * 3
    assert +project.statistics.category_counts() == {None: 3}
    project.undo()
    assert project.categories() == [category]
    assert project.annotations(image.id) == saved
    assert project.statistics.category_counts()[category.id] == 3


def test_deleted_image_comes_back_with_its_objects_and_all_that_was_known(project):
    image = project.images()[0]
    project.image_table.note(image.id, width=8, height=6, content_hash="ab", size_bytes=99, mtime_ns=5)
    with project.step("Accept mask") as step:
        step.add(an_object(image.id))
    before = rows(project)
    with project.step("Remove image") as step:
        step.delete(image)
    assert project.statistics.counts() == {"image": 2, "category": 0, "annotation": 0}
    project.undo()
    assert rows(project) == fresh(project) == before


def test_what_reading_a_file_told_survives_undo_and_redo(project):
    image = project.images()[0]
    with project.step("Mark done") as step:
        step.put(replace(image, status="done"))
    project.image_table.note(image.id, width=8, height=6, content_hash="ab")
    project.undo()
    assert project.image(image.id) == replace(image, width=8, height=6, content_hash="ab")
    project.redo()
    expected = replace(image, width=8, height=6, content_hash="ab", status="done")
    assert project.image(image.id) == expected
    assert expected in fresh(project)["images"]
    assert project.undo_label == "Mark done"


def test_what_nobody_can_find_out_about_an_image_is_refused(project):
    with pytest.raises(TypeError):
        project.image_table.note(project.images()[0].id, status="done")
    with pytest.raises(KeyError):
        project.image_table.note(999, width=1)


def test_counts_follow_every_change(project):
    first, second, _ = project.images()
    project.statistics.annotation_counts(), project.statistics.category_counts()
    with project.step("Accept mask") as step:
        category = step.add(Category(0, "cat", "#ff0000"))
        saved = step.add(an_object(first.id, category.id))
        step.add(an_object(second.id))
    with project.step("Change class") as step:
        step.put(replace(saved, category_id=None))
    other = Project.sibling_of(project.path, read_only=True)
    assert project.statistics.annotation_counts() == other.statistics.annotation_counts() == {first.id: 1, second.id: 1}
    assert +project.statistics.category_counts() == other.statistics.category_counts() == {None: 2}
    assert not project.statistics.category_counts()[category.id]
    other.close()


def test_mean_time_counts_objects_that_were_clicked_here(project):
    assert project.statistics.mean_milliseconds() is None
    with project.step("Import") as step:
        for milliseconds in (0, 1000, 3000):
            step.add(an_object(project.images()[0].id, milliseconds=milliseconds))
    assert project.statistics.mean_milliseconds() == 2000
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id, milliseconds=8000))
    assert project.statistics.mean_milliseconds() == 4000
    project.undo()
    assert project.statistics.mean_milliseconds() == 2000


def test_what_the_window_shows_after_each_mask_is_not_read_from_the_table_again(project):
    """A million objects take a second."""
    with project.step("Import") as step:
        added = step.add(an_object(project.images()[0].id, milliseconds=1000))
    project.statistics.mean_milliseconds(), project.statistics.annotation_counts(), project.statistics.category_counts()
    read = []
    project.file.db.set_trace_callback(read.append)
    with project.step("Accept mask") as step:
        step.add(replace(added, id=0, milliseconds=3000))
    assert (project.statistics.mean_milliseconds(), project.statistics.annotation_counts().total()) == (2000, 2)
    project.file.db.set_trace_callback(None)
    assert not [statement for statement in read if statement.startswith("SELECT") and "FROM annotation" in statement]


def test_settings_keep_anything_json_holds(project):
    assert project.setting("zoom", 1.5) == 1.5
    for value in ({"a": [1, None, "ü"]}, 2.5, False, None):
        project.set_setting("zoom", value)
        assert project.setting("zoom", "other") == value
    assert project.undo_label is None


def test_connection_of_another_thread_is_refused(project):
    errors = []

    def use() -> None:
        try:
            project.statistics.counts()
        except sqlite3.ProgrammingError as error:
            errors.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert errors


def test_a_project_that_was_opened_on_another_thread_is_taken_over(project):
    path, opened = project.path, []
    project.close()
    thread = threading.Thread(target=lambda: opened.append(Project.open(path)))
    thread.start()
    thread.join()
    [other] = opened
    with pytest.raises(sqlite3.ProgrammingError):
        other.statistics.counts()
    other.file.take_over()
    assert other.statistics.counts()["image"] == 3
    other.set_setting("zoom", 2)
    other.close()
    with closing(Project.open(path)) as again:  # the lock is free
        assert not again.read_only


def test_reader_of_another_thread_sees_what_is_committed_and_no_more(project):
    image = project.images()[0]
    seen = []

    def read() -> None:
        reader = Project.sibling_of(project.path, read_only=True)
        seen.append(len(reader.annotations(image.id)))
        with pytest.raises(Problem, match="read-only"), reader.step("Accept mask"):
            pass
        reader.close()

    def on_another_thread() -> None:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()

    with project.step("Accept mask") as step:
        step.add(an_object(image.id))
        on_another_thread()
    on_another_thread()
    assert seen == [0, 1]


def test_long_import_is_one_step_of_many_transactions(project):
    image = project.images()[0]
    importer = Project.sibling_of(project.path, read_only=False)
    into = None
    for _ in range(3):
        with importer.step("Import", into=into) as step:
            step.add(an_object(image.id))
        into = step.id
    importer.close()
    project.refresh()
    assert project.statistics.annotation_counts()[image.id] == 3
    project.undo()
    assert project.statistics.counts()["annotation"] == 0
    assert project.undo_label is None


def test_import_goes_on_in_a_new_step_when_something_was_done_meanwhile(project):
    """Otherwise an undo would take back changes in another order than they were made."""
    image = project.images()[0]
    importer = Project.sibling_of(project.path, read_only=False)
    with importer.step("Import") as first:
        first.add(an_object(image.id))
    with project.step("Accept mask") as step:
        step.add(an_object(image.id))
    with importer.step("Import", into=first.id) as second:
        second.add(an_object(image.id))
    importer.close()
    assert len({first.id, step.id, second.id}) == 3
    assert [project.undo().name for _ in range(3)] == ["Import", "Accept mask", "Import"]
    assert (project.statistics.counts()["annotation"], project.undo()) == (0, None)


@pytest.mark.parametrize("work_after_the_undo", [False, True])
def test_import_that_is_undone_meanwhile_does_not_go_on(project, work_after_the_undo):
    """Its classes are gone, and whoever undid it did not want the rest."""
    image = project.images()[0]
    importer = Project.sibling_of(project.path, read_only=False)
    with importer.step("Import") as first:
        first.add(an_object(image.id))
    project.undo()
    if work_after_the_undo:
        with project.step("Accept mask") as step:
            step.add(an_object(image.id))
    with pytest.raises(Problem, match="undone"), importer.step("Import", into=first.id) as second:
        second.add(an_object(image.id))
    importer.close()
    project.refresh()
    assert project.statistics.annotation_counts().total() == int(work_after_the_undo)


def random_change(project: Project, step, dice: random.Random) -> None:
    """Adds, edits or deletes something; a step may do so several times."""
    images, categories = project.images(), project.categories()
    annotations = list(project.annotation_table.all())
    match dice.choice(
        ["object", "object", "object", "edit", "edit", "hide", "class", "done", "delete", "delete class"]
    ):
        case "object":
            category = dice.choice([None, *(c.id for c in categories)])
            step.add(an_object(dice.choice(images).id, category, mask=dot(dice.randrange(8), dice.randrange(6))))
        case "edit" if annotations:
            step.put(replace(dice.choice(annotations), mask=dot(dice.randrange(8)), clicks=dice.randrange(99)))
        case "hide" if annotations:
            target = dice.choice(annotations)
            step.put(replace(target, hidden=not target.hidden, attributes={"n": dice.random()}))
        case "class":
            step.add(Category(0, f"class {dice.random()}", "#123456"))
        case "done":
            step.put(replace(dice.choice(images), status=dice.choice(["open", "done", "review"])))
        case "delete" if annotations:
            step.delete(dice.choice(annotations))
        case "delete class" if categories:
            step.delete(dice.choice(categories))


@pytest.mark.parametrize("seed", [1, 2])
def test_400_random_steps_are_undone_and_redone_exactly_also_after_reopening(project, seed):
    dice = random.Random(seed)
    states = [rows(project)]
    while len(states) <= 400:
        with project.step(f"step {len(states)}") as step:
            for _ in range(dice.choice([1, 1, 1, 3])):
                random_change(project, step, dice)
                project.refresh()  # what this step did is not remembered before its end
        if step.changes.changes:
            states.append(rows(project))
    for state in states[-2::-1]:
        project.undo()
        assert rows(project) == state
    project.close()
    again = Project.open(project.path)
    for number, state in enumerate(states[1:], 1):
        assert again.redo_label == f"step {number}"
        again.redo()
        assert rows(again) == state
    assert fresh(again) == states[-1]
    assert again.redo() is None
    again.close()


def test_marking_one_of_many_images_does_not_read_the_others_again(project):
    first = project.images()[0]
    others = project.images()[1:]
    with project.step("Mark done") as step:
        step.put(replace(first, status="done"))
    assert project.image(first.id).status == "done"
    assert all(a is b for a, b in zip(project.images()[1:], others, strict=True))


def test_row_that_points_outside_the_folder_of_the_images_is_refused(project):
    for path in ("../secret.png", "/etc/passwd", "more/../../secret.png", "..", "a/.."):
        with pytest.raises(Problem, match="outside"):
            project.image_path(ImageRecord(1, path))
    inside = project.image_path(ImageRecord(1, "more/a..b.png"))
    assert inside == project.root / "more" / "a..b.png"
