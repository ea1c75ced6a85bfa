"""Numpy multiplies on one thread: with more, a mask waits for whatever else the computer does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_THREADS = "import app.sam.postprocess, os; print(len(os.listdir('/proc/self/task')))"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="only Linux shows the threads of a process as files")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor has one thread anyway")
def test_the_program_starts_no_threads_of_numpy():
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", _THREADS], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_who_asks_for_more_threads_gets_them():
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2"}
    asked = "import app, os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"
