"""Making and opening project files: good ones, foreign ones, damaged ones, taken ones."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from app import text
from app.problem import Problem
from app.project import schema
from app.project.safety.backup import back_up, backups_folder, newest_good_backup
from app.project.safety.lock import take
from app.project.store import Project
from tests.project.conftest import an_object
from tests.project.test_durability import ROOT, another_program


def everything_below(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_images_are_neither_copied_nor_changed(project, folder):
    before = everything_below(folder)
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    project.close()
    assert everything_below(folder) == before
    assert not list(project.path.parent.glob("cats.maskwright-*"))
    assert project.path.stat().st_size < 200_000


def test_project_and_its_images_move_together(project, tmp_path):
    project.close()
    moved = tmp_path / "USB ü 猫 %20?#"
    moved.mkdir()
    shutil.move(project.path, moved)
    shutil.move(project.root, moved)
    again = Project.open(moved / project.path.name)
    assert again.root == moved / "photos"
    assert [again.image_path(image).is_file() for image in again.images()] == [True] * 3
    again.close()


def test_project_may_lie_anywhere(folder, tmp_path):
    for place in (folder / "more", tmp_path / "a" / "b"):
        place.mkdir(parents=True, exist_ok=True)
        made = Project.create(place / "p.maskwright", folder)
        assert made.root.resolve() == folder.resolve()
        assert [path for (path,) in [(image.path,) for image in made.images()]] == []
        made.close()


def test_missing_folder_is_told_and_saved_masks_are_still_there(project):
    shutil.move(project.root, project.root.with_name("elsewhere"))
    assert len(project.images()) == 3
    with pytest.raises(Problem, match="folder of the images is missing"):
        list(project.folder.scan())


@pytest.mark.parametrize("make", ["exists", "no images", "images is a file", "no parent"])
def test_project_that_cannot_be_made_is_one_sentence(project, folder, make):
    path, images = {
        "exists": (project.path, folder),
        "no images": (folder / "new.maskwright", folder / "nothing"),
        "images is a file": (folder / "new.maskwright", folder / "img2.png"),
        "no parent": (folder / "nothing" / "new.maskwright", folder),
    }[make]
    before = everything_below(folder)
    project.close()
    with pytest.raises(Problem, match=r"\.$"):
        Project.create(path, images)
    assert everything_below(folder) == before


def test_leftovers_of_a_deleted_project_do_not_flow_into_a_new_one(folder):
    """SQLite would play the log of the old file into the new one."""
    path = folder / "p.maskwright"
    old = Project.create(path, folder)
    list(old.folder.scan())
    copies = {name: (folder / name).read_bytes() for name in ("p.maskwright-wal", "p.maskwright-shm")}
    old.close()
    path.unlink()
    for name, content in copies.items():
        (folder / name).write_bytes(content)
    (folder / "p.maskwright.new").write_bytes(b"of a start that was killed")
    new = Project.create(path, folder)
    assert new.images() == []
    new.close()


FOREIGN = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("no database at all\n" * 500),
    "image": lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000)),
    "other database": lambda path: _other_database(path),
}


def _other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE image (id INTEGER)")
        db.commit()


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("kind", FOREIGN)
def test_file_that_is_no_project_is_told_and_left_as_it_is(tmp_path, kind, read_only):
    path = tmp_path / "foreign.maskwright"
    FOREIGN[kind](path)
    before = path.read_bytes()
    told = "foreign.maskwright: this is not a Maskwright project. "
    told += "If it was one, the command maskwright repair may still save it."
    with pytest.raises(Problem, match=f"^{re.escape(told)}$"):
        Project.open(path, read_only=read_only)
    assert path.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} <= {"foreign.maskwright", "foreign.maskwright.lock", "home"}
    Project.create(tmp_path / "good.maskwright", tmp_path).close()


def test_missing_file_and_folder_are_one_sentence(tmp_path):
    for path, said in ((tmp_path / "nothing.maskwright", "does not exist"), (tmp_path, "is a folder, not a project")):
        with pytest.raises(Problem, match=said):
            Project.open(path)


def test_damaged_file_is_told_wherever_the_damage_is(project):
    with project.step("Accept mask") as step:
        for number in range(300):
            step.add(an_object(project.images()[0].id, attributes={"number": number}))
    project.close()
    good = project.path.read_bytes()
    told = 0
    for start in range(100, len(good), 4096 * 3 + 700):
        project.path.write_bytes(good[:start] + b"\xa5" * 3000 + good[start + 3000 :])
        try:
            again = Project.open(project.path)
        except Problem:
            told += 1
            continue
        try:  # anything but a Problem fails the test
            again.images(), list(again.annotation_table.all()), again.statistics.counts(), again.undo_label
            again.statistics.annotation_counts(), again.categories()
        except Problem:
            told += 1
        finally:
            again.close()
    assert told > 3


def test_file_cut_off_in_the_middle_is_told(project):
    with project.step("Accept mask") as step:
        for _ in range(300):
            step.add(an_object(project.images()[0].id))
    project.close()
    os.truncate(project.path, 40_000)
    with pytest.raises(Problem, match="damaged"):
        list(Project.open(project.path, read_only=True).annotation_table.all())


@pytest.mark.parametrize("extra", ["{", "[1]", "NaN", ""])
def test_json_of_a_stranger_in_a_row_is_told(project, extra):
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    project.file.db.execute("UPDATE annotation SET extra = ?", (extra,))
    with pytest.raises(Problem, match="damaged"):
        list(project.annotation_table.all())


FORGED = {
    "negative version": "PRAGMA user_version = -1",
    "version of nothing": "PRAGMA user_version = 0",
    "a table less": "DROP TABLE journal",
    "a column less": "ALTER TABLE annotation DROP COLUMN clicks",
    "a path that is no text": "UPDATE image SET path = CAST(x'ff2e706e67' AS TEXT) WHERE id = 1",
    "a setting that is no text": "UPDATE setting SET value = CAST(x'ff' AS TEXT)",
    "json in json": "UPDATE annotation SET extra = replace(hex(zeroblob(50000)), '00', '[') ",
    "a journal of another table": "UPDATE journal SET kind = 'sqlite_schema'",
    "a journal without columns": """UPDATE journal SET before = '{"id":1}', after = '{"id":1}'""",
    "a journal of lists": "UPDATE journal SET after = '[1]'",
    "a journal of other types": "UPDATE journal SET before = json_set(after, '$.clicks', 'many')",
    "a journal of no image": "UPDATE journal SET before = json_set(after, '$.image_id', 77)",
}


@pytest.mark.parametrize("kind", FORGED)
def test_project_forged_by_a_stranger_is_one_sentence_and_left_as_it_is(project, kind):
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    project.close()
    with closing(sqlite3.connect(project.path)) as db:
        db.execute(FORGED[kind])
        db.commit()

    def use() -> None:
        opened = Project.open(project.path)
        try:
            opened.images(), list(opened.annotation_table.all()), opened.undo_label
            opened.undo()
        finally:
            opened.close()

    with closing(sqlite3.connect(project.path)) as db:
        before = list(db.execute("SELECT count(*), max(id) FROM image"))
    with pytest.raises(Problem, match=r"^cats\.maskwright: .*damaged.*\.$"):
        use()
    with closing(sqlite3.connect(project.path)) as db:
        assert list(db.execute("SELECT count(*), max(id) FROM image")) == before


def test_path_of_thousands_of_digits_does_no_harm(project):
    project.file.db.execute("UPDATE image SET path = ? WHERE id = 1", ("9" * 5000 + ".png",))
    project.refresh()
    assert len(project.images()) == 3


def test_newer_version_that_this_one_cannot_read_says_so(project):
    project.file.db.execute("ALTER TABLE annotation DROP COLUMN clicks")
    project.file.db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    project.close()
    with pytest.raises(Problem, match=r"newer version of Maskwright; update to open it\.$"):
        Project.open(project.path)


def test_second_window_reads_and_says_who_has_it(project):
    second = Project.open(project.path)
    assert second.read_only
    assert f"process {os.getpid()}" in second.read_only_reason
    assert "open in another window" in second.read_only_reason
    with pytest.raises(Problem, match=r"^cats.maskwright is read-only\. It is open in another window"):
        second.undo()
    second.set_setting("zoom", 2)
    assert second.setting("zoom") is None
    second.close()
    who = "{author} on {computer}, process {pid}, since {time}"
    text.use_catalogue("xx", {who: "P{pid}", "It is open in another window: {by_whom}.": "Besetzt: {by_whom}."})
    try:
        with closing(Project.open(project.path)) as third:
            assert third.read_only_reason == f"Besetzt: P{os.getpid()}."
    finally:
        text.use("en")

    assert not project.read_only
    project.close()
    third = Project.open(project.path)
    assert not third.read_only
    third.close()


@pytest.mark.skipif(os.name == "nt", reason="links take rights on Windows")
def test_a_link_to_a_project_has_the_same_lock(project, tmp_path):
    link = tmp_path / "elsewhere" / "link.maskwright"
    link.parent.mkdir()
    link.symlink_to(project.path)
    second = Project.open(link)
    assert "open in another window" in second.read_only_reason
    assert (second.path, second.root) == (project.path, project.root)
    second.close()


@pytest.mark.skipif(os.name == "nt", reason="links take rights on Windows")
def test_a_project_with_two_names_is_only_read(project, tmp_path):
    project.close()
    other = tmp_path / "hard.maskwright"
    os.link(project.path, other)
    for path in (other, project.path):
        linked = Project.open(path)
        assert "hard link" in linked.read_only_reason
        linked.close()
    other.unlink()
    again = Project.open(project.path)
    assert not again.read_only
    again.close()


def test_second_window_sees_what_the_first_saves(project):
    second = Project.open(project.path)
    with project.step("Accept mask") as step:
        saved = step.add(an_object(project.images()[0].id))
    assert second.annotation(saved.id) == saved
    second.close()


def test_lock_of_another_process_holds_until_it_is_killed(project):
    path = project.path
    project.close()
    with another_program(path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        second = Project.open(path)
        assert f"process {process.pid}" in second.read_only_reason
        second.close()
        process.kill()
        process.wait()
        third = Project.open(path)
        assert third.read_only_reason == ""
        third.close()


def test_newer_version_is_opened_to_be_read(project):
    with project.step("Accept mask") as step:
        saved = step.add(an_object(project.images()[0].id))
    project.file.db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    project.close()
    before = project.path.read_bytes()
    newer = Project.open(project.path)
    assert "newer version" in newer.read_only_reason
    assert list(newer.annotation_table.all()) == [saved]
    newer.set_setting("zoom", 2)
    with pytest.raises(Problem, match="newer version"), newer.step("Accept mask"):
        pass
    newer.close()
    assert project.path.read_bytes() == before


def test_project_of_the_first_version_is_read_and_its_steps_are_undone(tmp_path):
    """Each new migration must keep this green; see samples/v1.sql."""
    path = tmp_path / "v1.maskwright"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((Path(__file__).parent / "samples" / "v1.sql").read_text(encoding="utf-8"))
    project = Project.open(path)
    assert (project.file.schema_version, project.read_only_reason) == (schema.VERSION, "")
    (image,), (category,), (saved,) = project.images(), project.categories(), list(project.annotation_table.all())
    assert (image.path, image.status, image.width, image.height) == ("cat 猫.png", "done", 8, 6)
    assert (category.name, category.extra) == ("cat", {"keypoints": ["ear"]})
    assert (saved.category_id, saved.mask.area, saved.milliseconds) == (category.id, 19, 1500)
    assert saved.mask.to_array()[2, 3] == False  # noqa: E712  the hole
    assert project.redo_label == "Delete object"
    assert [project.undo().name for _ in range(2)] == ["Mark done", "Accept mask"]
    assert project.statistics.counts() == {"image": 1, "category": 0, "annotation": 0}
    for _ in range(3):
        project.redo()
    assert (project.statistics.counts()["annotation"], project.redo_label) == (0, None)
    project.close()


def test_program_started_twice_at_once_makes_the_project_once(folder):
    path = folder / "p.maskwright"
    lock, _ = take(path)
    assert lock is not None
    with pytest.raises(Problem, match=r"^p\.maskwright cannot be made\. It is open in another window\.$"):
        Project.create(path, folder)
    lock.release()
    Project.create(path, folder).close()


def add_rating(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE annotation ADD COLUMN rating INTEGER NOT NULL DEFAULT 3")


def fail_half_way(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE half (id INTEGER)")
    raise RuntimeError("power cut")


def with_migrations(monkeypatch, *more) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, *more))
    monkeypatch.setattr(schema, "VERSION", len(schema.MIGRATIONS))


def test_older_project_is_brought_to_the_newest_version(project, monkeypatch):
    with project.step("Accept mask") as step:
        saved = step.add(an_object(project.images()[0].id))
    project.close()
    with_migrations(monkeypatch, add_rating)
    with pytest.raises(Problem, match="older version"):
        Project.open(project.path, read_only=True)
    again = Project.open(project.path)
    assert again.file.schema_version == schema.VERSION
    before = newest_good_backup(project.path)
    assert before is not None
    with closing(sqlite3.connect(before)) as db:
        assert schema.version_of(db) == schema.VERSION - 1
    assert again.file.db.execute("SELECT rating FROM annotation").fetchall()[0][0] == 3
    assert list(again.annotation_table.all()) == [saved]
    again.close()


def test_migration_that_breaks_off_leaves_the_version_before_it(project, monkeypatch):
    version = project.file.schema_version
    project.close()
    with_migrations(monkeypatch, add_rating, fail_half_way)
    with pytest.raises(RuntimeError):
        Project.open(project.path)
    with closing(sqlite3.connect(project.path)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == version + 1
        assert not db.execute("SELECT * FROM sqlite_schema WHERE name = 'half'").fetchall()
        assert db.execute("SELECT count(rating) FROM annotation").fetchone()[0] == 0


def test_tables_are_strict(project):
    names = project.file.db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    strict = {row["name"]: row["strict"] for row in project.file.db.execute("PRAGMA table_list")}
    assert all(strict[row["name"]] for row in names)


READ = """
import os, sys
from pathlib import Path
from app.project.store import Project
if os.geteuid() == 0:  # the super-user may write everything: somebody else must look
    os.setuid(65534)
