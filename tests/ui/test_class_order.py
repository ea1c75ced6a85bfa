"""Classes are moved in their panel: digits follow, files do not."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from app.formats.coco import export_coco
from app.project.records import PLACE
from app.work import run


@pytest.fixture
def panel(opened):
    for name in ("cat", "dog", "bird"):
        opened.workspace.session.classes.add(name)
    return opened.workspace.panels["classes"]


def names(panel):
    return [panel.list.item(row).text() for row in range(panel.list.count())]


def move(panel, row, text):
    [action] = [each for each in panel.menu_of(panel.list.item(row)).actions() if each.text() == text]
    assert action.isEnabled()
    action.trigger()


def test_a_class_is_moved_from_the_menu_of_its_row_and_its_digit_follows(panel, opened):
    session = opened.workspace.session
    move(panel, 2, "Move up")
    assert names(panel) == ["cat", "bird", "dog"]
    assert session.classes.nth(2).name == "bird"
    move(panel, 2, "Move to the top")
    assert names(panel) == ["dog", "cat", "bird"]
    move(panel, 0, "Move down")
    assert names(panel) == ["cat", "dog", "bird"]
    session.classes.add("horse")
    assert names(panel)[-1] == "horse"
    session.project.undo()
    session.project.undo()
    assert names(panel) == ["dog", "cat", "bird"]


def test_the_first_is_not_moved_up_nor_the_last_down(panel):
    entries = {each.text(): each for each in panel.menu_of(panel.list.item(0)).actions()}
    assert not entries["Move up"].isEnabled()
    assert not entries["Move to the top"].isEnabled()
    assert entries["Move down"].isEnabled()
    assert not {each.text(): each for each in panel.menu_of(panel.list.item(2)).actions()}["Move down"].isEnabled()


def test_files_keep_the_order_in_which_classes_were_made(panel, opened, tmp_path):
    move(panel, 2, "Move to the top")
    project = opened.workspace.session.project
    run(export_coco(project, tmp_path / "out.json"))
    written = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["categories"]
    assert [each["name"] for each in written] == ["cat", "dog", "bird"]
    assert all(PLACE not in each for each in written)


def test_a_place_that_is_no_number_is_none(panel, opened):
    classes, project = opened.workspace.session.classes, opened.workspace.session.project
    with project.step("of a stranger") as step:
        step.put(replace(classes.all()[0], extra={PLACE: ["first"]}))
    assert [each.name for each in classes.all()] == ["cat", "dog", "bird"]
