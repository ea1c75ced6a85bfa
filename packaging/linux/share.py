"""What a Linux desktop wants to know of the program: menu entry, icons, kind of file, software catalogue, man page."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from icons import ICON, draw
from identity import APPLICATION
from version import ROOT, version

HERE = Path(__file__).resolve().parent
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
"""Of the icons in px."""


def write_share(share: Path) -> None:
    """Writes all of it below a folder as /usr/share is one."""
    put(share / "applications" / "maskwright.desktop", (HERE / "maskwright.desktop").read_text())
    put(share / "mime" / "packages" / "maskwright.xml", (HERE / "maskwright.xml").read_text())
    put(share / "metainfo" / f"{APPLICATION}.metainfo.xml", filled(HERE / "metainfo.xml"))
    write_gz(share / "man" / "man1" / "maskwright.1.gz", filled(HERE / "maskwright.1"))
    write_icons(share / "icons" / "hicolor")


def write_icons(theme: Path) -> None:
    """Writes the icon of the program and of its files, in all sizes and as a drawing."""
    for kind, name in (("apps", "maskwright"), ("mimetypes", "application-x-maskwright")):
        scalable = theme / "scalable" / kind / f"{name}.svg"
        scalable.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ICON, scalable)
        for size in SIZES:
            file = theme / f"{size}x{size}" / kind / f"{name}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            draw(size).save(file, optimize=True)


def filled(template: Path) -> str:
    """Returns a text with version, date and id in their places."""
    places = {"@VERSION@": version(), "@DATE@": f"{when():%Y-%m-%d}", "@ID@": APPLICATION}
    text = template.read_text()
    for place, value in places.items():
        text = text.replace(place, value)
    return text


def when() -> datetime:
    """Returns the time that the artefacts are said to be of: that of the commit, so that they are the same again."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if not told:
        asked = subprocess.run(
            ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        told = asked.stdout.strip()
    return datetime.fromtimestamp(int(told), UTC) if told else datetime.now(UTC)


def put(file: Path, text: str) -> None:
    """Writes a text, and the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def write_gz(file: Path, text: str) -> None:
    """Writes a text as Debian wants it compressed: best, and without a time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