project = Project.open(Path(sys.argv[1]))
print(len(project.images()), project.statistics.counts()["annotation"], project.read_only_reason)
project.close()
"""


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX")
@pytest.mark.parametrize("writable_folder", [True, False])
def test_project_that_may_not_be_written_is_opened_to_be_read(folder, writable_folder):
    """As on a DVD or on somebody else's share."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        made = Project.create(place / "p.maskwright", folder)
        list(made.folder.scan())
        with made.step("Accept mask") as step:
            step.add(an_object(made.images()[0].id))
        made.close()
        made.path.with_name("p.maskwright.lock").unlink(missing_ok=True)
        made.path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        place.chmod(0o777 if writable_folder else 0o555)
        result = subprocess.run(
            [sys.executable, "-c", READ, str(made.path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        place.chmod(0o777)
        assert (result.stdout, result.stderr) == ("3 1 The file cannot be written.\n", "")


@pytest.mark.parametrize("damage", ["format", "name"])
def test_a_damaged_head_or_schema_is_one_sentence(project, damage):
    """SQLite calls the one an error like any other, and quotes the other in a sentence that is no text."""
    path = project.path
    project.close()
    data = bytearray(path.read_bytes())
    if damage == "format":
        data[44:48] = (9).to_bytes(4, "big")
    else:
        at = data.index(b"annotation_of_category")
        data[at : at + 9] = b"\x80" * 9
    path.write_bytes(data)
    for read_only in (False, True):
        with pytest.raises(Problem, match=r"^cats\.maskwright: the file is damaged\. The command maskwright repair"):
            Project.open(path, read_only=read_only)
    backups_folder(path).mkdir()
    backups_folder(path).joinpath("a.maskwright").write_bytes(data)
    with pytest.raises(Problem, match=f"can be read. Its backups are in {re.escape(str(backups_folder(path)))}.$"):
        Project.open(path)
    assert newest_good_backup(path) is None
    assert back_up(path) is None


def test_change_of_a_file_whose_rows_do_not_fit_is_one_sentence(project):
    """In a sound file it is our bug."""
    with project.step("Accept mask") as step:
        saved = step.add(an_object(project.images()[0].id))
    with pytest.raises(sqlite3.IntegrityError), project.step("Accept mask") as step:
        step.add(saved)
    project.file.db.execute("PRAGMA foreign_keys = OFF")
    project.file.db.execute("UPDATE annotation SET category_id = 99")
    project.file.db.execute("PRAGMA foreign_keys = ON")
    forged = project.annotations(saved.image_id)[0]
    with pytest.raises(Problem, match=r"^cats\.maskwright: the file is damaged\."), project.step("Hide") as step:
        step.put(replace(forged, hidden=True))
    assert project.annotations(saved.image_id) == [forged]
