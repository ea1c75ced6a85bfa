"""The remembered objects of an image follow every step, and are read once."""

from __future__ import annotations

import random

from msgspec.structs import replace

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
