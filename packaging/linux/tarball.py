"""The relocatable .tar.xz: unpacked anywhere, it runs from there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from linux.share import HERE, when, write_share
from version import version


def write_tarball(frozen: Path, work: Path, out: Path, *, level: int) -> Path:
    """Packs the frozen program, with what a desktop wants to know and a script that tells it.

    Args:
        frozen: The folder of the frozen program.
        work: A folder for what is packed; made anew.
        out: The folder for the archive.
        level: Of xz, 0 to 9.

    Returns:
        The path of the archive.
    """
    name = f"maskwright-{version()}-linux-x86_64"
    shutil.rmtree(work, ignore_errors=True)
    folder = work / name
    shutil.copytree(frozen, folder, symlinks=True, copy_function=link)
    write_share(folder / "share")
    shutil.copyfile(HERE / "menu.sh", folder / "menu.sh")
    (folder / "menu.sh").chmod(0o755)
    out.mkdir(parents=True, exist_ok=True)
    archive = out / f"{name}.tar.xz"
    same = ["--sort=name", f"--mtime=@{int(when().timestamp())}", "--owner=0", "--group=0", "--numeric-owner"]
    subprocess.run(["tar", *same, "-I", f"xz -T1 -{level}", "-cf", str(archive), "-C", str(work), name], check=True)
    shutil.rmtree(work)
    return archive


def link(source: str, target: str) -> str:
    """Puts a file into another folder of the same disk without a copy of its bytes."""
    Path(target).hardlink_to(source)
    return target
