"""What is remembered of an image is what the file has, whatever was done."""

from __future__ import annotations

import random
from contextlib import closing

import pytest
from msgspec.structs import replace

from app.problem import Problem
from app.project.records import Annotation
from app.project.store import Project
from tests.project.conftest import an_object, dot
from tests.project.test_store import random_change


def in_the_file(project: Project, image_id: int) -> list[Annotation]:
    with closing(Project.sibling_of(project.path, read_only=True)) as fresh:
        return fresh.annotations(image_id)


@pytest.mark.parametrize("seed", range(8))
def test_it_is_what_the_file_has(project, seed):
    dice = random.Random(seed)
    for _ in range(80):
        image = dice.choice(project.images())
        project.annotations(image.id)
        match dice.randrange(4):
            case 0:
                project.undo()
            case 1:
                project.redo()
            case _:
                with project.step("Change") as step:
                    for _ in range(dice.randrange(3)):
                        random_change(project, step, dice)
        for each in dice.sample(project.images(), len(project.images())):
            assert project.annotations(each.id) == in_the_file(project, each.id)


def test_object_that_moves_to_another_image_and_back(project):
    one, two = project.images()[:2]
    with project.step("Accept mask") as step:
        saved = [step.add(an_object(one.id, mask=dot(x))) for x in range(3)]
    assert project.annotations(one.id) == saved
    moved = replace(saved[0], image_id=two.id)
    with project.step("Move") as step:
        step.put(moved)
    assert (project.annotations(one.id), project.annotations(two.id)) == (saved[1:], [moved])
    project.annotations(one.id)
    project.undo()
    assert project.annotations(one.id) == saved  # in its place, not at the end


def test_what_a_step_did_before_it_failed_is_not_remembered(project):
    image = project.images()[0]
    project.annotations(image.id)

    def failing(step) -> None:
        step.add(an_object(image.id))
        assert len(project.annotations(image.id)) == 1  # inside it is there
        raise Problem("no")

    with pytest.raises(Problem), project.step("Accept mask") as step:
        failing(step)
    assert project.annotations(image.id) == []


def test_list_that_was_given_away_is_not_ours(project):
    image = project.images()[0]
    with project.step("Accept mask") as step:
        step.add(an_object(image.id))
    project.annotations(image.id).clear()
    assert len(project.annotations(image.id)) == 1
