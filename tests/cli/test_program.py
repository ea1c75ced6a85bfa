"""The program as a whole: help, version, usage, projects."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from app.cli.screen import NO_SCREEN
from app.paths import resource

CAT = resource("samples/chelsea.png")


def test_help_names_every_command(run):
    outcome = run("--help")
    assert (outcome.code, outcome.err) == (0, "")
    for command in [
        "open",
        "new",
        "info",
        "scan",
        "segment",
        "evaluate",
        "import",
        "export",
        "repair",
        "restore",
        "check",
        "models",
        "doctor",
    ]:
        assert f" {command} " in outcome.out


def test_the_terminal_loads_neither_torch_nor_qt():
    script = "import sys; import app.__main__, app.cli.program; print([m for m in sys.modules if m.split('.')[0] in " \
        "('torch', 'PySide6', 'cv2', 'sqlite3')])"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_version(run):
    outcome = run("--version")
    assert outcome.code == 0
    assert outcome.out.startswith("maskwright ")


def test_an_unknown_command_is_a_usage_error(run):
    outcome = run("paint")
    assert (outcome.code, outcome.out) == (2, "")
    assert "No such command" in outcome.err


def test_a_new_project_holds_the_images_of_the_folder(run, photos, tmp_path):
    project = tmp_path / "cats.maskwright"
    made = run("new", project, photos)
    assert (made.code, made.out, made.err) == (0, f"{project}: 2 images\n", "")
    value = run("info", project, "--json").json
    assert value["images"] == 2
    assert value["classes"] == value["annotations"] == 0
    assert value["schema_version"] >= 1
    assert value["images_dir"] == str(photos)


def test_new_does_not_overwrite(call, photos, tmp_path):
    project = tmp_path / "cats.maskwright"
    assert call("new", project, photos, "--json").json["images"] == 2
    outcome = call("new", project, photos)
    assert (outcome.code, outcome.err) == (1, "cats.maskwright exists already.")


def test_scan_tells_what_is_new_moved_or_gone(call, tmp_path):
    folder, project = tmp_path / "images", tmp_path / "p.maskwright"
    folder.mkdir()
    for number in range(4):
        Image.new("RGB", (4, 3), (number, 0, 0)).save(folder / f"{number}.png")
    assert call("new", project, folder).code == 0
    (folder / "0.png").rename(folder / "zero.png")
    (folder / "1.png").unlink()
    Image.new("RGB", (40, 30)).save(folder / "new.png")
    outcome = call("scan", project)
    assert (outcome.code, outcome.out) == (0, "5 images: 1 new, 1 moved, 1 missing.\n1.png is missing.\n")
    value = call("scan", project, "--json").json
    assert (value["new"], value["moved"], value["missing"]) == (0, 0, ["1.png"])


def test_an_empty_folder_makes_an_empty_project(call, tmp_path):
    (tmp_path / "empty").mkdir()
    assert call("new", tmp_path / "p.maskwright", tmp_path / "empty", "--json").json["images"] == 0


def test_a_file_that_is_no_project_is_said(call, tmp_path):
    stranger = tmp_path / "notes.maskwright"
    stranger.write_text("hello")
    outcome = call("info", stranger, "--json")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("notes.maskwright: ")
    assert call("info", tmp_path / "none.maskwright").err.endswith("none.maskwright does not exist.")


def test_a_folder_is_no_project_and_it_is_said(call, tmp_path):
    for command in ("info", "repair"):
        outcome = call(command, tmp_path)
        assert outcome.code == 1
        assert outcome.err == f"{tmp_path} is a folder, not a project: name the .maskwright file."


def test_a_project_file_must_bear_its_ending(call, tmp_path):
    assert call("new", tmp_path / "p.txt", tmp_path).err == "p.txt: a project file ends with .maskwright."


def test_open_refuses_what_is_not_there(run, tmp_path):
    outcome = run("open", tmp_path / "nothing")
    assert outcome.code == 1
    assert outcome.err == f"{tmp_path / 'nothing'} does not exist.\n"


def test_open_takes_a_path_or_the_sample(call, tmp_path):
    assert call("open", tmp_path, "--sample").code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_without_a_command_the_window_opens_and_a_polite_kill_closes_it():
    program = subprocess.Popen(
        [sys.executable, "-m", "app"], env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 60
        while not _catches(program.pid, signal.SIGTERM):  # as the window does when it is about to be shown
            assert program.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)
        program.terminate()
        assert program.wait(timeout=30) == 0  # also when it is asked in the instant before the window is there
    finally:
        program.kill()
        program.communicate()


def _catches(pid: int, number: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16)
    return bool(caught >> (number - 1) & 1)


def test_import_backs_up_what_was_there_before(call, photos, tmp_path):
    project = tmp_path / "p.maskwright"
    call("new", project, photos)
    for name in ("first", "second"):
        file = tmp_path / f"{name}.json"
        image = {"id": 1, "file_name": "猫.png", "width": 451, "height": 300}
        shape = {"id": 0, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 9, 1, len(name), 9]]}
        file.write_text(
            json.dumps({"images": [image], "categories": [{"id": 1, "name": name}], "annotations": [shape]})
        )
        assert call("import", project, file, "--json").json["annotations"] == 1
    (made,) = (tmp_path / "p.maskwright-backups").iterdir()
    assert call("info", made, "--json").json["annotations"] == 1
    assert call("info", project, "--json").json["annotations"] == 2


def test_repair_tells_what_was_saved_or_names_the_backup(call, photos, tmp_path):
    project = tmp_path / "p.maskwright"
    call("new", project, photos)
    outcome = call("repair", project)
    assert outcome.out == (
        f"Saved 0 objects, 0 classes, 2 images in {tmp_path / 'p-repaired.maskwright'}.\nNothing is lost.\n"
    )
    assert call("info", tmp_path / "p-repaired.maskwright", "--json").json["images"] == 2
    assert call("repair", project).err == "p-repaired.maskwright exists already."
    value = call("repair", project, "--out", tmp_path / "again.maskwright", "--json").json
    assert value["saved"] == {"image": 2, "category": 0, "annotation": 0}
    project.write_bytes(b"nothing of it is left")
    outcome = call("repair", project, "--out", tmp_path / "none.maskwright")
    assert (outcome.code, outcome.err) == (1, "p.maskwright is beyond reading. There is no good backup of it.")
    assert call("repair", tmp_path / "p.maskwright", "--out", tmp_path / "x.db").code == 1


def test_constants_of_modules_are_made_in_the_language_of_the_system():
    script = (
        "import sys; from app import text; text.languages = lambda: ['en', 'xx']; sys.argv[1:] = ['--version']\n"
        f"text._read = lambda _language: {{{NO_SCREEN.key!r}: 'XX'}}\n"
        "import app.cli\n"
        "try: app.cli.main()\n"
        "finally: from app.cli.screen import NO_SCREEN; print(NO_SCREEN + '!')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "xx"})  # fmt: skip
    assert done.stdout.endswith("XX!\n")
