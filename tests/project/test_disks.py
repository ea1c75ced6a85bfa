"""A drive that was pulled out, a disk without locks, a lock file that somebody deleted: each is told as what it is."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.problem import Problem
from app.project import disks
from app.project.safety.backup import told_backup
from app.project.safety.lock import NO_LOCKS
from app.project.safety.restoring import restore
from app.project.store import Project
from tests.project.conftest import an_object

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shim(tmp_path_factory) -> Path:
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("disks are made to fail by a library that a C compiler makes, on Linux")
    library = tmp_path_factory.mktemp("shim") / "failing_disk.so"
    source = Path(__file__).with_name("failing_disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


@contextmanager
def person(path: Path, **environment: str):
    """A process that does with the project what it is told (`ask`), in the way of `main`."""
    command = [sys.executable, "-m", "tests.project.test_disks", str(path)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[str], what: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    print(what, file=process.stdin, flush=True)
    return process.stdout.readline().strip()


def main(path: Path) -> None:
    """Does what it reads, and says what became of it in one line."""
    project: Project | None = None
    for line in sys.stdin:
        try:
            match line.strip():
                case "open":
                    project = Project.open(path)
                    said = project.read_only_reason or "to be written"
                case "accept" if project:
                    with project.step("Accept mask") as step:
                        step.add(an_object(project.images()[0].id))
                    said = "saved"
                case "count" if project:
                    project.refresh()
                    project.file.db.execute("PRAGMA cache_size = 0")
                    said = f"{len(list(project.annotation_table.all()))} objects"
                case "close" if project:
                    project.close()
                    said = "closed"
                case _:
                    said = "what?"
        except Problem as problem:
            said = f"problem {problem}"
        print(said.replace("\n", " "), flush=True)


# --- a drive that was pulled out -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.EIO, errno.ENODEV, errno.ESTALE, errno.ENOTCONN], ids=errno.errorcode.get)
def test_a_drive_that_was_pulled_out_is_no_damage_and_reconnecting_goes_on(project, shim, tmp_path, code):
    path, pulled = project.path, tmp_path / "pulled"
    project.close()
    failing = {"LD_PRELOAD": str(shim), "FAIL_BELOW": str(path), "FAIL_WHILE": str(pulled), "FAIL_ERRNO": str(code)}
    with person(path, **failing) as other:
        assert ask(other, "open") == "to be written"
        assert ask(other, "accept") == "saved"
        pulled.touch()
        for what in ("accept", "count", "open"):
            told = ask(other, what)
            assert told.startswith(f"problem {path.name}: the disk does not answer: is it still connected?"), told
            assert "damage" not in told
            assert "repair" not in told
        pulled.unlink()
        assert ask(other, "count") == "1 objects"
        assert ask(other, "accept") == "saved"
        assert ask(other, "close") == "closed"
    with closing(Project.open(path)) as again:
        assert again.statistics.counts()["annotation"] == 2


def test_damage_is_still_damage(project):
    path = project.path
    project.close()
    with path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    with pytest.raises(Problem, match="damaged"), closing(Project.open(path)) as opened:
        list(opened.images())


@pytest.mark.skipif(sys.platform == "win32", reason="locks go with their descriptor there")
def test_looking_whether_the_disk_answers_takes_no_lock_away(project):
    """Closing any descriptor of a file takes away all that a process has locked there."""
    assert disks.gives(project.path)
    code = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    tried = subprocess.run([sys.executable, "-c", code, project.path], capture_output=True, text=True, check=False)
    assert "BlockingIOError" in tried.stderr


# --- a disk without locks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP], ids=errno.errorcode.get)
def test_a_project_on_a_disk_without_locks_is_read_and_says_why(project, shim, tmp_path, code):
    path = project.path
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    project.close()
    below = {"FAIL_BELOW": str(path), "FAIL_WHILE": str(path), "FAIL_ERRNO": str(code), "FAIL_LOCKS": "1"}
    with person(path, LD_PRELOAD=str(shim), **below) as other:
        assert ask(other, "open") == NO_LOCKS
        assert ask(other, "count") == "1 objects"
        assert ask(other, "accept") == f"problem {path.name} is read-only. {NO_LOCKS}"


def test_a_new_project_on_a_disk_without_locks_is_refused_with_the_reason(folder, monkeypatch):
    import fcntl

    def refused(_file: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(disks, "_without_locks", set())
    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(Problem, match=r"^p\.maskwright cannot be made\. Its disk knows no locks"):
        Project.create(folder.parent / "p.maskwright", folder)


# --- a lock file that somebody deleted -------------------------------------------------------------------------------

posix = pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be deleted there")


@posix
def test_a_second_writer_does_not_get_in_when_the_lock_file_is_deleted(project):
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    path, backup = project.path, told_backup(project.path)
    assert backup is not None
    with person(path) as other:
        disks.lock_file(path).unlink()
        told = ask(other, "open")
        assert told.startswith("It is open in another window: ")
        assert f"process {os.getpid()}" in told
        assert "read-only" in ask(other, "accept")
        with pytest.raises(Problem, match=r"cannot be restored\. It is open in another window"):
            restore(path, backup)
        with project.step("Accept mask") as step:
            step.add(an_object(project.images()[0].id))
        assert ask(other, "close") == "closed"
        assert ask(other, "open").startswith("It is open in another window: ")  # the lock file is there again
        project.close()
        assert ask(other, "open") == "to be written"


@posix
def test_a_lock_file_that_is_deleted_is_made_again_with_the_next_change(project):
    disks.lock_file(project.path).unlink()
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))
    assert disks.lock_file(project.path).exists()
    with person(project.path) as other:
        assert ask(other, "open").startswith("It is open in another window: ")


@posix
def test_who_lost_the_lock_to_another_program_writes_no_more(project):
    """An older version of it, which looks at the lock file alone."""
    from filelock import FileLock

    disks.lock_file(project.path).unlink()
    with (
        FileLock(disks.lock_file(project.path), timeout=0),
        pytest.raises(Problem, match="its lock file was deleted, and another"),
    ):
        project.undo()
    with project.step("Accept mask") as step:
        step.add(an_object(project.images()[0].id))


@posix
def test_a_lock_file_deleted_after_a_crash_keeps_nobody_out(project):
    path = project.path
    project.close()
    with person(path) as other:
        assert ask(other, "open") == "to be written"
        assert ask(other, "accept") == "saved"
    disks.lock_file(path).unlink()
    with closing(Project.open(path)) as again:
        assert again.read_only_reason == ""
        assert again.statistics.counts()["annotation"] == 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
