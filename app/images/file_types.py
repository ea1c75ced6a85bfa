"""Which kinds of image files are read here: those of Pillow and tifffile always, others when their library is there."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from PIL import features

from app.paths import is_frozen, plugins_dir
from app.problem import Problem
from app.text import say, say_n


@dataclass(frozen=True)
class Extra:
    """A kind of files that an extra of the program reads."""

    title: str
    suffixes: frozenset[str]
    library: str
    name: str
    """pip install maskwright[this]"""

    @property
    def is_there(self) -> bool:
        """True if the extra is installed."""
        return _is_there(self.library)

    @property
    def advice(self) -> str:
        """What the person can do to have the extra."""
        return install_command(self.library, f"'maskwright[{self.name}]'")


DICOM = Extra("DICOM", frozenset({".dcm", ".dicom"}), "pydicom", "dicom")
HEIC = Extra("HEIC", frozenset({".heic", ".heif", ".hif"}), "pillow_heif", "heic")
EXTRAS = (DICOM, HEIC)
_ALWAYS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".gif", ".jp2", ".j2k"}
)
_OF_PILLOW = ("JPEG", "PNG", "BMP", "DIB", "TIFF", "WEBP", "GIF", "JPEG2000")


def install_command(library: str, package: str = "") -> str:
    """Returns the command that adds a library to this program. package: what brings it where there is pip, unless that
    is the library itself."""
    if is_frozen():  # it has no pip: what lies in that folder is found by packaging/entry.py
        python = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return f"{python} -m pip install --target '{plugins_dir()}' {library}"
    return f"pip install {package or library}"


def suffixes() -> frozenset[str]:
    """Returns the suffixes of files that become images of a project, in small letters."""
    return _ALWAYS.union({".avif"} if _has_avif() else (), *(extra.suffixes for extra in EXTRAS if extra.is_there))


def formats() -> tuple[str, ...]:
    """That Pillow may open; nothing else is tried on the bytes of a stranger."""
    more = ("AVIF",) if _has_avif() else ()
    if not HEIC.is_there:
        return _OF_PILLOW + more
    _register_heif()
    return (*_OF_PILLOW, *more, "HEIF")


def extra_missing_for(suffix: str) -> Extra | None:
    """Returns the extra package that would read files of this suffix and is missing, or None. suffix: in small
    letters."""
    return next((extra for extra in EXTRAS if suffix in extra.suffixes and not extra.is_there), None)


def refuse_unread(file: Path) -> None:
    """Problem when only an extra that is not there reads files of this name."""
    extra = extra_missing_for(file.suffix.lower())
    if extra is not None:
        raise Problem(say("{extra} files are read after {advice}.", extra=extra.title, advice=extra.advice))


def passed_over(counts: Counter[Extra]) -> str:
    """Says which files a scan met that could be read, and how. counts: files. "" when there were none."""
    told = (
        say_n(
            "{n} {e} file ({advice} to read such)",
            "{n} {e} files ({advice} to read such)",
            n,
            e=e.title,
            advice=e.advice,
        )
        for e, n in counts.items()
    )
    return say("Passed over: {told}.", told=", ".join(told)) if counts else ""


@cache
def _is_there(library: str) -> bool:
    return find_spec(library) is not None


@cache
def _has_avif() -> bool:
    return "avif" in features.modules and features.check("avif") is True


@cache
def _register_heif() -> None:
    """Its pictures come turned as the file says, and with 8 bits."""
    import_module("pillow_heif").register_heif_opener(thumbnails=False)
