"""The frozen program of a normal user whose home is not there, cannot be written, or has a name of other letters."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.paths import resource
from tests.e2e.screen import wait_for
from tests.packaging.frozen import AS_NORMAL_USER, FROZEN, frozen_tests, give_to_normal_user, surroundings

pytestmark = frozen_tests
HOMES = {"nowhere": False, "read only": False, "家 mit Räumen": True}
"""By name: whether something can be kept there."""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may look into, with photos that the user may label; tests' own are for root alone."""
    with tempfile.TemporaryDirectory(prefix="maskwright-homes-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        shutil.copytree(resource("samples"), place / "photos")
        (place / "read only").mkdir(0o555)
        (place / "家 mit Räumen").mkdir()
        give_to_normal_user(place / "photos", place / "家 mit Räumen")
        yield place


def run(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*AS_NORMAL_USER, FROZEN, *arguments]
    return subprocess.run(
        command, env=surroundings(home), cwd="/", capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.parametrize("name", HOMES)
def test_a_photo_is_segmented_whatever_the_home_is(place, name):
    done = run(place / name, "segment", place / "photos" / "coffee.png", "--point", "300,150", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["candidates"]


@pytest.mark.parametrize("name", HOMES)
def test_doctor_tells_which_folders_cannot_be_written(place, name):
    done = run(place / name, "doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    folders = [checks[f"folder of {what}"] for what in ("models", "cache", "settings")]
    assert {check["ok"] for check in folders} == {HOMES[name]}
    assert all(str(place / name) in check["found"] for check in folders)
    assert all("MASKWRIGHT_HOME" in check["advice"] for check in folders if not check["ok"])
    assert done.returncode == (0 if HOMES[name] else 1)
    assert [check["name"] for check in checks.values() if not check["ok"] and check not in folders] == []


@pytest.mark.parametrize("name", HOMES)
def test_the_window_opens_photos_whatever_the_home_is(place, name):
    command = [*AS_NORMAL_USER, FROZEN, "open", place / "photos"]
    with subprocess.Popen(
        command, env=surroundings(place / name), cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as program:
        try:
            wait_for(lambda: list((place / "photos").glob("*.maskwright")), 120, "no project was made")
            program.send_signal(signal.SIGTERM)
            said, _ = program.communicate(timeout=60)
        finally:
            program.kill()
    assert program.returncode == 0
    assert "Traceback" not in said
