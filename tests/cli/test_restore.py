import shutil
from pathlib import Path

import numpy as np
import pytest

from app.masks.rle import Mask
from app.project.records import Annotation
from app.project.safety.backup import told_backup
from app.project.store import Project


@pytest.fixture
def project(call, photos, tmp_path) -> Path:
    """With one object in its backup, and two more."""
    path = tmp_path / "cats.maskwright"
    call("new", path, photos)
    accept(path, 1)
    assert told_backup(path)
    accept(path, 2)
    return path


def accept(path: Path, count: int) -> None:
    opened = Project.open(path)
    for _ in range(count):
        with opened.step("Accept mask") as step:
            step.add(Annotation(0, opened.images()[0].id, None, Mask.from_array(np.ones((3, 4), np.bool_))))
    opened.close()


def test_restore_lists_the_backups_and_what_each_would_lose(call, project):
    [line, how] = call("restore", project).out.splitlines()
    assert line.startswith(" 1  cats 20")
    assert line.endswith("UTC.maskwright: 1 object. Loses 2 steps: 2 new objects.")
    assert how.startswith("To go back to one")
    [backup] = call("restore", project, "--json").json["backups"]
    assert backup["would_lose"] == {"steps": 2, "new_objects": 2, "changed_objects": 0}
    assert call("info", project, "--json").json["annotations"] == 3


def test_restore_lists_the_number_of_a_backup_beside_that_of_its_objects(call, project):
    assert told_backup(project)
    newest, oldest, _ = call("restore", project).out.splitlines()
    assert newest.startswith(" 1  cats 20")
    assert ": 3 objects. " in newest
    assert oldest.startswith(" 2  cats 20")
    assert ": 1 object. " in oldest


def test_restore_goes_back_by_number_or_file_and_keeps_what_was_there(call, project):
    done = call("restore", project, "1", "--json").json
    assert call("info", project, "--json").json["annotations"] == 1
    [kept] = done["kept"]
    assert call("restore", project, kept).out.startswith("cats.maskwright is as it was in cats 20")
    assert call("info", project, "--json").json["annotations"] == 3


def test_restore_refuses_what_is_no_backup(call, project, photos):
    assert call("restore", project, "7").err.startswith("cats.maskwright has no backup number 7;")
    assert "is no good backup" in call("restore", project, next(photos.glob("*.png"))).err
    assert call("restore", project.with_name("none.maskwright")).out == "There is no backup of it.\n"


def test_what_was_found_of_a_log_is_told(call, project):
    [backup] = project.with_name("cats.maskwright-backups").iterdir()
    shutil.copyfile(backup, project)
    project.with_name("cats.maskwright-wal").write_bytes(bytes(5000))
    project.with_name("cats.maskwright-wal-owner").write_text('["open 1"]')
    outcome = call("scan", project)
    assert "the log beside it, with changes that are not in the file, was another file's" in outcome.err
    assert outcome.code == 0
