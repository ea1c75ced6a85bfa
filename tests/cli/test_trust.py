"""A project that names a folder outside its own, in the terminal: no command looks there before the person agrees."""

import os
import shutil

import pytest

from app.formats.registry import formats
from app.paths import resource
from tests.project.strangers import home_of_somebody, image_rows, sent
from tests.project.watching import watched

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a right there")
SERVER = "//server/share"
TOLD = "which is not below its own folder: nothing was looked at there."
COMMANDS = {
    "scan {0}": 1,
    "info {0}": 0,
    "check {0}": 0,
    "history {0} --image a.png": 0,
    "export {0} {1}/out.json": 0,
    "export {0} {1}/labelme --format labelme": 0,
    "export {0} {1}/yolo --format yolo-seg --dry-run": 0,
    "import {0} {1}/in.json": 0,
    "embed {0} --out {1}/embeddings": 1,
    "diff {0} {1}/in.json": 0,
    "repair {0} --out {1}/new/new.maskwright": 0,
    "compact {0} --keep-days 1": 0,
}


@pytest.fixture
def home_of(tmp_path):
    return home_of_somebody(tmp_path)


@pytest.fixture
def place(tmp_path, call):
    """With a COCO file."""
    (tmp_path / "new").mkdir()
    project = sent(tmp_path / "other", ".", "a.png", "b.png")
    shutil.copy(resource("samples/chelsea.png"), project.parent / "a.png")
    assert call("export", project, tmp_path / "in.json").code == 0
    return tmp_path


@pytest.mark.parametrize("folder", ["home", "server"])
@pytest.mark.parametrize("words", COMMANDS)
def test_no_command_looks_there_and_each_tells(call, home_of, place, words, folder):
    named = str(home_of) if folder == "home" else SERVER
    path = sent(place / "mail", named, "a.png", "b.png")
    before = image_rows(path)
    with watched(home_of, SERVER, "/server") as touched:
        outcome = call(*words.format(path, place).split())
    assert touched == []
    assert image_rows(path) == before
    assert (outcome.code, "Traceback" in outcome.err) == (COMMANDS[words], False)
    if not words.startswith(("repair", "compact")):
        assert f"sent.maskwright says that its images are in {named}, {TOLD}" in outcome.err
        assert outcome.err.count(TOLD) == 1
        assert outcome.err.strip().endswith("say so once with the command maskwright trust.")


def test_who_trusts_a_project_is_not_asked_again(call, home_of, place):
    path = sent(place / "mail", "../somebody", "a.png")
    assert call("scan", path).code == 1
    outcome = call("trust", path)
    assert (outcome.code, outcome.out) == (0, f"sent.maskwright looks for its images in {home_of}.\n")
    assert call("scan", path, "--json").json["images"] == 3
    assert call("info", path).err == ""
    assert call("trust", path, "--json").json == {"project": str(path), "images_dir": str(home_of)}


def test_another_folder_is_kept_in_the_project(call, home_of, place):
    path = sent(place / "mail", "a\0b", "a.png")
    assert call("scan", path).err.endswith("The command maskwright trust names one: --images FOLDER.")
    assert call("trust", path).code == 1
    assert call("trust", path, "--images", place / "nowhere").code == 1
    assert call("trust", path, "--images", home_of).code == 0
    assert call("scan", path, "--json").json["missing"] == []


def test_who_makes_a_project_need_not_trust_it(run, home_of, tmp_path):
    (tmp_path / "work").mkdir()
    project = tmp_path / "work" / "p.maskwright"
    assert run("new", project, home_of).code == 0
    assert run("scan", project, "--json").json["images"] == 3


@pytest.mark.parametrize("words", [words for words in COMMANDS if not words.startswith("embed")])
@pytest.mark.parametrize("name", ["a\0b.png", "x" * 1_000_000 + ".png", "../somebody/a.png", "\x1b[2J.png"])
def test_awkward_names_of_images_are_no_traceback(call, home_of, place, name, words):
    path = sent(place / "mail", ".", "a.png", name)
    with watched(home_of) as touched:
        outcome = call(*words.format(path, place).split())
    assert touched == []
    assert outcome.code in (0, 1, 3)


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 1_000_000 + ".png", "link/c.png"])
@pytest.mark.parametrize("format", [each.name for each in formats()])
def test_every_format_is_written_without_a_look_outside(call, home_of, tmp_path, format, name):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "link").symlink_to(home_of)
    path = sent(tmp_path / "mail", ".", "a.png", name)
    with watched(home_of) as touched:
        outcome = call("export", path, tmp_path / "out", "--format", format)
        assert outcome.code in (0, 3), "3: what has a name that no file can have is left out"
        assert outcome.err == ""
        outcome = call("import", path, tmp_path / "out", "--format", format)
        assert outcome.code in (0, 1, 3)
    assert touched == []
