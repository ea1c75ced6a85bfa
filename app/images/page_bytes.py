"""What of a file is the picture of a path: all of it, or one page taken out of it as a file of its own. Of a file with
many pages only the one that is asked for is read."""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from app.images import dicom, file_types, tiff
from app.images.pages import PAGED_SUFFIXES, Numbers, source_of
from app.problem import Problem
from app.text import say

_FILES_REMEMBERED = 64


def page_numbers(file: Path) -> Numbers:
    """Returns the numbers of the pages of a file that are images, the first always among them, also when the file
    cannot be read."""
    if file.suffix.lower() not in PAGED_SUFFIXES:
        return (1,)
    try:
        return _numbers(file)
    except (Problem, OSError, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError, AttributeError):
        return (1,)  # looking at it tells what is wrong


@contextmanager
def opened(path: Path, *, pixels: bool = True) -> Generator[BinaryIO, None, None]:
    """A file with one picture. path: may name a page. pixels: False when its head is enough. Problem when there is no
    such page, or it cannot be taken out."""
    source = source_of(path)
    file_types.refuse_unread(source.file)
    with file_at(source.file) as file:
        start = file.read(dicom.HEAD_BYTES)
        if tiff.is_tiff(start):
            offsets = _offsets_of(source.file)
            if source.page > 1 or len(offsets) > 1:
                yield io.BytesIO(tiff.alone(file, _known(offsets, source.page), pixels=pixels))
                return
        elif dicom.is_dicom(start):
            if source.page > 1 or dicom.frames(source.file) > 1:
                yield io.BytesIO(dicom.alone(source.file, source.page))
                return
        elif source.page > 1:
            raise _no_page(source.page)
        file.seek(0)
        yield file


def tiff_page(path: Path) -> int | None:
    """Where in its file the page of a path lies; None when it is no TIFF, or damaged. Problem when there
    is no such page."""
    source = source_of(path)
    with file_at(source.file) as file:
        if not tiff.is_tiff(file.read(dicom.HEAD_BYTES)):
            return None
    offsets = _offsets_of(source.file)
    return _known(offsets, source.page) if offsets else None


def file_at(path: Path) -> BinaryIO:
    """Opens a file to be read. Problem when it is a folder, a pipe, ..."""
    if not S_ISREG(path.stat().st_mode):  # a pipe would be waited for
        raise Problem(say("this is not a file."))
    return open(path, "rb")  # noqa: PTH123  (in half the time)


def _numbers(file: Path) -> Numbers:
    if file.suffix.lower() in file_types.DICOM.suffixes:
        return tuple(range(1, dicom.frames(file) + 1))
    return tuple(_offsets_of(file)) or (1,)


def _offsets_of(file: Path) -> dict[int, int]:
    status = file.stat()
    return _offsets(file, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=_FILES_REMEMBERED)
def _offsets(file: Path, _size_bytes: int, _mtime_ns: int) -> dict[int, int]:
    with file.open("rb") as stream:
        return tiff.page_offsets(stream)


def _known(offsets: dict[int, int], page: int) -> int:
    if page not in offsets:
        raise _no_page(page)
    return offsets[page]


def _no_page(page: int) -> Problem:
    return Problem(say("the file has no page {page}.", page=page))
