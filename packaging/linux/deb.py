"""The package for Debian and Ubuntu. It has no scripts of its own: Debian's triggers tell the desktop."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from email.utils import format_datetime
from pathlib import Path

from identity import MAINTAINER
from linux.share import HERE, put, when, write_gz, write_share
from linux.tarball import link
from version import ROOT, version

DEPENDS = (
    "libc6 (>= {glibc})", "libbrotli1", "libcrypt1", "libdbus-1-3", "libegl1", "libfontconfig1", "libfreetype6",
    "libgcc-s1", "libgl1", "libglib2.0-0 | libglib2.0-0t64", "libgssapi-krb5-2", "libstdc++6 (>= 12)",
    "libwayland-client0", "libwayland-cursor0", "libwayland-egl1", "libx11-6", "libx11-xcb1", "libxcb1",
    "libxcb-glx0", "libxcb-randr0", "libxcb-render0", "libxcb-shape0", "libxcb-shm0", "libxcb-sync1",
    "libxcb-xfixes0", "libzstd1", "xkb-data", "zlib1g",
)  # fmt: skip
"""Packages with the libraries that packaging/contents.py leaves to the system."""
RECOMMENDS = ("fontconfig-config", "fonts-dejavu-core | fonts-noto-core", "shared-mime-info", "desktop-file-utils")


def write_deb(frozen: Path, work: Path, out: Path) -> Path:
    """Makes the package.

    Args:
        frozen: The folder of the frozen program.
        work: A folder for what goes in; made anew.
        out: The folder for the package.

    Returns:
        The path of the package.
    """
    os.umask(0o022)
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(frozen, work / "usr" / "lib" / "maskwright", symlinks=True, copy_function=link)
    (work / "usr" / "bin").mkdir()
    (work / "usr" / "bin" / "maskwright").symlink_to("../lib/maskwright/maskwright")
    write_share(work / "usr" / "share")
    _write_papers(work / "usr" / "share")
    put(work / "DEBIAN" / "control", control(frozen, work))
    _write_sums(work)
    out.mkdir(parents=True, exist_ok=True)
    package = out / f"maskwright_{version()}_amd64.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "-z3", "--build", str(work), str(package)], check=True)
    shutil.rmtree(work)
    return package


def control(frozen: Path, work: Path) -> str:
    """Returns the file that tells apt what this is, what it needs and how large it is."""
    kilobytes = sum(-(-path.lstat().st_size // 1024) for path in (work / "usr").rglob("*") if not path.is_dir())
    fields = {
        "Package": "maskwright",
        "Version": version(),
        "Architecture": "amd64",
        "Maintainer": maintainer(),
        "Installed-Size": str(kilobytes),
        "Depends": ", ".join(DEPENDS).format(glibc=needed_glibc(frozen)),
        "Recommends": ", ".join(RECOMMENDS),
        "Section": "graphics",
        "Priority": "optional",
        "Description": "label images with Segment Anything, offline\n"
        " Point at a thing in a photo and its mask is there. A click is ambiguous, so the\n"
        " model proposes several masks: cycle through them, refine with more clicks or a\n"
        " box, and accept. Labels are read from and written to COCO, YOLO, labelme, CVAT,\n"
        " Pascal VOC and others.\n"
        " .\n"
        " A small model is in the package; nothing is downloaded unless you ask for it.",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def maintainer() -> str:
    """Returns name and address of who answers for the package."""
    name, address = MAINTAINER
    return f"{os.environ.get('DEBFULLNAME', name)} <{os.environ.get('DEBEMAIL', address)}>"


def needed_glibc(frozen: Path) -> str:
    """Returns the newest version of glibc that any library of the program asks for."""
    found = {(2, 17)}
    for file in frozen.rglob("*.so*"):
        if not file.is_symlink():
            asked = subprocess.run(["objdump", "-p", str(file)], capture_output=True, text=True, check=False).stdout
            found |= {(int(major), int(minor)) for major, minor in re.findall(r"GLIBC_(\d+)\.(\d+)", asked)}
    return ".".join(map(str, max(found)))


def _write_papers(share: Path) -> None:
    """Copyright, changes, and what lintian is told to let be, with the reasons."""
    papers = share / "doc" / "maskwright"
    put(papers / "copyright", (HERE / "copyright").read_text())
    changes = f"maskwright ({version()}) unstable; urgency=medium\n\n  * See the file CHANGES.\n\n"
    write_gz(papers / "changelog.gz", f"{changes} -- {maintainer()}  {format_datetime(when())}\n")
    write_gz(papers / "CHANGES.gz", (ROOT / "CHANGELOG.md").read_text())
    notices = ROOT / "build" / "THIRD_PARTY_NOTICES"
    if notices.is_file():
        write_gz(papers / "THIRD_PARTY_NOTICES.gz", notices.read_text())
    put(share / "lintian" / "overrides" / "maskwright", (HERE / "lintian-overrides").read_text())


def _write_sums(work: Path) -> None:
    files = sorted(path for path in (work / "usr").rglob("*") if path.is_file() and not path.is_symlink())
    listed = subprocess.run(
        ["md5sum", *(str(file.relative_to(work)) for file in files)], cwd=work, check=True, capture_output=True
    )
    (work / "DEBIAN" / "md5sums").write_bytes(listed.stdout)
