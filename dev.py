#!/usr/bin/env python3
"""Everything a developer types: python3 dev.py run | test | setup | lint | bench | fuzz | train-starter, and others.

Needs nothing but Python >= 3.11 with pip; makes .venv and installs into it only what is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
IN_VENV = "Scripts/python.exe" if os.name == "nt" else "bin/python"
PYTHON = VENV / IN_VENV
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
# The reference implementations that our model is compared with; their own dependencies are not needed.
ORACLES = ["segment-anything==1.0", "mobilesam-mirror==1.0.0"]
# Other people's readers and writers of our formats, which need other versions of what we need too.
ORACLE_VENV = ROOT / ".venv-oracles"
ORACLE_LIST = ROOT / "packaging" / "oracles.txt"
# Debian and Ubuntu packages with the libraries that Qt's window needs, by the library that is missing without them.
APT_PACKAGES = {
    "libEGL.so": "libegl1", "libGL.so": "libgl1", "libxkbcommon.so": "libxkbcommon0",
    "libxkbcommon-x11.so": "libxkbcommon-x11-0", "libdbus-1.so": "libdbus-1-3", "libfontconfig.so": "libfontconfig1",
    "libxcb-cursor.so": "libxcb-cursor0", "libxcb-icccm.so": "libxcb-icccm4", "libxcb-image.so": "libxcb-image0",
    "libxcb-keysyms.so": "libxcb-keysyms1", "libxcb-randr.so": "libxcb-randr0", "libxcb-shape.so": "libxcb-shape0",
    "libxcb-render-util.so": "libxcb-render-util0", "libxcb-render.so": "libxcb-render0",
    "libxcb-shm.so": "libxcb-shm0", "libxcb-sync.so": "libxcb-sync1", "libxcb-xfixes.so": "libxcb-xfixes0",
    "libxcb-xkb.so": "libxcb-xkb1", "libX11-xcb.so": "libx11-xcb1", "libxcb.so": "libxcb1", "libX11.so": "libx11-6",
    "libwayland-client.so": "libwayland-client0", "libwayland-cursor.so": "libwayland-cursor0",
    "libwayland-egl.so": "libwayland-egl1", "libglib-2.0.so": "libglib2.0-0",
    "libgthread-2.0.so": "libglib2.0-0", "libfreetype.so": "libfreetype6",
}  # fmt: skip
# Each loads Qt and torch: half a gigabyte.
MOST_WORKERS = 8
NOTHING_TO_TEST = 5
"""pytest's exit status when no test was chosen."""
ROOM_IN_MEMORY = 4 << 30
# The window tests need a screen, a mouse and letters to draw.
TEST_PACKAGES = {"Xvfb": "xvfb", "xdotool": "xdotool", "fc-list": "fontconfig"}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="open the app (on the sample project when no PATH is given)")
    commands.add_parser("test", help="all but the slow tests; --slow: the slow ones; PATH...: all tests in there")
    commands.add_parser("setup", help="install only")
    commands.add_parser("lint", help="ruff, pyright, import-linter and the figures of the house")
    commands.add_parser("words", help="bring the list of sentences to be translated up to date")
    commands.add_parser("bench", help="measure speed against the reference implementations [--json FILE]")
    commands.add_parser("fuzz", help="strangers' files for all that reads any, [TARGET...] [--seconds 600] each")
    commands.add_parser("package", help="build what is given to people, and tell how large it is [WHAT...]")
    commands.add_parser("train-starter", help="make the starter's weights anew from public packages (hours)")
    commands.add_parser("convert-starter", help="make the compiled form of the starter's weights that is shipped")
    commands.add_parser("measure-starter", help="IMAGES ANNOTATIONS.json: the starter's figures, beside others'")
    options, rest = parser.parse_known_args()
    does = {"run": run, "test": test, "setup": setup, "lint": lint, "bench": bench, "fuzz": fuzz}
    does |= {"words": words, "package": package}
    does |= {"train-starter": train_starter, "convert-starter": convert_starter, "measure-starter": measure_starter}
    return does[options.command](rest)


def run(rest: list[str]) -> int:
    install()
    need_system_libraries()
    return python("-m", "app", "open", *(rest or ["--sample"]))


