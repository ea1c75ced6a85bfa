"""The outline that an object came with lies beside its mask until that is changed, through steps, files and damage."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from msgspec.structs import replace

from app.labeling.saving import resumed
from app.masks.geometry import MAX_LETTERS, Geometry, Shape
from app.project import schema
from app.project.history.restore import bring_back, past_of
from app.project.quality.comparison import compare
from app.project.records import Annotation
from app.project.safety.backup import back_up
from app.project.safety.repair import repair
from app.project.store import Project
from tests.conftest import drained
from tests.project.conftest import an_object, dot

OUTLINE = Geometry((Shape("polygon", "10.50,20,30.25,20.0,30,40"),), area="6.25")


@pytest.fixture
def saved(project) -> Annotation:
    with project.step("Import COCO") as step:
        return step.add(an_object(project.images()[0].id, geometry=OUTLINE))


def now(project: Project, saved: Annotation) -> Geometry | None:
    found = project.annotation(saved.id)
    assert found is not None
    return found.geometry


def test_it_comes_back_from_the_file(project, saved):
    project.close()
    with closing(Project.open(project.path)) as again:
        assert again.annotation(saved.id) == saved
    with closing(Project.open(project.path, read_only=True)) as again:
        assert list(again.annotation_table.all()) == [saved]


def test_many_at_once_keep_it_and_are_undone_and_done_again(project):
    image_id = project.images()[0].id
    plain = [replace(an_object(image_id), id=number) for number in range(1, 6)]
    given = [plain[0], *(replace(each, geometry=OUTLINE) for each in plain[1:4]), plain[4]]
    with project.step("Import COCO") as step:
        step.add_all([*given, replace(an_object(image_id, geometry=OUTLINE, clicks=2), id=9)])
    before = list(project.annotation_table.all())
    assert [each.geometry for each in before] == [None, OUTLINE, OUTLINE, OUTLINE, None, OUTLINE]
    project.undo()
    assert list(project.annotation_table.all()) == []
    project.redo()
    assert list(project.annotation_table.all()) == before


def test_it_stays_while_the_mask_does(project, saved):
    with project.step("Change class") as step:
        step.put(replace(saved, attributes={"occluded": True}, z_order=3))
    assert now(project, saved) == OUTLINE


def test_another_mask_drops_it_and_undo_brings_it_back(project, saved):
    with project.step("Refine mask") as step:
        step.put(replace(saved, mask=dot(2)))
    assert step.changes.changes[0].after == replace(saved, mask=dot(2), geometry=None)
    assert now(project, saved) is None
    project.undo()
    assert now(project, saved) == OUTLINE
    project.redo()
    assert now(project, saved) is None


def test_a_refined_object_has_none(project, saved):
    """What is resumed is the row; what is accepted has its mask."""
    assert resumed(saved).resumed == saved
    with project.step("Refine mask") as step:
        step.put(replace(resumed(saved).resumed, mask=dot(3), clicks=1))
    assert now(project, saved) is None


def test_the_past_is_brought_back_with_it(project, saved):
    made = project.history.touches_of(saved.image_id)[0].id
    with project.step("Refine mask") as step:
        step.put(replace(saved, mask=dot(2)))
    past = past_of(project, saved.image_id, made)
    assert [each.geometry for each in past.objects] == [OUTLINE]
    bring_back(project, past)
    assert now(project, saved) == OUTLINE


def test_a_step_taken_back_brings_mask_and_outline_together(project, saved):
    with project.step("Refine mask") as step:
        step.put(replace(saved, mask=dot(2)))
    refined = step.changes.step_id
    with project.step("Change class") as step:
        step.put(replace(project.annotation(saved.id), attributes={"a": 1}))
    project.steps.take_back(refined)
    assert project.annotation(saved.id) == replace(saved, attributes={"a": 1})


def test_it_is_told_by_a_comparison(project, saved, tmp_path):
    with closing(Project.create(tmp_path / "other.maskwright", project.root)) as other:
        for _ in other.folder.scan():
            pass
        with other.step("Import") as step:
            there = step.add(an_object(other.images()[0].id, geometry=OUTLINE))
        assert drained(compare(project, other)).is_same
        another = Geometry((Shape("polygon", "10.5,20,30.25,20.0,31,40"),), area="6.25")
        with other.step("Import") as step:
            step.put(replace(there, geometry=another))
        [difference] = drained(compare(project, other)).differences
        assert "imported outline" in str(difference)
        with other.step("Import") as step:
            step.put(replace(there, geometry=None))
        assert drained(compare(project, other)).is_same  # of one mask there are many outlines


# --- older programs, damage and strangers -----------------------------------------------------------------------------


def test_rows_without_one_are_as_long_as_before(project):
    """A NUL of one byte in the header of the row, and nothing in the journal of many."""
    with project.step("Import COCO") as step:
        step.add_all([replace(an_object(project.images()[0].id), id=5)])
    journaled = project.file.db.execute("SELECT after FROM journal").fetchall()
    assert all("geometry" not in row["after"] for row in journaled)


@pytest.mark.parametrize(
    "text", ["x", "[1]", '{"shapes":[]}', '{"shapes":[["polygon","1,2"]]}', '{"shapes":[["star"]]}']
)
def test_repair_keeps_the_mask_of_an_object_whose_outline_is_damaged(project, saved, tmp_path, text):
    with project.step("Import COCO") as step:
        other = step.add(an_object(saved.image_id, geometry=OUTLINE, mask=dot(2)))
    project.close()
    with closing(sqlite3.connect(project.path)) as db, db:
        db.execute("UPDATE annotation SET geometry = ? WHERE id = ?", (text, saved.id))
    report = drained(repair(project.path, tmp_path / "saved.maskwright"))
    assert (report.saved["annotation"], report.mended) == (2, 1)
    with closing(Project.open(tmp_path / "saved.maskwright")) as mended:
        assert list(mended.annotation_table.all()) == [replace(saved, geometry=None), other]


def test_repair_takes_it_from_the_record_of_changes(project, saved, tmp_path):
    project.close()
    with closing(sqlite3.connect(project.path)) as db, db:
        db.execute("UPDATE annotation SET counts = 'x', area = -1, bbox_x = -1 WHERE id = ?", (saved.id,))
    assert drained(repair(project.path, tmp_path / "saved.maskwright")).from_journal == 1
    with closing(Project.open(tmp_path / "saved.maskwright")) as mended:
        assert list(mended.annotation_table.all()) == [saved]


def test_repair_without_a_first_page_keeps_it(project, saved, tmp_path):
    project.close()
    with project.path.open("r+b") as file:
        file.write(bytes(4096))
    drained(repair(project.path, tmp_path / "saved.maskwright"))
    with closing(Project.open(tmp_path / "saved.maskwright")) as mended:
        assert list(mended.annotation_table.all()) == [saved]


def test_a_backup_has_it(project, saved):
    project.close()
    path = back_up(project.path)
    assert path is not None
    with closing(Project.open(path)) as backup:
        assert list(backup.annotation_table.all()) == [saved]


def test_one_that_is_too_long_is_not_even_loaded(project, saved):
    project.close()
    with closing(sqlite3.connect(project.path)) as db, db:
        db.execute("UPDATE annotation SET geometry = ?", ("x" * (MAX_LETTERS + 1),))
    with closing(Project.open(project.path)) as opened:
        assert list(opened.annotation_table.all()) == [replace(saved, geometry=None)]


def test_a_project_of_the_version_before_has_none_and_can_be_read_or_brought_up_to_date(project):
    with project.step("Accept mask") as step:
        saved = step.add(an_object(project.images()[0].id))
    project.close()
    with closing(sqlite3.connect(project.path, isolation_level=None)) as db:
        db.execute("ALTER TABLE annotation DROP COLUMN geometry")
        db.execute("PRAGMA user_version = 4")
    with closing(Project.open(project.path, read_only=True)) as older:
        assert list(older.annotation_table.all()) == [saved]
        assert older.history.annotations_as_of(saved.image_id, 99) == [saved]
    with closing(Project.open(project.path)) as newer:
        assert newer.file.schema_version == schema.VERSION
        with newer.step("Import") as step:
            step.put(replace(saved, geometry=OUTLINE))
        assert newer.annotation(saved.id) == replace(saved, geometry=OUTLINE)
