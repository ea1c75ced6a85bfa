"""Files that hold several pictures: each page is an image of the project of its own.

The first page has the path of the file, so that a file with one page is named plainly; the others say their number
behind it: stack.tif#page=3. No file of a project is called so itself: its name would not end as that of an image does.
Pages are counted from 1, also those that are no images (small copies of others), as in other programs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from app.problem import shortened
from app.text import say

PAGED_SUFFIXES = frozenset({".tif", ".tiff", ".dcm", ".dicom"})
_MOST_SHOWN = 4096
"""Characters: no file has a longer path, but a project of a stranger may say so."""
MOST_PAGES = 100_000
"""Of one file; what lies behind them is no image of a project."""
_NAMED = re.compile(r"(.+\.(?:tiff?|dcm|dicom))#page=([2-9]|[1-9]\d{1,6})", re.IGNORECASE | re.DOTALL | re.ASCII)
Numbers: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class PageSource:
    """Where the picture of a path lies."""

    file: Path
    page: int


def source_of(path: Path) -> PageSource:
    """Returns the file and the page that a path means. path: of an image of a project, which may name a page."""
    name, page = split(path.name)
    return PageSource(path.with_name(name) if page > 1 else path, page)


def split(path: str) -> tuple[str, int]:
    """The path of the file, and the number of the page."""
    found = _NAMED.fullmatch(path)
    return (found[1], int(found[2])) if found else (path, 1)


def path_of(file: str, page: int) -> str:
    """The reverse of split."""
    return file if page == 1 else f"{file}#page={page}"


def shown(path: str) -> str:
    """Returns the path as people read it: stack.tif, page 3."""
    if "#" not in path and len(path) <= _MOST_SHOWN and path.isprintable():  # of 100,000 nearly all: ten times as quick
        return path
    file, page = split(path)
    return shortened(path if page == 1 else say("{file}, page {page}", file=file, page=page), most=_MOST_SHOWN)


def as_file(path: str) -> str:
    """What the page would be called as a file of its own, for programs that know no pages: stack_page3.tif."""
    file, page = split(path)
    if page == 1:
        return path
    plain = PurePosixPath(file)
    return str(plain.with_name(f"{plain.stem}_page{page}{plain.suffix}"))
