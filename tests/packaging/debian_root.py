"""A clean Debian in a folder (debootstrap, chroot), with a normal user, to install packages in."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"
USER = "anna"
_UID = 1000
# The mounts are in a namespace of their own: they are gone with the last process, whatever happens to the test.
_ENTER = """
set -e
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mkdir -p "$1/tmp/.X11-unix"
if [ -d /tmp/.X11-unix ]; then mount --bind /tmp/.X11-unix "$1/tmp/.X11-unix"; fi
root=$1; who=$2; shift 2
exec chroot --userspec="$who" "$root" "$@"
"""


def why_not() -> str:
    """Why no Debian root can be had here; "" when it can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "a Debian root takes the rights of root"
    missing = [program for program in ("debootstrap", "chroot", "unshare") if not shutil.which(program)]
    if missing:
        return f"{' and '.join(missing)} cannot be had here (Debian: apt-get install debootstrap)"
    may_mount = subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0
    return "" if may_mount else "a namespace for mounts cannot be had here"


class DebianRoot:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str, user: str = "root", display: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command in the root to its end."""
        made = self._command(command, user, display)
        return subprocess.run(made, capture_output=True, text=True, errors="replace", check=False)

    def start(self, *command: str, user: str, display: str) -> subprocess.Popen[str]:
        """Starts a command in the root that shows a window."""
        made = self._command(command, user, display)
        return subprocess.Popen(made, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def apt(self, *arguments: str) -> None:
        done = self.run("apt-get", "-q", "-y", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr

    def _command(self, command: tuple[str, ...], user: str, display: str | None) -> list[str]:
        number = 0 if user == "root" else _UID
        home = "/root" if user == "root" else f"/home/{user}"
        told = [f"HOME={home}", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        told += [f"{name}={value}" for name, value in os.environ.items() if name.lower().endswith("_proxy")]
        told += [f"DISPLAY={display}", "QT_QPA_PLATFORM=xcb"] if display else []
        entered = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _ENTER, "sh"]
        return [*entered, str(self.folder), f"{number}:{number}", "/usr/bin/env", "-i", *told, *command]


@contextmanager
def debian_root(folder: Path) -> Iterator[DebianRoot]:
    """Makes the root in a folder that is not there yet, and removes it in the end."""
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", SUITE, str(folder), MIRROR], capture_output=True, text=True, check=False
    )
    try:
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        shutil.copyfile("/etc/resolv.conf", folder / "etc" / "resolv.conf")
        root = DebianRoot(folder)
        assert root.run("useradd", "--create-home", "--uid", str(_UID), USER).returncode == 0
        root.apt("update")
        yield root
    finally:
        shutil.rmtree(folder, ignore_errors=True)
