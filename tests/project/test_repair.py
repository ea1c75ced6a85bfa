"""Damaged files: what lies outside the damage is saved, the original is left alone, and there is never a traceback."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from msgspec.structs import replace

from app.masks.rle import Mask
from app.problem import Problem
from app.project.records import Category
from app.project.safety.backup import back_up
from app.project.safety.repair import repair
from app.project.schema import VERSION
from app.project.store import Project
from tests.project.conftest import an_object, three_images
from tests.project.test_store import rows

PAGE = 4096
OBJECTS = 1500


def drained(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def mask_of(number: int) -> Mask:
    return Mask.from_array(np.random.default_rng(number).random((20, 30)) > 0.6)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory) -> Path:
    """A folder with a project of some 300 pages, with undone work and deleted objects; closed."""
    above = tmp_path_factory.mktemp("repair")
    folder = three_images(above)
    project = Project.create(above / "cats.maskwright", folder)
    drained(project.folder.scan())
    with project.step("Classes") as step:
        classes = [step.add(Category(0, f"class {n}", "#123456")) for n in range(5)]
    images = project.images()
    for start in range(0, OBJECTS, 100):
        with project.step("Import") as step:
            saved = [
                replace(an_object(images[n % 3].id, classes[n % 5].id, mask=mask_of(n), clicks=n % 2 * n), id=n + 1)
                for n in range(start, start + 100)
            ]
            step.add_all(saved)  # every second one is journaled without what is as usual
    with project.step("Delete") as step:
        for annotation in saved[::10]:
            step.delete(annotation)
    with project.step("Mark done") as step:
        step.put(replace(images[0], status="done"))
    with project.step("Import") as step:
        step.add(an_object(images[0].id))
    project.undo()
    project.close()
    return above


class BigProject(NamedTuple):
    path: Path
    root: Path


@pytest.fixture
def big(made_once, tmp_path) -> BigProject:
    """A copy for each test: to make it is half of what most of them take."""
    shutil.copytree(made_once, tmp_path, dirs_exist_ok=True)
    return BigProject(tmp_path / "cats.maskwright", tmp_path / "photos")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "saved.maskwright"


def content(path) -> dict[str, list]:
    opened = Project.open(path)
    assert opened.read_only_reason == ""
    try:
        assert opened.file.db.execute("PRAGMA integrity_check").fetchall()[0][0] == "ok"
        assert opened.file.db.execute("PRAGMA foreign_key_check").fetchall() == []
        return rows(opened)
    finally:
        opened.close()


def made_by_somebody(path) -> set[int]:
    """The objects of which it is known who made them."""
    with closing(Project.open(path)) as opened:
        there = {a.id for a in opened.annotation_table.all()}
        return there & {made for image in opened.images() for made in opened.history.origins(image.id)}


def table_of_page(path) -> dict[int, str]:
    """Page number to the table or index it belongs to; skips where SQLite was built without dbstat."""
    with closing(sqlite3.connect(path)) as db:
        try:
            return dict(db.execute("SELECT pageno, name FROM dbstat").fetchall())
        except sqlite3.OperationalError:
            pytest.skip("This SQLite does not tell its pages.")


def test_sound_project_comes_out_as_it_was_with_its_undo(big, out):
    before = content(big.path)
    report = drained(repair(big.path, out))
    assert content(out) == before
    assert report.saved == {"image": 3, "category": 5, "annotation": len(before["annotations"])}
    assert (any(report.lost.values()), report.mended, report.undo_kept, report.from_journal) == (False, 0, True, 0)
    again = Project.open(out)
    assert again.root == big.root
    assert again.redo_label == "Import"
    while again.undo():
        pass
    assert again.statistics.counts() == {"image": 3, "category": 0, "annotation": 0}
    again.close()
    assert not list(out.parent.glob(".repair-*"))


def test_place_of_the_images_is_found_from_the_new_place(big, out, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    drained(repair(big.path, tmp_path / "a" / "b" / "p.maskwright"))
    again = Project.open(tmp_path / "a" / "b" / "p.maskwright")
    assert again.root.resolve() == big.root.resolve()
    again.close()


def damaged(good: bytes, dice: random.Random) -> bytes:
    data = bytearray(good)
    match dice.choice(["bits", "zeros", "noise", "cut", "cut and bits"]):
        case "bits":
            for _ in range(dice.choice([1, 5, 50, 500])):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        case "zeros":
            for _ in range(dice.choice([1, 3, 10, 100])):
                at = dice.randrange(len(data) // PAGE) * PAGE
                data[at : at + PAGE] = bytes(PAGE)
        case "noise":
            at = dice.randrange(len(data))
            length = min(dice.choice([10, 5_000, 100_000]), len(data) - at)
            data[at : at + length] = dice.randbytes(length)
        case "cut":
            del data[dice.randrange(len(data)) :]
        case _:
            del data[dice.randrange(len(data) // 2, len(data)) :]
            for _ in range(20):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(data)


@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(n, marks=pytest.mark.slow) for n in range(8, 150))])
def test_random_damage_is_one_sentence_or_a_sound_project(big, out, seed):
    """What is saved is what was there, and the original is left as it is."""
    before = {a.id: a for a in content(big.path)["annotations"]}
    data = damaged(big.path.read_bytes(), random.Random(seed))
    big.path.write_bytes(data)
    try:
        report = drained(repair(big.path, out))
    except Problem as problem:
        assert "beyond reading" in str(problem)  # noqa: PT017
        assert not out.exists()
        return
    finally:
        assert big.path.read_bytes() == data
        assert not list(out.parent.glob(".repair-*"))
    after = {a.id: a for a in content(out)["annotations"]}
    assert report.saved["annotation"] == len(after)
    wrong = [n for n in after.keys() & before.keys() if after[n].mask != before[n].mask]
    assert len(wrong) <= 2  # a flipped bit may make another mask of the same area
    deleted = set(range(1401, 1501, 10))  # may come back when the record of their deletion is damaged too
    assert len(after.keys() - before.keys() - deleted) <= 2
    assert len(after) + report.lost["annotation"] >= len(before) or "annotation" in report.damaged


@pytest.mark.parametrize("kind", ["annotation", "journal", "image", "category", "step", "setting", "sqlite_sequence",
                                  "annotation_of_image", "sqlite_autoindex_image_1", "journal_of_step", "journal_after",
                                  "origin"])  # fmt: skip
@pytest.mark.parametrize("fill", ["zeros", pytest.param("noise", marks=pytest.mark.slow)])
def test_every_page_of_one_table_may_be_lost(big, out, kind, fill):
    """Rows and journal know the same; the paths of the images are in an index too."""
    before = content(big.path)
    data = bytearray(big.path.read_bytes())
    for page, name in table_of_page(big.path).items():
        if name == kind:
            data[(page - 1) * PAGE : page * PAGE] = bytes(PAGE) if fill == "zeros" else random.Random(1).randbytes(PAGE)
    big.path.write_bytes(data)
    report = drained(repair(big.path, out))
    after = content(out)
    assert after["annotations"] == before["annotations"]
    assert [c.name for c in after["categories"]] == [c.name for c in before["categories"]]
    assert [i.path for i in after["images"]] == [i.path for i in before["images"]]
    assert report.undo_kept == (kind not in ("journal", "step"))
    known = made_by_somebody(out)
    assert known == {a.id for a in before["annotations"]} or kind in ("journal", "step")
    assert report.from_journal == {"annotation": len(before["annotations"]), "category": 5, "image": 1}.get(kind, 0)


def test_rows_outside_the_damaged_pages_survive_also_without_a_journal(big, out):
    """Every fifth page of the objects and the whole journal: the rows of the other pages are there, those are counted
    as lost."""
    before = content(big.path)["annotations"]
    pages = table_of_page(big.path)
    leaves = [page for page, name in pages.items() if name == "annotation"][1:]
    data = bytearray(big.path.read_bytes())
    for page in [*leaves[::5], *(page for page, name in pages.items() if name == "journal")]:
        data[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
    big.path.write_bytes(data)
    report = drained(repair(big.path, out))
    after = content(out)["annotations"]
    assert len(after) > 0.75 * len(before)
    assert [a for a in before if a.id in {b.id for b in after}] == after
    assert report.lost["annotation"] == len(before) - len(after) > 0
    assert report.damaged == []  # the index knows them all
    assert "Known to be lost: " in str(report)


@pytest.mark.parametrize("damage", ["first page", "header", "empty", "short"])
def test_first_page_is_not_missed_while_the_others_are_there(big, out, damage):
    before = content(big.path)
    data = bytearray(big.path.read_bytes())
    if damage in ("first page", "header"):
        end = PAGE if damage == "first page" else 100
        big.path.write_bytes(bytes(end) + data[end:])
        drained(repair(big.path, out))
        assert content(out) == before
    else:
        big.path.write_bytes(b"" if damage == "empty" else data[:1000])
        with pytest.raises(Problem, match=r"^cats\.maskwright is beyond reading\. There is no good backup of it\.$"):
            drained(repair(big.path, out))
        assert not out.exists()


def test_file_beyond_reading_names_the_newest_good_backup(big, out):
    made = back_up(big.path)
    big.path.write_bytes(os.urandom(100_000))
    with pytest.raises(Problem, match=r"beyond reading\. The newest good backup is") as caught:
        drained(repair(big.path, out))
    assert str(made) in str(caught.value)


def test_work_that_is_only_in_the_log_is_saved(big, out, tmp_path):
    """Killed and damaged."""
    again = Project.open(big.path)
    with again.step("Accept mask") as step:
        saved = step.add(an_object(again.images()[0].id))
    copy = tmp_path / "copy.maskwright"
    for suffix in ("", "-wal"):
        shutil.copy(f"{big.path}{suffix}", f"{copy}{suffix}")
    again.close()
    content_before = bytearray(copy.read_bytes())
    content_before[5 * PAGE : 6 * PAGE] = bytes(PAGE)
    copy.write_bytes(content_before)
    log = hashlib.sha256((tmp_path / "copy.maskwright-wal").read_bytes()).digest()
    drained(repair(copy, out))
    assert saved in content(out)["annotations"]
    assert hashlib.sha256((tmp_path / "copy.maskwright-wal").read_bytes()).digest() == log


def test_imported_ids_far_apart_are_found_behind_the_damage(project, out):
    with project.step("Import") as step:
        for number in range(400):
            step.add(replace(an_object(project.images()[0].id, mask=mask_of(number)), id=1 + number * 10**10))
    project.close()
    pages = table_of_page(project.path)
    leaves = [page for page, name in pages.items() if name == "annotation"][1:]
    before = {a.id: a for a in content(project.path)["annotations"]}
    data = bytearray(project.path.read_bytes())
    for page in (leaves[3], leaves[9], leaves[10], *(page for page, name in pages.items() if name == "journal")):
        data[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
    project.path.write_bytes(data)
    report = drained(repair(project.path, out))
    after = {a.id: a for a in content(out)["annotations"]}
    assert all(before[n] == a for n, a in after.items())
    assert report.lost["annotation"] == 400 - len(after)
    assert len(after) > 300


def test_another_image_may_have_the_name_of_one_that_stands_in(big, out):
    with closing(sqlite3.connect(big.path)) as db:
        db.execute("DELETE FROM journal")
        db.execute("DELETE FROM image WHERE id = 3")
        db.execute("UPDATE image SET path = 'lost image 3' WHERE id = 1")
        db.commit()
    report = drained(repair(big.path, out))
    assert report.stand_ins == ["lost image 3 (2)"]
    assert {"lost image 3", "lost image 3 (2)"} <= {image.path for image in content(out)["images"]}


def test_objects_of_a_lost_image_and_class_keep_a_name_to_be_replaced(big, out):
    with closing(sqlite3.connect(big.path)) as db:
        db.execute("DELETE FROM journal")
        db.execute("DELETE FROM category WHERE id = 2")
        db.execute("DELETE FROM image WHERE id = 3")
        db.commit()
    report = drained(repair(big.path, out))
    after = content(out)
    assert sorted(report.stand_ins) == ["lost class 2", "lost image 3"]
    assert len(after["annotations"]) == OBJECTS - 10
    assert "lost image 3" in [image.path for image in after["images"]]


def test_row_that_lost_its_details_keeps_its_mask_and_a_wrong_mask_is_not_saved(big, out):
    with closing(sqlite3.connect(big.path)) as db:
        db.execute("DELETE FROM journal")
        db.execute("UPDATE annotation SET provenance = '{' WHERE id = 1")
        db.execute("UPDATE annotation SET attributes = CAST(x'7bff7d' AS TEXT) WHERE id = 2")
        db.execute("UPDATE annotation SET area = 7 WHERE id = 3")
        db.execute("UPDATE annotation SET counts = 'no RLE' WHERE id = 4")
        db.execute("UPDATE annotation SET counts = (SELECT counts FROM annotation WHERE id = 9) WHERE id = 5")
        db.commit()
    report = drained(repair(big.path, out))
    after = {a.id: a for a in content(out)["annotations"]}
    assert (report.mended, report.lost["annotation"]) in ((3, 2), (4, 1))  # two masks may share a box
    assert [after[n].mask for n in (1, 2, 3)] == [mask_of(n) for n in range(3)]
    assert 4 not in after


def test_project_that_is_open_or_missing_and_a_taken_name_are_refused(big, out, tmp_path):
    again = Project.open(big.path)
    with pytest.raises(Problem, match="open in another window"):
        drained(repair(big.path, out))
    again.close()
    with pytest.raises(Problem, match="does not exist"):
        drained(repair(tmp_path / "none.maskwright", out))
    with pytest.raises(Problem, match="exists already"):
        drained(repair(big.path, big.path))
    with pytest.raises(Problem, match="is not a folder"):
        drained(repair(big.path, tmp_path / "none" / "p.maskwright"))


def test_other_database_is_told(tmp_path, out):
    other = tmp_path / "other.maskwright"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE other (id)")
    with pytest.raises(Problem, match=r"this is not a Maskwright project\.$"):
        drained(repair(other, out))


def test_who_made_what_is_kept_when_the_record_of_changes_is_not(big, out):
    """Half of it was compacted, and an entry of the rest is damaged."""
    with closing(sqlite3.connect(big.path)) as db:
        db.execute("INSERT INTO origin SELECT id, 'Import', '2026-01-01T00:00:00+00:00', 'anna' FROM annotation")
        db.execute("UPDATE origin SET time = 'never' WHERE annotation_id = 1")
        db.execute("UPDATE journal SET after = '{' WHERE id = (SELECT max(id) FROM journal)")
        db.commit()
    report = drained(repair(big.path, out))
    assert not report.undo_kept
    there = {a.id for a in content(out)["annotations"]}
    assert made_by_somebody(out) == there
    with closing(Project.open(out)) as opened:
        origins = opened.history.origins(opened.annotation(2).image_id)
        assert (origins[2].author, origins[2].name) == ("anna", "Import")
        assert opened.setting("history_begins") is not None


@pytest.mark.parametrize("version", range(1, VERSION + 1))
@pytest.mark.parametrize("damage", [(b"counts TEXT NOT NULL", b"c0unts TEXT NOT NULL"), (b"path TEXT", b"pa4h TEXT")])
def test_flipped_letter_in_the_name_of_a_column_loses_nothing_in_any_version(big, out, damage, version):
    with closing(sqlite3.connect(big.path)) as db:
        before = db.execute("SELECT id, counts FROM annotation ORDER BY id").fetchall()
        db.execute("DELETE FROM journal")  # which would have them once more
        db.execute("DELETE FROM step")
        if version == 1:
            db.execute("DROP TABLE origin")
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()
        db.execute("PRAGMA journal_mode = DELETE")
    good = big.path.read_bytes()
    assert damage[0] in good[:PAGE]
    big.path.write_bytes(good[:PAGE].replace(*damage) + good[PAGE:])
    assert "lost" not in str(drained(repair(big.path, out))).replace("Nothing is lost", "")
    with closing(sqlite3.connect(out)) as db:
        assert db.execute("SELECT id, counts FROM annotation ORDER BY id").fetchall() == before
        assert not db.execute("SELECT path FROM image WHERE path LIKE 'lost%'").fetchall()
