"""The frozen program that `python3 dev.py package` left in build/: whole, with its other processes and its plugins."""

from __future__ import annotations

import json
import re
import subprocess

import numpy as np
import pytest
from PIL import Image

from app import __version__
from app.paths import resource
from tests.packaging.frozen import FROZEN, frozen_tests, surroundings

PHOTO = resource("samples/coffee.png")
_CONVERSION = """
import os
from pathlib import Path
from app.sam.load import load_predictor
from app.sam.runtime import runtimes
CHECKPOINT = os.environ["MASKWRIGHT_CHECKPOINT"]
[compiled] = [runtime for runtime in runtimes() if runtime.name == "openvino"]
predictor = load_predictor(CHECKPOINT, runtime=compiled)
before = predictor.device
for _ in predictor.preparation(): pass
Path(CHECKPOINT).with_name("told").write_text(f"{before} {predictor.device}")
"""

pytestmark = frozen_tests


@pytest.fixture
def run(tmp_path):
    """The frozen program, with data of its own and nothing of this environment's Python."""
    told = surroundings(tmp_path, MASKWRIGHT_HOME=str(tmp_path / "home"))

    def run(*arguments, **more):
        command = [FROZEN, *map(str, arguments)]
        return subprocess.run(
            command, env={**told, **more}, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=550
        )

    return run


def test_it_tests_itself(run):
    done = run("--self-test")
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert "with the fix of the WAL reset" in done.stdout
    assert "PROBLEM" not in done.stdout


def test_it_tells_its_version(run):
    assert run("--version").stdout.strip() == f"maskwright {__version__}"


def test_doctor_starts_qt_in_a_process_of_its_own(run):
    checks = {check["name"]: check for check in json.loads(run("doctor", "--json").stdout)["checks"]}
    assert "offscreen" in checks["Qt"]["found"]


def test_a_picture_is_decoded_in_a_process_of_its_own(run, tmp_path):
    pixels = np.asarray(Image.open(PHOTO).convert("RGB").resize((1000, 800)))
    Image.fromarray(pixels).save(tmp_path / "cup.jp2")
    done = run("segment", tmp_path / "cup.jp2", "--point", "500,300", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_a_plugin_of_the_person_is_found(run, tmp_path):
    lay(tmp_path, "mine", "import sqlite3, wsgiref.handlers, numpy, cv2\nraise ImportError('all of these were there')")
    done = run("formats")
    assert "mine 1.0 is left out" in done.stderr
    assert "all of these were there" in done.stderr


def test_a_checkpoint_is_converted(run, tmp_path):
    """torch.export reads the sources of the networks, in a process of its own."""
    import torch

    from app.sam.families import FAMILIES
    from tests.oracle import reference

    network = FAMILIES["mobile_sam"].build()
    reference.randomise(network, seed=3)
    torch.save(network.state_dict(), tmp_path / "mine.pth")
    lay(tmp_path, "conversion", _CONVERSION + "thing = None")
    done = run("formats", MASKWRIGHT_CHECKPOINT=str(tmp_path / "mine.pth"))
    assert (tmp_path / "told").exists(), done.stderr
    assert re.fullmatch(r"CPU.* OpenVINO.*", (tmp_path / "told").read_text())


def lay(tmp_path, name, code):
    """A plugin as `pip install --target` lays it into the folder of the person's plugins."""
    folder = tmp_path / "home" / "data" / "plugins"
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{name}.py").write_text(code)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[maskwright.formats]\n{name} = {name}:thing\n")
