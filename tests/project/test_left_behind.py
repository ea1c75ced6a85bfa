"""What killed programs left goes with the next start or export, what one is writing stays, reading leaves nothing."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.formats.registry import formats
from app.partial import remove_all_leftovers, remove_leftovers
from app.paths import cache_dir
from app.private import make_folder
from app.project.connection import remove_traces
from app.project.store import Project
from tests.conftest import drained
from tests.project.conftest import an_object

ROOT = Path(__file__).parents[2]
EACH = 80
"""Objects on each of three images."""
FORMATS = [each for each in formats() if each.name in ("coco", "cvat", "png", "yolo-seg")]


@contextmanager
def begun(what: str, *paths: Path) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of it, killed at the end."""
    command = [sys.executable, "-m", "tests.project.test_left_behind", what, *map(str, paths)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "half\n"
            yield process
        finally:
            process.kill()


def main(what: str, *paths: Path) -> None:
    """Does it but for the end, which it does after a line of input."""
    from app.formats.kit.format import try_export
    from app.formats.registry import format_named
    from app.project.safety.repair import repair

    match what, paths:
        case "repair", [path, out]:
            steps = repair(path, out)
        case "trial", [path]:
            steps = try_export(Project.open(path, read_only=True), format_named("coco"))
        case name, [path, out]:
            steps = format_named(name).export_file(Project.open(path, read_only=True), out)
        case _:
            raise AssertionError(what)
    for done, total in steps:
        if 0 < done < total or what == "repair":
            break
    print("half", flush=True)
    if sys.stdin.readline():
        drained(steps)
        print("whole", flush=True)


@pytest.fixture
def saved(project) -> Path:
    """A project with many objects, closed."""
    with project.step("Accept masks") as step:
        for image in project.images():
            step.add_all([an_object(image.id) for _ in range(EACH)])
    project.close()
    return project.path


@pytest.fixture
def out(tmp_path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def exported(path: Path, each, out: Path) -> None:
    with closing(Project.open(path, read_only=True)) as project:
        drained(each.export_file(project, out / f"out{each.suffix}"))


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.name)
def test_what_a_killed_export_left_goes_with_the_next_one(each, saved, out):
    with begun(each.name, saved, out / f"out{each.suffix}"):
        assert any(path.name.endswith(".part") for path in out.iterdir())
    assert list(out.iterdir()) != []
    exported(saved, each, out)
    assert [path.name for path in out.iterdir()] == [f"out{each.suffix}"]


@pytest.mark.skipif(sys.platform == "win32", reason="there one waits for a day")
@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.name)
def test_what_another_process_is_writing_stays(each, saved, out):
    with begun(each.name, saved, out / f"theirs{each.suffix}") as process:
        exported(saved, each, out)
        remove_leftovers(out)
        assert process.stdin is not None
        assert process.stdout is not None
        print(file=process.stdin, flush=True)
        assert process.stdout.readline() == "whole\n"
    assert {path.name for path in out.iterdir()} == {f"out{each.suffix}", f"theirs{each.suffix}"}


def test_what_a_killed_export_left_goes_with_the_next_start(saved, out):
    each = FORMATS[0]
    make_folder(cache_dir())  # as a window does
    with begun(each.name, saved, out / f"out{each.suffix}"):
        remove_all_leftovers()
        assert list(out.iterdir()) != []
    remove_all_leftovers()
    assert list(out.iterdir()) == []
    remove_all_leftovers()


def test_what_a_killed_trial_left_goes_with_the_next_one(saved, tmp_path, monkeypatch):
    from app.formats.kit.format import try_export
    from app.formats.registry import format_named

    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", str(place))
    with begun("trial", saved):
        assert list(place.iterdir()) != []
    with closing(Project.open(saved, read_only=True)) as project:
        drained(try_export(project, format_named("coco")))
    assert list(place.iterdir()) == []


