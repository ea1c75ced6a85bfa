"""A disk that fails: each write of the project's folder may be the one, once or from then on."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.project.safety.backup import backups_of, is_good
from tests.project.conftest import survivor
from tests.project.test_durability import acknowledged, coco  # noqa: F401  the fixture

ROOT = Path(__file__).parents[2]
_ENOUGH_LINES = 250


@pytest.fixture(scope="module")
def shim(tmp_path_factory) -> Path:
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("writes are made to fail by a library that a C compiler makes, on Linux")
    library = tmp_path_factory.mktemp("shim") / "failing_writes.so"
    source = Path(__file__).with_name("failing_writes.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def worked_until_it_failed(path: Path, file: Path, seed: int, failing: dict[str, str]) -> tuple[list[str], str]:
    """What a program said that worked on, and its errors."""
    command = [sys.executable, "-m", "tests.project.working", str(path), str(file), str(seed)]
    said: list[str] = []
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **failing}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        deadline = time.monotonic() + 30
        for line in process.stdout:
            said.append(line)
            if len(said) >= _ENOUGH_LINES or time.monotonic() > deadline:
                break
        process.kill()
        said += process.stdout  # until it died it worked on
        return said, process.stderr.read()


@pytest.mark.parametrize("round_", [*range(4), *(pytest.param(n, marks=pytest.mark.slow) for n in range(4, 50))])
def test_failing_write_is_a_sentence_and_loses_nothing_that_was_acknowledged(project, coco, shim, round_):  # noqa: F811
    dice = random.Random(round_)
    path = project.path
    project.close()
    code = dice.choice([errno.ENOSPC, errno.EIO])
    failing = {"LD_PRELOAD": str(shim), "FAIL_BELOW": str(path.parent), "FAIL_ERRNO": str(code)}
    failing["FAIL_AT"] = str(dice.choice([dice.randrange(1, 60), dice.randrange(1, 1500)]))
    if round_ % 2:
        failing["FAIL_FOREVER"] = "1"
    said, errors = worked_until_it_failed(path, coco, round_, failing)
    assert "Traceback" not in errors, errors
    lines = [line.split() for line in said if line.endswith("\n")]
    problems = [line for line in lines if line[0] == "problem"]
    assert problems or "FAIL_FOREVER" not in failing
    assert all(line[-1].endswith(".") for line in problems)

    with survivor(path) as again:
        there = {annotation.id for annotation in again.annotation_table.all()}
    # an undo that could not be confirmed may have reached the disk all the same
    unsure = {int(number) for line in lines if line[:2] == ["doing", "undo"] for number in line[2:]}
    assert acknowledged(lines) - there <= unsure
    assert all(is_good(backup) for backup in backups_of(path))
