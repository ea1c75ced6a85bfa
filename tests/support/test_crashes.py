"""A process that ends by a fault leaves its stacks, and the next start hears of it once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.paths import logs_dir
from app.support.crashes import last_crash, take_crash, watched_for_crashes

CRASHING = """
import faulthandler
from app.support.crashes import watched_for_crashes
def draws_a_mask():
    faulthandler._sigabrt()
with watched_for_crashes():
    draws_a_mask()
"""


def crash() -> None:
    done = subprocess.run([sys.executable, "-c", CRASHING], capture_output=True, check=False, timeout=60)
    assert done.returncode < 0


def test_a_fault_is_told_once_and_its_stacks_are_kept():
    assert not take_crash()
    crash()
    assert take_crash()
    assert not take_crash()
    assert "Aborted" in last_crash()
    assert "in draws_a_mask" in last_crash()
    assert str(Path.cwd()) not in last_crash()


def test_one_that_ended_well_leaves_nothing():
    with watched_for_crashes():
        assert list(logs_dir().iterdir())
    assert not list(logs_dir().iterdir())
    assert last_crash() == ""


def test_one_that_was_killed_is_no_crash():
    logs_dir().mkdir(parents=True)
    (logs_dir() / "crash 4194305.txt").write_text("")  # above the highest number of a process
    assert not take_crash()
    assert not list(logs_dir().iterdir())


def test_the_file_of_one_that_runs_stays():
    logs_dir().mkdir(parents=True)
    mine = logs_dir() / f"crash {os.getppid()}.txt"
    mine.write_text("")
    assert not take_crash()
    assert mine.exists()


def test_a_file_of_a_strange_name_is_no_crash_of_ours():
    logs_dir().mkdir(parents=True)
    (logs_dir() / "crash of cars.txt").write_text("")
    take_crash()
