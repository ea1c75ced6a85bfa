"""Asks other people's programs what they read in our files, and has them write theirs. They live in an environment of
their own, which `dev.py test` makes (packaging/oracles.txt)."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.formats.oracles.exchange import Seen, load, save

__all__ = ["Seen", "oracle"]

ENVIRONMENT = Path(__file__).parents[3] / ".venv-oracles"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def oracle(script, *arguments, given=()):
    """Runs a script of this folder with what is given to it; returns what it saw. Skips the test where the environment
    could not be made, but not in CI."""
    if not (ENVIRONMENT / "installed").exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{ENVIRONMENT.name} is not there: python3 dev.py setup")
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder) / "question.npz", Path(folder) / "answer.npz"
        save(question, given)
        command = [PYTHON, "-X", "utf8", Path(__file__).with_name(script), question, answer, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
        assert done.returncode == 0, f"{script} {arguments}:\n{done.stdout}\n{done.stderr}"
        return load(answer)


def _environment():
    """Without what leads to our packages."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
