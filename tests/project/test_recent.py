"""The remembered objects of an image follow every step, and are read once."""

from __future__ import annotations

import random

from msgspec.structs import replace

from app.project.records import Annotation, Category, ChangeSet, ImageRecord
from tests.project.conftest import an_object


def test_after_any_steps_the_remembered_objects_are_those_of_the_file(project):
    dice, image_id = random.Random(0), project.images()[0].id
    table, reads = project.annotation_table, []
    with project.step("Begin") as step:
        for _ in range(5):
            step.add(an_object(image_id, z_order=dice.randint(-2, 2)))
    assert len(table.stacked(image_id)) == 5
    project.file.db.set_trace_callback(lambda text: reads.append(text) if "WHERE image_id = " in text else None)
    for _ in range(150):
        there = table.of_image(image_id)
        match dice.choice(("add", "add", "change", "stack", "delete", "undo", "undo", "redo")):
            case "add":
                with project.step("Add") as step:
                    step.add_all([an_object(image_id, z_order=dice.randint(-2, 2)) for _ in range(2)])
            case "change" if there:
                with project.step("Change") as step:
                    step.put(replace(dice.choice(there), hidden=dice.random() < 0.5))
            case "stack" if there:
                with project.step("Stack") as step:
                    for each in dice.sample(there, min(2, len(there))):
                        step.put(replace(each, z_order=dice.randint(-3, 3)))
            case "delete" if there:
                with project.step("Delete") as step:
                    for each in dice.sample(there, min(2, len(there))):
                        step.delete(each)
            case "undo":
                project.undo()
            case "redo":
                project.redo()
            case _:
                pass
        assert reads == []
        remembered, stacked = table.of_image(image_id), table.stacked(image_id)
        table.forget()
        assert remembered == table.of_image(image_id)
        assert stacked == table.stacked(image_id)
        reads.clear()


def test_changes_of_one_kind_of_rows_come_in_their_order_and_are_sorted_once_for_all_who_follow(project):
    first, second = project.images()[:2]
    heard = []
    project.subscribe(heard.append)
    with project.step("Label") as step:
        step.put(replace(second, status="done"))
        category = step.add(Category(0, "cat", ""))
        objects = [step.add(an_object(first.id, category.id)) for _ in range(3)]
        step.put(replace(first, status="review"))
        step.delete(objects[1])
    [changes] = heard
    rows = {kind: changes.of(kind) for kind in (Annotation, Category, ImageRecord)}
    assert [each.after and each.after.id for each in rows[Annotation]] == [*(each.id for each in objects), None]
    assert [each.after for each in rows[Category]] == [category]
    assert [each.after.id for each in rows[ImageRecord]] == [second.id, first.id]
    assert changes == ChangeSet("Label", changes.changes, changes.step_id)
    assert changes.of(Annotation) is rows[Annotation]
