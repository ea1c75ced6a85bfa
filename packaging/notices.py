"""Writes THIRD_PARTY_NOTICES from the distributions that are installed here: `python packaging/notices.py [FILE]`.

Whose work is in the program, under which licences, with their texts, and what the licences of Qt and FFmpeg (LGPL) want
told: how their libraries are replaced by others, and where their sources are.
"""

from __future__ import annotations

import sys
import sysconfig
from importlib.metadata import Distribution
from pathlib import Path

from shipped import distributions, licence, name_of, texts
from version import ROOT, version

FILE = ROOT / "build" / "THIRD_PARTY_NOTICES"
_RULE = "=" * 100
_HEAD = """Maskwright {version} is licensed under the Apache License 2.0 (LICENSE). It is shipped together with the
work of others, which is listed below with its licences. What pip and pipx are given holds none of it."""
_LGPL = """Qt {qt} and Qt for Python (PySide6, Shiboken) are used under the GNU Lesser General Public License,
version 3, whose text follows in this file; so does that of the GNU General Public License 3, which it refers to.
Copyright (C) The Qt Company Ltd. and other contributors.

They are shared libraries of their own, in the folders PySide6 and shiboken6 below _internal (in an app of macOS
below Contents/Frameworks). You may replace them: put libraries of the same names there, of a version of Qt and
PySide6 whose interface is compatible ({qt} or newer of 6), built by yourself or by others; Maskwright loads what it
finds. On macOS a replaced library ends the signature of the app: sign it anew
(codesign --force --deep --sign - Maskwright.app). You may change the libraries, and take the program apart to find
errors in what you changed.

Their sources, unmodified by us:
  Qt       https://download.qt.io/official_releases/qt/ (version {qt}: qtbase, qtsvg and others)
  PySide6  https://download.qt.io/official_releases/QtForPython/pyside6/ (pyside-setup-everywhere-src-{qt}.tar.xz)

OpenCV brings FFmpeg, used under the GNU Lesser General Public License, version 2.1, whose text follows too. Its
libraries (libavcodec, libavformat, libavutil, libswresample, libswscale) lie below _internal, in
opencv_python_headless.libs or cv2, and may be replaced in the same way. Its sources are at
https://ffmpeg.org/releases/, how it was built for OpenCV at https://github.com/opencv/opencv-python."""
_OTHERS = """SQLite is in the public domain. The loader of the frozen program is PyInstaller's, under the GNU General
Public License, version 2 or later, with the exception that programs made with it may be shipped under any licence."""


def notices() -> str:
    """Returns the whole text; a licence that several bring in the same words is printed once and named afterwards."""
    found = distributions()
    qt = next(each.version for each in found if name_of(each) == "pyside6-essentials")
    parts = [
        _HEAD.format(version=version()),
        _titled("What is inside", _listed(found)),
        _titled("Qt and FFmpeg", _LGPL.format(qt=qt)),
        _titled("GNU Lesser General Public License 2.1 (FFmpeg)", _own("packaging/licences/LGPL-2.1.txt")),
        _titled("Python", f"Python {sys.version.split()[0]}\n\n{_python_licence()}"),
        _titled("SQLite and PyInstaller", _OTHERS),
        _titled("Weights and photos in the box", f"{_data_of_starter()}\n\n{_own('resources/samples/README.md')}"),
    ]
    printed: dict[str, str] = {}
    parts += [_of(each, printed) for each in found]
    return "\n\n".join(parts) + "\n"


def _listed(found: list[Distribution]) -> str:
    return "\n".join(f"{each.metadata['Name']} {each.version}: {licence(each) or 'see below'}" for each in found)


def _of(found: Distribution, printed: dict[str, str]) -> str:
    title = f"{found.metadata['Name']} {found.version}"
    lines = [f"Licence: {licence(found) or 'see below'}", f"From: {_home(found)}"]
    for name, text in texts(found):
        words = " ".join(text.split())
        if words in printed:
            lines += ["", f"{name}: as printed under {printed[words]}"]
        else:
            lines += ["", f"{name}:", "", text.strip()]
            printed[words] = f"{title}, {name}"
    return _titled(title, "\n".join(lines))


def _home(found: Distribution) -> str:
    urls = [text.split(",", 1)[-1].strip() for text in found.metadata.get_all("Project-URL") or []]
    return next((url for url in (found.metadata.get("Home-page"), *urls) if url), "PyPI")


def _titled(title: str, text: str) -> str:
    return f"{_RULE}\n{title}\n{_RULE}\n\n{text.strip()}"


def _own(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _data_of_starter() -> str:
    """What the weights were learned from, as the model card tells."""
    card = _own("resources/models/STARTER.md")
    data = card[card.index("## Data and licences") :]
    return f"The Starter's weights are licensed under the Apache License 2.0.\n\n{data}"


def _python_licence() -> str:
    places = [Path(sysconfig.get_path("stdlib")) / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt"]
    file = next((place for place in places if place.is_file()), None)
    return file.read_text(encoding="utf-8") if file else "Its licence: https://docs.python.org/3/license.html"


def write(file: Path = FILE) -> Path:
    """Writes the text to a file, whose folder is made; returns its path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(notices(), encoding="utf-8")
    return file


if __name__ == "__main__":
    print(write(*(Path(argument) for argument in sys.argv[1:2])))