def test(rest: list[str]) -> int:
    """The fast lane, the slow lane, or all tests of what is named; other arguments go to pytest."""
    lanes = [argument for argument in rest if argument in ("--slow", "--fast")]
    rest = [argument for argument in rest if argument not in lanes]
    named = any((ROOT / argument.split("::")[0]).exists() for argument in rest if not argument.startswith("-"))
    fast = "--slow" not in lanes and ("--fast" in lanes or not named)
    install(for_tests=True)
    if not fast:  # those who ask them are slow tests
        install_oracles()
    need_system_libraries(for_tests=True)
    if named and not lanes:
        return python("-m", "pytest", *rest)
    alone, cores = [] if named else measuring(), os.cpu_count() or 1
    if not fast:
        return lane("slow", cores, rest, alone)
    with quick_temporary_folder():  # one more than cores, since many of these tests wait
        return lane("not slow", cores + 1, rest, alone)


def lane(marks: str, workers: int, rest: list[str], alone: list[str]) -> int:
    """First what can run side by side; then, alone, what measures time. Ends with the first that fails; that one of
    the two has nothing to do is no failure. alone: the files of what measures time, so that all others need not be read
    once more."""
    side_by_side = ["-n", str(min(workers, MOST_WORKERS)), "--dist", "loadgroup"]
    first = python("-m", "pytest", "-m", f"{marks} and not serial", *side_by_side, *rest)
    if first not in (0, NOTHING_TO_TEST):
        return first
    second = python("-m", "pytest", "-m", f"{marks} and serial", *rest, *alone)
    return first if second == NOTHING_TO_TEST else second


def measuring() -> list[str]:
    """Returns the files with tests that run alone."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(path) for path in files if "mark.serial" in path.read_text(encoding="utf-8")]


@contextmanager
def quick_temporary_folder() -> Iterator[None]:
    """In memory, where Linux has room for it: the fast lane makes thousands of small projects and would wait for each
    to be on the disk. The slow lane, which kills and fills, does so on a real disk."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or shutil.disk_usage(memory).free < ROOM_IN_MEMORY:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="maskwright-tests-", dir=memory, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # some tests look in as another user
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = folder
        try:
            yield
        finally:
            os.environ.pop("TMPDIR")
            os.environ |= {"TMPDIR": before} if before else {}


def setup(rest: list[str]) -> int:
    install(for_tests=True)
    install_oracles()
    need_system_libraries(for_tests=True)
    print(f"Ready: {PYTHON}")
    return 0


def lint(rest: list[str]) -> int:
    install(for_tests=True)
    checks = [
        ["-m", "ruff", "check"], ["-m", "ruff", "format", "--check"], ["-m", "pyright"],
        ["-c", "from importlinter.cli import lint_imports_command as c; c()"], ["-m", "tests.bench.house"],
    ]  # fmt: skip
    return max([python(*check) for check in checks])


def words(rest: list[str]) -> int:
    install(for_tests=True)
    return python("-m", "tests.sentences", *rest)


def bench(rest: list[str]) -> int:
    install(for_tests=True)
    return python("-m", "tests.bench", *rest)


def fuzz(rest: list[str]) -> int:
    install(for_tests=True)
    return python("-m", "tests.fuzz", *rest)


