"""On a computer of many people what the program writes is for its owner alone; exports are as the system says."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from typer.testing import CliRunner

from app.cli.program import program
from app.project.disks import lock_file
from app.project.safety.backup import backups_of
from app.project.safety.backup_files import backups_folder
from app.project.store import Project
from app.ui.settings import Settings
from app.ui.start import assembled
from tests.ui.conftest import ANSWER_MS, Hand

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no such bits")
ROOT = Path(__file__).parents[2]
MIDDLE = (250, 250)


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.lstat().st_mode):o}"


def open_to_others(*roots: Path) -> list[str]:
    paths = [path for root in roots for path in (root, *root.rglob("*"))]
    return [f"{path} {mode(path)}" for path in paths if mode(path) != ("700" if path.is_dir() else "600")]


def maskwright(*words: object) -> None:
    """The terminal's command in this process, which is quicker."""
    result = CliRunner().invoke(program, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr


def started(*words: object) -> None:
    """The same in a process of its own, with its log."""
    command = [sys.executable, "-m", "app", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_window_writes_is_for_its_owner_alone(dressed, photos, home, qtbot):
    settings = Settings()
    with assembled(settings) as window:
        qtbot.addWidget(window)
        window.show()
        window.open_path(photos)
        qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.canvas.has_image, timeout=ANSWER_MS)
        qtbot.waitUntil(lambda: window.workspace.session.place.is_encoded, timeout=ANSWER_MS)
        window.workspace.canvas.setFocus()
        hand, project = Hand(window, qtbot), window.workspace.project.path
        hand.click(*MIDDLE)
        hand.wait_for_mask()
        hand.key(Qt.Key.Key_Return)
        beside = [path for path in project.parent.iterdir() if path.name.startswith(project.name)]
        assert {path.name for path in beside} >= {f"{project.name}{end}" for end in ("", ".lock", "-wal", "-shm")}
        assert open_to_others(*beside) == []
        window.projects.open_sample()
        settings.save_layout("window", window.saveGeometry())
        window.close()
        settings._file.sync()
    assert {path.name for path in home.iterdir()} == {"cache", "config", "data"}
    assert open_to_others(*home.iterdir()) == []


def test_what_commands_write_is_for_its_owner_alone_and_exports_are_as_the_system_says(photos, home, mine, tmp_path):
    project, out = tmp_path / "p.maskwright", tmp_path / "out"
    started("new", project, photos)
    with closing(Project.open(project)) as opened, opened.step("Add class"):
        pass
    maskwright("models", "import", mine)
    maskwright("embed", project)
    maskwright("embed", project, "--out", tmp_path / "embeddings")
    out.mkdir()
    maskwright("export", project, out / "coco.json", "--format", "coco")
    maskwright("export", project, out / "png", "--format", "png")
    assert open_to_others(*home.iterdir(), project, lock_file(project)) == []
    for path in (tmp_path / "embeddings", *(tmp_path / "embeddings").iterdir(), out, *out.rglob("*")):
        assert mode(path) == ("755" if path.is_dir() else "644"), path


def test_backups_are_for_those_who_may_use_the_project(photos, tmp_path):
    project = tmp_path / "p.maskwright"
    maskwright("new", project, photos)
    maskwright("import", project, coco_of(tmp_path), "--format", "coco")
    maskwright("import", project, coco_of(tmp_path), "--format", "coco")
    assert backups_of(project)
    assert open_to_others(backups_folder(project)) == []


def test_a_project_that_was_shared_with_a_group_stays_shared(photos, tmp_path):
    project = tmp_path / "p.maskwright"
    maskwright("new", project, photos)
    project.chmod(0o660)
    lock_file(project).unlink()
    maskwright("import", project, coco_of(tmp_path), "--format", "coco")
    maskwright("import", project, coco_of(tmp_path), "--format", "coco")
    assert (mode(project), mode(lock_file(project)), mode(backups_folder(project))) == ("660", "660", "770")
    assert {mode(path) for path in backups_of(project)} == {"660"}
    maskwright("restore", project, "1")
    maskwright("repair", project, "--out", tmp_path / "q.maskwright")
    assert (mode(project), mode(tmp_path / "q.maskwright")) == ("660", "660")
    project.chmod(0o644)  # of an older version: its rights are the person's
    shutil.rmtree(backups_folder(project))
    maskwright("import", project, coco_of(tmp_path), "--format", "coco")
    maskwright("import", project, coco_of(tmp_path), "--format", "coco")
    assert (mode(project), mode(backups_folder(project))) == ("644", "755")


def coco_of(folder: Path) -> Path:
    file = folder / "in.json"
    image = {"id": 1, "file_name": "astronaut.png", "width": 512, "height": 512}
    shape = {"image_id": 1, "category_id": 1, "segmentation": [[0, 0, 9, 0, 9, 9]]}
    content = {"images": [image], "categories": [{"id": 1, "name": "cat"}], "annotations": [shape]}
    file.write_text(json.dumps(content))
    return file
