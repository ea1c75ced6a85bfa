import json
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from app.cli.program import program
from app.paths import resource

CAT = resource("samples/chelsea.png")


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MASKWRIGHT_DEBUG", raising=False)


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self):
        """stdout, which must be one object and nothing else."""
        assert self.out.count("\n") == 1
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


@pytest.fixture
def run():
    """The real program in a process of its own."""

    def run(*arguments, **environment):
        import os

        done = subprocess.run(
            [sys.executable, "-m", "app", *map(str, arguments)],
            capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=120,
        )  # fmt: skip
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def call():
    """The same commands in this process: quicker. A Problem comes back with its exit status, as from main()."""
    from app.problem import Problem

    def call(*arguments):
        result = CliRunner().invoke(program, [str(argument) for argument in arguments])
        if isinstance(result.exception, Problem):
            return Outcome(result.exception.exit_status, result.stdout, str(result.exception))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def photos(tmp_path):
    """A folder with one photo in a folder, and one whose name is in another script."""
    folder = tmp_path / "фото"
    (folder / "кошки").mkdir(parents=True)
    shutil.copy(CAT, folder / "猫.png")
    shutil.copy(CAT, folder / "кошки" / "chelsea.png")
    return folder