def package(rest: list[str]) -> int:
    """Builds in an environment of its own, with what goes into the program and nothing else."""
    inside = ROOT / "build" / "venv" / IN_VENV
    stamp = inside.parents[1] / "installed"
    wanted = _fingerprint(ROOT / "pyproject.toml", CONSTRAINTS)
    if not (stamp.exists() and stamp.read_text() == wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", inside.parents[1]], check=True)
        _install_torch(inside, for_cpu=True)
        _pip(f"{ROOT}[dicom]", "pyinstaller", "build", inside=inside)
        stamp.write_text(wanted)
    return subprocess.run([inside, ROOT / "packaging" / "package.py", *rest], cwd=ROOT, check=False).returncode


def train_starter(rest: list[str]) -> int:
    install(for_tests=True)
    return python("-m", "app.learning.starter", "--marks", str(ROOT / "docs" / "starter-marks.xz"), *rest)


def convert_starter(rest: list[str]) -> int:
    install()
    return python("-m", "app.learning.shipping", *rest)


def measure_starter(rest: list[str]) -> int:
    install(for_tests=True)
    return python("-m", "tests.bench.starter", *rest)


def python(*arguments: str) -> int:
    """Runs the environment's Python in the project's root; returns its exit status."""
    return subprocess.run([PYTHON, *arguments], cwd=ROOT, env=with_bytecode(), check=False).returncode


def with_bytecode() -> dict[str, str]:
    """Returns this environment, without the wish to keep no bytecode: pytest would rewrite 400 files in each process
    (20 seconds), and each of the hundred programs that the tests start would compile all it imports."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def install(*, for_tests: bool = False) -> None:
    """Makes .venv and installs the project, unless the same was installed before (a stamp tells)."""
    stamp = VENV / ("installed-test" if for_tests else "installed")
    wanted = _fingerprint(ROOT / "pyproject.toml", CONSTRAINTS, Path(__file__))
    stamps = [VENV / "installed-test", stamp]
    if PYTHON.exists() and any(s.exists() and s.read_text() == wanted for s in stamps):
        return
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    _install_torch()
    _pip("-e", f"{ROOT}[test]" if for_tests else str(ROOT))
    if for_tests:
        _pip("--no-deps", *ORACLES)
    stamp.write_text(wanted)


def install_oracles() -> None:
    """Makes .venv-oracles, if it can be had here: without it the tests that ask it are skipped, and fail in CI."""
    stamp = ORACLE_VENV / "installed"
    wanted = _fingerprint(ORACLE_LIST)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(ORACLE_VENV, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", ORACLE_VENV], check=True)
    print("pip install -r", ORACLE_LIST.relative_to(ROOT), flush=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--retries", "1"]
    command = [ORACLE_VENV / IN_VENV, "-m", "pip", "install", *options, "-r", ORACLE_LIST]
    if subprocess.run(command, check=False).returncode == 0:
        stamp.write_text(wanted)
    else:
        print("Tests that ask other people's programs are skipped: they cannot be had here, the lines above say why.")


def _fingerprint(*files: Path) -> str:
    parts = [file.read_bytes() for file in files]
    return hashlib.sha256(b"\0".join([sys.version.encode(), *parts])).hexdigest()


def _install_torch(inside: Path = PYTHON, *, for_cpu: bool = False) -> None:
    """On Linux, PyPI's torch brings gigabytes of CUDA: take the CPU build where there is no NVIDIA GPU, and where it is
    asked for."""
    pinned = next(line for line in CONSTRAINTS.read_text().splitlines() if line.startswith("torch=="))
    if sys.platform == "linux" and (for_cpu or not shutil.which("nvidia-smi")):
        options = ["--quiet", "--no-deps", "--retries", "1", "--timeout", "20", "--extra-index-url", CPU_WHEELS]
        if _pip(*options, f"{pinned}+cpu", inside=inside, check=False):
            return
    _pip(pinned, inside=inside)


def _pip(*arguments: str, inside: Path = PYTHON, check: bool = True) -> bool:
    command = [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", CONSTRAINTS, *arguments]
    print("pip install", *arguments, flush=True)
    done = subprocess.run(command, check=False).returncode == 0
    if check and not done:
        sys.exit("The installation failed; the lines above say why. Nothing outside this folder was changed.")
    return done


def need_system_libraries(*, for_tests: bool = False) -> None:
    """Qt's window needs some libraries of the system: names the apt line, and runs it where we are root."""
    missing = _missing_packages(for_tests) if sys.platform == "linux" else []
    if not missing:
        return
    line = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if not shutil.which("apt-get"):
        sys.exit(f"Qt needs libraries that are missing here. Debian calls them: {' '.join(missing)}")
    if os.geteuid() != 0:
        sys.exit(f"Qt needs libraries that are missing here. Please run:\n  sudo {' '.join(line)}")
    print(*line, flush=True)
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update"], check=False, **quiet)
    subprocess.run(line, check=True, **quiet)


def _missing_packages(for_tests: bool) -> list[str]:
    missing = _missing_libraries(for_tests)
    packages = [APT_PACKAGES.get(library.split(".so")[0] + ".so", library) for library in missing]
    if for_tests:
        packages += [package for program, package in TEST_PACKAGES.items() if not shutil.which(program)]
        packages += [] if _has_fonts() else ["fonts-dejavu-core"]
    return sorted(set(packages))


def _missing_libraries(for_tests: bool) -> list[str]:
    """What the dynamic linker does not find for Qt's xcb window and for its GUI library; for tests, Wayland's too."""
    qt = next(VENV.glob("lib/python*/site-packages/PySide6/Qt"), None)
    if qt is None:
        return []
    files = [qt / "plugins/platforms/libqxcb.so", *qt.glob("lib/libQt6Gui.so.6"), *qt.glob("lib/libQt6XcbQpa.so.6")]
    files += qt.glob("plugins/platforms/libqwayland*.so") if for_tests else []
    found = [subprocess.run(["ldd", f], capture_output=True, text=True, check=False).stdout for f in files]
    return [line.split()[0] for text in found for line in text.splitlines() if "not found" in line]


def _has_fonts() -> bool:
    listed = subprocess.run(["fc-list"], capture_output=True, check=False).stdout if shutil.which("fc-list") else b""
    return bool(listed.strip())


if __name__ == "__main__":
    sys.exit(main())
