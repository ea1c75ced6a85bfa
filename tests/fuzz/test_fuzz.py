"""Whatever a stranger's file holds: done, or one sentence; in 5 s and 1 GB, and the program lives.

Every target for a short time, and what was found before. Ten minutes each: `python3 dev.py fuzz`.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.bundle import packed
from tests.fuzz.targets import NAMES
from tests.fuzz.watch import Fuzzed, fuzz, replay

SECONDS = float(os.environ.get("MASKWRIGHT_FUZZ_SECONDS", "6"))
FINDINGS = Path(__file__).parent / "findings"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the watcher reads /proc")


def told(done: Fuzzed, folder: Path) -> str:
    return "\n".join(f"{name}:\n{(folder / f'{name}.txt').read_text()[-3000:]}" for name in done.findings)


@pytest.mark.parametrize("target", sorted({path.parent.name for path in FINDINGS.glob("*/*.bundle")}))
def test_what_was_found_before_is_mended(target, tmp_path):
    files = sorted((FINDINGS / target).glob("*.bundle"))
    done = replay(target, files, tmp_path)
    assert done.runs == len(files) > 0
    assert not done.findings, told(done, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no build for this system")
@pytest.mark.parametrize("target", NAMES)
def test_nothing_is_found_in_a_short_time(target, tmp_path):
    done = fuzz(target, SECONDS, tmp_path, seed=1)  # what is new is looked for by `dev.py fuzz`
    print(f"{target}: {done.runs} inputs in {done.seconds:.0f} s")
    assert not done.findings, told(done, tmp_path)
    assert done.runs > 10


@pytest.mark.parametrize(
    "kind", ["ValueError", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("hang", "memory", "died"))]
)
def test_the_watcher_sees(kind, tmp_path, monkeypatch):
    """A target that does what none may do."""
    if kind == "hang":
        monkeypatch.setattr("tests.fuzz.watch.HANG_S", 0.5)
    data = tmp_path / "in"
    data.write_bytes(packed({kind: b""}))
    done = replay("misbehaving", [data], tmp_path / "out")
    [name] = done.findings
    assert name.startswith(kind)
    assert (tmp_path / "out" / f"{name}.bundle").read_bytes() == data.read_bytes()
    assert (tmp_path / "out" / f"{name}.txt").read_text()