def test_what_a_killed_repair_or_a_killed_start_left_goes_when_the_project_is_opened(saved):
    unfinished = saved.with_name(f"{saved.name}.new")
    shutil.copy(saved, unfinished)
    with begun("repair", saved, saved.with_name("repaired.maskwright")):
        pass
    before = set(saved.parent.iterdir())
    assert any(path.is_dir() and path.name.startswith(".maskwright-") for path in before)
    Project.open(saved).close()
    gone = before - set(saved.parent.iterdir())
    assert {path.name for path in gone} >= {unfinished.name}
    assert not [path for path in saved.parent.iterdir() if path.name.startswith(".maskwright-")]


def test_an_export_that_was_killed_while_it_took_the_place_of_the_old_one_loses_neither(saved, out):
    each = next(each for each in formats() if each.name == "png")
    exported(saved, each, out)
    before = sorted(path.name for path in (out / "out").rglob("*"))
    code = "import sys; from pathlib import Path; from app.partial import replaced; p = Path(sys.argv[1])"
    subprocess.run([sys.executable, "-c", f"{code}; p.rename(replaced(p))", out / "out"], cwd=ROOT, check=True)
    assert not (out / "out").exists()
    remove_leftovers(out)
    assert [path.name for path in out.iterdir()] == ["out"]
    assert sorted(path.name for path in (out / "out").rglob("*")) == before
    exported(saved, each, out)


def test_what_another_computer_writes_stays_for_a_day(out):
    theirs, old = out / ".maskwright-01234567-1-0123456789ab.part", out / ".maskwright-01234567-2-0123456789ab.part"
    others = [out / ".mine.part", out / "maskwright-01234567-2-0123456789ab.part"]
    for path in (theirs, old, *others):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - 100_000,) * 2 if path != theirs else None)
    remove_leftovers(out)
    assert set(out.iterdir()) == {theirs, *others}


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["info", "PROJECT"],
        ["history", "PROJECT", "--image", "img2.png"],
        ["check", "PROJECT"],
        ["export", "PROJECT", "OUT/out.json", "--format", "coco"],
        ["export", "PROJECT", "OUT/out.json", "--format", "coco", "--dry-run"],
        ["diff", "PROJECT", "PROJECT"],
    ],
    ids=lambda command: " ".join(command),
)
def test_reading_commands_leave_nothing_beside_a_project(command, saved, out):
    disk = {path: path.read_bytes() for path in saved.parent.iterdir() if path.is_file()}
    words = [word.replace("PROJECT", str(saved)).replace("OUT", str(out)) for word in command]
    done = subprocess.run([sys.executable, "-m", "app", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in saved.parent.iterdir() if path.is_file()} == disk


def test_reading_leaves_a_log_alone_that_holds_something(saved):
    log = saved.with_name(f"{saved.name}-wal")
    with closing(Project.open(saved)) as project:
        with project.step("Accept mask") as step:
            step.add(an_object(project.images()[0].id))
        before = log.read_bytes()
        assert before
        Project.open(saved, read_only=True).close()
        assert log.read_bytes() == before


def write(path: Path, count: int) -> None:
    for _ in range(count):
        with closing(Project.open(path)) as project, project.step("Accept mask") as step:
            step.add(an_object(project.images()[0].id))


def test_whoever_reads_takes_nothing_from_who_opens_the_project_meanwhile(saved):
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=write, args=(saved, 40))
    writer.start()
    reads = 0
    while writer.is_alive():
        with closing(Project.open(saved, read_only=True)) as project:
            assert project.statistics.counts()["annotation"] >= 3 * EACH
        remove_traces(saved)
        reads += 1
    writer.join()
    assert writer.exitcode == 0
    assert reads > 10
    with closing(Project.open(saved)) as project:
        assert project.statistics.counts()["annotation"] == 3 * EACH + 40
        assert project.file.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


if __name__ == "__main__":
    import app.project.safety.repair

    app.project.safety.repair._TELL_EVERY = 1
    main(sys.argv[1], *map(Path, sys.argv[2:]))
