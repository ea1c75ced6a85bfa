"""Nothing reaches for a network unless it was asked to, and nothing is left in the home folder.

Every command and the window run with sockets that fail and are written down, in Python (watched/) and below it
(no_network.c).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
import torch

from app.cli.program import program
from app.paths import resource
from app.sam.families import FAMILIES
from app.sam.runtime import runtimes
from tests.oracle import reference

ROOT = Path(__file__).parents[2]
CAT = resource("samples/chelsea.png")
SAMPLES = ROOT / "tests" / "data" / "samples.json"
INSTALLED = {each.name.lower().replace("-", "_") for each in distributions()}
COMPILES = any(runtime.compiled for runtime in runtimes())
_KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
"""Of the environment. Without CI and its kin: telemetry is silent there, for the wrong reason."""


@pytest.fixture(scope="module")
def shim(tmp_path_factory) -> str:
    """ "" where there is no C compiler: Python's own sockets are watched everywhere."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        return ""
    library = tmp_path_factory.mktemp("shim") / "no_network.so"
    source = Path(__file__).with_name("no_network.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return str(library)


@pytest.fixture(scope="module")
def square(tmp_path_factory) -> Path:
    """MobileSAM with random weights: OpenVINO runs it."""
    network = FAMILIES["mobile_sam"].build()
    reference.randomise(network, seed=2)
    path = tmp_path_factory.mktemp("weights") / "square.pth"
    torch.save(network.state_dict(), path)
    return path


class Watched:
    """Runs Python in processes that have no network."""

    def __init__(self, folder: Path, shim: str) -> None:
        self.ours, self._home, self._log = folder / "ours", folder / "person", folder / "log.txt"
        self._home.mkdir()
        own = {"HOME": self._home, "USERPROFILE": self._home, "MASKWRIGHT_HOME": self.ours, "WATCHED_LOG": self._log}
        paths = os.pathsep.join([str(Path(__file__).with_name("watched")), str(ROOT)])
        self._environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {
            **{name: str(path) for name, path in own.items()},
            "PYTHONPATH": paths, "QT_QPA_PLATFORM": "offscreen", "LD_PRELOAD": shim,
        }  # fmt: skip

    def python(self, *arguments: object) -> str:
        """What it said."""
        command = [sys.executable, *map(str, arguments)]
        done = subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done.stdout

    def command(self, *arguments: object) -> str:
        """The terminal. Nothing reached for a network, nothing was left with the person."""
        said = self.python("-m", "app", *arguments)
        self.assert_nothing(arguments)
        return said

    def assert_nothing(self, arguments: object) -> None:
        assert self.reached == "", arguments
        assert [str(path.relative_to(self._home)) for path in self._home.rglob("*")] == [], arguments

    @property
    def reached(self) -> str:
        """For what, and on which way; "" for nothing."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""


@pytest.fixture
def watched(tmp_path, shim) -> Watched:
    return Watched(tmp_path, shim)


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "socket."),
        ("import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')", "urllib.Request"),
        ("import os; os.fork()", "os.fork"),
        ("import subprocess, sys; subprocess.check_call([sys.executable, '-c', 'import os; os.fork()'])", "os.fork"),
    ],
)
def test_the_watch_sees_and_prevents(watched, code, event):
    watched.python("-c", f"try: exec({code!r})\nexcept Exception: pass\nelse: raise SystemExit('it went through')")
    assert watched.reached.startswith(event)


def test_the_watch_sees_below_python(watched, shim):
    if not shim:
        pytest.skip("takes a C compiler, on Linux")
    watched.python("-c", "import ctypes; assert ctypes.CDLL(None).socket(2, 1, 0) == -1")
    assert watched.reached == "socket of family 2\n"


@pytest.mark.skipif("openvino" not in INSTALLED, reason="OpenVINO is not there")
def test_importing_openvino_tells_nobody(watched):
    watched.python("-c", "import app.sam, openvino; assert openvino.convert_model")
    watched.assert_nothing("import openvino")


@pytest.mark.skipif("openvino_telemetry" not in INSTALLED, reason="its telemetry is not there")
def test_the_watch_would_see_what_openvino_does_by_itself(watched):
    """Else the test above says nothing."""
    watched.python("-c", "import openvino")
    assert watched.reached.startswith("os.fork")
    assert "openvino_telemetry" in watched.reached


def test_a_click_in_the_terminal_tells_nobody(watched):
    assert json.loads(watched.command("segment", CAT, "--point", "220,150", "--json"))["candidates"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_command_reaches_for_a_network(watched, tmp_path, square):
    photos, project, out = tmp_path / "photos", tmp_path / "p.maskwright", tmp_path / "out"
    shutil.copytree(resource("samples"), photos)
    commands = [
        ("new", project, photos), ("scan", project), ("import", project, SAMPLES), ("info", project),
        ("check", project), ("history", project, "--image", CAT.name), ("formats",), ("keys",),
        ("export", project, out / "coco.json"), ("diff", project, project), ("repair", project),
        ("restore", project), ("trust", project),
        ("compact", project, "--keep-days", "0"),
        ("models", "list"), ("models", "import", square), ("models", "verify"), ("models", "download", "starter"),
        ("auto", CAT, "--out", out), ("embed", project), ("embed", project, "--model", "square"),
        ("segment", CAT, "--box", "100,20,350,280", "--model", "square"),
        ("evaluate", "--images", photos, "--annotations", SAMPLES, "--model", "square", "--limit", "1"), ("doctor",),
            ("report", out / "report.txt"),
    ]  # fmt: skip
    out.mkdir()
    for command in commands:
        watched.command(*command)
    assert {command[0] for command in commands} == _all_commands() - {"open"}
    if COMPILES:
        assert list((watched.ours / "cache" / "openvino").glob("*/encoder.xml")), "it was never converted"


def _all_commands() -> set[str | None]:
    """Those that people know: hidden ones are processes of doctor."""
    return {each.name for each in (*program.registered_commands, *program.registered_groups) if not each.hidden}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_window_reaches_for_no_network(watched, photos, square):
    """Also while it converts a model."""
    models = watched.ours / "data" / "models"
    models.mkdir(parents=True)
    shutil.copy(square, models)
    ran = json.loads(watched.python("-m", "tests.e2e.offline", watched.ours, photos, square.stem).splitlines()[-1])
    watched.assert_nothing("the window")
    assert ran[1].startswith("OpenVINO") is COMPILES, ran
