"""The write-ahead log beside a project: whose it is, when it is in the file, and what is never deleted."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.problem import Problem
from app.project.connection import connect_to_file_alone
from app.project.safety import wal
from app.project.safety.backup import told_backup
from app.project.safety.repair import repair
from app.project.store import Project
from tests.conftest import drained
from tests.project.conftest import an_object

ROOT = Path(__file__).parents[2]
WORK = """
import sys, os
from pathlib import Path
from app.project.store import Project
from tests.project.conftest import an_object
project = Project.open(Path(sys.argv[1]))
image = project.images()[0]
for number in range(int(sys.argv[2])):
    with project.step("Accept mask") as step:
        step.add(an_object(image.id, clicks=number))
os._exit(9)
"""


def killed_after(path: Path, objects: int) -> None:
    """Another program opens the project, accepts so many objects, and dies."""
    command = [sys.executable, "-c", WORK, str(path), str(objects)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9


def accept(project: Project, count: int = 1) -> None:
    for _ in range(count):
        with project.step("Accept mask") as step:
            step.add(an_object(project.images()[0].id))


def in_file_alone(path: Path) -> int:
    with closing(connect_to_file_alone(path)) as db:
        return db.execute("SELECT count(*) FROM annotation").fetchone()[0]


def objects_of(path: Path) -> int:
    with closing(Project.open(path)) as project:
        assert project.read_only_reason == ""
        return project.statistics.counts()["annotation"]


@pytest.fixture
def path(folder) -> Path:
    """Of a closed project with two objects, which lies with its images."""
    path = folder / "cats.maskwright"
    with closing(Project.create(path, folder)) as moved:
        list(moved.folder.scan())
        accept(moved, 2)
    return path


def beside(path: Path) -> set[str]:
    return {each.name.removeprefix(path.name) for each in path.parent.glob("*") if each.name.startswith(path.name)}


def test_after_closing_all_is_in_the_file_and_nothing_beside_it(path):
    assert in_file_alone(path) == 2
    assert not {"-wal", "-shm", "-wal-owner"} & beside(path)


def test_log_of_a_crash_is_played_into_its_file(path):
    killed_after(path, 3)
    assert in_file_alone(path) == 2
    assert objects_of(path) == 5
    assert objects_of(path) == 5


def test_backup_that_was_put_back_after_a_crash_is_not_touched_by_the_log(path):
    backup = told_backup(path)
    assert backup is not None
    killed_after(path, 300)
    shutil.copyfile(backup, path)
    with closing(Project.open(path)) as project:
        assert project.statistics.counts()["annotation"] == 2
        [note] = project.notes
        assert "was another file's" in note
        assert project.file.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        accept(project)
    [aside] = wal.logs_aside(path)
    assert str(aside) in note
    assert aside.stat().st_size > 0
    assert objects_of(path) == 3
    assert objects_of(backup.rename(path.with_name("again.maskwright"))) == 2


@pytest.mark.parametrize("read_only", [False, True])
def test_other_project_moved_to_the_name_of_a_crash(path, folder, read_only):
    other = Project.create(folder / "other.maskwright", folder)
    list(other.folder.scan())
    accept(other, 7)
    other.close()
    killed_after(path, 3)
    other.path.replace(path)
    with closing(Project.open(path, read_only=read_only)) as project:
        assert project.statistics.counts()["annotation"] == 7
        assert len(project.notes) == 1
    assert wal.has_log(path) is read_only


def test_log_without_an_owner_is_played_when_the_file_is_sound_with_it(path):
    killed_after(path, 3)
    wal.owner_file(path).unlink()
    assert objects_of(path) == 5


def test_log_without_an_owner_that_does_not_fit_is_put_aside(path, folder):
    backup = told_backup(path)
    assert backup is not None
    with closing(Project.open(path)) as project:
        accept(project, 400)
    killed_after(path, 300)
    shutil.copyfile(backup, path)
    wal.owner_file(path).unlink()
    with closing(Project.open(path)) as project:
        assert project.statistics.counts()["annotation"] == 2
        assert "does not fit it" in project.notes[0]


def test_new_project_under_the_name_of_a_lost_one_keeps_its_log(path, folder):
    killed_after(path, 3)
    path.rename(folder / "renamed.maskwright")
    made = Project.create(path, folder)
    made.close()
    [aside] = wal.logs_aside(path)
    assert aside.stat().st_size > 0
    # and the file that it belongs to finds it again, whatever it is called
    with closing(Project.open(folder / "renamed.maskwright")) as project:
        assert project.statistics.counts()["annotation"] == 5
        assert aside.name in project.notes[0]
    assert wal.logs_aside(path) == []


def test_each_of_several_logs_aside_comes_back_to_its_file(path, folder):
    """Also those of one second, whose names differ in a number."""
    for number in range(3):
        killed_after(path, 3)
        path.rename(folder / f"{number}.maskwright")
        with closing(Project.create(path, folder)) as made:
            list(made.folder.scan())
    for number in range(3):
        with closing(Project.open(folder / f"{number}.maskwright")) as project:
            assert project.statistics.counts()["annotation"] == 3 + (2 if number == 0 else 0)
    assert wal.logs_aside(path) == []


def test_copy_of_the_file_alone_says_what_it_may_lack(path, folder):
    copy = folder / "copy.maskwright"
    with closing(Project.open(path)) as project:
        accept(project, 3)
        project.file.bring_into_file()
        accept(project)
        shutil.copyfile(path, copy)
    with closing(Project.open(copy)) as copied:
        assert copied.read_only_reason == ""
        assert copied.statistics.counts()["annotation"] == 5
        assert "may be missing" in copied.notes[0]
    with closing(Project.open(copy)) as copied:
        assert copied.notes == ()


def test_file_that_is_open_is_not_opened_for_writing_by_another_name(path, folder):
    with closing(Project.open(path)) as project:
        path.rename(folder / "renamed.maskwright")
        with closing(Project.open(folder / "renamed.maskwright")) as second:
            assert "open in another window" in second.read_only_reason
        with pytest.raises(Problem, match="not there any more"):
            accept(project)


def test_all_is_in_a_file_that_was_renamed_while_it_was_open(path, folder):
    with closing(Project.open(path)) as project:
        accept(project, 3)
        path.rename(folder / "renamed.maskwright")
    assert beside(path) <= {".lock"}
    assert objects_of(folder / "renamed.maskwright") == 5


@pytest.mark.parametrize("whole_folder", [False, True])
def test_moved_file_is_followed(path, folder, tmp_path, whole_folder):
    project = Project.open(path)
    accept(project)
    told_backup(path)
    root = project.root
    if whole_folder:
        new = folder.rename(tmp_path / "moved") / path.name
    else:
        (folder / "below").mkdir()
        new = path.rename(folder / "below" / "new name.maskwright")
    assert not project.file.is_in_place
    found = project.file.moved_to()
    assert found == new
    project.file.follow(found)
    accept(project)
    assert project.undo() is not None
    accept(project, 2)
    assert project.root.resolve() == (new.parent if whole_folder else root)
    assert project.image_path(project.images()[0]).is_file()
    project.close()
    assert objects_of(new) == 5
    assert not {"-wal", "-shm", "-wal-owner"} & (beside(path) | beside(new))


def test_backups_follow_a_renamed_project(path, folder):
    assert told_backup(path)
    with closing(Project.open(path)) as project:
        project.file.follow(path.rename(folder / "new.maskwright"))
    assert len(list((folder / "new.maskwright-backups").iterdir())) == 1


def test_thrown_away_file_is_not_followed(path, tmp_path):
    trash = tmp_path / ".Trash-0" / "files"
    trash.mkdir(parents=True)
    with closing(Project.open(path)) as project:
        path.rename(trash / path.name)
        assert project.file.moved_to() is None
        (trash / path.name).rename(path)
        accept(project)
    assert objects_of(path) == 3


def test_older_bytes_over_the_open_file_stop_the_writing(path, folder):
    """As a sync program writes them: into the same file."""
    older = folder / "older.maskwright"
    shutil.copyfile(path, older)
    with closing(Project.open(path)) as project:
        accept(project, 400)
        project.file.bring_into_file()
        accept(project, 5)
        path.write_bytes(older.read_bytes())
        with pytest.raises(Problem, match="another program has written to the file"):
            accept(project)
        with pytest.raises(Problem, match="another program has written to the file"):
            project.file.bring_into_file()
    assert path.read_bytes() == older.read_bytes()
    with closing(Project.open(path)) as project:
        assert project.statistics.counts()["annotation"] == 2
        assert project.file.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert "was another file's" in project.notes[0]


def test_file_that_was_only_touched_is_written_to(path):
    with closing(Project.open(path)) as project:
        path.touch()
        accept(project)
        project.file.bring_into_file()
    assert objects_of(path) == 3


def test_reading_leaves_a_foreign_log_where_it_is(path):
    backup = told_backup(path)
    assert backup is not None
    killed_after(path, 5)
    shutil.copyfile(backup, path)
    before = wal.log_of(path).read_bytes()
    with closing(Project.open(path, read_only=True)) as project:
        assert project.statistics.counts()["annotation"] == 2
    assert wal.log_of(path).read_bytes() == before


def test_file_into_which_half_of_its_own_log_was_brought_is_known_again(path):
    """A kill or a full disk in a check-point: page 1 tells of pages that are not there yet, and nothing can be read."""
    killed_after(path, 60)
    log, page_bytes, head, newest = wal.log_of(path).read_bytes(), 4096, 24, b""
    for at in range(32, len(log) - head - page_bytes + 1, head + page_bytes):
        if int.from_bytes(log[at : at + 4], "big") == 1:
            newest = log[at + head : at + head + page_bytes]
    assert newest
    with path.open("r+b") as file:
        file.write(newest)
    assert wal.mark_in(path) is None
    assert objects_of(path) == 62


def test_newer_log_beside_a_copy_is_another_file_s_also_where_the_lock_file_is_another(path, tmp_path):
    """A folder that is copied while the project is open: first the file, a moment later its log."""
    (tmp_path / "stick").mkdir()
    copy = tmp_path / "stick" / path.name
    with closing(Project.open(path)) as project:
        accept(project, 3)
        project.file.bring_into_file()
        shutil.copyfile(path, copy)
        accept(project, 300)
        project.file.bring_into_file()
        accept(project, 2)
        shutil.copyfile(wal.log_of(path), wal.log_of(copy))
        shutil.copyfile(wal.owner_file(path), wal.owner_file(copy))
    with closing(Project.open(copy)) as copied:
        assert copied.statistics.counts()["annotation"] == 5
        assert "was another file's" in copied.notes[0]


def test_job_does_not_write_into_a_file_that_replaced_the_project(path, tmp_path):
    older = shutil.copyfile(path, tmp_path / "older.maskwright")
    with closing(Project.open(path)) as project:
        accept(project, 3)
        older.rename(path)
        with pytest.raises(Problem, match="replaced"):
            Project.sibling_of(path, read_only=False)
    assert objects_of(path) == 2


PARTLY = """
import os, shutil, sys
from pathlib import Path
from app.project.store import Project
from tests.project.test_log import accept
path, copy = Path(sys.argv[1]), Path(sys.argv[2])
project = Project.open(path)
accept(project, 10)
reader = Project.open(path, read_only=True)
reader.file.db.execute("BEGIN")
reader.statistics.counts()
accept(project, 10)
assert not project.file.bring_into_file()
shutil.copyfile(path, copy)
reader.close()
accept(project, 10)
assert project.file.bring_into_file()
accept(project, 100)
os._exit(9)
"""


def test_copy_of_a_partial_check_point_is_not_taken_for_the_whole(path, tmp_path):
    """Made while somebody reads, so that only a part of the log could be brought into the file."""
    copy = tmp_path / "copy.maskwright"
    command = [sys.executable, "-c", PARTLY, str(path), str(copy)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    before = in_file_alone(copy)
    shutil.copyfile(copy, path)
    with closing(Project.open(path)) as project:
        assert project.statistics.counts()["annotation"] == before
        assert project.file.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert "was another file's" in project.notes[0]


def test_own_partial_check_point_is_not_taken_for_another_program_s_writing(path):
    """The file alone is no database then: its first page tells of pages that are still in the log."""
    with closing(Project.open(path)) as project:
        project.file.bring_into_file()
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            project.set_setting("much", "x" * 20_000)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM setting").fetchone()
            project.set_setting("much", "y" * 20_000)  # the new pages again, which the reader must not see
            assert not project.file.bring_into_file()
        assert wal.mark_in(path) is None
        accept(project, 10)
    assert objects_of(path) == 12


def test_folder_in_the_place_of_the_log_is_left_there(path):
    (wal.log_of(path) / "mine").mkdir(parents=True)
    with pytest.raises(Problem):
        Project.open(path)
    assert (wal.log_of(path) / "mine").is_dir()


def test_follow_that_fails_keeps_the_lock(path, folder, tmp_path):
    project = Project.open(path)
    accept(project)
    with closing(Project.open(path, read_only=True)) as reader:
        reader.file.db.execute("BEGIN")
        reader.statistics.counts()
        accept(project)
        new = path.rename(tmp_path / "new.maskwright")
        with pytest.raises(Problem, match="somebody still reads it"):
            project.file.follow(new)
    new.rename(path)
    with closing(Project.open(path)) as second:
        assert "open in another window" in second.read_only_reason
    project.close()
    assert objects_of(path) == 4


def test_images_that_were_agreed_to_stay_so_when_the_file_is_renamed(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    path = tmp_path / "elsewhere" / "far.maskwright"
    project = Project.create(path, folder)
    project.file.follow(path.rename(path.with_name("other.maskwright")))
    assert project.whereabouts.is_settled
    project.close()


def test_repair_does_not_play_another_file_s_log(path):
    backup = told_backup(path)
    assert backup is not None
    killed_after(path, 30)
    shutil.copyfile(backup, path)
    out = path.with_name("repaired.maskwright")
    drained(repair(path, out))
    assert objects_of(out) == 2
