"""Watches a worker: none may take an input for longer than 5 s of its processor, take more than 1 GB for it, or die."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.desk import Desk, resident_bytes

ROOT = Path(__file__).parents[2]
HANG_S, WAIT_S = 5.0, 60.0
"""Of the processor; and of the clock, on a machine that does other things too."""
MOST_BYTES = 1 << 30
_LOOK_EVERY_S = 0.05
_START_S = 120.0
_MOST_FINDINGS = 30


@dataclass
class Fuzzed:
    """What became of a target."""

    target: str
    runs: int = 0
    findings: list[str] = field(default_factory=list)
    """Names of files in its folder, each with .bundle and .txt."""
    seconds: float = 0


def fuzz(target: str, seconds: float, folder: Path, *, seed: int = 0) -> Fuzzed:
    """For so long, a new worker after each that had to be ended. folder: for the corpus, which grows, and findings.
    seed: for the same inputs in the same order, as far as the time goes; 0: others each time."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    start, done = time.monotonic(), Fuzzed(target)
    before = set(folder.glob("*.bundle"))
    while (left := seconds - (time.monotonic() - start)) > 1 and len(done.findings) < _MOST_FINDINGS:
        options = ["--seconds", str(round(left)), "--corpus", str(corpus), "--seed", str(seed)]
        done.runs += _watched(target, folder, options)
        done.findings = sorted(path.stem for path in set(folder.glob("*.bundle")) - before)
    done.seconds = time.monotonic() - start
    return done


def replay(target: str, files: list[Path], folder: Path) -> Fuzzed:
    """Findings of earlier, once each."""
    folder.mkdir(parents=True, exist_ok=True)
    runs = _watched(target, folder, ["--replay", *map(str, files)])
    return Fuzzed(target, runs, sorted(path.stem for path in folder.glob("*.bundle")))


def _watched(target: str, folder: Path, options: list[str]) -> int:
    """One worker from its start to its end; the number of inputs it was at. Thousands of files a second are written:
    in memory, where there is such a disk."""
    memory = Path("/dev/shm")
    where = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="maskwright-fuzz-", dir=where, ignore_cleanup_errors=True) as room:
        return _watched_in(Path(room), target, folder, options)


def _watched_in(room: Path, target: str, folder: Path, options: list[str]) -> int:
    file = folder / f"desk-{os.getpid()}"
    desk, log = Desk.made(file), folder / "log.txt"
    command = [sys.executable, "-m", "tests.fuzz.worker", target, str(file), str(room), *options]
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=_environment())
            try:
                runs, reason = _until_end(process, desk)
            finally:
                _end(process)
        if not reason and process.returncode and desk.run:
            reason = f"died-{-process.returncode if process.returncode < 0 else process.returncode}"
        if reason:
            name = f"{reason}-{hashlib.sha256(desk.input).hexdigest()[:8]}"
            desk.note(name, desk.input, log.read_text(encoding="utf-8", errors="replace")[-8000:])
        elif process.returncode:
            raise RuntimeError(f"{target} does not run: {log.read_text(errors='replace')[-3000:]}")
    finally:
        file.unlink(missing_ok=True)
    return runs


def _environment() -> dict[str, str]:
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **one_thread, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}


def _until_end(process: subprocess.Popen[bytes], desk: Desk) -> tuple[int, str]:
    """The number of runs, and why it was ended: "" when it ended by itself."""
    start = time.monotonic()
    at, since, processor, runs = 0, start, 0.0, 0
    while process.poll() is None:
        run, now = desk.run, time.monotonic()
        used = _seconds_used(process.pid)
        if run != at:
            at, since, processor = run, now, used
        runs = max(runs, run)
        if run and resident_bytes(process.pid) > desk.base_bytes + MOST_BYTES and desk.run == run:
            return runs, _told(process, "memory")
        if (at and used - processor > HANG_S) or (runs and now - since > WAIT_S):  # also between two inputs
            return runs, _told(process, "hang")
        if not runs and now - start > _START_S:
            return runs, "start"
        time.sleep(_LOOK_EVERY_S)
    return desk.runs, ""


def _told(process: subprocess.Popen[bytes], reason: str) -> str:
    """faulthandler writes down where it is."""
    os.kill(process.pid, signal.SIGABRT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    return reason


def _seconds_used(pid: int) -> float:
    """Of the processor; 0 when the process is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
