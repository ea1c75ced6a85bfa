"""What `python3 dev.py test` asks of pytest."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import dev


@pytest.fixture
def calls(monkeypatch):
    """The arguments of each program that would run; they end with the statuses in `statuses`, or well."""
    made, statuses = [], []

    def python(*arguments):
        made.append((list(arguments), os.environ.get("TMPDIR")))
        return statuses.pop(0) if statuses else 0

    monkeypatch.setenv("TMPDIR", tempfile.gettempdir())
    monkeypatch.setattr(dev, "python", python)
    for name in ("install", "install_oracles", "need_system_libraries"):
        monkeypatch.setattr(dev, name, lambda **_: None)
    python.made, python.statuses = made, statuses
    return python


def marks(calls):
    return [arguments[arguments.index("-m", 2) + 1] for arguments, _ in calls.made]


@pytest.mark.parametrize("arguments", [[], ["--fast"], ["-x"], ["--fast", "tests/ui"]])
def test_without_a_name_the_fast_lane_runs(calls, arguments):
    assert dev.test(arguments) == 0
    assert marks(calls) == ["not slow and not serial", "not slow and serial"]
    (side_by_side, _), (alone, _) = calls.made
    assert "-n" in side_by_side
    assert "-n" not in alone
    own = [a for a in arguments if a != "--fast"]
    assert alone[4 : 4 + len(own)] == own
    assert bool(alone[4 + len(own) :]) == ("tests/ui" not in own)


@pytest.mark.parametrize("arguments", [["--slow"], ["--slow", "tests/project"]])
def test_the_slow_lane_runs_on_a_real_disk(calls, arguments):
    assert dev.test(arguments) == 0
    assert marks(calls) == ["slow and not serial", "slow and serial"]
    assert {folder for _, folder in calls.made} == {os.environ["TMPDIR"]}


@pytest.mark.parametrize("name", ["tests/test_dev.py", "tests/test_dev.py::test_it", "tests/ui"])
def test_what_is_named_runs_whole(calls, name):
    assert dev.test([name, "-x"]) == 0
    assert [arguments for arguments, _ in calls.made] == [["-m", "pytest", name, "-x"]]


@pytest.mark.parametrize(
    ("statuses", "status"), [([0, 5], 0), ([5, 0], 0), ([5, 5], 5), ([1], 1), ([0, 1], 1), ([5, 1], 1)]
)
def test_a_part_with_nothing_to_do_is_no_failure(calls, statuses, status):
    calls.statuses += statuses
    assert dev.test([]) == status
    assert not calls.statuses


def test_the_fast_lane_leaves_no_folder_in_memory(calls):
    before = os.environ["TMPDIR"]
    assert dev.test([]) == 0
    assert {os.path.exists(folder) for _, folder in calls.made if folder != before} <= {False}  # noqa: PTH110
    assert os.environ["TMPDIR"] == before


@pytest.mark.parametrize(("statuses", "status"), [([], 0), ([0, 1, 0, 0, 0], 1)])
def test_lint_shows_the_figures_of_the_house_whatever_it_finds(calls, statuses, status):
    calls.statuses += statuses
    assert dev.lint([]) == status
    assert ["-m", "tests.bench.house"] in [arguments for arguments, _ in calls.made]


def test_a_group_of_tests_runs_in_one_process(tmp_path):
    """What they share is made once. Where pytest and xdist do not fit each other, nothing else tells."""
    (tmp_path / "test_group.py").write_text(
        "import os, pathlib, pytest, time\n"
        "pytestmark = pytest.mark.xdist_group('one')\n"
        "@pytest.mark.parametrize('number', range(6))\n"
        "def test_it(number):\n"
        "    time.sleep(0.1)\n"
        "    pathlib.Path(f'{number}.txt').write_text(os.environ['PYTEST_XDIST_WORKER'])\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup"]
    done = subprocess.run([*command, "test_group.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert len({file.read_text() for file in tmp_path.glob("*.txt")}) == 1


def test_every_test_that_runs_alone_is_in_the_files_that_are_read_for_them():
    """A mark that is given in another way would be missed."""
    named = {path for path in (dev.ROOT / "tests").rglob("*.py") if re.search(r"\bserial\b", path.read_text("utf-8"))}
    assert {path.name for path in named} - {Path(file).name for file in dev.measuring()} <= {"test_dev.py"}


def test_bytecode_is_kept_whatever_the_environment_says(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert dev.python("-c", "import sys; sys.exit(sys.dont_write_bytecode)") == 0


def test_the_readme_names_every_command():
    text = (dev.ROOT / "README.md").read_text(encoding="utf-8")
    described = subprocess.run(
        [sys.executable, dev.ROOT / "dev.py", "--help"], capture_output=True, text=True, check=True
    )
    commands = re.search(r"\{([\w,-]+)\}", described.stdout)[1].split(",")
    unnamed = [name for name in commands if f"dev.py {name}" not in text and f"`{name}`" not in text]
    assert set(unnamed) <= {"setup", "words", "convert-starter"}
