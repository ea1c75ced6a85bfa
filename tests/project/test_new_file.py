"""A new project file is on the disk when it has its name, and the disk is not waited for at every step of making it."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.project.store import Project
from tests.project import power_cut

ROOT = Path(__file__).parents[2]
MAKE = "import sys; from pathlib import Path; from app.project.new_file import make; file = Path(sys.argv[1])"


@pytest.fixture
def made(tmp_path):
    """What a program did to the disk that made a project file: the folder, and the record."""
    folder, record = tmp_path / "photos", tmp_path / "record"
    folder.mkdir()
    shutil.copytree(folder, tmp_path / "before")
    library = power_cut.recorder(tmp_path)
    environment = {"LD_PRELOAD": str(library), "RECORD_TO": str(record), "RECORD_BELOW": str(folder)}
    command = [sys.executable, "-c", f"{MAKE}; make(file, file.parent)", str(folder / "photos.maskwright")]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True)
    return folder, record


def test_a_new_file_is_whole_after_a_power_cut(made):
    folder, record = made
    for seed in range(10):
        power_cut.cut(folder.with_name("before"), folder, record, random.Random(seed))
        with closing(sqlite3.connect(folder / "photos.maskwright")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with closing(Project.open(folder / "photos.maskwright")) as project:
            assert not project.read_only
            assert not project.notes
            assert project.root == folder


def test_the_disk_is_waited_for_as_often_whatever_the_number_of_steps(made):
    waits = [act for act in power_cut.acts(made[1]) if act.kind == "s"]
    assert [Path(act.path).suffix for act in waits].count(".new") == 1
    assert len(waits) <= 3
